#include <simdjson.h>

#include <algorithm>

#include "play/leaderboards/season_scores.h"

// How a season comes from its documents into the ranked set.

namespace gamekeeper::play {

using ports::ScoreWrite;

namespace {

constexpr uint32_t kLoadPage = 1'000;     // documents
constexpr size_t kLoadRun = 1 << 18;      // scores that are sorted before they are put: neighbours are cheap to put
constexpr size_t kLoadSlice = 1 << 12;    // scores a call

using Versions = std::vector<std::pair<std::string, uint64_t>>;

Versions versions_of(const ports::DocumentPage& page) {
  Versions versions;
  for (const ports::Document& document : page.items) versions.emplace_back(document.id, document.version);
  return versions;
}

}  // namespace

Task<Result<void>> SeasonScores::load(uint32_t part, uint32_t parts, const std::atomic<bool>& stopped) {
  const uint64_t width = parts == 1 ? 0 : UINT64_MAX / parts + 1;
  ports::Query query{.collection = kBoardScores,
                     .index = "all",
                     .from = shelf_id(rules_.prefix, part * width),
                     .to = part + 1 == parts ? rules_.prefix + 'g' : shelf_id(rules_.prefix, (part + 1) * width),
                     .limit = kLoadPage};
  std::vector<ScoreWrite> run;
  Versions put;  // of this page, where it is read again until nobody has written to it meanwhile
  for (;;) {
    if (stopped) co_return fail(ErrorKind::kUnavailable, "stopping", "The program is going down.");
    auto page = co_await documents_.query(query);
    if (!page) co_return std::unexpected(page.error());
    Versions seen = rules_.shared ? versions_of(*page) : Versions();
    const bool is_last = page->next_cursor.empty(), is_new = !rules_.shared || seen != put;
    if (is_new) {
      if (auto ok = take(*page, run); !ok) co_return ok;
    }
    if (run.size() >= kLoadRun || is_last || rules_.shared) {
      if (auto ok = co_await put_loaded(std::exchange(run, {})); !ok) co_return ok;
    }
    if (rules_.shared && is_new) {
      put = std::move(seen);
      continue;
    }
    if (is_last) co_return Result<void>();
    query.cursor = std::move(page->next_cursor);
    put.clear();
  }
}

Result<void> SeasonScores::take(const ports::DocumentPage& page, std::vector<ScoreWrite>& run) {
  simdjson::dom::parser parser;
  for (const ports::Document& document : page.items) {
    auto shelf = read_shelf(document, parser);
    if (!shelf) return std::unexpected(shelf.error());
    for (Score& s : shelf->scores) run.push_back({std::move(s.player), s.score, s.reached});
    std::lock_guard lock(loading_);
    shelves_.note(shelf->start, shelf->depth);
  }
  return {};
}

Task<Result<void>> SeasonScores::put_loaded(std::vector<ScoreWrite> run) {
  std::ranges::sort(run, {}, [](const ScoreWrite& w) { return std::pair(w.score, w.reached); });
  int64_t newest = 0;
  for (const ScoreWrite& w : run) newest = std::max(newest, w.reached);
  for (size_t from = 0; from < run.size(); from += kLoadSlice) {
    const size_t n = std::min(kLoadSlice, run.size() - from);
    const auto first = std::make_move_iterator(run.begin() + static_cast<ptrdiff_t>(from));
    auto put = co_await ranked_.put(board(), std::vector<ScoreWrite>(first, first + static_cast<ptrdiff_t>(n)));
    if (!put) co_return std::unexpected(put.error());
    loaded_ += n;
  }
  std::lock_guard lock(loading_);
  last_reached_ = std::max(last_reached_, newest);
  co_return Result<void>();
}

}  // namespace gamekeeper::play
