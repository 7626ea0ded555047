#include <cstring>

#include "events/json_codec.h"

namespace gamekeeper::events {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::SUCCESS;

std::unexpected<Error> not_an_event() {
  return fail(ErrorKind::kCorrupt, "corrupt", "A message on the log is not an event of Gamekeeper's.");
}

/// A key as it stands in the text, compared with its closing quote. Keys with escapes are none that append_json writes.
template <size_t N>
bool is_key(const char* key, const char (&quoted)[N]) {
  return std::memcmp(key, quoted, N - 1) == 0;
}

/// The string at `value`. Most texts hold no escapes, and then nothing is copied.
bool take_text(ondemand::value& value, bool escapes, std::string_view& to) {
  if (escapes) return value.get_string().get(to) == SUCCESS;
  std::string_view token = value.raw_json_token();
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') return false;
  to = token.substr(1, token.size() - 2);
  return true;
}

bool is_number(ondemand::value& value) {
  ondemand::number number;
  return value.get_number().get(number) == SUCCESS;
}

enum class Walk : uint8_t { kDone, kNested, kBroken };

/// Properties that no rule asks for but the dimensions, without escapes. kNested: an object or array stands in them,
/// which only a tree checks.
Walk walk_flat(ondemand::object& properties, EventView& event) {
  for (auto field : properties) {
    ondemand::value value;
    ondemand::raw_json_string key;
    ondemand::json_type type;
    if (field.key().get(key) != SUCCESS || field.value().get(value) != SUCCESS || value.type().get(type) != SUCCESS)
      return Walk::kBroken;
    bool ok = true, yes = false;
    std::string_view text;
    switch (type) {
      case ondemand::json_type::string:
        ok = take_text(value, false, text);
        if (is_key(key.raw(), "country\""))
          take_dimension("country", text, event);
        else if (is_key(key.raw(), "version\""))
          take_dimension("version", text, event);
        else if (is_key(key.raw(), "platform\""))
          take_dimension("platform", text, event);
        break;
      case ondemand::json_type::number:
        ok = is_number(value);
        break;
      case ondemand::json_type::boolean:
        ok = value.get_bool().get(yes) == SUCCESS;
        break;
      case ondemand::json_type::null:
        ok = value.is_null().get(yes) == SUCCESS && yes;
        break;
      default:
        return Walk::kNested;
    }
    if (!ok) return Walk::kBroken;
  }
  return Walk::kDone;
}

}  // namespace

/// One walk. Only properties that a rule asks for, or that are nested or hold escapes, are then parsed into a tree too.
Result<EventView> JsonReader::read(std::string_view text, size_t readable) {
  ondemand::document document;
  ondemand::object object;
  if (walker_.iterate(text.data(), text.size(), readable).get(document) != SUCCESS ||
      document.get_object().get(object) != SUCCESS)
    return not_an_event();
  const bool escapes = std::memchr(text.data(), '\\', text.size()) != nullptr;
  EventView e;
  Properties properties;
  for (auto field : object) {
    ondemand::raw_json_string key;
    ondemand::value value;
    if (field.key().get(key) != SUCCESS || field.value().get(value) != SUCCESS ||
        !read_field(key.raw(), value, escapes, e, properties))
      return not_an_event();
  }
  const char* rest = nullptr;
  const bool at_end = document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS;
  const std::string_view raw = properties.raw;
  if (!at_end || raw.empty() || e.name.empty() || e.name.size() > 255 || e.player_id.empty() || e.app.empty())
    return not_an_event();
  e.kind = kind_of(e.name);
  if (raw != "{}") e.properties = raw;
  const size_t readable_after = static_cast<size_t>(text.data() + readable - raw.data()) - raw.size();
  if (!properties.walked && !read_tree(raw, readable_after, e)) return not_an_event();
  return e;
}

bool JsonReader::read_field(const char* key, ondemand::value& value, bool escapes, EventView& e,
                            Properties& properties) {
  auto number = [&](int64_t& to) { return value.get_int64().get(to) == SUCCESS; };
  auto string = [&](std::string_view& to) { return take_text(value, escapes, to); };
  if (is_key(key, "name\"")) return string(e.name);
  if (is_key(key, "player_id\"")) return string(e.player_id);
  if (is_key(key, "session_id\"")) return string(e.session_id);
  if (is_key(key, "seq\"")) {
    int64_t seq = 0;
    const bool ok = number(seq);
    e.seq = static_cast<uint64_t>(seq);
    return ok;
  }
  if (is_key(key, "time\"")) return number(e.time);
  if (is_key(key, "properties\"")) return walk_properties(value, escapes, e, properties);
  if (is_key(key, "app\"")) return string(e.app);
  if (is_key(key, "key\"")) return string(e.key);
  if (is_key(key, "received_at\"")) return number(e.received_at);
  if (is_key(key, "sent_at\"")) return number(e.sent_at);
  if (is_key(key, "measures\"")) return read_measures(value, e);
  std::string_view text;
  if (is_key(key, "id\"")) {
    const auto id = string(text) ? parse_uuid(text) : std::nullopt;
    if (id) e.id = *id;
    return id.has_value();
  }
  if (is_key(key, "source\"")) {
    const bool ok = string(text);
    e.source = text == "client" ? Source::kClient : text == "server" ? Source::kServer : Source::kBackend;
    return ok;
  }
  return true;  // of a later version
}

bool JsonReader::walk_properties(ondemand::value& value, bool escapes, EventView& event, Properties& properties) {
  const char* const begin = value.raw_json_token().data();
  const char* next = nullptr;
  ondemand::object own;
  if (value.get_object().get(own) != SUCCESS) return false;
  const bool asked_for = event.name.empty() || has_rules(kind_of(event.name));
  if (!asked_for && !escapes) {
    switch (walk_flat(own, event)) {
      case Walk::kDone:
        if (value.current_location().get(next) != SUCCESS) return false;
        properties = {{begin, static_cast<size_t>(next - begin)}, true};
        return true;
      case Walk::kNested:
        break;
      case Walk::kBroken:
        return false;
    }
    if (own.reset().error() != SUCCESS) return false;
  }
  return own.raw_json().get(properties.raw) == SUCCESS;
}

bool JsonReader::read_measures(ondemand::value& value, EventView& event) {
  ondemand::object object;
  if (value.get_object().get(object) != SUCCESS) return false;
  size_t n = 0;
  for (auto field : object) {
    std::string_view name;
    double number = 0;
    if (field.unescaped_key().get(name) != SUCCESS || field.value().get_double().get(number) != SUCCESS) return false;
    if (n < kMeasuresMax) measures_[n++] = {name, number};
  }
  event.measures = std::span<const Measure>(measures_.data(), n);
  return true;
}

bool JsonReader::read_tree(std::string_view raw, size_t readable_after, EventView& event) {
  simdjson::dom::object properties;
  if (parser_.parse(reinterpret_cast<const uint8_t*>(raw.data()), raw.size(), false).get(properties) != SUCCESS)
    return false;
  const auto measures = event.measures;  // as they were found when the event was taken in
  // Checked then, too; what fails now (a limit that has changed since) only loses the typed columns.
  std::ignore =
      properties_.read(properties, raw, readable_after, {}, {.bytes_max = raw.size(), .depth_max = 1000}, event);
  if (!measures.empty()) event.measures = measures;
  return true;
}

}  // namespace gamekeeper::events
