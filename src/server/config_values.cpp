// How one key's value is checked, set and shown.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "server/config_keys.h"

namespace gamekeeper::server {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, ',');) {
    if (!part.empty()) out.push_back(part);
  }
  return out;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

Result<void> check_text(const Key& key, const std::string& text, const std::string& where) {
  const bool known =
      key.allowed.empty() || std::find(key.allowed.begin(), key.allowed.end(), text) != key.allowed.end();
  if (!known) return wrong_value("bad_value", key, where, fmt::format("one of {}", fmt::join(key.allowed, ", ")));
  if (const char* wanted = key.shape ? key.shape(text) : nullptr)
    return wrong_value("bad_value", key, where, fmt::format("{}, not {}", wanted, key.secret ? "this" : quoted(text)));
  return {};
}

std::string plain_number(double value) { return fmt::format("{:.15g}", value); }

}  // namespace

std::unexpected<Error> wrong_value(std::string code, const Key& key, const std::string& where,
                                   const std::string& limit) {
  return fail(ErrorKind::kInvalid, std::move(code), fmt::format("{}: {} must be {}.", where, key.name, limit), key.name,
              limit);
}

std::string environment_name(std::string_view key) {
  std::string name = "GAMEKEEPER_";
  for (char c : key) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

Result<void> set_text(const Key& key, const std::string& text, const std::string& where) {
  if (auto ok = check_text(key, text, where); !ok) return ok;
  *std::get<std::string*>(key.slot) = text;
  return {};
}

Result<void> set_number(const Key& key, double value, const std::string& where) {
  if (!(value >= key.least && value <= key.most)) {
    return wrong_value("out_of_range", key, where,
                       fmt::format("from {} to {}", plain_number(key.least), plain_number(key.most)));
  }
  if (auto* whole = std::get_if<int64_t*>(&key.slot))
    **whole = static_cast<int64_t>(value);
  else
    *std::get<double*>(key.slot) = value;
  return {};
}

Result<void> set_list(const Key& key, std::vector<std::string> list, const std::string& where) {
  for (const auto& item : list) {
    if (auto ok = check_text(key, item, where); !ok) return ok;
  }
  *std::get<std::vector<std::string>*>(key.slot) = std::move(list);
  return {};
}

Result<void> set_from_text(const Key& key, const std::string& text, const std::string& where) {
  if (std::holds_alternative<std::string*>(key.slot)) return set_text(key, text, where);
  if (std::holds_alternative<std::vector<std::string>*>(key.slot)) return set_list(key, split(text), where);
  if (auto* b = std::get_if<bool*>(&key.slot)) {
    if (text != "true" && text != "false" && text != "1" && text != "0")
      return wrong_value("bad_type", key, where, "true or false");
    **b = text == "true" || text == "1";
    return {};
  }
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = std::holds_alternative<int64_t*>(key.slot);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (!is_number || (whole && value != std::floor(value)))
    return wrong_value("bad_type", key, where, fmt::format("a {}", type_of(key)));
  return set_number(key, value, where);
}

const char* type_of(const Key& key) {
  constexpr const char* kNames[] = {"text", "whole number", "number", "true or false", "list of texts"};
  return kNames[key.slot.index()];
}

std::string limit_of(const Key& key) {
  if (!key.allowed.empty()) return fmt::format("{}", fmt::join(key.allowed, ", "));
  if (key.least != 0 || key.most != 0) return fmt::format("{} to {}", plain_number(key.least), plain_number(key.most));
  return "";
}

/// A secret header keeps its name: what is printed is a configuration again.
std::string masked(const std::string& item) {
  const size_t colon = item.find(": ");
  return quoted(colon == std::string::npos ? "***" : item.substr(0, colon) + ": ***");
}

std::string show_value(const Key& key) {
  const auto shown = [&key](const std::string& text) {
    return key.secret && !text.empty() ? std::string("\"***\"") : quoted(text);
  };
  return std::visit(
      [&](auto* value) -> std::string {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>)
          return shown(*value);
        else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          std::string out = "[";
          for (const auto& item : *value)
            out += (out.size() > 1 ? ", " : "") + (key.secret ? masked(item) : quoted(item));
          return out + "]";
        } else
          return fmt::format("{}", *value);
      },
      key.slot);
}

}  // namespace gamekeeper::server
