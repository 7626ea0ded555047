#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gate/gate.h"
#include "net/router.h"
#include "tests/support/documents/documents.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::gate::testing {

inline const net::RoutePolicy kAnalysts{.admin = AdminRole::kAnalyst, .needs_app = false};

using test::run;

/// A hash that costs next to nothing: what passwords cost is tested on its own.
inline constexpr PasswordCost kCheap{.passes = 1, .memory_bytes = 8192};
inline constexpr UnixMillis kNow = 1'800'000'000'000;

/// A gate as one process has it, on a store that others may share.
struct Process {
  explicit Process(ports::DocumentStore& documents, LoginLimits logins = {}, GateOptions options = {})
      : store(documents),
        admins(store, tokens, passwords, clock, logins),
        gate({directory, admins, players, audit, answers}, clock, options) {
    for (auto ok : {run(tokens.load()), run(directory.load()), run(admins.load()), run(players.load())})
      GK_CHECK(ok.has_value(), "the gate loads");
  }

  ports::DocumentStore& store;
  ManualClock clock{kNow};
  Tokens tokens{store, kAdminTokens};
  Passwords passwords{kCheap};
  Directory directory{store, clock};
  Audit audit{store};
  FirstAnswers answers{store, clock};
  Admins admins;
  Tokens player_tokens{store, kPlayerTokens};
  PlayerAccess players{store, player_tokens, clock};
  Gate gate;
};

struct Room {
  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
};

/// What a caller sends, as the gate sees it.
class Call {
 public:
  Call(std::vector<std::pair<std::string, std::string>> headers, net::Method method = net::Method::kGet,
       std::string path = "/x")
      : headers_(std::move(headers)), path_(std::move(path)) {
    for (const auto& [name, value] : headers_) views_.push_back({name, value});
    request_.method = method;
    request_.method_text = method == net::Method::kGet ? "GET" : "POST";
    request_.path = path_;
    request_.headers = views_;
    request_.request_id = "r-1";
    request_.remote_address = "127.0.0.1";
  }
  Call(const Call&) = delete;
  net::Request& request() { return request_; }
  Call& with_body(std::string body) {
    body_ = std::move(body);
    request_.body = body_;
    return *this;
  }
  Call& with_param(std::string_view name, std::string value) {
    request_.params.emplace_back(name, std::move(value));
    return *this;
  }

 private:
  std::vector<std::pair<std::string, std::string>> headers_;
  std::vector<net::HeaderView> views_;
  std::string path_, body_;
  net::Request request_;
};

inline Result<Principal> admit(Gate& gate, const std::string& credential, const net::RoutePolicy& policy,
                               const std::string& app = {}) {
  std::vector<std::pair<std::string, std::string>> headers;
  if (!credential.empty()) headers.emplace_back("Authorization", "Bearer " + credential);
  if (!app.empty()) headers.emplace_back("Gamekeeper-App", app);
  Call call(std::move(headers));
  return run(gate.admit(call.request(), policy));
}

}  // namespace gamekeeper::gate::testing
