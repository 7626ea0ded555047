#pragma once

#include <cstring>
#include <memory>
#include <string>

#include "events/json_codec.h"
#include "insight/ingest/decode.h"

namespace gamekeeper::fuzz {

/// The row again, by way of a Kafka message. Events known by their sequence number get an id there; that is no loss.
inline void check_message(const events::EventView& event) {
  std::string text;
  events::append_json(text, event);
  const size_t size = text.size();
  text.append(simdjson::SIMDJSON_PADDING, ' ');
  events::JsonReader reader;
  auto read = reader.read(std::string_view(text.data(), size), text.size());
  GK_CHECK(read.has_value(), "what we write as JSON we can read");
  events::EventView before = event;
  if (before.seq != 0) before.id = read->id;
  std::string a, b;
  events::append_row(a, before);
  events::append_row(b, *read);
  GK_CHECK(a == b, "a message holds what the row held");
}

/// The first byte says who is asking, the rest is the body. The buffer ends where net promises that it is readable, so
/// that reading past that is seen.
inline void decode_events(ingest::Format format, const uint8_t* data, size_t size) {
  if (size == 0) return;
  Principal who{
      .app = "arena", .kind = data[0] & 1 ? PrincipalKind::kServerKey : PrincipalKind::kWriteKey, .key_id = "k1"};
  const size_t body_size = size - 1, readable = body_size + simdjson::SIMDJSON_PADDING;
  auto body = std::make_unique<char[]>(readable);
  std::memcpy(body.get(), data + 1, body_size);
  const events::DeclaredMeasure measures[] = {{"jump", "height"}};
  const ingest::Stamp stamp{.who = who,
                            .received_at = 1'800'000'000'000,
                            .partitions = 3,
                            .idempotency_key = data[0] & 2 ? "key" : "",
                            .measures = measures};
  static ingest::EventDecoder decoder({.events_max = 50, .event_bytes_max = 1024});
  auto decoded = decoder.decode(format, {body.get(), body_size}, readable, stamp);
  if (!decoded) {
    GK_CHECK(decoded.error().kind == ErrorKind::kInvalid, "a bad body is the caller's fault");
    return;
  }
  uint32_t counted = 0;
  for (const auto& part : decoded->parts) {
    events::RowReader reader(part.rows);
    events::EventView event;
    uint32_t here = 0;
    for (; reader.next(event); ++here) {
      GK_CHECK(events::partition_of(event.app, event.player_id, 3) == part.partition, "players have one partition");
      GK_CHECK(event.app == "arena" && !event.name.empty() && !event.player_id.empty(), "checked fields are there");
      check_message(event);
    }
    GK_CHECK(!reader.corrupt() && here == part.count, "rows are whole and counted");
    counted += here;
  }
  GK_CHECK(counted == decoded->accepted && counted + decoded->rejected.size() <= 50, "every event is in or out");
}

}  // namespace gamekeeper::fuzz
