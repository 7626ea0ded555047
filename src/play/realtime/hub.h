#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "play/realtime/lane.h"

namespace gamekeeper::play {

struct HubLimits {
  size_t sockets_max = 20'000;
  size_t sockets_per_player = 10;
};

/// Which topics this process listens to: one subscription a topic however many sockets hear it. Thread-safe. Outlives
/// the sockets; the Broadcast outlives it.
class Hub {
 public:
  Hub(ports::Broadcast& broadcast, const Clock& clock, std::function<uint64_t()> revision, HubLimits limits = {},
      LaneOptions lanes = {});
  ~Hub();

  /// The lane of the thread that runs `executor`; the same each time.
  std::shared_ptr<Lane> lane(Executor executor);

  /// From when this returns the listener hears what is said on `topic`. On the lane's thread.
  std::shared_ptr<HeardTopic> join(Lane& lane, const std::string& topic, std::string_view shown, Listener& listener);
  void leave(Lane& lane, const std::string& topic, Listener& listener);

  /// A seat for one more socket. Errors: kOverloaded `overloaded`, kRateLimited `too_many_sockets`.
  Result<void> take_seat(const std::string& player);
  void give_seat_back(const std::string& player);

  size_t sockets() const { return sockets_; }
  size_t topics() const;
  size_t listeners() const { return listeners_; }

 private:
  struct Entry {
    std::shared_ptr<HeardTopic> topic;
    size_t listeners = 0;
    std::unique_ptr<ports::Broadcast::Subscription> subscription;
  };

  ports::Broadcast& broadcast_;
  const Clock& clock_;
  const std::function<uint64_t()> revision_;
  const HubLimits limits_;
  const LaneOptions lane_options_;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> topics_;
  std::unordered_map<const void*, std::shared_ptr<Lane>> lanes_;  // by io_context
  std::unordered_map<std::string, size_t> seats_;                 // of a player
  std::atomic<size_t> sockets_ = 0, listeners_ = 0;
};

}  // namespace gamekeeper::play
