// The contracts of EventLog, SeriesStore and DocumentStore on embedded storage.
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "adapters/embedded/embedded_event_log.h"
#include "adapters/embedded/sqlite.h"
#include "adapters/embedded/sqlite_document_store.h"
#include "adapters/embedded/sqlite_series_store.h"
#include "tests/contract/document_store_contract.h"
#include "tests/contract/event_log_contract.h"
#include "tests/contract/series_store_contract.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::contract {
namespace {

using namespace gamekeeper::adapters;

struct EmbeddedLogUnderTest final : LogUnderTest {
  explicit EmbeddedLogUnderTest(EmbeddedLogOptions o) : options(o) {}
  gamekeeper::test::TempDir folder;
  EmbeddedLogOptions options;
  std::unique_ptr<ports::EventLog> open() override {
    auto log = EmbeddedEventLog::open(folder.path() + "/log", options);
    EXPECT_TRUE(log) << log.error().message;
    return log ? std::move(*log) : nullptr;
  }
};

LogFactory embedded(EmbeddedLogOptions options) {
  return [options] { return std::make_unique<EmbeddedLogUnderTest>(options); };
}

INSTANTIATE_TEST_SUITE_P(Embedded, EventLogContract,
                         testing::Values(embedded({}),
                                         embedded({.partitions = 2, .segment_bytes = 1, .tail_bytes_max = 1})));

struct SqliteSeriesUnderTest final : SeriesUnderTest {
  gamekeeper::test::TempDir folder;
  std::unique_ptr<ports::SeriesStore> open() override {
    return std::move(*SqliteSeriesStore::open(folder.path() + "/series"));
  }
};
INSTANTIATE_TEST_SUITE_P(Sqlite, SeriesStoreContract,
                         testing::Values(SeriesFactory([] { return std::make_unique<SqliteSeriesUnderTest>(); })));

struct SqliteDocumentsUnderTest final : DocumentsUnderTest {
  gamekeeper::test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> open() override {
    return std::move(*SqliteDocumentStore::open(folder.path() + "/documents.db"));
  }
};
INSTANTIATE_TEST_SUITE_P(Sqlite, DocumentStoreContract, testing::Values(DocumentsFactory([] {
                           return std::make_unique<SqliteDocumentsUnderTest>();
                         })));

/// As files were before entries lay beside their documents.
constexpr const char* kOldDocuments =
    "PRAGMA journal_mode=WAL;"
    "CREATE TABLE documents(collection TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, "
    "PRIMARY KEY(collection, id)) WITHOUT ROWID;"
    "CREATE TABLE entries(collection TEXT NOT NULL, idx TEXT NOT NULL, key BLOB NOT NULL, id TEXT NOT NULL, PRIMARY "
    "KEY(collection, idx, key, id)) WITHOUT ROWID;"
    "CREATE INDEX entries_by_document ON entries(collection, id);"
    "INSERT INTO documents VALUES('c', '1', 4, 'one'), ('c', '2', 1, 'two'), ('c', '3', 1, 'bare');"
    "INSERT INTO entries VALUES('c', 'by', CAST('a' AS BLOB), '1'), ('c', 'by', CAST('b' AS BLOB), '1'),"
    "('c', 'by', CAST('b' AS BLOB), '2'), ('c', 'name', CAST('ann' AS BLOB), '2');";

TEST(SqliteDocuments, OfAnOlderFileAreFoundAndLoseTheirEntriesWithThem) {
  using gamekeeper::test::run;
  gamekeeper::test::TempDir folder;
  const std::string file = folder.path() + "/documents.db";
  ASSERT_TRUE(sqlite::Database::open(file)->exec(kOldDocuments));
  for (int start = 0; start < 2; ++start) {
    auto store = SqliteDocumentStore::open(file);
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ((*run((*store)->get("c", "1", {})))->version, 4u);
    EXPECT_EQ(*run((*store)->count("c", "by", "", "")), 3u);
  }
  auto store = std::move(*SqliteDocumentStore::open(file));
  const auto commit = [&](ports::Put put) {
    ports::WriteSet set;
    set.puts.push_back(std::move(put));
    return run(store->commit(std::move(set)));
  };
  EXPECT_EQ(commit({.collection = "c", .id = "3", .body = "{}", .entries = {{"name", "ann", true}}}).error().code,
            "unique");
  ASSERT_TRUE(commit({.collection = "c", .id = "1", .body = "{}", .entries = {{"by", "b"}}, .expected = 4}));
  EXPECT_EQ(*run(store->count("c", "by", "", "")), 2u);
  ASSERT_TRUE(commit({.collection = "c", .id = "2", .remove = true}));
  EXPECT_EQ(*run(store->count("c", "by", "", "")), 1u);
  ASSERT_TRUE(commit({.collection = "c", .id = "3", .body = "{}", .entries = {{"name", "ann", true}}}));
}

TEST(SqliteDocuments, OneSetMayWriteADocumentTwice) {
  using gamekeeper::test::run;
  gamekeeper::test::TempDir folder;
  auto store = std::move(*SqliteDocumentStore::open(folder.path() + "/documents.db"));
  const auto put = [](const char* key, uint64_t expected) {
    return ports::Put{.collection = "c", .id = "1", .body = key, .entries = {{"by", key}}, .expected = expected};
  };
  EXPECT_FALSE(run(store->commit({.puts = {put("a", 0), put("b", 0)}, .facts = {{"p", "never"}}})));
  EXPECT_FALSE(*run(store->get("c", "1", {})));
  EXPECT_TRUE(run(store->outbox(1))->empty());
  ASSERT_TRUE(run(store->commit({.puts = {put("a", 0), put("b", 1)}, .facts = {{"p", "once"}}})));
  EXPECT_EQ((*run(store->get("c", "1", {})))->version, 2u);
  EXPECT_EQ(*run(store->count("c", "by", "", "")), 1u);
  EXPECT_EQ(run(store->outbox(5))->size(), 1u);
}

TEST(EmbeddedLog, RefusesASecondProgramAndANewerFormat) {
  EmbeddedLogUnderTest storage{{}};
  auto log = storage.open();
  auto second = EmbeddedEventLog::open(storage.folder.path() + "/log", {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "data_dir_in_use");
  log.reset();
  std::ofstream(storage.folder.path() + "/log/manifest") << "format 99\npartitions 2\n";
  auto newer = EmbeddedEventLog::open(storage.folder.path() + "/log", {});
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, "newer_format");
}

TEST(EmbeddedLog, TrimsWholeSegmentsAndSaysSo) {
  EmbeddedLogUnderTest storage{{.partitions = 1, .segment_bytes = 1, .tail_bytes_max = 1}};
  auto log = storage.open();
  ports::Position last;
  for (int i = 0; i < 5; ++i) last = *gamekeeper::test::run(log->append({batch_of(0, {"a", "b"})})).at(0);
  ASSERT_TRUE(gamekeeper::test::run(log->trim(0, {.before = last})).has_value());
  auto bounds = gamekeeper::test::run(log->bounds(0));
  EXPECT_GT(bounds->first.value, 1u);
  EXPECT_LE(bounds->first, last);
  auto gone = gamekeeper::test::run(log->open(0, ports::Position{1}));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, "trimmed");
}

TEST(EmbeddedLog, TrimsOnlyWhatIsOldOrTooMuch) {
  EmbeddedLogUnderTest storage{{.partitions = 1, .segment_bytes = 1, .tail_bytes_max = 1}};
  auto log = storage.open();
  ports::Position last;
  for (int i = 0; i < 5; ++i) last = *gamekeeper::test::run(log->append({batch_of(0, {"a", "b"})})).at(0);
  const UnixMillis now = SystemClock().now_ms();
  auto trim = [&](ports::TrimLimits limits) { return *gamekeeper::test::run(log->trim(0, limits)); };
  const auto young = trim({.before = last, .written_before = now - 3'600'000});
  EXPECT_EQ(young.forgotten, 0u);
  EXPECT_GT(young.bytes, 0u);
  EXPECT_GE(young.oldest_at, now - 60'000);
  EXPECT_LE(young.oldest_at, now + 60'000);
  EXPECT_EQ(trim({.before = last, .written_before = now - 3'600'000, .bytes_max = young.bytes}).forgotten, 0u);
  const auto less = trim({.before = last, .written_before = now - 3'600'000, .bytes_max = young.bytes - 1});
  EXPECT_EQ(less.forgotten, 2u) << "one file is enough";
  EXPECT_LT(less.bytes, young.bytes);
  const auto old = trim({.before = {5}, .written_before = now + 3'600'000});
  EXPECT_EQ(old.first.value, 5u) << "all that is old, up to the floor";
  EXPECT_EQ(old.forgotten, 2u);
  EXPECT_EQ(trim({.before = {1'000'000}}).first, last) << "what is being written to stays";
}

TEST(EmbeddedLog, IsNotTrimmedWhileACopyIsMade) {
  EmbeddedLogUnderTest storage{{.partitions = 1, .segment_bytes = 1}};
  auto log = storage.open();
  ports::Position last;
  for (int i = 0; i < 3; ++i) last = *gamekeeper::test::run(log->append({batch_of(0, {"a"})})).at(0);
  {
    auto first = keep_log(storage.folder.path() + "/log"), second = keep_log(storage.folder.path() + "/log");
    ASSERT_TRUE(first && second);
    auto usage = gamekeeper::test::run(log->trim(0, {.before = last}));
    ASSERT_TRUE(usage) << usage.error().message;
    EXPECT_EQ(usage->forgotten, 0u);
    EXPECT_GT(usage->bytes, 0u) << "what is kept is said all the same";
  }
  EXPECT_EQ(gamekeeper::test::run(log->trim(0, {.before = last}))->forgotten, 2u);
  EXPECT_TRUE(keep_log(storage.folder.path() + "/nothing"));
}

TEST(EmbeddedLog, MovesTheWriteAheadLogIntoItsFileWhileTheSegmentIsOpen) {
  EmbeddedLogUnderTest storage{{.partitions = 1}};
  auto log = storage.open();
  std::mt19937_64 random{1};
  for (int batch = 0; batch < 40; ++batch) {  // some 9 MB that do not compress well
    std::vector<std::string> names(1000);
    for (std::string& name : names) {
      for (int i = 0; i < 12; ++i) name += std::to_string(random());
    }
    ASSERT_TRUE(gamekeeper::test::run(log->append({batch_of(0, names)})).at(0));
  }
  const std::string file = storage.folder.path() + "/log/p00/00000000000000000001.log";
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::filesystem::file_size(file) < (2u << 20)) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "everything still lies in the write-ahead log";
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

/// `count` events whose names do not compress well.
std::vector<std::string> long_names(std::mt19937_64& random, int count) {
  std::vector<std::string> names(static_cast<size_t>(count));
  for (std::string& name : names) {
    for (int i = 0; i < 12; ++i) name += std::to_string(random());
  }
  return names;
}

std::string first_bytes(const std::string& file) {
  std::string bytes(32, '\0');
  std::ifstream(file, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

/// All names of partition 0, in order.
std::vector<std::string> names_in(ports::EventLog& log) {
  std::vector<std::string> names;
  auto reader = gamekeeper::test::run(log.open(0, ports::Position{}));
  if (!reader) return {reader.error().message};
  const auto next = gamekeeper::test::run(log.bounds(0))->next;
  for (ports::Position at; at < next;) {
    auto chunk =
        gamekeeper::test::run((*reader)->next(1 << 20, std::chrono::steady_clock::now() + std::chrono::seconds(10)));
    if (!chunk || chunk->count == 0) return {chunk ? "nothing came" : chunk.error().message};
    events::RowReader rows(chunk->rows);
    for (events::EventView event; rows.next(event);) names.emplace_back(event.name);
    at = chunk->next;
  }
  return names;
}

TEST(EmbeddedLog, WritesItsWriteAheadLogAheadAndUsesItAgain) {
  EmbeddedLogUnderTest storage{{.partitions = 1,
                                .tail_bytes_max = 1,
                                .checkpoint_bytes = 100'000,
                                .wal_room_bytes = 4u << 20,
                                .checkpoint_interval = std::chrono::milliseconds(1)}};
  auto log = storage.open();
  std::mt19937_64 random{1};
  std::vector<std::string> sent;
  auto append = [&] {
    const auto names = long_names(random, 20);
    sent.insert(sent.end(), names.begin(), names.end());
    ASSERT_TRUE(gamekeeper::test::run(log->append({batch_of(0, names)})).at(0));
  };
  const std::string folder = storage.folder.path() + "/log", wal = folder + "/p00/00000000000000000001.log-wal";
  for (int batch = 0; batch < 150; ++batch) append();  // room is made as commits come
  EXPECT_GE(std::filesystem::file_size(wal), 4u << 20);

  const std::string begun = first_bytes(wal);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (first_bytes(wal) == begun) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "the write-ahead log only grows";
    append();
  }
  append();
  log.reset();
  log = storage.open();
  EXPECT_EQ(names_in(*log), sent);
}

TEST(EmbeddedLog, RecoversFromAWriteAheadLogThatEndsInZeros) {
  EmbeddedLogUnderTest storage{{.partitions = 1, .wal_room_bytes = 4u << 20}};
  auto log = storage.open();
  std::mt19937_64 random{1};
  std::vector<std::string> sent;
  for (int batch = 0; batch < 60; ++batch) {
    const auto names = long_names(random, 20);
    sent.insert(sent.end(), names.begin(), names.end());
    ASSERT_TRUE(gamekeeper::test::run(log->append({batch_of(0, names)})).at(0));
  }
  EmbeddedLogUnderTest killed{{.partitions = 1}};  // what a program that was killed now would leave
  std::filesystem::copy(storage.folder.path(), killed.folder.path(),
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  const std::string wal = killed.folder.path() + "/log/p00/00000000000000000001.log-wal";
  std::string end(4096, 'x');
  std::ifstream file(wal, std::ios::binary);
  file.seekg(-4096, std::ios::end).read(end.data(), 4096);
  EXPECT_EQ(end, std::string(4096, '\0'));
  auto again = killed.open();
  ASSERT_TRUE(again);
  EXPECT_EQ(names_in(*again), sent);
}

}  // namespace
}  // namespace gamekeeper::contract
