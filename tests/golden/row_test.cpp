// The bytes of events on the log. Data folders hold them for years: rows of every format in tests/golden/rows must
// still be read, also after the format has moved on and a new file stands beside the old one.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <sstream>
#include <vector>

#include "events/event.h"
#include "tests/golden/golden.h"

namespace gamekeeper::events {
namespace {

const std::vector<Measure> kTwoMeasures{{"amount", 4.99}, {"discount", -0.5}};

EventView base(std::string_view name) {
  EventView e;
  e.app = "arena";
  e.key = "k1";
  e.name = name;
  e.player_id = "p-1";
  e.received_at = 1'790'000'000'123;
  e.time = 1'790'000'000'000;
  for (size_t i = 0; i < 16; ++i) e.id.bytes[i] = static_cast<uint8_t>(0xf0 + i);
  return e;
}

/// Every optional field present somewhere and absent somewhere. Add to the end; never change what is there.
std::vector<std::pair<std::string, EventView>> examples() {
  std::vector<std::pair<std::string, EventView>> all;
  const auto add = [&all](std::string what, std::string_view name) -> EventView& {
    return all.emplace_back(std::move(what), base(name)).second;
  };
  add("the least", "tick");

  EventView& start = add("session_start with its own dimensions", "session_start");
  start.kind = Kind::kSessionStart;
  start.session_id = "s-1";
  start.seq = 1;
  start.id = {};
  start.sent_at = 1'790'000'000'100;
  start.has_platform = start.has_country = start.has_version = true;
  start.platform = "ios", start.country = "DE", start.version = "1.2.0";
  start.properties = R"({"platform":"ios","country":"DE","version":"1.2.0"})";

  EventView& blank = add("dimensions that are there and empty, the greatest seq, a time before 1970", "session_end");
  blank.kind = Kind::kSessionEnd;
  blank.session_id = "s-1";
  blank.seq = uint64_t{1} << 53;
  blank.id = {};
  blank.time = -5'364'662'400'000;
  blank.has_platform = blank.has_version = true;

  EventView& purchase = add("purchase with measures", "purchase");
  purchase.kind = Kind::kPurchase;
  purchase.amount_micros = 4'990'000;
  purchase.currency = "EUR";
  purchase.measures = kTwoMeasures;
  purchase.properties = R"({"amount":4.99,"currency":"EUR","discount":-0.5})";

  EventView& economy = add("economy, out of the game, the greatest amount", "economy");
  economy.kind = Kind::kEconomy;
  economy.amount_micros = INT64_MAX;
  economy.currency = "gems";
  economy.sink = true;

  EventView& error = add("a severe error of a game server", "error");
  error.kind = Kind::kError;
  error.source = Source::kServer;
  error.severe = true;
  error.properties = R"({"severity":"critical","message":"ü"})";

  EventView& played = add("match_played", "match_played");
  played.kind = Kind::kMatchPlayed;
  played.source = Source::kServer;
  played.match_id = "m-1";

  EventView& fact = add("a fact of the backend", "match.completed");
  fact.kind = Kind::kFact;
  fact.source = Source::kBackend;
  fact.match_id = "m-1";

  add("progression", "progression").kind = Kind::kProgression;
  return all;
}

std::string said(const EventView& e) {
  std::string out = fmt::format(
      "app {} key {} source {} kind {} received {} sent {} time {} seq {} id {} name {} player {} session {} "
      "properties {} platform {}/{} country {}/{} version {}/{} amount {} {} sink {} severe {} match {} measures",
      e.app, e.key, static_cast<int>(e.source), static_cast<int>(e.kind), e.received_at, e.sent_at, e.time, e.seq,
      to_string(e.id), e.name, e.player_id, e.session_id, e.properties, e.has_platform, e.platform, e.has_country,
      e.country, e.has_version, e.version, e.amount_micros, e.currency, e.sink, e.severe, e.match_id);
  for (const Measure& m : e.measures) out += fmt::format(" {}={}", m.property, m.value);
  return out;
}

/// One row cut into its fields by format 1, each line with its bytes and what they say. It states the layout a second
/// time, apart from the codec.
class Fields {
 public:
  Fields(std::string row, const EventView& event) : row_(std::move(row)), e_(event) {}

  std::string text() {
    line("row_bytes", 4, fmt::format("{}", row_.size()));
    line("format", 1, "");
    line("flags", 1, "1 platform, 2 country, 4 version are its own; 8 sink; 16 severe");
    line("source", 1, "0 client, 1 server, 2 Gamekeeper");
    line("kind", 1, "");
    line("received_at", 8, fmt::format("{}", e_.received_at));
    line("sent_at", 8, fmt::format("{}", e_.sent_at));
    line("time", 8, fmt::format("{}", e_.time));
    line("seq", 8, fmt::format("{}", e_.seq));
    line("id", 16, "");
    line("amount_micros", 8, fmt::format("{}", e_.amount_micros));
    for (const char* name : {"app", "key", "name", "currency"}) length(name, 1);
    line("measures", 1, "how many");
    for (const char* name : {"player_id", "session_id", "platform", "country", "version", "match_id"}) length(name, 2);
    length("properties", 4);
    for (const auto& [name, bytes] : lengths_) {
      if (bytes > 0) line(name, bytes, fmt::format("\"{}\"", row_.substr(at_, bytes)));
    }
    for (const Measure& m : e_.measures) {
      line("measure", 1 + m.property.size(), fmt::format("\"{}\"", m.property));
      line("", 8, fmt::format("{}", m.value));
    }
    EXPECT_EQ(at_, row_.size()) << "a field of the row has no line here";
    return out_;
  }

 private:
  void line(std::string_view name, size_t bytes, const std::string& note) {
    ASSERT_LE(at_ + bytes, row_.size());
    out_ += fmt::format("  {:<14} {}{}{}\n", name, golden::hex_of(row_.substr(at_, bytes)), note.empty() ? "" : "  ; ",
                        note);
    at_ += bytes;
  }
  void length(const char* name, size_t width) {
    uint32_t n = 0;
    ASSERT_LE(at_ + width, row_.size());
    std::memcpy(&n, row_.data() + at_, width);
    line(fmt::format("#{}", name), width, n == 0 ? "" : fmt::format("{} bytes", n));
    lengths_.emplace_back(name, n);
  }

  std::string row_;
  const EventView& e_;
  size_t at_ = 0;
  std::vector<std::pair<std::string, size_t>> lengths_;
  std::string out_;
};

/// The rows of a file, by their headlines.
std::map<std::string, std::string> rows_in(const std::string& text) {
  std::map<std::string, std::string> rows;
  std::string what, line;
  for (std::istringstream in(text); std::getline(in, line);) {
    if (line.starts_with("row: ")) what = line.substr(5);
    if (line.starts_with("  ")) rows[what] += golden::bytes_of(line.substr(17, line.find("  ;", 17) - 17));
  }
  return rows;
}

TEST(GoldenRows, AreReadWhateverTheirFormat) {
  const auto known = examples();
  for (const auto& file : std::filesystem::directory_iterator(golden::path_of("rows"))) {
    const std::string name = "rows/" + file.path().filename().string();
    const auto rows = rows_in(golden::read(name));
    EXPECT_FALSE(rows.empty()) << name;
    for (const auto& [what, bytes] : rows) {
      const auto at = std::find_if(known.begin(), known.end(), [&](const auto& e) { return e.first == what; });
      ASSERT_NE(at, known.end()) << name << ": the test no longer knows the row \"" << what << '"';
      RowReader reader(bytes);
      EventView read;
      ASSERT_TRUE(reader.next(read)) << name << ": the row \"" << what << "\" of this format can no longer be read";
      EXPECT_EQ(said(read), said(at->second)) << name << ", " << what;
      EXPECT_FALSE(reader.next(read) || reader.corrupt()) << name << ", " << what;
    }
  }
}

TEST(GoldenRows, KeepTheirBytes) {
  std::string text =
      "Rows of the event log, little endian; see src/events/row_codec.cpp. A format that is out there never changes:\n"
      "a new layout gets a new number, a new file beside this one, and a reader for both.\n";
  int format = 0;
  for (const auto& [what, event] : examples()) {
    std::string row;
    append_row(row, event);
    format = row.at(4);
    text += "\nrow: " + what + "\n" + Fields(row, event).text();
  }
  const std::string name = fmt::format("rows/format-{}.txt", format);
  ASSERT_FALSE(golden::writing() && HasFailure()) << "not written";
  const auto kept = rows_in(golden::read(name));
  for (const auto& [what, bytes] : rows_in(text)) {
    const auto old = kept.find(what);
    if (old == kept.end() || old->second == bytes) continue;
    ADD_FAILURE() << "\"" << what << "\" is written in other bytes under the same format: raise kRowFormat";
  }
  // Not even `make golden` takes other bytes for rows that stand in data folders.
  if (!HasFailure() || !golden::writing()) golden::expect_same(name, text);
}

}  // namespace
}  // namespace gamekeeper::events
