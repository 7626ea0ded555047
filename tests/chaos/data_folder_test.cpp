// RELIABILITY R19: a folder of an older version is brought up to date whole or stays as it was, with the old form kept;
// one of a newer version is refused before anything is written.
#include <gtest/gtest.h>
#include <lz4.h>
#include <sqlite3.h>

#include <fstream>
#include <functional>

#include "adapters/embedded/data_folder.h"
#include "adapters/embedded/files.h"
#include "adapters/embedded/log_row.h"
#include "tests/chaos/disk.h"
#include "tests/chaos/faults.h"
#include "tests/chaos/image.h"
#include "tests/chaos/rows.h"
#include "tests/chaos/world.h"

namespace gamekeeper::chaos {
namespace {

using namespace gamekeeper::adapters;
using test::run;

/// A file as version 0.1.0 of format 1 made it: plain SQLite.
void plain_database(const std::string& file, const std::string& sql, const std::function<void(sqlite3*)>& fill = {}) {
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix"), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  if (fill) fill(db);
  sqlite3_close(db);
}

void put_batch(sqlite3* db, uint64_t position, const std::vector<std::string>& ids) {
  const auto batch = batch_of(0, ids);
  std::string packed(static_cast<size_t>(LZ4_compressBound(static_cast<int>(batch.rows.size()))), '\0');
  packed.resize(static_cast<size_t>(LZ4_compress_default(
      batch.rows.data(), packed.data(), static_cast<int>(batch.rows.size()), static_cast<int>(packed.size()))));
  sqlite3_stmt* s = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(db, "INSERT INTO batches VALUES(?1, ?2, ?3, ?4, ?5)", -1, &s, nullptr), SQLITE_OK);
  sqlite3_bind_int64(s, 1, static_cast<int64_t>(position));
  sqlite3_bind_int64(s, 2, batch.count);
  sqlite3_bind_int64(s, 3, static_cast<int64_t>(batch.rows.size()));
  sqlite3_bind_int64(s, 4, row_checksum(position, batch.count, batch.rows.size(), packed));
  sqlite3_bind_blob(s, 5, packed.data(), static_cast<int>(packed.size()), SQLITE_STATIC);
  ASSERT_EQ(sqlite3_step(s), SQLITE_DONE);
  sqlite3_finalize(s);
}

/// A small folder of format 1: two log segments with three events, two of them folded, one document with an index.
void make_format_1(const std::string& folder) {
  const std::string batches =
      "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; CREATE TABLE batches(position INTEGER PRIMARY KEY, count "
      "INTEGER NOT NULL, "
      "raw_bytes INTEGER NOT NULL, checksum INTEGER NOT NULL, data BLOB NOT NULL)";
  plain_database(folder + "/log/p00/00000000000000000001.log", batches,
                 [](sqlite3* db) { put_batch(db, 1, {"a", "b"}); });
  plain_database(folder + "/log/p00/00000000000000000003.log", batches, [](sqlite3* db) { put_batch(db, 3, {"c"}); });
  std::ofstream(folder + "/log/manifest") << "format 1\npartitions 1\n";
  std::ofstream(folder + "/log/lock") << "";
  plain_database(folder + "/series/p00.db",
                 "PRAGMA page_size=8192; PRAGMA journal_mode=WAL;"
                 "CREATE TABLE cells(tbl INTEGER NOT NULL, key BLOB NOT NULL, bucket INTEGER NOT NULL, value BLOB NOT "
                 "NULL, PRIMARY KEY(tbl, key, bucket)) WITHOUT ROWID;"
                 "CREATE TABLE meta(one INTEGER PRIMARY KEY CHECK(one = 1), position INTEGER NOT NULL, epoch INTEGER "
                 "NOT NULL, owner TEXT NOT NULL, commits INTEGER NOT NULL);"
                 "INSERT INTO meta VALUES(1, 3, 5, 'old', 9);"
                 "INSERT INTO cells VALUES(7, CAST('a' AS BLOB), 0, CAST('1' AS BLOB)), (7, CAST('b' AS BLOB), 0, "
                 "CAST('1' AS BLOB));");
  plain_database(folder + "/documents.db",
                 "PRAGMA journal_mode=WAL;"
                 "CREATE TABLE documents(collection TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, body "
                 "TEXT NOT NULL, PRIMARY KEY(collection, id)) WITHOUT ROWID;"
                 "CREATE TABLE entries(collection TEXT NOT NULL, idx TEXT NOT NULL, key BLOB NOT NULL, id TEXT NOT "
                 "NULL, PRIMARY KEY(collection, idx, key, id)) WITHOUT ROWID;"
                 "CREATE INDEX entries_by_document ON entries(collection, id);"
                 "CREATE TABLE outbox(sequence INTEGER PRIMARY KEY AUTOINCREMENT, partition_key TEXT NOT NULL, body "
                 "BLOB NOT NULL);"
                 "INSERT INTO outbox(partition_key, body) VALUES('p', CAST('one' AS BLOB)), ('p', CAST('two' AS "
                 "BLOB)); DELETE FROM outbox WHERE sequence=1;"
                 "INSERT INTO documents VALUES('things', 'd1', 3, '{\"id\":\"d1\",\"v\":3,\"old\":true}');"
                 "INSERT INTO entries VALUES('things', 'by_id', CAST('d1' AS BLOB), 'd1');");
  std::ofstream(folder + "/first-start.txt") << "a note beside the data";
  std::ofstream(folder + "/format") << "1\n";
}

/// Everything that was in the old folder is served by the new one.
void expect_all_is_there(const std::string& folder, const std::string& what) {
  EXPECT_EQ(*data_format(folder), kDataFormat) << what;
  World world(folder, {.partitions = 4});
  auto ok = world.open();
  ASSERT_TRUE(ok) << what << ": " << ok.error().message;
  EXPECT_EQ(world.log().partitions(), 1u) << what;
  auto content = read_log(world.log(), 0);
  ASSERT_TRUE(content) << what << ": " << content.error().message;
  EXPECT_EQ(content->ids, (std::vector<std::string>{"a", "b", "c"})) << what;
  Journal journal;
  journal.sent = journal.acknowledged = content->ids;
  journal.written["d1"] = journal.confirmed["d1"] = 3;
  EXPECT_EQ(check(world, journal), Violations{}) << what;  // c is folded now, once
  auto facts = run(world.documents().outbox(10));
  ASSERT_TRUE(facts && facts->size() == 1) << what;
  EXPECT_EQ(facts->front().sequence, 2u) << what;
  EXPECT_EQ(facts->front().fact.body, "two") << what;
  auto page = run(world.documents().query({.collection = "things", .index = "by_id", .from = "d1", .to = ""}));
  EXPECT_TRUE(page && page->items.size() == 1) << what;
  std::mt19937_64 random(1);
  EXPECT_TRUE(world.append(journal, random)) << what;
}

TEST(DataFolder, OfFormat1IsBroughtUpToDateAndKept) {
  RamDir folder;
  const std::string data = folder.path() + "/data";
  make_format_1(data);
  const Image old = Image::take(data);
  auto ok = open_data_folder(data);
  ASSERT_TRUE(ok) << ok.error().message;
  expect_all_is_there(data, "migrated");
  EXPECT_EQ(Image::take(data).files.at("first-start.txt"), "a note beside the data");
  EXPECT_FALSE(std::filesystem::exists(data + "/migrating"));
  // The kept form is a folder of format 1, byte for byte, and can be brought up to date itself.
  const Image kept = Image::take(data + "/before-format-2");
  EXPECT_EQ(kept.files.at("format"), "1\n");
  for (const auto& [name, bytes] : old.files)
    EXPECT_TRUE(kept.files.contains(name) && kept.files.at(name).size() == bytes.size()) << name;
  std::filesystem::rename(data + "/before-format-2", folder.path() + "/again");
  ASSERT_TRUE(open_data_folder(folder.path() + "/again"));
  expect_all_is_there(folder.path() + "/again", "the kept form");
  EXPECT_TRUE(open_data_folder(data)) << "a second start changes nothing";
}

TEST(DataFolder, OfFormat2IsBroughtForwardInItsPlace) {
  RamDir folder;
  const std::string data = folder.path() + "/data";
  make_format_1(data);
  ASSERT_TRUE(open_data_folder(data));  // its tables are still those of before
  std::ofstream(data + "/format") << with_checksum("2\n");
  {
    auto held = FileLock::take(data + "/log/lock", "held", "held");
    ASSERT_TRUE(held);
    EXPECT_EQ(open_data_folder(data).error().code, "data_dir_in_use");
    EXPECT_EQ(*data_format(data), 2);
  }
  ASSERT_TRUE(open_data_folder(data));
  expect_all_is_there(data, "brought forward");
  World world(data, {.partitions = 4});
  ASSERT_TRUE(world.open());
  // The entries of before are known as the document's: they go with it.
  ASSERT_TRUE(run(world.documents().commit({.puts = {{.collection = "things", .id = "d1", .remove = true}}})));
  auto page = run(world.documents().query({.collection = "things", .index = "by_id", .from = "", .to = ""}));
  EXPECT_TRUE(page && page->items.empty());
  EXPECT_EQ(run(world.documents().count("things", "by_id", "", "")), 0u);
}

TEST(DataFolder, ThatIsPlainIsRefusedByTheStores) {
  RamDir folder;
  make_format_1(folder.path());
  auto documents = SqliteDocumentStore::open(folder.path() + "/documents.db");
  ASSERT_FALSE(documents);
  EXPECT_EQ(documents.error().kind, ErrorKind::kCorrupt);
}

TEST(DataFolder, OfANewerVersionIsRefusedBeforeAnythingIsWritten) {
  RamDir folder;
  make_format_1(folder.path());
  std::ofstream(folder.path() + "/format") << "99 and more that only the future knows\n";
  const Image before = Image::take(folder.path());
  auto ok = open_data_folder(folder.path());
  ASSERT_FALSE(ok);
  EXPECT_EQ(ok.error().code, "newer_format");
  EXPECT_NE(ok.error().message.find("99"), std::string::npos);
  EXPECT_EQ(Image::take(folder.path()).files, before.files);
}

TEST(DataFolder, IsNotMigratedWhileAnotherProgramWorksOnIt) {
  RamDir folder;
  make_format_1(folder.path());
  const Image before = Image::take(folder.path());
  auto other = FileLock::take(folder.path() + "/log/lock", "taken", "");
  ASSERT_TRUE(other);
  auto ok = open_data_folder(folder.path());
  ASSERT_FALSE(ok);
  EXPECT_EQ(ok.error().code, "data_dir_in_use");
  EXPECT_EQ(Image::take(folder.path()).files, before.files);
}

TEST(DataFolder, ThatIsDamagedIsNotBlessedWithChecksums) {
  RamDir folder;
  make_format_1(folder.path());
  Image image = Image::take(folder.path());
  image.files["documents.db"].replace(4096, 40, 40, '\x77');
  image.put(folder.path());
  auto ok = open_data_folder(folder.path());
  ASSERT_FALSE(ok);
  EXPECT_EQ(ok.error().kind, ErrorKind::kCorrupt) << ok.error().message;
  EXPECT_NE(ok.error().message.find("documents.db"), std::string::npos) << ok.error().message;
  EXPECT_EQ(Image::take(folder.path()).files, image.files);
}

// The power goes at every call of a migration; the next start finishes it or begins again.
TEST(DataFolder, SurvivesPowerLossDuringMigration) {
  RamDir original;
  make_format_1(original.path() + "/data");
  const Image old = Image::take(original.path() + "/data");
  bool went_off = true;
  for (uint64_t at = 1; went_off && !testing::Test::HasFailure(); at += seeds(100) > 100 ? 1 : 3) {
    RamDir before, after;
    old.put(before.path() + "/data");
    Disk disk(before.path(), {.off_at = at}, at);
    {
      Watching watching(before.path(), disk);
      std::ignore = open_data_folder(before.path() + "/data");
      went_off = disk.off();
      disk.cut();
    }
    disk.leave(after.path());
    Faults none({});
    Watching watching(after.path(), none);
    auto ok = open_data_folder(after.path() + "/data");
    ASSERT_TRUE(ok) << "call " << at << ": " << ok.error().message;
    expect_all_is_there(after.path() + "/data", "power off at call " + std::to_string(at));
  }
}

TEST(DataFolder, OnAFullDiskStaysAsItWas) {
  for (uint64_t at = 1; at < 60 && !testing::Test::HasFailure(); at += 7) {
    RamDir folder;
    make_format_1(folder.path());
    const Image before = Image::take(folder.path());
    Faults faults({.call = Call::kWrite, .at = at, .error = ENOSPC, .sticky = true, .where = "/migrating/"});
    Watching watching(folder.path(), faults);
    auto ok = open_data_folder(folder.path());
    if (!faults.struck()) break;
    ASSERT_FALSE(ok);
    EXPECT_EQ(ok.error().kind, ErrorKind::kFull) << ok.error().message;
    EXPECT_EQ(Image::take(folder.path()).files, before.files);
  }
}

}  // namespace
}  // namespace gamekeeper::chaos
