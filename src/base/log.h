#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace gamekeeper::log {

enum class Level : uint8_t { kDebug, kInfo, kWarning, kError };

/// A detail of a line: a name and a value already rendered as JSON. Use the makers below.
struct Field {
  std::string_view name;
  std::string json;
};
Field text(std::string_view name, std::string_view value);  // escaped
inline Field number(std::string_view name, int64_t value) { return {name, fmt::format("{}", value)}; }
inline Field number(std::string_view name, double value) { return {name, fmt::format("{:.6g}", value)}; }

/// What a line may carry beside its details.
struct Context {
  std::string_view player_id = {};
  std::string_view session_id = {};
  std::string_view trace_id = {};  // 32 hex digits of the W3C trace id
};

/// Writes one JSON line to standard output (asynchronously, bounded, dropping with a counter when it cannot keep up):
/// {"timestamp","level","service","event","player_id"?,"session_id"?,"details":{…},"trace_id"}. A line without a trace of
/// its own carries the process's: one id from start to end. Thread-safe.
void write(Level level, std::string_view service, std::string_view event, std::initializer_list<Field> details = {},
           const Context& context = {});
inline void info(std::string_view service, std::string_view event, std::initializer_list<Field> details = {},
                 const Context& context = {}) {
  write(Level::kInfo, service, event, details, context);
}
inline void warning(std::string_view service, std::string_view event, std::initializer_list<Field> details = {},
                    const Context& context = {}) {
  write(Level::kWarning, service, event, details, context);
}
inline void error(std::string_view service, std::string_view event, std::initializer_list<Field> details = {},
                  const Context& context = {}) {
  write(Level::kError, service, event, details, context);
}

/// Lines below `level` are not written. Default kInfo.
void set_level(Level level);
/// Lines that did not fit since the start.
uint64_t lines_dropped();
/// Waits until what was written has reached the stream; called once at exit.
void flush();

}  // namespace gamekeeper::log
