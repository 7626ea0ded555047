#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "events/event.h"
#include "ports/event_log.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::chaos {

/// A batch of events whose names are `ids`, each with `fill` bytes that do not compress away.
inline ports::PartitionBatch batch_of(ports::Partition partition, const std::vector<std::string>& ids,
                                      size_t fill = 0) {
  ports::PartitionBatch batch{.partition = partition, .rows = {}, .count = 0};
  for (const std::string& id : ids) {
    uint64_t noise = std::hash<std::string>()(id);
    std::string properties = R"({"fill":")";
    for (size_t i = 0; i < fill; ++i)
      properties += static_cast<char>('a' + ((noise = noise * 6364136223846793005u + 1442695040888963407u) >> 60));
    properties += "\"}";
    events::EventView e;
    e.app = "demo", e.key = "k", e.name = id, e.player_id = "p", e.properties = properties;
    e.received_at = e.time = 1'780'000'000'000;
    events::append_row(batch.rows, e);
    ++batch.count;
  }
  return batch;
}

struct LogContent {
  std::vector<std::string> ids;
  ports::Position next;
};

/// Every event of a partition from `from` to its end. Errors: those of the log.
inline Result<LogContent> read_log(ports::EventLog& log, ports::Partition partition, ports::Position from = {}) {
  auto bounds = test::run(log.bounds(partition));
  if (!bounds) return std::unexpected(bounds.error());
  auto reader = test::run(log.open(partition, from));
  if (!reader) return std::unexpected(reader.error());
  LogContent out{{}, from == ports::Position{} ? bounds->first : from};
  while (out.next < bounds->next) {
    auto chunk = test::run((*reader)->next(1 << 20, std::chrono::steady_clock::now() + std::chrono::seconds(10)));
    if (!chunk) return std::unexpected(chunk.error());
    if (chunk->count == 0) return fail(ErrorKind::kTimeout, "stuck", "The log gave nothing.");
    events::RowReader rows(chunk->rows);
    for (events::EventView e; rows.next(e);) out.ids.emplace_back(e.name);
    if (rows.corrupt()) return fail(ErrorKind::kCorrupt, "corrupt", "A row is damaged.");
    out.next = chunk->next;
  }
  return out;
}

/// A folder in memory where the machine has one: these tests make and drop thousands of files.
class RamDir : public test::TempDir {
 public:
  RamDir() : TempDir(std::filesystem::exists("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path()) {}
};

/// How many seeds to try: the environment's number, else the short form's.
inline uint64_t seeds(uint64_t otherwise) {
  const char* text = std::getenv("GK_SEEDS");
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace gamekeeper::chaos
