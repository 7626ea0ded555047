#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/principal.h"
#include "base/task.h"
#include "gate/published.h"
#include "gate/rate_limit.h"
#include "gate/records.h"
#include "gate/secrets.h"
#include "ports/document_store.h"

namespace gamekeeper::gate {

struct AppSettings {
  std::string timezone = "UTC";
  std::string currency = "EUR";
  std::string environment = "development";
  std::string locale = "en";  // of what players are told, when they have chosen none
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
  UnixMillis expires_at = 0;  // 0: never
  uint64_t version = 0;       // of its document
  bool has_expired(UnixMillis now) const { return expires_at != 0 && expires_at <= now; }
};

/// What a request needs to know of a key, found by the key's digest.
struct LiveKey {
  Key key;
  int64_t requests_per_second = 0, events_per_second = 0;  // of its app; 0: the server's default
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
  explicit Directory(ports::DocumentStore& store, const Clock& clock) : store_(store), clock_(clock), watch_(store) {}

  Task<Result<void>> load();
  /// Loads when apps or keys have changed, and writes down when keys were last used. Called every 250 ms, by one caller.
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
  /// `expires_at` 0: never. Errors: kNotFound, kInvalid.
  Task<Result<NewKey>> create_key(std::string app, PrincipalKind kind, std::string name, UnixMillis expires_at = 0);
  /// A new key of the same kind and name; the old one goes on for `overlap_ms` (or until it expires, when that is sooner).
  /// Errors: kNotFound, also for a key that was revoked or has expired.
  Task<Result<NewKey>> rotate_key(std::string app, std::string id, int64_t overlap_ms);
  Task<Result<void>> revoke_key(std::string app, std::string id);

 private:
  Task<Result<void>> put(std::vector<ports::Put> puts);
  Task<Result<void>> write_uses();
  NewKey new_key(std::string app, PrincipalKind kind, std::string name, UnixMillis expires_at) const;

  ports::DocumentStore& store_;
  const Clock& clock_;
  EpochWatch watch_;
  Published<Snapshot> published_;  // its epoch is the gate's
  UnixMillis uses_written_ = 0;
};

std::string_view kind_name(PrincipalKind kind);
std::optional<PrincipalKind> kind_of(std::string_view name);
/// Checks an app's settings; kInvalid names the field.
Result<void> check_settings(const AppSettings& settings);

}  // namespace gamekeeper::gate
