#include "play/storage/stored_value.h"

#include <algorithm>
#include <boost/json.hpp>

#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

std::unexpected<Error> unreadable(const ports::Document& document) {
  return fail(ErrorKind::kCorrupt, "corrupt", "A stored value of a player cannot be read.", document.id);
}

}  // namespace

bool is_storage_key(std::string_view key) {
  constexpr size_t kMax = 64;
  return !key.empty() && key.size() <= kMax && std::ranges::all_of(key, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

std::string storage_id(std::string_view app, std::string_view player_id, std::string_view key) {
  return under(app, player_id).from.append(key);
}

ports::Put put_of(const StoredValue& v) {
  const json::object body{{"app", v.app},     {"player_id", v.player_id},       {"key", v.key},
                          {"value", v.value}, {"owner_writes", v.owner_writes}, {"updated_at", v.updated_at},
                          {"bytes", v.bytes}};
  std::string id = storage_id(v.app, v.player_id, v.key);
  ports::IndexEntry entry{"player", id};
  return {.collection = kStorage,
          .id = std::move(id),
          .body = json::serialize(body),
          .entries = {std::move(entry)},
          .expected = v.version};
}

ports::Put put_of(const std::string& app, const std::string& player_id, const StorageUse& use) {
  return {.collection = kStorageUse,
          .id = scoped(app, player_id),
          .body = json::serialize(json::object{{"keys", use.keys}, {"bytes", use.bytes}}),
          .expected = use.version};
}

Result<StoredValue> read_stored_value(const ports::Document& document) {
  auto body = gate::parse_record(document);
  if (!body || !body->contains("value")) return unreadable(document);
  const json::value* owner = body->if_contains("owner_writes");
  return StoredValue{.app = gate::text_of(*body, "app"),
                     .player_id = gate::text_of(*body, "player_id"),
                     .key = gate::text_of(*body, "key"),
                     .value = body->at("value"),
                     .owner_writes = !owner || !owner->is_bool() || owner->get_bool(),
                     .updated_at = gate::number_of(*body, "updated_at"),
                     .bytes = static_cast<uint64_t>(gate::number_of(*body, "bytes")),
                     .version = document.version};
}

Result<StorageUse> read_storage_use(const ports::Document& document) {
  auto body = gate::parse_record(document);
  if (!body) return unreadable(document);
  return StorageUse{.keys = static_cast<uint64_t>(gate::number_of(*body, "keys")),
                    .bytes = static_cast<uint64_t>(gate::number_of(*body, "bytes")),
                    .version = document.version};
}

}  // namespace gamekeeper::play
