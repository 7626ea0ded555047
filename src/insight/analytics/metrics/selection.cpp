#include "insight/analytics/metrics/selection.h"

namespace gamekeeper::analytics {
namespace {

void append(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

}  // namespace

std::string Selection::text() const {
  std::string out;
  if (event) append(out += 'e', *event);
  for (const FilterSpec& filter : filters) {
    out += 'f';
    out += static_cast<char>('0' + static_cast<int>(filter.dimension));
    for (const std::string& value : filter.in) append(out, value);
  }
  if (group_by) (out += 'g') += static_cast<char>('0' + static_cast<int>(*group_by));
  return out;
}

std::string_view value_of(const TupleView& tuple, Dimension dimension) {
  switch (dimension) {
    case Dimension::kEvent:
      return tuple.name;
    case Dimension::kPlatform:
      return tuple.platform;
    case Dimension::kCountry:
      return tuple.country;
    case Dimension::kVersion:
      return tuple.version;
  }
  return {};
}

TupleGroups::TupleGroups(Selection selection) : selection_(std::move(selection)) {
  if (!selection_.group_by) {
    keys_.emplace_back();
    by_key_.emplace("", 0);
  }
}

int32_t TupleGroups::group_of(const TupleView& tuple) {
  if (selection_.event && tuple.name != *selection_.event) return kNone;
  for (const FilterSpec& filter : selection_.filters) {
    const std::string_view value = value_of(tuple, filter.dimension);
    if (std::find(filter.in.begin(), filter.in.end(), value) == filter.in.end()) return kNone;
  }
  if (!selection_.group_by) return 0;
  const std::string_view key = value_of(tuple, *selection_.group_by);
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) return found->second;
  const auto group = static_cast<int32_t>(keys_.size());
  keys_.emplace_back(key);
  by_key_.emplace(key, group);
  return group;
}

}  // namespace gamekeeper::analytics
