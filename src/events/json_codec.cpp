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

}  // namespace gamekeeper::events
