#include "insight/ingest/decode.h"

#include <algorithm>
#include <cstring>

#include "base/clock.h"
#include "base/ids.h"
#include "insight/ingest/parts.h"

namespace gamekeeper::ingest {
namespace {

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;
using events::EventView;
using simdjson::SUCCESS;

constexpr UnixMillis kYear1800 = -5364662400000;  // 1800-01-01T00:00:00Z
constexpr size_t kKeptBytes = 1 << 20;
constexpr UnixMillis kYear9999 = 253402300799999;

std::unexpected<Error> invalid(std::string code, std::string message, std::string field, std::string limit = {}) {
  return fail(ErrorKind::kInvalid, std::move(code), std::move(message), std::move(field), std::move(limit));
}

/// The envelope's fields, found in one walk.
struct Envelope {
  dom::element name, id, player_id, session_id, seq, time, properties;
  uint8_t seen = 0;
  bool has(uint8_t bit) const { return seen & bit; }
};
enum : uint8_t { kName = 1, kId = 2, kPlayer = 4, kSession = 8, kSeq = 16, kTime = 32, kProperties = 64 };

Result<void> find_fields(dom::object object, Envelope& out) {
  for (auto [key, value] : object) {
    uint8_t bit = 0;
    dom::element* slot = nullptr;
    switch (key.size()) {
      case 2:
        if (key == "id") bit = kId, slot = &out.id;
        break;
      case 3:
        if (key == "seq") bit = kSeq, slot = &out.seq;
        break;
      case 4:
        if (key == "name")
          bit = kName, slot = &out.name;
        else if (key == "time")
          bit = kTime, slot = &out.time;
        break;
      case 9:
        if (key == "player_id") bit = kPlayer, slot = &out.player_id;
        break;
      case 10:
        if (key == "session_id")
          bit = kSession, slot = &out.session_id;
        else if (key == "properties")
          bit = kProperties, slot = &out.properties;
        break;
      default:
        break;
    }
    if (!slot) continue;  // unknown fields are let through: a newer client may send them
    if (out.seen & bit) return invalid("duplicate_field", "The field stands twice in one event.", std::string(key));
    out.seen |= bit;
    *slot = value;
  }
  for (auto [bit, slot] : {std::pair{kId, &out.id},
                           {kSession, &out.session_id},
                           {kSeq, &out.seq},
                           {kTime, &out.time},
                           {kProperties, &out.properties},
                           {kName, &out.name},
                           {kPlayer, &out.player_id}}) {
    if ((out.seen & bit) && slot->is_null()) out.seen = static_cast<uint8_t>(out.seen & ~bit);
  }
  return {};
}

Result<std::string_view> id_text(dom::element value, const char* field) {
  std::string_view text;
  if (value.get(text) != SUCCESS) return invalid("bad_type", "The field must be a string.", field, "string");
  if (events::is_id_text(text)) return text;
  const auto points = std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; });
  if (text.empty() || points > 128)
    return invalid("bad_length", "The field must have 1 to 128 characters.", field, "1 to 128 characters");
  return invalid("bad_text", "The field must have no control characters.", field,
                 "1 to 128 characters, no control characters");
}

Result<UnixMillis> read_time(const Envelope& in, const Stamp& stamp, const Limits& limits) {
  if (!in.has(kTime)) return stamp.received_at;
  UnixMillis time = 0;
  std::string_view text;
  int64_t number = 0;
  if (in.time.get(text) == SUCCESS) {
    auto parsed = parse_time(text);
    if (!parsed)
      return invalid("bad_time", "The time is not an RFC 3339 date-time.", "time", "RFC 3339 or integer milliseconds");
    time = *parsed;
  } else if (in.time.is_int64() && in.time.get(number) == SUCCESS) {
    time = number;
  } else if (in.time.is_uint64()) {
    time = INT64_MAX;
  } else {
    return invalid("bad_time", "The time must be an RFC 3339 text or integer milliseconds.", "time",
                   "RFC 3339 or integer milliseconds");
  }
  const bool server = stamp.who.kind == PrincipalKind::kServerKey || stamp.who.kind == PrincipalKind::kAdmin;
  const UnixMillis oldest = server ? kYear1800 : stamp.received_at - limits.past_max_ms;
  const UnixMillis newest = std::min(stamp.received_at + limits.future_max_ms, kYear9999);
  if (time < oldest || time > newest) {
    return invalid("time_out_of_range", "The time lies outside what this key may send.", "time",
                   format_time(oldest) + " to " + format_time(newest));
  }
  return time;
}

/// 0 when there is none.
Result<UnixMillis> sent_at_of(dom::element value) {
  std::string_view text;
  int64_t number = 0;
  if (value.is_null()) return 0;
  if (value.get(text) == SUCCESS) {
    if (auto parsed = parse_time(text)) return *parsed;
  } else if (value.is_int64() && value.get(number) == SUCCESS && number >= kYear1800 && number <= kYear9999) {
    return number;
  }
  return invalid("bad_time", "sent_at is not an RFC 3339 date-time.", "sent_at", "RFC 3339 or integer milliseconds");
}

std::unexpected<Error> twice(std::string_view field) {
  return invalid("duplicate_field", "The field stands twice.", std::string(field));
}

/// What a body of events says of itself.
struct Document {
  dom::array events;
  UnixMillis sent_at = 0;
};

Result<Document> read_document(dom::element root) {
  auto no_document = [] {
    return invalid("bad_document", "The body must be an object with the array \"events\".", "events", "array");
  };
  dom::object object;
  if (root.get(object) != SUCCESS) return no_document();
  Document out;
  bool has_events = false, has_sent_at = false;
  for (auto [key, value] : object) {
    if (key == "events") {
      if (has_events) return twice(key);
      if (value.get(out.events) != SUCCESS) return no_document();
      has_events = true;
    } else if (key == "sent_at") {
      if (has_sent_at) return twice(key);
      auto sent_at = sent_at_of(value);
      if (!sent_at) return std::unexpected(sent_at.error());
      out.sent_at = *sent_at;
      has_sent_at = true;
    }
  }
  if (!has_events) return no_document();
  return out;
}

/// simdjson from 3.10 on tells integers beyond 64 bits from other bad numbers; before, it has no such code.
template <class Code>
Code in_one_word(Code code) {
  if constexpr (requires { Code::BIGINT_ERROR; }) {
    if (code == Code::BIGINT_ERROR) return Code::NUMBER_ERROR;
  }
  return code;
}

Error json_error(simdjson::error_code code) {
  switch (in_one_word(code)) {
    case simdjson::NUMBER_ERROR:
      return {ErrorKind::kInvalid, "number_out_of_range", "A number is malformed or beyond 64 bits.", "", "64 bits"};
    case simdjson::DEPTH_ERROR:
      return {ErrorKind::kInvalid, "properties_too_deep", "The event is nested too deeply.", "", "depth 8"};
    case simdjson::STRING_ERROR:
    case simdjson::UNESCAPED_CHARS:
      return {ErrorKind::kInvalid, "bad_text", "A text has a bad escape, a lone surrogate, or a control character.",
              ""};
    case simdjson::UTF8_ERROR:
      return {ErrorKind::kInvalid, "bad_utf8", "The text is not UTF-8.", ""};
    default:
      return {ErrorKind::kInvalid, "bad_json", "The text is not JSON.", ""};
  }
}

}  // namespace

struct EventDecoder::Impl {
  explicit Impl(Limits l) : limits(l) {}

  Limits limits;
  dom::parser whole;        // the validating pass over the body
  dom::parser single;       // one event alone, when the body as a whole does not parse
  ondemand::parser walker;  // finds each event's own text
  events::PropertyReader properties;
  std::string copy;         // one event, padded
  Decoded out;

  Result<Decoded> json(std::string_view body, size_t readable, const Stamp& stamp);
  Result<Decoded> json_one_by_one(std::string_view body, const Stamp& stamp, simdjson::error_code why);
  Result<Decoded> ndjson(std::string_view body, size_t readable, const Stamp& stamp);
  void take_text(std::string_view raw, uint32_t index, UnixMillis sent_at, const Stamp& stamp);
  void take(dom::element event, std::string_view raw, std::string_view raw_properties, const char* end, uint32_t index,
            UnixMillis sent_at, const Stamp& stamp);
  Result<void> build(dom::element event, std::string_view raw, std::string_view raw_properties, const char* end,
                     uint32_t index, UnixMillis sent_at, const Stamp& stamp);
  void reject(uint32_t index, Error error, std::string_view raw, dom::element* event);
  void begin(const Stamp& stamp) {
    out = {};
    out.parts.resize(stamp.partitions);
    for (uint32_t p = 0; p < stamp.partitions; ++p) out.parts[p].partition = p;
  }
  Decoded finish() {
    std::erase_if(out.parts, [](const ports::PartitionBatch& part) { return part.count == 0; });
    return std::move(out);
  }
  simdjson::error_code parse_alone(std::string_view text, dom::element& value);
  Error explain(std::string_view raw, simdjson::error_code why);
  std::unexpected<Error> too_many() const {
    return invalid("too_many_events", "The body holds too many events.", "events", std::to_string(limits.events_max));
  }
};

EventDecoder::EventDecoder(Limits limits) : impl_(std::make_unique<Impl>(limits)) {}
EventDecoder::~EventDecoder() = default;

Result<Decoded> EventDecoder::decode(Format format, std::string_view body, size_t readable, const Stamp& stamp) {
  GK_CHECK(readable >= body.size() + simdjson::SIMDJSON_PADDING, "bodies are padded by net");
  impl_->begin(stamp);
  auto decoded = format == Format::kJson ? impl_->json(body, readable, stamp) : impl_->ndjson(body, readable, stamp);
  if (body.size() > kKeptBytes) {  // the parsers hold some 15 times the largest body that they saw
    impl_->whole = dom::parser();
    impl_->walker = ondemand::parser();
  }
  return decoded;
}

void EventDecoder::Impl::reject(uint32_t index, Error error, std::string_view raw, dom::element* event) {
  std::string id;
  std::string_view text;
  if (event && event->is_object() && event->at_key("id").get(text) == SUCCESS) id = text.substr(0, 128);
  out.rejected.push_back({index, std::move(id), std::move(error), std::string(raw.substr(0, limits.event_bytes_max))});
}

Result<Decoded> EventDecoder::Impl::json(std::string_view body, size_t readable, const Stamp& stamp) {
  dom::element root;
  auto parsed = whole.parse(reinterpret_cast<const uint8_t*>(body.data()), body.size(), false).get(root);
  if (parsed != SUCCESS) {
    if (parsed == simdjson::EMPTY) return invalid("bad_json", "The body is empty.", "body");
    return json_one_by_one(body, stamp, parsed);
  }
  auto read = read_document(root);
  if (!read) return std::unexpected(read.error());

  // The DOM has been validated; the walker goes through the same text only to find each event's and each
  // properties object's own bytes.
  ondemand::document document;
  ondemand::array texts;
  if (walker.iterate(body.data(), body.size(), readable).get(document) != SUCCESS ||
      document["events"].get_array().get(texts) != SUCCESS) {
    return invalid("bad_document", "The body must be an object with the array \"events\".", "events", "array");
  }
  const char* const end = body.data() + readable;
  auto text = texts.begin().value_unsafe();
  uint32_t index = 0;
  for (dom::element event : read->events) {
    if (index == limits.events_max) return too_many();
    ondemand::value value = (*text).value_unsafe();
    std::string_view raw, raw_properties;
    if (event.is_object()) {
      ondemand::object object = value.get_object().value_unsafe();
      for (auto field : object) {
        ondemand::field f = field.value_unsafe();
        if (f.key() == "properties") {
          ondemand::value p = f.value();
          auto type = p.type();
          if (type.error() == SUCCESS && type.value_unsafe() == ondemand::json_type::object) {
            raw_properties = p.get_object().value_unsafe().raw_json().value_unsafe();
          }
        }
      }
      object.reset();
      raw = object.raw_json().value_unsafe();
    } else {
      raw = value.raw_json_token();
    }
    take(event, raw, raw_properties, end, index, read->sent_at, stamp);
    ++index;
    ++text;
  }
  return finish();
}

/// Something inside the body does not parse: find the events by their brackets and read each alone, so that only the
/// bad ones are lost. `why` is what the body as a whole failed of.
Result<Decoded> EventDecoder::Impl::json_one_by_one(std::string_view body, const Stamp& stamp,
                                                    simdjson::error_code why) {
  auto no_document = [why] {
    Error error =
        why == simdjson::UTF8_ERROR ? json_error(why) : Error{ErrorKind::kInvalid, "bad_json", "The body is not JSON."};
    error.field = "body";
    return std::unexpected(std::move(error));
  };
  std::string_view list, sent_at_text;
  Parts members(body);
  while (auto member = members.next()) {
    std::string_view* slot = member->key == "events" ? &list : member->key == "sent_at" ? &sent_at_text : nullptr;
    if (!slot) continue;
    if (!slot->empty()) return twice(member->key);
    *slot = member->value;
  }
  if (!members.whole() || !list.starts_with('[')) return no_document();
  std::vector<std::string_view> texts;
  Parts items(list);
  while (auto item = items.next()) {
    if (texts.size() == limits.events_max) return too_many();
    texts.push_back(item->value);
  }
  if (!items.whole()) return no_document();
  UnixMillis sent_at = 0;
  if (!sent_at_text.empty()) {
    dom::element value;
    if (parse_alone(sent_at_text, value) != SUCCESS) return no_document();
    auto read = sent_at_of(value);
    if (!read) return std::unexpected(read.error());
    sent_at = *read;
  }
  for (uint32_t i = 0; i < texts.size(); ++i) take_text(texts[i], i, sent_at, stamp);
  if (out.rejected.empty()) return no_document();  // what is broken stands outside the events
  if (why == simdjson::UTF8_ERROR && out.accepted == 0) return no_document();  // nothing in it can be read at all
  return finish();
}

simdjson::error_code EventDecoder::Impl::parse_alone(std::string_view text, dom::element& value) {
  copy.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  copy.assign(text);
  return single.parse(reinterpret_cast<const uint8_t*>(copy.data()), copy.size(), false).get(value);
}

/// Why an event's text does not parse, with the member at fault where one alone is.
Error EventDecoder::Impl::explain(std::string_view raw, simdjson::error_code why) {
  Error error = json_error(why);
  Parts members(raw);
  while (auto member = members.next()) {
    dom::element ignored;
    const auto own = parse_alone(member->value, ignored);
    if (own == SUCCESS) continue;
    error = json_error(own);
    if (simdjson::validate_utf8(member->key.data(), member->key.size())) error.field = member->key.substr(0, 128);
    break;
  }
  return error;
}

void EventDecoder::Impl::take_text(std::string_view raw, uint32_t index, UnixMillis sent_at, const Stamp& stamp) {
  if (raw.size() > limits.event_bytes_max) {
    return reject(index,
                  {ErrorKind::kInvalid, "event_too_large", "The event is too large.", "",
                   std::to_string(limits.event_bytes_max) + " bytes"},
                  raw, nullptr);
  }
  dom::element event;
  auto error = parse_alone(raw, event);
  if (error != SUCCESS) return reject(index, explain(raw, error), raw, nullptr);
  const char* const end = copy.data() + copy.capacity();
  std::string_view raw_properties;
  ondemand::document document;
  ondemand::object object;
  if (event.is_object() && walker.iterate(copy.data(), copy.size(), copy.capacity()).get(document) == SUCCESS &&
      document.get_object().get(object) == SUCCESS) {
    for (auto entry : object) {
      ondemand::field field = std::move(entry).value_unsafe();
      if (!(field.key() == "properties")) continue;
      ondemand::object p;
      if (field.value().get_object().get(p) == SUCCESS) raw_properties = p.raw_json().value_unsafe();
    }
  }
  take(event, copy, raw_properties, end, index, sent_at, stamp);
}

Result<Decoded> EventDecoder::Impl::ndjson(std::string_view body, size_t, const Stamp& stamp) {
  uint32_t index = 0;
  while (!body.empty()) {
    const size_t cut = body.find('\n');
    std::string_view line = body.substr(0, cut);
    body.remove_prefix(cut == body.npos ? body.size() : cut + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == line.npos) continue;
    if (index == limits.events_max) return too_many();
    take_text(line, index++, 0, stamp);
  }
  return finish();
}

void EventDecoder::Impl::take(dom::element event, std::string_view raw, std::string_view raw_properties,
                              const char* end, uint32_t index, UnixMillis sent_at, const Stamp& stamp) {
  if (auto ok = build(event, raw, raw_properties, end, index, sent_at, stamp); !ok) {
    reject(index, std::move(ok.error()), raw, &event);
  }
}

Result<void> EventDecoder::Impl::build(dom::element event, std::string_view raw, std::string_view raw_properties,
                                       const char* end, uint32_t index, UnixMillis sent_at, const Stamp& stamp) {
  if (raw.size() > limits.event_bytes_max) {
    return invalid("event_too_large", "The event is too large.", "", std::to_string(limits.event_bytes_max) + " bytes");
  }
  dom::object object;
  if (event.get(object) != SUCCESS) return invalid("bad_type", "An event must be an object.", "", "object");
  Envelope in;
  if (auto ok = find_fields(object, in); !ok) return ok;

  EventView row;
  row.app = stamp.who.app;
  row.key = stamp.who.key_id;
  row.source = stamp.who.kind == PrincipalKind::kWriteKey ? events::Source::kClient : events::Source::kServer;
  row.received_at = stamp.received_at;
  row.sent_at = sent_at;

  if (!in.has(kName)) return invalid("required", "The event has no name.", "name");
  if (in.name.get(row.name) != SUCCESS) return invalid("bad_type", "The name must be a string.", "name", "string");
  if (!events::is_event_name(row.name)) {
    return invalid("bad_name", "The name must be 1 to 128 of the letters A-Za-z0-9_.:/-.", "name",
                   "[A-Za-z0-9_.:/-]{1,128}");
  }
  row.kind = events::kind_of(row.name);
  if (row.kind == events::Kind::kFact && row.source == events::Source::kClient) {
    return invalid("reserved_name", "This name is kept for game servers; a write key may not send it.", "name",
                   "server key");
  }
  if (!in.has(kPlayer)) return invalid("required", "The event has no player_id.", "player_id");
  auto player = id_text(in.player_id, "player_id");
  if (!player) return std::unexpected(player.error());
  row.player_id = *player;
  if (in.has(kSession)) {
    auto session = id_text(in.session_id, "session_id");
    if (!session) return std::unexpected(session.error());
    row.session_id = *session;
  }
  if (in.has(kSeq)) {
    int64_t seq = 0;
    if (!in.seq.is_int64() || in.seq.get(seq) != SUCCESS || seq < 1) {
      return invalid("bad_seq", "seq must be an integer from 1 on.", "seq", "1 to 9007199254740992");
    }
    if (seq > (int64_t{1} << 53)) return invalid("bad_seq", "seq is too large.", "seq", "1 to 9007199254740992");
    if (row.session_id.empty())
      return invalid("seq_needs_session", "seq counts within a session: session_id is missing.", "session_id");
    row.seq = static_cast<uint64_t>(seq);
  }
  if (in.has(kId)) {
    std::string_view text;
    if (in.id.get(text) != SUCCESS) return invalid("bad_type", "The id must be a string.", "id", "UUID");
    auto id = parse_uuid(text);
    if (!id) return invalid("bad_id", "The id must be a UUID.", "id", "UUID");
    row.id = *id;
  } else if (!stamp.idempotency_key.empty()) {
    row.id = make_uuid_from(stamp.who.app + "\n" + stamp.who.key_id + "\n" + std::string(stamp.idempotency_key) + "\n" +
                            std::to_string(index));
  } else if (row.seq == 0) {
    row.id = make_uuid_v7(stamp.received_at);  // an event with seq is known by that; its id is made when shown
  }
  auto time = read_time(in, stamp, limits);
  if (!time) return std::unexpected(time.error());
  row.time = *time;
  if (in.has(kProperties)) {
    dom::object properties_object;
    if (in.properties.get(properties_object) != SUCCESS) {
      return invalid("bad_type", "The properties must be an object.", "properties", "object");
    }
    if (raw_properties.empty()) {  // the key was written with escapes: its own text cannot be found
      return invalid("bad_json", "The key \"properties\" must be written plainly.", "properties");
    }
    if (raw_properties != "{}") row.properties = raw_properties;
    auto ok = properties.read(properties_object, raw_properties,
                              static_cast<size_t>(end - raw_properties.data()) - raw_properties.size(), stamp.measures,
                              limits.properties, row);
    if (!ok) return ok;
  } else if (row.kind != events::Kind::kOther && row.kind != events::Kind::kFact) {
    static const simdjson::padded_string kNothing(std::string_view("{}"));
    dom::parser parser;
    dom::object empty = parser.parse(kNothing).get_object().value();
    auto ok = properties.read(empty, std::string_view(kNothing.data(), 2), simdjson::SIMDJSON_PADDING, stamp.measures,
                              limits.properties, row);
    if (!ok) return ok;
  }
  auto& part = out.parts[events::partition_of(row.app, row.player_id, stamp.partitions)];
  events::append_row(part.rows, row);
  ++part.count;
  ++out.accepted;
  return {};
}

}  // namespace gamekeeper::ingest
