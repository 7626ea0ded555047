#pragma once

#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "events/event.h"
#include "events/extract.h"

namespace gamekeeper::events {

/// Appends the event as one JSON object: the client's envelope, then what Gamekeeper stamped (app, key, source,
/// received_at, sent_at, measures). It is the value of a Kafka message and a line of an export; docs/formats/event.md.
void append_json(std::string& out, const EventView& event);

/// The event's id; for events known by their sequence number a UUID made from player, session and number.
Uuid shown_id(const EventView& event);

/// Reads what append_json wrote. One instance a thread; the view points into it and into `text` until the next call.
class JsonReader {
 public:
  /// `readable` bytes can be read from text.data(), at least SIMDJSON_PADDING more than the text.
  /// Errors: kCorrupt.
  Result<EventView> read(std::string_view text, size_t readable);

 private:
  struct Properties {
    std::string_view raw;
    bool walked = false;  // the typed columns have been filled
  };
  bool read_field(const char* key, simdjson::ondemand::value& value, bool escapes, EventView& event,
                  Properties& properties);
  bool walk_properties(simdjson::ondemand::value& value, bool escapes, EventView& event, Properties& properties);
  bool read_measures(simdjson::ondemand::value& value, EventView& event);
  bool read_tree(std::string_view raw, size_t readable_after, EventView& event);

  simdjson::dom::parser parser_;
  simdjson::ondemand::parser walker_;
  PropertyReader properties_;
  std::array<Measure, kMeasuresMax> measures_;
};

}  // namespace gamekeeper::events
