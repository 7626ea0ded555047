#include "server/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <functional>
#include <sstream>
#include <toml++/toml.h>
#include <variant>

extern char** environ;

namespace gamekeeper::server {
namespace {

using Slot = std::variant<std::string*, int64_t*, double*, bool*, std::vector<std::string>*>;

/// One key: where its value goes and what may stand there.
struct Key {
  const char* name;  // section.key
  Slot slot;
  double least = 0, most = 0;         // numbers
  std::vector<std::string> allowed = {};  // texts
  bool secret = false;
};

std::vector<Key> keys_of(Config& c) {
  constexpr double kHuge = 9e15;
  return {
      {"server.listen", &c.server.listen},
      {"server.mode", &c.server.mode, 0, 0, {"development", "production"}},
      {"server.data", &c.server.data},
      {"server.roles", &c.server.roles, 0, 0, {"all", "ingest", "processor", "analytics", "console"}},
      {"server.threads", &c.server.threads, 0, 256},
      {"server.allowed_origins", &c.server.allowed_origins},
      {"server.tls_certificate", &c.server.tls_certificate},
      {"server.tls_key", &c.server.tls_key},
      {"server.body_bytes_max", &c.server.body_bytes_max, 1024, 1024.0 * 1024 * 1024},
      {"server.connections_max", &c.server.connections_max, 1, 1'000'000},
      {"server.simulated", &c.server.simulated},
      {"server.web", &c.server.web},
      {"log.kind", &c.log.kind, 0, 0, {"embedded", "kafka"}},
      {"log.partitions", &c.log.partitions, 1, 256},
      {"log.segment_bytes", &c.log.segment_bytes, 1024 * 1024, 64.0 * 1024 * 1024 * 1024},
      {"log.retention_hours", &c.log.retention_hours, 1, kHuge},
      {"kafka.brokers", &c.kafka.brokers},
      {"kafka.topic", &c.kafka.topic},
      {"kafka.group", &c.kafka.group},
      {"kafka.replication", &c.kafka.replication, 1, 16},
      {"kafka.compression", &c.kafka.compression, 0, 0, {"none", "lz4", "zstd", "snappy", "gzip"}},
      {"kafka.security", &c.kafka.security, 0, 0, {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"}},
      {"kafka.sasl_mechanism", &c.kafka.sasl_mechanism},
      {"kafka.sasl_username", &c.kafka.sasl_username},
      {"kafka.sasl_password", &c.kafka.sasl_password, 0, 0, {}, true},
      {"kafka.ca_file", &c.kafka.ca_file},
      {"ingest.events_max", &c.ingest.events_max, 1, 100'000},
      {"ingest.event_bytes_max", &c.ingest.event_bytes_max, 256, 16.0 * 1024 * 1024},
      {"processor.commit_ms", &c.processor.commit_ms, 1, 60'000},
      {"processor.threads", &c.processor.threads, 1, 64},
      {"logging.level", &c.logging.level, 0, 0, {"debug", "info", "warning", "error"}},
      {"otlp.endpoint", &c.otlp.endpoint},
      {"otlp.sample", &c.otlp.sample, 0, 1},
  };
}

std::unexpected<Error> wrong(std::string code, const std::string& where, const Key& key, const std::string& limit) {
  return fail(ErrorKind::kInvalid, std::move(code), fmt::format("{}: {} must be {}.", where, key.name, limit), key.name, limit);
}

Result<void> check_text(const std::string& text, const Key& key, const std::string& where) {
  if (key.allowed.empty() || std::find(key.allowed.begin(), key.allowed.end(), text) != key.allowed.end()) return {};
  return wrong("bad_value", where, key, fmt::format("one of {}", fmt::join(key.allowed, ", ")));
}

template <class Number>
Result<void> set_number(Number* slot, double value, const Key& key, const std::string& where) {
  if (!(value >= key.least && value <= key.most)) {
    return wrong("out_of_range", where, key, fmt::format("from {} to {}", key.least, key.most));
  }
  *slot = static_cast<Number>(value);
  return {};
}

Result<void> set_list(std::vector<std::string>* slot, std::vector<std::string> list, const Key& key, const std::string& where) {
  for (const auto& item : list) {
    if (auto ok = check_text(item, key, where); !ok) return ok;
  }
  *slot = std::move(list);
  return {};
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, ',');) {
    if (!part.empty()) out.push_back(part);
  }
  return out;
}

/// From the environment or a flag: a text that has to become the key's type.
Result<void> set_from_text(const Key& key, const std::string& text, const std::string& where) {
  if (auto* s = std::get_if<std::string*>(&key.slot)) {
    if (auto ok = check_text(text, key, where); !ok) return ok;
    **s = text;
    return {};
  }
  if (auto* l = std::get_if<std::vector<std::string>*>(&key.slot)) return set_list(*l, split(text), key, where);
  if (auto* b = std::get_if<bool*>(&key.slot)) {
    if (text != "true" && text != "false" && text != "1" && text != "0") return wrong("bad_type", where, key, "true or false");
    **b = text == "true" || text == "1";
    return {};
  }
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = std::holds_alternative<int64_t*>(key.slot);
  if (error != std::errc{} || end != text.data() + text.size() || (whole && value != static_cast<double>(static_cast<int64_t>(value)))) {
    return wrong("bad_type", where, key, whole ? "a whole number" : "a number");
  }
  if (whole) return set_number(std::get<int64_t*>(key.slot), value, key, where);
  return set_number(std::get<double*>(key.slot), value, key, where);
}

Result<void> set_from_toml(const Key& key, const toml::node& node, const std::string& where) {
  if (auto* s = std::get_if<std::string*>(&key.slot)) {
    auto text = node.value_exact<std::string>();
    if (!text) return wrong("bad_type", where, key, "a text");
    if (auto ok = check_text(*text, key, where); !ok) return ok;
    **s = *text;
    return {};
  }
  if (auto* n = std::get_if<int64_t*>(&key.slot)) {
    auto number = node.value_exact<int64_t>();
    if (!number) return wrong("bad_type", where, key, "a whole number");
    return set_number(*n, static_cast<double>(*number), key, where);
  }
  if (auto* d = std::get_if<double*>(&key.slot)) {
    auto number = node.value<double>();
    if (!number || node.is_boolean()) return wrong("bad_type", where, key, "a number");
    return set_number(*d, *number, key, where);
  }
  if (auto* b = std::get_if<bool*>(&key.slot)) {
    auto truth = node.value_exact<bool>();
    if (!truth) return wrong("bad_type", where, key, "true or false");
    **b = *truth;
    return {};
  }
  const toml::array* array = node.as_array();
  if (!array) return wrong("bad_type", where, key, "a list of texts");
  std::vector<std::string> list;
  for (const toml::node& item : *array) {
    auto text = item.value_exact<std::string>();
    if (!text) return wrong("bad_type", where, key, "a list of texts");
    list.push_back(*text);
  }
  return set_list(std::get<std::vector<std::string>*>(key.slot), std::move(list), key, where);
}

bool is_address(std::string_view listen) {
  const size_t colon = listen.rfind(':');
  if (colon == listen.npos || colon == 0) return false;
  uint16_t port = 0;
  const char* const end = listen.data() + listen.size();
  const auto [last, error] = std::from_chars(listen.data() + colon + 1, end, port);
  return error == std::errc{} && last == end;
}

std::string environment_name(std::string_view key) {
  std::string name = "GAMEKEEPER_";
  for (char c : key) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::string show(const Key& key) {
  if (key.secret) return std::get<std::string*>(key.slot)->empty() ? "\"\"" : "\"***\"";
  return std::visit(
      [](auto* value) -> std::string {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>) return fmt::format("\"{}\"", *value);
        else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          std::string out = "[";
          for (const auto& item : *value) out += fmt::format("{}\"{}\"", out.size() > 1 ? ", " : "", item);
          return out + "]";
        } else return fmt::format("{}", *value);
      },
      key.slot);
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
  if (out.config.log.kind == "kafka" && out.config.kafka.brokers.empty()) {
    return fail(ErrorKind::kInvalid, "bad_value", "kafka.brokers must be set when log.kind is \"kafka\".", "kafka.brokers");
  }
  if (!is_address(out.config.server.listen)) {
    return fail(ErrorKind::kInvalid, "bad_value", fmt::format("{}: server.listen is \"{}\"; it must be HOST:PORT with a port from 0 to 65535.", out.from["server.listen"], out.config.server.listen),
                "server.listen", "HOST:PORT");
  }
  const auto& tls = out.config.server;
  if (tls.tls_certificate.empty() != tls.tls_key.empty()) {
    return fail(ErrorKind::kInvalid, "bad_value", "server.tls_certificate and server.tls_key go together: one is missing.",
                tls.tls_key.empty() ? "server.tls_key" : "server.tls_certificate");
  }
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
    out += fmt::format("{} = {}  # {}\n", name.substr(dot + 1), show(key), loaded.from.at(key.name));
  }
  return out;
}

}  // namespace gamekeeper::server
