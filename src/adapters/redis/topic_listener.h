#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "adapters/redis/redis_connections.h"
#include "ports/broadcast.h"

namespace gamekeeper::adapters::redis {

/// The listening side of a process: one connection with its thread, subscribed to the topics that somebody here listens
/// to. After a break it subscribes anew and reads what was missed from the streams; only what is no longer kept there is
/// missing then, which shows in the numbers.
class TopicListener {
 public:
  using Receiver = ports::Broadcast::Receiver;

  explicit TopicListener(RedisConnections& connections);
  ~TopicListener();

  std::unique_ptr<ports::Broadcast::Subscription> subscribe(std::string topic, Receiver receiver);
  /// Waits until the server knows that this process listens to the topic, if it does. Errors: kUnavailable.
  Task<Result<void>> await(std::string topic);
  /// Where the topic stood when somebody asked after await(): from there on nothing may be missed.
  void stood_at(const std::string& topic, const ports::TopicPosition& at);

 private:
  class Listening;
  struct Topic {
    std::string name;
    std::list<Receiver> receivers;
    bool heard_of = false;  // by the server, on the present connection
    ports::TopicPosition last;  // of what was heard; no epoch: nothing yet
    ports::TopicPosition start;  // from where on nothing may be missed while nothing was heard; no epoch: unknown
    std::vector<Promise<Result<void>>> waiting;
  };

  void unsubscribe(const std::string& channel, std::list<Receiver>::iterator receiver);
  void work();
  void listen(Connection& connection);
  Result<void> tell_changes(Connection& connection);
  Result<void> take(const Reply& reply, std::vector<std::string>& confirmed);
  void deliver(Topic& topic, const ports::TopicMessage& message);
  Result<void> catch_up(std::vector<std::string>& confirmed);
  void break_off(const Error& why);
  void wake() const;
  void rest(std::chrono::milliseconds pause);

  RedisConnections& connections_;
  const int wake_fd_;
  std::unordered_map<std::string, int> unconfirmed_;  // subscriptions sent, by channel; of the thread alone
  std::mutex mutex_;  // also held while receivers are called: who has unsubscribed is not called
  std::unordered_map<std::string, Topic> topics_;  // by channel
  std::set<std::string> changed_;  // channels of which the server may have to be told
  bool stopped_ = false;
  std::condition_variable stopping_;
  std::thread thread_;
};

}  // namespace gamekeeper::adapters::redis
