#include "events/extract.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/currency.h"
#include "base/decimal.h"

namespace gamekeeper::events {
namespace {

namespace dom = simdjson::dom;

std::unexpected<Error> invalid(std::string code, std::string message, std::string field, std::string limit = {}) {
  return fail(ErrorKind::kInvalid, std::move(code), std::move(message), std::move(field), std::move(limit));
}

std::string at(std::string_view property) { return "properties." + std::string(property.substr(0, 128)); }

/// simdjson decodes a lone low surrogate escape to the bytes ED B0..BF xx, which are not UTF-8.
bool is_clean_text(std::string_view text) {
  return text.find('\0') == text.npos && simdjson::validate_utf8(text.data(), text.size());
}

Result<std::string_view> text_of(dom::object object, std::string_view name, bool required, size_t points_max = 128) {
  dom::element value;
  if (object[name].get(value) != simdjson::SUCCESS || value.is_null()) {
    if (!required) return std::string_view{};
    return invalid("required", "The property is required for this event.", at(name));
  }
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS)
    return invalid("bad_type", "The property must be a string.", at(name), "string");
  if (text.size() > points_max * 4) {
    return invalid("bad_length", "The property is too long.", at(name), std::to_string(points_max) + " characters");
  }
  return text;
}

Result<double> number_of(dom::object object, std::string_view name, bool required, bool& present) {
  dom::element value;
  present = object[name].get(value) == simdjson::SUCCESS && !value.is_null();
  if (!present) {
    if (!required) return 0.0;
    return invalid("required", "The property is required for this event.", at(name));
  }
  double number = 0;
  if (value.get(number) != simdjson::SUCCESS)
    return invalid("bad_type", "The property must be a number.", at(name), "number");
  return number;
}

Result<void> one_of(std::string_view value, std::string_view name, std::initializer_list<std::string_view> allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return {};
  std::string limit;
  for (auto a : allowed) limit += (limit.empty() ? "" : " | ") + std::string(a);
  return invalid("bad_value", "The property must be one of the values that this event knows.", at(name), limit);
}

}  // namespace

bool has_rules(Kind kind) { return kind != Kind::kOther && kind != Kind::kSessionEnd; }

void take_dimension(std::string_view property, std::string_view text, EventView& event) {
  if (text.size() > 1024) return;
  auto fill = [text](bool& has, std::string_view& column) { has = true, column = text; };
  if (property == "country")
    fill(event.has_country, event.country);
  else if (property == "version")
    fill(event.has_version, event.version);
  else if (property == "platform")
    fill(event.has_platform, event.platform);
}

Kind kind_of(std::string_view name) {
  switch (name.size()) {
    case 5:
      return name == "error" ? Kind::kError : Kind::kOther;
    case 7:
      if (name == "economy") return Kind::kEconomy;
      break;  // "queue.x" is a fact of seven letters
    case 8:
      if (name == "purchase") return Kind::kPurchase;
      break;
    case 11:
      if (name == "session_end") return Kind::kSessionEnd;
      if (name == "progression") return Kind::kProgression;
      break;
    case 12:
      if (name == "match_played") return Kind::kMatchPlayed;
      break;
    case 13:
      if (name == "session_start") return Kind::kSessionStart;
      break;
    default:
      break;
  }
  for (std::string_view prefix : {"player.", "session.", "queue.", "match.", "rating."}) {
    if (name.starts_with(prefix)) return Kind::kFact;
  }
  return Kind::kOther;
}

bool is_event_name(std::string_view name) {
  static constexpr auto kAllowed = [] {
    std::array<bool, 256> table{};
    for (unsigned char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/-"))
      table[c] = true;
    return table;
  }();
  if (name.empty() || name.size() > 128) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) { return kAllowed[c]; });
}

bool is_id_text(std::string_view text) {
  if (text.empty() || text.size() > 512) return false;
  size_t points = 0;
  bool ascii = true;
  for (unsigned char c : text) {
    if (c < 0x20 || c == 0x7f) return false;
    points += (c & 0xc0) != 0x80;
    ascii &= c < 0x80;
  }
  if (points > 128) return false;
  if (ascii) return true;
  for (size_t i = 0; i + 1 < text.size(); ++i) {  // C1 control characters: C2 80..9F
    if (static_cast<uint8_t>(text[i]) == 0xc2 && static_cast<uint8_t>(text[i + 1]) < 0xa0) return false;
  }
  return simdjson::validate_utf8(text.data(), text.size());
}

void PropertyReader::add_measure(std::string_view property, double value) {
  if (measure_count_ < kMeasuresMax) measures_[measure_count_++] = {property, value};
}

Result<void> PropertyReader::check_object(dom::object object, size_t depth, const PropertyLimits& limits,
                                          bool escapes) {
  if (depth > limits.depth_max) {
    return invalid("properties_too_deep", "The properties are nested too deeply.", "properties",
                   "depth " + std::to_string(limits.depth_max));
  }
  std::array<std::string_view, 24> seen;
  std::vector<std::string_view> more;
  size_t n = 0;
  for (auto [key, value] : object) {
    if (n < seen.size()) {
      for (size_t i = 0; i < n; ++i) {
        if (seen[i].size() == key.size() && std::memcmp(seen[i].data(), key.data(), key.size()) == 0) {
          return invalid("duplicate_field", "The same key stands twice in one object.", at(key));
        }
      }
      seen[n] = key;
    } else {
      more.push_back(key);
    }
    ++n;
    if (escapes && !is_clean_text(key))
      return invalid("bad_text", "A key holds NUL or a lone surrogate.", "properties");
    if (auto ok = check_tree(value, depth + 1, limits, escapes); !ok) return ok;
  }
  if (!more.empty()) {
    more.insert(more.end(), seen.begin(), seen.end());
    std::sort(more.begin(), more.end());
    auto twice = std::adjacent_find(more.begin(), more.end());
    if (twice != more.end()) return invalid("duplicate_field", "The same key stands twice in one object.", at(*twice));
  }
  return {};
}

Result<void> PropertyReader::check_tree(dom::element element, size_t depth, const PropertyLimits& limits,
                                        bool escapes) {
  switch (element.type()) {
    case dom::element_type::OBJECT:
      return check_object(element.get_object().value_unsafe(), depth, limits, escapes);
    case dom::element_type::ARRAY:
      if (depth > limits.depth_max) {
        return invalid("properties_too_deep", "The properties are nested too deeply.", "properties",
                       "depth " + std::to_string(limits.depth_max));
      }
      for (auto value : element.get_array().value_unsafe()) {
        if (auto ok = check_tree(value, depth + 1, limits, escapes); !ok) return ok;
      }
      return {};
    case dom::element_type::STRING:
      if (escapes && !is_clean_text(element.get_string().value_unsafe())) {
        return invalid("bad_text", "A text holds NUL or a lone surrogate.", "properties");
      }
      return {};
    default:
      return {};
  }
}

Result<void> PropertyReader::read(dom::object properties, std::string_view raw, size_t readable_after,
                                  std::span<const DeclaredMeasure> declared, const PropertyLimits& limits,
                                  EventView& event) {
  measure_count_ = 0;
  if (raw.size() > limits.bytes_max) {
    return invalid("properties_too_large", "The properties are too large.", "properties",
                   std::to_string(limits.bytes_max) + " bytes");
  }
  const bool escapes = std::memchr(raw.data(), '\\', raw.size()) != nullptr;
  if (auto ok = check_object(properties, 1, limits, escapes); !ok) return ok;

  for (auto [key, value] : properties) {
    std::string_view text;
    if ((key.size() != 7 && key.size() != 8) || value.get(text) != simdjson::SUCCESS) continue;
    take_dimension(key, text, event);
    const bool of_match = event.kind == Kind::kFact || event.kind == Kind::kMatchPlayed;
    if (of_match && key == "match_id" && text.size() <= 512) event.match_id = text;
  }
  if (has_rules(event.kind)) {
    if (auto ok = read_builtin(properties, raw, readable_after, event); !ok) return ok;
  }
  for (const DeclaredMeasure& m : declared) {
    if (m.event != event.name || m.property.size() > 255) continue;
    double number = 0;
    if (properties[m.property].get(number) != simdjson::SUCCESS) continue;
    const bool known = std::any_of(measures_.begin(), measures_.begin() + measure_count_,
                                   [&](const Measure& have) { return have.property == m.property; });
    if (!known) add_measure(m.property, number);
  }
  event.measures = std::span<const Measure>(measures_.data(), measure_count_);
  return {};
}

Result<void> PropertyReader::read_amount(dom::object properties, std::string_view raw, size_t readable_after,
                                         EventView& event) {
  static constexpr const char* kLimit = "0 to 9000000000000, at most 6 decimals";
  bool present = false;
  auto number = number_of(properties, "amount", true, present);
  if (!number) return std::unexpected(number.error());

  std::string_view token;  // its own text, because a double would round it
  auto document = numbers_.iterate(simdjson::padded_string_view(raw.data(), raw.size(), raw.size() + readable_after));
  simdjson::ondemand::value value;
  if (document.error() != simdjson::SUCCESS || document["amount"].get(value) != simdjson::SUCCESS) {
    return invalid("bad_amount", "The amount is not a decimal number.", at("amount"), kLimit);
  }
  token = value.raw_json_token();
  while (!token.empty() &&
         (token.back() == ' ' || token.back() == '\n' || token.back() == '\t' || token.back() == '\r'))
    token.remove_suffix(1);
  auto amount = Decimal::parse(token);
  if (!amount || amount->micros < 0) {
    return invalid("bad_amount", "The amount must be a decimal number that is not negative.", at("amount"), kLimit);
  }
  event.amount_micros = amount->micros;
  add_measure("amount", *number);
  return {};
}

Result<void> PropertyReader::read_builtin(dom::object properties, std::string_view raw, size_t readable_after,
                                          EventView& event) {
  switch (event.kind) {
    case Kind::kSessionStart:
      for (std::string_view name : {"platform", "country", "version"}) {
        if (auto text = text_of(properties, name, false); !text) return std::unexpected(text.error());
      }
      return {};
    case Kind::kPurchase: {
      if (auto ok = read_amount(properties, raw, readable_after, event); !ok) return ok;
      auto currency = text_of(properties, "currency", true);
      if (!currency) return std::unexpected(currency.error());
      if (!is_currency(*currency)) {
        return invalid("bad_currency", "The currency must be an ISO 4217 code.", at("currency"), "a code such as EUR");
      }
      event.currency = *currency;
      if (auto item = text_of(properties, "item_id", false); !item) return std::unexpected(item.error());
      return {};
    }
    case Kind::kEconomy: {
      auto flow = text_of(properties, "flow", true);
      if (!flow) return std::unexpected(flow.error());
      if (auto ok = one_of(*flow, "flow", {"source", "sink"}); !ok) return ok;
      event.sink = *flow == "sink";
      auto currency = text_of(properties, "currency", true);
      if (!currency) return std::unexpected(currency.error());
      if (!is_id_text(*currency) || currency->size() > 64) {
        return invalid("bad_currency", "The currency must have 1 to 64 bytes without control characters.",
                       at("currency"), "64 bytes");
      }
      event.currency = *currency;
      if (auto ok = read_amount(properties, raw, readable_after, event); !ok) return ok;
      for (std::string_view name : {"item_type", "item_id"}) {
        if (auto text = text_of(properties, name, false); !text) return std::unexpected(text.error());
      }
      bool present = false;
      if (auto n = number_of(properties, "balance", false, present); !n) return std::unexpected(n.error());
      return {};
    }
    case Kind::kProgression: {
      auto status = text_of(properties, "status", true);
      if (!status) return std::unexpected(status.error());
      if (auto ok = one_of(*status, "status", {"start", "complete", "fail"}); !ok) return ok;
      dom::element level;
      if (properties["level"].get(level) != simdjson::SUCCESS || level.is_null()) {
        return invalid("required", "The property is required for this event.", at("level"));
      }
      if (!level.is_string() && !level.is_number()) {
        return invalid("bad_type", "The property must be a string or a number.", at("level"), "string or number");
      }
      for (std::string_view name : {"attempt", "score"}) {
        bool present = false;
        auto number = number_of(properties, name, false, present);
        if (!number) return std::unexpected(number.error());
        if (present) add_measure(name, *number);
      }
      return {};
    }
    case Kind::kError: {
      auto severity = text_of(properties, "severity", true);
      if (!severity) return std::unexpected(severity.error());
      if (auto ok = one_of(*severity, "severity", {"debug", "info", "warning", "error", "critical"}); !ok) return ok;
      event.severe = *severity == "error" || *severity == "critical";
      if (auto text = text_of(properties, "message", true, 8192); !text) return std::unexpected(text.error());
      return {};
    }
    case Kind::kMatchPlayed: {
      auto match = text_of(properties, "match_id", true);
      if (!match) return std::unexpected(match.error());
      if (!is_id_text(*match))
        return invalid("bad_value", "The match id must have 1 to 128 characters.", at("match_id"), "128 characters");
      for (std::string_view name : {"opponent", "team"}) {
        if (auto text = text_of(properties, name, false); !text) return std::unexpected(text.error());
      }
      for (std::string_view name : {"rank", "score"}) {
        bool present = false;
        if (auto n = number_of(properties, name, false, present); !n) return std::unexpected(n.error());
      }
      return {};
    }
    case Kind::kFact: {
      bool present = false;
      auto wait = number_of(properties, "wait_seconds", false, present);
      if (wait && present) add_measure("wait_seconds", *wait);
      return {};
    }
    default:
      return {};
  }
}

}  // namespace gamekeeper::events
