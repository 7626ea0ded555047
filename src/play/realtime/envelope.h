#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace gamekeeper::play {

/// What a client says: {"id"?, "type", "topic"?, "data"?}.
struct Envelope {
  std::string id;  // a string or a number, as JSON: given back as it came with what answers it; empty: none
  std::string type, topic;
  boost::json::object data;
};

/// Errors: kInvalid `bad_json`, `required`, `bad_type`, `bad_value` (field).
Result<Envelope> read_envelope(std::string_view text);

/// What the server says; `id` is an Envelope's. Fields that are empty are left out.
struct Frame {
  std::string_view type, id = {}, topic = {}, seq = {};
};
std::string frame_text(const Frame& frame, boost::json::object data = {});
/// {"type":"error","id"?,"topic"?,"data":{"code","detail"}}; nothing of our insides.
std::string error_text(std::string_view id, std::string_view topic, const Error& error);

/// What a client may listen to.
struct WantedTopic {
  enum class Kind : uint8_t { kOwn, kSession, kBoard };
  Kind kind = Kind::kOwn;
  std::string id;  // of the session or board; of the player's own: queue, ratings, notifications, friends
};
/// "queue", "ratings", "notifications", "friends", "session:{id}", "leaderboard:{id}". Errors: kInvalid `unknown_topic`.
Result<WantedTopic> read_topic(std::string_view text);

}  // namespace gamekeeper::play
