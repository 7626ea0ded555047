#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "ports/broadcast.h"

namespace gamekeeper::play {

class Lane;

/// A message as every socket gets that listens to its topic: made once.
struct Push {
  ports::TopicPosition at;
  std::shared_ptr<const std::string> text;
};

/// A topic of the Broadcast as this process hears it, and on which lanes somebody does.
class HeardTopic {
 public:
  /// `shown`: the name that clients know it by.
  explicit HeardTopic(std::string_view shown);

  /// Hands a message to every lane where somebody listens. From any thread.
  void give(const std::shared_ptr<HeardTopic>& self, const ports::TopicMessage& message);
  void add(const std::shared_ptr<Lane>& lane);
  void remove(const Lane& lane);
  /// {"topic":…,"seq":…,"type":…,"data":…} from the Broadcast's {"type":…,"data":…}; null when it is no such text.
  std::shared_ptr<const std::string> frame(const ports::TopicMessage& message) const;

 private:
  const std::string head_;  // {"topic":"session:1","seq":"
  std::mutex mutex_;
  std::vector<std::pair<std::shared_ptr<Lane>, size_t>> lanes_;  // and how many listen there
};

/// One socket's ear for one topic. Called on its lane's thread.
class Listener {
 public:
  virtual void hear(const Push& push) = 0;
  /// More was said than the lane could hold: something is missing.
  virtual void miss() = 0;

 protected:
  ~Listener() = default;

 private:
  friend class Lane;
  size_t place_ = 0;
};

/// A socket, as its lane looks after it.
class Guest {
 public:
  /// Four times a second, on the lane's thread. `changed`: credentials may have ended since the last time.
  virtual void look_after(UnixMillis now, bool changed) = 0;

 protected:
  ~Guest() = default;

 private:
  friend class Lane;
  size_t place_ = 0;
};

struct LaneOptions {
  std::chrono::milliseconds tick{5};  // messages that come closer together are sent together
  size_t inbox_max = 65'536;
};

/// All sockets of one HTTP thread. What is said comes in from any thread and is carried to the sockets on theirs, so that
/// nothing but the inbox needs a lock.
class Lane : public std::enable_shared_from_this<Lane> {
 public:
  /// `revision`: changes when credentials may have ended.
  Lane(Executor executor, const Clock& clock, std::function<uint64_t()> revision, LaneOptions options)
      : executor_(executor), clock_(clock), revision_(std::move(revision)), options_(options) {}

  /// From any thread.
  void give(const std::shared_ptr<HeardTopic>& topic, const Push& push);

  // The rest on the lane's own thread.
  void listen(const HeardTopic& topic, Listener& listener);
  void leave(const HeardTopic& topic, Listener& listener);
  void enter(Guest& guest);
  void leave(Guest& guest);

 private:
  struct Waiting {
    std::shared_ptr<HeardTopic> topic;
    Push push;
  };
  void on_wake();
  void flush();
  void look();
  static Task<void> flush_later(std::shared_ptr<Lane> self, std::chrono::steady_clock::duration wait);
  static Task<void> watch(std::shared_ptr<Lane> self);

  const Executor executor_;
  const Clock& clock_;
  const std::function<uint64_t()> revision_;
  const LaneOptions options_;

  std::mutex mutex_;
  std::deque<Waiting> inbox_;
  std::set<std::shared_ptr<HeardTopic>> overrun_;  // topics of which something did not fit
  bool woken_ = false;

  std::unordered_map<const HeardTopic*, std::vector<Listener*>> listeners_;
  std::vector<Guest*> guests_;
  std::chrono::steady_clock::time_point flushed_;
  uint64_t seen_revision_ = 0;
  bool watching_ = false;
};

}  // namespace gamekeeper::play
