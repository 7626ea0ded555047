#pragma once

#include <simdjson.h>

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "events/event.h"

namespace gamekeeper::events {

/// A measure that an app declared in its settings: `event` + `property`.
struct DeclaredMeasure {
  std::string event;
  std::string property;
};

struct PropertyLimits {
  size_t bytes_max = 32 * 1024;
  size_t depth_max = 8;  // the object itself is 1
};

/// What the name alone says: a built-in event, a backend fact, or another.
Kind kind_of(std::string_view name);

/// Whether events of this kind have properties with rules of their own, beside the dimensions that any event may have.
bool has_rules(Kind kind);

/// A text property that is a dimension (platform, country, version) fills its column.
void take_dimension(std::string_view property, std::string_view text, EventView& event);

/// Whether `name` matches [A-Za-z0-9_.:/-]{1,128}.
bool is_event_name(std::string_view name);

/// 1 to 128 code points, no control characters; the text is known to be UTF-8.
bool is_id_text(std::string_view text);

/// Checks an event's properties and fills its typed columns (event.name and event.kind must be set). One instance a
/// thread: it owns the scratch that the event's views point into until the next call.
class PropertyReader {
 public:
  /// `raw` is the object's own text, followed by at least `readable_after` readable bytes (SIMDJSON_PADDING or more).
  /// Errors, all kInvalid, with field: properties_too_large, properties_too_deep, duplicate_field, bad_text (NUL or a
  /// lone surrogate), required, bad_type, bad_value, bad_amount, bad_currency.
  Result<void> read(simdjson::dom::object properties, std::string_view raw, size_t readable_after,
                    std::span<const DeclaredMeasure> declared, const PropertyLimits& limits, EventView& event);

 private:
  Result<void> check_tree(simdjson::dom::element element, size_t depth, const PropertyLimits& limits, bool escapes);
  Result<void> check_object(simdjson::dom::object object, size_t depth, const PropertyLimits& limits, bool escapes);
  Result<void> read_builtin(simdjson::dom::object properties, std::string_view raw, size_t readable_after,
                            EventView& event);
  Result<void> read_amount(simdjson::dom::object properties, std::string_view raw, size_t readable_after,
                           EventView& event);
  void add_measure(std::string_view property, double value);

  simdjson::ondemand::parser numbers_;
  std::array<Measure, kMeasuresMax> measures_;
  size_t measure_count_ = 0;
};

}  // namespace gamekeeper::events
