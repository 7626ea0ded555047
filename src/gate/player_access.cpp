#include "gate/player_access.h"

#include <algorithm>
#include <boost/json.hpp>
#include <functional>

namespace gamekeeper::gate {
namespace {

namespace json = boost::json;

constexpr const char* kEndings = "player_endings";
constexpr size_t kVerifiedMax = 1 << 13;  // a shard
/// Processes' clocks differ and write sets overtake each other: so far back does every look go.
constexpr int64_t kOverlapMs = 30'000;
/// Longer than any token lives, clocks of other machines included.
constexpr int64_t kRememberMs = PlayerAccess::kTokenLifeMs + 2 * 60'000;

std::string player_name(std::string_view app, std::string_view player_id) {
  return std::string("p/").append(app).append("/").append(player_id);
}

std::string family_name(std::string_view app, std::string_view family) {
  return std::string("f/").append(app).append("/").append(family);
}

/// Tokens that outlive what is remembered of them do not exist.
UnixMillis forget_at(const PlayerAccess::Ending& e, UnixMillis now) {
  const UnixMillis longest = now + kRememberMs;
  return e.until == 0 ? longest : std::min(longest, e.until);
}

std::string name_of(const PlayerAccess::Ending& e) {
  return e.family.empty() ? player_name(e.app, e.player_id) : family_name(e.app, e.family);
}

}  // namespace

PlayerAccess::PlayerAccess(ports::DocumentStore& store, Tokens& tokens, const Clock& clock)
    : store_(store), tokens_(tokens), clock_(clock), watch_(store) {}

PlayerAccess::Shard& PlayerAccess::shard_of(std::string_view name) {
  return shards_[std::hash<std::string_view>{}(name) % kShards];
}

Task<Result<void>> PlayerAccess::load() {
  auto epoch = co_await read_epoch(store_);  // first: what is read after it is at least as new
  if (!epoch) co_return std::unexpected(epoch.error());
  if (auto ok = co_await tokens_.load(); !ok) co_return ok;
  epoch_ = *epoch;
  co_return co_await read_since(0);
}

Task<Result<void>> PlayerAccess::refresh() {
  auto moved = co_await watch_.moved(epoch_);
  if (!moved) co_return std::unexpected(moved.error());
  if (*moved) {
    auto epoch = co_await read_epoch(store_);
    if (!epoch) co_return std::unexpected(epoch.error());
    if (auto ok = co_await tokens_.load(); !ok) co_return ok;
    epoch_ = *epoch;
  }
  auto version = co_await store_.version();
  if (!version) co_return std::unexpected(version.error());
  if (*version == version_) co_return Result<void>{};
  if (auto ok = co_await read_since(std::max<UnixMillis>(read_to_ - kOverlapMs, 0)); !ok) co_return ok;
  version_ = *version;
  co_return Result<void>{};
}

Task<Result<void>> PlayerAccess::read_since(UnixMillis since) {
  ports::Query query{.collection = kEndings, .index = "since", .from = sortable(since), .to = {}, .limit = 1000};
  do {
    auto page = co_await store_.query(query);
    if (!page) co_return std::unexpected(page.error());
    for (const ports::Document& d : page->items) {
      auto record = parse_record(d);
      if (!record) co_return std::unexpected(record.error());
      remember(d.id, number_of(*record, "until"), number_of(*record, "lifted") != 0);
      read_to_ = std::max(read_to_, number_of(*record, "at"));
    }
    query.cursor = std::move(page->next_cursor);
  } while (!query.cursor.empty());
  co_return Result<void>{};
}

Task<Result<size_t>> PlayerAccess::sweep() {
  const UnixMillis now = clock_.now_ms();
  forget_expired(now);
  co_return co_await purge_expired(store_, kEndings, now);
}

void PlayerAccess::forget_expired(UnixMillis now) {
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    std::erase_if(shard.ended, [now](const auto& entry) { return entry.second <= now; });
    std::erase_if(shard.verified, [now](const auto& entry) { return entry.second.first.expires <= now; });
  }
}

std::string PlayerAccess::issue(const std::string& app, const std::string& player_id, const std::string& family) const {
  const UnixMillis now = clock_.now_ms();
  return tokens_.issue({.subject = player_id, .own = app, .id = family, .expires = now + kTokenLifeMs, .issued = now},
                       now);
}

std::optional<TokenClaims> PlayerAccess::check(std::string_view token, UnixMillis now) {
  const uint64_t ring = tokens_.version();
  Shard& shard = shard_of(token);
  std::optional<TokenClaims> claims;
  {
    std::lock_guard lock(shard.mutex);
    auto known = shard.verified.find(token);
    if (known != shard.verified.end() && known->second.second == ring) claims = known->second.first;
  }
  if (!claims) {
    claims = tokens_.verify(token, now);
    if (!claims) return std::nullopt;
    std::lock_guard lock(shard.mutex);
    if (shard.verified.size() >= kVerifiedMax) shard.verified.erase(shard.verified.begin());
    shard.verified.insert_or_assign(std::string(token), std::pair{*claims, ring});
  }
  if (claims->expires <= now || is_over(family_name(claims->own, claims->id), now) ||
      is_over(player_name(claims->own, claims->subject), now))
    return std::nullopt;
  return claims;
}

bool PlayerAccess::is_over(const std::string& name, UnixMillis now) {
  Shard& shard = shard_of(name);
  std::lock_guard lock(shard.mutex);
  auto found = shard.ended.find(name);
  return found != shard.ended.end() && found->second > now;
}

void PlayerAccess::remember(const std::string& name, UnixMillis until, bool lifted) {
  Shard& shard = shard_of(name);
  std::lock_guard lock(shard.mutex);
  if (lifted)
    shard.ended.erase(name);
  else
    shard.ended[name] = until;
  revision_.fetch_add(1, std::memory_order_release);
}

ports::Put PlayerAccess::put_of(const Ending& ending) const {
  const UnixMillis now = clock_.now_ms(), until = forget_at(ending, now);
  const std::string name = name_of(ending);
  const json::object body{{"at", now}, {"until", until}, {"lifted", ending.lifted ? 1 : 0}};
  return {.collection = kEndings,
          .id = name,
          .body = json::serialize(body),
          .entries = {{"since", sortable(now) + name}, {"expires", sortable(until) + name}}};
}

void PlayerAccess::apply(const Ending& ending) {
  remember(name_of(ending), forget_at(ending, clock_.now_ms()), ending.lifted);
}

}  // namespace gamekeeper::gate
