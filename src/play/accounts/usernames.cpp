#include "play/accounts/usernames.h"

#include "play/accounts/player.h"

namespace gamekeeper::play {

bool Usernames::recall(const std::string& id, UnixMillis now, std::string& out) {
  std::lock_guard lock(mutex_);
  for (const Names* names : {&young_, &old_}) {
    const auto found = names->find(id);
    if (found == names->end() || found->second.read + kFreshMs < now) continue;
    out = found->second.text;
    return true;
  }
  return false;
}

void Usernames::keep(std::string id, Name name) {
  std::lock_guard lock(mutex_);
  if (young_.size() >= kKept) old_ = std::exchange(young_, {});
  young_[std::move(id)] = std::move(name);
}

Task<Result<std::vector<std::string>>> Usernames::of(std::string app, std::vector<std::string> players) {
  const UnixMillis now = clock_.now_ms();
  std::vector<std::string> names(players.size());
  for (size_t i = 0; i < players.size(); ++i) {
    std::string id = scoped(app, players[i]);
    if (recall(id, now, names[i])) continue;
    auto document = co_await documents_.get(kPlayers, id, ports::Freshness::kMayBeStale);
    if (!document) co_return std::unexpected(document.error());
    if (*document) {
      auto player = read_player(**document);
      if (!player) co_return std::unexpected(player.error());
      names[i] = player->username;
    }
    keep(std::move(id), {names[i], now});
  }
  co_return names;
}

}  // namespace gamekeeper::play
