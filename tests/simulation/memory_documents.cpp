#include "memory_documents.h"

#include <fmt/format.h>

#include <algorithm>

namespace gamekeeper::simulation {
namespace {

constexpr char kCursorMark = '-';  // before all digits, so that cursors are ordered as what they stand for

/// The last entry of a page, as hexadecimal digits: keys are bytes, cursors are URL-safe.
std::string cursor_of(const std::string& key, const std::string& id) {
  std::string out(1, kCursorMark);
  for (const std::string* text : {&key, &id}) {
    for (const char c : *text) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    out += kCursorMark;
  }
  return out;
}

}  // namespace

Result<void> MemoryDocuments::check(const ports::Put& put, std::span<const ports::Put> before) const {
  const auto gives_way = [&](const std::string& id) {
    return std::ranges::any_of(before,
                               [&](const ports::Put& p) { return p.collection == put.collection && p.id == id; });
  };
  const auto at = documents_.find({put.collection, put.id});
  const uint64_t now = at == documents_.end() ? 0 : at->second.document.version;
  if (put.expected && *put.expected != now) {
    return fail(ErrorKind::kConflict, *put.expected == 0 ? "exists" : "version", "Another write came first.",
                put.collection, put.id);
  }
  const auto taken = [&](const std::string& index) {
    return fail(ErrorKind::kConflict, "unique", "The key is taken.", put.collection, index);
  };
  for (auto other = before.rbegin(); other != before.rend(); ++other) {
    const bool is_last = std::none_of(before.rbegin(), other, [&](const ports::Put& p) {
      return p.collection == other->collection && p.id == other->id;
    });
    if (other->collection != put.collection || other->id == put.id || other->remove || !is_last) continue;
    for (const ports::IndexEntry& e : put.entries) {
      if (e.unique &&
          std::ranges::any_of(other->entries, [&](const auto& o) { return o.index == e.index && o.key == e.key; }))
        return taken(e.index);
    }
  }
  for (const ports::IndexEntry& e : put.entries) {
    for (auto other = entries_.lower_bound({put.collection, e.index, e.key, ""}); other != entries_.end(); ++other) {
      const auto& [collection, index, key, id] = other->first;
      if (collection != put.collection || index != e.index || key != e.key) break;
      if (e.unique && id != put.id && !gives_way(id)) return taken(e.index);
    }
  }
  return {};
}

uint64_t MemoryDocuments::apply(ports::Put put) {
  const Where where{put.collection, put.id};
  Kept& kept = documents_[where];
  for (const auto& e : kept.entries) entries_.erase({put.collection, e.index, e.key, put.id});
  const uint64_t version = kept.document.version + 1;
  if (put.remove) {
    documents_.erase(where);
    return version - 1;  // a removal has no version of its own
  }
  for (const auto& e : put.entries) entries_[{put.collection, e.index, e.key, put.id}] = e.unique;
  kept = {{put.id, std::move(put.body), version}, std::move(put.entries)};
  return version;
}

Task<Result<std::vector<uint64_t>>> MemoryDocuments::commit(ports::WriteSet set) {
  std::lock_guard lock(mutex_);
  for (size_t i = 0; i < set.puts.size(); ++i) {
    if (auto ok = check(set.puts[i], std::span(set.puts).first(i)); !ok) co_return std::unexpected(ok.error());
  }
  std::vector<uint64_t> versions;
  for (ports::Put& put : set.puts) versions.push_back(apply(std::move(put)));
  for (ports::Fact& fact : set.facts) outbox_.push_back({++facts_, std::move(fact)});
  ++commits_;
  co_return versions;
}

Task<Result<std::optional<ports::Document>>> MemoryDocuments::get(std::string collection, std::string id,
                                                                  ports::Freshness) {
  std::lock_guard lock(mutex_);
  const auto at = documents_.find({collection, id});
  co_return at == documents_.end() ? std::nullopt : std::optional(at->second.document);
}

std::vector<MemoryDocuments::Entry> MemoryDocuments::range(const std::string& collection, const std::string& index,
                                                           const std::string& from, const std::string& to) const {
  std::vector<Entry> found;
  if (index.empty()) {
    for (auto at = documents_.lower_bound({collection, from}); at != documents_.end(); ++at) {
      const auto& [c, id] = at->first;
      if (c != collection || (!to.empty() && id >= to)) break;
      found.push_back({c, "", id, id});
    }
    return found;
  }
  for (auto at = entries_.lower_bound({collection, index, from, ""}); at != entries_.end(); ++at) {
    const auto& [c, i, key, id] = at->first;
    if (c != collection || i != index || (!to.empty() && key >= to)) break;
    found.push_back(at->first);
  }
  return found;
}

Task<Result<ports::DocumentPage>> MemoryDocuments::query(ports::Query query) {
  std::lock_guard lock(mutex_);
  if (!query.cursor.empty() && query.cursor.front() != kCursorMark) {
    co_return fail(ErrorKind::kInvalid, "bad_cursor", "The cursor is not one of ours.", "cursor");
  }
  auto found = range(query.collection, query.index, query.from, query.to);
  const bool down = query.direction == ports::Direction::kDescending;
  if (down) std::reverse(found.begin(), found.end());
  ports::DocumentPage page;
  for (const auto& [collection, index, key, id] : found) {
    const std::string here = cursor_of(key, id);
    if (!query.cursor.empty() && (down ? here >= query.cursor : here <= query.cursor)) continue;
    if (page.items.size() == query.limit) {
      page.next_cursor = cursor_of(page.next_cursor, page.items.back().id);
      co_return page;
    }
    page.items.push_back(documents_.at({collection, id}).document);
    page.next_cursor = key;  // until it is known whether there is more
  }
  page.next_cursor.clear();
  co_return page;
}

Task<Result<uint64_t>> MemoryDocuments::count(std::string collection, std::string index, std::string from,
                                              std::string to) {
  std::lock_guard lock(mutex_);
  co_return range(collection, index, from, to).size();
}

Task<Result<std::vector<ports::OutboxEntry>>> MemoryDocuments::outbox(uint32_t limit) {
  std::lock_guard lock(mutex_);
  const size_t n = std::min<size_t>(limit, outbox_.size());
  co_return std::vector<ports::OutboxEntry>(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(n));
}

Task<Result<void>> MemoryDocuments::outbox_done(uint64_t up_to_sequence) {
  std::lock_guard lock(mutex_);
  std::erase_if(outbox_, [&](const ports::OutboxEntry& e) { return e.sequence <= up_to_sequence; });
  co_return Result<void>();
}

Task<Result<uint64_t>> MemoryDocuments::version() {
  std::lock_guard lock(mutex_);
  co_return commits_;
}

}  // namespace gamekeeper::simulation
