#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "insight/processor/residents.h"
#include "insight/processor/slots.h"

namespace gamekeeper::processor {

/// A stretch of minutes (closed) in which a session of the player is newly known to be running.
struct Stretch {
  Player* player = nullptr;
  int64_t from = 0, to = 0;
};

/// The minutes that each player's sessions cover, so that a player with two sessions counts once.
///
/// Kept by period of 32 days (kCoverage). Whole periods that a session covers are kept as a list per player instead
/// (kCoverageLong), so a session from 1800 to 2199 costs one short cell; its periods' cells are removed.
class Coverage {
 public:
  static constexpr int64_t kPeriodMinutes = 32 * 24 * 60;

  Coverage(ports::SeriesStore& store, ports::Partition partition) : store_(store), partition_(partition) {}

  /// Reads what cover() of these will need. Errors: as SeriesStore::get and scan, and kCorrupt.
  Task<Result<void>> load(const std::vector<Stretch>& stretches);
  /// Adds the stretch and counts the player in every minute that was not covered before.
  void cover(const Stretch& stretch, Changes& changes);
  /// Appends the cells that changed.
  void write(std::vector<ports::Cell>& out);
  void committed();

 private:
  struct Entry {
    Intervals<int64_t> minutes;
    bool loaded = false, dirty = false;
  };
  using Fresh = std::function<void(int64_t, int64_t)>;

  Entry& period(const Player& p, int64_t number);
  Entry& long_of(const Player& p);
  void cover_part(const Player& p, int64_t period, int64_t from, int64_t to, const Fresh& fresh);
  void cover_whole(Player& p, int64_t first, int64_t last, const Fresh& fresh);
  Task<Result<void>> load_all(const Player& p, int64_t first, int64_t last);

  ports::SeriesStore& store_;
  ports::Partition partition_;
  CellMap<Entry> entries_;
};

/// Counts one more player in the minutes [from, to]: in whole blocks, days and hours where they fit, so that the cost
/// has a bound (about 2 300 numbers for four centuries).
void count_concurrent(const std::string& app, int64_t from, int64_t to, Changes& changes);

}  // namespace gamekeeper::processor
