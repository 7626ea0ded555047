#include "play/results/rating_spread.h"

#include <algorithm>

namespace gamekeeper::play {
namespace {

constexpr int64_t kBinsMost = 30;

int64_t width_for(int64_t span) {
  int64_t unit = 10;
  for (;; unit *= 10) {
    for (int64_t width : {unit, unit * 5 / 2, unit * 5}) {
      if (span / width < kBinsMost) return width;
    }
  }
}

int64_t floor_to_width(int64_t rating, int64_t width) { return rating - ((rating % width) + width) % width; }

/// The rating at a place; of a board that has become shorter meanwhile, nothing.
Task<Result<std::optional<int64_t>>> rating_at(ports::RankedSet& boards, ports::Board board, uint64_t position) {
  auto page = co_await boards.page(std::move(board), position, 1);
  if (!page) co_return std::unexpected(page.error());
  if (page->empty()) co_return std::nullopt;
  co_return page->front().score;
}

/// How many stand at `edge` or higher: from `low`, who do, to `high`, who may.
Task<Result<uint64_t>> count_from(ports::RankedSet& boards, const ports::Board& board, int64_t edge, uint64_t low,
                                  uint64_t high) {
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    auto rating = co_await rating_at(boards, board, middle);
    if (!rating) co_return std::unexpected(rating.error());
    if (*rating && **rating >= edge)
      low = middle + 1;
    else
      high = middle;
  }
  co_return low;
}

}  // namespace

Task<Result<RatingSpread>> spread_of(ports::RankedSet& boards, ports::Board board) {
  auto count = co_await boards.count(board);
  if (!count) co_return std::unexpected(count.error());
  RatingSpread out{.players = *count};
  if (*count == 0) co_return out;
  auto highest = co_await rating_at(boards, board, 0), lowest = co_await rating_at(boards, board, *count - 1);
  for (const auto* end : {&highest, &lowest}) {
    if (!*end) co_return std::unexpected(end->error());
  }
  out.highest = (*highest).value_or(0);
  out.lowest = (*lowest).value_or(out.highest);
  out.width = width_for(out.highest - out.lowest);
  const int64_t first = floor_to_width(out.lowest, out.width);
  uint64_t above = 0;  // who stand at or above the edge before
  for (int64_t edge = floor_to_width(out.highest, out.width); edge >= first; edge -= out.width) {
    Result<uint64_t> here = *count;
    if (edge > first) here = co_await count_from(boards, board, edge, above, *count);
    if (!here) co_return std::unexpected(here.error());
    out.bins.push_back({edge, *here - above});
    above = *here;
  }
  std::ranges::reverse(out.bins);
  for (size_t i = 0; i < RatingSpread::kPercents.size(); ++i) {
    // Of 200 the 10th from below is the last of the lowest 5 %.
    const uint64_t below =
        std::max<uint64_t>(1, (*count * static_cast<uint64_t>(RatingSpread::kPercents[i]) + 99) / 100);
    auto rating = co_await rating_at(boards, board, *count - std::min(*count, below));
    if (!rating) co_return std::unexpected(rating.error());
    out.percentiles[i] = (*rating).value_or(out.lowest);
  }
  co_return out;
}

}  // namespace gamekeeper::play
