#include "play/notifications/webhook_channel.h"

namespace gamekeeper::play {

Task<Result<void>> WebhookChannel::deliver(ports::PushMessage message) {
  auto w = co_await webhooks_.read(message.app, message.to);
  if (!w) co_return std::unexpected(w.error());
  const UnixMillis now = clock_.now_ms();
  const int64_t seconds = now / 1000;
  net::HttpCall call{.method = "POST",
                     .url = w->url,
                     .headers = {{"Content-Type", "application/json"},
                                 {"webhook-id", message.id},
                                 {"webhook-timestamp", std::to_string(seconds)},
                                 {"webhook-signature", webhook_signature(*w, message.id, seconds, message.body, now)}},
                     .body = std::move(message.body),
                     .timeout = timeout_,
                     .body_bytes_max = 64 * 1024};
  auto answer = co_await http_.call(std::move(call));
  if (!answer && answer.error().code == "answer_too_large")
    co_return fail(ErrorKind::kUnavailable, "http_failed", "The answer is larger than 64 KiB.");
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->status >= 200 && answer->status < 300) co_return Result<void>{};
  co_return fail(ErrorKind::kUnavailable, "http_failed", "The answer was " + std::to_string(answer->status) + ".");
}

}  // namespace gamekeeper::play
