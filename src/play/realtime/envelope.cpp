#include "play/realtime/envelope.h"

#include <boost/json.hpp>

#include "base/json.h"
#include "events/extract.h"
#include "net/json_body.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr size_t kDepthMax = 8;
constexpr size_t kTextMax = 512;

Result<std::string> short_text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value || value->is_null()) return std::string();
  if (!value->is_string())
    return fail(ErrorKind::kInvalid, "bad_type", "The field must be a string.", std::string(name));
  std::string text(value->as_string());
  if (text.size() > kTextMax) {
    return fail(ErrorKind::kInvalid, "bad_value", "The field has at most 512 bytes.", std::string(name), "512 bytes");
  }
  return text;
}

/// The number "id" as it is written in a JSON object: read and written anew, its last digit may be another. Empty: the key
/// is written with escapes.
std::string_view id_as_written(std::string_view text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{' || text[i] == '[') ++depth;
    if (text[i] == '}' || text[i] == ']') --depth;
    if (text[i] != '"') continue;
    const size_t begin = i++;
    for (; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\';
    const size_t colon = text.find_first_not_of(" \t\r\n", i + 1);
    if (depth != 1 || text.substr(begin, i + 1 - begin) != R"("id")" || colon == text.npos || text[colon] != ':')
      continue;
    const size_t from = text.find_first_not_of(" \t\r\n", colon + 1);
    return text.substr(from, text.find_first_of(" \t\r\n,}", from) - from);
  }
  return {};
}

/// Many clients count their messages, so a number is as good as a string.
Result<std::string> read_id(const json::object& object, std::string_view text) {
  const json::value* value = object.if_contains("id");
  if (!value || value->is_null()) return std::string();
  if (value->is_number()) {
    const std::string_view written = id_as_written(text);
    if (written.size() > kTextMax)
      return fail(ErrorKind::kInvalid, "bad_value", "The field has at most 512 bytes.", "id", "512 bytes");
    return written.empty() ? json::serialize(*value) : std::string(written);
  }
  if (!value->is_string())
    return fail(ErrorKind::kInvalid, "bad_type", "The field must be a string or a number.", "id", "string or number");
  if (auto ok = short_text(object, "id"); !ok) return std::unexpected(ok.error());
  return json::serialize(*value);
}

}  // namespace

Result<Envelope> read_envelope(std::string_view text) {
  const auto read = net::read_object(text, kDepthMax);
  if (!read && read.error().code != "bad_json") return std::unexpected(read.error());
  if (!read)
    return fail(ErrorKind::kInvalid, "bad_json",
                "A message is a JSON object: {\"id\"?, \"type\", \"topic\"?, \"data\"?}.");
  const json::object& object = *read;
  Envelope out;
  auto id = read_id(object, text);
  if (!id) return std::unexpected(id.error());
  out.id = std::move(*id);
  for (auto [name, to] : {std::pair("type", &out.type), std::pair("topic", &out.topic)}) {
    auto found = short_text(object, name);
    if (!found) return std::unexpected(found.error());
    *to = std::move(*found);
  }
  if (out.type.empty()) return fail(ErrorKind::kInvalid, "required", "A message has a type.", "type");
  if (const json::value* data = object.if_contains("data"); data && !data->is_null()) {
    if (!data->is_object()) return fail(ErrorKind::kInvalid, "bad_type", "The field must be an object.", "data");
    out.data = data->as_object();
  }
  return out;
}

std::string frame_text(const Frame& frame, json::object data) {
  std::string out = R"({"type":)";
  append_json_string(out, frame.type);
  if (!frame.id.empty()) out.append(R"(,"id":)").append(frame.id);
  for (const auto& [field, value] : {std::pair(R"(,"topic":)", frame.topic), std::pair(R"(,"seq":)", frame.seq)}) {
    if (value.empty()) continue;
    out += field;
    append_json_string(out, value);
  }
  if (!data.empty()) out.append(R"(,"data":)").append(json::serialize(data));
  return out += '}';
}

std::string error_text(std::string_view id, std::string_view topic, const Error& error) {
  const Error told = without_internals(error);
  json::object data{{"code", told.code}, {"detail", told.message}};
  if (!told.field.empty()) data["field"] = told.field;
  if (!told.limit.empty()) data["limit"] = told.limit;
  return frame_text({.type = "error", .id = id, .topic = topic}, std::move(data));
}

Result<WantedTopic> read_topic(std::string_view text) {
  using Kind = WantedTopic::Kind;
  for (const std::string_view own : {"queue", "ratings", "notifications", "friends"}) {
    if (text == own) return WantedTopic{Kind::kOwn, std::string(own)};
  }
  for (const auto& [prefix, kind] : {std::pair<std::string_view, Kind>("session:", Kind::kSession),
                                     std::pair<std::string_view, Kind>("leaderboard:", Kind::kBoard)}) {
    if (!text.starts_with(prefix)) continue;
    const std::string_view id = text.substr(prefix.size());
    if (events::is_id_text(id)) return WantedTopic{kind, std::string(id)};
  }
  return fail(ErrorKind::kInvalid, "unknown_topic", "There is no such topic.", "topic",
              "queue | ratings | notifications | friends | session:{id} | leaderboard:{id}");
}

}  // namespace gamekeeper::play
