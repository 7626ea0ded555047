#include "insight/processor/values.h"

#include <algorithm>

#include "insight/processor/wire.h"

namespace gamekeeper::cells {

using wire::put;
using wire::put_signed;
using wire::put_text;
using wire::put_wide;
using wire::Reader;

namespace {

template <class T>
std::optional<T> finished(const Reader& in, T value) {
  if (!in.done()) return std::nullopt;
  return value;
}

template <class Map>
void erase_zeros(Map& map) {
  std::erase_if(map, [](const auto& entry) { return entry.second == 0; });
}

constexpr char kList = 0, kRoaring = 1;
constexpr uint64_t kListMax = 48;

}  // namespace

std::string PartitionInfo::encode() const {
  std::string out;
  put_signed(out, received_to);
  put(out, events);
  return out;
}

std::optional<PartitionInfo> PartitionInfo::decode(std::string_view bytes) {
  Reader in(bytes);
  PartitionInfo info;
  info.received_to = in.signed_number();
  info.events = in.number();
  return finished(in, info);
}

std::string AppInfo::encode() const {
  std::string out;
  put(out, tuples);
  put(out, players);
  put_signed(out, received_to);
  put_text(out, zone);
  put_signed(out, zone_days_from);
  for (const std::string& currency : currencies) put_text(out, currency);
  return out;
}

std::optional<AppInfo> AppInfo::decode(std::string_view bytes) {
  Reader in(bytes);
  AppInfo info;
  info.tuples = static_cast<uint32_t>(in.number());
  info.players = static_cast<uint32_t>(in.number());
  info.received_to = in.signed_number();
  info.zone = in.text();
  info.zone_days_from = static_cast<DayNumber>(in.signed_number());
  while (in.more()) info.currencies.emplace_back(in.text());
  return finished(in, std::move(info));
}

std::string Tuple::encode() const {
  std::string out;
  for (const std::string* text : {&name, &platform, &country, &version}) put_text(out, *text);
  return out;
}

std::optional<Tuple> Tuple::decode(std::string_view bytes) {
  Reader in(bytes);
  Tuple t;
  for (std::string* text : {&t.name, &t.platform, &t.country, &t.version}) *text = in.text();
  return finished(in, std::move(t));
}

int64_t Ledger::dropped_total() const {
  int64_t total = 0;
  for (const auto& [reason, n] : dropped) total += n;
  return total;
}

void Ledger::merge(const Ledger& other) {
  stored += other.stored;
  repeated += other.repeated;
  for (const auto& [reason, n] : other.dropped) dropped[reason] += n;
}

std::string Ledger::encode() const {
  std::string out;
  put_signed(out, stored);
  put_signed(out, repeated);
  for (const auto& [reason, n] : dropped) put_text(out, reason), put_signed(out, n);
  return out;
}

std::optional<Ledger> Ledger::decode(std::string_view bytes) {
  Reader in(bytes);
  Ledger l;
  l.stored = in.signed_number();
  l.repeated = in.signed_number();
  while (in.more()) {
    std::string reason(in.text());
    l.dropped[reason] = in.signed_number();
  }
  return finished(in, std::move(l));
}

std::string Number::encode() const {
  std::string out;
  if (value != 0) put_signed(out, value);
  return out;
}

std::optional<Number> Number::decode(std::string_view bytes) {
  Reader in(bytes);
  Number n{in.signed_number()};
  return finished(in, n);
}

void Counts::add(uint32_t tuple, int64_t events, int64_t errors) {
  auto at = std::lower_bound(rows.begin(), rows.end(), tuple, [](const Row& r, uint32_t t) { return r.tuple < t; });
  if (at == rows.end() || at->tuple != tuple) at = rows.insert(at, Row{tuple, 0, 0});
  at->events += events;
  at->errors += errors;
}

void Counts::merge(const Counts& other) {
  std::vector<Row> merged;
  merged.reserve(rows.size() + other.rows.size());
  auto a = rows.begin();
  for (const Row& row : other.rows) {
    while (a != rows.end() && a->tuple < row.tuple) merged.push_back(*a++);
    merged.push_back(row);
    if (a == rows.end() || a->tuple != row.tuple) continue;
    merged.back().events += a->events;
    merged.back().errors += a++->errors;
  }
  merged.insert(merged.end(), a, rows.end());
  rows = std::move(merged);
}

std::string Counts::encode() const {
  std::string out;
  uint32_t previous = 0;
  for (const Row& row : rows) {
    if (row.events == 0 && row.errors == 0) continue;
    put(out, row.tuple - previous);
    put_signed(out, row.events);
    put_signed(out, row.errors);
    previous = row.tuple;
  }
  return out;
}

std::optional<Counts> Counts::decode(std::string_view bytes) {
  std::optional<Counts> counts(std::in_place);
  if (!counts->read(bytes)) return std::nullopt;
  return counts;
}

bool Counts::read(std::string_view bytes) {
  Reader in(bytes);
  rows.clear();
  uint32_t tuple = 0;
  while (in.more()) {
    tuple += static_cast<uint32_t>(in.number());
    const int64_t events = in.signed_number();
    rows.push_back({tuple, events, in.signed_number()});
  }
  return in.done();
}

void Sums::merge(const Sums& other) {
  for (const auto& [tuple, sum] : other.by_tuple) by_tuple[tuple] += sum;
}

std::string Sums::encode() const {
  std::string out;
  for (const auto& [tuple, sum] : by_tuple) put(out, tuple), put_wide(out, sum);
  return out;
}

std::optional<Sums> Sums::decode(std::string_view bytes) {
  Reader in(bytes);
  Sums sums;
  while (in.more()) {
    const auto tuple = static_cast<uint32_t>(in.number());
    sums.by_tuple[tuple] = in.wide();
  }
  return finished(in, std::move(sums));
}

void Flows::merge(const Flows& other) {
  for (const auto& [currency, row] : other.by_currency) {
    Row& mine = by_currency[currency];
    mine.sources += row.sources;
    mine.sinks += row.sinks;
  }
}

std::string Flows::encode() const {
  std::string out;
  for (const auto& [currency, row] : by_currency) {
    put_text(out, currency);
    put_wide(out, row.sources);
    put_wide(out, row.sinks);
  }
  return out;
}

std::optional<Flows> Flows::decode(std::string_view bytes) {
  Reader in(bytes);
  Flows flows;
  while (in.more()) {
    Row& row = flows.by_currency[std::string(in.text())];
    row.sources = in.wide();
    row.sinks = in.wide();
  }
  return finished(in, std::move(flows));
}

bool Players::merge(const Players& other) {
  const uint64_t before = set.cardinality();
  const uint64_t left = other.gone.isEmpty() ? 0 : set.and_cardinality(other.gone);
  if (left > 0) set -= other.gone;
  set |= other.set;
  return left > 0 || set.cardinality() != before;
}

std::string Players::encode() const {
  std::string out;
  const uint64_t size = set.cardinality();
  if (size == 0) return out;
  if (size <= kListMax) {
    out += kList;
    uint32_t previous = 0;
    for (uint32_t player : set) put(out, player - previous), previous = player;
    return out;
  }
  // Runs shrink dense sets; optimizing a copy keeps this const.
  Roaring copy = set;
  copy.runOptimize();
  out.resize(1 + copy.getSizeInBytes());
  out[0] = kRoaring;
  copy.write(out.data() + 1);
  return out;
}

std::optional<Roaring> decode_players(std::string_view bytes) {
  if (bytes.empty()) return Roaring();
  const char form = bytes.front();
  bytes.remove_prefix(1);
  if (form == kRoaring) {
    roaring_bitmap_t* raw = roaring_bitmap_portable_deserialize_safe(bytes.data(), bytes.size());
    if (raw == nullptr) return std::nullopt;
    return Roaring(raw);
  }
  if (form != kList) return std::nullopt;
  Reader in(bytes);
  Roaring set;
  uint32_t player = 0;
  while (in.more()) set.add(player += static_cast<uint32_t>(in.number()));
  return finished(in, std::move(set));
}

std::optional<Players> Players::decode(std::string_view bytes) {
  auto set = decode_players(bytes);
  if (!set) return std::nullopt;
  return Players{std::move(*set), {}};
}

void Sessions::merge(const Sessions& other) {
  for (const auto& [tuple, sketch] : other.by_tuple) {
    Sketch& mine = by_tuple[tuple];
    mine.merge(sketch);
    if (mine.empty()) by_tuple.erase(tuple);
  }
}

std::string Sessions::encode() const {
  std::string out, bytes;
  for (const auto& [tuple, sketch] : by_tuple) {
    bytes.clear();
    sketch.encode(bytes);
    put(out, tuple);
    put_text(out, bytes);
  }
  return out;
}

std::optional<Sessions> Sessions::decode(std::string_view bytes) {
  Reader in(bytes);
  Sessions sessions;
  while (in.more()) {
    const auto tuple = static_cast<uint32_t>(in.number());
    auto sketch = Sketch::decode(in.text());
    if (!sketch) return std::nullopt;
    sessions.by_tuple[tuple] = std::move(*sketch);
  }
  return finished(in, std::move(sessions));
}

void Running::merge(const Running& other) {
  for (const auto& [minute, sessions] : other.by_first_minute) {
    Sessions& mine = by_first_minute[minute];
    mine.merge(sessions);
    if (mine.by_tuple.empty()) by_first_minute.erase(minute);
  }
}

std::string Running::encode() const {
  std::string out;
  int64_t previous = 0;
  for (const auto& [minute, sessions] : by_first_minute) {
    put_signed(out, minute - previous);
    put_text(out, sessions.encode());
    previous = minute;
  }
  return out;
}

std::optional<Running> Running::decode(std::string_view bytes) {
  Reader in(bytes);
  Running running;
  int64_t minute = 0;
  while (in.more()) {
    minute += in.signed_number();
    auto sessions = Sessions::decode(in.text());
    if (!sessions) return std::nullopt;
    running.by_first_minute[minute] = std::move(*sessions);
  }
  return finished(in, std::move(running));
}

std::optional<Measured> Measured::decode(std::string_view bytes) {
  auto sketch = Sketch::decode(bytes);
  if (!sketch) return std::nullopt;
  return Measured{std::move(*sketch)};
}

}  // namespace gamekeeper::cells
