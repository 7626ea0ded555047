#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "server/config.h"

namespace gamekeeper::server {

using Slot = std::variant<std::string*, int64_t*, double*, bool*, std::vector<std::string>*>;

/// Tells whether a text (or each text of a list) has the key's shape: null when it has, else what it should be.
using Shape = const char* (*)(const std::string& text);

/// One key of the configuration: where its value goes, what may stand there, and what it is for. This table is the one
/// place that lists keys: reading, printing and docs/configuration.md are made from it.
struct Key {
  const char* name;  // section.key
  Slot slot;
  const char* help;
  double least = 0, most = 0;             // numbers
  std::vector<std::string> allowed = {};  // texts
  Shape shape = nullptr;                  // texts
  bool secret = false;                    // never printed
};

std::vector<Key> keys_of(Config& config);

/// GAMEKEEPER_<SECTION>_<KEY>.
std::string environment_name(std::string_view key);

/// Sets a key from an environment variable or a flag: a text that has to become the key's type (lists: by commas).
/// Errors: kInvalid `bad_type`, `bad_value`, `out_of_range`, beginning with `where`.
Result<void> set_from_text(const Key& key, const std::string& text, const std::string& where);

/// The value as TOML; a secret that is set shows as "***".
std::string show_value(const Key& key);
/// "text", "whole number", "number", "true or false", "list of texts".
const char* type_of(const Key& key);
/// What a key allows beside its type; empty when anything.
std::string limit_of(const Key& key);

/// For those who set values of their own reading: checks, then sets.
Result<void> set_text(const Key& key, const std::string& text, const std::string& where);
Result<void> set_number(const Key& key, double value, const std::string& where);
Result<void> set_list(const Key& key, std::vector<std::string> list, const std::string& where);
std::unexpected<Error> wrong_value(std::string code, const Key& key, const std::string& where,
                                   const std::string& limit);

}  // namespace gamekeeper::server
