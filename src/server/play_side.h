#pragma once

#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "gate/gate.h"
#include "gate/passwords.h"
#include "gate/player_access.h"
#include "net/router.h"
#include "play/leaderboards/live_boards.h"
#include "server/config.h"
#include "server/housekeeping.h"
#include "server/stores.h"

namespace gamekeeper::server {

/// The player's side, put together: accounts, sessions, queues, results, boards, sockets, notifications.
class PlaySide {
 public:
  /// All outlive it.
  struct Needs {
    const Config& config;
    Stores& stores;
    const Clock& clock;
    Metrics& metrics;
    gate::Gate& gate;
    gate::Directory& directory;
    gate::PlayerAccess& access;
    gate::Passwords& passwords;
  };

  explicit PlaySide(Needs needs);
  ~PlaySide();

  void add_routes(net::Router& router);
  /// Null without the role ratings.
  const play::LiveBoards* boards() const;
  std::vector<Chore> chores();
  /// What works by itself, in the background.
  void start();
  /// Chores that are under way come to their end soon.
  void hurry();
  /// Chores must have ended before. Safe to call twice.
  void stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace gamekeeper::server
