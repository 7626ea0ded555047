#include "base/crash_point.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace gamekeeper {
namespace {

TEST(CrashPoint, KillsAtTheNthPassOfItsName) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // runs the program anew, which looks at the environment at its start
  setenv("GAMEKEEPER_CRASH_AT", "commit.before:2", 1);
  EXPECT_EXIT(
      {
        crash_point("commit.before");
        crash_point("commit.after");
        std::fputs("once", stderr);
        crash_point("commit.before");
        std::fputs("twice", stderr);
      },
      ::testing::KilledBySignal(SIGKILL), "^once$");
  unsetenv("GAMEKEEPER_CRASH_AT");
}

TEST(CrashPoint, ACountThatIsNoNumberIsAFailureAndNotNever) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  setenv("GAMEKEEPER_CRASH_AT", "commit.before:soon", 1);
  EXPECT_EXIT(crash_point("commit.before"), ::testing::KilledBySignal(SIGABRT), "NAME or NAME:TIMES");
  unsetenv("GAMEKEEPER_CRASH_AT");
}

TEST(CrashPoint, IsPassedWhenNobodyAsked) {
  crash_point("commit.before");
  SUCCEED();
}

}  // namespace
}  // namespace gamekeeper
