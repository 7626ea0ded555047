#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"

namespace gamekeeper::events {

/// Who put an event on the log.
enum class Source : uint8_t { kClient, kServer, kBackend };  // write key, server key, Gamekeeper itself ("gamekeeper")

/// Events with checked properties (docs/api/events.md); everything else is kOther.
enum class Kind : uint8_t {
  kOther,
  kSessionStart,
  kSessionEnd,
  kPurchase,
  kEconomy,
  kProgression,
  kError,
  kMatchPlayed,
  kFact,  // a name with one of the backend's prefixes: player. session. queue. match. rating.
};

/// A number taken out of the properties because it is asked for by percentiles(): built in or declared by the app.
struct Measure {
  std::string_view property;
  double value = 0;
};
inline constexpr size_t kMeasuresMax = 16;

/// One event as the log carries it. Views point into the row they were read from.
/// Times are Unix milliseconds; `seq` 0 means none; an absent text is empty.
struct EventView {
  std::string_view app;
  std::string_view key;  // id of the key it came in by
  Source source = Source::kClient;
  Kind kind = Kind::kOther;
  UnixMillis received_at = 0;
  UnixMillis sent_at = 0;  // of the POST; 0: not given
  UnixMillis time = 0;  // as given, else received_at
  uint64_t seq = 0;
  Uuid id;
  std::string_view name;
  std::string_view player_id;
  std::string_view session_id;
  std::string_view properties;  // raw JSON object; empty means {}

  // Typed columns, extracted once by events/extract.h so that no fold parses JSON.
  bool has_platform = false, has_country = false, has_version = false;  // the event's own property, even if ""
  std::string_view platform, country, version;
  int64_t amount_micros = 0;  // purchase and economy: exact, 10^-6 units
  std::string_view currency;  // purchase and economy
  bool sink = false;  // economy: flow
  bool severe = false;  // error: severity error or critical
  std::string_view match_id;  // facts and match_played
  std::span<const Measure> measures;
};

/// Partition of an event: XXH64(app, player_id) mod partitions.
uint32_t partition_of(std::string_view app, std::string_view player_id, uint32_t partitions);

/// Appends one row. Layout: src/events/row_codec.cpp. Rows are self-delimiting and stand one after another.
void append_row(std::string& rows, const EventView& event);

/// Walks rows. `next` returns false at the end; `corrupt()` tells a bad row from the end. The view's measures live in
/// the reader until the next call.
class RowReader {
 public:
  explicit RowReader(std::string_view rows) : rest_(rows) {}
  bool next(EventView& event);
  bool corrupt() const { return corrupt_; }

 private:
  std::string_view rest_;
  bool corrupt_ = false;
  std::array<Measure, kMeasuresMax> measures_;
};

}  // namespace gamekeeper::events
