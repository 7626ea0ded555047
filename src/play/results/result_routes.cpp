#include "play/results/result_routes.h"

#include <boost/json.hpp>

#include "base/ids.h"
#include "events/extract.h"
#include "net/json_body.h"
#include "play/results/rating_rule_routes.h"
#include "play/results/report.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;

constexpr size_t kReasonCharactersMax = 500;

json::value number_or_null(const std::optional<double>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::value time_or_null(UnixMillis at) { return at == 0 ? json::value(nullptr) : json::value(format_time(at)); }

/// What a result comes to.
json::object show_settled(const Match& m) {
  json::array ratings;
  if (m.status == MatchStatus::kApplied) {
    for (const MatchTeam& team : m.result.teams) {
      for (const MatchPlayer& p : team.players)
        ratings.push_back(json::object{{"player_id", p.id},
                                       {"before", p.before},
                                       {"after", p.after},
                                       {"change", p.after - p.before},
                                       {"deviation", p.deviation}});
    }
  }
  json::object out{{"match_id", m.result.match_id}, {"queue", m.result.queue}, {"status", name_of(m.status)}};
  out["applied"] = m.applied == 0 ? json::value(nullptr) : json::value(m.applied);
  out["ratings"] = std::move(ratings);
  out["predicted_win"] = m.predicted.empty() ? json::value(nullptr) : json::value_from(m.predicted);
  return out;
}

json::array show_teams(const MatchResult& result) {
  json::array teams;
  for (const MatchTeam& team : result.teams) {
    json::array players;
    for (const MatchPlayer& p : team.players)
      players.push_back(json::object{{"player_id", p.id}, {"score", number_or_null(p.score)}});
    teams.push_back(json::object{{"rank", team.rank},
                                 {"score", number_or_null(team.score)},
                                 {"side", text_or_null(team.side)},
                                 {"players", std::move(players)}});
  }
  return teams;
}

json::object show_match(const Match& m) {
  json::object out = show_settled(m);
  out["session_id"] = text_or_null(m.result.session_id);
  out["time"] = format_time(m.time);
  out["received_at"] = format_time(m.received_at);
  out["settled_at"] = time_or_null(m.settled_at);
  out["teams"] = show_teams(m.result);
  out["reason"] = text_or_null(m.reason);
  json::array reports;
  for (const ReportedResult& report : m.reports)
    reports.push_back(
        json::object{{"players", json::value_from(report.reporters)}, {"teams", show_teams(report.result)}});
  out["reports"] = std::move(reports);
  out["reset_keep"] = number_or_null(m.reset_keep);
  return out;
}

Response answer_of(const json::object& body) { return net::json(json::serialize(body), 200); }

/// The id of a match that was reported without one: the same for repeats of the call.
std::string id_of_call(const Request& request, const Principal& who) {
  const std::string_view key = request.header("Idempotency-Key");
  if (key.empty()) return {};
  std::string name = "match\x1f" + who.app + '\x1f' + who.subject + '\x1f';
  return to_string(make_uuid_from(name.append(key)));
}

/// Who is not there, in the words of the form with one opponent if that is what was sent.
Error in_its_words(Error error, const json::object& body) {
  if (!body.contains("opponent_id")) return error;
  if (error.field == "teams[0].players[0]") error.field = "player_id";
  if (error.field == "teams[1].players[0]") error.field = "opponent_id";
  return error;
}

Task<Result<Response>> post_result(Results& results, const Clock& clock, const Request& request, const Principal& who) {
  auto body = net::object_body(
      request, {"match_id", "session_id", "queue", "time", "teams", "player_id", "opponent_id", "outcome"});
  if (!body) co_return std::unexpected(body.error());
  auto result = read_report(*body, id_of_call(request, who), clock.now_ms());
  if (!result) co_return std::unexpected(result.error());
  Result<Match> match = who.kind == PrincipalKind::kPlayer
                            ? co_await results.report(who.app, who.subject, std::move(*result))
                            : co_await results.settle(who.app, std::move(*result));
  if (!match) co_return std::unexpected(in_its_words(match.error(), *body));
  co_return answer_of(show_settled(*match));
}

Result<std::string> reason_of(const json::object& body) {
  auto reason = net::optional_text_field(body, "reason");
  if (!reason) return std::unexpected(reason.error());
  if (*reason && net::code_points(**reason) > kReasonCharactersMax)
    return net::invalid("bad_length", "A reason has at most 500 characters.", "reason", "500 characters");
  return std::move(*reason).value_or("");
}

Task<Result<Response>> post_void(Results& results, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"reason"});
  if (!body) co_return std::unexpected(body.error());
  auto reason = reason_of(*body);
  if (!reason) co_return std::unexpected(reason.error());
  auto match = co_await results.take_back(who.app, std::string(request.param("id")), std::move(*reason));
  if (!match) co_return std::unexpected(match.error());
  co_return answer_of(show_match(*match));
}

Task<Result<Response>> post_correct(Results& results, const Clock& clock, const Request& request,
                                    const Principal& who) {
  auto body = net::object_body(
      request, {"session_id", "queue", "time", "teams", "player_id", "opponent_id", "outcome", "reason"});
  if (!body) co_return std::unexpected(body.error());
  auto reason = reason_of(*body);
  if (!reason) co_return std::unexpected(reason.error());
  auto known = co_await results.read(who.app, std::string(request.param("id")));
  if (!known) co_return std::unexpected(known.error());
  if (!body->contains("queue")) (*body)["queue"] = known->result.queue;
  auto result = read_correction(*body, known->result.match_id, clock.now_ms());
  if (!result) co_return std::unexpected(result.error());
  auto match = co_await results.correct(who.app, std::move(*result), std::move(*reason));
  if (!match) co_return std::unexpected(in_its_words(match.error(), *body));
  co_return answer_of(show_match(*match));
}

/// Players see the matches they play in; the others are as unknown to them.
Task<Result<Response>> get_match(Results& results, const Request& request, const Principal& who) {
  auto match = co_await results.read(who.app, std::string(request.param("id")));
  if (!match) co_return std::unexpected(match.error());
  if (who.kind == PrincipalKind::kPlayer && !match->result.has(who.subject))
    co_return fail(ErrorKind::kNotFound, "not_found", "There is no such match.", "match_id");
  co_return answer_of(show_match(*match));
}

Task<Result<Response>> list_matches(Results& results, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto status = net::word_param(request, "status", match_status_of, "applied | pending | disputed | void");
  if (!status) co_return std::unexpected(status.error());
  MatchFilter filter{.status = *status};
  if (std::string queue = request.query_param("queue"); !queue.empty()) filter.queue = std::move(queue);
  auto page = co_await results.list(who.app, std::move(filter), *limit, request.query_param("cursor"));
  co_return net::page_of(page, show_match);
}

json::object show_step(const Match& m, std::string_view player_id) {
  json::object out{{"timestamp", format_time(m.time)}, {"match_id", m.result.match_id}, {"applied", m.applied}};
  for (const MatchTeam& team : m.result.teams) {
    for (const MatchPlayer& p : team.players) {
      if (p.id != player_id) continue;
      out["rating"] = p.after;
      out["change"] = p.after - p.before;
    }
  }
  return out;
}

Task<Result<Response>> get_rating(Results& results, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  std::string queue = request.query_param("queue");
  if (queue.empty()) queue = kMainQueue;
  if (!events::is_id_text(queue))
    co_return net::invalid("bad_value", "A queue's name has 1 to 128 characters.", "queue", "128 characters");
  const std::string player(request.param("id"));
  auto view = co_await results.rating(who.app, player, std::move(queue), *limit, request.query_param("cursor"));
  if (!view) co_return std::unexpected(view.error());
  const PlayerRating& r = view->rating;
  json::array history;
  for (const Match& m : view->history) history.push_back(show_step(m, player));
  co_return answer_of({{"player_id", r.player_id},
                       {"queue", r.queue},
                       {"rating", r.shown()},
                       {"deviation", r.deviation},
                       {"games_played", r.games()},
                       {"provisional", view->provisional},
                       {"wins", r.wins},
                       {"losses", r.losses},
                       {"draws", r.draws},
                       {"rank", view->rank ? json::value(*view->rank) : json::value(nullptr)},
                       {"percentile", number_or_null(view->percentile)},
                       {"history", std::move(history)},
                       {"next_cursor", text_or_null(view->next_cursor)}});
}

Task<Result<Response>> post_reset(Results& results, const Clock& clock, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"queue", "keep", "match_id", "reason"});
  if (!body) co_return std::unexpected(body.error());
  auto queue = net::text_field(*body, "queue");
  auto id = net::optional_text_field(*body, "match_id");
  auto reason = reason_of(*body);
  if (!queue) co_return std::unexpected(queue.error());
  if (!id) co_return std::unexpected(id.error());
  if (!reason) co_return std::unexpected(reason.error());
  const json::value* keep = body->if_contains("keep");
  const double share = !keep ? 0.5 : keep->is_number() ? keep->to_number<double>() : -1;
  if (!(share >= 0 && share <= 1))
    co_return net::invalid("bad_value", "What ratings keep is a share from 0 to 1.", "keep", "0 to 1");
  std::string match_id = id_of_call(request, who);
  if (match_id.empty()) match_id = to_string(make_uuid_v7(clock.now_ms()));
  if (*id) match_id = std::move(**id);
  if (!events::is_id_text(match_id))
    co_return net::invalid("bad_value", "An id has 1 to 128 characters.", "match_id", "128 characters");
  auto match = co_await results.reset(who.app, std::move(*queue), std::move(match_id), share, std::move(*reason));
  if (!match) co_return std::unexpected(match.error());
  co_return answer_of(show_match(*match));
}

Task<Result<Response>> post_recompute(Results& results, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"queue"});
  if (!body) co_return std::unexpected(body.error());
  auto queue = net::text_field(*body, "queue");
  if (!queue) co_return std::unexpected(queue.error());
  auto done = co_await results.recompute(who.app, *queue);
  if (!done) co_return std::unexpected(done.error());
  co_return answer_of({{"queue", *queue},
                       {"matches", done->matches},
                       {"changed_matches", done->changed_matches},
                       {"changed_ratings", done->changed_ratings}});
}

}  // namespace

void add_result_routes(net::Router& router, Results& results, const Clock& clock) {
  constexpr net::RoutePolicy kReads{.server_key = true, .player = true, .admin = AdminRole::kSupport};
  constexpr net::RoutePolicy kLists{.server_key = true, .admin = AdminRole::kSupport};
  const auto amends = [](const char* action) {
    return net::RoutePolicy{
        .server_key = true, .admin = AdminRole::kSupport, .idempotent = true, .action = action, .audited = true};
  };
  net::RoutePolicy reports = amends("match.result");
  reports.player = true;
  const auto on = [&](Method method, const char* path, net::RoutePolicy policy, const char* summary, auto handle) {
    router.add(method, path, policy, summary,
               net::takes_json(
                   [&results, handle](const Request& r, const Principal& who) { return handle(results, r, who); }));
  };
  const auto timed = [&](const char* path, net::RoutePolicy policy, const char* summary, auto handle) {
    router.add(Method::kPost, path, policy, summary,
               net::takes_json([&results, &clock, handle](const Request& r, const Principal& who) {
                 return handle(results, clock, r, who);
               }));
  };
  timed("/api/v1/matches/result", reports, "Takes a match's result; a repeat gets the same answer.", post_result);
  on(Method::kGet, "/api/v1/matches", kLists, "Matches, newest first; ?status=, ?queue=.", list_matches);
  on(Method::kGet, "/api/v1/matches/{id}", kReads, "A match.", get_match);
  on(Method::kPost, "/api/v1/matches/{id}/void", amends("match.void"), "Takes a match back.", post_void);
  timed("/api/v1/matches/{id}/correct", amends("match.correct"), "Gives a match another result.", post_correct);
  on(Method::kGet, "/api/v1/players/{id}/rating", kReads, "A player's rating in a queue, with its history.",
     get_rating);
  timed("/api/v1/ratings/reset", amends("ratings.reset"), "A soft reset of a queue, between two seasons.", post_reset);
  on(Method::kPost, "/api/v1/ratings/recompute", amends("ratings.recompute"),
     "Computes the ratings of a queue anew from its matches.", post_recompute);
  add_rating_rule_routes(router, results);
}

}  // namespace gamekeeper::play
