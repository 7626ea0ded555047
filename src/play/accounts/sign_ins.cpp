#include "play/accounts/sign_ins.h"
#include "play/accounts/record_page.h"

namespace gamekeeper::play {

Task<Result<void>> SignIns::check_player(std::string app, std::string player_id) {
  auto document = co_await documents_.get(kPlayers, scoped(app, player_id));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such player.", "player_id");
  co_return Result<void>{};
}

Task<Result<SignInPage>> SignIns::list(std::string app, std::string player_id, uint32_t limit, std::string cursor) {
  if (auto ok = co_await check_player(app, player_id); !ok) co_return std::unexpected(ok.error());
  SignInPage out;
  auto document = co_await documents_.get(kCredentials, scoped(app, player_id));
  if (!document) co_return std::unexpected(document.error());
  if (*document) {
    auto credentials = read_credentials(**document);
    if (!credentials) co_return std::unexpected(credentials.error());
    out.has_password = !credentials->password_hash.empty();
    out.devices = credentials->devices.size();
  }
  IndexSpan own = under(app, player_id);
  auto page = co_await documents_.query({.collection = kFamilies,
                                         .index = "player",
                                         .from = std::move(own.from),
                                         .to = std::move(own.to),
                                         .direction = ports::Direction::kDescending,
                                         .limit = limit,
                                         .cursor = std::move(cursor)});
  if (!page) co_return std::unexpected(page.error());
  out.next_cursor = std::move(page->next_cursor);
  for (const ports::Document& each : page->items) {
    auto family = read_family(each);
    if (!family) co_return std::unexpected(family.error());
    // One that is over and not swept yet signs nobody in.
    if (family->expires_at > clock_.now_ms()) out.items.push_back(std::move(*family));
  }
  co_return out;
}

Task<Result<void>> SignIns::end(std::string app, std::string player_id, std::string id) {
  auto document = co_await documents_.get(kFamilies, scoped(app, id));
  if (!document) co_return std::unexpected(document.error());
  if (*document) {
    auto family = read_family(**document);
    if (!family) co_return std::unexpected(family.error());
    if (family->player_id == player_id) co_return co_await end_these({std::move(*family)});
  }
  co_return fail(ErrorKind::kNotFound, "not_found", "There is no such sign-in.", "sign_in_id");
}

Task<Result<void>> SignIns::end_all(std::string app, std::string player_id) {
  if (auto ok = co_await check_player(app, player_id); !ok) co_return ok;
  const IndexSpan own = under(app, player_id);
  for (bool more = true; more;) {
    ports::Query query{.collection = kFamilies, .index = "player", .from = own.from, .to = own.to, .limit = 100};
    auto page = co_await read_page(documents_, std::move(query), read_family);
    if (!page) co_return std::unexpected(page.error());
    if (auto ok = co_await end_these(page->items); !ok) co_return ok;
    more = !page->next_cursor.empty();
  }
  co_return Result<void>{};
}

/// Whatever turn they are at: a refresh that is under way loses.
Task<Result<void>> SignIns::end_these(const std::vector<Family>& families) {
  ports::WriteSet set;
  for (const Family& family : families) {
    set.puts.push_back({.collection = kFamilies, .id = scoped(family.app, family.id), .remove = true});
    set.puts.push_back(access_.put_of({family.app, family.player_id, family.id}));
  }
  if (families.empty()) co_return Result<void>{};
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  for (const Family& family : families) access_.apply({family.app, family.player_id, family.id});
  co_return Result<void>{};
}

}  // namespace gamekeeper::play
