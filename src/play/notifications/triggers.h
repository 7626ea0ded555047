#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "events/event.h"

namespace gamekeeper::play {

/// A notification that is to be worded.
struct Draft {
  std::string app, player_id;
  std::string type;   // also the name of its template
  std::string about;  // tells it from others of its type: twice the same is told once
  boost::json::object data;  // for programs, and the template's variables
  UnixMillis at = 0;
};

/// Whom a backend's fact (docs/api/events.md) is told to, and as what; mostly nobody. Facts whose properties are not as
/// they should be tell nobody anything.
std::vector<Draft> drafts_of(const events::EventView& fact);

}  // namespace gamekeeper::play
