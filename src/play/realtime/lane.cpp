#include "play/realtime/lane.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/log.h"

namespace gamekeeper::play {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kLook = milliseconds(250);
/// After so many messages the sockets may write before more comes: their own queues hold 64.
constexpr size_t kMessagesAtOnce = 32;

/// Takes one out of a list whose members know their places.
template <class T, class Place>
void take_out(std::vector<T*>& list, Place place, T& one) {
  T* last = list.back();
  list[place(one)] = last;
  place(*last) = place(one);
  list.pop_back();
}

}  // namespace

HeardTopic::HeardTopic(std::string_view shown)
    : head_(R"({"topic":)" + boost::json::serialize(boost::json::string(shown)) + R"(,"seq":")") {}

std::shared_ptr<const std::string> HeardTopic::frame(const ports::TopicMessage& message) const {
  const std::string& body = *message.body;
  if (body.size() < 3 || body.front() != '{') {
    log::warning("realtime", "no_message", {log::number("bytes", static_cast<int64_t>(body.size()))});
    return nullptr;
  }
  std::string text;
  text.reserve(head_.size() + body.size() + 40);
  text += head_;
  text += ports::to_text(message.at);
  text += "\",";
  text.append(body, 1);
  return std::make_shared<const std::string>(std::move(text));
}

void HeardTopic::give(const std::shared_ptr<HeardTopic>& self, const ports::TopicMessage& message) {
  const Push push{message.at, frame(message)};
  if (!push.text) return;
  std::lock_guard lock(mutex_);
  for (const auto& [lane, listeners] : lanes_) lane->give(self, push);
}

void HeardTopic::add(const std::shared_ptr<Lane>& lane) {
  std::lock_guard lock(mutex_);
  auto known = std::ranges::find(lanes_, lane, [](const auto& l) { return l.first; });
  if (known == lanes_.end())
    lanes_.emplace_back(lane, 1);
  else
    ++known->second;
}

void HeardTopic::remove(const Lane& lane) {
  std::lock_guard lock(mutex_);
  auto known = std::ranges::find(lanes_, &lane, [](const auto& l) { return l.first.get(); });
  if (known != lanes_.end() && --known->second == 0) lanes_.erase(known);
}

void Lane::give(const std::shared_ptr<HeardTopic>& topic, const Push& push) {
  {
    std::lock_guard lock(mutex_);
    if (inbox_.size() < options_.inbox_max)
      inbox_.push_back({topic, push});
    else
      overrun_.insert(topic);
    if (std::exchange(woken_, true)) return;
  }
  asio::post(executor_, [self = shared_from_this()] { self->on_wake(); });
}

void Lane::on_wake() {
  const auto since = steady_clock::now() - flushed_;
  if (since >= options_.tick) return flush();
  asio::co_spawn(executor_, flush_later(shared_from_this(), options_.tick - since),
                 [](std::exception_ptr failure) { GK_CHECK(!failure, "carrying messages to sockets does not throw"); });
}

Task<void> Lane::flush_later(std::shared_ptr<Lane> self, steady_clock::duration wait) {
  co_await sleep_for(wait);
  self->flush();
}

void Lane::flush() {
  std::vector<Waiting> some;
  std::set<std::shared_ptr<HeardTopic>> overrun;
  bool more = false;
  {
    std::lock_guard lock(mutex_);
    const auto end = inbox_.begin() + static_cast<std::ptrdiff_t>(std::min(kMessagesAtOnce, inbox_.size()));
    some.assign(std::make_move_iterator(inbox_.begin()), std::make_move_iterator(end));
    inbox_.erase(inbox_.begin(), end);
    overrun.swap(overrun_);
    more = woken_ = !inbox_.empty();
  }
  const auto each = [this](const HeardTopic* topic, auto&& tell) {
    const auto found = listeners_.find(topic);
    if (found == listeners_.end()) return;
    for (Listener* listener : found->second) tell(*listener);
  };
  for (const Waiting& w : some) each(w.topic.get(), [&w](Listener& l) { l.hear(w.push); });
  for (const auto& topic : overrun) each(topic.get(), [](Listener& l) { l.miss(); });
  if (more)
    asio::post(executor_, [self = shared_from_this()] { self->flush(); });
  else
    flushed_ = steady_clock::now();
}

void Lane::listen(const HeardTopic& topic, Listener& listener) {
  auto& list = listeners_[&topic];
  listener.place_ = list.size();
  list.push_back(&listener);
}

void Lane::leave(const HeardTopic& topic, Listener& listener) {
  auto found = listeners_.find(&topic);
  take_out(found->second, [](Listener& l) -> size_t& { return l.place_; }, listener);
  if (found->second.empty()) listeners_.erase(found);
}

void Lane::enter(Guest& guest) {
  guest.place_ = guests_.size();
  guests_.push_back(&guest);
  if (std::exchange(watching_, true)) return;
  asio::co_spawn(executor_, watch(shared_from_this()),
                 [](std::exception_ptr failure) { GK_CHECK(!failure, "looking after sockets does not throw"); });
}

void Lane::leave(Guest& guest) {
  take_out(guests_, [](Guest& g) -> size_t& { return g.place_; }, guest);
}

/// Ends soon after the last guest has left: a thread that drains doesn't wait for it long.
Task<void> Lane::watch(std::shared_ptr<Lane> self) {
  while (!self->guests_.empty()) {
    co_await sleep_for(kLook);
    self->look();
  }
  self->watching_ = false;
}

void Lane::look() {
  const UnixMillis now = clock_.now_ms();
  const uint64_t revision = revision_();
  const bool changed = std::exchange(seen_revision_, revision) != revision;
  for (Guest* guest : guests_) guest->look_after(now, changed);
}

}  // namespace gamekeeper::play
