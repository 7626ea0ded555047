#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

enum class DeliveryStatus : uint8_t { kWaiting, kDelivered, kDead };

std::string_view name_of(DeliveryStatus status);
std::optional<DeliveryStatus> delivery_status_of(std::string_view name);

/// Something that is on its way out, until it has arrived or is given up. A lane is what tries go along one after another,
/// so that one receiver who does not answer holds up nobody else: a webhook's id, or a channel of the whole house.
struct Delivery {
  static constexpr size_t kBodyBytesMax = 64 * 1024;
  static constexpr int64_t kKeptMs = 7 * 24 * 3'600'000LL;  // after it has arrived
  static constexpr int64_t kDeadKeptMs = 30 * 24 * 3'600'000LL;

  std::string app, lane, id;
  std::string to;  // for the channel
  std::string event;  // what it tells of: match.completed, match_found
  std::string subject, body;
  DeliveryStatus status = DeliveryStatus::kWaiting;
  int64_t attempts = 0;
  UnixMillis created_at = 0;
  UnixMillis next_at = 0;  // of the next try, while it waits
  UnixMillis ended_at = 0;
  std::string error;  // of the last try that failed
  uint64_t version = 0;
};

inline constexpr const char* kDeliveries = "deliveries";
/// Lanes that carry what goes to players, whatever their app.
inline constexpr const char* kPushLane = "push";
inline constexpr const char* kEmailLane = "email";

/// What a lane's deliveries, and their keys in the indexes, begin with.
std::string lane_key(const std::string& app, const std::string& lane);

ports::Put put_of(const Delivery& delivery);
/// Errors: kCorrupt.
Result<Delivery> read_delivery(const ports::Document& document);

/// How tries follow one another.
struct RetryPolicy {
  int64_t first_ms = 5'000, longest_ms = 24 * 3'600'000LL;
  int64_t factor = 6;
  int64_t tries = 8;
};

/// How long after try number `attempts` (from 1) the next one is made. `dice` in [0, 1) spreads it by a fifth either way,
/// so that what failed together does not come back together.
int64_t pause_after(const RetryPolicy& policy, int64_t attempts, double dice);

}  // namespace gamekeeper::play
