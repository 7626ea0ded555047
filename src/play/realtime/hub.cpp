#include "play/realtime/hub.h"

namespace gamekeeper::play {

Hub::Hub(ports::Broadcast& broadcast, const Clock& clock, std::function<uint64_t()> revision, HubLimits limits,
         LaneOptions lanes)
    : broadcast_(broadcast), clock_(clock), revision_(std::move(revision)), limits_(limits), lane_options_(lanes) {}

Hub::~Hub() = default;

std::shared_ptr<Lane> Hub::lane(Executor executor) {
  std::lock_guard lock(mutex_);
  auto& lane = lanes_[&executor.context()];
  if (!lane) lane = std::make_shared<Lane>(executor, clock_, revision_, lane_options_);
  return lane;
}

std::shared_ptr<HeardTopic> Hub::join(Lane& lane, const std::string& topic, std::string_view shown,
                                      Listener& listener) {
  std::shared_ptr<HeardTopic> heard;
  {
    std::lock_guard lock(mutex_);
    Entry& entry = topics_[topic];
    if (!entry.topic) entry.topic = std::make_shared<HeardTopic>(shown);
    heard = entry.topic;
    heard->add(lane.shared_from_this());
    // The receiver takes no lock of the hub's, so it may run while this one is held.
    if (++entry.listeners == 1) {
      entry.subscription =
          broadcast_.subscribe(topic, [heard](const ports::TopicMessage& message) { heard->give(heard, message); });
    }
  }
  ++listeners_;
  lane.listen(*heard, listener);
  return heard;
}

void Hub::leave(Lane& lane, const std::string& topic, Listener& listener) {
  std::unique_ptr<ports::Broadcast::Subscription> ended;
  std::lock_guard lock(mutex_);
  const auto found = topics_.find(topic);
  lane.leave(*found->second.topic, listener);
  found->second.topic->remove(lane);
  --listeners_;
  if (--found->second.listeners == 0) {
    ended = std::move(found->second.subscription);
    topics_.erase(found);
  }
}

Result<void> Hub::take_seat(const std::string& player) {
  std::lock_guard lock(mutex_);
  if (sockets_ >= limits_.sockets_max)
    return fail(ErrorKind::kOverloaded, "overloaded", "Too many sockets are open; try again later.");
  if (!player.empty()) {
    size_t& taken = seats_[player];
    if (taken >= limits_.sockets_per_player) {
      return fail(ErrorKind::kRateLimited, "too_many_sockets", "The player has too many sockets open.", "",
                  std::to_string(limits_.sockets_per_player));
    }
    ++taken;
  }
  ++sockets_;
  return {};
}

void Hub::give_seat_back(const std::string& player) {
  std::lock_guard lock(mutex_);
  --sockets_;
  const auto found = seats_.find(player);
  if (found != seats_.end() && --found->second == 0) seats_.erase(found);
}

size_t Hub::topics() const {
  std::lock_guard lock(mutex_);
  return topics_.size();
}

}  // namespace gamekeeper::play
