#pragma once

#include "gate/directory.h"
#include "insight/analytics/status_service.h"
#include "insight/ingest/dead_letters.h"

namespace gamekeeper::server {

/// What the ledger needs from the gate and from ingest.
class LedgerSources final : public analytics::LedgerSources {
 public:
  LedgerSources(gate::Directory& directory, ingest::DeadLetters& letters) : directory_(directory), letters_(letters) {}

  Task<Result<std::vector<std::string>>> keys(std::string app) override {
    std::vector<std::string> out;
    for (const gate::Key& key : directory_.share()->all_keys) {
      if (key.app == app && key.kind != PrincipalKind::kReadKey) out.push_back(key.id);
    }
    co_return out;
  }
  Task<Result<uint64_t>> rejected(std::string app, std::string key) override {
    co_return co_await letters_.refused(std::move(app), std::move(key));
  }
  Task<Result<uint64_t>> open_dead_letters(std::string app) override {
    co_return co_await letters_.open_count(std::move(app));
  }

 private:
  gate::Directory& directory_;
  ingest::DeadLetters& letters_;
};

}  // namespace gamekeeper::server
