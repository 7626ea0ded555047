#include "play/friends/friend_pair.h"

#include <array>
#include <boost/json.hpp>

#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using gate::number_of;
using gate::text_of;

constexpr std::array<std::string_view, 5> kRelationNames{"none", "friend", "sent", "received", "blocked"};

/// What one pair adds to a player's counts.
FriendCounts share_of(const FriendPair& pair, std::string_view player) {
  FriendCounts out;
  out.friends = pair.is_friends ? 1 : 0;
  if (!pair.asked_by.empty()) (pair.asked_by == player ? out.sent : out.received) = 1;
  out.blocked = pair.blocks(player) ? 1 : 0;
  return out;
}

std::unexpected<Error> too_many(const char* code, const char* message, const std::string& field, int64_t limit) {
  return fail(ErrorKind::kUnprocessable, code, message, field, std::to_string(limit));
}

void end_ties(FriendPair& pair) {
  pair.is_friends = false;
  pair.asked_by.clear();
  pair.since = 0;
}

void become_friends(FriendPair& pair, UnixMillis now) {
  pair.is_friends = true;
  pair.asked_by.clear();
  pair.since = now;
}

using Step = Result<std::optional<std::string_view>>;

Step ask(FriendPair& pair, std::string_view player, UnixMillis now) {
  if (pair.blocks(pair.other_of(player)))
    return fail(ErrorKind::kDenied, "blocked", "This player takes no requests from you.", "other");
  if (pair.blocks(player)) return fail(ErrorKind::kConflict, "unblock_first", "You have blocked this player.", "other");
  if (pair.is_friends || pair.asked_by == player) return std::nullopt;
  if (!pair.asked_by.empty()) {  // they had asked before: both want it
    become_friends(pair, now);
    return "player.friend_added";
  }
  pair.asked_by = player;
  pair.since = now;
  return "player.friend_requested";
}

Step accept(FriendPair& pair, std::string_view player, UnixMillis now) {
  if (pair.is_friends) return std::nullopt;
  if (pair.asked_by.empty() || pair.asked_by == player)
    return fail(ErrorKind::kNotFound, "no_request", "This player has not asked, or asks no more.", "other");
  become_friends(pair, now);
  return "player.friend_added";
}

Step drop_request(FriendPair& pair, std::string_view player) {
  if (pair.asked_by.empty()) return std::nullopt;
  const bool own = pair.asked_by == player;
  end_ties(pair);
  return own ? "player.friend_cancelled" : "player.friend_declined";
}

Step unfriend(FriendPair& pair) {
  if (!pair.is_friends) return std::nullopt;
  end_ties(pair);
  return "player.friend_removed";
}

Step set_block(FriendPair& pair, std::string_view player, bool blocks, UnixMillis now) {
  UnixMillis& since = player == pair.first ? pair.first_blocks : pair.second_blocks;
  if ((since != 0) == blocks) return std::nullopt;
  since = blocks ? now : 0;
  if (blocks) end_ties(pair);
  return blocks ? "player.blocked" : "player.unblocked";
}

}  // namespace

std::string_view name_of(Relation relation) { return kRelationNames[static_cast<size_t>(relation)]; }

FriendPair FriendPair::between(std::string app, std::string a, std::string b) {
  if (b < a) std::swap(a, b);
  return {.app = std::move(app), .first = std::move(a), .second = std::move(b), .asked_by = {}};
}

Relation FriendPair::relation_of(std::string_view player) const {
  if (blocks(player)) return Relation::kBlocked;
  if (is_friends) return Relation::kFriend;
  if (asked_by.empty()) return Relation::kNone;
  return asked_by == player ? Relation::kSent : Relation::kReceived;
}

UnixMillis FriendPair::since_of(std::string_view player) const {
  if (blocks(player)) return player == first ? first_blocks : second_blocks;
  return since;
}

Result<std::optional<std::string_view>> apply(FriendPair& pair, std::string_view player, FriendAct act,
                                              UnixMillis now) {
  switch (act) {
    case FriendAct::kAsk:
      return ask(pair, player, now);
    case FriendAct::kAccept:
      return accept(pair, player, now);
    case FriendAct::kDropRequest:
      return drop_request(pair, player);
    case FriendAct::kUnfriend:
      return unfriend(pair);
    case FriendAct::kBlock:
      return set_block(pair, player, true, now);
    case FriendAct::kUnblock:
      return set_block(pair, player, false, now);
  }
  return std::nullopt;
}

Result<void> count(FriendCounts& counts, std::string_view player, const FriendPair& before, const FriendPair& after,
                   const FriendLimits& limits, const std::string& field) {
  const FriendCounts was = share_of(before, player), is = share_of(after, player);
  counts.friends += is.friends - was.friends;
  counts.sent += is.sent - was.sent;
  counts.received += is.received - was.received;
  counts.blocked += is.blocked - was.blocked;
  if (is.friends > was.friends && counts.friends > limits.friends_max)
    return too_many("too_many_friends", "The player has as many friends as they may.", field, limits.friends_max);
  // Nobody is asked for what could not be.
  if (is.sent + is.received > was.sent + was.received && counts.friends >= limits.friends_max)
    return too_many("too_many_friends", "The player has as many friends as they may.", field, limits.friends_max);
  if (is.sent > was.sent && counts.sent > limits.sent_max)
    return too_many("too_many_requests", "Too many requests of the player wait for an answer.", field, limits.sent_max);
  if (is.received > was.received && counts.received > limits.received_max)
    return too_many("too_many_requests", "Too many have asked the player already.", field, limits.received_max);
  if (is.blocked > was.blocked && counts.blocked > limits.blocked_max)
    return too_many("too_many_blocked", "The player has blocked as many as they may.", field, limits.blocked_max);
  return {};
}

std::string friend_pair_id(std::string_view app, std::string_view a, std::string_view b) {
  return under(app, std::min(a, b)).from.append(std::max(a, b));
}

const char* index_of(Relation relation) { return kRelationNames[static_cast<size_t>(relation)].data(); }

ports::Put put_of(const FriendPair& p) {
  const json::object body{{"app", p.app},
                          {"first", p.first},
                          {"second", p.second},
                          {"friends", p.is_friends ? 1 : 0},
                          {"asked_by", p.asked_by},
                          {"since", p.since},
                          {"first_blocks", p.first_blocks},
                          {"second_blocks", p.second_blocks}};
  ports::Put put{.collection = kFriendPairs,
                 .id = friend_pair_id(p.app, p.first, p.second),
                 .body = json::serialize(body),
                 .expected = p.version,
                 .remove = p.is_nothing()};
  for (const std::string* player : {&p.first, &p.second}) {
    const Relation relation = p.relation_of(*player);
    if (relation == Relation::kNone) continue;
    put.entries.push_back(
        {index_of(relation), under(p.app, *player).from + gate::sortable(p.since_of(*player)) + p.other_of(*player)});
  }
  return put;
}

ports::Put put_of(const std::string& app, const std::string& player, const FriendCounts& c) {
  const json::object body{{"friends", c.friends}, {"sent", c.sent}, {"received", c.received}, {"blocked", c.blocked}};
  return {.collection = kFriendCounts, .id = scoped(app, player), .body = json::serialize(body), .expected = c.version};
}

Result<FriendPair> read_friend_pair(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  return FriendPair{.app = text_of(*o, "app"),
                    .first = text_of(*o, "first"),
                    .second = text_of(*o, "second"),
                    .is_friends = number_of(*o, "friends") != 0,
                    .asked_by = text_of(*o, "asked_by"),
                    .since = number_of(*o, "since"),
                    .first_blocks = number_of(*o, "first_blocks"),
                    .second_blocks = number_of(*o, "second_blocks"),
                    .version = d.version};
}

Result<FriendCounts> read_friend_counts(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  return FriendCounts{.friends = number_of(*o, "friends"),
                      .sent = number_of(*o, "sent"),
                      .received = number_of(*o, "received"),
                      .blocked = number_of(*o, "blocked"),
                      .version = d.version};
}

}  // namespace gamekeeper::play
