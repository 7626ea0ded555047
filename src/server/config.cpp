#include "server/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>
#include <toml++/toml.h>

#include "server/config_keys.h"

extern char** environ;

namespace gamekeeper::server {
namespace {

Result<void> set_from_toml(const Key& key, const toml::node& node, const std::string& where) {
  const auto bad_type = [&] { return wrong_value("bad_type", key, where, fmt::format("a {}", type_of(key))); };
  if (std::holds_alternative<std::string*>(key.slot)) {
    auto text = node.value_exact<std::string>();
    return text ? set_text(key, *text, where) : bad_type();
  }
  if (std::holds_alternative<int64_t*>(key.slot)) {
    auto number = node.value_exact<int64_t>();
    return number ? set_number(key, static_cast<double>(*number), where) : bad_type();
  }
  if (std::holds_alternative<double*>(key.slot)) {
    auto number = node.value<double>();
    return number && !node.is_boolean() ? set_number(key, *number, where) : bad_type();
  }
  if (auto* b = std::get_if<bool*>(&key.slot)) {
    auto truth = node.value_exact<bool>();
    if (!truth) return bad_type();
    **b = *truth;
    return {};
  }
  const toml::array* array = node.as_array();
  if (!array) return bad_type();
  std::vector<std::string> list;
  for (const toml::node& item : *array) {
    auto text = item.value_exact<std::string>();
    if (!text) return bad_type();
    list.push_back(*text);
  }
  return set_list(key, std::move(list), where);
}

Result<void> read_file(std::string_view text, const std::string& name, std::vector<Key>& keys, Provenance& from) {
  toml::table root;
  try {
    root = toml::parse(text, name);
  } catch (const toml::parse_error& e) {
    return fail(ErrorKind::kInvalid, "bad_file", fmt::format("{}:{}: {}.", name, e.source().begin.line, e.description()), "config");
  }
  for (auto&& [section, node] : root) {
    const toml::table* table = node.as_table();
    const auto line = node.source().begin.line;
    if (!table) {
      return fail(ErrorKind::kInvalid, "unknown_key", fmt::format("{}:{}: unknown key \"{}\" (keys stand in sections).", name, line, section.str()), std::string(section.str()));
    }
    const std::string prefix = std::string(section.str()) + ".";
    if (std::none_of(keys.begin(), keys.end(), [&](const Key& k) { return std::string_view(k.name).starts_with(prefix); })) {
      return fail(ErrorKind::kInvalid, "unknown_key", fmt::format("{}:{}: unknown section \"{}\".", name, line, section.str()), std::string(section.str()));
    }
    for (auto&& [leaf, value] : *table) {
      const std::string full = prefix + std::string(leaf.str());
      const std::string where = fmt::format("{}:{}", name, value.source().begin.line);
      auto key = std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return full == k.name; });
      if (key == keys.end()) {
        return fail(ErrorKind::kInvalid, "unknown_key", fmt::format("{}: unknown key \"{}\".", where, full), full);
      }
      if (auto ok = set_from_toml(*key, value, where); !ok) return ok;
      from[full] = where;
    }
  }
  return {};
}

/// What no key can tell alone.
Result<void> check_together(const LoadedConfig& loaded) {
  const Config& c = loaded.config;
  const auto missing = [&](const char* key, const char* because) {
    return fail(ErrorKind::kInvalid, "bad_value", fmt::format("{}: {} must be set because {} is.", loaded.from.at(because), key, because), key);
  };
  if (c.log.kind == "kafka" && c.kafka.brokers.empty()) return missing("kafka.brokers", "log.kind");
  if (!c.server.tls_certificate.empty() && c.server.tls_key.empty()) return missing("server.tls_key", "server.tls_certificate");
  if (!c.server.tls_key.empty() && c.server.tls_certificate.empty()) return missing("server.tls_certificate", "server.tls_key");
  return {};
}

}  // namespace

bool Config::has_role(std::string_view role) const {
  return std::any_of(server.roles.begin(), server.roles.end(), [&](const std::string& r) { return r == "all" || r == role; });
}

Result<LoadedConfig> parse_config(std::string_view toml, const std::string& name,
                                  const std::map<std::string, std::string>& environment, const std::vector<Override>& flags) {
  LoadedConfig out;
  std::vector<Key> keys = keys_of(out.config);
  for (const Key& key : keys) out.from[key.name] = "default";
  if (!toml.empty()) {
    if (auto ok = read_file(toml, name, keys, out.from); !ok) return std::unexpected(ok.error());
  }
  for (const auto& [variable, text] : environment) {
    if (!variable.starts_with("GAMEKEEPER_") || variable == "GAMEKEEPER_CRASH_AT") continue;
    auto key = std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return environment_name(k.name) == variable; });
    const std::string where = "environment " + variable;
    if (key == keys.end()) return fail(ErrorKind::kInvalid, "unknown_key", where + ": there is no such key.", variable);
    if (auto ok = set_from_text(*key, text, where); !ok) return std::unexpected(ok.error());
    out.from[key->name] = where;
  }
  for (const Override& flag : flags) {
    auto key = std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return flag.key == k.name; });
    GK_CHECK(key != keys.end(), "flags name known keys");
    if (auto ok = set_from_text(*key, flag.text, "flag " + flag.flag); !ok) return std::unexpected(ok.error());
    out.from[flag.key] = "flag " + flag.flag;
  }
  if (auto ok = check_together(out); !ok) return std::unexpected(ok.error());
  return out;
}

Result<LoadedConfig> load_config(const std::string& file, const std::vector<Override>& flags) {
  std::string text;
  if (!file.empty()) {
    std::ifstream in(file);
    in.peek();  // a folder can be opened, but not read
    if (!in.good() && !in.eof()) return fail(ErrorKind::kInvalid, "bad_file", "The configuration file " + file + " cannot be read.", "config");
    std::stringstream all;
    all << in.rdbuf();
    text = all.str();
  }
  std::map<std::string, std::string> environment;
  for (char** e = environ; *e; ++e) {
    const char* eq = std::strchr(*e, '=');
    if (eq) environment[std::string(*e, static_cast<size_t>(eq - *e))] = eq + 1;
  }
  return parse_config(text, file, environment, flags);
}

std::string describe(const LoadedConfig& loaded) {
  Config copy = loaded.config;
  std::string out, section;
  for (const Key& key : keys_of(copy)) {
    const std::string_view name = key.name;
    const auto dot = name.find('.');
    if (name.substr(0, dot) != section) {
      section = name.substr(0, dot);
      out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", section);
    }
    out += fmt::format("{} = {}  # {}\n", name.substr(dot + 1), show_value(key), loaded.from.at(key.name));
  }
  return out;
}

}  // namespace gamekeeper::server
