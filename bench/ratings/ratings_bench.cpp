// Matches a second of one core: each published system's kernel by itself, then every model with its tables. Players are
// drawn at random, so that the tables are met as a real queue meets them, out of cache.
//   ratings_bench [players, default 100000]
#include <fmt/format.h>

#include <time.h>

#include <random>
#include <string>
#include <vector>

#include "play/ratings/elo.h"
#include "play/ratings/model.h"

namespace {

using namespace gamekeeper::play::ratings;

/// Of this thread on a core: what others do with the machine does not count.
double core_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Calls `play(i)` for i = 0, 1, … for about half a second of a core and prints how many it did a second.
template <class Play>
void measure(const std::string& name, Play play) {
  constexpr int kBatch = 256;
  for (int i = 0; i < kBatch; ++i) play(static_cast<size_t>(i));
  const double began = core_seconds();
  size_t done = 0;
  double seconds = 0;
  while (seconds < 0.5) {
    for (int i = 0; i < kBatch; ++i) play(done++);
    seconds = core_seconds() - began;
  }
  fmt::print("{:<34} {:>12.0f} matches/s\n", name, static_cast<double>(done) / seconds);
}

struct Matches {
  std::vector<Member> members;
  std::vector<Team> teams;
  std::vector<Match> matches;
};

Matches made(uint32_t players, uint32_t teams, uint32_t size) {
  constexpr size_t kCount = 1 << 14;
  std::mt19937_64 chance(1);
  Matches all;
  all.members.resize(kCount * teams * size);
  for (Member& member : all.members)
    member = {static_cast<PlayerIndex>(chance() % players), kNoLabel, static_cast<double>(chance() % 20)};
  for (size_t t = 0; t < kCount * teams; ++t) {
    all.teams.push_back({{&all.members[t * size], size},
                         static_cast<uint32_t>(1 + chance() % teams),
                         static_cast<double>(chance() % 50)});
  }
  for (size_t m = 0; m < kCount; ++m) all.matches.push_back({static_cast<double>(m), {&all.teams[m * teams], teams}});
  return all;
}

void kernels() {
  std::vector<double> elo(1 << 16, 1500);
  std::vector<Glicko2> glicko(1 << 16);
  std::vector<Gaussian> gaussian(1 << 16);
  std::mt19937_64 chance(2);
  std::vector<uint32_t> picks(1 << 16);
  for (uint32_t& pick : picks) pick = static_cast<uint32_t>(chance() & 0xffff);
  auto pick = [&](size_t i) { return picks[i & 0xffff]; };
  measure("kernel elo 1v1", [&](size_t i) {
    double &a = elo[pick(2 * i)], &b = elo[pick(2 * i + 1)];
    const EloPair moved = *update_elo(a, b, (i & 1) ? 1.0 : 0.0);
    a = moved.a, b = moved.b;
  });
  measure("kernel glicko2 1v1", [&](size_t i) {
    Glicko2 &a = glicko[pick(2 * i)], &b = glicko[pick(2 * i + 1)];
    const Glicko2Game against_b[] = {{b.rating, b.deviation, 1}}, against_a[] = {{a.rating, a.deviation, 0}};
    const Glicko2 next = rate_glicko2(a, against_b, 0.1, {});
    b = rate_glicko2(b, against_a, 0.1, {});
    a = next;
  });
  WengLinScratch scratch;
  for (const auto& [name, rule] : {std::pair{"plackett-luce", WengLinRule::kPlackettLuce},
                                   std::pair{"thurstone-mosteller", WengLinRule::kThurstoneMosteller}}) {
    for (size_t size : {1u, 5u}) {
      measure(fmt::format("kernel {} {}v{}", name, size, size), [&](size_t i) {
        const size_t at = pick(i) % (gaussian.size() - 2 * size);
        const WengLinTeam teams[] = {{{&gaussian[at], size}, 1, 0}, {{&gaussian[at + size], size}, 2, 0}};
        rate_weng_lin(rule, teams, {}, scratch);
      });
    }
  }
}

void models(uint32_t players) {
  std::vector<double> strengths(64);
  for (const auto& [shape, teams, size] :
       {std::tuple{"1v1", 2u, 1u}, std::tuple{"5v5", 2u, 5u}, std::tuple{"20 alone", 20u, 1u}}) {
    const Matches all = made(players, teams, size);
    for (std::string_view name : Model::names()) {
      Model model = std::move(*Model::make(name));
      model.grow(players, 0);
      Match match;
      measure(fmt::format("{} {}", name, shape), [&](size_t i) {
        match = all.matches[i % all.matches.size()];
        match.day = static_cast<double>(i) * 1e-5;
        model.learn(match, strengths);
      });
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  kernels();
  models(argc > 1 ? static_cast<uint32_t>(std::stol(argv[1])) : 100000);
}
