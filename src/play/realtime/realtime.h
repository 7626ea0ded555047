#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/metrics.h"
#include "base/principal.h"
#include "net/web_socket.h"
#include "play/realtime/hub.h"
#include "ports/broadcast.h"

namespace gamekeeper::play {

struct RealtimeOptions {
  std::chrono::milliseconds authenticate_within{5'000};
  size_t topics_max = 100;           // of a socket
  uint32_t frames_per_second = 20;   // from a client, sustained
  uint32_t frames_at_once = 120;     // as many topics as it may have, and some
  int64_t expiry_warning_ms = 60'000;
  HubLimits limits;
  LaneOptions lanes;
};

/// What the sockets need from the rest of the product.
struct RealtimeSources {
  /// Of a player's token or a server key. Errors: kUnauthenticated, kDenied, …
  std::function<Result<Principal>(const std::string& token)> authenticate;
  /// The same of one that was good before; asked when `revision` has changed, of server keys each time.
  std::function<bool(const std::string& token)> is_good;
  std::function<uint64_t()> revision;
  /// Whether they may hear of a session or a board. Errors: kNotFound, those of the store.
  std::function<Task<Result<void>>(Principal who, std::string session_id)> may_hear_session;
  std::function<Task<Result<void>>(std::string app, std::string board)> may_hear_board;
  /// A player's socket is signed in; it is gone. May be empty; must not wait.
  std::function<void(const Principal& who)> arrived = nullptr, left = nullptr;
};

/// What is counted; cheap enough for every message.
struct RealtimeMetrics {
  explicit RealtimeMetrics(Metrics& metrics);
  prometheus::Counter &deliveries, &resumes, &resyncs, &slow_readers, &refused;
  prometheus::Gauge &sockets, &subscriptions, &topics;
};

/// Players' sockets: who listens to what, and what is carried to them. Thread-safe; outlives the sockets.
class Realtime {
 public:
  Realtime(ports::Broadcast& broadcast, const Clock& clock, RealtimeSources sources, RealtimeOptions options,
           Metrics& metrics);

  /// Speaks with one client until it goes, or is closed with 1001 (the server stops), 1008 (too many frames, or a token in
  /// the address), 1013 (too slow, or the server is full), 4401 (no, a bad, expired or revoked token), 4429 (too many sockets).
  Task<void> serve(net::WebSocket& socket);

 private:
  friend class Conversation;
  ports::Broadcast& broadcast_;
  const RealtimeSources sources_;
  const RealtimeOptions options_;
  RealtimeMetrics metrics_;
  Hub hub_;
};

}  // namespace gamekeeper::play
