#include "adapters/postgres/write_group.h"

#include <algorithm>

namespace gamekeeper::adapters::postgres {

using ports::IndexEntry;
using ports::Put;
using ports::WriteSet;

namespace {

std::unexpected<Error> conflict(const char* code, const char* message, const Put& put, const std::string& limit) {
  return fail(ErrorKind::kConflict, code, message, put.collection, limit);
}

/// Whether `entries` has it; as unique or not unless `exactly`.
template <class Entries, class Entry>
bool has(const Entries& entries, const Entry& wanted, bool exactly) {
  return std::ranges::any_of(entries, [&](const auto& e) {
    return e.index == wanted.index && e.key == wanted.key && (!exactly || e.single == wanted.single);
  });
}

}  // namespace

WriteGroup::WriteGroup(std::span<const WriteSet* const> sets) : sets_(sets) {
  for (const WriteSet* set : sets_) {
    for (const Put& put : set->puts) {
      const DocumentName name{put.collection, put.id};
      if (documents_.try_emplace(name, names_.size()).second) names_.push_back(name);
      for (const IndexEntry& entry : put.entries) {
        const Key key{put.collection, entry.index, entry.key};
        if (entry.unique && wanted_.try_emplace(key, keys_.size()).second) keys_.push_back(key);
      }
    }
  }
  stored_.resize(names_.size());
  holders_.resize(keys_.size());
}

void WriteGroup::has_version(size_t document, uint64_t version) { stored_[document].version = version; }

void WriteGroup::has_entry(size_t document, std::string_view index, std::string_view key, bool single) {
  stored_[document].entries.push_back({index, key, single});
}

void WriteGroup::is_held_by(size_t key, std::string_view id) { holders_[key].push_back(id); }

std::vector<CommitOutcome> WriteGroup::apply() {
  now_ = stored_;
  std::vector<CommitOutcome> out;
  for (const WriteSet* set : sets_) out.push_back(apply(*set));
  return out;
}

CommitOutcome WriteGroup::apply(const WriteSet& set) {
  std::vector<Before> before;  // what to go back to when one of its puts is refused
  std::vector<uint64_t> versions;
  for (const Put& each : set.puts) {
    auto version = put(each, before);
    if (!version) {
      for (; !before.empty(); before.pop_back()) change(before.back().document, std::move(before.back().state));
      return std::unexpected(version.error());
    }
    versions.push_back(*version);
  }
  for (const ports::Fact& fact : set.facts) facts_.push_back(&fact);
  return versions;
}

Result<uint64_t> WriteGroup::put(const Put& p, std::vector<Before>& before) {
  const size_t document = documents_.at({p.collection, p.id});
  const uint64_t version = now_[document].version;
  if (p.expected && *p.expected != version) {
    return *p.expected == 0 ? conflict("exists", "The document is there already.", p, p.id)
                            : conflict("version", "The document has changed meanwhile.", p, p.id);
  }
  State next;
  if (!p.remove) {
    next.version = version + 1;
    next.body = &p.body;
    for (const IndexEntry& entry : p.entries) {
      if (entry.unique && is_taken(p, entry))
        return conflict("unique", "Another document has this key.", p, entry.index);
      const Entry made{entry.index, entry.key, entry.unique};
      if (!has(next.entries, made, false)) next.entries.push_back(made);
    }
  }
  before.push_back({document, now_[document]});
  change(document, std::move(next));
  return p.remove ? version : version + 1;
}

bool WriteGroup::is_taken(const Put& put, const IndexEntry& entry) const {
  const auto& ids = holders_[wanted_.at({put.collection, entry.index, entry.key})];
  return std::ranges::any_of(ids, [&](std::string_view id) { return id != put.id; });
}

void WriteGroup::change(size_t document, State state) {
  hold(document, false);
  now_[document] = std::move(state);
  hold(document, true);
}

/// Enters the document as a holder of those of its keys that somebody wants alone, or strikes it off.
void WriteGroup::hold(size_t document, bool holds) {
  const DocumentName& name = names_[document];
  for (const Entry& entry : now_[document].entries) {
    auto key = wanted_.find({name.collection, entry.index, entry.key});
    if (key == wanted_.end()) continue;
    auto& ids = holders_[key->second];
    std::erase(ids, name.id);
    if (holds) ids.push_back(name.id);
  }
}

WriteGroup::Changes WriteGroup::changes() const {
  Changes out;
  const auto add = [](Changes::Entries& to, const DocumentName& name, const Entry& entry) {
    to.collections.push_back(name.collection);
    to.indexes.push_back(entry.index);
    to.keys.push_back(entry.key);
    to.ids.push_back(name.id);
    to.single.push_back(entry.single);
  };
  for (size_t i = 0; i < names_.size(); ++i) {
    const State &was = stored_[i], &is = now_[i];
    if (is.version == 0 && was.version != 0) {
      out.removed.collections.push_back(names_[i].collection);
      out.removed.ids.push_back(names_[i].id);
    } else if (is.body) {
      out.written.collections.push_back(names_[i].collection);
      out.written.ids.push_back(names_[i].id);
      out.written.versions.push_back(static_cast<int64_t>(is.version));
      out.written.bodies.push_back(*is.body);
    }
    for (const Entry& entry : was.entries) {
      if (!has(is.entries, entry, false)) add(out.dropped, names_[i], entry);
    }
    for (const Entry& entry : is.entries) {
      if (!has(was.entries, entry, true)) add(out.added, names_[i], entry);
    }
  }
  for (const ports::Fact* fact : facts_) {
    out.facts.keys.push_back(fact->partition_key);
    out.facts.bodies.push_back(fact->body);
  }
  return out;
}

}  // namespace gamekeeper::adapters::postgres
