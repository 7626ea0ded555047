#include "insight/processor/app_state.h"

#include <algorithm>

namespace gamekeeper::processor {

Sketch& NameState::Measured::at(int64_t minute) {
  if (memo == nullptr || minute != memo_minute) {
    memo_minute = minute;
    memo = &by_minute[minute];
  }
  return *memo;
}

cells::Trail& NameState::trail_of(UnixMillis time) {
  const DayNumber day = cells::utc_day(time);
  if (memo_trail == nullptr || day != memo_day) {
    memo_day = day;
    memo_trail = &trail[day];
  }
  return *memo_trail;
}

NameState::Measured& NameState::measure(std::string_view property) {
  for (auto& m : measures) {
    if (m->property == property) return *m;
  }
  measures.push_back(std::make_unique<Measured>());
  measures.back()->property = property;
  return *measures.back();
}

void NameState::clear() {
  events = 0;
  trail.clear();
  memo_trail = nullptr;
  for (auto& m : measures) m->by_minute.clear(), m->memo = nullptr;
}

void AppState::key_of_dimensions(std::string_view platform, std::string_view country, std::string_view version) {
  scratch_.clear();
  for (std::string_view text : {platform, country, version}) {
    const auto length = static_cast<uint16_t>(text.size());
    scratch_.append(reinterpret_cast<const char*>(&length), sizeof length);
    scratch_ += text;
  }
}

uint32_t AppState::append(cells::Tuple tuple, uint32_t dimensions) {
  const uint32_t number = tuples();
  tuples_.push_back({std::move(tuple), dimensions == kNone ? number : dimensions});
  return number;
}

uint32_t AppState::dimensions(std::string_view platform, std::string_view country, std::string_view version) {
  key_of_dimensions(platform, country, version);
  auto at = by_dimensions_.find(std::string_view(scratch_));
  if (at != by_dimensions_.end()) return at->second;
  if (tuples() >= cells::kTuplesMax && platform != cells::kOther) {
    return dimensions(cells::kOther, cells::kOther, cells::kOther);
  }
  const uint32_t number = append({"", std::string(platform), std::string(country), std::string(version)}, kNone);
  return by_dimensions_[scratch_] = number;
}

uint32_t AppState::tuple(NameState& name, uint32_t dims) {
  const uint64_t key = uint64_t{name.index} << 32 | dims;
  auto at = by_name_.find(key);
  if (at != by_name_.end()) return at->second;
  cells::Tuple tuple = this->at(dims);
  if (tuples() >= cells::kTuplesMax && tuple.platform != cells::kOther) {
    return this->tuple(name, dimensions(cells::kOther, cells::kOther, cells::kOther));
  }
  tuple.name = name.name;
  return by_name_[key] = append(std::move(tuple), dims);
}

NameState& AppState::name_state(std::string_view name) {
  if (memo_name_ != nullptr && memo_name_->name == name) return *memo_name_;
  auto at = names_.find(name);
  if (at == names_.end()) {
    if (names_.size() >= cells::kTuplesMax && name != cells::kOther) return name_state(cells::kOther);
    names.emplace_back(std::string(name), static_cast<uint32_t>(names.size()));
    at = names_.emplace(std::string(name), &names.back()).first;
  }
  return *(memo_name_ = at->second);
}

void AppState::restore(cells::Tuple tuple) {
  key_of_dimensions(tuple.platform, tuple.country, tuple.version);
  if (tuple.name.empty()) {
    by_dimensions_[scratch_] = tuples();
    append(std::move(tuple), kNone);
  } else {
    auto at = by_dimensions_.find(std::string_view(scratch_));
    GK_CHECK(at != by_dimensions_.end(), "the dimensions of a tuple get their number first");
    NameState& name = name_state(tuple.name);
    by_name_[uint64_t{name.index} << 32 | at->second] = tuples();
    append(std::move(tuple), at->second);
  }
  tuples_stored = tuples();
}

cells::Ledger& AppState::ledger(std::string_view key) {
  if (memo_ledger_ != nullptr && memo_key_ == key) return *memo_ledger_;
  auto at = ledgers.find(key);
  if (at == ledgers.end()) at = ledgers.emplace(std::string(key), cells::Ledger{}).first;
  memo_key_ = at->first;
  return *(memo_ledger_ = &at->second);
}

void AppState::pay(std::string_view currency, uint32_t tuple, int64_t minute, int64_t micros, uint32_t player) {
  auto known = std::find(info.currencies.begin(), info.currencies.end(), currency);
  if (known == info.currencies.end()) {
    known = info.currencies.emplace(info.currencies.end(), currency);
  }
  Paid& sum = paid[{static_cast<uint32_t>(known - info.currencies.begin()), tuple, minute}];
  sum.micros += micros;
  if (micros > 0) sum.payers.add(player);
}

void AppState::move_money(std::string_view currency, int64_t minute, int64_t micros, bool sink) {
  auto& row = flows[{std::string(currency), minute}];
  (sink ? row.sinks : row.sources) += micros;
}

void AppState::receive(UnixMillis received_at) {
  const int64_t second = cells::floor_div(received_at, 1000);
  if (memo_received_ == nullptr || second != memo_second_) {
    memo_second_ = second;
    memo_received_ = &received[second];
  }
  ++*memo_received_;
}

void AppState::clear() {
  counts_.clear();
  for (NameState& name : names) name.clear();
  ledgers.clear();
  memo_ledger_ = nullptr;
  paid.clear();
  flows.clear();
  seen.clear();
  received.clear();
  memo_received_ = nullptr;
  matches.clear();
  open_sessions.clear();
  tuples_stored = tuples();
  touched = false;
}

}  // namespace gamekeeper::processor
