#include "base/log.h"

#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/json.h"
#include "base/trace.h"

namespace gamekeeper::log {
namespace {

constexpr size_t kQueueBytesMax = 4 << 20;
constexpr const char* kNames[] = {"DEBUG", "INFO", "WARNING", "ERROR"};

/// The one writer of lines: callers append to a buffer, a thread writes it out. What does not fit is counted.
class Writer {
 public:
  Writer() : thread_([this] { work(); }) {}
  ~Writer() {
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  std::string_view process_trace() const { return process_.trace_id(); }
  uint64_t dropped_in_all() const { return dropped_in_all_; }

  void add(std::string_view line) {
    std::lock_guard lock(mutex_);
    if (buffer_.size() + line.size() > kQueueBytesMax) {
      ++dropped_;
      ++dropped_in_all_;
      return;
    }
    const bool was_empty = buffer_.empty();
    buffer_ += line;
    if (was_empty) wake_.notify_all();
  }

  void flush() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return buffer_.empty() && !writing_; });
  }

 private:
  void work() {
    std::string out;
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return stopped_ || !buffer_.empty(); });
      if (buffer_.empty()) return;
      out.swap(buffer_);
      if (dropped_ > 0) {
        out += fmt::format(
            R"({{"timestamp":"{}","level":"WARNING","service":"log","event":"lines_dropped","details":{{"count":{}}},"trace_id":"{}"}})"
            "\n",
            format_time(SystemClock().now_ms()), dropped_, process_trace());
        dropped_ = 0;
      }
      writing_ = true;
      lock.unlock();
      for (size_t at = 0; at < out.size();) {
        const ssize_t n = ::write(STDOUT_FILENO, out.data() + at, out.size() - at);
        if (n <= 0) break;
        at += static_cast<size_t>(n);
      }
      out.clear();
      lock.lock();
      writing_ = false;
      idle_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::string buffer_;
  const TraceContext process_ = make_trace();
  uint64_t dropped_ = 0;  // and not told yet
  std::atomic<uint64_t> dropped_in_all_{0};
  bool stopped_ = false, writing_ = false;
  std::thread thread_;
};

Writer& writer() {
  static Writer one;
  return one;
}

std::atomic<Level> least{Level::kInfo};

}  // namespace

Field text(std::string_view name, std::string_view value) {
  Field field{name, {}};
  append_json_string(field.json, value);
  return field;
}

void write(Level level, std::string_view service, std::string_view event, std::initializer_list<Field> details,
           const Context& context) {
  if (level < least.load(std::memory_order_relaxed)) return;
  std::string line = fmt::format(R"({{"timestamp":"{}","level":"{}","service":)", format_time(SystemClock().now_ms()),
                                 kNames[static_cast<size_t>(level)]);
  append_json_string(line, service);
  line += ",\"event\":";
  append_json_string(line, event);
  auto optional = [&line](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    line += fmt::format(",\"{}\":", name);
    append_json_string(line, value);
  };
  optional("player_id", context.player_id);
  optional("session_id", context.session_id);
  line += ",\"details\":{";
  for (const Field& field : details) {
    if (line.back() != '{') line += ',';
    append_json_string(line, field.name);
    line += ':';
    line += field.json;
  }
  line += '}';
  optional("trace_id", context.trace_id.empty() ? writer().process_trace() : context.trace_id);
  line += "}\n";
  writer().add(line);
}

void set_level(Level level) { least = level; }
uint64_t lines_dropped() { return writer().dropped_in_all(); }
void flush() { writer().flush(); }

}  // namespace gamekeeper::log
