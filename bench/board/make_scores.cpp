// bench_make_scores DATA_FOLDER BOARD [players=10000000]: gives so many players a random score on a board that a server,
// stopped since, has made: the documents are those that as many writes would have left. Writing them one by one would take
// minutes; the start does not know the difference.
#include <fmt/format.h>

#include <cstdlib>
#include <random>
#include <vector>

#include "adapters/embedded/sqlite_document_store.h"
#include "load/players.h"
#include "play/leaderboards/board.h"
#include "play/leaderboards/score_shelf.h"
#include "tests/support/run_task.h"

namespace {

using namespace gamekeeper;
using test::run;

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "bench_make_scores: {}\n", result.error().message);
  std::exit(1);
}

void fill(ports::DocumentStore& store, const play::BoardRecord& board, uint64_t players) {
  // A slice of all places at a time: the whole would not fit into memory twice.
  constexpr int kSliceBits = 6;
  const std::string prefix = play::scores_of_season(board, board.season.id);
  std::vector<std::vector<uint64_t>> slices(1 << kSliceBits);
  for (uint64_t n = 0; n < players; ++n)
    slices[play::place_of(bench::player_of(n), board.uid) >> (64 - kSliceBits)].push_back(n);
  std::mt19937_64 random(1);
  int64_t reached = board.created_at * 1000;
  for (size_t i = 0; i < slices.size(); ++i) {
    play::Shelf slice{.start = uint64_t{i} << (64 - kSliceBits), .depth = kSliceBits};
    for (const uint64_t n : slices[i])
      slice.scores.push_back({bench::player_of(n), static_cast<int64_t>(random() % 1'000'000'000), ++reached});
    ports::WriteSet set;
    for (const play::Shelf& shelf : play::parted(std::move(slice), board.uid)) {
      set.puts.push_back(play::put_of(shelf, prefix));
      if (set.puts.size() < 1000) continue;
      must(run(store.commit(std::exchange(set, {}))));
    }
    must(run(store.commit(std::move(set))));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "bench_make_scores DATA_FOLDER BOARD [players]\n");
    return 2;
  }
  const uint64_t players = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 10'000'000;
  auto store = must(adapters::SqliteDocumentStore::open(std::string(argv[1]) + "/documents.db"));
  auto document = must(run(store->get(play::kBoards, std::string("demo/") + argv[2], ports::Freshness::kOwnWrites)));
  if (!document) {
    fmt::print(stderr, "bench_make_scores: there is no such board\n");
    return 1;
  }
  fill(*store, must(play::read_board(*document)), players);
}
