#pragma once

#include "gate/admins.h"
#include "gate/directory.h"
#include "server/config.h"

namespace gamekeeper::server {

/// The name of the keys that the first start in development makes.
inline constexpr const char* kFirstStartKeyName = "made at first start";
/// In the data folder: what the first start tells, and what it notes down until it has.
inline constexpr const char* kCredentialsFile = "/dev-credentials.json";
inline constexpr const char* kFirstStartNote = "/dev-credentials.unfinished.json";

// What production must not start on, each named; docs/configuration.md says what to do about it. Errors: kInvalid.

/// Before anything is opened: a broker's sign-in that is not set (`missing_secret`) or easily guessed (`weak_secret`).
Result<void> check_production_config(const Config& config);

/// Before anything is served: no administrator (`no_admin`), keys or the administrator of the first start in development
/// that are still in force (`default_secret`).
Result<void> check_production(const Config& config, const gate::Directory& directory, gate::Admins& admins);

}  // namespace gamekeeper::server
