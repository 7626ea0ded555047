#pragma once

#include <string>

namespace gamekeeper::tools {

struct ReplayOptions {
  std::string file, target, credentials;
  double speed = 0;  // times real time; 0: as fast as it goes
  bool as_json = false;
};

/// `gamekeeper replay`: for every player of every match a client session with session_start, match_played and
/// session_end at the match's time, under ids made from the match and the player, so that a second replay changes
/// nothing. Returns the exit status.
int replay(const ReplayOptions& options);

}  // namespace gamekeeper::tools
