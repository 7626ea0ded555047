#pragma once

#include <gtest/gtest.h>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cmath>
#include <random>
#include "flow/push.h"
#include "play/accounts/players.h"
#include "play/results/queue_replay.h"
#include "play/results/results.h"
#include "play/sessions/sessions.h"
#include "tests/support/documents/documents.h"
#include "tests/support/documents/passing_store.h"
#include "tests/support/engines/engines.h"
#include "tests/support/engines/passing_ranked_set.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {

using test::run;

/// A store whose n-th commit from now fails, with nothing done or with the answer lost.
class FlakyStore final : public test::PassingStore {
 public:
  enum class How { kNothingDone, kAnswerLost };
  using PassingStore::PassingStore;
  void fail_commit(int in, How how) { left_ = in, how_ = how; }

  Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override {
    const bool fails = left_ > 0 && --left_ == 0;
    if (!fails || how_ == How::kAnswerLost) {
      auto done = co_await store_.commit(std::move(set));
      if (!fails) co_return done;
    }
    co_return fail(ErrorKind::kUnavailable, "unavailable", "The connection broke.");
  }

 private:
  int left_ = 0;
  How how_ = How::kNothingDone;
};

/// A ranked set whose next put fails.
class FlakyBoards final : public test::PassingRankedSet {
 public:
  using PassingRankedSet::PassingRankedSet;
  std::atomic<bool> fails_next = false;

  Task<Result<std::vector<ports::Standing>>> put(ports::Board board, std::vector<ports::ScoreWrite> writes) override {
    if (fails_next.exchange(false)) co_return fail(ErrorKind::kUnavailable, "unavailable", "The connection broke.");
    co_return co_await ranked_.put(std::move(board), std::move(writes));
  }
};

/// Results as one process has them, on a store that others may share.
struct Process {
  Process(ports::DocumentStore& documents, const Clock& clock)
      : store(documents), sessions(store, broadcast, clock), results({store, boards, &broadcast}, clock) {}
  FlakyStore store;
  std::unique_ptr<ports::Broadcast> broadcast_kept = test::make_broadcast();
  ports::Broadcast& broadcast = *broadcast_kept;
  std::unique_ptr<ports::RankedSet> boards_kept = test::make_ranked_set();
  FlakyBoards boards{*boards_kept};
  Sessions sessions;
  Results results;
};

inline MatchResult duel(const std::string& id, const std::string& a, const std::string& b, int rank_a = 1,
                        int rank_b = 2) {
  return {.match_id = id,
          .queue = "default",
          .teams = {{.rank = static_cast<uint32_t>(rank_a), .players = {{.id = a}}},
                    {.rank = static_cast<uint32_t>(rank_b), .players = {{.id = b}}}}};
}

class ResultsTest : public ::testing::Test {
 protected:
  ResultsTest() {
    GK_CHECK(run(access.load()).has_value(), "the keys load");
    for (int i = 0; i < 12; ++i)
      GK_CHECK(run(players.create("demo", {"p" + std::to_string(i), std::nullopt, {}})).has_value(), "a player");
  }

  Match settled(Process& in, MatchResult result) {
    auto match = run(in.results.settle("demo", std::move(result)));
    GK_CHECK(match.has_value(), "the result is applied");
    return *match;
  }
  RatingView rating(Process& in, const std::string& player, const std::string& queue = "default") {
    auto view = run(in.results.rating("demo", player, queue, 1000, ""));
    GK_CHECK(view.has_value(), "the rating is read");
    return *view;
  }
  /// Everything that results have written of a queue's ratings: player → body.
  std::map<std::string, std::string> bodies(ports::DocumentStore& in, const std::string& queue = "default") {
    std::map<std::string, std::string> out;
    auto page = run(in.query({.collection = kRatings,
                              .index = kRatingsByQueue,
                              .from = ratings_key("demo", queue),
                              .to = ratings_key_end("demo", queue),
                              .limit = 1000}));
    for (const ports::Document& d : page->items) out[read_rating(d)->player_id] = d.body;
    return out;
  }
  std::vector<Match> matches(ports::DocumentStore& in, const std::string& queue = "default") {
    std::vector<Match> out;
    auto page = run(in.query({.collection = kMatches,
                              .index = kMatchesByNumber,
                              .from = match_number_key("demo", queue, 0),
                              .to = match_number_key("demo", queue, 1'000'000),
                              .limit = 1000}));
    for (const ports::Document& d : page->items) out.push_back(*read_match(d));
    return out;
  }
  /// What a replay of the stored matches makes: the oracle of all that results do.
  std::map<std::string, std::string> replayed(ports::DocumentStore& in) {
    QueueReplay replay("demo", "default");
    for (Match& m : matches(in)) replay.add(m);
    std::map<std::string, std::string> out;
    for (const auto& [player, rating] : replay.ratings()) out[player] = put_of(rating).body;
    return out;
  }
  /// Duels, teams and free-for-alls with draws, at times that now and then go back.
  std::vector<MatchResult> random_results(size_t count, uint32_t seed) {
    std::mt19937 dice(seed);
    std::vector<MatchResult> out;
    for (size_t n = 0; n < count; ++n) {
      std::vector<std::string> names;
      for (int i = 0; i < 12; ++i) names.push_back("p" + std::to_string(i));
      std::shuffle(names.begin(), names.end(), dice);
      const size_t teams = dice() % 3 == 0 ? 3 + dice() % 3 : 2, size = dice() % 2 == 0 ? 1 : 2;
      MatchResult r{.match_id = "m" + std::to_string(n), .queue = "default"};
      for (size_t t = 0; t < teams; ++t) {
        MatchTeam& team = r.teams.emplace_back(MatchTeam{.rank = 1 + static_cast<uint32_t>(dice() % teams)});
        if (dice() % 2) team.side = t == 0 ? "home" : "away";
        for (size_t p = 0; p < size; ++p) {
          team.players.push_back({.id = names.back(), .score = static_cast<double>(dice() % 10) / 7});
          names.pop_back();
        }
      }
      if (dice() % 2)
        r.time = kStart + static_cast<int64_t>(n) * 86'400'000 - static_cast<int64_t>(dice() % 5) * 86'400'000;
      out.push_back(std::move(r));
    }
    return out;
  }

  static constexpr UnixMillis kStart = 1'800'000'000'000;
  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  ManualClock clock{kStart};
  gate::Tokens tokens{*store, gate::kPlayerTokens};
  gate::PlayerAccess access{*store, tokens, clock};
  Players players{*store, access, clock};
  Process here{*store, clock};
};

}  // namespace gamekeeper::play
