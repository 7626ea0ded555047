// A player's keys against a plain map: versions, quota, who may write, writers that meet.
#include "play/storage/storage.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <map>
#include <random>

#include "play/accounts/player.h"
#include "tests/support/documents/documents.h"
#include "tests/support/documents/passing_store.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using test::run;

/// A store that lets somebody else write just before a commit.
class CrowdedStore final : public test::PassingStore {
 public:
  using PassingStore::PassingStore;
  std::function<void()> before_commit;

  Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override {
    if (before_commit) std::exchange(before_commit, nullptr)();
    return store_.commit(std::move(set));
  }
};

class StorageTest : public ::testing::Test {
 protected:
  StorageTest() {
    ports::WriteSet set;
    for (const char* id : {"ann", "an", "bob"}) set.puts.push_back(put_of(Player{.app = "demo", .id = id}));
    set.puts.push_back(put_of(Player{.app = "other", .id = "ann"}));
    GK_CHECK(run(plain->commit(std::move(set))).has_value(), "players are there");
  }
  Result<StoredValue> write(const std::string& key, json::value value, net::IfMatch if_match = {},
                            const char* player = "ann") {
    return run(storage.write("demo", player, key, {.value = std::move(value), .if_match = if_match}, true));
  }
  std::string refusal(const Result<StoredValue>& outcome) { return outcome ? "done" : outcome.error().code; }
  std::vector<std::string> keys(const std::string& prefix = {}, const char* player = "ann", uint32_t limit = 1000) {
    std::vector<std::string> out;
    std::string cursor;
    do {
      auto page = run(storage.list("demo", player, prefix, limit, cursor));
      GK_CHECK(page.has_value(), "keys are listed");
      for (const StoredValue& v : page->items) out.push_back(v.key);
      cursor = page->next_cursor;
    } while (!cursor.empty());
    return out;
  }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> plain = test::open_documents(folder.path());
  CrowdedStore store{*plain};
  ManualClock clock{1'800'000'000'000};
  Storage storage{store, clock, {.value_bytes_max = 100, .player_bytes_max = 250, .player_keys_max = 5}};
};

TEST_F(StorageTest, KeepsWhatWasWrittenForItsPlayerAlone) {
  auto first = write("save", {{"level", 3}});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->version, 1u);
  clock.advance(5);
  EXPECT_EQ(write("save", {{"level", 4}})->version, 2u);
  const auto read = run(storage.read("demo", "ann", "save"));
  ASSERT_TRUE(read);
  EXPECT_EQ(json::serialize(read->value), R"({"level":4})");
  EXPECT_EQ(std::tuple(read->version, read->bytes, read->updated_at), std::tuple(2u, 11u, clock.now_ms()));
  for (const auto& [app, player] : {std::pair("demo", "an"), {"demo", "bob"}, {"other", "ann"}})
    EXPECT_EQ(run(storage.read(app, player, "save")).error().code, "not_found") << app << player;
  EXPECT_EQ(run(storage.read("demo", "nobody", "save")).error().field, "id");
  EXPECT_EQ(keys("", "an").size(), 0u);
}

TEST_F(StorageTest, WritesOverTheVersionThatWasAskedFor) {
  ASSERT_TRUE(write("save", 1, 0)) << "which must not be there yet";
  EXPECT_EQ(refusal(write("save", 2, 0)), "stale");
  EXPECT_EQ(write("save", 2, 1)->version, 2u);
  EXPECT_EQ(refusal(write("save", 3, 1)), "stale");
  EXPECT_EQ(run(storage.remove("demo", "ann", "save", 1, true)).error().code, "stale");
  ASSERT_TRUE(run(storage.remove("demo", "ann", "save", 2, true)));
  EXPECT_EQ(run(storage.remove("demo", "ann", "save", {}, true)).error().code, "not_found");
  EXPECT_EQ(refusal(write("save", 3, 2)), "stale");
}

TEST_F(StorageTest, TheQuotaIsExactWhateverComesAndGoes) {
  std::map<std::string, uint64_t> model;  // key → bytes
  std::mt19937 dice(5);
  const auto sum = [&] {
    uint64_t bytes = 0;
    for (const auto& [key, each] : model) bytes += each;
    return bytes;
  };
  size_t refused = 0;
  for (int n = 0; n < 400; ++n) {
    const std::string key = "k" + std::to_string(dice() % 7);
    if (dice() % 4 == 0) {
      EXPECT_EQ(run(storage.remove("demo", "ann", key, {}, true)).has_value(), model.erase(key) == 1);
      continue;
    }
    const std::string value(dice() % 98, 'x');
    const uint64_t bytes = value.size() + 2, before = model.contains(key) ? model[key] : 0;
    const bool fits = sum() - before + bytes <= 250 && model.size() + !model.contains(key) <= 5;
    auto done = write(key, json::value(value));
    ASSERT_EQ(refusal(done), fits ? "done" : "quota_exceeded") << n;
    refused += !fits;
    if (fits) model[key] = bytes;
  }
  EXPECT_GT(refused, 20u);
  EXPECT_EQ(keys().size(), model.size());
  EXPECT_EQ(refusal(write("big", json::value(std::string(99, 'x')))), "value_too_large");
}

TEST_F(StorageTest, WhatTheServerKeepsForItselfThePlayerDoesNotWrite) {
  const auto by_server = [&](json::value value, std::optional<bool> owner_writes) {
    return run(storage.write("demo", "ann", "gold", {.value = std::move(value), .owner_writes = owner_writes}, false));
  };
  ASSERT_TRUE(by_server(1, false));
  EXPECT_EQ(refusal(write("gold", 99)), "server_only");
  EXPECT_EQ(run(storage.remove("demo", "ann", "gold", {}, true)).error().code, "server_only");
  EXPECT_EQ(run(storage.read("demo", "ann", "gold"))->value, 1);
  EXPECT_FALSE(by_server(2, std::nullopt)->owner_writes) << "as it was";
  EXPECT_TRUE(by_server(3, true)->owner_writes);
  EXPECT_TRUE(write("gold", 4));
  EXPECT_TRUE(by_server(5, std::nullopt)->owner_writes);
  ASSERT_TRUE(by_server(6, false));
  ASSERT_TRUE(run(storage.remove("demo", "ann", "gold", {}, false)));
}

TEST_F(StorageTest, ListsByKeyAndByBeginning) {
  for (const char* key : {"b.1", "a", "b", "b.2", "c"}) ASSERT_TRUE(write(key, 1));
  EXPECT_EQ(keys(), (std::vector<std::string>{"a", "b", "b.1", "b.2", "c"}));
  EXPECT_EQ(keys("", "ann", 2), keys()) << "page by page";
  EXPECT_EQ(keys("b"), (std::vector<std::string>{"b", "b.1", "b.2"}));
  EXPECT_EQ(keys("b."), (std::vector<std::string>{"b.1", "b.2"}));
  EXPECT_EQ(keys("d").size(), 0u);
  EXPECT_EQ(run(storage.list("demo", "nobody", "", 10, "")).error().code, "not_found");
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a/b"), std::string(65, 'x')})
    EXPECT_EQ(refusal(write(bad, 1)), "bad_value") << bad;
}

TEST_F(StorageTest, WritersThatMeetAreDoneOneAfterTheOther) {
  ASSERT_TRUE(write("save", 1));
  Storage other(*plain, clock, {.value_bytes_max = 100, .player_bytes_max = 250, .player_keys_max = 5});
  const auto rival = [&](const char* key, json::value value) {
    return [&other, key, value] { EXPECT_TRUE(run(other.write("demo", "ann", key, {.value = value}, true))); };
  };
  store.before_commit = rival("save", 2);
  EXPECT_EQ(write("save", 3)->version, 3u) << "after the other";
  store.before_commit = rival("save", 4);
  EXPECT_EQ(refusal(write("save", 5, 3)), "stale") << "it was asked for a version that is gone";
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(write("k" + std::to_string(n), 1));
  store.before_commit = rival("fifth", 1);
  EXPECT_EQ(refusal(write("sixth", 1)), "quota_exceeded") << "two at once do not pass the quota";
}

}  // namespace
}  // namespace gamekeeper::play
