#include "play/leaderboards/season_scores.h"

#include <simdjson.h>

#include <algorithm>

#include "play/leaderboards/board.h"

namespace gamekeeper::play {

using ports::ScoreWrite;

namespace {

constexpr uint8_t kPartBits = 2;
static_assert(SeasonScores::kParts == 1 << kPartBits);
constexpr uint32_t kLoadPage = 1'000;     // documents
constexpr size_t kLoadRun = 1 << 14;  // scores that go into the ranked set at once

uint64_t start_of_part(uint32_t part) { return uint64_t{part} << (64 - kPartBits); }

using Versions = std::vector<std::pair<std::string, uint64_t>>;

Versions versions_of(const ports::DocumentPage& page) {
  Versions versions;
  for (const ports::Document& document : page.items) versions.emplace_back(document.id, document.version);
  return versions;
}

}  // namespace

std::unexpected<Error> rebuilding() {
  return std::unexpected(Error{.kind = ErrorKind::kOverloaded,
                               .code = "rebuilding",
                               .message = "The leaderboard is being read from the store; try again in a moment.",
                               .field = {},
                               .limit = {},
                               .retry_after = std::chrono::seconds(1)});
}

SeasonScores::SeasonScores(ports::DocumentStore& documents, ports::RankedSet& ranked, SeasonRules rules,
                           SeasonState::Changed changed)
    : state_(documents, ranked, std::move(rules), std::move(changed)) {
  for (uint32_t part = 0; part < kParts; ++part)
    writers_[part] = std::make_unique<ScoreWriter>(state_, start_of_part(part), kPartBits);
}

ScoreWriter& SeasonScores::writer_of(std::string_view player) {
  return *writers_[place_of(player, state_.rules.salt) >> (64 - kPartBits)];
}

Task<Result<Placed>> SeasonScores::write(ScoreMove move) {
  if (!ready_) co_return rebuilding();
  ScoreWriter& writer = writer_of(move.player);
  auto out = co_await writer.submit(std::move(move));
  if (!out) co_return std::unexpected(out.error());
  co_return std::move(out->placed);
}

Task<Result<bool>> SeasonScores::remove(std::string player) {
  if (!ready_) co_return rebuilding();
  ScoreWriter& writer = writer_of(player);
  auto out = co_await writer.submit({.player = std::move(player), .remove = true});
  if (!out) co_return std::unexpected(out.error());
  co_return out->was_there;
}

Task<Result<void>> SeasonScores::seal() {
  state_.sealed = true;
  co_return co_await writes_done();
}

Task<Result<void>> SeasonScores::lost() {
  ready_ = false;
  loaded_ = 0;
  co_return co_await writes_done();
}

Task<Result<void>> SeasonScores::writes_done() {
  for (const auto& writer : writers_) {
    auto out = co_await writer->submit({});
    if (!out) co_return std::unexpected(out.error());
  }
  co_return Result<void>();
}

Task<Result<void>> SeasonScores::heal() {
  for (const auto& writer : writers_) {
    if (auto ok = co_await writer->heal(); !ok) co_return ok;
  }
  co_return Result<void>();
}

Task<Result<void>> SeasonScores::load(uint32_t part, const std::atomic<bool>& stopped) {
  const SeasonRules& rules = state_.rules;
  ports::Query query{.collection = kBoardScores,
                     .from = shelf_id(rules.prefix, start_of_part(part)),
                     .to = part + 1 == kParts ? rules.prefix + 'g' : shelf_id(rules.prefix, start_of_part(part + 1)),
                     .limit = kLoadPage};
  std::vector<ScoreWrite> run;
  Versions put;  // of this page, where it is read again until nobody has written to it meanwhile
  for (;;) {
    if (stopped) co_return fail(ErrorKind::kUnavailable, "stopping", "The program is going down.");
    auto page = co_await state_.documents.query(query);
    if (!page) co_return std::unexpected(page.error());
    Versions seen = rules.shared ? versions_of(*page) : Versions();
    const bool is_last = page->next_cursor.empty(), is_new = !rules.shared || seen != put;
    if (is_new) {
      if (auto ok = take(*page, part, run); !ok) co_return ok;
    }
    if (run.size() >= kLoadRun || is_last || rules.shared) {
      if (auto ok = co_await put_loaded(std::exchange(run, {})); !ok) co_return ok;
    }
    if (rules.shared && is_new) {
      put = std::move(seen);
      continue;
    }
    if (is_last) co_return Result<void>();
    query.cursor = std::move(page->next_cursor);
    put.clear();
  }
}

Result<void> SeasonScores::take(const ports::DocumentPage& page, uint32_t part, std::vector<ScoreWrite>& run) {
  simdjson::dom::parser parser;
  for (const ports::Document& document : page.items) {
    auto shelf = read_shelf(document, parser);
    if (!shelf) return std::unexpected(shelf.error());
    for (Score& s : shelf->scores) run.push_back({std::move(s.player), s.score, s.reached});
    writers_[part]->note(*shelf);
  }
  return {};
}

Task<Result<void>> SeasonScores::put_loaded(std::vector<ScoreWrite> run) {
  for (const ScoreWrite& w : run) state_.saw_reached(w.reached);
  const size_t n = run.size();
  auto put = co_await state_.ranked.fill(board(), std::move(run));
  if (put) loaded_ += n;
  co_return put;
}

Task<Result<void>> SeasonScores::put_in_order() {
  auto first = co_await state_.ranked.page(board(), 0, 1);
  if (!first) co_return std::unexpected(first.error());
  co_return Result<void>();
}

Task<Result<bool>> SeasonScores::put_away() {
  if (state_.rules.shared) co_return false;  // others may be reading it
  if (!ready_.exchange(false)) co_return false;
  if (users_ != 0) {
    ready_ = true;
    co_return false;
  }
  auto dropped = co_await state_.ranked.drop(board());
  away_ = true;  // also when that is in doubt
  if (!dropped) co_return std::unexpected(dropped.error());
  co_return true;
}

}  // namespace gamekeeper::play
