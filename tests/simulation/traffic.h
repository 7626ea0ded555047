#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/principal.h"
#include "dice.h"
#include "insight/ingest/decode.h"

namespace gamekeeper::simulation {

/// An event as its sender knows it. `serial` stands in its properties and so comes back from the log.
struct Said {
  uint64_t serial = 0;
  std::string app, key, name, player, session;
  uint64_t seq = 0;
  UnixMillis time = 0;
  bool acknowledged = false;

  /// Two events with the same identity are one: repeats of each other.
  std::string identity() const;
};

/// One POST, which may be sent many times.
struct Post {
  Principal who;
  ingest::Format format = ingest::Format::kJson;
  std::string body, idempotency_key;
  std::vector<uint64_t> good;  // serials
  uint32_t bad = 0;            // events that must be refused
};

/// What players and game servers send, and the journal of it: outside everything that can be killed.
class Traffic {
 public:
  Traffic(Dice& dice, const Clock& clock) : dice_(dice), clock_(clock) {}

  Post next_post();
  void acknowledge(const Post& post);

  const std::vector<Said>& journal() const { return journal_; }  // by serial
  uint64_t refused_acknowledged(const std::string& key) const;

 private:
  struct Member {
    std::string app, player, session;
    uint64_t seq = 0;
    bool behind = false;  // its clock is an hour behind, and it says so
  };

  std::string event(const Post& post, const Member* member, Said& said);
  std::string properties(Said& said, bool server);
  std::string bad_event();

  Dice& dice_;
  const Clock& clock_;
  std::map<std::string, Member> members_;  // by app, player and session
  std::vector<Said> journal_;
  std::map<std::string, uint64_t> refused_;
  uint64_t posts_ = 0, ids_ = 0;
};

}  // namespace gamekeeper::simulation
