#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/task.h"
#include "ports/broadcast.h"

namespace gamekeeper::flow {

/// What players hear of a topic (docs/api/asyncapi.json): the part of the product that changed something says so, realtime
/// carries it to the sockets. Topics of the Broadcast, which no client sees:
std::string session_topic(std::string_view app, std::string_view session_id);
std::string board_topic(std::string_view app, std::string_view board);
/// A player's own: `kind` is queue, ratings, notifications or friends.
std::string player_topic(std::string_view app, std::string_view player_id, std::string_view kind);

/// Says `{"type": type, "data": data}` on the topic, after the write that it tells of was committed. A push that fails is
/// logged and never fails the write: who listens can read the same by a call.
Task<void> push(ports::Broadcast& broadcast, std::string topic, std::string_view type, boost::json::object data);

}  // namespace gamekeeper::flow
