#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace gamekeeper::ports {

/// Where a message stands in its topic. Opaque to clients, who hand the text of it back: URL-safe, at most 64 characters.
/// The epoch changes when what was kept is gone: positions of another epoch can't be gone on from.
struct TopicPosition {
  std::string epoch;
  uint64_t n = 0;  // from 1; 0: before the first
  bool operator==(const TopicPosition&) const = default;
};

std::string to_text(const TopicPosition& at);
/// Errors: kInvalid `bad_position`.
Result<TopicPosition> read_position(std::string_view text);

struct TopicMessage {
  TopicPosition at;
  std::shared_ptr<const std::string> body;
};

/// Messages to whoever listens now, in one order a topic for all, across processes. A topic keeps its newest messages, so
/// that somebody who was away a moment misses nothing. Derived: nothing is lost with it but what could be read elsewhere.
/// Safe from any thread. The full promise, as tests: tests/contract/broadcast_contract.h.
class Broadcast {
 public:
  /// Called with the topic's messages one after another, in order, from any thread; must not block, wait or call
  /// the Broadcast.
  using Receiver = std::function<void(const TopicMessage&)>;
  /// Ends with its destruction: when the destructor has returned the receiver isn't running and is not called again. Must
  /// not be destroyed from inside a receiver.
  class Subscription {
   public:
    virtual ~Subscription() = default;
  };

  virtual ~Broadcast() = default;

  /// Topics are 1 to 512 bytes, bodies up to 256 KiB. Errors: kInvalid (field), kUnavailable.
  virtual Task<Result<TopicPosition>> publish(std::string topic, std::string body) = 0;
  /// Where the topic ends now: what comes after is heard by who subscribed before asking. Errors: kUnavailable.
  virtual Task<Result<TopicPosition>> position(std::string topic) = 0;
  /// What came after `after`, in order; what comes after that is heard by who subscribed before asking; at most as many as a topic keeps. Errors: kNotFound `resync` when some of it is
  /// no longer kept or the epoch is another one; kUnavailable.
  virtual Task<Result<std::vector<TopicMessage>>> replay(std::string topic, TopicPosition after) = 0;
  /// Everything published from now on. `receiver` is first called after this has returned or while it runs.
  virtual std::unique_ptr<Subscription> subscribe(std::string topic, Receiver receiver) = 0;
};

}  // namespace gamekeeper::ports
