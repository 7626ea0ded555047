#include "play/matchmaking/queues.h"

#include <boost/json.hpp>

#include "events/extract.h"
#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

constexpr const char* kWaits = "queue_waits";
constexpr int64_t kFreshMs = 1000;
constexpr size_t kKnownMax = 10'000;
constexpr int kChangeTries = 5;

}  // namespace

Queues::Known Queues::known(const ports::QueueId& queue) {
  std::lock_guard lock(mutex_);
  const auto found = known_.find(queue);
  return found == known_.end() ? Known{} : found->second;
}

template <class Change>
void Queues::remember(const ports::QueueId& queue, Change change) {
  std::lock_guard lock(mutex_);
  if (known_.size() >= kKnownMax && !known_.contains(queue)) known_.clear();
  change(known_[queue]);
}

Task<Result<QueueSettings>> Queues::find(ports::QueueId queue) {
  auto document = co_await documents_.get(kQueues, scoped(queue.app, queue.queue));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return QueueSettings{.app = queue.app, .name = queue.queue};
  co_return read_queue(**document);
}

Task<Result<QueueRules>> Queues::rules(ports::QueueId queue) {
  const UnixMillis now = clock_.now_ms();
  const Known seen = known(queue);
  if (seen.rules_at != 0 && now - seen.rules_at < kFreshMs) co_return seen.rules;
  auto settings = co_await find(queue);
  if (!settings) co_return std::unexpected(settings.error());
  remember(queue, [&](Known& k) { k.rules = settings->rules, k.rules_at = now; });
  co_return settings->rules;
}

Task<Result<QueueSettings>> Queues::change(ports::QueueId queue, boost::json::object change) {
  if (!events::is_id_text(queue.queue))
    co_return fail(ErrorKind::kInvalid, "bad_value", "A queue's name has 1 to 128 characters.", "queue",
                   "128 characters");
  for (int tries = 0; tries < kChangeTries; ++tries) {
    auto settings = co_await find(queue);
    if (!settings) co_return settings;
    auto rules = change_rules(settings->rules, change);
    if (!rules) co_return std::unexpected(rules.error());
    settings->rules = std::move(*rules);
    settings->updated_at = clock_.now_ms();
    ports::WriteSet set;
    set.puts.push_back(put_of(*settings));
    auto done = co_await documents_.commit(std::move(set));
    if (done) {
      settings->version = done->front();
      remember(queue, [](Known& k) { k.rules_at = 0; });
      co_return settings;
    }
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "This queue is being changed by many at once; try again.");
}

Task<Result<QueuePage>> Queues::list(std::string app, uint32_t limit, std::string cursor) {
  ports::Query query{.collection = kQueues,
                     .index = "name",
                     .from = all_of(app).from,
                     .to = all_of(app).to,
                     .limit = limit,
                     .cursor = std::move(cursor)};
  co_return co_await read_page(documents_, std::move(query), read_queue);
}

Task<Result<std::shared_ptr<const WaitTable>>> Queues::waits(ports::QueueId queue) {
  const UnixMillis now = clock_.now_ms();
  const Known seen = known(queue);
  if (seen.waits && now - seen.waits_at < kFreshMs) co_return seen.waits;
  auto document = co_await documents_.get(kWaits, scoped(queue.app, queue.queue));
  if (!document) co_return std::unexpected(document.error());
  auto table = std::make_shared<WaitTable>();
  if (*document) {
    auto record = gate::parse_record(**document);
    if (!record) co_return std::unexpected(record.error());
    *table = WaitTable::from_json(*record);
  }
  std::shared_ptr<const WaitTable> out = std::move(table);
  remember(queue, [&](Known& k) { k.waits = out, k.waits_at = now; });
  co_return out;
}

Task<Result<void>> Queues::keep_waits(ports::QueueId queue, const WaitTable& waits) {
  ports::WriteSet set;
  set.puts.push_back(
      {.collection = kWaits, .id = scoped(queue.app, queue.queue), .body = boost::json::serialize(waits.to_json())});
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

}  // namespace gamekeeper::play
