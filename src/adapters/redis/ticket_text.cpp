#include "adapters/redis/ticket_text.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

namespace gamekeeper::adapters::redis {

namespace json = boost::json;
using ports::PooledTicket;

namespace {

template <class Number>
bool read(const json::object& from, const char* name, Number& out) {
  const json::value* value = from.if_contains(name);
  if (!value || !value->is_string()) return false;
  const std::string_view text(value->get_string());
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

bool read(const json::object& from, const char* name, std::string& out) {
  const json::value* value = from.if_contains(name);
  if (!value || !value->is_string()) return false;
  out = std::string_view(value->get_string());
  return true;
}

bool read_players(const json::object& from, std::vector<std::string>& out) {
  const json::value* value = from.if_contains("players");
  if (!value || !value->is_array()) return false;
  for (const json::value& player : value->get_array()) {
    if (!player.is_string()) return false;
    out.emplace_back(player.get_string());
  }
  return true;
}

}  // namespace

std::string to_text(const PooledTicket& ticket) {
  json::array players;
  for (const std::string& player : ticket.players) players.push_back(json::string(player));
  return json::serialize(json::object{{"id", ticket.id},
                                      {"players", std::move(players)},
                                      {"rating", fmt::format("{}", ticket.rating)},
                                      {"deviation", fmt::format("{}", ticket.deviation)},
                                      {"since", fmt::format("{}", ticket.since)},
                                      {"rest", ticket.rest}});
}

Result<PooledTicket> read_ticket(std::string_view text) {
  boost::system::error_code error;
  const json::value parsed = json::parse(text, error);
  PooledTicket out;
  const json::object* object = error ? nullptr : parsed.if_object();
  if (object && read(*object, "id", out.id) && read_players(*object, out.players) &&
      read(*object, "rating", out.rating) && read(*object, "deviation", out.deviation) &&
      read(*object, "since", out.since) && read(*object, "rest", out.rest))
    return out;
  return fail(ErrorKind::kCorrupt, "corrupt", "A ticket in Redis cannot be read.");
}

}  // namespace gamekeeper::adapters::redis
