// One board in memory: writes, ranks and pages a second of one core, and bytes a member, members being UUIDs.
//   board_bench [members …, default 1000000 10000000]
#include <fmt/format.h>

#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "adapters/memory/score_board.h"

namespace {

using namespace gamekeeper;

struct Chance {
  uint64_t x = 88172645463325252;
  uint64_t operator()() {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    return x;
  }
};

std::string uuid_of(uint64_t n) {
  uint64_t high = n * 0x9e3779b97f4a7c15, low = (n + 1) * 0xc2b2ae3d27d4eb4f;
  std::string text(36, '-');
  for (size_t at = 0; at < 36; ++at) {
    if (at == 8 || at == 13 || at == 18 || at == 23) continue;
    uint64_t& half = at < 18 ? high : low;
    text[at] = "0123456789abcdef"[half & 15];
    half >>= 4;
  }
  return text;
}

/// Of this thread on a core: what others do with the machine does not count.
double core_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Calls `work` for two seconds of a core and prints how often it went a second.
template <class Work>
void measure(const char* name, Work work) {
  const double began = core_seconds();
  uint64_t done = 0;
  while ((core_seconds() - began) < 2) {
    for (int i = 0; i < 1000; ++i) work();
    done += 1000;
  }
  fmt::print("  {:<34} {:>10.0f} /s\n", name, static_cast<double>(done) / (core_seconds() - began));
}

void bench(uint64_t members) {
  adapters::ScoreBoard board(ports::BoardOrder::kHighFirst, ports::BoardOperator::kLast, 1);
  Chance chance;
  auto write = [&](uint64_t member) {
    const ports::ScoreWrite one{uuid_of(member), static_cast<int64_t>(chance() % 100'000'000),
                                static_cast<UnixMillis>(member)};
    board.put({&one, 1});
  };
  const double began = core_seconds();
  double worst = 0;
  for (uint64_t m = 0; m < members;) {
    const double before = core_seconds();
    for (int i = 0; i < 32 && m < members; ++i) write(m++);
    worst = std::max(worst, core_seconds() - before);
  }
  fmt::print("{} members\n  {:<34} {:>10.0f} /s, longest 32 {:.1f} ms\n", members, "first writes",
             static_cast<double>(members) / (core_seconds() - began), worst * 1000);
  fmt::print("  {:<34} {:>10.1f}\n", "bytes a member",
             static_cast<double>(board.bytes()) / static_cast<double>(members));
  measure("updates to a random score", [&] { write(chance() % members); });
  uint64_t sum = 0;
  measure("rank, competition",
          [&] { sum += board.find(uuid_of(chance() % members), ports::BoardRanking::kCompetition)->rank; });
  measure("rank, dense", [&] { sum += board.find(uuid_of(chance() % members), ports::BoardRanking::kDense)->rank; });
  measure("page of 50 anywhere",
          [&] { sum += board.page(chance() % members, 50, ports::BoardRanking::kCompetition).size(); });
  fmt::print("  {:<34} {:>10.1f}\n", "bytes a member, after the updates",
             static_cast<double>(board.bytes()) / static_cast<double>(members));
  if (sum == 0) std::abort();  // keeps the answers from being left out
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) bench(1'000'000), bench(10'000'000);
  for (int i = 1; i < argc; ++i) bench(std::stoull(argv[i]));
}
