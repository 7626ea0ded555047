#include "server/doctor.h"

#include <gtest/gtest.h>

namespace gamekeeper::server {
namespace {

using State = Diagnosis::State;
constexpr uint64_t kMiB = 1024 * 1024;

TEST(JudgeDisk, WarnsBeforeItFails) {
  EXPECT_EQ(judge_disk(10'000 * kMiB, 100'000 * kMiB).state, State::kOk);
  EXPECT_EQ(judge_disk(1023 * kMiB, 2000 * kMiB).state, State::kWarning);
  EXPECT_EQ(judge_disk(4'000 * kMiB, 100'000 * kMiB).state, State::kWarning) << "less than a twentieth";
  EXPECT_EQ(judge_disk(256 * kMiB, 100'000 * kMiB).state, State::kWarning);
  EXPECT_EQ(judge_disk(256 * kMiB - 1, 100'000 * kMiB).state, State::kFailing);
  EXPECT_FALSE(judge_disk(0, 0).advice.empty());
}

}  // namespace
}  // namespace gamekeeper::server
