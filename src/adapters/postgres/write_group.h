#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ports/document_store.h"

namespace gamekeeper::adapters::postgres {

using CommitOutcome = Result<std::vector<uint64_t>>;

/// Decides what becomes of write sets that are committed together, one after another, each all or nothing, and what that
/// changes in the tables. Pure: who uses it looks up documents() and keys(), tells what is there, and writes changes().
/// The sets must outlive it; views that it is given must, too.
class WriteGroup {
 public:
  struct DocumentName {
    std::string_view collection, id;
    bool operator==(const DocumentName&) const = default;
  };
  struct Key {
    std::string_view collection, index, key;
    bool operator==(const Key&) const = default;
  };
  struct Changes {
    struct Documents {
      std::vector<std::string_view> collections, ids, bodies;
      std::vector<int64_t> versions;
    } written;
    struct Removed {
      std::vector<std::string_view> collections, ids;
    } removed;
    struct Entries {
      std::vector<std::string_view> collections, indexes, keys, ids;
      std::vector<bool> single;
    } added, dropped;
    struct Facts {
      std::vector<std::string_view> keys, bodies;
    } facts;
    bool empty() const {
      return written.ids.empty() && removed.ids.empty() && facts.keys.empty();  // entries change with documents alone
    }
  };

  explicit WriteGroup(std::span<const ports::WriteSet* const> sets);

  /// What the group touches, each once.
  const std::vector<DocumentName>& documents() const { return names_; }
  /// Keys that some document wants for itself alone, each once.
  const std::vector<Key>& keys() const { return keys_; }

  // What is stored now; by the numbers of the two lists.
  void has_version(size_t document, uint64_t version);
  void has_entry(size_t document, std::string_view index, std::string_view key, bool single);
  void is_held_by(size_t key, std::string_view id);

  /// Once, when all has been told: the outcome of each set.
  std::vector<CommitOutcome> apply();
  Changes changes() const;

 private:
  struct Entry {
    std::string_view index, key;
    bool single = false;
  };
  struct State {
    uint64_t version = 0;  // 0: there is none
    const std::string* body = nullptr;  // null: as it is stored
    std::vector<Entry> entries;
  };
  struct Before {
    size_t document;
    State state;
  };
  struct Hash {
    size_t operator()(const DocumentName& n) const { return mix(hash(n.collection), hash(n.id)); }
    size_t operator()(const Key& k) const { return mix(mix(hash(k.collection), hash(k.index)), hash(k.key)); }
    static size_t hash(std::string_view text) { return std::hash<std::string_view>()(text); }
    static size_t mix(size_t a, size_t b) { return (a ^ (b + 0x9e3779b97f4a7c15u + (a << 6) + (a >> 2))); }
  };

  CommitOutcome apply(const ports::WriteSet& set);
  Result<uint64_t> put(const ports::Put& put, std::vector<Before>& before);
  bool is_taken(const ports::Put& put, const ports::IndexEntry& entry) const;
  void change(size_t document, State state);
  void hold(size_t document, bool holds);

  std::span<const ports::WriteSet* const> sets_;
  std::vector<DocumentName> names_;
  std::vector<Key> keys_;
  std::unordered_map<DocumentName, size_t, Hash> documents_;
  std::unordered_map<Key, size_t, Hash> wanted_;
  std::vector<State> stored_, now_;
  std::vector<std::vector<std::string_view>> holders_;  // ids, by the number of the key
  std::vector<const ports::Fact*> facts_;
};

}  // namespace gamekeeper::adapters::postgres
