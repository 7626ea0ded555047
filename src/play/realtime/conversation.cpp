#include "play/realtime/conversation.h"

#include <boost/json.hpp>

#include "flow/push.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using std::chrono::steady_clock;

constexpr uint16_t kPolicy = 1008, kTryLater = 1013, kUnauthorized = 4401, kTooManySockets = 4429;
constexpr size_t kWaitingMax = 256;  // messages, while a topic's place is looked up
constexpr size_t kQueuedMax = 16;    // messages of a replay that the socket may not have sent yet

std::unexpected<Error> no_such_topic() {
  return fail(ErrorKind::kNotFound, "not_found", "There is no such topic for you.", "topic");
}

UnixMillis expiry_of(const Principal& who) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(who.expires.time_since_epoch()).count();
}

}  // namespace

Conversation::Ear::Ear(Conversation& owner, std::string internal, std::string name)
    : topic(std::move(internal)),
      shown(std::move(name)),
      owner_(owner),
      heard_(owner.realtime_.hub_.join(*owner.lane_, topic, shown, *this)) {}

Conversation::Ear::~Ear() { owner_.realtime_.hub_.leave(*owner_.lane_, topic, *this); }

void Conversation::Ear::hear(const Push& push) {
  if (live_) return pass_on(push);
  if (waiting_.size() < kWaitingMax) return waiting_.push_back(push);
  owner_.close(kTryLater, "too much at once; resume");
}

void Conversation::Ear::miss() { owner_.close(kTryLater, "too much at once; resume"); }

/// Everything goes by here in the topic's order; what the client has had already does not.
void Conversation::Ear::pass_on(const Push& push) {
  if (push.at.epoch != last_.epoch) {  // the Broadcast has lost what it kept: something may be missing
    owner_.realtime_.metrics_.resyncs.Increment();
    owner_.send(frame_text({.type = "resync", .topic = shown, .seq = ports::to_text({push.at.epoch, push.at.n - 1})}));
  } else if (push.at.n <= last_.n) {
    return;
  }
  last_ = push.at;
  if (push.text && owner_.send(push.text)) owner_.realtime_.metrics_.deliveries.Increment();
}

bool Conversation::Ear::go_on() {
  live_ = waiting_.empty();
  if (live_) return false;
  const Push push = std::move(waiting_.front());
  waiting_.pop_front();
  pass_on(push);
  return true;
}

Conversation::Conversation(Realtime& realtime, net::WebSocket& socket, std::shared_ptr<Lane> lane)
    : realtime_(realtime), socket_(socket), lane_(std::move(lane)) {}

Conversation::~Conversation() {
  ears_.clear();
  if (!who_) return;
  lane_->leave(*this);
  realtime_.hub_.give_seat_back(seat_);
  if (who_->kind == PrincipalKind::kPlayer && realtime_.sources_.left) realtime_.sources_.left(*who_);
}

void Conversation::close(uint16_t code, std::string_view reason) {
  closed_ = true;
  socket_.close(code, reason);
}

bool Conversation::send(std::shared_ptr<const std::string> text) {
  if (closed_) return false;
  if (!socket_.send(std::move(text))) closed_ = true;
  return !closed_;
}

void Conversation::refuse(const Envelope& about, const Error& error) { send(error_text(about.id, about.topic, error)); }

bool Conversation::too_many_frames() {
  const RealtimeOptions& o = realtime_.options_;
  const gate::Rate rate{.amount = o.frames_at_once,
                        .window_ns = int64_t{1'000'000'000} * o.frames_at_once / o.frames_per_second};
  return frames_.take(rate, 1, steady_clock::now().time_since_epoch().count()) > 0;
}

Task<void> Conversation::run() {
  const auto deadline = steady_clock::now() + realtime_.options_.authenticate_within;
  for (;;) {
    auto text = co_await socket_.read(who_ ? steady_clock::time_point::max() : deadline);
    if (!text) {
      if (text.error().kind == ErrorKind::kTimeout) {
        realtime_.metrics_.refused.Increment();
        close(kUnauthorized, "authenticate within 5 s");
      }
      if (text.error().code == "too_slow") realtime_.metrics_.slow_readers.Increment();
      co_return;
    }
    if (too_many_frames())
      close(kPolicy, "too many frames");
    else
      co_await handle(std::move(*text));
  }
}

Task<void> Conversation::handle(std::string text) {
  auto asked = read_envelope(text);
  if (!who_ && (!asked || asked->type != "authenticate")) {
    realtime_.metrics_.refused.Increment();
    co_return close(kUnauthorized, "authenticate first");
  }
  if (!asked) co_return refuse({}, asked.error());
  const Envelope& it = *asked;
  if (it.type == "authenticate") co_return authenticate(it);
  if (it.type == "subscribe") co_return co_await subscribe(it);
  if (it.type == "unsubscribe") co_return unsubscribe(it);
  if (it.type == "resume") co_return co_await resume(it);
  if (it.type == "ping") {
    send(frame_text({.type = "pong", .id = it.id}));
    co_return;
  }
  refuse(it, {ErrorKind::kInvalid, "unknown_type", "There is no message of this type.", "type",
              "authenticate | subscribe | unsubscribe | resume | ping"});
}

void Conversation::authenticate(const Envelope& asked) {
  const json::value* token = asked.data.if_contains("token");
  auto who = token && token->is_string()
                 ? realtime_.sources_.authenticate(std::string(token->as_string()))
                 : Result<Principal>(fail(ErrorKind::kUnauthenticated, "required", "A token is needed.", "token"));
  if (!who && who.error().kind != ErrorKind::kUnauthenticated && who.error().kind != ErrorKind::kDenied) {
    // Nobody can say whether the token is good: who has a socket keeps it meanwhile.
    return who_ ? refuse(asked, who.error()) : close(kTryLater, "try again later");
  }
  if (!who || (who_ && (who->kind != who_->kind || who->app != who_->app || who->subject != who_->subject))) {
    realtime_.metrics_.refused.Increment();
    return close(kUnauthorized, "not authenticated");
  }
  token_ = std::string(token->as_string());
  expires_ = expiry_of(*who);
  warned_ = false;
  const bool is_player = who->kind == PrincipalKind::kPlayer;
  if (!who_) begin(std::move(*who));
  if (closed_) return;
  json::object data;
  if (is_player) data["player_id"] = who_->subject;
  data["app"] = who_->app;
  if (expires_ != 0) data["expires_at"] = format_time(expires_);
  send(frame_text({.type = "authenticated", .id = asked.id}, std::move(data)));
}

void Conversation::begin(Principal who) {
  std::string seat = who.kind == PrincipalKind::kPlayer ? who.app + "/" + who.subject : std::string();
  if (auto ok = realtime_.hub_.take_seat(seat); !ok) {
    realtime_.metrics_.refused.Increment();
    const bool own = ok.error().kind == ErrorKind::kRateLimited;
    return close(own ? kTooManySockets : kTryLater, ok.error().message);
  }
  seat_ = std::move(seat);
  who_ = std::move(who);
  lane_->enter(*this);
  if (who_->kind == PrincipalKind::kPlayer && realtime_.sources_.arrived) realtime_.sources_.arrived(*who_);
}

void Conversation::look_after(UnixMillis now, bool changed) {
  if (closed_) return;
  if (expires_ != 0 && now >= expires_) return close(kUnauthorized, "the token has expired");
  if ((changed || who_->kind == PrincipalKind::kServerKey) && !realtime_.sources_.is_good(token_))
    return close(kUnauthorized, "the token was revoked");
  if (expires_ == 0 || warned_ || now < expires_ - realtime_.options_.expiry_warning_ms) return;
  warned_ = true;
  send(frame_text({.type = "token_expiring"}, {{"expires_at", format_time(expires_)}}));
}

Task<Result<std::string>> Conversation::find(std::string shown) {
  auto wanted = read_topic(shown);
  if (!wanted) co_return std::unexpected(wanted.error());
  const bool is_player = who_->kind == PrincipalKind::kPlayer;
  if (wanted->kind == WantedTopic::Kind::kOwn) {
    if (!is_player) co_return no_such_topic();
    co_return flow::player_topic(who_->app, who_->subject, wanted->id);
  }
  const bool is_session = wanted->kind == WantedTopic::Kind::kSession;
  auto may = is_session ? co_await realtime_.sources_.may_hear_session(*who_, wanted->id)
                        : co_await realtime_.sources_.may_hear_board(who_->app, wanted->id);
  if (!may && may.error().kind == ErrorKind::kNotFound) co_return no_such_topic();
  if (!may) co_return std::unexpected(may.error());
  co_return is_session ? flow::session_topic(who_->app, wanted->id) : flow::board_topic(who_->app, wanted->id);
}

/// The topic's ear; a new one waits until it is told where it stands.
Task<Result<Conversation::Ear*>> Conversation::open(std::string shown) {
  if (auto known = ears_.find(shown); known != ears_.end()) co_return known->second.get();
  if (ears_.size() >= realtime_.options_.topics_max) {
    co_return fail(ErrorKind::kRateLimited, "too_many_topics", "The socket listens to too many topics.", "topic",
                   std::to_string(realtime_.options_.topics_max));
  }
  auto topic = co_await find(shown);
  if (!topic) co_return std::unexpected(topic.error());
  auto ear = std::make_unique<Ear>(*this, std::move(*topic), shown);
  co_return ears_.emplace(std::move(shown), std::move(ear)).first->second.get();
}

Task<Result<void>> Conversation::tell_position(Ear& ear, std::string_view type, const std::string& id) {
  auto at = co_await realtime_.broadcast_.position(ear.topic);
  if (!at) co_return std::unexpected(at.error());
  send(frame_text({.type = type, .id = id, .topic = ear.shown, .seq = ports::to_text(*at)}));
  ear.stands_at(std::move(*at));
  co_await catch_up(ear);
  co_return Result<void>{};
}

Task<void> Conversation::subscribe(const Envelope& asked) {
  if (const auto known = ears_.find(asked.topic); known != ears_.end()) {
    const std::string seq = ports::to_text(known->second->stands_at());
    send(frame_text({.type = "subscribed", .id = asked.id, .topic = asked.topic, .seq = seq}));
    co_return;
  }
  auto ear = co_await open(asked.topic);
  if (!ear) co_return refuse(asked, ear.error());
  if (auto ok = co_await tell_position(**ear, "subscribed", asked.id); !ok) {
    ears_.erase(asked.topic);
    refuse(asked, ok.error());
  }
}

void Conversation::unsubscribe(const Envelope& asked) {
  if (ears_.erase(asked.topic) == 0) {
    return refuse(asked, {ErrorKind::kNotFound, "not_subscribed", "The socket does not listen to this.", "topic"});
  }
  send(frame_text({.type = "unsubscribed", .id = asked.id, .topic = asked.topic}));
}

Task<void> Conversation::catch_up(Ear& ear) {
  while (co_await has_room()) {
    if (!ear.go_on()) co_return;
  }
}

/// Waits until the socket has sent most of what it holds: a replay may be longer than its queue. False once it is closed.
Task<bool> Conversation::has_room() {
  while (!closed_) {
    const auto queued = socket_.queued();
    if (queued && *queued <= kQueuedMax) co_return true;
    closed_ = !queued;
    if (!closed_) co_await sleep_for(std::chrono::milliseconds(5));
  }
  co_return false;
}

Task<Result<void>> Conversation::replay(Ear& ear, ports::TopicPosition after, const std::string& id) {
  ear.wait();
  auto missed = co_await realtime_.broadcast_.replay(ear.topic, after);
  if (!missed && missed.error().kind == ErrorKind::kNotFound) {
    realtime_.metrics_.resyncs.Increment();
    co_return co_await tell_position(ear, "resync", id);
  }
  if (!missed) co_return std::unexpected(missed.error());
  realtime_.metrics_.resumes.Increment();
  send(frame_text({.type = "subscribed", .id = id, .topic = ear.shown, .seq = ports::to_text(after)}));
  ear.stands_at(std::move(after));
  for (const ports::TopicMessage& message : *missed) {
    if (!co_await has_room()) co_return Result<void>{};
    ear.pass_on(ear.push_of(message));
  }
  co_await catch_up(ear);
  co_return Result<void>{};
}

Task<void> Conversation::resume(const Envelope& asked) {
  const json::value* topics = asked.data.if_contains("topics");
  if (!topics || !topics->is_object() || topics->as_object().empty()) {
    co_return refuse(asked, {ErrorKind::kInvalid, "required", "Say which topics, each with the last seq that came.",
                             "data.topics", R"({"queue":"…"})"});
  }
  for (const auto& [shown, seq] : topics->as_object()) {
    if (closed_) co_return;
    const Envelope one{.id = asked.id, .type = asked.type, .topic = std::string(shown), .data = {}};
    auto after = ports::read_position(seq.is_string() ? std::string_view(seq.as_string()) : std::string_view());
    if (!after) {
      refuse(one, after.error());
      continue;
    }
    auto ear = co_await open(one.topic);
    if (!ear) {
      refuse(one, ear.error());
      continue;
    }
    if (auto ok = co_await replay(**ear, std::move(*after), asked.id); !ok) {
      ears_.erase(one.topic);
      refuse(one, ok.error());
    }
  }
}

}  // namespace gamekeeper::play
