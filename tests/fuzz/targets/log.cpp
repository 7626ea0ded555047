// What lies on disks: rows, messages, and (first byte 2) a log's files, in which the input changes bytes, cuts and renames.
// A damaged log may refuse, or have lost its end; it never serves anything but what was written.
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "adapters/embedded/embedded_event_log.h"
#include "events.h"
#include "tests/support/run_task.h"

namespace gamekeeper::fuzz {
namespace {

namespace fs = std::filesystem;
using adapters::EmbeddedEventLog;
constexpr uint64_t kEvents = 20;

/// A folder in memory: a sync costs nothing there.
std::string scratch() {
  static const std::string folder = "/dev/shm/gk-fuzz-log-" + std::to_string(::getpid());
  static const struct Cleaner {
    ~Cleaner() {
      std::error_code ignored;
      fs::remove_all(folder, ignored);
    }
  } cleaner;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

std::string row_of(uint64_t n) {
  events::EventView e;
  const std::string player = "player-" + std::to_string(n), properties = "{\"n\":" + std::to_string(n) + "}";
  e.app = "arena", e.key = "k1", e.name = "tick", e.player_id = player, e.properties = properties;
  e.received_at = e.time = 1'800'000'000'000 + static_cast<int64_t>(n);
  e.id.bytes[0] = static_cast<uint8_t>(n);
  std::string row;
  events::append_row(row, e);
  return row;
}

std::unique_ptr<EmbeddedEventLog> open_log(const std::string& folder) {
  auto log = EmbeddedEventLog::open(folder, {.partitions = 1, .segment_bytes = 1000});
  return log ? std::move(*log) : nullptr;
}

using Files = std::map<std::string, std::string>;

/// Reads everything, comparing with what was written. Answers how many events were served before an end or an error.
uint64_t read_and_compare(EmbeddedEventLog& log) {
  auto reader = test::run(log.open(0, {}));
  if (!reader) return 0;
  uint64_t served = 0;
  for (;;) {
    auto chunk = test::run((*reader)->next(300, {}));
    if (!chunk || chunk->count == 0) return served;
    std::string want;
    for (uint64_t p = chunk->first.value; p < chunk->next.value && want.size() <= chunk->rows.size(); ++p)
      want += row_of(p);
    GK_CHECK(chunk->rows == want, "what is served is what was written there");
    GK_CHECK(chunk->next.value <= kEvents + 1, "nothing is served that was never written");
    served += chunk->count;
  }
}

/// The files of a good log with several segments, as they lie after a kill: the last one's WAL is still there.
Files make_files() {
  const std::string folder = scratch();
  auto log = open_log(folder);
  GK_CHECK(log != nullptr, "a new log opens");
  for (uint64_t n = 1; n <= kEvents; n += 2) {
    std::vector<ports::PartitionBatch> batch{{0, row_of(n) + row_of(n + 1), 2}};
    GK_CHECK(test::run(log->append(std::move(batch))).at(0).has_value(), "a good log takes events");
  }
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path(), folder);
    if (!entry.is_regular_file() || name == "lock" || name.ends_with("-shm")) continue;
    std::stringstream all;
    all << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    files[name] = all.str();
  }
  return files;
}

std::unique_ptr<EmbeddedEventLog> open_files(const Files& files) {
  const std::string folder = scratch();
  for (const auto& [name, bytes] : files) {
    fs::create_directories(fs::path(folder + "/" + name).parent_path());
    std::ofstream(folder + "/" + name, std::ios::binary) << bytes;
  }
  return open_log(folder);
}

const Files& good_files() {
  static const Files files = [] {
    // Copied from under a running log, whose checkpointer may be at work just then: taken only when it is whole.
    for (int tries = 0; tries < 50; ++tries) {
      Files copied = make_files();
      auto log = open_files(copied);
      if (log && read_and_compare(*log) == kEvents) return copied;
    }
    GK_CHECK(false, "a copy of a good log is good");
    return Files();
  }();
  return files;
}

/// Seven bytes an edit: what, which file, where (4), value.
void damage_and_read(const uint8_t* data, size_t size) {
  Files files = good_files();
  for (; size >= 7; data += 7, size -= 7) {
    auto file = std::next(files.begin(), data[1] % static_cast<int>(files.size()));
    std::string& bytes = file->second;
    uint32_t at = 0;
    std::memcpy(&at, data + 2, 4);
    switch (data[0] % 6) {
      case 0:
        if (!bytes.empty()) bytes[at % bytes.size()] = static_cast<char>(data[6]);
        break;
      case 1:
        if (!bytes.empty()) bytes[at % bytes.size()] ^= static_cast<char>(1 << data[6] % 8);
        break;
      case 2:
        bytes.resize(at % (bytes.size() + 1));
        break;
      case 3:
        bytes += std::string(at % 600, static_cast<char>(data[6]));
        break;
      case 4:
        if (files.size() > 1) files.erase(file);
        break;
      case 5: {
        std::string name = file->first, moved = std::move(bytes);
        files.erase(file);
        name[at % name.size()] = static_cast<char>('!' + data[6] % 90);
        if (name.find("..") == name.npos && name.front() != '/' && name != "lock") files[name] = std::move(moved);
        if (files.empty()) return;
        break;
      }
    }
  }
  if (auto log = open_files(files)) read_and_compare(*log);
}

void read_rows(std::string_view bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  events::RowReader reader({copy.get(), bytes.size()});
  events::EventView event;
  while (reader.next(event)) {
    std::string row, again;
    events::append_row(row, event);
    events::RowReader second(row);
    events::EventView read;
    GK_CHECK(second.next(read), "what was read can be written and read again");
    events::append_row(again, read);
    GK_CHECK(row == again, "and is the same");
  }
}

void read_message(std::string_view bytes) {
  const size_t readable = bytes.size() + simdjson::SIMDJSON_PADDING;
  const auto copy = std::make_unique<char[]>(readable);
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  events::JsonReader reader;
  auto event = reader.read({copy.get(), bytes.size()}, readable);
  if (!event) return;
  std::string row;
  events::append_row(row, *event);
  events::RowReader rows(row);
  events::EventView read;
  GK_CHECK(rows.next(read), "an event that was read fits a row");
}

}  // namespace
}  // namespace gamekeeper::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gamekeeper;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      fuzz::read_rows(rest);
      break;
    case 1:
      fuzz::read_message(rest);
      break;
    default:
      fuzz::damage_and_read(data + 1, size - 1);
  }
  return 0;
}
