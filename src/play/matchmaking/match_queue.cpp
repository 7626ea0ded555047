#include "play/matchmaking/match_queue.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "base/ids.h"
#include "events/extract.h"
#include "flow/push.h"
#include "gate/records.h"
#include "play/accounts/player.h"
#include "play/accounts/player_rating.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr int kQueueTries = 5;
constexpr int64_t kSnapshotFreshMs = 500;
constexpr size_t kSnapshotsMax = 1000;
constexpr uint32_t kSweepTickets = 500, kUnfitLooked = 200;
constexpr int kSweepRounds = 40;

std::unexpected<Error> not_queued() {
  return fail(ErrorKind::kNotFound, "not_queued", "The player is not in a queue.", "player_id");
}

/// The end of the range of keys that begin with `prefix`, which ends with a separator.
std::string after(std::string prefix) {
  ++prefix.back();
  return prefix;
}

std::string player_field(size_t i) { return i == 0 ? "player_id" : "party[" + std::to_string(i - 1) + "]"; }

}  // namespace

Result<void> MatchQueue::check(const NewTicket& wanted) const {
  if (!events::is_id_text(wanted.queue))
    return fail(ErrorKind::kInvalid, "bad_value", "A queue's name has 1 to 128 characters.", "queue", "128 characters");
  if (wanted.players.size() > Ticket::kPlayersMax)
    return fail(ErrorKind::kInvalid, "bad_value", "A party has at most 64 players.", "party", "64");
  if (std::set<std::string_view>(wanted.players.begin(), wanted.players.end()).size() != wanted.players.size())
    return fail(ErrorKind::kInvalid, "duplicate_player", "A player stands twice in the party.", "party");
  if (json::serialize(wanted.attributes).size() > Ticket::kAttributesBytesMax)
    return fail(ErrorKind::kInvalid, "field_too_large", "A ticket's attributes are too large.", "attributes",
                "2048 bytes");
  if (wanted.latencies.size() > Ticket::kRegionsMax)
    return fail(ErrorKind::kInvalid, "bad_value", "There are too many regions.", "latencies", "32");
  for (const auto& [region, ms] : wanted.latencies) {
    if (!events::is_id_text(region) || !(ms >= 0 && ms <= 60'000))
      return fail(ErrorKind::kInvalid, "bad_value", "A latency has a region and 0 to 60000 ms.", "latencies",
                  "0 to 60000");
  }
  return {};
}

Task<Result<TicketPlayer>> MatchQueue::rated(std::string app, std::string player_id, std::string queue) {
  TicketPlayer out{.id = player_id};
  auto document = co_await parts_.documents.get(kRatings, rating_id(app, queue, player_id));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return out;  // a newcomer
  auto rating = read_rating(**document);
  if (!rating) co_return std::unexpected(rating.error());
  out.rating = rating->mean;
  out.deviation = rating->deviation;
  co_return out;
}

Task<Result<std::vector<TicketPlayer>>> MatchQueue::players_of(std::string app, const NewTicket& wanted) {
  std::vector<TicketPlayer> out;
  for (size_t i = 0; i < wanted.players.size(); ++i) {
    const std::string& id = wanted.players[i];
    auto document = co_await parts_.documents.get(kPlayers, scoped(app, id));
    if (!document) co_return std::unexpected(document.error());
    if (!*document) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such player.", player_field(i), id);
    auto player = read_player(**document);
    if (!player) co_return std::unexpected(player.error());
    if (player->ban && player->ban->holds(clock_.now_ms()))
      co_return fail(ErrorKind::kDenied, "banned", "The player is banned.", player_field(i));
    auto with_rating = co_await rated(app, id, wanted.queue);
    if (!with_rating) co_return std::unexpected(with_rating.error());
    out.push_back(std::move(*with_rating));
  }
  co_return out;
}

/// One whose time is over is swept within seconds, and makes way at once for whoever comes again.
Task<Result<void>> MatchQueue::make_way(std::string app, std::vector<std::string> players) {
  for (size_t i = 0; i < players.size(); ++i) {
    const std::string key = player_key(app, players[i]);
    auto page = co_await parts_.documents.query(
        {.collection = kTickets, .index = "searching", .from = key, .to = after(key), .limit = 1});
    if (!page) co_return std::unexpected(page.error());
    if (page->items.empty()) continue;
    auto ticket = read_ticket(page->items.front());
    if (!ticket) co_return std::unexpected(ticket.error());
    if (ticket->deadline > clock_.now_ms())
      co_return fail(ErrorKind::kConflict, "already_queued",
                     "The player waits in the queue " + ticket->queue + " already.", player_field(i), ticket->queue);
    auto ended = co_await end(std::move(*ticket), TicketStatus::kExpired, "expired");
    if (!ended && !gate::is_conflict(ended.error())) co_return std::unexpected(ended.error());
  }
  co_return Result<void>{};
}

Task<Result<TicketView>> MatchQueue::join(std::string app, NewTicket wanted) {
  if (auto ok = check(wanted); !ok) co_return std::unexpected(ok.error());
  auto players = co_await players_of(app, wanted);
  if (!players) co_return std::unexpected(players.error());
  auto rules = co_await parts_.queues.rules({app, wanted.queue});
  if (!rules) co_return std::unexpected(rules.error());
  if (static_cast<int>(players->size()) > rules->team_size)
    co_return fail(ErrorKind::kUnprocessable, "unmatchable",
                   "A party of " + std::to_string(players->size()) + " never fits a team of this queue.", "party",
                   "team_size " + std::to_string(rules->team_size));
  const UnixMillis now = clock_.now_ms();
  Ticket ticket{.app = app,
                .id = to_string(make_uuid_v7(now)),
                .queue = wanted.queue,
                .players = std::move(*players),
                .attributes = std::move(wanted.attributes),
                .latencies = std::move(wanted.latencies),
                .since = now,
                .deadline = now + rules->max_wait_seconds * 1000};
  ports::WriteSet set;
  set.puts.push_back(put_of(ticket));
  add_facts(set, ticket, "queue.joined", now);
  for (int tries = 0; tries < kQueueTries; ++tries) {
    auto done = co_await parts_.documents.commit(set);
    if (!done && done.error().code != "unique") co_return std::unexpected(done.error());
    if (done) {
      ticket.version = done->front();
      auto pooled = co_await parts_.pool.add(ticket.queue_id(), ticket.pooled());
      if (!pooled) co_return std::unexpected(pooled.error());
      co_return co_await view(std::move(ticket));
    }
    if (auto free = co_await make_way(app, wanted.players); !free) co_return std::unexpected(free.error());
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "The player's ticket has just changed; try again.");
}

Task<Result<std::optional<Ticket>>> MatchQueue::newest(std::string app, std::string player_id) {
  const std::string key = player_key(app, player_id);
  for (const char* index : {"searching", "player"}) {  // the one that searches is the newest, whatever clocks say
    auto page = co_await parts_.documents.query({.collection = kTickets,
                                                 .index = index,
                                                 .from = key,
                                                 .to = after(key),
                                                 .direction = ports::Direction::kDescending,
                                                 .limit = 1});
    if (!page) co_return std::unexpected(page.error());
    if (page->items.empty()) continue;
    auto ticket = read_ticket(page->items.front());
    if (!ticket) co_return std::unexpected(ticket.error());
    co_return std::move(*ticket);
  }
  co_return std::nullopt;
}

Task<Result<MatchQueue::Snapshot>> MatchQueue::snapshot(ports::QueueId queue) {
  const UnixMillis now = clock_.now_ms();
  {
    std::lock_guard lock(mutex_);
    const auto found = seen_.find(queue);
    if (found != seen_.end() && now - found->second.at < kSnapshotFreshMs) co_return found->second.tickets;
  }
  auto tickets = co_await parts_.pool.snapshot(queue);
  if (!tickets) co_return std::unexpected(tickets.error());
  auto out = std::make_shared<const std::vector<ports::PooledTicket>>(std::move(*tickets));
  std::lock_guard lock(mutex_);
  if (seen_.size() >= kSnapshotsMax && !seen_.contains(queue)) seen_.clear();
  seen_[queue] = {now, out};
  co_return out;
}

Task<Result<TicketView>> MatchQueue::view(Ticket ticket) {
  TicketView out{.ticket = std::move(ticket)};
  const Ticket& t = out.ticket;
  if (t.status != TicketStatus::kSearching) co_return out;
  const UnixMillis now = clock_.now_ms();
  auto rules = co_await parts_.queues.rules(t.queue_id());
  if (!rules) co_return std::unexpected(rules.error());
  auto waits = co_await parts_.queues.waits(t.queue_id());
  if (!waits) co_return std::unexpected(waits.error());
  auto pool = co_await snapshot(t.queue_id());
  if (!pool) co_return std::unexpected(pool.error());
  auto place = co_await parts_.pool.place(t.queue_id(), t.id);
  if (!place && place.error().kind != ErrorKind::kNotFound) co_return std::unexpected(place.error());
  const ports::PooledTicket own = t.pooled();
  // Just taken for a match, or not yet put in: its place is the one it would have.
  out.position =
      1 + (place ? place->position : static_cast<uint64_t>(std::ranges::count_if(**pool, [&](const auto& other) {
        return other.since < own.since;
      })));
  out.wait = (*waits)->estimate(own.rating, t.waited_seconds(now), static_cast<double>(rules->patience_seconds));
  out.explanation = explain(own, **pool, *rules, now);
  co_return out;
}

Task<Result<TicketView>> MatchQueue::status(std::string app, std::string player_id) {
  auto ticket = co_await newest(app, player_id);
  if (!ticket) co_return std::unexpected(ticket.error());
  if (!*ticket || (*ticket)->status == TicketStatus::kLeft) co_return not_queued();
  Ticket& t = **ticket;
  const UnixMillis now = clock_.now_ms();
  if (t.status == TicketStatus::kSearching && t.deadline <= now) t.end(TicketStatus::kExpired, t.deadline);
  if (t.status != TicketStatus::kSearching && now - t.ended_at > Ticket::kEndedKeptMs) co_return not_queued();
  if (t.status == TicketStatus::kMatched) {
    auto ended = co_await end_of_match(t);
    if (!ended) co_return std::unexpected(ended.error());
    if (*ended == SessionStatus::kCompleted) co_return not_queued();
    if (*ended) t.status = TicketStatus::kCancelled;
  }
  co_return co_await view(std::move(t));
}

Task<Result<std::optional<SessionStatus>>> MatchQueue::end_of_match(const Ticket& ticket) {
  auto session = co_await parts_.sessions.read(ticket.app, ticket.match->session_id);
  if (!session && session.error().kind == ErrorKind::kNotFound) co_return SessionStatus::kCompleted;
  if (!session) co_return std::unexpected(session.error());
  co_return is_over(session->status) ? std::optional(session->status) : std::nullopt;
}

Task<Result<Ticket>> MatchQueue::end(Ticket ticket, TicketStatus how, std::string reason) {
  const UnixMillis now = clock_.now_ms();
  ticket.end(how, now);
  ticket.reason = std::move(reason);
  ports::WriteSet set;
  set.puts.push_back(put_of(ticket));
  add_facts(set, ticket, "queue.left", now);
  auto done = co_await parts_.documents.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  ticket.version = done->front();
  // What is left behind by a failure here is put right by the matchmaker: the document has been decided.
  (void)co_await parts_.pool.remove(ticket.queue_id(), ticket.id);
  if (parts_.broadcast != nullptr) {
    for (const TicketPlayer& p : ticket.players)
      co_await flow::push(*parts_.broadcast, flow::player_topic(ticket.app, p.id, "queue"), "queue_update",
                          {{"ticket_id", ticket.id}, {"queue", ticket.queue}, {"status", name_of(ticket.status)}});
  }
  co_return ticket;
}

Task<Result<Ticket>> MatchQueue::leave(std::string app, std::string player_id) {
  for (int tries = 0; tries < kQueueTries; ++tries) {
    auto ticket = co_await newest(app, player_id);
    if (!ticket) co_return std::unexpected(ticket.error());
    const UnixMillis now = clock_.now_ms();
    if (!*ticket || (*ticket)->status == TicketStatus::kLeft || (*ticket)->status == TicketStatus::kExpired)
      co_return not_queued();
    if ((*ticket)->status == TicketStatus::kMatched) {
      if (now - (*ticket)->ended_at > Ticket::kEndedKeptMs) co_return not_queued();
      auto ended = co_await end_of_match(**ticket);
      if (!ended) co_return std::unexpected(ended.error());
      if (*ended) co_return not_queued();
      co_return fail(ErrorKind::kConflict, "already_matched", "The player has a match already.", "session_id",
                     (*ticket)->match->session_id);
    }
    auto left = co_await end(std::move(**ticket), TicketStatus::kLeft, "left");
    if (left || !gate::is_conflict(left.error())) co_return left;
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "This ticket is being changed by many at once; try again.");
}

Task<Result<bool>> MatchQueue::drop_if_unfit(Ticket ticket) {
  for (const TicketPlayer& p : ticket.players) {
    auto document = co_await parts_.documents.get(kPlayers, scoped(ticket.app, p.id));
    if (!document) co_return std::unexpected(document.error());
    std::string reason;
    if (!*document) {
      reason = "gone";
    } else {
      auto player = read_player(**document);
      if (!player) co_return std::unexpected(player.error());
      if (player->ban && player->ban->holds(clock_.now_ms())) reason = "banned";
    }
    if (reason.empty()) continue;
    auto ended = co_await end(std::move(ticket), TicketStatus::kLeft, std::move(reason));
    if (!ended && !gate::is_conflict(ended.error())) co_return std::unexpected(ended.error());
    co_return true;
  }
  co_return false;
}

Task<Result<void>> MatchQueue::forget_player(std::string app, std::string player_id) {
  const std::string key = player_key(app, player_id);
  for (int tries = 0; tries < kQueueTries;
       ++tries) {  // once more when another has decided: it searches, or it does not
    auto page = co_await parts_.documents.query(
        {.collection = kTickets, .index = "searching", .from = key, .to = after(key), .limit = 1});
    if (!page) co_return std::unexpected(page.error());
    if (page->items.empty()) co_return Result<void>{};
    auto ticket = read_ticket(page->items.front());
    if (!ticket) co_return std::unexpected(ticket.error());
    auto dropped = co_await drop_if_unfit(std::move(*ticket));
    if (!dropped) co_return std::unexpected(dropped.error());
    if (!*dropped) co_return Result<void>{};
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "This ticket is being changed by many at once; try again.");
}

Task<Result<void>> MatchQueue::expire_overdue() {
  auto page = co_await parts_.documents.query({.collection = kTickets,
                                               .index = "deadline",
                                               .from = {},
                                               .to = gate::sortable(clock_.now_ms() + 1),
                                               .limit = kSweepTickets});
  if (!page) co_return std::unexpected(page.error());
  for (const ports::Document& document : page->items) {
    auto ticket = read_ticket(document);
    if (!ticket) co_return std::unexpected(ticket.error());
    auto ended = co_await end(std::move(*ticket), TicketStatus::kExpired, "expired");
    if (!ended && !gate::is_conflict(ended.error())) co_return std::unexpected(ended.error());
  }
  co_return Result<void>{};
}

/// Some of the tickets at a time, all of them in turn: a ban ends a ticket within a minute, and a match never takes one.
Task<Result<void>> MatchQueue::drop_unfit() {
  auto page = co_await parts_.documents.query({.collection = kTickets,
                                               .index = "waiting",
                                               .from = {},
                                               .to = {},
                                               .limit = kUnfitLooked,
                                               .cursor = unfit_cursor_});
  if (!page) co_return std::unexpected(page.error());
  unfit_cursor_ = page->next_cursor;
  for (const ports::Document& document : page->items) {
    auto ticket = read_ticket(document);
    if (!ticket) co_return std::unexpected(ticket.error());
    auto dropped = co_await drop_if_unfit(std::move(*ticket));
    if (!dropped) co_return std::unexpected(dropped.error());
  }
  co_return Result<void>{};
}

Task<Result<void>> MatchQueue::sweep() {
  if (auto ok = co_await expire_overdue(); !ok) co_return ok;
  if (auto ok = co_await drop_unfit(); !ok) co_return ok;
  for (int rounds = 0; rounds < kSweepRounds; ++rounds) {
    auto forgotten = co_await gate::purge_expired(parts_.documents, kTickets, clock_.now_ms());
    if (!forgotten) co_return std::unexpected(forgotten.error());
    if (*forgotten < kSweepTickets) break;
  }
  co_return Result<void>{};
}

}  // namespace gamekeeper::play
