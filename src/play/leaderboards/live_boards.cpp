#include "play/leaderboards/live_boards.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/log.h"
#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

constexpr std::chrono::milliseconds kReadyPoll{5}, kReadyWait{1000}, kRetryPause{500};
constexpr uint64_t kWorthALine = 100'000;  // scores

}  // namespace

LiveBoards::LiveBoards(ports::DocumentStore& documents, ports::RankedSet& ranked, const Clock& clock, Changed changed,
                       bool shared)
    : documents_(documents), ranked_(ranked), clock_(clock), changed_(std::move(changed)), shared_(shared) {}

Result<Season> LiveBoards::season_at(const BoardRecord& record, UnixMillis at) {
  if (!record.seasons) return Season{};
  auto zone = TimeZone::find(record.seasons->timezone);
  if (!zone) return std::unexpected(zone.error());
  return play::season_at(*record.seasons, *zone, at);
}

Task<Result<void>> LiveBoards::refresh() {
  auto documents = co_await gate::read_all(documents_, kBoards);
  if (!documents) co_return std::unexpected(documents.error());
  std::set<std::string> there;
  for (const ports::Document& document : *documents) {
    auto record = read_board(document);
    if (!record) co_return std::unexpected(record.error());
    there.insert(document.id);
    learn(std::move(*record));
  }
  for (const Record& record : all()) {
    if (there.contains(scoped(record->app, record->id))) continue;
    // It may have been made after the store was read.
    auto document = co_await documents_.get(kBoards, scoped(record->app, record->id));
    if (!document) co_return std::unexpected(document.error());
    if (*document) continue;
    if (auto ok = co_await forget(record); !ok) co_return ok;
  }
  for (const Record& record : all()) {
    auto season = season_at(*record, clock_.now_ms());
    if (!season) continue;  // its time zone is gone; who asks for it is told
    scores(record, season->id);
    if (record->seasons && record->season.id != season->id) scores(record, record->season.id);
  }
  co_return Result<void>();
}

Task<Result<LiveBoards::Record>> LiveBoards::find(std::string app, std::string id) {
  const std::string name = scoped(app, id);
  {
    std::lock_guard lock(mutex_);
    const auto found = boards_.find(name);
    if (found != boards_.end()) co_return found->second.record;
  }
  auto document = co_await documents_.get(kBoards, name);
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such leaderboard.", "id");
  auto record = read_board(**document);
  if (!record) co_return std::unexpected(record.error());
  learn(*record);
  std::lock_guard lock(mutex_);
  const auto known = boards_.find(name);
  // Gone again at once: it was removed after it was read.
  co_return known == boards_.end() ? std::make_shared<const BoardRecord>(std::move(*record)) : known->second.record;
}

void LiveBoards::learn(BoardRecord record) {
  std::lock_guard lock(mutex_);
  Live& live = boards_[scoped(record.app, record.id)];
  if (live.record && live.record->uid == record.uid && live.record->version >= record.version) return;
  if (live.record && live.record->uid != record.uid) live.seasons.clear();
  for (auto& [name, held] : live.seasons) held.scores->set_ranking(record.ranking);
  live.record = std::make_shared<const BoardRecord>(std::move(record));
}

Task<Result<void>> LiveBoards::forget(Record record) {
  std::vector<std::shared_ptr<SeasonScores>> gone;
  {
    std::lock_guard lock(mutex_);
    const auto found = boards_.find(scoped(record->app, record->id));
    if (found == boards_.end() || found->second.record->uid != record->uid) co_return Result<void>();
    for (auto& [season, held] : found->second.seasons) gone.push_back(std::move(held.scores));
    boards_.erase(found);
  }
  for (const std::shared_ptr<SeasonScores>& scores : gone) {
    if (auto sealed = co_await scores->seal(); !sealed) co_return sealed;
    auto dropped = co_await ranked_.drop(scores->board());
    if (!dropped) co_return dropped;
  }
  co_return Result<void>();
}

std::vector<LiveBoards::Record> LiveBoards::all() const {
  std::lock_guard lock(mutex_);
  std::vector<Record> out;
  for (const auto& [name, live] : boards_) out.push_back(live.record);
  return out;
}

std::shared_ptr<SeasonScores> LiveBoards::make(const Record& record, const std::string& season) const {
  SeasonRules rules{.prefix = scores_of_season(*record, season),
                    .salt = record->uid,
                    .order = record->order,
                    .op = record->op,
                    .ranking = record->ranking,
                    .shared = shared_};
  SeasonState::Changed changed;
  if (changed_) {
    changed = [tell = changed_, record, season](const auto& standings, const auto& before, uint64_t total) {
      tell(*record, season, standings, before, total);
    };
  }
  return std::make_shared<SeasonScores>(documents_, ranked_, std::move(rules), std::move(changed));
}

SeasonScores::Use LiveBoards::scores(const Record& record, const std::string& season, bool is_new) {
  std::lock_guard lock(mutex_);
  Live& live = boards_[scoped(record->app, record->id)];
  if (!live.record) live.record = record;
  Held& held = live.seasons[season];
  held.used = clock_.now_ms();
  if (!held.scores) {
    held.scores = make(live.record, season);
    if (record->seasons && season < record->season.id) held.scores->close();
    held.scores->begin_load();
    if (is_new)
      held.scores->end_load();
    else
      read_soon(held.scores, !season.empty());
  }
  return SeasonScores::Use(held.scores);
}

Task<Result<SeasonScores::Use>> LiveBoards::ready_scores(Record record, std::string season) {
  const auto until = std::chrono::steady_clock::now() + kReadyWait;
  for (;;) {
    // Anew each time: what was asked for may just be put away, and then others take its place.
    SeasonScores::Use use = scores(record, season);
    do {
      if (use->is_ready()) co_return std::move(use);
      if (std::chrono::steady_clock::now() >= until) co_return rebuilding();
      co_await sleep_for(kReadyPoll);
    } while (!use->is_away());
  }
}

void LiveBoards::read_soon(const std::shared_ptr<SeasonScores>& scores, bool first) {
  const auto left = std::make_shared<std::atomic<uint32_t>>(SeasonScores::kParts);
  ++unread_;
  {
    std::lock_guard lock(jobs_mutex_);
    for (uint32_t part = 0; part < SeasonScores::kParts; ++part) {
      if (first)
        jobs_.push_front({scores, part, left});
      else
        jobs_.push_back({scores, part, left});
    }
  }
  wake_.notify_all();
}

void LiveBoards::start(size_t threads) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { read_boards(); });
}

void LiveBoards::stop() {
  {
    std::lock_guard lock(jobs_mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

bool LiveBoards::take(Job& job) {
  std::unique_lock lock(jobs_mutex_);
  wake_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
  if (stopped_) return false;
  job = std::move(jobs_.front());
  jobs_.pop_front();
  return true;
}

Result<void> LiveBoards::run(Task<Result<void>> task) {
  asio::io_context context{1};
  Result<void> outcome;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr failure, Result<void> done) {
    outcome = failure ? fail(ErrorKind::kInternal, "internal", "The scores could not be read.") : done;
  });
  context.run();
  return outcome;
}

void LiveBoards::read_boards() {
  for (Job job; take(job);) {
    if (auto done = run(job.scores->load(job.part, stopped_)); !done) {
      if (stopped_) return;
      log::error("leaderboards", "rebuild_failed",
                 {log::text("code", done.error().code), log::text("message", done.error().message)});
      std::unique_lock lock(jobs_mutex_);
      jobs_.push_back(std::move(job));
      wake_.wait_for(lock, kRetryPause, [this] { return stopped_.load(); });
      continue;
    }
    if (--*job.left > 0) continue;
    std::ignore = run(job.scores->put_in_order());  // if not here, then on the time of who asks
    job.scores->end_load();
    --unread_;
    if (job.scores->loaded() >= kWorthALine)
      log::info("leaderboards", "rebuilt", {log::number("scores", static_cast<int64_t>(job.scores->loaded()))});
    job = {};
  }
}

Task<Result<void>> LiveBoards::lost() {
  std::vector<std::shared_ptr<SeasonScores>> all;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [name, live] : boards_) {
      for (const auto& [season, held] : live.seasons) all.push_back(held.scores);
    }
  }
  for (const std::shared_ptr<SeasonScores>& scores : all) {
    if (auto ok = co_await scores->lost(); !ok) co_return ok;
    scores->begin_load();
    read_soon(scores, false);
  }
  co_return Result<void>();
}

Task<Result<void>> LiveBoards::tidy() {
  struct Each {
    std::string board, season;
    std::shared_ptr<SeasonScores> scores;
    bool is_idle;
  };
  std::vector<Each> each;
  const UnixMillis now = clock_.now_ms();
  {
    std::lock_guard lock(mutex_);
    for (const auto& [name, live] : boards_) {
      for (const auto& [season, held] : live.seasons) {
        const bool over = live.record->seasons && season < live.record->season.id;
        each.push_back({name, season, held.scores, over && held.used + kIdleMs < now});
      }
    }
  }
  for (const Each& e : each) {
    if (auto ok = co_await e.scores->heal(); !ok) co_return ok;
    if (!e.is_idle) continue;
    auto away = co_await e.scores->put_away();
    if (e.scores->is_away()) {
      std::lock_guard lock(mutex_);
      const auto board = boards_.find(e.board);
      if (board != boards_.end()) {
        const auto held = board->second.seasons.find(e.season);
        // A board that was made anew meanwhile has others under the same name.
        if (held != board->second.seasons.end() && held->second.scores == e.scores) board->second.seasons.erase(held);
      }
    }
    if (!away) co_return std::unexpected(away.error());
  }
  co_return Result<void>();
}

LoadingStatus LiveBoards::status() const {
  std::lock_guard lock(mutex_);
  LoadingStatus out{.boards = boards_.size(), .loading = unread_};
  for (const auto& [name, live] : boards_) {
    for (const auto& [season, held] : live.seasons) out.scores += held.scores->loaded();
  }
  return out;
}

}  // namespace gamekeeper::play
