// Codecs of what concerns moments: concurrency, matches, trails, gaps, and who is here now.
#include <algorithm>

#include "insight/processor/values.h"
#include "insight/processor/wire.h"

namespace gamekeeper::cells {

using wire::put;
using wire::put_signed;
using wire::Reader;

namespace {

template <class T>
std::optional<T> complete(const Reader& in, T value) {
  if (!in.done()) return std::nullopt;
  return value;
}

}  // namespace

void ConcurrentHour::merge(const ConcurrentHour& other) {
  whole += other.whole;
  for (size_t i = 0; i < minutes.size(); ++i) minutes[i] += other.minutes[i];
}

std::string ConcurrentHour::encode() const {
  std::string out;
  if (whole == 0 && minutes == decltype(minutes){}) return out;
  put_signed(out, whole);
  for (int64_t n : minutes) put_signed(out, n);
  return out;
}

std::optional<ConcurrentHour> ConcurrentHour::decode(std::string_view bytes) {
  Reader in(bytes);
  ConcurrentHour hour;
  hour.whole = in.signed_number();
  for (int64_t& n : hour.minutes) n = in.signed_number();
  return complete(in, hour);
}

void ConcurrentBlock::merge(const ConcurrentBlock& other) {
  whole += other.whole;
  for (const auto& [day, n] : other.days) days[day] += n;
  std::erase_if(days, [](const auto& entry) { return entry.second == 0; });
}

std::string ConcurrentBlock::encode() const {
  std::string out;
  if (whole == 0 && days.empty()) return out;
  put_signed(out, whole);
  for (const auto& [day, n] : days) put(out, day), put_signed(out, n);
  return out;
}

std::optional<ConcurrentBlock> ConcurrentBlock::decode(std::string_view bytes) {
  Reader in(bytes);
  ConcurrentBlock block;
  block.whole = in.signed_number();
  while (in.more()) {
    const auto day = static_cast<uint16_t>(in.number());
    block.days[day] = in.signed_number();
  }
  return complete(in, std::move(block));
}

void Matches::merge(const Matches& other) {
  for (const auto& [hash, minute] : other.minute_by_hash) minute_by_hash.emplace(hash, minute);
}

std::string Matches::encode() const {
  std::string out;
  for (const auto& [hash, minute] : minute_by_hash) {
    out.append(reinterpret_cast<const char*>(&hash), sizeof hash);
    out += static_cast<char>(minute);
  }
  return out;
}

std::optional<Matches> Matches::decode(std::string_view bytes) {
  Reader in(bytes);
  Matches matches;
  while (in.more()) {
    std::string_view entry = in.bytes(sizeof(uint64_t) + 1);
    if (!in.ok() || static_cast<uint8_t>(entry.back()) >= 60) return std::nullopt;
    uint64_t hash = 0;
    std::memcpy(&hash, entry.data(), sizeof hash);
    matches.minute_by_hash.emplace(hash, static_cast<uint8_t>(entry.back()));
  }
  return complete(in, std::move(matches));
}

std::string Trail::encode() const {
  std::string out;
  TrailEntry previous;
  for (const TrailEntry& e : entries) {
    put(out, e.player);
    put_signed(out, e.time - previous.time);
    put(out, e.order - previous.order);
    previous = e;
  }
  return out;
}

std::optional<Trail> Trail::decode(std::string_view bytes) {
  Reader in(bytes);
  Trail trail;
  TrailEntry e;
  while (in.more()) {
    e.player = static_cast<uint32_t>(in.number());
    e.time += in.signed_number();
    e.order += in.number();
    trail.entries.push_back(e);
  }
  return complete(in, std::move(trail));
}

std::string Gaps::encode() const {
  std::string out;
  uint64_t previous = 0;
  for (const auto& [first, last] : missing) {
    put(out, first - previous);
    put(out, last - first);
    previous = last;
  }
  return out;
}

std::optional<Gaps> Gaps::decode(std::string_view bytes) {
  Reader in(bytes);
  Gaps gaps;
  uint64_t previous = 0;
  while (in.more()) {
    const uint64_t first = previous + in.number();
    previous = first + in.number();
    gaps.missing.emplace_back(first, previous);
  }
  return complete(in, std::move(gaps));
}

void Seen::merge(const Seen& other) {
  if (other.minute < minute) return;
  if (other.minute > minute) by_player.clear();
  minute = other.minute;
  for (const auto& [player, at] : other.by_player) {
    At& mine = by_player[player];
    mine.event = std::max(mine.event, at.event);
    mine.end = std::max(mine.end, at.end);
  }
}

std::string Seen::encode() const {
  std::string out;
  if (by_player.empty()) return out;
  put_signed(out, minute);
  uint32_t previous = 0;
  for (const auto& [player, at] : by_player) {
    put(out, player - previous);
    put(out, static_cast<uint64_t>(at.event + 1));
    put(out, static_cast<uint64_t>(at.end + 1));
    previous = player;
  }
  return out;
}

std::optional<Seen> Seen::decode(std::string_view bytes) {
  Reader in(bytes);
  Seen seen;
  seen.minute = in.signed_number();
  uint32_t player = 0;
  while (in.more()) {
    player += static_cast<uint32_t>(in.number());
    At at;
    at.event = static_cast<int32_t>(in.number()) - 1;
    at.end = static_cast<int32_t>(in.number()) - 1;
    seen.by_player[player] = at;
  }
  return complete(in, std::move(seen));
}

void Received::merge(const Received& other) {
  if (other.second < second) return;
  if (other.second > second) events = 0;
  second = other.second;
  events += other.events;
}

std::string Received::encode() const {
  std::string out;
  if (events == 0) return out;
  put_signed(out, second);
  put(out, static_cast<uint64_t>(events));
  return out;
}

std::optional<Received> Received::decode(std::string_view bytes) {
  Reader in(bytes);
  Received received;
  received.second = in.signed_number();
  received.events = static_cast<int64_t>(in.number());
  return complete(in, received);
}

}  // namespace gamekeeper::cells
