#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/zoned.h"
#include "events/event.h"
#include "insight/processor/cells.h"
#include "insight/processor/hashing.h"
#include "insight/processor/state.h"

namespace gamekeeper::processor {

/// What is added up for one event name since the last commit.
struct NameState {
  explicit NameState(std::string n, uint32_t i) : name(std::move(n)), index(i) {}

  struct Measured {
    std::string property;
    std::map<int64_t, Sketch> by_minute;  // minute → sketch
    int64_t memo_minute = INT64_MIN;
    Sketch* memo = nullptr;
    Sketch& at(int64_t minute);
  };

  std::string name;
  uint32_t index;
  int64_t events = 0;
  std::map<DayNumber, cells::Trail> trail;
  DayNumber memo_day = 0;
  cells::Trail* memo_trail = nullptr;
  std::vector<std::unique_ptr<Measured>> measures;

  cells::Trail& trail_of(UnixMillis time);
  Measured& measure(std::string_view property);
  void clear();
};

/// One app in one partition: its dictionary of tuples, and what is added up since the last commit.
/// Minutes are Unix minutes.
class AppState {
 public:
  AppState(std::string name, uint32_t index) : name_(std::move(name)), index_(index) {}

  const std::string& name() const { return name_; }
  uint32_t index() const { return index_; }

  // The dictionary. A tuple with an empty name carries dimensions alone.
  uint32_t dimensions(std::string_view platform, std::string_view country, std::string_view version);
  uint32_t tuple(NameState& name, uint32_t dimensions);
  const cells::Tuple& at(uint32_t tuple) const { return tuples_[tuple].tuple; }
  uint32_t dimensions_of(uint32_t tuple) const { return tuples_[tuple].dimensions; }
  uint32_t tuples() const { return static_cast<uint32_t>(tuples_.size()); }
  NameState& name_state(std::string_view name);
  /// From the store, in the order of their numbers.
  void restore(cells::Tuple tuple);

  struct MinuteCounts {
    int64_t events = 0, errors = 0;
    uint32_t last_player = kNone;
    std::vector<uint32_t> players;  // may hold a player more than once
    void see(uint32_t player) {
      if (player != last_player) players.push_back(last_player = player);
    }
  };
  struct Paid {
    __int128 micros = 0;
    Roaring payers;
  };
  struct MinuteKey {
    uint32_t currency = 0;  // index into info.currencies
    uint32_t tuple = 0;
    int64_t minute = 0;
    auto operator<=>(const MinuteKey&) const = default;
  };
  struct SeenAt {
    uint32_t player;
    int64_t minute;
    cells::Seen::At at;
  };

  static constexpr uint64_t minute_key(uint32_t tuple, int64_t minute) {
    return uint64_t{tuple} << 32 | static_cast<uint32_t>(static_cast<int32_t>(minute));
  }
  MinuteCounts& counts(uint32_t tuple, int64_t minute) { return counts_[minute_key(tuple, minute)]; }
  cells::Ledger& ledger(std::string_view key);
  void pay(std::string_view currency, uint32_t tuple, int64_t minute, int64_t micros, uint32_t player);
  void move_money(std::string_view currency, int64_t minute, int64_t micros, bool sink);
  void receive(UnixMillis received_at);

  /// The changes since the last commit, read by drain.cpp and then cleared.
  NumberMap<MinuteCounts>& all_counts() { return counts_; }
  void clear();

  cells::AppInfo info;
  bool touched = false;        // by a row since the last commit
  uint32_t tuples_stored = 0;  // tuples below this are in the store
  TimeZone zone = TimeZone::utc();
  DayNumber zone_asked = 0;    // day of the last look at the settings
  std::deque<NameState> names;
  TextMap<cells::Ledger> ledgers;
  std::map<MinuteKey, Paid> paid;
  std::map<std::pair<std::string, int64_t>, cells::Flows::Row> flows;  // (currency, minute)
  std::vector<SeenAt> seen;
  std::map<int64_t, int64_t> received;                                 // second → events
  std::map<int64_t, cells::Matches> matches;                           // hour start (ms) → matches
  std::map<int64_t, int64_t> open_sessions;                            // minute → change

 private:
  struct Entry {
    cells::Tuple tuple;
    uint32_t dimensions;
  };
  uint32_t append(cells::Tuple tuple, uint32_t dimensions);
  void key_of_dimensions(std::string_view platform, std::string_view country, std::string_view version);

  std::string name_;
  uint32_t index_;
  std::deque<Entry> tuples_;
  TextMap<uint32_t> by_dimensions_;
  NumberMap<uint32_t> by_name_;       // (name index, dimensions) → tuple
  TextMap<NameState*> names_;
  NumberMap<MinuteCounts> counts_;
  std::string scratch_;
  NameState* memo_name_ = nullptr;
  std::string_view memo_key_;
  cells::Ledger* memo_ledger_ = nullptr;
  int64_t memo_second_ = INT64_MIN;
  int64_t* memo_received_ = nullptr;
};

}  // namespace gamekeeper::processor
