#include "play/notifications/inboxes.h"

#include <gtest/gtest.h>

#include "play/notifications/inbox_writes.h"
#include "tests/support/documents/documents.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::play {
namespace {

using test::run;

constexpr UnixMillis kFirst = 1'800'000'000'000;

/// Ada's inbox: what is told is n0, n1 …, a millisecond apart.
class InboxesTest : public ::testing::Test {
 protected:
  static Notification nth(int n) {
    return {.app = "demo",
            .player_id = "ada",
            .id = "n" + std::to_string(n),
            .type = "message",
            .title = "\"" + std::to_string(n) + "\"",
            .body = "a\nb",
            .data = {{"n", n}, {"list", {1, "x"}}},
            .created_at = kFirst + n};
  }
  /// From `from` to before `to`, in commits of `each`.
  void tell(int from, int to, int each) {
    while (from < to) {
      InboxWrites writes(*store);
      for (const int until = std::min(from + each, to); from < until; ++from) ASSERT_TRUE(*run(writes.add(nth(from))));
      ports::WriteSet set;
      ASSERT_TRUE(run(writes.finish(set)));
      ASSERT_TRUE(run(store->commit(std::move(set))));
    }
  }
  bool tell_again(Notification n) {
    InboxWrites writes(*store);
    auto added = run(writes.add(std::move(n)));
    EXPECT_TRUE(added);
    return added && *added;
  }
  /// What all pages of so many show, as numbers.
  std::vector<int64_t> pages(uint32_t limit, bool unread = false) {
    std::vector<int64_t> out;
    std::string cursor;
    do {
      auto page = run(inboxes.list("demo", "ada", unread, limit, cursor));
      EXPECT_TRUE(page);
      if (!page) break;
      EXPECT_LE(page->items.size(), limit);
      for (const Notification& n : page->items) {
        out.push_back(n.data.at("n").as_int64());
        EXPECT_EQ(n.id, "n" + std::to_string(out.back()));
        EXPECT_EQ(n.created_at, kFirst + out.back());
      }
      cursor = page->next_cursor;
    } while (!cursor.empty());
    return out;
  }
  static std::vector<int64_t> down(int64_t from, int64_t to) {
    std::vector<int64_t> out;
    for (int64_t n = from; n >= to; --n) out.push_back(n);
    return out;
  }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  ManualClock clock{kFirst + 100'000};
  Inboxes inboxes{*store, clock};
};

TEST_F(InboxesTest, PagesAreTheSameWhateverTheSheets) {
  for (const auto& [from, to, each] : {std::tuple(0, 9, 1), std::tuple(9, 10, 1), std::tuple(10, 37, 4),
                                       std::tuple(37, 60, 23), std::tuple(60, 61, 1)}) {
    tell(from, to, each);
    for (const uint32_t limit : {1, 3, 10, 11, 100}) EXPECT_EQ(pages(limit), down(to - 1, 0)) << to << " by " << limit;
  }
  EXPECT_EQ(run(inboxes.list("demo", "ada", false, 10, ""))->unread, 61);
  EXPECT_EQ(run(inboxes.list("demo", "ada", false, 10, "rubbish")).error().code, "bad_cursor");
  EXPECT_EQ(run(inboxes.list("demo", "ada", false, 10, "7x")).error().code, "bad_cursor");
}

TEST_F(InboxesTest, WhatIsOnASheetIsReadLikeTheNewest) {
  tell(0, 25, 25);
  for (const char* id : {"n3", "n24", "n3", "n19"}) {
    auto read = run(inboxes.read("demo", "ada", id));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->id, id);
    EXPECT_EQ(read->read_at, kFirst + 100'000);
  }
  EXPECT_EQ(run(inboxes.read("demo", "ada", "n25")).error().kind, ErrorKind::kNotFound);
  clock.advance(1);
  EXPECT_EQ(run(inboxes.read("demo", "ada", "n3"))->read_at, kFirst + 100'000) << "a repeat changes nothing";
  auto unread = pages(4, true);
  EXPECT_EQ(unread.size(), 22u);
  for (const int64_t n : {3, 19, 24}) EXPECT_EQ(std::ranges::count(unread, n), 0) << n;
  EXPECT_EQ(pages(7), down(24, 0));
  EXPECT_EQ(*run(inboxes.read_all("demo", "ada")), 22);
  EXPECT_TRUE(pages(4, true).empty());
  EXPECT_EQ(run(inboxes.list("demo", "ada", false, 1, ""))->unread, 0);
}

TEST_F(InboxesTest, WhatComesAgainIsKnownWhereverItLies) {
  tell(0, 34, 34);
  for (const int n : {0, 9, 10, 29, 30, 33}) EXPECT_FALSE(tell_again(nth(n))) << n;
  Notification late = nth(100);
  late.created_at = kFirst + 5;  // as others, which it is not
  EXPECT_TRUE(tell_again(late));
}

TEST_F(InboxesTest, AFullInboxLosesItsOldestOneByOne) {
  constexpr auto kKept = static_cast<int>(Inboxes::kKept);
  tell(0, kKept, 100);
  ASSERT_TRUE(run(inboxes.read("demo", "ada", "n1")));
  for (int n = kKept; n < kKept + 21; ++n) {
    tell(n, n + 1, 1);
    auto page = run(inboxes.list("demo", "ada", false, 1000, ""));
    ASSERT_TRUE(page);
    ASSERT_EQ(page->items.size(), static_cast<size_t>(kKept));
    EXPECT_EQ(page->items.back().id, "n" + std::to_string(n - kKept + 1));
    EXPECT_EQ(page->unread, n == kKept ? kKept - 1 : kKept);
  }
  EXPECT_FALSE(tell_again(nth(0))) << "it was told, and has gone";
  EXPECT_EQ(run(inboxes.read("demo", "ada", "n20")).error().kind, ErrorKind::kNotFound);
  const int64_t oldest = 21 / Inbox::kSheet;
  EXPECT_FALSE(*run(store->get(kInboxSheets, sheet_id("demo", "ada", oldest - 1)))) << "sheets go as well";
  EXPECT_TRUE(*run(store->get(kInboxSheets, sheet_id("demo", "ada", oldest))));
}

}  // namespace
}  // namespace gamekeeper::play
