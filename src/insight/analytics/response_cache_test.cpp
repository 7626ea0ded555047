#include "insight/analytics/response_cache.h"

#include <gtest/gtest.h>

namespace gamekeeper::analytics {
namespace {

CachedAnswer answer(std::string body, Commits commits, UnixMillis valid_before = INT64_MAX) {
  return {.body = std::move(body), .commits = std::move(commits), .valid_before = valid_before};
}

TEST(ResponseCache, HoldsUntilAPartitionCommits) {
  ResponseCache cache(1 << 20);
  cache.put("q", answer("one", {1, 2}));
  ASSERT_TRUE(cache.find("q", {1, 2}, 0));
  EXPECT_EQ(cache.find("q", {1, 2}, 0)->body, "one");
  EXPECT_FALSE(cache.find("other", {1, 2}, 0));
  EXPECT_FALSE(cache.find("q", {1, 3}, 0));
  EXPECT_FALSE(cache.find("q", {1, 2}, 0)) << "what no longer holds is forgotten";
}

TEST(ResponseCache, HoldsUntilItsTimeIsOver) {
  ResponseCache cache(1 << 20);
  cache.put("q", answer("one", {}, 1'000));
  EXPECT_TRUE(cache.find("q", {}, 999));
  EXPECT_FALSE(cache.find("q", {}, 1'000));
}

TEST(ResponseCache, WhenFullTakesOnlyWhatIsAskedAgain) {
  ResponseCache cache(16 * 4'000);
  EXPECT_TRUE(cache.wants("first", 500));
  for (int i = 0; i < 1'000; ++i) cache.put("key " + std::to_string(i), answer(std::string(500, 'x'), {}));
  EXPECT_FALSE(cache.wants("new", 3'900));
  EXPECT_TRUE(cache.wants("new", 3'900)) << "it came before";
}

TEST(ResponseCache, StaysWithinItsBytes) {
  ResponseCache cache(16 * 4'000);
  for (int i = 0; i < 1'000; ++i) cache.put("key " + std::to_string(i), answer(std::string(500, 'x'), {}));
  int kept = 0;
  for (int i = 0; i < 1'000; ++i) kept += cache.find("key " + std::to_string(i), {}, 0) != nullptr;
  EXPECT_GT(kept, 16);
  EXPECT_LE(kept, 16 * 6);
  cache.put("huge", answer(std::string(100'000, 'x'), {}));
  EXPECT_FALSE(cache.find("huge", {}, 0));
}

}  // namespace
}  // namespace gamekeeper::analytics
