#include "flow/push.h"

#include <boost/json.hpp>

#include "base/log.h"

namespace gamekeeper::flow {
namespace {

namespace json = boost::json;

/// Ids may hold any character but control characters: those keep the parts of a topic apart.
std::string joined(std::string_view kind, std::string_view app, std::string_view id) {
  std::string out(kind);
  out += '\x1f';
  out += app;
  out += '\x1f';
  out += id;
  return out;
}

}  // namespace

std::string session_topic(std::string_view app, std::string_view session_id) {
  return joined("session", app, session_id);
}
std::string board_topic(std::string_view app, std::string_view board) { return joined("board", app, board); }
std::string player_topic(std::string_view app, std::string_view player_id, std::string_view kind) {
  return joined(kind, app, player_id);
}

Task<void> push(ports::Broadcast& broadcast, std::string topic, std::string_view type, json::object data) {
  const std::string kind(topic.substr(0, topic.find('\x1f')));
  std::string body = json::serialize(json::object{{"type", type}, {"data", std::move(data)}});
  auto said = co_await broadcast.publish(std::move(topic), std::move(body));
  if (!said)
    log::warning("realtime", "push_failed", {log::text("topic", kind), log::text("message", said.error().message)});
}

}  // namespace gamekeeper::flow
