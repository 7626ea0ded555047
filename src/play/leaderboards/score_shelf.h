#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ports/document_store.h"
#include "ports/ranked_set.h"

namespace simdjson::dom {
class parser;
}

namespace gamekeeper::play {

/// One player's score of one season.
struct Score {
  static constexpr size_t kRepeatsMax = 4;

  std::string player;
  int64_t score = 0;
  int64_t reached = 0;  // microseconds since 1970, no two alike on a board: who came first, also within a millisecond
  std::vector<std::string> repeats = {};  // of a sum: the last Idempotency-Keys that are in it, as digests

  bool counts(std::string_view repeat) const;
  void remember(std::string repeat);
};

/// The scores of some players of one season, which lie in one document: those whose place begins with the `depth` bits
/// that `start` begins with. A document for every player would cost four times the room and the time of a rebuild; one
/// for all could not be written.
struct Shelf {
  static constexpr size_t kBytesMax = 850;  // what still lies in one page of the store with its keys
  static constexpr uint8_t kDepthMax = 28;

  uint64_t start = 0;
  uint8_t depth = 0;
  std::vector<Score> scores;
  uint64_t version = 0;  // of its document; 0: never written

  bool holds(uint64_t place) const { return depth == 0 || (place ^ start) >> (64 - depth) == 0; }
  Score* find(std::string_view player);
  void remove(std::string_view player);
};

/// Where a player's score lies: evenly spread, and not to be foreseen by who chooses ids (`salt` is the board's).
uint64_t place_of(std::string_view player, std::string_view salt);

/// The shelf itself, or what it is parted into when it has grown too large; the first keeps the document.
std::vector<Shelf> parted(Shelf shelf, std::string_view salt);

/// `prefix` as of scores_of_season().
std::string shelf_id(std::string_view prefix, uint64_t start);
ports::Put put_of(const Shelf& shelf, std::string_view prefix);
/// Errors: kCorrupt.
Result<Shelf> read_shelf(const ports::Document& document, simdjson::dom::parser& parser);

/// Which shelf a place is on.
class ShelfMap {
 public:
  /// There is a shelf of `depth` bits from `start` on.
  void note(uint64_t start, uint8_t depth);
  uint64_t start_of(uint64_t place) const;

 private:
  uint8_t bits_ = 0;
  std::vector<uint8_t> depths_ = {0};  // by the first `bits_` bits of a place
};

/// What a write asks for.
struct ScoreMove {
  std::string player;
  int64_t score = 0;
  UnixMillis at = 0;  // receipt
  bool remove = false;
  std::string repeat = {};  // digest of the Idempotency-Key; empty: none
};

/// Does the move to what the shelf holds: whether anything changed. Errors: kInvalid `score_out_of_range` for a sum.
Result<bool> apply(Shelf& shelf, const ScoreMove& move, ports::BoardOrder order, ports::BoardOperator op,
                   int64_t reached);

}  // namespace gamekeeper::play
