#include "play/matchmaking/matchmaker.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/ids.h"
#include "base/log.h"
#include "events/fact.h"
#include "flow/push.h"
#include "gate/records.h"
#include "play/accounts/player.h"
#include "play/ratings/glicko2.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using ports::PooledTicket;
using ports::QueueId;

constexpr size_t kFormedAtOnce = 32;

ratings::Glicko2 mean_of(const std::vector<TicketPlayer>& team) {
  double rating = 0, variance = 0;
  for (const TicketPlayer& p : team) rating += p.rating, variance += p.deviation * p.deviation;
  const auto n = static_cast<double>(std::max<size_t>(team.size(), 1));
  return {.rating = rating / n, .deviation = std::sqrt(variance) / n};
}

/// match.formed stands under the match's first player and tells how long each ticket has waited.
ports::Fact formed_fact(const QueueId& queue, const TicketMatch& match, std::span<const double> waits) {
  json::object properties = show(match);
  properties["queue"] = queue.queue;
  const std::string text = json::serialize(properties);
  const std::string& first = match.teams.front().front();
  return {scoped(queue.app, first), events::fact_row({.app = queue.app,
                                                      .player_id = first,
                                                      .name = "match.formed",
                                                      .at = match.at,
                                                      .properties = text,
                                                      .match_id = match.match_id,
                                                      .wait_seconds = waits})};
}

/// A match of these tickets, and what its session and its commit need.
struct Formed {
  TicketMatch match;
  NewSession session;
  std::vector<int64_t> ratings;
  std::vector<double> waits;
  std::vector<std::vector<TicketPlayer>> players;  // by team
};

Formed formed_of(const QueueId& queue, const QueueRules& rules, const std::vector<std::vector<Ticket>>& teams,
                 double quality, UnixMillis now) {
  Formed out{.match = {.match_id = to_string(make_uuid_v7(now)), .quality = quality, .at = now}};
  out.session = {.mode = rules.match_mode.empty() ? queue.queue : rules.match_mode, .match_id = out.match.match_id};
  out.session.attributes["queue"] = queue.queue;
  for (const auto& team : teams) {
    out.players.emplace_back();
    out.match.teams.emplace_back();
    for (const Ticket& t : team) {
      out.waits.push_back(t.waited_seconds(now));
      for (const TicketPlayer& p : t.players) {
        out.session.players.push_back(p.id);
        out.session.teams.push_back(static_cast<int>(out.players.size()) - 1);
        out.ratings.push_back(std::llround(p.rating));
        out.match.teams.back().push_back(p.id);
        out.players.back().push_back(p);
      }
    }
  }
  return out;
}

}  // namespace

double predict_by_ratings(const std::vector<std::vector<TicketPlayer>>& teams) {
  if (teams.size() < 2) return 1;
  // The first against each of the others: of two teams exactly, of more as if the games were apart and then shared.
  double own = 1, sum = 0;
  for (size_t t = 0; t < teams.size(); ++t) {
    double beats_all = 1;
    for (size_t other = 0; other < teams.size(); ++other) {
      if (other == t) continue;
      beats_all *= 1 / (1 + std::exp(-ratings::glicko2_logit(mean_of(teams[t]), mean_of(teams[other]))));
    }
    if (t == 0) own = beats_all;
    sum += beats_all;
  }
  return sum > 0 ? own / sum : 1.0 / static_cast<double>(teams.size());
}

/// Some matches at a time: the store makes one sync of the commits of all who wait.
Task<std::vector<Result<bool>>> Matchmaker::form_all(QueueId queue, QueueRules rules,
                                                     std::span<const PooledTicket> pool,
                                                     std::span<const ProposedMatch> matches) {
  std::vector<Result<bool>> outcomes;
  const auto executor = co_await asio::this_coro::executor;
  for (size_t from = 0; from < matches.size() && !stopped_; from += kFormedAtOnce) {
    std::vector<Future<Result<bool>>> under_way;
    for (const ProposedMatch& match : matches.subspan(from, std::min(kFormedAtOnce, matches.size() - from))) {
      Proposed teams;
      for (const auto& team : match.teams) {
        teams.emplace_back();
        for (const uint32_t i : team) teams.back().push_back(pool[i].id);
      }
      Promise<Result<bool>> promise(under_way.emplace_back());
      asio::co_spawn(
          executor, form(queue, rules, std::move(teams), match.quality),
          [promise](const std::exception_ptr& thrown, Result<bool> made) mutable {
            promise.set(thrown ? fail(ErrorKind::kInternal, "internal", "Forming a match threw.") : std::move(made));
          });
    }
    for (auto& future : under_way) outcomes.push_back(co_await future.get());
  }
  co_return outcomes;
}

Task<Result<std::optional<std::vector<std::vector<Ticket>>>>> Matchmaker::read_tickets(QueueId queue, Proposed teams) {
  std::vector<std::vector<Ticket>> out;
  for (const auto& team : teams) {
    out.emplace_back();
    for (const std::string& id : team) {
      auto ticket = co_await ticket_of(queue, id);
      if (!ticket) co_return std::unexpected(ticket.error());
      bool plays = *ticket && (*ticket)->status == TicketStatus::kSearching && (*ticket)->deadline > clock_.now_ms();
      if (plays) {
        auto dropped = co_await parts_.tickets.drop_if_unfit(**ticket);
        if (!dropped) co_return std::unexpected(dropped.error());
        plays = !*dropped;
      }
      if (!plays) {
        if (auto ok = co_await take_stale(queue, id, std::move(*ticket)); !ok) co_return std::unexpected(ok.error());
        co_return std::nullopt;
      }
      out.back().push_back(std::move(**ticket));
    }
  }
  co_return out;
}

Task<Result<bool>> Matchmaker::form(QueueId queue, QueueRules rules, Proposed teams, double quality) {
  auto tickets = co_await read_tickets(queue, teams);
  if (!tickets) co_return std::unexpected(tickets.error());
  if (!*tickets) co_return false;
  const UnixMillis now = clock_.now_ms();
  Formed formed = formed_of(queue, rules, **tickets, quality, now);
  formed.match.predicted_win = predict_by_ratings(formed.players);
  if (parts_.predict) {
    auto predicted = co_await parts_.predict(queue.app, queue.queue, formed.players);
    if (predicted) formed.match.predicted_win = *predicted;
  }
  ports::WriteSet set;
  auto session = parts_.sessions.add_to(set, queue.app, std::move(formed.session), formed.ratings);
  if (!session) co_return std::unexpected(session.error());
  formed.match.session_id = session->id;
  std::vector<Ticket> matched;
  for (auto& team : **tickets) {
    for (Ticket& t : team) {
      t.end(TicketStatus::kMatched, now);
      t.match = formed.match;
      set.puts.push_back(put_of(t));
      matched.push_back(std::move(t));
    }
  }
  set.facts.push_back(formed_fact(queue, formed.match, formed.waits));
  auto done = co_await parts_.documents.commit(std::move(set));
  if (!done && gate::is_conflict(done.error())) co_return false;  // somebody left: the others are looked at again
  if (!done) co_return std::unexpected(done.error());
  note(queue, formed.match, formed.waits);
  auto taken = co_await take_out(queue, matched);
  co_await parts_.sessions.show(std::move(*session));
  co_await announce(queue, std::move(matched));
  if (!taken) co_return std::unexpected(taken.error());
  co_return true;
}

void Matchmaker::note(const QueueId& queue, const TicketMatch& match, std::span<const double> waits) {
  formed_.Increment();
  for (const double wait : waits) waited_.Observe(wait);
  log::info(
      "queue", "match_formed",
      {log::text("queue", queue.queue), log::text("match_id", match.match_id), log::number("quality", match.quality),
       log::number("predicted_win", match.predicted_win), log::number("waited_seconds", std::ranges::max(waits))},
      {.session_id = match.session_id});
}

Task<void> Matchmaker::announce(QueueId queue, std::vector<Ticket> tickets) {
  if (parts_.broadcast == nullptr) co_return;
  for (const Ticket& t : tickets) {
    for (const TicketPlayer& p : t.players) {
      json::object data = show(*t.match);
      data["queue"] = queue.queue;
      data["ticket_id"] = t.id;
      co_await flow::push(*parts_.broadcast, flow::player_topic(queue.app, p.id, "queue"), "match_found",
                          std::move(data));
    }
  }
}

}  // namespace gamekeeper::play
