#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/principal.h"
#include "base/task.h"
#include "gate/published.h"
#include "gate/rate_limit.h"
#include "gate/secrets.h"
#include "ports/document_store.h"

namespace gamekeeper::gate {

struct AppSettings {
  std::string timezone = "UTC";
  std::string currency = "EUR";
  std::string environment = "development";
  std::vector<std::string> measures;  // "event.property"
  int64_t requests_per_second = 0;    // a key; 0: the server's default
  int64_t events_per_second = 0;
};

/// A game, and a tenant: nothing of another app is ever visible.
struct App {
  std::string id, name;
  AppSettings settings;
  UnixMillis created_at = 0;
};

struct Key {
  std::string id, app, name, prefix;
  PrincipalKind kind = PrincipalKind::kWriteKey;
  Digest digest{};
  UnixMillis created_at = 0, revoked_at = 0, last_used_at = 0;
};

/// What a request needs to know of a key, found by the key's digest.
struct LiveKey {
  Key key;
  std::shared_ptr<RateBucket> requests = std::make_shared<RateBucket>();
  std::shared_ptr<RateBucket> events = std::make_shared<RateBucket>();
  std::shared_ptr<std::atomic<UnixMillis>> used = std::make_shared<std::atomic<UnixMillis>>(0);
};

struct Snapshot {
  std::map<std::string, std::shared_ptr<const App>> apps;
  std::unordered_map<Digest, std::shared_ptr<const LiveKey>, DigestHash> keys;  // not revoked
  std::unordered_map<std::string, std::shared_ptr<const LiveKey>> by_id;
  std::vector<Key> all_keys;
};

/// Apps and keys, whole in memory, loaded anew when the store has changed: within 250 ms in every process.
class Directory {
 public:
  explicit Directory(ports::DocumentStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  Task<Result<void>> load();
  /// Loads when the store's version has moved, and writes down when keys were last used. Called every 250 ms.
  Task<Result<void>> refresh();

  const Snapshot& peek() const { return published_.peek(); }
  std::shared_ptr<const Snapshot> share() const { return published_.share(); }

  /// Errors: kConflict `exists`, kInvalid.
  Task<Result<App>> create_app(std::string id, std::string name, AppSettings settings);
  Task<Result<App>> change_app(std::string id, AppSettings settings);
  struct NewKey {
    Key key;
    std::string secret;  // shown once
  };
  Task<Result<NewKey>> create_key(std::string app, PrincipalKind kind, std::string name);
  Task<Result<void>> revoke_key(std::string app, std::string id);

 private:
  Task<Result<void>> put(ports::Put put);

  ports::DocumentStore& store_;
  const Clock& clock_;
  Published<Snapshot> published_;
  std::mutex mutex_;
  uint64_t version_ = 0;
  uint64_t loads_ = 0;
  UnixMillis uses_written_ = 0;
};

std::string_view kind_name(PrincipalKind kind);
std::optional<PrincipalKind> kind_of(std::string_view name);
/// Checks an app's settings; kInvalid names the field.
Result<void> check_settings(const AppSettings& settings);

}  // namespace gamekeeper::gate
