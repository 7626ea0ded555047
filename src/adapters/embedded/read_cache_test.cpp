// What a document store keeps of what it read is what the file holds, whoever wrote it.
#include "adapters/embedded/read_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "adapters/embedded/document_format.h"
#include "adapters/embedded/document_reader.h"
#include "adapters/embedded/sqlite_document_store.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::adapters {
namespace {

using gamekeeper::test::run;
using ports::Direction;
using ports::Document;
using ports::Query;

TEST(Recent, DropsWhatWasNotAskedForLongest) {
  Recent<2, int> recent(2'000);  // some 130 bytes an entry: seven of them in each generation
  for (int n = 0; n < 6; ++n) recent.put({"c", std::to_string(n)}, n, 0);
  EXPECT_EQ(*recent.find({"c", "0"}), 0);
  for (int n = 6; n < 12; ++n) {
    recent.put({"c", std::to_string(n)}, n, 0);
    ASSERT_TRUE(recent.find({"c", "0"})) << "it was asked for just now";
  }
  EXPECT_TRUE(recent.find({"c", "11"}));
  for (int n = 12; n < 24; ++n) recent.put({"c", std::to_string(n)}, n, 0);
  EXPECT_FALSE(recent.find({"c", "0"}));
  EXPECT_FALSE(recent.find({"d", "23"}));
  EXPECT_TRUE(recent.drop({"c", "23"}));
  EXPECT_FALSE(recent.drop({"c", "23"}));
}

TEST(Recent, WhatIsReplacedTakesNoRoom) {
  Recent<1, int> recent(2'000);
  recent.put({"stays"}, 1, 0);
  for (int n = 0; n < 1'000; ++n) recent.put({"changes"}, n, 200);
  EXPECT_TRUE(recent.find({"stays"}));
  EXPECT_EQ(*recent.find({"changes"}), 999);
}

struct Documents : testing::Test {
  gamekeeper::test::TempDir folder;
  std::string file = folder.path() + "/documents.db";
  std::unique_ptr<ports::DocumentStore> ours = std::move(*SqliteDocumentStore::open(file));
  std::unique_ptr<ports::DocumentStore> theirs = std::move(*SqliteDocumentStore::open(file));

  static std::vector<uint64_t> put(ports::DocumentStore& store, std::vector<ports::Put> puts) {
    auto done = run(store.commit({.puts = std::move(puts), .facts = {}}));
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(std::vector<uint64_t>());
  }
};

struct WalIndexOf : Documents {};

TEST_F(WalIndexOf, MovesWithEveryCommitOfAnybody) {
  auto index = WalIndex::open(file);
  ASSERT_TRUE(index) << "the format of the index is another one: nothing is kept";
  auto before = index->now();
  ASSERT_TRUE(before);
  EXPECT_EQ(index->now(), before);
  put(*ours, {{.collection = "c", .id = "1", .body = "{}"}});
  auto after = index->now();
  ASSERT_TRUE(after);
  EXPECT_EQ(after->commits(), before->commits() + 1);
  put(*theirs, {{.collection = "c", .id = "1", .body = "{}"}});
  EXPECT_EQ(index->now()->commits(), before->commits() + 2);
}

/// The caches alone, on a file that others write.
struct CachesOf : Documents {
  CommitWatch watch{WalIndex::open(file)};
  DocumentCache documents{watch};
  PageCache pages{watch};
  const Document one{.id = "1", .body = "{}", .version = 1};

  WalIndex::Moment now() const { return watch.now().value(); }
  Query players(std::string player) const {
    return {.collection = "c", .index = "player", .from = player + "/", .to = player + "/~"};
  }
  /// As the writer does it.
  void write(const ports::Put& put, uint64_t version, std::vector<PageCache::Touched> touched) {
    watch.will_write();
    watch.may_write();
    Documents::put(*theirs, {{.collection = "other", .id = "x", .body = "{}"}});
    const DocumentCache::Change change{.put = &put, .version = version};
    documents.follow(watch.step(), {&change, 1});
    pages.follow(watch.step(), touched);
    watch.has_written();
  }
};

TEST_F(CachesOf, KeepsWhatIsThereAndWhatIsNot) {
  EXPECT_FALSE(documents.find("c", "1", now()));
  documents.keep("c", "1", one, now());
  documents.keep("c", "2", std::nullopt, now());
  EXPECT_EQ(documents.find("c", "1", now()).value()->version, 1u);
  EXPECT_EQ(documents.find("c", "2", now()).value(), std::nullopt);
  EXPECT_FALSE(documents.find("d", "1", now()));
  documents.keep("c", "3", Document{.id = "3", .body = std::string(DocumentCache::kDocumentMax, 'x'), .version = 1},
                 now());
  EXPECT_FALSE(documents.find("c", "3", now()));
}

TEST_F(CachesOf, BeginsAnewAfterSomebodyElsesCommit) {
  const auto before = now();
  documents.keep("c", "1", one, before);
  pages.keep(players("p"), {.items = {one}, .next_cursor = {}}, before);
  put(*theirs, {{.collection = "c", .id = "9", .body = "{}"}});
  documents.keep("c", "2", one, before);  // read too early
  EXPECT_FALSE(documents.find("c", "1", now()));
  EXPECT_FALSE(documents.find("c", "2", now()));
  EXPECT_FALSE(pages.find(players("p"), now()));
  documents.keep("c", "1", one, now());
  EXPECT_FALSE(documents.find("c", "1", before)) << "who is slow is not answered from another moment";
  EXPECT_TRUE(documents.find("c", "1", now())) << "nor takes the cache back";
}

TEST_F(CachesOf, FollowsItsOwnWriter) {
  documents.keep("c", "1", one, now());
  documents.keep("c", "2", one, now());
  documents.keep("c", "3", std::nullopt, now());
  const ports::Put changed{.collection = "c", .id = "1", .body = "[]"};
  write(changed, 2, {});
  EXPECT_EQ(documents.find("c", "1", now()).value()->body, "[]");
  EXPECT_EQ(documents.find("c", "1", now()).value()->version, 2u);
  EXPECT_TRUE(documents.find("c", "2", now()));
  const ports::Put made{.collection = "c", .id = "3", .body = "{}"},
      removed{.collection = "c", .id = "2", .remove = true};
  write(made, 1, {});
  write(removed, 1, {});
  EXPECT_EQ(documents.find("c", "3", now()).value()->version, 1u);
  EXPECT_EQ(documents.find("c", "2", now()).value(), std::nullopt);
  const ports::Put unread{.collection = "c", .id = "4", .body = "{}"};
  write(unread, 1, {});
  EXPECT_FALSE(documents.find("c", "4", now())) << "only what is read is kept";
}

TEST_F(CachesOf, TrustsNothingWhenSomebodyElseCommittedAsWell) {
  documents.keep("c", "1", one, now());
  documents.keep("c", "2", one, now());
  pages.keep(players("p"), {.items = {one}, .next_cursor = {}}, now());
  watch.will_write();
  watch.may_write();
  put(*theirs, {{.collection = "c", .id = "2", .body = "{}"}});
  put(*theirs, {{.collection = "c", .id = "1", .body = "{}"}});
  documents.follow(watch.step(), {});
  pages.follow(watch.step(), {});
  watch.has_written();
  EXPECT_FALSE(documents.find("c", "1", now()));
  EXPECT_FALSE(documents.find("c", "2", now()));
  EXPECT_FALSE(pages.find(players("p"), now()));
}

TEST_F(CachesOf, NothingBeginsAnewWhileItsWriterWrites) {
  documents.keep("c", "1", one, now());
  watch.will_write();
  watch.may_write();
  put(*theirs, {{.collection = "other", .id = "x", .body = "{}"}});
  documents.keep("c", "2", one, now());
  EXPECT_FALSE(documents.find("c", "1", now()));
  documents.follow(watch.step(), {});
  watch.has_written();
  EXPECT_TRUE(documents.find("c", "1", now()));
  EXPECT_FALSE(documents.find("c", "2", now()));
}

TEST_F(CachesOf, APageIsForgottenWithTheDocumentsOfItsRange) {
  const auto keep = [this] {
    for (const char* player : {"p", "q"}) pages.keep(players(player), {.items = {one}, .next_cursor = {}}, now());
    pages.keep({.collection = "c", .index = "", .from = "1", .to = "2"}, {.items = {one}, .next_cursor = {}}, now());
  };
  const auto packed = [](std::string_view index, std::string_view key) {
    std::string out;
    append_pair(out, index, key);
    return out;
  };
  const ports::Put some{.collection = "c", .id = "1", .body = "{}"},
      else_where{.collection = "d", .id = "1", .body = "{}"};
  keep();
  EXPECT_TRUE(pages.find(players("p"), now()));
  Query other = players("p");
  other.limit = 7;
  EXPECT_FALSE(pages.find(other, now()));
  other = players("p");
  other.direction = Direction::kDescending;
  EXPECT_FALSE(pages.find(other, now()));
  write(some, 2, {{.put = &else_where, .before = packed("player", "p/1"), .after = {}}});
  EXPECT_TRUE(pages.find(players("p"), now())) << "of another collection";
  write(some, 2, {{.put = &some, .before = packed("player", "p/1"), .after = {}}});
  EXPECT_FALSE(pages.find(players("p"), now()));
  EXPECT_TRUE(pages.find(players("q"), now()));
  EXPECT_FALSE(pages.find({.collection = "c", .index = "", .from = "1", .to = "2"}, now()));
  keep();
  write(some, 2, {{.put = &some, .before = packed("player", "p/1"), .after = packed("player", "q/1")}});
  EXPECT_FALSE(pages.find(players("p"), now()));
  EXPECT_FALSE(pages.find(players("q"), now()));
}

/// Two processes' stores on one file do whatever comes; what each then reads is what a reader finds that keeps nothing.
TEST_F(Documents, AnswersAsTheFileDoesWhoeverWrites) {
  auto plain = std::move(*DocumentReader::open(file));
  std::mt19937 random(20'261'122);
  const auto any = [&random](size_t below) { return random() % below; };
  const auto key = [&any] { return std::string(1, static_cast<char>('a' + any(3))) + "/" + std::to_string(any(5)); };
  const auto id = [&any] { return "d" + std::to_string(any(12)); };
  for (int round = 0; round < 4'000; ++round) {
    ports::DocumentStore& writer = any(8) == 0 ? *theirs : *ours;
    if (any(3) == 0) {
      std::vector<ports::Put> puts;
      for (size_t n = 1 + any(3); n > 0; --n) {
        puts.push_back(
            {.collection = any(4) ? "c" : "d", .id = id(), .body = std::to_string(round), .remove = any(4) == 0});
        for (size_t entries = any(3); entries > 0 && !puts.back().remove; --entries)
          puts.back().entries.push_back({.index = any(3) ? "player" : "", .key = key()});
        for (auto& entry : puts.back().entries) entry.index = entry.index.empty() ? "time" : entry.index;
        if (any(6) == 0) puts.back().expected = 1;  // may be refused
      }
      std::vector<ports::Fact> facts;
      if (any(3) == 0) facts.push_back({.partition_key = "p", .body = "{}"});
      std::ignore = run(writer.commit({.puts = std::move(puts), .facts = std::move(facts)}));
    } else if (any(20) == 0) {
      std::ignore = run(writer.outbox_done(any(200)));
    }
    for (ports::DocumentStore* store : {ours.get(), theirs.get()}) {
      const std::string some = id();
      auto document = run(store->get("c", some)), expected = plain->get("c", some);
      ASSERT_TRUE(document && expected);
      ASSERT_EQ(document->has_value(), expected->has_value()) << some << " in round " << round;
      if (*document) ASSERT_EQ((*document)->version, (*expected)->version) << some << " in round " << round;
      if (*document) ASSERT_EQ((*document)->body, (*expected)->body);
      Query query{.collection = any(4) ? "c" : "d", .index = any(2) ? "player" : any(2) ? "time" : ""};
      if (query.index.empty()) {
        query.from = "d";
        query.to = any(2) ? "" : "d" + std::to_string(any(9));
      } else {
        query.from = any(2) ? key().substr(0, 2) : key();
        query.to = any(3) == 0 ? "" : query.from.substr(0, 2) + "~";
      }
      query.direction = any(2) ? Direction::kAscending : Direction::kDescending;
      query.limit = any(2) ? 50 : 2;
      for (int pages = 0; pages < 3; ++pages) {
        auto page = run(store->query(query)), wanted = plain->query(query);
        ASSERT_TRUE(page && wanted);
        ASSERT_EQ(page->next_cursor, wanted->next_cursor);
        ASSERT_EQ(page->items.size(), wanted->items.size())
            << query.index << " from " << query.from << ", round " << round;
        for (size_t i = 0; i < page->items.size(); ++i) {
          ASSERT_EQ(page->items[i].id, wanted->items[i].id);
          ASSERT_EQ(page->items[i].version, wanted->items[i].version);
          ASSERT_EQ(page->items[i].body, wanted->items[i].body);
        }
        if (page->next_cursor.empty()) break;
        query.cursor = page->next_cursor;
      }
    }
  }
}

/// Nobody reads what is older than what was acknowledged before they asked, and nobody half a write set.
TEST_F(Documents, ReadersAndWritersAtOnceSeeWholeAndFreshSets) {
  constexpr int kPairs = 4, kWrites = 250;
  const auto puts = [](int pair, int n) {
    const std::string id = std::to_string(pair);
    std::vector<ports::Put> out;
    for (const auto& [side, value] : {std::pair{"a", n}, std::pair{"b", -n}})
      out.push_back({.collection = "c",
                     .id = side + id,
                     .body = std::to_string(value),
                     .entries = {{.index = "pair", .key = id + side}}});
    return out;
  };
  for (int pair = 0; pair < kPairs; ++pair) put(*ours, puts(pair, 0));
  std::array<std::atomic<int>, kPairs> acknowledged{};
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int pair = 0; pair < kPairs; ++pair) {
    threads.emplace_back([&, pair] {
      ports::DocumentStore& writer = pair == 0 ? *theirs : *ours;
      for (int n = 1; n <= kWrites; ++n) {
        put(writer, puts(pair, n));
        acknowledged[static_cast<size_t>(pair)] = n;
      }
    });
  }
  threads.emplace_back([&] {  // goes into the same transactions as the pairs
    for (int n = 0; n < 2 * kWrites; ++n) put(*ours, {{.collection = "alone", .id = "1", .body = std::to_string(n)}});
  });
  std::vector<std::thread> readers;
  std::atomic<int> reads{0};
  for (ports::DocumentStore* store : {ours.get(), ours.get(), theirs.get()}) {
    readers.emplace_back([&, store] {
      for (int n = 0; !over || n < 100; ++n) {
        const int pair = n % kPairs;
        const std::string id = std::to_string(pair);
        const int least = acknowledged[static_cast<size_t>(pair)];
        auto one = run(store->get("c", "a" + id));
        EXPECT_GE(std::stoi((*one)->body), least);
        auto both = run(store->get_all("c", {"a" + id, "b" + id}));
        EXPECT_EQ(std::stoi((*both)[0]->body) + std::stoi((*both)[1]->body), 0);
        EXPECT_GE(std::stoi((*both)[0]->body), std::stoi((*one)->body));
        auto page = run(store->query({.collection = "c", .index = "pair", .from = id, .to = id + "~"}));
        ASSERT_EQ(page->items.size(), 2u);
        EXPECT_EQ(std::stoi(page->items[0].body) + std::stoi(page->items[1].body), 0);
        EXPECT_GE(std::stoi(page->items[0].body), std::stoi((*both)[0]->body));
        ++reads;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  over = true;
  for (auto& thread : readers) thread.join();
  EXPECT_GT(reads, 300);
}

}  // namespace
}  // namespace gamekeeper::adapters
