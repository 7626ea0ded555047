#include "events/json_codec.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <iterator>

namespace gamekeeper::events {
namespace {

constexpr const char* kSources[] = {"client", "server", "gamekeeper"};

void append_text(std::string& out, std::string_view text) {
  out += '"';
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else {
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("\\u{:04x}"), c);
    }
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

void field(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  append_text(out, text);
}

void field(std::string& out, std::string_view name, int64_t number) {
  fmt::format_to(std::back_inserter(out), FMT_COMPILE(",\"{}\":{}"), name, number);
}

std::unexpected<Error> corrupt() {
  return fail(ErrorKind::kCorrupt, "corrupt", "A message on the log is not an event of Gamekeeper's.");
}

}  // namespace

Uuid shown_id(const EventView& event) {
  if (event.id != Uuid{}) return event.id;
  return make_uuid_from(fmt::format("{}\n{}\n{}\n{}", event.app, event.player_id, event.session_id, event.seq));
}

void append_json(std::string& out, const EventView& e) {
  out += "{\"name\":\"";  // names need no escapes: [A-Za-z0-9_.:/-]
  out += e.name;
  out += '"';
  if (e.id != Uuid{}) field(out, "id", to_string(e.id));
  field(out, "player_id", e.player_id);
  if (!e.session_id.empty()) field(out, "session_id", e.session_id);
  if (e.seq != 0) field(out, "seq", static_cast<int64_t>(e.seq));
  field(out, "time", e.time);
  out += ",\"properties\":";
  out += e.properties.empty() ? std::string_view("{}") : e.properties;
  field(out, "app", e.app);
  field(out, "key", e.key);
  field(out, "source", kSources[static_cast<size_t>(e.source)]);
  field(out, "received_at", e.received_at);
  if (e.sent_at != 0) field(out, "sent_at", e.sent_at);
  if (!e.measures.empty()) {
    out += ",\"measures\":{";
    for (const Measure& m : e.measures) {
      if (out.back() != '{') out += ',';
      append_text(out, m.property);
      fmt::format_to(std::back_inserter(out), FMT_COMPILE(":{}"), m.value);
    }
    out += '}';
  }
  out += '}';
}

Result<EventView> JsonReader::read(std::string_view text, size_t readable) {
  using simdjson::SUCCESS;
  simdjson::dom::object object;
  if (parser_.parse(reinterpret_cast<const uint8_t*>(text.data()), text.size(), false).get(object) != SUCCESS)
    return corrupt();
  EventView e;
  simdjson::dom::object properties, measures;
  bool has_properties = false, has_measures = false, ok = true;
  for (auto [key, value] : object) {
    int64_t number = 0;
    std::string_view string;
    auto take_number = [&](int64_t& to) {
      ok &= value.get(number) == SUCCESS;
      to = number;
    };
    auto take_text = [&](std::string_view& to) { ok &= value.get(to) == SUCCESS; };
    if (key == "name")
      take_text(e.name);
    else if (key == "player_id")
      take_text(e.player_id);
    else if (key == "session_id")
      take_text(e.session_id);
    else if (key == "seq") {
      take_number(number);
      e.seq = static_cast<uint64_t>(number);
    } else if (key == "time")
      take_number(e.time);
    else if (key == "properties")
      has_properties = value.get(properties) == SUCCESS;
    else if (key == "app")
      take_text(e.app);
    else if (key == "key")
      take_text(e.key);
    else if (key == "received_at")
      take_number(e.received_at);
    else if (key == "sent_at")
      take_number(e.sent_at);
    else if (key == "measures")
      has_measures = value.get(measures) == SUCCESS;
    else if (key == "id") {
      take_text(string);
      auto id = parse_uuid(string);
      ok &= id.has_value();
      if (id) e.id = *id;
    } else if (key == "source") {
      take_text(string);
      e.source = string == "client" ? Source::kClient : string == "server" ? Source::kServer : Source::kBackend;
    }
  }
  if (!ok || e.name.empty() || e.name.size() > 255 || e.player_id.empty() || e.app.empty() || !has_properties)
    return corrupt();
  e.kind = kind_of(e.name);

  simdjson::ondemand::document document;
  simdjson::ondemand::object own;
  std::string_view raw;
  if (walker_.iterate(text.data(), text.size(), readable).get(document) != SUCCESS ||
      document["properties"].get_object().get(own) != SUCCESS || own.raw_json().get(raw) != SUCCESS)
    return corrupt();
  if (raw != "{}") e.properties = raw;
  // Checked when it was taken in; what fails now (a limit that has changed since) only loses the typed columns.
  std::ignore = properties_.read(properties, raw, static_cast<size_t>(text.data() + readable - raw.data()) - raw.size(),
                                 {}, {.bytes_max = raw.size(), .depth_max = 1000}, e);
  if (has_measures) {
    size_t n = 0;
    for (auto [name, value] : measures) {
      double number = 0;
      if (n < kMeasuresMax && value.get(number) == SUCCESS) measures_[n++] = {name, number};
    }
    e.measures = std::span<const Measure>(measures_.data(), n);
  }
  return e;
}

}  // namespace gamekeeper::events
