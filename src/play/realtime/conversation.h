#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gate/rate_limit.h"
#include "play/realtime/envelope.h"
#include "play/realtime/realtime.h"

namespace gamekeeper::play {

/// One client's socket: who it is and what it listens to. Lives on the socket's thread.
class Conversation final : public Guest {
 public:
  Conversation(Realtime& realtime, net::WebSocket& socket, std::shared_ptr<Lane> lane);
  Conversation(const Conversation&) = delete;
  ~Conversation();

  Task<void> run();
  void look_after(UnixMillis now, bool changed) override;

 private:
  /// One topic that the client listens to. What is said before its place is known waits.
  class Ear final : public Listener {
   public:
    Ear(Conversation& owner, std::string topic, std::string shown);
    Ear(const Ear&) = delete;
    ~Ear();
    void hear(const Push& push) override;
    void miss() override;
    /// From here until go_on() what is said waits.
    void wait() { live_ = false; }
    /// The client has had everything up to here.
    void stands_at(ports::TopicPosition at) { last_ = std::move(at); }
    const ports::TopicPosition& stands_at() const { return last_; }
    /// Passes on the first that waits; false when nothing does: then it is live.
    bool go_on();
    Push push_of(const ports::TopicMessage& message) const { return {message.at, heard_->frame(message)}; }
    void pass_on(const Push& push);

    const std::string topic, shown;

   private:
    Conversation& owner_;
    std::shared_ptr<HeardTopic> heard_;
    ports::TopicPosition last_;
    bool live_ = false;
    std::deque<Push> waiting_;
  };

  void close(uint16_t code, std::string_view reason);
  bool send(std::shared_ptr<const std::string> text);
  bool send(std::string text) { return send(std::make_shared<const std::string>(std::move(text))); }
  void refuse(const Envelope& about, const Error& error);
  bool too_many_frames();

  Task<void> handle(std::string text);
  void authenticate(const Envelope& asked);
  void begin(Principal who);
  Task<void> subscribe(const Envelope& asked);
  void unsubscribe(const Envelope& asked);
  Task<void> resume(const Envelope& asked);
  /// Where the topic is in the Broadcast, if this client may hear it.
  Task<Result<std::string>> find(std::string shown);
  Task<Result<Ear*>> open(std::string shown);
  Task<Result<void>> replay(Ear& ear, ports::TopicPosition after, const std::string& id);
  Task<Result<void>> tell_position(Ear& ear, std::string_view type, const std::string& id);
  Task<void> catch_up(Ear& ear);
  Task<bool> has_room();

  Realtime& realtime_;
  net::WebSocket& socket_;
  const std::shared_ptr<Lane> lane_;
  std::optional<Principal> who_;
  std::string token_, seat_;
  UnixMillis expires_ = 0;  // 0: not
  bool closed_ = false, warned_ = false;
  gate::RateBucket frames_;
  std::unordered_map<std::string, std::unique_ptr<Ear>> ears_;  // by the client's name
};

}  // namespace gamekeeper::play
