#include "insight/processor/cells.h"

#include <algorithm>

namespace gamekeeper::cells {
namespace {

ports::CellRange prefix_range(ports::Table table, std::string prefix, int64_t from, int64_t to) {
  std::string end = after_prefix(prefix);
  return {table, std::move(prefix), std::move(end), from, to};
}

/// `key` followed by days: those that [from, to) touches. Buckets stay within [from, to).
ports::CellRange by_day(ports::Table table, const Key& key, int64_t from, int64_t to) {
  std::string first = Key(key).day(utc_day(from)).str();
  std::string last = Key(key).day(to > from ? utc_day(to - 1) : utc_day(from)).str();
  return {table, std::move(first), after_prefix(std::move(last)), from, to};
}

}  // namespace

Key& Key::text(std::string_view t) {
  t = t.substr(0, 255);
  bytes_ += static_cast<char>(t.size());
  bytes_ += t;
  return *this;
}

Key& Key::text16(std::string_view t) {
  t = t.substr(0, 65535);
  u16(static_cast<uint16_t>(t.size()));
  bytes_ += t;
  return *this;
}

Key& Key::u16(uint16_t n) {
  bytes_ += static_cast<char>(n >> 8);
  bytes_ += static_cast<char>(n);
  return *this;
}

Key& Key::u32(uint32_t n) {
  u16(static_cast<uint16_t>(n >> 16));
  return u16(static_cast<uint16_t>(n));
}

std::string_view KeyReader::take(size_t n) {
  if (n > rest_.size()) return failed_ = true, std::string_view();
  std::string_view t = rest_.substr(0, n);
  rest_.remove_prefix(n);
  return t;
}

std::string_view KeyReader::text() {
  std::string_view length = take(1);
  return length.empty() ? length : take(static_cast<uint8_t>(length[0]));
}

std::string_view KeyReader::text16() { return take(u16()); }

uint16_t KeyReader::u16() {
  std::string_view t = take(2);
  if (t.empty()) return 0;
  return static_cast<uint16_t>(static_cast<uint8_t>(t[0]) << 8 | static_cast<uint8_t>(t[1]));
}

uint32_t KeyReader::u32() {
  const uint32_t high = u16();
  return high << 16 | u16();
}

std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

ports::CellRange app_range(ports::Table table, std::string_view app, int64_t from, int64_t to) {
  return prefix_range(table, Key(app).str(), from, to);
}

ports::CellRange chunk_range(ports::Table table, std::string_view app, uint32_t chunk, int64_t from, int64_t to) {
  return {table, Key(app).u32(chunk).str(), {}, from, to};
}

ports::CellRange revenue_range(ports::Table table, std::string_view app, std::string_view currency, int64_t from,
                               int64_t to) {
  return prefix_range(table, Key(app).text(currency).str(), from, to);
}

ports::CellRange quarters_range(ports::Table table, std::string_view app, uint32_t tuple, int64_t from, int64_t to) {
  return by_day(table, Key(app).u32(tuple), from, to);
}

ports::CellRange payers_range(std::string_view app, std::string_view currency, uint32_t tuple, int64_t from,
                              int64_t to) {
  return by_day(kPayersQuarter, Key(app).text(currency).u32(tuple), from, to);
}

ports::CellRange days_range(std::string_view app, uint32_t tuple, DayNumber from, DayNumber to) {
  return prefix_range(kActiveDay, Key(app).u32(tuple).str(), from, to);
}

ports::CellRange payers_days_range(std::string_view app, std::string_view currency, uint32_t tuple, DayNumber from,
                                   DayNumber to) {
  return prefix_range(kPayersDay, Key(app).text(currency).u32(tuple).str(), from, to);
}

ports::CellRange zone_days_range(std::string_view app, std::string_view zone, DayNumber from, DayNumber to) {
  return prefix_range(kActiveZoneDay, Key(app).text(zone).str(), from, to);
}

ports::CellRange measure_range(ports::Table table, std::string_view app, std::string_view event,
                               std::string_view property, int64_t from, int64_t to) {
  return {table, Key(app).text(event).text(property).str(), {}, from, to};
}

ports::CellRange trail_range(std::string_view app, std::string_view name, int64_t from, int64_t to) {
  auto range = by_day(kTrail, Key(app).text(name), from, to);
  range.bucket_from = INT64_MIN;
  range.bucket_to = INT64_MAX;
  return range;
}

ports::CellRange gaps_range(std::string_view app, int64_t from, int64_t to) {
  return by_day(kGaps, Key(app), from, to);
}

}  // namespace gamekeeper::cells
