#pragma once

#include <string>

namespace gamekeeper::tools {

struct ReplayOptions {
  std::string file, target, credentials;
  double speed = 0;  // times real time; 0: as fast as it goes
  bool events_only = false;  // no accounts, sessions and results
  bool as_json = false;
};

/// `gamekeeper replay`: every player of the file gets an account, every match a game session that ends with the match's
/// result (see PlayReplay), and every player of every match a client session with session_start, match_played and
/// session_end at the match's time, all in order of time. Everything has ids that are made from the file: what was broken
/// off goes on, and a second replay changes nothing. Returns the exit status: 2 for input that cannot be used; 1 when the
/// server refused something, or a queue had later matches already.
int replay(const ReplayOptions& options);

}  // namespace gamekeeper::tools
