#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// One key of a player's storage.
struct StoredValue {
  std::string app, player_id, key;
  boost::json::value value;
  bool owner_writes = true;  // false: the game server alone does
  UnixMillis updated_at = 0;
  uint64_t bytes = 0;    // of the value as JSON
  uint64_t version = 0;  // of the document: the ETag
};

/// What a player's values come to. Written with each of them, so that two writes can't pass the quota side by side.
struct StorageUse {
  uint64_t keys = 0, bytes = 0;
  uint64_t version = 0;
};

inline constexpr const char* kStorage = "player_storage";
inline constexpr const char* kStorageUse = "player_storage_use";

/// 1 to 64 of A-Z a-z 0-9 _ . -
bool is_storage_key(std::string_view key);
std::string storage_id(std::string_view app, std::string_view player_id, std::string_view key);

/// Write over the version that the record carries; 0: it must not exist yet.
ports::Put put_of(const StoredValue& value);
ports::Put put_of(const std::string& app, const std::string& player_id, const StorageUse& use);
/// Errors: kCorrupt.
Result<StoredValue> read_stored_value(const ports::Document& document);
Result<StorageUse> read_storage_use(const ports::Document& document);

}  // namespace gamekeeper::play
