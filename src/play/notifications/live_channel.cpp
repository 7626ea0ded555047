#include "play/notifications/live_channel.h"

#include <boost/json.hpp>

#include "flow/push.h"
#include "play/accounts/player.h"
#include "play/notifications/inboxes.h"

namespace gamekeeper::play {

Task<Result<void>> LiveChannel::deliver(ports::PushMessage message) {
  boost::system::error_code error;
  boost::json::value data = boost::json::parse(message.body, error);
  if (error || !data.is_object()) co_return fail(ErrorKind::kInvalid, "bad_json", "This is no notification.");
  auto inbox = co_await load_inbox(documents_, message.app, message.to);
  if (!inbox) co_return std::unexpected(inbox.error());
  data.as_object()["unread"] = inbox->unread;
  co_await flow::push(broadcast_, flow::player_topic(message.app, message.to, "notifications"), "notification",
                      std::move(data.as_object()));
  co_return Result<void>{};
}

Task<Result<std::string>> verified_email_of(ports::DocumentStore& documents, std::string app, std::string player_id) {
  auto found = co_await documents.get(kPlayers, scoped(app, player_id));
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return std::string();
  auto player = read_player(**found);
  if (!player) co_return std::unexpected(player.error());
  co_return player->email_verified_at == 0 ? std::string() : std::move(player->email);
}

Task<Result<void>> PlayerMailChannel::deliver(ports::PushMessage message) {
  if (!mail_) co_return fail(ErrorKind::kUnavailable, "mail_not_configured", "There is no mail server to send by.");
  auto address = co_await verified_email_of(documents_, message.app, message.to);
  if (!address) co_return std::unexpected(address.error());
  if (address->empty())
    co_return fail(ErrorKind::kNotFound, "no_address", "The player has confirmed no e-mail address.");
  message.to = std::move(*address);
  co_return co_await mail_->deliver(std::move(message));
}

}  // namespace gamekeeper::play
