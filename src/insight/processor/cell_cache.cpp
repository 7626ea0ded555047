#include "insight/processor/cell_cache.h"

namespace gamekeeper::processor {
namespace {
// What an entry takes beside its value: key, node, object.
constexpr size_t kOverheadBytes = 200;
// A decoded value takes more than its encoding.
constexpr size_t kDecodedFactor = 3;
}  // namespace

Task<Result<void>> CellCache::apply(Changes& changes, std::vector<ports::Cell>& out) {
  std::vector<std::pair<const ports::CellKey*, std::unique_ptr<Slot>*>> missing;
  std::vector<ports::CellKey> keys;
  for (auto& [key, change] : changes.all()) {
    if (entries_.contains(key)) continue;
    missing.emplace_back(&key, &change);
    keys.push_back(key);
  }
  std::vector<std::optional<std::string>> values;
  if (!keys.empty()) {
    auto got = co_await store_.get(partition_, keys);
    if (!got) co_return std::unexpected(got.error());
    values = std::move(*got);
  }
  // Where nothing is stored, the change is the value. Else the stored value is read into a fresh slot of its type.
  for (size_t i = 0; i < missing.size(); ++i) {
    auto& [key, change] = missing[i];
    Entry& entry = entries_[*key];
    entry.slot = (*change)->fresh();
    if (values[i] && !entry.slot->load(*values[i])) {
      co_return fail(ErrorKind::kCorrupt, "corrupt_cell", "A stored cell cannot be read.");
    }
  }
  for (auto& [key, change] : changes.all()) {
    Entry& entry = entries_[key];
    entry.used = commit_;
    if (!entry.slot->merge(*change)) continue;
    const size_t before = out.size();
    entry.slot->write(key, out);
    bytes_ -= entry.bytes;
    entry.bytes = kOverheadBytes + key.key.size();
    if (out.size() > before) entry.bytes += kDecodedFactor * out.back().value.size();
    bytes_ += entry.bytes;
  }
  changes.clear();
  co_return Result<void>();
}

void CellCache::committed() {
  // A minute that is over is hardly ever changed again; what comes late is read once more.
  if (commit_ % kIdleCommits == 0) forget(kIdleCommits);
  // Younger and younger cells go until the rest fits: those of the last commit stay unless they alone are too much.
  for (uint64_t age = 32; bytes_ > bytes_max_; age /= 2) {
    forget(age);
    if (age == 0) break;
  }
  ++commit_;
}

void CellCache::forget(uint64_t age) {
  boost::unordered::erase_if(entries_, [&](const auto& item) {
    if (item.second.used + age > commit_) return false;
    bytes_ -= item.second.bytes;
    return true;
  });
}

}  // namespace gamekeeper::processor
