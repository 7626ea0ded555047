#include "adapters/redis/topic_listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "adapters/redis/topic_scripts.h"
#include "base/log.h"

namespace gamekeeper::adapters::redis {

using ports::TopicMessage;
using ports::TopicPosition;

namespace {

constexpr std::chrono::milliseconds kRestMin{10}, kRestMax{1'000}, kSignOfLife{5'000};
constexpr size_t kChannelsAtOnce = 500;

}  // namespace

class TopicListener::Listening final : public ports::Broadcast::Subscription {
 public:
  Listening(TopicListener& listener, std::string channel, std::list<Receiver>::iterator receiver)
      : listener_(listener), channel_(std::move(channel)), receiver_(receiver) {}
  ~Listening() override { listener_.unsubscribe(channel_, receiver_); }

 private:
  TopicListener& listener_;
  const std::string channel_;
  const std::list<Receiver>::iterator receiver_;
};

TopicListener::TopicListener(RedisConnections& connections)
    : connections_(connections), wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this] { work(); });
}

TopicListener::~TopicListener() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopping_.notify_all();
  wake();
  thread_.join();
  ::close(wake_fd_);
}

void TopicListener::wake() const {
  const uint64_t one = 1;
  std::ignore = ::write(wake_fd_, &one, sizeof one);
}

std::unique_ptr<ports::Broadcast::Subscription> TopicListener::subscribe(std::string topic, Receiver receiver) {
  std::string channel = channel_of(topic);
  std::list<Receiver>::iterator at;
  {
    std::lock_guard lock(mutex_);
    Topic& to = topics_[channel];
    to.name = std::move(topic);
    at = to.receivers.insert(to.receivers.end(), std::move(receiver));
    if (!to.heard_of) changed_.insert(channel);
  }
  wake();
  return std::make_unique<Listening>(*this, std::move(channel), at);
}

void TopicListener::unsubscribe(const std::string& channel, std::list<Receiver>::iterator receiver) {
  {
    std::lock_guard lock(mutex_);
    Topic& topic = topics_.at(channel);
    topic.receivers.erase(receiver);
    if (!topic.receivers.empty()) return;
    changed_.insert(channel);
  }
  wake();
}

Task<Result<void>> TopicListener::await(std::string topic) {
  Future<Result<void>> known;
  {
    std::lock_guard lock(mutex_);
    const auto found = topics_.find(channel_of(topic));
    if (found == topics_.end() || found->second.receivers.empty() || found->second.heard_of) co_return Result<void>();
    found->second.waiting.emplace_back(known);
  }
  co_return co_await known.get();
}

void TopicListener::stood_at(const std::string& topic, const TopicPosition& at) {
  std::lock_guard lock(mutex_);
  const auto found = topics_.find(channel_of(topic));
  if (found != topics_.end() && found->second.start.epoch.empty()) found->second.start = at;
}

void TopicListener::work() {
  auto backoff = kRestMin;
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (stopped_) break;
    }
    auto connection = connections_.connect();
    const auto began = std::chrono::steady_clock::now();
    if (connection)
      listen(**connection);
    else
      break_off(connection.error());
    if (std::chrono::steady_clock::now() - began > kRestMax) backoff = kRestMin;  // it held for a while
    rest(backoff);
    backoff = std::min(backoff * 2, kRestMax);
  }
  break_off({ErrorKind::kUnavailable, "storage_unavailable", "The server is stopping."});
}

void TopicListener::rest(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  stopping_.wait_for(lock, pause, [this] { return stopped_; });
}

/// Those who wait for a subscription have waited for long enough.
void TopicListener::break_off(const Error& why) {
  std::vector<Promise<Result<void>>> waiting;
  {
    std::lock_guard lock(mutex_);
    for (auto& [channel, topic] : topics_) {
      std::ranges::move(topic.waiting, std::back_inserter(waiting));
      topic.waiting.clear();
    }
  }
  for (auto& each : waiting) each.set(std::unexpected(why));
}

/// Until the connection breaks or all ends.
void TopicListener::listen(Connection& connection) {
  unconfirmed_.clear();
  {
    std::lock_guard lock(mutex_);
    for (auto& [channel, topic] : topics_) {
      topic.heard_of = false;
      changed_.insert(channel);
    }
  }
  for (bool silent = false;;) {
    if (!tell_changes(connection)) return;
    pollfd both[] = {{.fd = connection.fd(), .events = POLLIN, .revents = 0},
                     {.fd = wake_fd_, .events = POLLIN, .revents = 0}};
    const int ready = ::poll(both, 2, static_cast<int>(kSignOfLife.count()));
    uint64_t woken = 0;
    if (both[1].revents != 0) std::ignore = ::read(wake_fd_, &woken, sizeof woken);
    {
      std::lock_guard lock(mutex_);
      if (stopped_) return;
    }
    if (ready == 0) {  // a sign of life, or the connection is dead
      const Command ping{"PING"};
      if (silent || !connection.send({&ping, 1})) return;
      silent = true;
      continue;
    }
    if (both[0].revents == 0) continue;
    silent = false;
    std::vector<std::string> confirmed;
    for (;;) {
      auto reply = connection.receive(std::chrono::steady_clock::now());
      if (!reply && reply.error().kind == ErrorKind::kTimeout) break;
      if (!reply || !take(*reply, confirmed)) {
        log::warning("broadcast", "connection_lost", {log::text("engine", "redis")});
        return;
      }
    }
    if (!catch_up(confirmed)) return;
  }
}

/// Subscribes to what somebody listens to now, and leaves what nobody does.
Result<void> TopicListener::tell_changes(Connection& connection) {
  Command join{"SUBSCRIBE"}, leave{"UNSUBSCRIBE"};
  std::vector<Command> commands;
  {
    std::lock_guard lock(mutex_);
    for (const std::string& channel : changed_) {
      const auto topic = topics_.find(channel);
      if (topic == topics_.end()) continue;
      const bool wanted = !topic->second.receivers.empty();
      if (wanted && !topic->second.heard_of) {
        join.push_back(channel);
        ++unconfirmed_[channel];
      }
      if (!wanted) {
        leave.push_back(channel);
        topics_.erase(topic);
      }
      for (Command* command : {&join, &leave}) {
        if (command->size() <= kChannelsAtOnce) continue;
        commands.push_back(*command);
        command->resize(1);
      }
    }
    changed_.clear();
  }
  for (Command* command : {&leave, &join}) {
    if (command->size() > 1) commands.push_back(std::move(*command));
  }
  return commands.empty() ? Result<void>() : connection.send(commands);
}

/// One thing that the server says of its own accord.
Result<void> TopicListener::take(const Reply& reply, std::vector<std::string>& confirmed) {
  if (reply.is_error()) return unavailable(std::string(reply.text()));
  const std::string_view what = reply[0].text();
  if (what == "subscribe") {  // only the last counts: one before it may have been left again meanwhile
    const auto sent = unconfirmed_.find(std::string(reply[1].text()));
    if (sent == unconfirmed_.end() || --sent->second > 0) return {};
    confirmed.push_back(sent->first);
    unconfirmed_.erase(sent);
  }
  if (what != "message") return {};
  if (auto ok = catch_up(confirmed); !ok) return ok;  // what was missed comes before what is said now
  std::lock_guard lock(mutex_);
  const auto topic = topics_.find(std::string(reply[1].text()));
  if (topic != topics_.end()) deliver(topic->second, read_told(reply[2].text()));
  return {};
}

void TopicListener::deliver(Topic& topic, const TopicMessage& message) {
  if (!message.body || (message.at.epoch == topic.last.epoch && message.at.n <= topic.last.n)) return;  // heard before
  topic.last = message.at;
  for (const Receiver& receive : topic.receivers) receive(message);
}

/// What was said while nobody of this process listened. Live messages wait meanwhile in the connection.
Result<void> TopicListener::catch_up(std::vector<std::string>& confirmed) {
  std::unique_ptr<Connection> asking;
  for (const std::string& channel : std::exchange(confirmed, {})) {
    std::string name;
    TopicPosition last;
    {
      std::lock_guard lock(mutex_);
      const auto topic = topics_.find(channel);
      if (topic == topics_.end()) continue;
      name = topic->second.name;
      last = topic->second.last.epoch.empty() ? topic->second.start : topic->second.last;
    }
    std::vector<TopicMessage> missed;
    if (!last.epoch.empty()) {
      if (!asking) {
        auto made = connections_.connect();
        if (!made) return std::unexpected(made.error());
        asking = std::move(*made);
      }
      Command ask{"EVAL", replay_script().text(), "3"};
      for (std::string& key : topic_keys(name)) ask.push_back(std::move(key));
      ask.insert(ask.end(), {last.epoch, std::to_string(last.n)});
      auto entries = asking->call(ask);
      if (!entries) return std::unexpected(entries.error());
      if (entries->is_error()) return unavailable(std::string(entries->text()));
      missed = read_entries(*entries, last.epoch);
    }
    std::vector<Promise<Result<void>>> waiting;
    {
      std::lock_guard lock(mutex_);
      const auto topic = topics_.find(channel);
      if (topic == topics_.end()) continue;
      for (const TopicMessage& message : missed) deliver(topic->second, message);
      topic->second.heard_of = true;
      waiting.swap(topic->second.waiting);
    }
    for (auto& each : waiting) each.set({});
  }
  return {};
}

}  // namespace gamekeeper::adapters::redis
