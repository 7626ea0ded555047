#pragma once

#include "base/clock.h"
#include "net/http_client.h"
#include "play/notifications/webhooks.h"
#include "ports/push_channel.h"

namespace gamekeeper::play {

/// Signed POSTs to webhooks, by Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature. `to` is the webhook's
/// id, the body JSON. Any 2xx is well; redirects are not followed.
class WebhookChannel final : public ports::PushChannel {
 public:
  WebhookChannel(Webhooks& webhooks, net::HttpClient& http, const Clock& clock, std::chrono::milliseconds timeout)
      : webhooks_(webhooks), http_(http), clock_(clock), timeout_(timeout) {}

  Task<Result<void>> deliver(ports::PushMessage message) override;

 private:
  Webhooks& webhooks_;
  net::HttpClient& http_;
  const Clock& clock_;
  const std::chrono::milliseconds timeout_;
};

}  // namespace gamekeeper::play
