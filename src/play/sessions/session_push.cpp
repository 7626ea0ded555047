#include "play/sessions/session_push.h"

#include <boost/json/array.hpp>

#include "flow/push.h"

namespace gamekeeper::play {

Task<void> push_state(ports::Broadcast& broadcast, const Session& s) {
  boost::json::array players;
  for (const SessionPlayer& p : s.players)
    players.push_back(boost::json::object{{"player_id", p.id}, {"rating", p.rating}});
  boost::json::object data{
      {"session_id", s.id}, {"status", name_of(s.status)}, {"players", std::move(players)},
      {"state", s.state},   {"version", s.version},        {"updated_at", format_time(s.updated_at)}};
  co_await flow::push(broadcast, flow::session_topic(s.app, s.id), "session_state", std::move(data));
}

}  // namespace gamekeeper::play
