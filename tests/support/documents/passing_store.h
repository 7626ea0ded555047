#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ports/document_store.h"

namespace gamekeeper::test {

/// Hands everything on to another store: what tests that break one call derive from.
class PassingStore : public ports::DocumentStore {
 public:
  explicit PassingStore(ports::DocumentStore& store) : store_(store) {}

  Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override { return store_.commit(std::move(set)); }
  Task<Result<std::optional<ports::Document>>> get(std::string collection, std::string id,
                                                   ports::Freshness freshness) override {
    return store_.get(std::move(collection), std::move(id), freshness);
  }
  Task<Result<ports::DocumentPage>> query(ports::Query query) override { return store_.query(std::move(query)); }
  Task<Result<uint64_t>> count(std::string collection, std::string index, std::string from, std::string to) override {
    return store_.count(std::move(collection), std::move(index), std::move(from), std::move(to));
  }
  Task<Result<std::vector<ports::OutboxEntry>>> outbox(uint32_t limit) override { return store_.outbox(limit); }
  Task<Result<void>> outbox_done(uint64_t up_to) override { return store_.outbox_done(up_to); }
  Task<Result<uint64_t>> version() override { return store_.version(); }

 protected:
  ports::DocumentStore& store_;
};

}  // namespace gamekeeper::test
