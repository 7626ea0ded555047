#pragma once

#include <functional>
#include <string>
#include <utility>

#include "play/accounts/accounts.h"
#include "play/accounts/own_passwords.h"
#include "play/accounts/players.h"
#include "tests/support/documents/passing_store.h"
#include "tests/support/run_task.h"

namespace gamekeeper::play::testing {

/// Accounts as one process has them, on a store that others may share.
struct AccountsProcess {
  explicit AccountsProcess(ports::DocumentStore& documents, AccountOptions options = {})
      : store(documents), accounts(documents, access, own, clock, options) {
    GK_CHECK(test::run(access.load()).has_value(), "the keys load");
  }
  Principal who(const SignedInPlayer& in) {
    auto claims = access.check(in.access_token, clock.now_ms());
    GK_CHECK(claims.has_value(), "a fresh token is good");
    return {.app = claims->own, .kind = PrincipalKind::kPlayer, .subject = claims->subject, .session = claims->id};
  }
  bool lets(const SignedInPlayer& in) { return access.check(in.access_token, clock.now_ms()).has_value(); }

  ports::DocumentStore& store;
  ManualClock clock{1'800'000'000'000};
  gate::Tokens tokens{store, gate::kPlayerTokens};
  gate::PlayerAccess access{store, tokens, clock};
  gate::Passwords passwords{{.passes = 1, .memory_bytes = 8192}};
  OwnPasswords own{store, passwords};
  Accounts accounts;
  Players players{store, access, clock};
};

/// Another process acts between what a call reads and what it writes: `meanwhile`, once.
struct AccountsCrossing : test::PassingStore {
  using PassingStore::PassingStore;
  Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override {
    if (auto first = std::exchange(meanwhile, nullptr)) co_await first();
    co_return co_await store_.commit(std::move(set));
  }
  std::function<Task<void>()> meanwhile;
};

}  // namespace gamekeeper::play::testing
