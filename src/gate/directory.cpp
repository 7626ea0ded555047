#include "gate/directory.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/currency.h"
#include "base/ids.h"
#include "base/locale.h"
#include "base/zoned.h"
#include "gate/records.h"

namespace gamekeeper::gate {
namespace {

namespace json = boost::json;

constexpr const char* kApps = "gate_apps";
constexpr const char* kKeys = "gate_keys";
constexpr const char* kUses = "gate_key_uses";  // apart from the keys: writing a use must never undo a revocation

ports::Put app_put(const App& app, std::optional<uint64_t> expected) {
  json::array measures;
  for (const auto& m : app.settings.measures) measures.emplace_back(m);
  json::object body{{"id", app.id},
                    {"name", app.name},
                    {"created_at", app.created_at},
                    {"timezone", app.settings.timezone},
                    {"currency", app.settings.currency},
                    {"environment", app.settings.environment},
                    {"locale", app.settings.locale},
                    {"measures", std::move(measures)},
                    {"requests_per_second", app.settings.requests_per_second},
                    {"events_per_second", app.settings.events_per_second}};
  return {.collection = kApps,
          .id = app.id,
          .body = json::serialize(body),
          .entries = {{"all", sortable(app.created_at) + app.id}},
          .expected = expected};
}

ports::Put key_put(const Key& key) {
  json::object body{{"id", key.id},
                    {"app", key.app},
                    {"name", key.name},
                    {"prefix", key.prefix},
                    {"kind", kind_name(key.kind)},
                    {"digest", hex(key.digest)},
                    {"created_at", key.created_at},
                    {"revoked_at", key.revoked_at},
                    {"expires_at", key.expires_at}};
  return {.collection = kKeys,
          .id = key.id,
          .body = json::serialize(body),
          .entries = {{"all", sortable(key.created_at) + key.id}},
          .expected = key.version};
}

App app_of(const json::object& o) {
  App app{.id = text_of(o, "id"), .name = text_of(o, "name"), .settings = {}, .created_at = number_of(o, "created_at")};
  app.settings.timezone = text_of(o, "timezone");
  app.settings.currency = text_of(o, "currency");
  app.settings.environment = text_of(o, "environment");
  if (o.contains("locale")) app.settings.locale = text_of(o, "locale");
  app.settings.requests_per_second = number_of(o, "requests_per_second");
  app.settings.events_per_second = number_of(o, "events_per_second");
  if (auto* list = o.if_contains("measures"); list && list->is_array()) {
    for (const auto& m : list->as_array()) {
      if (m.is_string()) app.settings.measures.emplace_back(m.as_string());
    }
  }
  return app;
}

Key key_of(const json::object& o) {
  Key key{.id = text_of(o, "id"), .app = text_of(o, "app"), .name = text_of(o, "name"), .prefix = text_of(o, "prefix")};
  key.kind = kind_of(text_of(o, "kind")).value_or(PrincipalKind::kReadKey);
  key.digest = parse_hex(text_of(o, "digest")).value_or(Digest{});
  key.created_at = number_of(o, "created_at");
  key.revoked_at = number_of(o, "revoked_at");
  key.expires_at = number_of(o, "expires_at");
  return key;
}

std::unexpected<Error> invalid(std::string code, std::string message, std::string field, std::string limit) {
  return fail(ErrorKind::kInvalid, std::move(code), std::move(message), std::move(field), std::move(limit));
}

}  // namespace

std::string_view kind_name(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kWriteKey:
      return "write";
    case PrincipalKind::kReadKey:
      return "read";
    case PrincipalKind::kServerKey:
      return "server";
    default:
      return "";
  }
}

std::optional<PrincipalKind> kind_of(std::string_view name) {
  for (auto kind : {PrincipalKind::kWriteKey, PrincipalKind::kReadKey, PrincipalKind::kServerKey}) {
    if (kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

Result<void> check_settings(const AppSettings& s) {
  if (!TimeZone::find(s.timezone))
    return invalid("unknown_time_zone", "There is no such time zone.", "settings.timezone",
                   "an IANA name such as Europe/Berlin");
  if (!is_currency(s.currency)) {
    return invalid("bad_currency", "The currency must be an ISO 4217 code.", "settings.currency", "a code such as EUR");
  }
  if (!is_language_tag(s.locale))
    return invalid("bad_locale", "This is no language tag.", "settings.locale", "such as en, de or pt-BR");
  if (s.measures.size() > 16)
    return invalid("too_many", "An app declares at most 16 measures.", "settings.measures", "16");
  for (const auto& m : s.measures) {
    const size_t dot = m.rfind('.');
    if (dot == m.npos || dot == 0 || dot + 1 == m.size() || m.size() > 255)
      return invalid("bad_value", "A measure is event.property.", "settings.measures", "event.property");
  }
  return {};
}

Task<Result<void>> Directory::load() {
  auto epoch = co_await read_epoch(store_);  // first: what is read after it is at least as new
  auto apps = co_await read_all(store_, kApps);
  auto keys = co_await read_all(store_, kKeys);
  auto uses = co_await read_all(store_, kUses);
  for (const Error* error : {epoch ? nullptr : &epoch.error(), apps ? nullptr : &apps.error(),
                             keys ? nullptr : &keys.error(), uses ? nullptr : &uses.error()}) {
    if (error) co_return std::unexpected(*error);
  }
  auto next = std::make_shared<Snapshot>();
  auto before = published_.share();
  for (const auto& document : *apps) {
    auto record = parse_record(document);
    if (!record) co_return std::unexpected(record.error());
    auto app = std::make_shared<const App>(app_of(*record));
    next->apps.emplace(app->id, app);
  }
  std::unordered_map<std::string, UnixMillis> used;
  for (const auto& document : *uses) {
    auto record = parse_record(document);
    if (!record) co_return std::unexpected(record.error());
    used[document.id] = number_of(*record, "at");
  }
  for (const auto& document : *keys) {
    auto record = parse_record(document);
    if (!record) co_return std::unexpected(record.error());
    Key key = key_of(*record);
    key.version = document.version;
    if (auto at = used.find(key.id); at != used.end()) key.last_used_at = at->second;
    next->all_keys.push_back(key);
    if (key.revoked_at != 0) continue;
    auto live = std::make_shared<LiveKey>();
    if (auto old = before->keys.find(key.digest); old != before->keys.end()) *live = *old->second;  // the buckets go on
    live->key = key;
    if (auto app = next->apps.find(key.app); app != next->apps.end()) {
      live->requests_per_second = app->second->settings.requests_per_second;
      live->events_per_second = app->second->settings.events_per_second;
    }
    next->by_id.emplace(key.id, live);
    next->keys.emplace(key.digest, std::move(live));
  }
  published_.publish(std::move(next), *epoch);
  co_return Result<void>{};
}

Task<Result<void>> Directory::refresh() {
  auto moved = co_await watch_.moved(published_.epoch());
  if (!moved) co_return std::unexpected(moved.error());
  if (*moved) co_return co_await load();
  const UnixMillis now = clock_.now_ms();
  if (now - uses_written_ < 60'000) co_return Result<void>{};
  uses_written_ = now;
  co_return co_await write_uses();
}

Task<Result<void>> Directory::write_uses() {
  ports::WriteSet set;
  auto snapshot = published_.share();
  for (const auto& [digest, live] : snapshot->keys) {
    const UnixMillis used = live->used->load(std::memory_order_relaxed);
    if (used <= live->key.last_used_at) continue;
    set.puts.push_back({.collection = kUses,
                        .id = live->key.id,
                        .body = json::serialize(json::object{{"at", used}}),
                        .entries = {{"all", live->key.id}}});
  }
  if (set.puts.empty()) co_return Result<void>{};
  auto done = co_await store_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return co_await load();
}

Task<Result<void>> Directory::put(std::vector<ports::Put> puts) {
  ports::WriteSet set{.puts = std::move(puts), .facts = {}};
  set.puts.push_back(epoch_moves());
  auto done = co_await store_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return co_await load();
}

Task<Result<App>> Directory::create_app(std::string id, std::string name, AppSettings settings) {
  const bool plain = !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (!plain) co_return invalid("bad_id", "An app's id is 1 to 64 of a-z, 0-9, - and _.", "id", "[a-z0-9_-]{1,64}");
  if (auto ok = check_settings(settings); !ok) co_return std::unexpected(ok.error());
  App app{.id = id,
          .name = name.empty() ? id : std::move(name),
          .settings = std::move(settings),
          .created_at = clock_.now_ms()};
  auto done = co_await put({1, app_put(app, 0)});
  if (!done) {
    if (is_conflict(done.error()))
      co_return fail(ErrorKind::kConflict, "exists", "There is an app with this id already.", "id");
    co_return std::unexpected(done.error());
  }
  co_return app;
}

Task<Result<App>> Directory::change_app(std::string id, AppSettings settings) {
  if (auto ok = check_settings(settings); !ok) co_return std::unexpected(ok.error());
  auto snapshot = share();
  auto found = snapshot->apps.find(id);
  if (found == snapshot->apps.end()) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such app.", "app");
  App app = *found->second;
  app.settings = std::move(settings);
  auto done = co_await put({1, app_put(app, std::nullopt)});
  if (!done) co_return std::unexpected(done.error());
  co_return app;
}

Directory::NewKey Directory::new_key(std::string app, PrincipalKind kind, std::string name,
                                     UnixMillis expires_at) const {
  NewKey made;
  made.secret = "gk_" + std::string(kind_name(kind)) + "_" + random_token(32);
  made.key = Key{.id = "k_" + random_token(9),
                 .app = std::move(app),
                 .name = std::move(name),
                 .prefix = made.secret.substr(0, made.secret.find('_', 3) + 5),
                 .kind = kind,
                 .digest = digest_of(made.secret),
                 .created_at = clock_.now_ms(),
                 .expires_at = expires_at};
  return made;
}

Task<Result<Directory::NewKey>> Directory::create_key(std::string app, PrincipalKind kind, std::string name,
                                                      UnixMillis expires_at) {
  if (!share()->apps.contains(app)) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such app.", "app");
  if (name.size() > 128)
    co_return invalid("bad_length", "A key's name has at most 128 characters.", "name", "128 characters");
  if (expires_at != 0 && expires_at <= clock_.now_ms())
    co_return invalid("in_the_past", "A key's expiry must lie ahead.", "expires_at", "a time ahead");
  NewKey made = new_key(std::move(app), kind, std::move(name), expires_at);
  auto done = co_await put({1, key_put(made.key)});
  if (!done) co_return std::unexpected(done.error());
  co_return made;
}

Task<Result<Directory::NewKey>> Directory::rotate_key(std::string app, std::string id, int64_t overlap_ms) {
  auto snapshot = share();
  const UnixMillis now = clock_.now_ms();
  auto live = snapshot->by_id.find(id);
  if (live == snapshot->by_id.end() || live->second->key.app != app || live->second->key.has_expired(now)) {
    co_return fail(ErrorKind::kNotFound, "not_found", "There is no such key.", "key");
  }
  Key old = live->second->key;
  NewKey made = new_key(std::move(app), old.kind, old.name, 0);
  const UnixMillis end = now + overlap_ms;
  old.expires_at = old.expires_at == 0 ? end : std::min(old.expires_at, end);
  std::vector<ports::Put> puts;
  puts.push_back(key_put(made.key));
  puts.push_back(key_put(old));
  auto done = co_await put(std::move(puts));
  if (!done) co_return std::unexpected(done.error());
  co_return made;
}

Task<Result<void>> Directory::revoke_key(std::string app, std::string id) {
  for (int tries = 0;; ++tries) {
    auto snapshot = share();
    auto known =
        std::ranges::find_if(snapshot->all_keys, [&](const Key& key) { return key.id == id && key.app == app; });
    if (known == snapshot->all_keys.end())
      co_return fail(ErrorKind::kNotFound, "not_found", "There is no such key.", "key");
    if (known->revoked_at != 0) co_return Result<void>{};
    Key key = *known;
    key.revoked_at = clock_.now_ms();
    auto done = co_await put({1, key_put(key)});
    if (done || !is_conflict(done.error()) || tries == 3) co_return done;
    if (auto again = co_await load(); !again)
      co_return again;  // another process changed the key: revoke what it is now
  }
}

}  // namespace gamekeeper::gate
