#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/zoned.h"
#include "insight/processor/values.h"
#include "ports/series_store.h"

/// The catalogue of cells: what the fold writes and analytics reads. Tables, keys and buckets stand here, the values'
/// shapes and codecs in values.h (and sketch.h). Everything is *per partition*: numbers of tuples and players mean
/// something only inside their partition, and a reader adds partitions up (players live in one partition, so counts of
/// distinct players add up too).
///
/// Keys begin with the app (one byte of length, then the app), so that one app's cells are contiguous. Integers in
/// keys are big endian (signed ones with the sign bit flipped), so that byte order is numeric order.
/// Buckets are Unix milliseconds of the bucket's start, unless said otherwise. "Time" is the corrected time.
/// A *tuple* is a small number standing for (event name, platform, country, version): kTuples is its dictionary.
namespace gamekeeper::cells {

/// A quarter hour is the grain of everything that counts players; a minute that of everything else.
inline constexpr int64_t kMinuteMs = 60'000;
inline constexpr int64_t kQuarterMs = 15 * kMinuteMs;
inline constexpr int64_t kHourMs = 60 * kMinuteMs;
inline constexpr int64_t kDayMs = 24 * kHourMs;
/// Cells of kConcurrentBlocks each cover 1024 days.
inline constexpr int64_t kBlockMs = 1024 * kDayMs;

/// Times outside the years 1800 to 2199 are never stored (the fold drops the event: `time_out_of_range`).
inline constexpr UnixMillis kTimeFirst = -5'364'662'400'000;  // 1800-01-01T00:00:00Z
inline constexpr UnixMillis kTimeEnd = 7'258'118'400'000;     // 2200-01-01T00:00:00Z

/// A tuple number that stands for all tuples together, in tables of players.
inline constexpr uint32_t kAllTuples = 0xFFFF'FFFF;
/// Beyond this many tuples of an app in a partition, platform, country and version of new ones become kOther.
inline constexpr uint32_t kTuplesMax = 100'000;
inline constexpr std::string_view kOther = "(other)";
/// A client session without an event for so long is closed.
inline constexpr int64_t kIdleMs = 30 * kMinuteMs;
/// Tables that list tuples inside a value are cut into chunks of so many tuples (and so are lists of players).
inline constexpr uint32_t kChunk = 4096;

// clang-format off
// Table                              key                                    bucket            value (values.h)
enum : ports::Table {
  // Dictionaries and status.
  kPartition = 1,            // ""                                     0                 PartitionInfo
  kApps = 2,                 // app                                    0                 AppInfo
  kTuples = 3,               // app                                    tuple             Tuple; tuples with an empty name only carry dimensions: cohorts
  kNames = 4,                // app, name (plain, to the end)          0                 Number: stored events of that name, facts too
  kLedger = 5,               // app, ingest key (plain, to the end)    0                 Ledger

  // EVENTS, ERRORS: stored events by tuple; facts are counted too.
  kCountsMinute = 10,        // app, chunk (u32 = tuple / kChunk)      minute            Counts
  kCountsHour = 11,          // app, chunk                             hour              Counts
  kCountsDay = 12,           // app, chunk                             day (UTC)         Counts

  // REVENUE (purchases): exact sums of micros by tuple and currency.
  kRevenueMinute = 13,       // app, currency (text), chunk            minute            Sums
  kRevenueHour = 14,         // app, currency, chunk                   hour              Sums
  kRevenueDay = 15,          // app, currency, chunk                   day (UTC)         Sums

  // economy(): by currency.
  kEconomyMinute = 16,       // app                                    minute            Flows
  kEconomyHour = 17,         // app                                    hour              Flows
  kEconomyDay = 18,          // app                                    day (UTC)         Flows

  // ACTIVE_PLAYERS. A bitmap is cut by player number / 65536 (`part`); the OR of all parts is the set. In each table
  // of players the tuple kAllTuples holds the union over tuples.
  kActiveQuarter = 20,       // app, tuple, day (i32, UTC), part (u16)  quarter           Players
  kActiveDay = 21,           // app, tuple, part                       UTC day number    Players
  kActiveZoneDay = 22,       // app, zone name (text), part            zone's DayNumber  Players (all tuples)

  // PAYERS: amount > 0. All currencies = the OR over currencies (AppInfo lists them).
  kPayersQuarter = 23,       // app, currency (text), tuple, day, part quarter           Players
  kPayersDay = 24,           // app, currency, tuple, part             UTC day number    Players

  // NEW_PLAYERS: every player once, in the quarter of the first event, under that event's tuple (and kAllTuples).
  kNewQuarter = 25,          // app, tuple, day, part                  quarter           Players
  // Retention cohorts: every player once, in the same quarter, under the tuple (name = "") of the dimensions of the
  // first session: those of its session_start, else those of its first event; without a session, of the first event.
  kCohortQuarter = 26,       // app, tuple, day, part                  quarter           Players

  // SESSIONS and SESSION_SECONDS by the tuple of the first event, in the bucket of the first event.
  kSessionsMinute = 30,      // app, chunk                             minute            Sessions
  kSessionsHour = 31,        // app, chunk                             hour              Sessions
  kSessionsDay = 32,         // app, chunk                             day (UTC)         Sessions

  // CONCURRENT_PLAYERS at a minute m, in one partition =
  //   kConcurrentHours[hour of m].minutes[m] + .whole + kConcurrentBlocks[block of m].days[day of m] + .whole
  // (absent cells are 0). Add partitions up per minute, then take the greatest. Exact however long a session is.
  kConcurrentHours = 33,     // app                                    hour              ConcurrentHour
  kConcurrentBlocks = 34,    // app                                    block_start()     ConcurrentBlock

  // percentiles(), and queue waits: (kQueueWaitEvent, kQueueWaitProperty) once a match.
  kMeasureMinute = 35,       // app, event (text), property (text)     minute            Sketch
  kMeasureHour = 36,         // app, event, property                   hour              Sketch
  kMeasureDay = 37,          // app, event, property                   day (UTC)         Sketch

  // MATCHES: match.completed, once a match id and partition. Facts of one match may lie in several partitions: unite
  // the hashes over partitions before counting.
  kMatches = 38,             // app                                    hour              Matches

  // funnel(): every stored event that can be a step: (player, time, order), appended in log order. All cells of a
  // (name, day) together hold its events; sort by player, time, order.
  kTrail = 40,               // app, name (text), day (i32, UTC)       any               Trail

  // sequenceGaps(): sessions with missing numbers, by the time of their first event (ms, not floored).
  kGaps = 41,                // app, day (i32, UTC), player (text16), session (plain)  first event's ms   Gaps

  // What is happening now. kSeen is a ring of 16 minutes: a cell counts only if its value's `minute` is the one asked.
  kSeen = 42,                // app, chunk (u32 = player / kChunk)     minute mod 16     Seen
  kOpenSessions = 43,        // app                                    minute            Number: sessions whose last event lies there and that have not ended
  kReceived = 44,            // app                                    second mod 1024   Received: stored events by receipt
  // What SESSION_SECONDS has to leave out: sessions that have not ended, by their last event. Only cells of the last
  // kIdleMs count, for without an event a session closes by itself.
  kRunningSessions = 45,     // app, chunk                             minute            Running

  // The fold's own state (state.h); nobody else reads it.
  kPlayers = 60,             // app, player_id (plain)                 0                 PlayerState
  kSessionStates = 61,       // app, player_id (text16), session_id    0                 SessionState
  kCoverage = 62,            // app, player number (u32)               period number     Intervals of minutes in the period
  kCoverageLong = 63,        // app, player number (u32)               0                 Intervals of whole periods
  kIds = 64,                 // app, id (16 bytes)                     0                 receipt of the last event with it
  kMatchStates = 65,         // app, match_id                          0                 flags
};
// clang-format on

inline constexpr std::string_view kQueueWaitEvent = "match.formed";
inline constexpr std::string_view kQueueWaitProperty = "wait_seconds";

/// Builds keys: Key(app).u32(tuple).day(number).u16(part).str()
class Key {
 public:
  explicit Key(std::string_view app) { text(app); }
  Key& text(std::string_view t);    // one byte of length (at most 255 bytes are kept), then the bytes
  Key& text16(std::string_view t);  // two bytes of length
  Key& plain(std::string_view t) { return bytes_ += t, *this; }
  Key& u16(uint16_t n);
  Key& u32(uint32_t n);
  Key& day(DayNumber n) { return u32(static_cast<uint32_t>(n) ^ 0x8000'0000u); }
  std::string str() && { return std::move(bytes_); }
  const std::string& str() const& { return bytes_; }

 private:
  std::string bytes_;
};

/// Takes keys apart again, in the same order. Reading past the end gives zeros and empty texts and sets failed().
class KeyReader {
 public:
  explicit KeyReader(std::string_view key) : rest_(key) {}
  std::string_view text();
  std::string_view text16();
  std::string_view rest() { return std::exchange(rest_, {}); }
  uint16_t u16();
  uint32_t u32();
  DayNumber day() { return static_cast<DayNumber>(u32() ^ 0x8000'0000u); }
  bool failed() const { return failed_; }

 private:
  std::string_view take(size_t n);
  std::string_view rest_;
  bool failed_ = false;
};

/// The smallest key greater than every key that begins with `prefix` (for CellRange::key_to).
std::string after_prefix(std::string prefix);

constexpr int64_t floor_to(int64_t ms, int64_t width) {
  const int64_t rest = ms % width;
  return ms - (rest < 0 ? rest + width : rest);
}
constexpr int64_t floor_div(int64_t n, int64_t width) { return floor_to(n, width) / width; }
constexpr DayNumber utc_day(UnixMillis ms) { return static_cast<DayNumber>(floor_div(ms, kDayMs)); }
constexpr int64_t block_start(UnixMillis ms) { return floor_to(ms, kBlockMs); }

// Ranges a reader asks for. [from, to) in ms, on the table's grain.

/// Tables keyed by app alone, or by app and chunk (kCounts*, kSessions*, kEconomy*, kConcurrent*, kMatches …). The key
/// range spans all chunks; per chunk only the wanted buckets are touched when `chunk` is given.
ports::CellRange app_range(ports::Table table, std::string_view app, int64_t from, int64_t to);
ports::CellRange chunk_range(ports::Table table, std::string_view app, uint32_t chunk, int64_t from, int64_t to);
/// kRevenue*, all chunks of one currency.
ports::CellRange revenue_range(ports::Table table, std::string_view app, std::string_view currency, int64_t from,
                               int64_t to);
/// kActiveQuarter, kNewQuarter, kCohortQuarter of one tuple (or kAllTuples).
ports::CellRange quarters_range(ports::Table table, std::string_view app, uint32_t tuple, int64_t from, int64_t to);
/// kPayersQuarter.
ports::CellRange payers_range(std::string_view app, std::string_view currency, uint32_t tuple, int64_t from,
                              int64_t to);
/// kActiveDay of one tuple (or kAllTuples), [from, to) in UTC day numbers.
ports::CellRange days_range(std::string_view app, uint32_t tuple, DayNumber from, DayNumber to);
/// kPayersDay.
ports::CellRange payers_days_range(std::string_view app, std::string_view currency, uint32_t tuple, DayNumber from,
                                   DayNumber to);
/// kActiveZoneDay. Complete only for days >= AppInfo::zone_days_from of that zone; compute other days from quarters.
ports::CellRange zone_days_range(std::string_view app, std::string_view zone, DayNumber from, DayNumber to);
/// kMeasure*.
ports::CellRange measure_range(ports::Table table, std::string_view app, std::string_view event,
                               std::string_view property, int64_t from, int64_t to);
/// kTrail of every UTC day that touches [from, to): the entries still have to be filtered by time.
ports::CellRange trail_range(std::string_view app, std::string_view name, int64_t from, int64_t to);
/// kGaps of sessions whose first event lies in [from, to).
ports::CellRange gaps_range(std::string_view app, int64_t from, int64_t to);

}  // namespace gamekeeper::cells
