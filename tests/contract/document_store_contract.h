#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ports/document_store.h"
#include "tests/support/run_task.h"

namespace gamekeeper::contract {

struct DocumentsUnderTest {
  virtual ~DocumentsUnderTest() = default;
  virtual std::unique_ptr<ports::DocumentStore> open() = 0;
};
using DocumentsFactory = std::function<std::unique_ptr<DocumentsUnderTest>()>;

class DocumentStoreContract : public testing::TestWithParam<DocumentsFactory> {
 protected:
  void SetUp() override {
    storage_ = GetParam()();
    store_ = storage_->open();
  }
  Result<std::vector<uint64_t>> commit(std::vector<ports::Put> puts, std::vector<ports::Fact> facts = {}) {
    return gamekeeper::test::run(store_->commit({std::move(puts), std::move(facts)}));
  }
  std::string body(const std::string& id) {
    auto document = gamekeeper::test::run(store_->get("c", id));
    return document && *document ? (*document)->body : "none";
  }
  std::unique_ptr<DocumentsUnderTest> storage_;
  std::unique_ptr<ports::DocumentStore> store_;
};

TEST_P(DocumentStoreContract, PutsAreVersionedAndDurable) {
  EXPECT_EQ(*commit({{.collection = "c", .id = "1", .body = "{}"}}), (std::vector<uint64_t>{1}));
  EXPECT_EQ(*commit({{.collection = "c", .id = "1", .body = "{\"a\":1}", .expected = 1}}), (std::vector<uint64_t>{2}));
  store_.reset();
  store_ = storage_->open();
  EXPECT_EQ(body("1"), "{\"a\":1}");
}

TEST_P(DocumentStoreContract, AWrongExpectationRefusesTheWholeSet) {
  ASSERT_TRUE(commit({{.collection = "c", .id = "1", .body = "a"}}));
  auto refused =
      commit({{.collection = "c", .id = "2", .body = "b"}, {.collection = "c", .id = "1", .body = "x", .expected = 0}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(refused.error().code, "exists");
  EXPECT_EQ(body("1"), "a");
  EXPECT_EQ(body("2"), "none");
  EXPECT_EQ(commit({{.collection = "c", .id = "1", .body = "x", .expected = 9}}).error().code, "version");
}

TEST_P(DocumentStoreContract, SeveralAreReadAsOneByOne) {
  const std::string odd("a\0'\\{}\"\xff", 8);
  for (const std::string& id : {std::string("1"), odd, std::string("2")})
    ASSERT_TRUE(commit({{.collection = "c", .id = id, .body = "of " + id}}));
  ASSERT_TRUE(commit({{.collection = "other", .id = "3", .body = "not asked for"}}));
  ASSERT_TRUE(commit({{.collection = "c", .id = "2", .body = "again"}}));
  auto all = gamekeeper::test::run(store_->get_all("c", {"2", odd, "3", "1", "2"}));
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 5u);
  EXPECT_EQ((*all)[1]->body, "of " + odd);
  EXPECT_EQ((*all)[1]->id, odd);
  EXPECT_FALSE((*all)[2]);
  EXPECT_EQ((*all)[3]->version, 1u);
  for (const size_t i : {0u, 4u}) {
    EXPECT_EQ((*all)[i]->body, "again");
    EXPECT_EQ((*all)[i]->version, 2u);
  }
  EXPECT_TRUE(gamekeeper::test::run(store_->get_all("c", {}))->empty());
}

TEST_P(DocumentStoreContract, UniqueKeysHaveOneHolder) {
  auto put = [](std::string id) {
    return ports::Put{.collection = "c", .id = std::move(id), .body = "{}", .entries = {{"name", "ann", true}}};
  };
  ASSERT_TRUE(commit({put("1")}));
  ASSERT_TRUE(commit({put("1")}));
  EXPECT_EQ(commit({put("2")}).error().code, "unique");
  ASSERT_TRUE(commit({{.collection = "c", .id = "1", .remove = true}}));
  ASSERT_TRUE(commit({put("2")}));
  ASSERT_TRUE(commit({{.collection = "c", .id = "2", .remove = true}}));
  EXPECT_EQ(commit({put("3"), put("4")}).error().code, "unique") << "two of one set";
  EXPECT_EQ(body("3"), "none");
}

TEST_P(DocumentStoreContract, PagesStayRightWhileDocumentsAreInserted) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(commit({{.collection = "c",
                         .id = std::to_string(i),
                         .body = "{}",
                         .entries = {{"by", "k" + std::to_string(i * 2)}}}}));
  }
  ports::Query query{.collection = "c", .index = "by", .from = "k", .to = "l", .limit = 4};
  std::vector<std::string> seen;
  for (int page = 0; page < 10; ++page) {
    auto got = gamekeeper::test::run(store_->query(query));
    ASSERT_TRUE(got);
    for (auto& document : got->items) seen.push_back(document.id);
    if (page == 0) ASSERT_TRUE(commit({{.collection = "c", .id = "new", .body = "{}", .entries = {{"by", "k0"}}}}));
    query.cursor = got->next_cursor;
    if (query.cursor.empty()) break;
  }
  EXPECT_EQ(seen.size(), 10u);
  query.cursor = "rubbish";
  EXPECT_EQ(gamekeeper::test::run(store_->query(query)).error().code, "bad_cursor");
  EXPECT_EQ(*gamekeeper::test::run(store_->count("c", "by", "k", "l")), 11u);
}

TEST_P(DocumentStoreContract, DescendingPagesMirrorAscendingOnes) {
  for (char c : std::string("bac"))
    ASSERT_TRUE(
        commit({{.collection = "c", .id = std::string(1, c), .body = "{}", .entries = {{"by", std::string(1, c)}}}}));
  ports::Query query{.collection = "c", .index = "by", .direction = ports::Direction::kDescending, .limit = 2};
  auto first = gamekeeper::test::run(store_->query(query));
  ASSERT_TRUE(first);
  ASSERT_EQ(first->items.size(), 2u);
  EXPECT_EQ(first->items[0].id, "c");
  query.cursor = first->next_cursor;
  auto second = gamekeeper::test::run(store_->query(query));
  ASSERT_EQ(second->items.size(), 1u);
  EXPECT_EQ(second->items[0].id, "a");
  EXPECT_TRUE(second->next_cursor.empty());
}

TEST_P(DocumentStoreContract, KeysAndIdsAreAnyTextInTheOrderOfItsBytes) {
  const std::vector<std::string> keys = {
      std::string("a\0b", 3), "a'b", "aZ", "a\\b", "ab", "a\xc3\xa9", "a\xff", "\xff"};
  for (size_t i = keys.size(); i > 0; --i)
    ASSERT_TRUE(commit(
        {{.collection = "c", .id = "i\xc3\xa9/" + keys[i - 1], .body = "{}", .entries = {{"by", keys[i - 1]}}}}));
  auto all = gamekeeper::test::run(store_->query({.collection = "c", .index = "by", .limit = 100}));
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->items.size(), keys.size());
  for (size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(all->items[i].id, "i\xc3\xa9/" + keys[i]);
  auto some = gamekeeper::test::run(store_->query({.collection = "c", .index = "by", .from = "ab", .to = "a\xff"}));
  EXPECT_EQ(some->items.size(), 2u);
  EXPECT_TRUE(
      gamekeeper::test::run(store_->query({.collection = "c", .index = "by", .from = "b", .to = "c"}))->items.empty());
}

TEST_P(DocumentStoreContract, PagesOfOneKeyGoOnByTheId) {
  for (const char* id : {"d", "b", "a", "c", "e"})
    ASSERT_TRUE(commit({{.collection = "c", .id = id, .body = "{}", .entries = {{"by", "same"}, {"other", "x"}}}}));
  for (const auto direction : {ports::Direction::kAscending, ports::Direction::kDescending}) {
    std::string seen;
    ports::Query query{.collection = "c", .index = "by", .from = "s", .to = "t", .direction = direction, .limit = 2};
    do {
      auto page = gamekeeper::test::run(store_->query(query));
      ASSERT_TRUE(page) << page.error().message;
      for (const auto& document : page->items) seen += document.id;
      query.cursor = page->next_cursor;
    } while (!query.cursor.empty() && seen.size() < 20);
    EXPECT_EQ(seen, direction == ports::Direction::kAscending ? "abcde" : "edcba");
  }
}

TEST_P(DocumentStoreContract, WithoutAnIndexDocumentsComeByTheirIds) {
  for (const char* id : {"d", "b", "a", "c\xff", "e", "c"})
    ASSERT_TRUE(commit({{.collection = "c", .id = id, .body = id}, {.collection = "other", .id = id, .body = "x"}}));
  for (const auto direction : {ports::Direction::kAscending, ports::Direction::kDescending}) {
    for (const uint32_t limit : {1, 2, 4, 5}) {
      const auto read = [&](const std::string& from, const std::string& to) {
        std::string seen;
        ports::Query query{.collection = "c", .from = from, .to = to, .direction = direction, .limit = limit};
        do {
          auto page = gamekeeper::test::run(store_->query(query));
          EXPECT_TRUE(page) << page.error().message;
          if (!page) return seen;
          EXPECT_LE(page->items.size(), limit);
          for (const auto& document : page->items) seen += document.body + ' ';
          query.cursor = page->next_cursor;
        } while (!query.cursor.empty() && seen.size() < 50);
        return seen;
      };
      const bool up = direction == ports::Direction::kAscending;
      EXPECT_EQ(read("", ""), up ? "a b c c\xff d e " : "e d c\xff c b a ");
      EXPECT_EQ(read("b", "d"), up ? "b c c\xff " : "c\xff c b ");
      EXPECT_EQ(read("c", ""), up ? "c c\xff d e " : "e d c\xff c ");
      EXPECT_EQ(read("", "b"), "a ");
      EXPECT_EQ(read("f", "g"), "");
    }
  }
  EXPECT_EQ(*gamekeeper::test::run(store_->count("c", "", "b", "d")), 3u);
  EXPECT_EQ(*gamekeeper::test::run(store_->count("c", "", "b", "")), 5u);
  EXPECT_EQ(gamekeeper::test::run(store_->query({.collection = "c", .cursor = "rubbish"})).error().code, "bad_cursor");
}

TEST_P(DocumentStoreContract, APutReplacesTheEntriesOfItsDocument) {
  ASSERT_TRUE(commit({{.collection = "c", .id = "1", .body = "{}", .entries = {{"by", "a"}, {"name", "ann", true}}}}));
  ASSERT_TRUE(commit({{.collection = "c", .id = "1", .body = "{}", .entries = {{"by", "b"}}, .expected = 1}}));
  EXPECT_EQ(*gamekeeper::test::run(store_->count("c", "by", "a", "b")), 0u);
  EXPECT_EQ(*gamekeeper::test::run(store_->count("c", "by", "b", "")), 1u);
  ASSERT_TRUE(commit({{.collection = "c", .id = "2", .body = "{}", .entries = {{"name", "ann", true}}}}));
  auto moved = commit({{.collection = "c", .id = "2", .remove = true},
                       {.collection = "c", .id = "1", .body = "{}", .entries = {{"name", "ann", true}}}});
  ASSERT_TRUE(moved) << "a name may change hands in one set";
  EXPECT_EQ(*moved, (std::vector<uint64_t>{1, 3}));
  EXPECT_FALSE(commit({{.collection = "c", .id = "9", .expected = 1, .remove = true}})) << "nothing to remove";
}

TEST_P(DocumentStoreContract, ASetMayAskThatADocumentIsNotThere) {
  ASSERT_TRUE(commit({{.collection = "c", .id = "1", .body = "{}"}}));
  auto refused = commit({{.collection = "c", .id = "2", .body = "{}"},
                         {.collection = "marks", .id = "1", .expected = 0, .remove = true},
                         {.collection = "c", .id = "1", .expected = 0, .remove = true}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code + " " + refused.error().field, "exists c");
  EXPECT_TRUE(commit({{.collection = "c", .id = "2", .body = "{}", .expected = 0},
                      {.collection = "marks", .id = "1", .expected = 0, .remove = true}}));
  EXPECT_TRUE(commit({{.collection = "marks", .id = "1", .body = "{}", .expected = 0}})) << "it was never there";
}

TEST_P(DocumentStoreContract, ManySetsAtOnceKeepTheirFactsInOrder) {
  constexpr int kThreads = 4, kSets = 100;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kSets; ++i) {
        const std::string id = std::to_string(t) + "-" + std::to_string(i);
        EXPECT_TRUE(
            commit({{.collection = "c", .id = id, .body = "{}", .expected = 0}},
                   {{std::to_string(t), std::to_string(2 * i)}, {std::to_string(t), std::to_string(2 * i + 1)}}));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<int> next(kThreads, 0);
  uint64_t last = 0;
  auto entries = gamekeeper::test::run(store_->outbox(10'000));
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2u * kThreads * kSets);
  for (const auto& entry : *entries) {
    EXPECT_GT(entry.sequence, last);
    last = entry.sequence;
    EXPECT_EQ(std::stoi(entry.fact.body), next.at(std::stoul(entry.fact.partition_key))++);
  }
}

TEST_P(DocumentStoreContract, AConflictThatIsSeenLateCostsItsSetAlone) {
  const auto unique = [](std::string id, std::string key) {
    return ports::Put{.collection = "c",
                      .id = std::move(id),
                      .body = "{}",
                      .entries = {{"plain", "x"}, {"name", std::move(key), true}}};
  };
  ASSERT_TRUE(commit({unique("holder", "taken")}));
  constexpr int kThreads = 8, kSets = 25;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int n = 0; n < kSets; ++n) {
        const std::string id = std::to_string(t) + "-" + std::to_string(n);
        ports::WriteSet set{.puts = {unique("good " + id, id)}, .facts = {{id, "good"}}};
        if (t % 2 == 0)
          set = {.puts = {unique("bad " + id, id), unique("late " + id, "taken")}, .facts = {{id, "bad"}}};
        auto done = gamekeeper::test::run(store_->commit(std::move(set)));
        if (t % 2 == 0)
          EXPECT_EQ(done ? "done" : done.error().code, "unique");
        else
          EXPECT_EQ(*done, (std::vector<uint64_t>{1}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const uint64_t good = kThreads / 2 * kSets;
  EXPECT_EQ(*gamekeeper::test::run(store_->count("c", "", "", "")), good + 1);
  EXPECT_EQ(*gamekeeper::test::run(store_->count("c", "", "good", "good~")), good);
  EXPECT_EQ(*gamekeeper::test::run(store_->count("c", "name", "", "")), good + 1);
  EXPECT_EQ(*gamekeeper::test::run(store_->count("c", "plain", "", "")), good + 1);
  EXPECT_EQ(gamekeeper::test::run(store_->outbox(1000))->size(), good);
}

TEST_P(DocumentStoreContract, APutChangesTheEntriesThatDiffer) {
  const auto found = [&](std::string index, std::string key) {
    return *gamekeeper::test::run(store_->count("c", std::move(index), key, key + "~"));
  };
  ASSERT_TRUE(
      commit({{.collection = "c", .id = "1", .body = "a", .entries = {{"x", "k1"}, {"x", "k2"}, {"y", "k1"}}}}));
  ASSERT_TRUE(
      commit({{.collection = "c", .id = "1", .body = "b", .entries = {{"x", "k2"}, {"y", "k3"}, {"z", "k1"}}}}));
  EXPECT_EQ(found("x", "k1") + found("y", "k1"), 0u);
  EXPECT_EQ(found("x", "k2") + found("y", "k3") + found("z", "k1"), 3u);
  ASSERT_TRUE(commit({{.collection = "c", .id = "1", .body = "c"}}));
  EXPECT_EQ(found("x", "k2") + found("y", "k3") + found("z", "k1"), 0u);
  EXPECT_EQ(body("1"), "c");
}

TEST_P(DocumentStoreContract, FactsStandInTheOutboxWithTheirSet) {
  ASSERT_TRUE(commit({{.collection = "c", .id = "1", .body = "{}"}}, {{"p", "first"}, {"p", "second"}}));
  ASSERT_FALSE(commit({{.collection = "c", .id = "1", .body = "{}", .expected = 0}}, {{"p", "never"}}));
  auto entries = gamekeeper::test::run(store_->outbox(10));
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].fact.body, "first");
  ASSERT_TRUE(gamekeeper::test::run(store_->outbox_done((*entries)[0].sequence)));
  EXPECT_EQ(gamekeeper::test::run(store_->outbox(10))->size(), 1u);
}

TEST_P(DocumentStoreContract, FactsAreTakenInPartsOfAnySize) {
  constexpr size_t kFacts = 1'203;
  std::vector<ports::Fact> facts;
  for (size_t i = 0; i < kFacts; ++i) facts.push_back({"p" + std::to_string(i % 7), std::to_string(i)});
  ASSERT_TRUE(commit({{.collection = "c", .id = "1", .body = "{}"}}, std::move(facts)));
  ASSERT_TRUE(commit({{.collection = "c", .id = "2", .body = "{}"}}, {{"p", "last"}}));
  size_t next = 0;
  uint64_t last = 0;
  for (const size_t limit : {1, 2, 499, 1, 700, 5000}) {
    auto entries = gamekeeper::test::run(store_->outbox(static_cast<uint32_t>(limit)));
    ASSERT_TRUE(entries) << entries.error().message;
    ASSERT_EQ(entries->size(), std::min(limit, kFacts + 1 - next));
    for (const auto& entry : *entries) {
      EXPECT_GT(entry.sequence, last);
      last = entry.sequence;
      if (next == kFacts) EXPECT_EQ(entry.fact.body, "last");
      if (next < kFacts) EXPECT_EQ(entry.fact.body, std::to_string(next));
      if (next < kFacts) EXPECT_EQ(entry.fact.partition_key, "p" + std::to_string(next % 7));
      ++next;
    }
    ASSERT_TRUE(gamekeeper::test::run(store_->outbox_done(last)));
  }
  EXPECT_EQ(next, kFacts + 1);
  ASSERT_TRUE(commit({{.collection = "c", .id = "3", .body = "{}"}}, {{"p", "new"}}));
  EXPECT_GT(gamekeeper::test::run(store_->outbox(1))->at(0).sequence, last) << "numbers are not given twice";
}

TEST_P(DocumentStoreContract, VersionMovesWithEveryCommit) {
  auto before = gamekeeper::test::run(store_->version());
  ASSERT_TRUE(commit({{.collection = "c", .id = "1", .body = "{}"}}));
  auto after = gamekeeper::test::run(store_->version());
  ASSERT_TRUE(before && after);
  EXPECT_NE(*before, *after);
}

TEST_P(DocumentStoreContract, OneWinsARaceForAVersion) {
  ASSERT_TRUE(commit({{.collection = "c", .id = "1", .body = "0"}}));
  std::atomic<int> won{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        for (;;) {
          auto now = gamekeeper::test::run(store_->get("c", "1"));
          const int n = std::stoi((*now)->body);
          auto done =
              commit({{.collection = "c", .id = "1", .body = std::to_string(n + 1), .expected = (*now)->version}});
          if (done) break;
          EXPECT_EQ(done.error().kind, ErrorKind::kConflict);
        }
        ++won;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(body("1"), "100");
}

}  // namespace gamekeeper::contract
