#include "play/accounts/families.h"

#include "base/ids.h"
#include "gate/records.h"

namespace gamekeeper::play {

void Families::add_ending(ports::WriteSet& set, Endings& endings, const Family& family) const {
  set.puts.push_back({.collection = kFamilies, .id = scoped(family.app, family.id), .remove = true});
  endings.push_back({family.app, family.player_id, family.id});
  set.puts.push_back(access_.put_of(endings.back()));
}

void Families::apply(const Endings& endings) {
  for (const auto& ending : endings) access_.apply(ending);
}

Task<Result<Families::Endings>> Families::make_room(ports::WriteSet& set, std::string app, std::string player_id) {
  Endings endings;
  const IndexSpan own = under(app, player_id);
  auto count = co_await documents_.count(kFamilies, "player", own.from, own.to);
  if (!count) co_return std::unexpected(count.error());
  if (*count < kOfPlayerMax) co_return endings;
  const auto surplus = static_cast<uint32_t>(*count - kOfPlayerMax + 1);
  auto oldest = co_await documents_.query(
      {.collection = kFamilies, .index = "player", .from = own.from, .to = own.to, .limit = surplus});
  if (!oldest) co_return std::unexpected(oldest.error());
  for (const ports::Document& document : oldest->items) {
    auto family = read_family(document);
    if (!family) co_return std::unexpected(family.error());
    add_ending(set, endings, *family);
  }
  co_return endings;
}

Task<Result<RefreshToken>> Families::begin(std::string app, std::string player_id, ports::WriteSet with,
                                           bool is_first) {
  const UnixMillis now = clock_.now_ms();
  RefreshToken token = make_refresh_token(to_string(make_uuid_v7(now)), 1);
  Result<Endings> endings = Endings();
  if (!is_first) endings = co_await make_room(with, app, player_id);
  if (!endings) co_return std::unexpected(endings.error());
  with.puts.push_back(put_of(Family{.app = std::move(app),
                                    .id = token.family,
                                    .player_id = std::move(player_id),
                                    .generation = token.generation,
                                    .digest = gate::digest_of(token.secret),
                                    .created_at = now,
                                    .refreshed_at = now,
                                    .expires_at = now + life_ms_}));
  auto done = co_await documents_.commit(std::move(with));
  if (!done) co_return std::unexpected(done.error());
  apply(*endings);
  co_return token;
}

Task<Result<RefreshToken>> Families::turn(Family family) {
  const UnixMillis now = clock_.now_ms();
  RefreshToken next = make_refresh_token(family.id, family.generation + 1);
  family.generation = next.generation;
  family.digest = gate::digest_of(next.secret);
  family.refreshed_at = now;
  family.expires_at = now + life_ms_;
  ports::WriteSet set;
  set.puts.push_back(put_of(family));
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return next;
}

Task<Result<void>> Families::end(Family family) {
  ports::WriteSet set;
  Endings endings;
  add_ending(set, endings, family);
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  apply(endings);
  co_return Result<void>{};
}

Task<Result<Families::Endings>> Families::add_endings(ports::WriteSet& set, std::string app, std::string player_id,
                                                      std::string but) {
  Endings endings;
  const IndexSpan own = under(app, player_id);
  std::string cursor;
  do {
    auto page = co_await documents_.query(
        {.collection = kFamilies, .index = "player", .from = own.from, .to = own.to, .limit = 500, .cursor = cursor});
    if (!page) co_return std::unexpected(page.error());
    for (const ports::Document& document : page->items) {
      auto family = read_family(document);
      if (!family) co_return std::unexpected(family.error());
      if (family->id != but) add_ending(set, endings, *family);
    }
    cursor = std::move(page->next_cursor);
  } while (!cursor.empty());
  co_return endings;
}

Task<Result<void>> Families::end_all(std::string app, std::string player_id, std::string but) {
  ports::WriteSet set;
  auto endings = co_await add_endings(set, std::move(app), std::move(player_id), std::move(but));
  if (!endings) co_return std::unexpected(endings.error());
  if (endings->empty()) co_return Result<void>{};
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  apply(*endings);
  co_return Result<void>{};
}

Task<Result<size_t>> Families::sweep() { return gate::purge_expired(documents_, kFamilies, clock_.now_ms()); }

}  // namespace gamekeeper::play
