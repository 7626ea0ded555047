#include "play/notifications/delivery.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "gate/records.h"
#include "play/accounts/player.h"
#include "play/notifications/notification.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> kDeliveryNames{"waiting", "delivered", "dead"};

}  // namespace

std::string_view name_of(DeliveryStatus status) { return kDeliveryNames[static_cast<size_t>(status)]; }

std::optional<DeliveryStatus> delivery_status_of(std::string_view name) {
  const auto found = std::ranges::find(kDeliveryNames, name);
  if (found == kDeliveryNames.end()) return std::nullopt;
  return static_cast<DeliveryStatus>(found - kDeliveryNames.begin());
}

std::string lane_key(const std::string& app, const std::string& lane) {
  // A lane of the whole house is one queue. No app's lane can look like it: those begin with the app and a slash.
  if (lane == kPushLane || lane == kEmailLane) return lane + '\x1f';
  return players_own(app, lane);
}

ports::Put put_of(const Delivery& d) {
  const json::object body{{"to", d.to},
                          {"event", d.event},
                          {"subject", d.subject},
                          {"body", d.body},
                          {"status", name_of(d.status)},
                          {"attempts", d.attempts},
                          {"created_at", d.created_at},
                          {"next_at", d.next_at},
                          {"ended_at", d.ended_at},
                          {"error", d.error}};
  ports::Put put{.collection = kDeliveries,
                 .id = players_own(d.app, d.lane) + d.id,
                 .body = json::serialize(body),
                 .expected = d.version};
  const std::string lane = lane_key(d.app, d.lane), made = gate::sortable(d.created_at) + d.id;
  put.entries.push_back({"lane", lane + made});
  put.entries.push_back({"status", lane + std::string(name_of(d.status)) + '\x1f' + made});
  if (d.status == DeliveryStatus::kWaiting) {
    put.entries.push_back({"due", lane + gate::sortable(d.next_at) + d.id});
  } else {
    const int64_t kept = d.status == DeliveryStatus::kDead ? Delivery::kDeadKeptMs : Delivery::kKeptMs;
    put.entries.push_back({"expires", gate::sortable(d.ended_at + kept) + d.id});
  }
  return put;
}

Result<Delivery> read_delivery(const ports::Document& document) {
  auto o = gate::parse_record(document);
  if (!o) return std::unexpected(o.error());
  const size_t slash = document.id.find('/'), end = document.id.rfind('\x1f');
  const auto status = delivery_status_of(gate::text_of(*o, "status"));
  if (!status || slash == document.id.npos || end == document.id.npos || end < slash)
    return fail(ErrorKind::kCorrupt, "corrupt", "A stored delivery cannot be read.", document.id);
  return Delivery{.app = document.id.substr(0, slash),
                  .lane = document.id.substr(slash + 1, end - slash - 1),
                  .id = document.id.substr(end + 1),
                  .to = gate::text_of(*o, "to"),
                  .event = gate::text_of(*o, "event"),
                  .subject = gate::text_of(*o, "subject"),
                  .body = gate::text_of(*o, "body"),
                  .status = *status,
                  .attempts = gate::number_of(*o, "attempts"),
                  .created_at = gate::number_of(*o, "created_at"),
                  .next_at = gate::number_of(*o, "next_at"),
                  .ended_at = gate::number_of(*o, "ended_at"),
                  .error = gate::text_of(*o, "error"),
                  .version = document.version};
}

int64_t pause_after(const RetryPolicy& policy, int64_t attempts, double dice) {
  double pause = static_cast<double>(policy.first_ms);
  for (int64_t i = 1; i < attempts && pause < static_cast<double>(policy.longest_ms); ++i)
    pause *= static_cast<double>(policy.factor);
  pause = std::min(pause, static_cast<double>(policy.longest_ms));
  return static_cast<int64_t>(pause * (0.8 + 0.4 * dice));
}

}  // namespace gamekeeper::play
