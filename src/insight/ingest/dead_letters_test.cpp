#include "insight/ingest/dead_letters.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/documents/documents.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::ingest {
namespace {

using test::run;

class DeadLettersTest : public ::testing::Test {
 protected:
  static Principal key_of(const std::string& app) {
    return {.app = app, .kind = PrincipalKind::kWriteKey, .subject = "k", .key_id = "k"};
  }

  void add(DeadLetters& letters, const std::string& text, const std::string& app = "game", size_t times = 1) {
    std::vector<Rejection> rejected;
    for (size_t i = 0; i < times; ++i)
      rejected.push_back({.error = {ErrorKind::kInvalid, "bad_name", "Bad."}, .raw = text});
    auto done = run(letters.add(key_of(app), ++now_, std::move(rejected)));
    ASSERT_TRUE(done) << done.error().message;
  }

  static std::vector<std::string> texts(DeadLetters& letters, const std::string& app = "game") {
    std::vector<std::string> out;
    auto page = run(letters.list(app, 1000, ""));
    for (const DeadLetter& letter : page->items) out.push_back(letter.event);
    return out;
  }

  test::TempDir folder_;
  std::unique_ptr<ports::DocumentStore> store_ = test::open_documents(folder_.path());
  UnixMillis now_ = 1'700'000'000'000;
};

TEST_F(DeadLettersTest, PushesOutTheOldestBeyondTheNumber) {
  Metrics metrics;
  DeadLetters letters(*store_, {.letters_max = 3}, &metrics);
  for (const char* text : {"1", "2", "3", "4", "5"}) add(letters, text);
  EXPECT_EQ(texts(letters), (std::vector<std::string>{"5", "4", "3"}));
  EXPECT_EQ(*run(letters.open_count("game")), 3u);
  EXPECT_EQ(*run(letters.refused("game", "k")), 5u) << "the ledger forgets nothing";
  EXPECT_EQ(metrics.counter("gamekeeper_dead_letters_pushed_out_total", "").Value(), 2);
}

TEST_F(DeadLettersTest, PushesOutTheOldestBeyondTheBytes) {
  DeadLetters letters(*store_, {.bytes_max = 10});
  add(letters, "aaaa");
  add(letters, "bbbb");
  EXPECT_EQ(texts(letters).size(), 2u);
  add(letters, "ccc");
  EXPECT_EQ(texts(letters), (std::vector<std::string>{"ccc", "bbbb"}));
  add(letters, std::string(11, 'd'));
  EXPECT_EQ(texts(letters), std::vector<std::string>()) << "not even the newest fits";
  EXPECT_EQ(*run(letters.refused("game", "k")), 4u);
}

TEST_F(DeadLettersTest, HoldsTheBoundForMoreThanAPageAndInOneGo) {
  DeadLetters letters(*store_, {.letters_max = 50});
  add(letters, "old", "game", 400);
  EXPECT_EQ(*run(letters.open_count("game")), 50u);
  EXPECT_EQ(*run(letters.refused("game", "k")), 400u);
}

TEST_F(DeadLettersTest, LeavesOtherAppsAlone) {
  DeadLetters letters(*store_, {.letters_max = 2});
  add(letters, "theirs", "other");
  for (int i = 0; i < 5; ++i) add(letters, "mine");
  EXPECT_EQ(texts(letters, "other"), std::vector<std::string>{"theirs"});
}

TEST_F(DeadLettersTest, CountsWhatAnEarlierProcessLeft) {
  {
    DeadLetters before(*store_);
    for (const char* text : {"1", "2", "3", "4"}) add(before, text);
  }
  DeadLetters letters(*store_, {.letters_max = 2});
  add(letters, "5");
  EXPECT_EQ(texts(letters), (std::vector<std::string>{"5", "4"}));
  EXPECT_EQ(*run(letters.refused("game", "k")), 5u);
}

TEST_F(DeadLettersTest, AClosedLetterIsGoneAndStaysCounted) {
  DeadLetters letters(*store_);
  add(letters, "1");
  add(letters, "2");
  const std::string id = run(letters.list("game", 1, ""))->items[0].id;
  EXPECT_EQ(run(letters.close("other", id)).error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(run(letters.close("game", id)));
  EXPECT_EQ(run(letters.close("game", id)).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(run(letters.find("game", id)).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(texts(letters), std::vector<std::string>{"1"});
  EXPECT_EQ(*run(letters.refused("game", "k")), 2u);
}

TEST_F(DeadLettersTest, HoldsTheBoundUnderManyWriters) {
  DeadLetters letters(*store_, {.letters_max = 20});
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        std::vector<Rejection> rejected(1);
        rejected[0].raw = "x";
        ASSERT_TRUE(run(letters.add(key_of("game"), 1'700'000'000'000 + i, std::move(rejected))));
      }
    });
  }
  for (auto& writer : writers) writer.join();
  add(letters, "last");
  EXPECT_LE(*run(letters.open_count("game")), 20u);
  EXPECT_EQ(*run(letters.refused("game", "k")), 201u);
}

}  // namespace
}  // namespace gamekeeper::ingest
