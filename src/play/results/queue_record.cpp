#include "play/results/queue_record.h"

#include <boost/json.hpp>

#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {

ports::Put put_of(const QueueRecord& q) {
  const boost::json::object body{{"applied", static_cast<int64_t>(q.applied)},
                                 {"recompute", q.recompute ? 1 : 0},
                                 {"recomputed", static_cast<int64_t>(q.recomputed)}};
  return {.collection = kRatingQueues,
          .id = scoped(q.app, q.queue),
          .body = boost::json::serialize(body),
          .entries = {{"all", scoped(q.app, q.queue)}},
          .expected = q.version};
}

Result<QueueRecord> read_rating_queue(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const size_t slash = d.id.find('/');
  return QueueRecord{.app = d.id.substr(0, slash),
                     .queue = slash == d.id.npos ? std::string() : d.id.substr(slash + 1),
                     .applied = static_cast<uint64_t>(gate::number_of(*o, "applied")),
                     .recompute = gate::number_of(*o, "recompute") != 0,
                     .recomputed = static_cast<uint64_t>(gate::number_of(*o, "recomputed")),
                     .version = d.version};
}

}  // namespace gamekeeper::play
