#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "ports/document_store.h"

namespace gamekeeper::simulation {

/// A DocumentStore in memory; it passes the same contract suite as the others. Thread-safe.
class MemoryDocuments final : public ports::DocumentStore {
 public:
  Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override;
  Task<Result<std::optional<ports::Document>>> get(std::string collection, std::string id, ports::Freshness) override;
  Task<Result<ports::DocumentPage>> query(ports::Query query) override;
  Task<Result<uint64_t>> count(std::string collection, std::string index, std::string from, std::string to) override;
  Task<Result<std::vector<ports::OutboxEntry>>> outbox(uint32_t limit) override;
  Task<Result<void>> outbox_done(uint64_t up_to_sequence) override;
  Task<Result<uint64_t>> version() override;

 private:
  using Where = std::pair<std::string, std::string>;                                  // collection, id
  using Entry = std::tuple<std::string, std::string, std::string, std::string>;       // collection, index, key, id
  struct Kept {
    ports::Document document;
    std::vector<ports::IndexEntry> entries;
  };

  /// `before`: what stands before it in its set, and gives its keys up.
  Result<void> check(const ports::Put& put, std::span<const ports::Put> before) const;
  uint64_t apply(ports::Put put);
  /// Entries of the range, in order.
  std::vector<Entry> range(const std::string& collection, const std::string& index, const std::string& from,
                           const std::string& to) const;

  std::mutex mutex_;
  std::map<Where, Kept> documents_;
  std::map<Entry, bool> entries_;  // unique?
  std::vector<ports::OutboxEntry> outbox_;
  uint64_t facts_ = 0, commits_ = 0;
};

}  // namespace gamekeeper::simulation
