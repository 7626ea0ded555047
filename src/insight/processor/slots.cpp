#include "insight/processor/slots.h"

namespace gamekeeper::processor {

bool TrailSlot::load(std::string_view bytes) {
  auto read = cells::Trail::decode(bytes);
  if (read) value = std::move(*read);
  return read.has_value();
}

bool TrailSlot::merge(const Slot& change) {
  value.merge(static_cast<const TrailSlot&>(change).value);
  return true;
}

void TrailSlot::write(const ports::CellKey& at, std::vector<ports::Cell>& out) {
  auto& entries = value.entries;
  auto from = entries.begin();
  for (; entries.end() - from >= static_cast<ptrdiff_t>(kEntriesMax); from += kEntriesMax) {
    cells::Trail closed;
    closed.entries.assign(from, from + kEntriesMax);
    // The open end stands in bucket 0; orders begin at 1.
    out.push_back({{at.table, at.key, static_cast<int64_t>(from->order)}, closed.encode()});
  }
  entries.erase(entries.begin(), from);
  out.push_back({at, value.encode()});
}

}  // namespace gamekeeper::processor
