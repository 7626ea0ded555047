#include "play/notifications/mailing.h"

#include <boost/json.hpp>

#include "flow/push.h"
#include "play/accounts/player.h"
#include "play/notifications/delivery.h"
#include "play/notifications/live_channel.h"

namespace gamekeeper::play {

namespace json = boost::json;

Mailing::Mailing(const MailingParts& parts) : parts_(parts), inboxes_(parts.documents) {}

Task<Result<void>> Mailing::prepare(const std::vector<Draft>& drafts) {
  std::map<std::string, const Draft*> players;
  for (const Draft& draft : drafts) players.try_emplace(scoped(draft.app, draft.player_id), &draft);
  std::vector<std::string> ids;
  for (const auto& [id, draft] : players) ids.push_back(id);
  if (ids.empty()) co_return Result<void>{};
  auto wishes = co_await parts_.documents.get_all(kPreferences, ids);
  if (!wishes) co_return std::unexpected(wishes.error());
  auto inboxes = co_await parts_.documents.get_all(kInboxes, ids);
  if (!inboxes) co_return std::unexpected(inboxes.error());
  for (size_t i = 0; i < ids.size(); ++i) {
    const Draft& draft = *players.at(ids[i]);
    Result<Preferences> wish = Preferences{.app = draft.app, .player_id = draft.player_id};
    if (const auto& document = (*wishes)[i]) wish = read_preferences(*document);
    if (!wish) co_return std::unexpected(wish.error());
    preferences_.try_emplace(ids[i], std::move(*wish));
    Result<Inbox> inbox = Inbox{.app = draft.app, .player_id = draft.player_id};
    if (const auto& document = (*inboxes)[i]) inbox = read_inbox(*document);
    if (!inbox) co_return std::unexpected(inbox.error());
    inboxes_.know(std::move(*inbox));
  }
  co_return Result<void>{};
}

Task<Result<const Preferences*>> Mailing::preferences_of(const std::string& app, const std::string& player_id) {
  const std::string key = scoped(app, player_id);
  if (const auto known = preferences_.find(key); known != preferences_.end()) co_return &known->second;
  auto loaded = co_await load_preferences(parts_.documents, app, player_id);
  if (!loaded) co_return std::unexpected(loaded.error());
  co_return &preferences_.emplace(key, std::move(*loaded)).first->second;
}

Task<Result<const Wordings*>> Mailing::words_of(const std::string& app, const std::string& type) {
  const auto key = std::pair(app, type);
  if (const auto known = words_.find(key); known != words_.end()) co_return &known->second;
  auto found = co_await Templates(parts_.documents).find(app, type);
  if (!found) co_return std::unexpected(found.error());
  co_return &words_.emplace(key, *found ? std::move((*found)->wordings) : Wordings()).first->second;
}

Task<Result<void>> Mailing::add(Draft draft) {
  auto words = co_await words_of(draft.app, draft.type);
  if (!words) co_return std::unexpected(words.error());
  if ((*words)->empty()) co_return Result<void>{};
  co_return co_await add(std::move(draft), **words);
}

Task<Result<void>> Mailing::add(Draft draft, const Wordings& words) {
  auto known = co_await preferences_of(draft.app, draft.player_id);
  if (!known) co_return std::unexpected(known.error());
  const Preferences& preferences = **known;
  const Channels channels = preferences.of(draft.type);
  if (channels == Channels{.inbox = false, .push = false, .email = false}) co_return Result<void>{};
  json::object variables = draft.data;
  variables["player_id"] = draft.player_id;
  const std::string fallback = parts_.locale_of ? parts_.locale_of(draft.app) : std::string();
  Wording said = render(wording_for(words, preferences.locale, fallback), variables);
  Notification n{.app = draft.app,
                 .player_id = draft.player_id,
                 .id = notification_id(draft.app, draft.player_id, draft.type, draft.about),
                 .type = std::move(draft.type),
                 .title = std::move(said.title),
                 .body = std::move(said.body),
                 .data = std::move(draft.data),
                 .created_at = draft.at};
  if (channels.inbox) {
    auto added = co_await inboxes_.add(n);
    if (!added) co_return std::unexpected(added.error());
    if (!*added) co_return Result<void>{};
  }
  co_return co_await send_on(preferences, channels, std::move(n));
}

/// What cannot be said at once lies in the store until then.
Task<Result<void>> Mailing::send_on(const Preferences& preferences, Channels channels, Notification n) {
  const UnixMillis now = parts_.clock.now_ms();
  const auto quiet = quiet_until(preferences, now);
  if (channels.email && parts_.has_email) {
    auto address = co_await verified_email_of(parts_.documents, n.app, n.player_id);
    if (!address) co_return std::unexpected(address.error());
    if (!address->empty()) {
      if (auto ok = co_await put_delivery(n, kEmailLane, quiet.value_or(now), n.body); !ok) co_return ok;
    }
  }
  if (!channels.push) co_return Result<void>{};
  if (quiet) co_return co_await put_delivery(n, kPushLane, *quiet, json::serialize(show(n)));
  live_.push_back({std::move(n)});
  co_return Result<void>{};
}

Task<Result<void>> Mailing::put_delivery(const Notification& n, const char* lane, UnixMillis at, std::string body) {
  ports::Put put = put_of(Delivery{.app = n.app,
                                   .lane = lane,
                                   .id = n.id,
                                   .to = n.player_id,
                                   .event = n.type,
                                   .subject = n.title,
                                   .body = std::move(body),
                                   .created_at = parts_.clock.now_ms(),
                                   .next_at = at});
  // Who wants no inbox is told twice of what comes twice but for this.
  auto there = co_await parts_.documents.get(kDeliveries, put.id);
  if (!there) co_return std::unexpected(there.error());
  if (!*there) deliveries_.try_emplace(put.id, std::move(put));
  co_return Result<void>{};
}

Task<Result<void>> Mailing::finish(flow::Effects& effects) {
  if (auto ok = co_await inboxes_.finish(effects.writes); !ok) co_return ok;
  for (auto& [id, delivery] : deliveries_) effects.writes.puts.push_back(std::move(delivery));
  for (Live& live : live_) live.unread = inboxes_.unread(live.notification.app, live.notification.player_id);
  auto all = std::make_shared<const std::vector<Live>>(std::move(live_));
  if (!all->empty()) effects.after_commit = [&b = parts_.broadcast, all] { return say(b, all); };
  co_return Result<void>{};
}

Task<void> Mailing::say(ports::Broadcast& broadcast, std::shared_ptr<const std::vector<Live>> live) {
  for (const Live& each : *live) {
    json::object data = show(each.notification);
    data["unread"] = each.unread;
    co_await flow::push(broadcast,
                        flow::player_topic(each.notification.app, each.notification.player_id, "notifications"),
                        "notification", std::move(data));
  }
}

}  // namespace gamekeeper::play
