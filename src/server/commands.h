#pragma once

#include <string>
#include <vector>

#include "server/config.h"

namespace gamekeeper::server {

// What the sub-commands of the program do. Each returns the exit status and prints its own errors, one sentence each.

int serve(const LoadedConfig& loaded);
int create_app(const LoadedConfig& loaded, const std::string& id);
struct KeyToMake {
  std::string app, kind, name;
  std::string expires_at;  // RFC 3339; empty: never
};
int create_key(const LoadedConfig& loaded, const KeyToMake& key);
struct AdminToMake {
  std::string username, role;
  std::vector<std::string> apps;  // empty: all
};
int create_admin(const LoadedConfig& loaded, const AdminToMake& admin);
int revoke_key(const LoadedConfig& loaded, const std::string& app, const std::string& id);
int remove_admin(const LoadedConfig& loaded, const std::string& username);
/// The ratings of a queue anew from its matches; a running server goes on from there with the queue's next result.
int recompute_ratings(const LoadedConfig& loaded, const std::string& app, const std::string& queue, bool as_json);
int backup(const LoadedConfig& loaded, const std::string& to, bool as_json);
int restore(const LoadedConfig& loaded, const std::string& from, bool as_json);

}  // namespace gamekeeper::server
