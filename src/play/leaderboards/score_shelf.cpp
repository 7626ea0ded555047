#include "play/leaderboards/score_shelf.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>

#include "base/json.h"

namespace gamekeeper::play {
namespace {

using simdjson::dom::element;

std::string body_of(const Shelf& shelf) {
  std::string out = fmt::format(R"({{"depth":{},"scores":[)", shelf.depth);
  for (const Score& s : shelf.scores) {
    out += out.back() == '[' ? "[" : ",[";
    append_json_string(out, s.player);
    out += fmt::format(",{},{}", s.score, s.reached);
    for (const std::string& repeat : s.repeats) {
      out += ',';
      append_json_string(out, repeat);
    }
    out += ']';
  }
  return out += "]}";
}

size_t bytes_of(const Shelf& shelf) {
  size_t bytes = 0;
  for (const Score& s : shelf.scores) bytes += s.player.size() + 32 + s.repeats.size() * 19;
  return bytes;
}

/// A row of a shelf: ["player", score, reached, repeats…].
simdjson::error_code read_score(simdjson::dom::array row, Score& out) {
  size_t at = 0;
  for (element field : row) {
    simdjson::error_code error = simdjson::SUCCESS;
    std::string_view text;
    if (at == 1) {
      error = field.get(out.score);
    } else if (at == 2) {
      error = field.get(out.reached);
    } else {
      error = field.get(text);
      if (at == 0)
        out.player = text;
      else
        out.repeats.emplace_back(text);
    }
    if (error) return error;
    ++at;
  }
  return at < 3 ? simdjson::INCORRECT_TYPE : simdjson::SUCCESS;
}

simdjson::error_code read_body(const std::string& body, simdjson::dom::parser& parser, Shelf& shelf) {
  element whole;
  if (auto error = parser.parse(body).get(whole)) return error;
  uint64_t depth = 0;
  simdjson::dom::array rows;
  if (auto error = whole["depth"].get(depth)) return error;
  if (auto error = whole["scores"].get(rows)) return error;
  shelf.depth = static_cast<uint8_t>(std::min<uint64_t>(depth, 64));
  for (element each : rows) {
    simdjson::dom::array row;
    if (auto error = each.get(row)) return error;
    if (auto error = read_score(row, shelf.scores.emplace_back())) return error;
  }
  return simdjson::SUCCESS;
}

std::unexpected<Error> sum_too_large() {
  return fail(ErrorKind::kInvalid, "score_out_of_range", "A score, also a sum, lies within 2^53 of zero.", "score",
              "9007199254740992");
}

bool is_better(int64_t a, int64_t b, ports::BoardOrder order) {
  return order == ports::BoardOrder::kHighFirst ? a > b : a < b;
}

}  // namespace

bool Score::counts(std::string_view repeat) const {
  return !repeat.empty() && std::ranges::find(repeats, repeat) != repeats.end();
}

void Score::remember(std::string repeat) {
  if (repeat.empty()) return;
  if (repeats.size() >= kRepeatsMax) repeats.erase(repeats.begin());
  repeats.push_back(std::move(repeat));
}

Score* Shelf::find(std::string_view player) {
  const auto found = std::ranges::find(scores, player, &Score::player);
  return found == scores.end() ? nullptr : &*found;
}

void Shelf::remove(std::string_view player) {
  std::erase_if(scores, [&](const Score& s) { return s.player == player; });
}

uint64_t place_of(std::string_view player, std::string_view salt) {
  const uint64_t seed = XXH3_64bits(salt.data(), salt.size());
  return XXH3_64bits_withSeed(player.data(), player.size(), seed);
}

std::vector<Shelf> parted(Shelf shelf, std::string_view salt) {
  std::vector<Shelf> done, open;
  open.push_back(std::move(shelf));
  while (!open.empty()) {
    Shelf low = std::move(open.back());
    open.pop_back();
    if (bytes_of(low) <= Shelf::kBytesMax || low.depth >= Shelf::kDepthMax || low.scores.size() < 2) {
      done.push_back(std::move(low));
      continue;
    }
    Shelf high{.start = low.start | uint64_t{1} << (63 - low.depth), .depth = ++low.depth};
    const auto first_high = std::stable_partition(low.scores.begin(), low.scores.end(),
                                                  [&](const Score& s) { return low.holds(place_of(s.player, salt)); });
    high.scores.assign(std::make_move_iterator(first_high), std::make_move_iterator(low.scores.end()));
    low.scores.erase(first_high, low.scores.end());
    open.push_back(std::move(high));
    open.push_back(std::move(low));
  }
  return done;
}

std::string shelf_id(std::string_view prefix, uint64_t start) { return fmt::format("{}{:016x}", prefix, start); }

ports::Put put_of(const Shelf& shelf, std::string_view prefix) {
  return {.collection = "board_scores",
          .id = shelf_id(prefix, shelf.start),
          .body = body_of(shelf),
          .entries = {},
          .expected = shelf.version};
}

Result<Shelf> read_shelf(const ports::Document& d, simdjson::dom::parser& parser) {
  Shelf shelf{.version = d.version};
  const char* end = d.id.data() + d.id.size();
  const char* digits = d.id.size() < 16 ? end : end - 16;
  if (std::from_chars(digits, end, shelf.start, 16).ptr == end && digits != end && !read_body(d.body, parser, shelf))
    return shelf;
  return fail(ErrorKind::kCorrupt, "corrupt", "Stored scores cannot be read.", d.id);
}

void ShelfMap::note(uint64_t start, uint8_t depth) {
  for (; bits_ < depth; ++bits_) {
    std::vector<uint8_t> wider(depths_.size() * 2);
    for (size_t i = 0; i < wider.size(); ++i) wider[i] = depths_[i / 2];
    depths_ = std::move(wider);
  }
  const size_t first = bits_ == 0 ? 0 : start >> (64 - bits_), count = size_t{1} << (bits_ - depth);
  std::fill_n(depths_.begin() + static_cast<ptrdiff_t>(first), count, depth);
}

uint64_t ShelfMap::start_of(uint64_t place) const {
  const uint8_t depth = bits_ == 0 ? 0 : depths_[place >> (64 - bits_)];
  return depth == 0 ? 0 : place >> (64 - depth) << (64 - depth);
}

Result<bool> apply(Shelf& shelf, const ScoreMove& move, ports::BoardOrder order, ports::BoardOperator op,
                   int64_t reached) {
  Score* known = shelf.find(move.player);
  if (move.remove) {
    if (known) shelf.remove(move.player);
    return known != nullptr;
  }
  const bool sums = op == ports::BoardOperator::kSum;
  if (!known) {
    Score& added = shelf.scores.emplace_back(Score{move.player, move.score, reached});
    if (sums) added.remember(move.repeat);
    return true;
  }
  if (sums && known->counts(move.repeat)) return false;
  const int64_t score = sums ? known->score + move.score : move.score;
  if (score > ports::kBoardScoreMax || score < -ports::kBoardScoreMax) return sum_too_large();
  if (op == ports::BoardOperator::kBest && !is_better(score, known->score, order)) return false;
  if (score != known->score) known->reached = reached;
  const bool changed = score != known->score || (sums && !move.repeat.empty());
  known->score = score;
  if (sums) known->remember(move.repeat);
  return changed;
}

}  // namespace gamekeeper::play
