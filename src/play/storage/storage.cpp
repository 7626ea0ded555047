#include "play/storage/storage.h"

#include <boost/json.hpp>

#include "base/turns.h"
#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

std::unexpected<Error> no_such_key() {
  return fail(ErrorKind::kNotFound, "not_found", "Nothing is stored under this key.", "key");
}

std::unexpected<Error> bad_key() {
  return fail(ErrorKind::kInvalid, "bad_value", "A key has 1 to 64 of the characters A-Z a-z 0-9 _ . -", "key",
              "64 characters");
}

std::unexpected<Error> too_busy() {
  return fail(ErrorKind::kOverloaded, "overloaded",
              "This player's storage is being written by many at once; try again.");
}

}  // namespace

Task<Result<void>> Storage::check_player(std::string app, std::string player_id) {
  auto player = co_await documents_.get(kPlayers, scoped(app, player_id));
  if (!player) co_return std::unexpected(player.error());
  if (!*player) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such player.", "id");
  co_return Result<void>{};
}

Task<Result<Storage::Found>> Storage::find(std::string app, std::string player_id, std::string key) {
  auto document = co_await documents_.get(kStorage, storage_id(app, player_id, key));
  if (!document) co_return std::unexpected(document.error());
  auto use = co_await documents_.get(kStorageUse, scoped(app, player_id));
  if (!use) co_return std::unexpected(use.error());
  Found found;
  if (*document) {
    auto value = read_stored_value(**document);
    if (!value) co_return std::unexpected(value.error());
    found.value = std::move(*value);
  }
  if (*use) {
    auto sums = read_storage_use(**use);
    if (!sums) co_return std::unexpected(sums.error());
    found.use = *sums;
  }
  co_return found;
}

Result<void> Storage::check(const std::optional<StoredValue>& value, net::IfMatch if_match, bool by_owner) const {
  if (by_owner && value && !value->owner_writes)
    return fail(ErrorKind::kDenied, "server_only", "The game server alone writes this key.", "key");
  const uint64_t version = value ? value->version : 0;
  if (!if_match.admits(version, value.has_value()))
    return fail(ErrorKind::kStale, "stale", "The value has changed since; read it again.", "If-Match",
                std::to_string(version));
  return {};
}

Task<Result<StoredValue>> Storage::read(std::string app, std::string player_id, std::string key) {
  if (auto ok = co_await check_player(app, player_id); !ok) co_return std::unexpected(ok.error());
  if (!is_storage_key(key)) co_return bad_key();
  auto document = co_await documents_.get(kStorage, storage_id(app, player_id, key));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return no_such_key();
  co_return read_stored_value(**document);
}

Task<Result<StoredValue>> Storage::write(std::string app, std::string player_id, std::string key, StorageWrite write,
                                         bool by_owner) {
  if (auto ok = co_await check_player(app, player_id); !ok) co_return std::unexpected(ok.error());
  if (!is_storage_key(key)) co_return bad_key();
  const uint64_t bytes = json::serialize(write.value).size();
  if (bytes > limits_.value_bytes_max)
    co_return fail(ErrorKind::kTooLarge, "value_too_large", "The value is too large.", "value",
                   std::to_string(limits_.value_bytes_max) + " bytes");
  for (Turns turns; co_await turns.next();) {
    auto found = co_await find(app, player_id, key);
    if (!found) co_return std::unexpected(found.error());
    if (auto ok = check(found->value, write.if_match, by_owner); !ok) co_return std::unexpected(ok.error());
    StorageUse use = found->use;
    use.bytes += bytes;
    use.bytes -= std::min(use.bytes, found->value ? found->value->bytes : 0);
    use.keys += found->value ? 0 : 1;
    if (use.keys > limits_.player_keys_max)
      co_return fail(ErrorKind::kUnprocessable, "quota_exceeded", "The player has too many keys.", "key",
                     std::to_string(limits_.player_keys_max) + " keys");
    if (use.bytes > limits_.player_bytes_max)
      co_return fail(ErrorKind::kUnprocessable, "quota_exceeded", "The player's values are too large together.",
                     "value", std::to_string(limits_.player_bytes_max) + " bytes");
    StoredValue value{.app = app,
                      .player_id = player_id,
                      .key = key,
                      .value = write.value,
                      .owner_writes = write.owner_writes.value_or(!found->value || found->value->owner_writes),
                      .updated_at = clock_.now_ms(),
                      .bytes = bytes,
                      .version = found->value ? found->value->version : 0};
    ports::WriteSet set;
    set.puts.push_back(put_of(value));
    set.puts.push_back(put_of(app, player_id, use));
    auto done = co_await documents_.commit(std::move(set));
    if (done) {
      value.version = done->front();
      co_return value;
    }
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return too_busy();
}

Task<Result<void>> Storage::remove(std::string app, std::string player_id, std::string key, net::IfMatch if_match,
                                   bool by_owner) {
  if (auto ok = co_await check_player(app, player_id); !ok) co_return std::unexpected(ok.error());
  if (!is_storage_key(key)) co_return bad_key();
  for (Turns turns; co_await turns.next();) {
    auto found = co_await find(app, player_id, key);
    if (!found) co_return std::unexpected(found.error());
    if (!found->value) co_return no_such_key();
    if (auto ok = check(found->value, if_match, by_owner); !ok) co_return std::unexpected(ok.error());
    StorageUse use = found->use;
    use.bytes -= std::min(use.bytes, found->value->bytes);
    use.keys -= std::min<uint64_t>(use.keys, 1);
    ports::Put gone = put_of(*found->value);
    gone.remove = true;
    ports::WriteSet set;
    set.puts.push_back(std::move(gone));
    set.puts.push_back(put_of(app, player_id, use));
    auto done = co_await documents_.commit(std::move(set));
    if (done) co_return Result<void>{};
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return too_busy();
}

Task<Result<StoragePage>> Storage::list(std::string app, std::string player_id, std::string prefix, uint32_t limit,
                                        std::string cursor) {
  if (auto ok = co_await check_player(app, player_id); !ok) co_return std::unexpected(ok.error());
  if (!prefix.empty() && !is_storage_key(prefix)) co_return bad_key();
  IndexSpan span = under(app, player_id);
  if (!prefix.empty()) {
    span.from += prefix;
    span.to = span.from + '\x7f';  // after every character of a key
  }
  ports::Query query{.collection = kStorage,
                     .index = "player",
                     .from = std::move(span.from),
                     .to = std::move(span.to),
                     .limit = limit,
                     .cursor = std::move(cursor)};
  co_return co_await read_page(documents_, std::move(query), read_stored_value);
}

Task<Result<void>> Storage::erase(std::string app, std::string player_id) {
  const IndexSpan own = under(app, player_id);
  if (auto ok = co_await gate::remove_range(documents_, kStorage, "player", own.from, own.to); !ok) co_return ok;
  ports::WriteSet set;
  set.puts.push_back({.collection = kStorageUse, .id = scoped(app, player_id), .remove = true});
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

}  // namespace gamekeeper::play
