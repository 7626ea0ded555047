#include <set>

#include "play/accounts/player.h"
#include "play/results/sequencer_round.h"

namespace gamekeeper::play {

/// What a round needs of the store, at once: one look after another would cost more than all else of it.
Task<Result<void>> Sequencer::read_ahead(const Jobs& jobs, Round& round) {
  std::set<std::string> matches;
  for (const QueueJob& job : jobs) matches.insert(job.result.match_id);
  std::vector<std::string> ids;
  for (const std::string& match : matches) ids.push_back(scoped(app_, match));
  auto documents = co_await ports_.documents.get_all(kMatches, std::move(ids));
  if (!documents) co_return std::unexpected(documents.error());
  size_t next = 0;
  for (const std::string& match : matches) round.stored.emplace(match, std::move((*documents)[next++]));
  co_return co_await read_ratings(jobs);
}

/// Of players whose ratings are not in memory. Who is no player, or cannot be read, is found out by seats_of(): that
/// concerns their own matches alone.
Task<Result<void>> Sequencer::read_ratings(const Jobs& jobs) {
  std::set<std::string> unknown;
  for (const QueueJob& job : jobs) {
    for (const MatchTeam& team : job.result.teams) {
      for (const MatchPlayer& p : team.players) {
        if (!ratings_.contains(p.id)) unknown.insert(p.id);
      }
    }
  }
  if (unknown.empty()) co_return Result<void>{};
  std::vector<std::string> ids, fresh, players;
  for (const std::string& player : unknown) ids.push_back(rating_id(app_, queue_, player));
  auto documents = co_await ports_.documents.get_all(kRatings, std::move(ids));
  if (!documents) co_return std::unexpected(documents.error());
  size_t next = 0;
  for (const std::string& player : unknown) {
    const std::optional<ports::Document>& document = (*documents)[next++];
    if (!document) {
      fresh.push_back(player);
      players.push_back(scoped(app_, player));
      continue;
    }
    if (auto rating = read_rating(*document)) ratings_.emplace(player, std::move(*rating));
  }
  if (fresh.empty()) co_return Result<void>{};
  documents = co_await ports_.documents.get_all(kPlayers, std::move(players));
  if (!documents) co_return std::unexpected(documents.error());
  for (size_t i = 0; i < fresh.size(); ++i) {
    if ((*documents)[i]) ratings_.emplace(fresh[i], PlayerRating{.app = app_, .queue = queue_, .player_id = fresh[i]});
  }
  co_return Result<void>{};
}

Task<Result<std::optional<Match>>> Sequencer::find(const QueueJob& job, Round& round) {
  if (auto here = round.matches.find(job.result.match_id); here != round.matches.end()) co_return here->second;
  const std::optional<ports::Document>& document = round.stored.at(job.result.match_id);
  if (!document) co_return std::nullopt;
  auto match = read_match(*document);
  if (!match) co_return std::unexpected(match.error());
  co_return std::move(*match);
}

/// The ratings of a match's players, team after team. Whoever has none yet must be a player.
Task<Result<std::vector<PlayerRating*>>> Sequencer::seats_of(const MatchResult& result) {
  std::vector<PlayerRating*> out;
  for (size_t t = 0; t < result.teams.size(); ++t) {
    const std::vector<MatchPlayer>& players = result.teams[t].players;
    for (size_t p = 0; p < players.size(); ++p) {
      const std::string& id = players[p].id;
      if (auto known = ratings_.find(id); known != ratings_.end()) {
        out.push_back(&known->second);
        continue;
      }
      auto document = co_await ports_.documents.get(kRatings, rating_id(app_, queue_, id));
      if (!document) co_return std::unexpected(document.error());
      Result<PlayerRating> rating = PlayerRating{.app = app_, .queue = queue_, .player_id = id};
      if (*document) {
        rating = read_rating(**document);
      } else {
        auto player = co_await ports_.documents.get(kPlayers, scoped(app_, id));
        if (!player) co_return std::unexpected(player.error());
        if (!*player)
          co_return fail(ErrorKind::kNotFound, "not_found", "There is no such player.",
                         "teams[" + std::to_string(t) + "].players[" + std::to_string(p) + "]", id);
      }
      if (!rating) co_return std::unexpected(rating.error());
      out.push_back(&ratings_.emplace(id, std::move(*rating)).first->second);
    }
  }
  co_return out;
}

}  // namespace gamekeeper::play
