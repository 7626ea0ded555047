#include "play/accounts/players.h"
#include "play/accounts/username.h"

namespace gamekeeper::play {

Task<Result<PlayerPage>> Players::search(std::string app, std::string text, uint32_t limit, std::string cursor) {
  PlayerPage out;
  if (cursor.empty()) {
    auto document = co_await documents_.get(kPlayers, scoped(app, text));
    if (!document) co_return std::unexpected(document.error());
    if (*document) {
      auto player = read_player(**document);
      if (!player) co_return std::unexpected(player.error());
      auto card = co_await with_stats(std::move(*player));
      if (!card) co_return std::unexpected(card.error());
      out.items.push_back(std::move(*card));
      if (limit == 1) co_return out;
    }
  }
  // What could be no name is the beginning of none.
  auto folded = fold_username(text);
  if (!folded) co_return out;
  const std::string from = scoped(app, *folded);
  auto page = co_await documents_.query({.collection = kPlayers,
                                         .index = "username",
                                         .from = from,
                                         .to = from + '\xff',  // after every character of a name
                                         .limit = limit - static_cast<uint32_t>(out.items.size()),
                                         .cursor = std::move(cursor)});
  if (!page) co_return std::unexpected(page.error());
  for (const ports::Document& document : page->items) {
    auto player = read_player(document);
    if (!player) co_return std::unexpected(player.error());
    if (player->id == text) continue;  // stands first already
    auto card = co_await with_stats(std::move(*player));
    if (!card) co_return std::unexpected(card.error());
    out.items.push_back(std::move(*card));
  }
  out.next_cursor = std::move(page->next_cursor);
  co_return out;
}

}  // namespace gamekeeper::play
