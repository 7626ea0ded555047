#include "adapters/embedded/page_cache.h"

#include <algorithm>

#include "adapters/embedded/document_format.h"

namespace gamekeeper::adapters {

using ports::DocumentPage;
using ports::Query;

namespace {

std::string_view beginning_of(const Query& q) {
  const auto [from, to] = std::ranges::mismatch(q.from, q.to);
  return {q.from.data(), static_cast<size_t>(from - q.from.begin())};
}

bool is_same(const Query& a, const Query& b) {
  return a.from == b.from && a.to == b.to && a.direction == b.direction && a.limit == b.limit && a.cursor == b.cursor;
}

size_t bytes_of(const Query& q, const DocumentPage& page) {
  size_t bytes = sizeof q + q.from.size() + q.to.size() + q.cursor.size() + page.next_cursor.size();
  for (const ports::Document& d : page.items) bytes += sizeof d + d.id.size() + d.body.size();
  return bytes;
}

}  // namespace

PageCache::PageCache(const CommitWatch& watch, size_t bytes_max) : watch_(watch) {
  for (Part& part : parts_) part.groups = Groups(bytes_max / kParts);
}

PageCache::Page PageCache::find(const Query& query, const Moment& now) {
  const Groups::Name name{query.collection, query.index, beginning_of(query)};
  Part& part = part_of(name);
  const std::lock_guard lock(part.mutex);
  if (!watch_.bring(part.at, part.groups, now)) return nullptr;
  const auto* group = part.groups.find(name);
  if (!group) return nullptr;
  const auto known = std::ranges::find_if(*group, [&query](const Known& k) { return is_same(k.query, query); });
  return known == group->end() ? nullptr : known->page;
}

void PageCache::keep(const Query& query, const DocumentPage& page, const Moment& moment) {
  const size_t bytes = bytes_of(query, page);
  if (bytes > kPageMax) return;
  const Groups::Name name{query.collection, query.index, beginning_of(query)};
  Known known{.query = query, .page = std::make_shared<const DocumentPage>(page)};
  Part& part = part_of(name);
  const std::lock_guard lock(part.mutex);
  if (!watch_.bring(part.at, part.groups, moment) || !note_length(query, name.texts[2].size())) return;
  std::vector<Known> group;
  size_t all = bytes;
  if (auto* others = part.groups.find(name)) {
    group = std::move(*others);
    std::erase_if(group, [&query](const Known& k) { return is_same(k.query, query); });
    if (group.size() >= kPagesAGroup) group.erase(group.begin());
    for (const Known& k : group) all += bytes_of(k.query, *k.page);
  }
  group.push_back(std::move(known));
  part.groups.put(name, std::move(group), all);
}

/// Stays true: as long as it is noted, writers look for such pages.
bool PageCache::note_length(const Query& query, size_t length) {
  const std::lock_guard lock(lengths_mutex_);
  auto& lengths = lengths_[Texts<2>({query.collection, query.index})];
  if (lengths.size() >= kLengthsMax && !lengths.contains(length)) return false;
  lengths.insert(length);
  return true;
}

/// All parts at once: a page that is kept meanwhile may have a length of which nothing was known before.
void PageCache::follow(const CommitWatch::Step& step, std::span<const Touched> touched) {
  std::array<std::unique_lock<std::mutex>, kParts> locks;
  bool is_near = false;
  for (size_t i = 0; i < kParts; ++i) {
    locks[i] = std::unique_lock(parts_[i].mutex);
    Part& part = parts_[i];
    if (step.before && part.at == step.before)
      is_near = true;
    else if (part.at != step.after)
      part.groups.clear();
    part.at = step.after;
  }
  if (!is_near) return;
  const std::lock_guard lock(lengths_mutex_);
  for (const Touched& t : touched) {
    forget(t.put->collection, {}, t.put->id);
    for (const Pair& entry : unpack(t.before)) forget(t.put->collection, entry.first, entry.second);
    for (const Pair& entry : unpack(t.after)) forget(t.put->collection, entry.first, entry.second);
  }
}

void PageCache::forget(std::string_view collection, std::string_view index, std::string_view key) {
  const auto known = lengths_.find(TextsView<2>{collection, index});
  if (known == lengths_.end()) return;
  for (const size_t length : known->second) {
    if (length > key.size()) break;
    const Groups::Name name{collection, index, key.substr(0, length)};
    part_of(name).groups.drop(name);
  }
}

}  // namespace gamekeeper::adapters
