#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <roaring/roaring.hh>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/zoned.h"
#include "insight/processor/sketch.h"

/// The values of cells (cells.h says where each stands). Every type has encode() and a static decode() that answers
/// nullopt for bytes that are not such a value. An empty string is "no cell": values that hold nothing encode to it.
/// The types with merge() can also stand for a change (signed): the fold adds changes to what is stored.
namespace gamekeeper::cells {

/// Of the partition.
struct PartitionInfo {
  UnixMillis received_to = 0;  // greatest receipt time folded
  uint64_t events = 0;         // rows folded: the order of the next one
  std::string encode() const;
  static std::optional<PartitionInfo> decode(std::string_view);
};

/// Of an app in a partition.
struct AppInfo {
  uint32_t tuples = 0;                     // numbers given: 0 … tuples−1
  uint32_t players = 0;                    // numbers given: 0 … players−1
  UnixMillis received_to = 0;              // freshness: greatest receipt time folded
  std::string zone;                        // the zone that kActiveZoneDay is kept in
  DayNumber zone_days_from = INT32_MIN;    // days from here on are complete there
  std::vector<std::string> currencies;     // of purchases
  std::string encode() const;
  static std::optional<AppInfo> decode(std::string_view);
};

struct Tuple {
  std::string name, platform, country, version;
  std::string encode() const;
  static std::optional<Tuple> decode(std::string_view);
  auto operator<=>(const Tuple&) const = default;
};

/// accepted = stored + repeated + dropped + what is not folded yet.
struct Ledger {
  int64_t stored = 0, repeated = 0;
  std::map<std::string, int64_t, std::less<>> dropped;  // by reason: time_out_of_range, too_many_gaps
  int64_t dropped_total() const;
  void merge(const Ledger&);
  std::string encode() const;
  static std::optional<Ledger> decode(std::string_view);
};

struct Number {
  int64_t value = 0;
  void merge(const Number& n) { value += n.value; }
  std::string encode() const;
  static std::optional<Number> decode(std::string_view);
};

/// Sorted by tuple, none with both numbers 0.
struct Counts {
  struct Row {
    uint32_t tuple = 0;
    int64_t events = 0, errors = 0;
  };
  std::vector<Row> rows;
  void add(uint32_t tuple, int64_t events, int64_t errors);
  void merge(const Counts&);
  std::string encode() const;
  static std::optional<Counts> decode(std::string_view);
  /// The same into what is there, whose memory is used again; whether the bytes were good.
  bool read(std::string_view);
};

/// Micros by tuple; also there when the sum is 0 (a purchase of 0).
struct Sums {
  std::map<uint32_t, __int128> by_tuple;
  void merge(const Sums&);
  std::string encode() const;
  static std::optional<Sums> decode(std::string_view);
};

/// Micros by currency.
struct Flows {
  struct Row {
    __int128 sources = 0, sinks = 0;
  };
  std::map<std::string, Row, std::less<>> by_currency;
  void merge(const Flows&);
  std::string encode() const;
  static std::optional<Flows> decode(std::string_view);
};

/// A set of player numbers. As a change: `gone` leaves first, then `set` comes in; `gone` is empty in stored values.
struct Players {
  Roaring set;
  Roaring gone;
  void add(uint32_t player) { gone.remove(player), set.add(player); }
  void remove(uint32_t player) { set.remove(player), gone.add(player); }
  /// Answers whether anything changed.
  bool merge(const Players&);
  std::string encode() const;
  static std::optional<Players> decode(std::string_view);
};
/// The set alone: what readers unite.
std::optional<Roaring> decode_players(std::string_view);

/// Sessions by the tuple of their first event: how many = seconds.count(), and how long from first to last event.
struct Sessions {
  std::map<uint32_t, Sketch> by_tuple;
  void merge(const Sessions&);
  std::string encode() const;
  static std::optional<Sessions> decode(std::string_view);
};

/// Sessions by the minute (number since 1970) of their first event.
struct Running {
  std::map<int64_t, Sessions> by_first_minute;
  void merge(const Running&);
  std::string encode() const;
  static std::optional<Running> decode(std::string_view);
};

/// Of one (event, property).
struct Measured {
  Sketch sketch;
  void merge(const Measured& m) { sketch.merge(m.sketch); }
  std::string encode() const { return sketch.count() == 0 ? std::string() : sketch.encode(); }
  static std::optional<Measured> decode(std::string_view);
};

struct ConcurrentHour {
  int64_t whole = 0;                   // players there for the whole hour (and not the whole UTC day)
  std::array<int64_t, 60> minutes{};   // and those there for some of its minutes
  void merge(const ConcurrentHour&);
  std::string encode() const;
  static std::optional<ConcurrentHour> decode(std::string_view);
};

struct ConcurrentBlock {
  int64_t whole = 0;                   // players there for all 1024 days
  std::map<uint16_t, int64_t> days;    // and those there for a whole UTC day: day within the block, 0 … 1023
  void merge(const ConcurrentBlock&);
  std::string encode() const;
  static std::optional<ConcurrentBlock> decode(std::string_view);
};

struct Matches {
  std::map<uint64_t, uint8_t> minute_by_hash;  // hash of the match id → minute in the hour
  void merge(const Matches&);
  std::string encode() const;
  static std::optional<Matches> decode(std::string_view);
};

/// Times are absolute ms; order grows along the log of the partition and breaks ties.
struct TrailEntry {
  uint32_t player = 0;
  UnixMillis time = 0;
  uint64_t order = 0;
};
struct Trail {
  std::vector<TrailEntry> entries;
  void merge(const Trail& t) { entries.insert(entries.end(), t.entries.begin(), t.entries.end()); }
  std::string encode() const;
  static std::optional<Trail> decode(std::string_view);
};

/// Sequence numbers, closed intervals, ascending and apart.
struct Gaps {
  std::vector<std::pair<uint64_t, uint64_t>> missing;
  std::string encode() const;
  static std::optional<Gaps> decode(std::string_view);
};

/// Who sent something in a minute. A player is online at `now` when, over the minutes of the last 5 min, the greatest
/// `event` in (now − 5 min, now] is greater than the greatest `end`.
struct Seen {
  int64_t minute = 0;                  // Unix minutes: which lap of the ring
  struct At {
    int32_t event = -1;                // ms within the minute of the last event other than session_end; -1: none
    int32_t end = -1;                  // … of the last session_end
  };
  std::map<uint32_t, At> by_player;
  void merge(const Seen&);
  std::string encode() const;
  static std::optional<Seen> decode(std::string_view);
};

struct Received {
  int64_t second = 0;                  // Unix seconds: which lap of the ring
  int64_t events = 0;
  void merge(const Received&);
  std::string encode() const;
  static std::optional<Received> decode(std::string_view);
};

}  // namespace gamekeeper::cells
