#include "play/notifications/webhooks.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/ids.h"
#include "base/log.h"
#include "gate/records.h"
#include "net/http_client.h"
#include "play/accounts/player.h"
#include "play/notifications/notification.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr int kWebhookTries = 5;  // of a change that meets other changes
constexpr std::chrono::milliseconds kKnownFor{1'000};
constexpr uint32_t kRemovedAtOnce = 500, kRetriedAtOnce = 1'000;

std::unexpected<Error> no_such_webhook() {
  return fail(ErrorKind::kNotFound, "not_found", "There is no such webhook.", "id");
}

ports::Query query_of(const std::string& app, const std::string& webhook, const char* index, const std::string& below,
                      uint32_t limit) {
  const std::string from = lane_key(app, webhook) + below;
  return {.collection = kDeliveries,
          .index = index,
          .from = from,
          .to = below.empty() ? after_players_own(app, webhook) : from.substr(0, from.size() - 1) + '\x20',
          .limit = limit};
}

std::string below_status(DeliveryStatus status) { return std::string(name_of(status)) + '\x1f'; }

/// {"type","timestamp","data"}, as Standard Webhooks asks for.
std::string body_of(const events::EventView& fact) {
  boost::system::error_code error;
  json::value data = json::parse(fact.properties.empty() ? "{}" : json::string_view(fact.properties), error);
  if (error || !data.is_object()) data = json::object();
  if (!fact.match_id.empty()) data.as_object()["match_id"] = fact.match_id;
  data.as_object()["player_id"] = fact.player_id;
  return json::serialize(
      json::object{{"type", fact.name}, {"timestamp", format_time(fact.time)}, {"data", std::move(data)}});
}

}  // namespace

Task<Result<Webhook>> Webhooks::create(std::string app, std::string url, std::vector<std::string> events,
                                       std::optional<std::string> secret) {
  if (auto ok = net::check_url(url, options_.allow_private); !ok) co_return std::unexpected(ok.error());
  if (auto ok = check_webhook_events(events); !ok) co_return std::unexpected(ok.error());
  if (secret) {
    if (auto ok = check_webhook_secret(*secret); !ok) co_return std::unexpected(ok.error());
  }
  auto count = co_await documents_.count(kWebhooks, "created", scoped(app, ""), app + "0");
  if (!count) co_return std::unexpected(count.error());
  if (*count >= Webhook::kOfAppMax)
    co_return fail(ErrorKind::kConflict, "too_many", "An app has at most 20 webhooks.", "url", "20");
  const UnixMillis now = clock_.now_ms();
  Webhook w{.app = std::move(app),
            .id = to_string(make_uuid_v7(now)),
            .url = std::move(url),
            .events = std::move(events),
            .secret = secret ? std::move(*secret) : make_webhook_secret(),
            .created_at = now};
  ports::WriteSet set;
  set.puts.push_back(put_of(w));
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  forget_known();
  co_return w;
}

Task<Result<RecordPage<Webhook>>> Webhooks::list(std::string app, uint32_t limit, std::string cursor) {
  co_return co_await read_page(documents_, newest_first(kWebhooks, app, limit, std::move(cursor)), read_webhook);
}

Task<Result<Webhook>> Webhooks::read(std::string app, std::string id) {
  auto found = co_await documents_.get(kWebhooks, scoped(app, id));
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return no_such_webhook();
  co_return read_webhook(**found);
}

/// Reads, lets `step` change it (Result<bool>: whether there is anything to write) and writes it over what was read.
template <class Step>
Task<Result<Webhook>> Webhooks::update(std::string app, std::string id, Step step) {
  for (int tries = 0; tries < kWebhookTries; ++tries) {
    auto w = co_await read(app, id);
    if (!w) co_return w;
    Result<bool> changed = step(*w);
    if (!changed) co_return std::unexpected(changed.error());
    if (!*changed) co_return w;
    ports::WriteSet set;
    set.puts.push_back(put_of(*w));
    auto done = co_await documents_.commit(std::move(set));
    if (done) {
      forget_known();
      co_return w;
    }
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "This webhook is being changed by many at once; try again.");
}

Task<Result<Webhook>> Webhooks::change(std::string app, std::string id, WebhookChange change) {
  const auto step = [&](Webhook& w) -> Result<bool> {
    if (change.url) {
      if (auto ok = net::check_url(*change.url, options_.allow_private); !ok) return std::unexpected(ok.error());
      w.url = *change.url;
    }
    if (change.events) {
      if (auto ok = check_webhook_events(*change.events); !ok) return std::unexpected(ok.error());
      w.events = *change.events;
    }
    if (change.enabled && *change.enabled != w.enabled) {
      w.enabled = *change.enabled;
      w.failing_since = w.disabled_at = 0;
    }
    return true;
  };
  co_return co_await update(std::move(app), std::move(id), step);
}

Task<Result<Webhook>> Webhooks::rotate(std::string app, std::string id, int64_t overlap_ms) {
  const std::string fresh = make_webhook_secret();
  const auto step = [&](Webhook& w) -> Result<bool> {
    w.old_secret = overlap_ms > 0 ? w.secret : "";
    w.old_until = clock_.now_ms() + overlap_ms;
    w.secret = fresh;
    return true;
  };
  co_return co_await update(std::move(app), std::move(id), step);
}

Task<Result<void>> Webhooks::remove(std::string app, std::string id) {
  auto w = co_await read(app, id);
  if (!w) co_return std::unexpected(w.error());
  ports::WriteSet set;
  set.puts.push_back({.collection = kWebhooks, .id = scoped(app, id), .remove = true});
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  forget_known();
  for (;;) {
    auto page = co_await documents_.query(query_of(app, id, "lane", "", kRemovedAtOnce));
    if (!page) co_return std::unexpected(page.error());
    if (page->items.empty()) co_return Result<void>{};
    ports::WriteSet rest;
    for (const ports::Document& d : page->items)
      rest.puts.push_back({.collection = kDeliveries, .id = d.id, .remove = true});
    auto gone = co_await documents_.commit(std::move(rest));
    if (!gone) co_return std::unexpected(gone.error());
  }
}

Task<Result<DeliveryPage>> Webhooks::deliveries(std::string app, std::string id, std::optional<DeliveryStatus> status,
                                                uint32_t limit, std::string cursor) {
  auto w = co_await read(app, id);
  if (!w) co_return std::unexpected(w.error());
  ports::Query query =
      status ? query_of(app, id, "status", below_status(*status), limit) : query_of(app, id, "lane", "", limit);
  query.direction = ports::Direction::kDescending;
  query.cursor = std::move(cursor);
  co_return co_await read_page(documents_, std::move(query), read_delivery);
}

Task<Result<size_t>> Webhooks::retry(std::string app, std::string id, std::vector<std::string> ids) {
  auto dead = co_await deliveries(app, id, DeliveryStatus::kDead, kRetriedAtOnce, "");
  if (!dead) co_return std::unexpected(dead.error());
  ports::WriteSet set;
  for (Delivery& d : dead->items) {
    if (d.body.empty() || (!ids.empty() && std::ranges::find(ids, d.id) == ids.end())) continue;
    d.status = DeliveryStatus::kWaiting;
    d.attempts = 0;
    d.next_at = clock_.now_ms();
    d.ended_at = 0;
    set.puts.push_back(put_of(d));
  }
  const size_t count = set.puts.size();
  if (count == 0) co_return size_t{0};
  auto done = co_await documents_.commit(std::move(set));
  if (!done && gate::is_conflict(done.error()))
    co_return fail(ErrorKind::kOverloaded, "overloaded", "These deliveries are being changed by many at once.");
  if (!done) co_return std::unexpected(done.error());
  co_return count;
}

Task<Result<std::shared_ptr<const Webhooks::ByApp>>> Webhooks::known() {
  const auto now = std::chrono::steady_clock::now();
  {
    std::lock_guard lock(mutex_);
    if (known_ && now - known_at_ < kKnownFor) co_return known_;
    known_at_ = now;  // a change while it is being read makes it be read again
    known_ = nullptr;
  }
  auto all = co_await gate::read_all(documents_, kWebhooks);
  if (!all) co_return std::unexpected(all.error());
  auto by_app = std::make_shared<ByApp>();
  for (const ports::Document& d : *all) {
    auto w = read_webhook(d);
    if (!w) co_return std::unexpected(w.error());
    if (w->enabled) (*by_app)[w->app].push_back(std::move(*w));
  }
  std::shared_ptr<const ByApp> fresh = std::move(by_app);
  std::lock_guard lock(mutex_);
  if (known_at_ == now) known_ = fresh;
  co_return fresh;
}

void Webhooks::forget_known() {
  std::lock_guard lock(mutex_);
  known_ = nullptr;
  known_at_ = {};
}

Task<Result<std::vector<Webhook>>> Webhooks::in_use() {
  auto by_app = co_await known();
  if (!by_app) co_return std::unexpected(by_app.error());
  std::vector<Webhook> out;
  for (const auto& [app, webhooks] : **by_app) out.insert(out.end(), webhooks.begin(), webhooks.end());
  co_return out;
}

Task<Result<void>> Webhooks::tell(const events::EventView& fact, ports::WriteSet& set) {
  auto by_app = co_await known();
  if (!by_app) co_return std::unexpected(by_app.error());
  const auto of_app = (*by_app)->find(fact.app);
  if (of_app == (*by_app)->end()) co_return Result<void>{};
  for (const Webhook& w : of_app->second) {
    if (!w.wants(fact.name)) continue;
    // Made from the fact's id, so that a fact that comes twice is told once.
    Delivery d{.app = w.app, .lane = w.id, .id = to_string(make_uuid_from(w.id + "/" + to_string(fact.id)))};
    auto there = co_await documents_.get(kDeliveries, players_own(d.app, d.lane) + d.id);
    if (!there) co_return std::unexpected(there.error());
    const bool again = std::ranges::any_of(
        set.puts, [id = players_own(d.app, d.lane) + d.id](const ports::Put& put) { return put.id == id; });
    if (*there || again) continue;
    d.to = w.id;
    d.event = fact.name;
    d.body = body_of(fact);
    d.created_at = d.next_at = clock_.now_ms();
    if (d.body.size() > Delivery::kBodyBytesMax) {
      d.body.clear();
      d.status = DeliveryStatus::kDead;
      d.ended_at = d.created_at;
      d.error = "What was to be sent is larger than 64 KiB.";
    }
    set.puts.push_back(put_of(d));
  }
  co_return Result<void>{};
}

Task<Result<void>> Webhooks::note(std::string app, std::string id, bool good) {
  bool gives_up = false;
  const auto step = [&](Webhook& w) -> Result<bool> {
    const UnixMillis now = clock_.now_ms();
    if (good) return std::exchange(w.failing_since, 0) != 0;
    gives_up = w.enabled && w.failing_since != 0 && now - w.failing_since >= options_.give_up_after_ms;
    if (gives_up) {
      w.enabled = false;
      w.disabled_at = now;
    }
    if (w.failing_since == 0) {
      w.failing_since = now;
      return true;
    }
    return gives_up;
  };
  auto w = co_await update(app, id, step);
  if (!w && w.error().kind == ErrorKind::kNotFound) co_return Result<void>{};  // removed meanwhile
  if (!w) co_return std::unexpected(w.error());
  if (gives_up) log::warning("notifications", "webhook_disabled", {log::text("app", app), log::text("webhook", id)});
  co_return Result<void>{};
}

}  // namespace gamekeeper::play
