#include "play/matchmaking/matchmaking_routes.h"

#include <boost/json.hpp>

#include "net/json_body.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(json::string(text));
}

template <class T>
json::value number_or_null(const std::optional<T>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

json::object show_ticket(const Ticket& t, UnixMillis now) {
  json::array players;
  for (const TicketPlayer& p : t.players) players.push_back(json::string(p.id));
  json::object out{{"ticket_id", t.id},
                   {"queue", t.queue},
                   {"status", name_of(t.status)},
                   {"players", std::move(players)},
                   {"rating", t.pooled().rating},
                   {"joined_at", format_time(t.since)},
                   {"expires_at", format_time(t.deadline)},
                   {"waited_seconds", t.waited_seconds(now)}};
  if (t.match) out["match"] = show(*t.match);
  return out;
}

json::object show_view(const TicketView& view, UnixMillis now) {
  json::object out = show_ticket(view.ticket, now);
  const bool searches = view.ticket.status == TicketStatus::kSearching;
  out["position"] = searches ? json::value(view.position) : json::value(nullptr);
  out["estimated_wait_seconds"] = out["estimate_error_seconds"] = out["explanation"] = nullptr;
  if (view.wait) {
    out["estimated_wait_seconds"] = view.wait->seconds;
    out["estimate_error_seconds"] = view.wait->error;
  }
  if (view.explanation) {
    const Explanation& e = *view.explanation;
    json::value nearest;
    if (e.nearest) nearest = json::object{{"rating_gap", *e.nearest}};
    out["explanation"] = json::object{{"blocking_rule", text_or_null(e.blocking_rule)},
                                      {"nearest", std::move(nearest)},
                                      {"next_expansion_seconds", number_or_null(e.next_expansion_seconds)}};
  }
  return out;
}

/// Whose ticket it is: a player's own, or the one that a game server or support names.
Result<std::string> named_player(const Principal& who, std::optional<std::string> named) {
  if (who.kind == PrincipalKind::kPlayer) {
    if (named && *named != who.subject)
      return fail(ErrorKind::kDenied, "not_yours", "Players queue for themselves.", "player_id");
    return who.subject;
  }
  if (!named || named->empty()) return net::invalid("required", "Say which player is meant.", "player_id");
  return *named;
}

Result<std::string> asked_player(const Request& request, const Principal& who) {
  const std::string named = request.query_param("player_id");
  return named_player(who, named.empty() ? std::nullopt : std::optional(named));
}

Result<std::map<std::string, double>> latencies_of(const json::object& body) {
  auto latencies = net::optional_object_field(body, "latencies");
  if (!latencies) return std::unexpected(latencies.error());
  std::map<std::string, double> out;
  if (!*latencies) return out;
  for (const auto& region : **latencies) {
    if (!region.value().is_number())
      return net::invalid("bad_type", "A latency is a number of milliseconds.", "latencies", "region: ms");
    out[region.key()] = region.value().to_number<double>();
  }
  return out;
}

Result<NewTicket> ticket_of(const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"queue", "party", "latencies", "attributes", "player_id"});
  if (!body) return std::unexpected(body.error());
  auto queue = net::optional_text_field(*body, "queue"), named = net::optional_text_field(*body, "player_id");
  if (!queue) return std::unexpected(queue.error());
  if (!named) return std::unexpected(named.error());
  auto player = named_player(who, std::move(*named));
  if (!player) return std::unexpected(player.error());
  auto attributes = net::optional_object_field(*body, "attributes");
  if (!attributes) return std::unexpected(attributes.error());
  auto latencies = latencies_of(*body);
  if (!latencies) return std::unexpected(latencies.error());
  NewTicket wanted{.players = {*player},
                   .attributes = std::move(*attributes).value_or(json::object()),
                   .latencies = std::move(*latencies)};
  if (*queue) wanted.queue = std::move(**queue);
  const json::value* party = body->if_contains("party");
  if (!party || party->is_null()) return wanted;
  if (!party->is_array()) return net::invalid("bad_type", "The party must be a list.", "party", "list of ids");
  for (const json::value& p : party->as_array()) {
    if (!p.is_string()) return net::invalid("bad_type", "A player's id must be a string.", "party", "list of ids");
    if (p.as_string() != *player) wanted.players.emplace_back(p.as_string());  // who asks belongs to it anyway
  }
  return wanted;
}

Task<Result<Response>> join(MatchQueue& queue, const Clock& clock, const Request& request, const Principal& who) {
  auto wanted = ticket_of(request, who);
  if (!wanted) co_return std::unexpected(wanted.error());
  auto view = co_await queue.join(who.app, std::move(*wanted));
  if (!view) co_return std::unexpected(view.error());
  co_return net::json(json::serialize(show_view(*view, clock.now_ms())), 202);
}

Task<Result<Response>> status(MatchQueue& queue, const Clock& clock, const Request& request, const Principal& who) {
  auto player = asked_player(request, who);
  if (!player) co_return std::unexpected(player.error());
  auto view = co_await queue.status(who.app, std::move(*player));
  if (!view) co_return std::unexpected(view.error());
  co_return net::json(json::serialize(show_view(*view, clock.now_ms())));
}

Task<Result<Response>> leave(MatchQueue& queue, const Clock& clock, const Request& request, const Principal& who) {
  auto player = asked_player(request, who);
  if (!player) co_return std::unexpected(player.error());
  auto ticket = co_await queue.leave(who.app, std::move(*player));
  if (!ticket) co_return std::unexpected(ticket.error());
  co_return net::json(json::serialize(show_ticket(*ticket, clock.now_ms())));
}

json::object show_queue(const QueueSettings& settings) {
  json::object out{{"queue", settings.name}};
  for (const auto& rule : show(settings.rules)) out[rule.key()] = rule.value();
  out["updated_at"] = format_time(settings.updated_at);
  return out;
}

Task<Result<Response>> change_queue(Queues& queues, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"team_size", "teams", "window_start", "window_growth", "patience_seconds",
                                         "max_wait_seconds", "match_mode"});
  if (!body) co_return std::unexpected(body.error());
  auto settings = co_await queues.change({who.app, std::string(request.param("queue"))}, std::move(*body));
  if (!settings) co_return std::unexpected(settings.error());
  co_return net::json(json::serialize(show_queue(*settings)));
}

Task<Result<Response>> list_queues(Queues& queues, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto page = co_await queues.list(who.app, *limit, request.query_param("cursor"));
  co_return net::page_of(page, show_queue);
}

}  // namespace

void add_matchmaking_routes(net::Router& router, MatchQueue& queue, Queues& queues, const Clock& clock) {
  constexpr net::RoutePolicy kOwnOrServers{.server_key = true, .player = true, .admin = AdminRole::kSupport};
  constexpr net::RoutePolicy kLists{.server_key = true, .admin = AdminRole::kSupport};
  net::RoutePolicy join_policy = kOwnOrServers, leave_policy = kOwnOrServers;
  join_policy.idempotent = join_policy.audited = leave_policy.idempotent = leave_policy.audited = true;
  join_policy.action = "queue.join";
  leave_policy.action = "queue.leave";
  net::RoutePolicy change_policy{
      .server_key = true, .admin = AdminRole::kSupport, .idempotent = true, .action = "queue.change", .audited = true};
  const auto on_ticket = [&](Method method, const char* path, net::RoutePolicy policy, const char* summary,
                             auto handle) {
    router.add(method, path, policy, summary,
               net::takes_json([&queue, &clock, handle](const Request& r, const Principal& who) {
                 return handle(queue, clock, r, who);
               }));
  };
  on_ticket(Method::kPost, "/api/v1/queue/join", join_policy, "Looks for a match, alone or as a party.", join);
  on_ticket(Method::kGet, "/api/v1/queue/status", kOwnOrServers, "How the search stands, or the match.", status);
  on_ticket(Method::kDelete, "/api/v1/queue/leave", leave_policy, "Stops looking; the whole party leaves.", leave);
  router.add(Method::kGet, "/api/v1/queues", kLists, "Queues whose rules were set, by name.",
             [&queues](const Request& r, const Principal& who) { return list_queues(queues, r, who); });
  router.add(
      Method::kPut, "/api/v1/queues/{queue}", change_policy, "Sets a queue's rules; what is absent stays.",
      net::takes_json([&queues](const Request& r, const Principal& who) { return change_queue(queues, r, who); }));
}

}  // namespace gamekeeper::play
