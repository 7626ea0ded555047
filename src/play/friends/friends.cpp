#include "play/friends/friends.h"

#include <boost/json.hpp>

#include "base/turns.h"
#include "events/fact.h"
#include "flow/push.h"
#include "gate/records.h"
#include "play/accounts/player.h"
#include "play/accounts/username.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr uint32_t kFriendsErased = 1000;  // of one relation: more than anybody has

std::unexpected<Error> no_such_friend(const char* field) {
  return fail(ErrorKind::kNotFound, "not_found", "There is no such player.", field);
}

FriendTie tie_of(const FriendPair& pair, std::string_view player, bool is_new) {
  return {.player_id = pair.other_of(player),
          .relation = pair.relation_of(player),
          .since = pair.since_of(player),
          .is_new = is_new};
}

ports::Fact friend_fact(const FriendPair& pair, const std::string& player, std::string_view name, UnixMillis at) {
  const std::string properties = json::serialize(json::object{{"other", pair.other_of(player)}});
  return {scoped(pair.app, player),
          events::fact_row({.app = pair.app, .player_id = player, .name = name, .at = at, .properties = properties})};
}

}  // namespace

Task<Result<void>> Friends::check_player(std::string app, std::string player, const char* field) {
  auto found = co_await documents_.get(kPlayers, scoped(app, player));
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return no_such_friend(field);
  co_return Result<void>{};
}

Task<Result<FriendPair>> Friends::find(std::string app, std::string player, std::string other) {
  auto document = co_await documents_.get(kFriendPairs, friend_pair_id(app, player, other));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return FriendPair::between(std::move(app), std::move(player), std::move(other));
  co_return read_friend_pair(**document);
}

Task<Result<FriendCounts>> Friends::counts_of(std::string app, std::string player) {
  auto document = co_await documents_.get(kFriendCounts, scoped(app, player));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return FriendCounts{};
  co_return read_friend_counts(**document);
}

/// The counts before the pair: who has changed it in between has changed them, too.
Task<Result<Friends::Ends>> Friends::load(std::string app, std::string player, std::string other) {
  auto own = co_await counts_of(app, player);
  if (!own) co_return std::unexpected(own.error());
  auto others = co_await counts_of(app, other);
  if (!others) co_return std::unexpected(others.error());
  auto pair = co_await find(std::move(app), std::move(player), std::move(other));
  if (!pair) co_return std::unexpected(pair.error());
  co_return Ends{std::move(*pair), *own, *others};
}

Task<Result<FriendTie>> Friends::act(std::string app, std::string player, std::string other, FriendAct act) {
  if (player == other)
    co_return fail(ErrorKind::kInvalid, "yourself", "The other player is the player themself.", "other");
  if (auto ok = co_await check_player(app, player, "id"); !ok) co_return std::unexpected(ok.error());
  for (Turns turns; co_await turns.next();) {
    auto ends = co_await load(app, player, other);
    if (!ends) co_return std::unexpected(ends.error());
    const FriendPair before = ends->pair;
    FriendPair& pair = ends->pair;
    // With who is no longer there all can be ended that was.
    if (before.is_nothing()) {
      if (auto ok = co_await check_player(app, other, "other"); !ok) co_return std::unexpected(ok.error());
    }
    const UnixMillis now = clock_.now_ms();
    auto fact = apply(pair, player, act, now);
    if (!fact) co_return std::unexpected(fact.error());
    if (!*fact) co_return tie_of(pair, player, false);
    if (auto ok = count(ends->own, player, before, pair, limits_, "id"); !ok) co_return std::unexpected(ok.error());
    if (auto ok = count(ends->others, other, before, pair, limits_, "other"); !ok)
      co_return std::unexpected(ok.error());
    ports::WriteSet set;
    set.puts.push_back(put_of(pair));
    set.puts.push_back(put_of(app, player, ends->own));
    set.puts.push_back(put_of(app, other, ends->others));
    set.facts.push_back(friend_fact(pair, player, **fact, now));
    auto done = co_await documents_.commit(std::move(set));
    if (done) {
      co_await tell(before, pair);
      co_return tie_of(pair, player, true);
    }
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "These players' friends are being changed by many; try again.");
}

Task<Result<FriendTie>> Friends::ask_by_name(std::string app, std::string player, std::string username) {
  auto folded = fold_username(username);
  if (!folded) co_return std::unexpected(folded.error());
  const std::string key = scoped(app, *folded);
  auto page = co_await documents_.query(
      {.collection = kPlayers, .index = "username", .from = key, .to = key + '\0', .limit = 1});
  if (!page) co_return std::unexpected(page.error());
  if (page->items.empty()) co_return no_such_friend("username");
  auto other = read_player(page->items.front());
  if (!other) co_return std::unexpected(other.error());
  co_return co_await act(std::move(app), std::move(player), std::move(other->id), FriendAct::kAsk);
}

Task<Result<FriendPage>> Friends::list(std::string app, std::string player, Relation relation, uint32_t limit,
                                       std::string cursor) {
  if (auto ok = co_await check_player(app, player, "id"); !ok) co_return std::unexpected(ok.error());
  auto [from, to] = under(app, player);
  auto page = co_await documents_.query({.collection = kFriendPairs,
                                         .index = index_of(relation),
                                         .from = std::move(from),
                                         .to = std::move(to),
                                         .direction = ports::Direction::kDescending,
                                         .limit = limit,
                                         .cursor = std::move(cursor)});
  if (!page) co_return std::unexpected(page.error());
  FriendPage out{.items = {}, .next_cursor = std::move(page->next_cursor)};
  for (const ports::Document& document : page->items) {
    auto pair = read_friend_pair(document);
    if (!pair) co_return std::unexpected(pair.error());
    out.items.push_back(tie_of(*pair, player, false));
  }
  co_return out;
}

Task<Result<Relation>> Friends::relation(std::string app, std::string player, std::string other) {
  auto pair = co_await find(std::move(app), player, std::move(other));
  if (!pair) co_return std::unexpected(pair.error());
  co_return pair->relation_of(player);
}

Task<Result<std::vector<std::string>>> Friends::ids_of(std::string app, std::string player) {
  std::vector<std::string> out;
  auto [from, to] = under(app, player);
  auto page = co_await documents_.query({.collection = kFriendPairs,
                                         .index = index_of(Relation::kFriend),
                                         .from = std::move(from),
                                         .to = std::move(to),
                                         .limit = static_cast<uint32_t>(limits_.friends_max)});
  if (!page) co_return std::unexpected(page.error());
  for (const ports::Document& document : page->items) {
    auto pair = read_friend_pair(document);
    if (!pair) co_return std::unexpected(pair.error());
    out.push_back(pair->other_of(player));
  }
  co_return out;
}

Task<Result<void>> Friends::erase(std::string app, std::string player) {
  for (const Relation relation : {Relation::kFriend, Relation::kSent, Relation::kReceived, Relation::kBlocked}) {
    auto [from, to] = under(app, player);
    auto page = co_await documents_.query({.collection = kFriendPairs,
                                           .index = index_of(relation),
                                           .from = std::move(from),
                                           .to = std::move(to),
                                           .limit = kFriendsErased});
    if (!page) co_return std::unexpected(page.error());
    for (const ports::Document& document : page->items) {
      auto pair = read_friend_pair(document);
      if (!pair) co_return std::unexpected(pair.error());
      if (auto ok = co_await part(app, player, pair->other_of(player)); !ok) co_return ok;
    }
  }
  ports::WriteSet set;
  set.puts.push_back({.collection = kFriendCounts, .id = scoped(app, player), .remove = true});
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

Task<Result<void>> Friends::part(std::string app, std::string player, std::string other) {
  for (Turns turns; co_await turns.next();) {
    auto ends = co_await load(app, player, other);
    if (!ends) co_return std::unexpected(ends.error());
    if (ends->pair.is_nothing()) co_return Result<void>{};
    FriendPair apart = FriendPair::between(app, player, other);
    apart.version = ends->pair.version;
    if (auto ok = count(ends->others, other, ends->pair, apart, limits_, "other"); !ok) co_return ok;
    ports::WriteSet set;
    set.puts.push_back(put_of(apart));
    set.puts.push_back(put_of(app, other, ends->others));
    auto done = co_await documents_.commit(std::move(set));
    if (done) co_return Result<void>{};
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "These players' friends are being changed by many; try again.");
}

/// Each hears what the other is to them now. A block is not told to who is blocked: to them it looks like an end.
Task<void> Friends::tell(FriendPair before, FriendPair after) {
  for (const std::string& player : {after.first, after.second}) {
    const Relation now = after.relation_of(player);
    if (now == before.relation_of(player)) continue;
    json::object data{{"player_id", after.other_of(player)}, {"relation", name_of(now)}, {"since", nullptr}};
    if (now != Relation::kNone) data["since"] = format_time(after.since_of(player));
    co_await flow::push(broadcast_, flow::player_topic(after.app, player, "friends"), "friend_changed",
                        std::move(data));
  }
}

}  // namespace gamekeeper::play
