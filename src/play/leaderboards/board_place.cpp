#include "play/leaderboards/board_place.h"

#include <fmt/format.h>

#include <charconv>

namespace gamekeeper::play {
namespace {

using ports::Board;
using ports::Standing;

bool is_behind(const Standing& s, const BoardPlace& place, ports::BoardOrder order) {
  if (s.score != place.score) return (order == ports::BoardOrder::kHighFirst) == (s.score < place.score);
  if (s.reached != place.reached) return s.reached > place.reached;
  return s.member > place.member;
}

template <class Number>
bool read_number(std::string_view& text, Number& out, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (error != std::errc{} || end == text.data()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

bool skip_dot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string to_text(const BoardPlace& place) {
  std::string out = fmt::format("{}.{}.", place.score, place.reached);
  for (const unsigned char c : place.member) out += fmt::format("{:02x}", c);
  return out;
}

std::optional<BoardPlace> read_place(std::string_view text) {
  BoardPlace place;
  if (!read_number(text, place.score) || !skip_dot(text) || !read_number(text, place.reached) || !skip_dot(text) ||
      text.size() % 2 != 0)
    return std::nullopt;
  for (; !text.empty(); text.remove_prefix(2)) {
    uint8_t byte = 0;
    std::string_view digits = text.substr(0, 2);
    if (!read_number(digits, byte, 16) || !digits.empty()) return std::nullopt;
    place.member += static_cast<char>(byte);
  }
  return place;
}

Task<Result<uint64_t>> position_behind(ports::RankedSet& ranked, Board board, BoardPlace place) {
  auto there = co_await ranked.find(board, std::vector{place.member});
  if (!there) co_return std::unexpected(there.error());
  const std::optional<Standing>& s = there->front();
  if (s && s->score == place.score && s->reached == place.reached) co_return s->position + 1;
  auto total = co_await ranked.count(board);
  if (!total) co_return std::unexpected(total.error());
  uint64_t low = 0, high = *total;  // the first behind lies in [low, high]
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    auto at = co_await ranked.page(board, middle, 1);
    if (!at) co_return std::unexpected(at.error());
    if (at->empty() || is_behind(at->front(), place, board.order))
      high = middle;
    else
      low = middle + 1;
  }
  co_return low;
}

}  // namespace gamekeeper::play
