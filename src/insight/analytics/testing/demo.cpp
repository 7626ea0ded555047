// analytics_demo [PORT]: measures the two goals of speed, then, with a port, serves made-up data until it is stopped (for
// npm's graphql-http audits and for trying the explorer). Build it by name; it is no part of the program.
#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "insight/analytics/analytics_routes.h"
#include "insight/analytics/testing/world.h"
#include "net/server.h"

using namespace gamekeeper;
using namespace gamekeeper::analytics;
using analytics::testing::run;
using analytics::testing::World;
using std::chrono::steady_clock;

namespace {

constexpr int64_t kMinute = 60'000, kDay = 24 * 60 * kMinute;
const UnixMillis kStart = *parse_time("2026-09-01T00:00:00Z");

class Admits final : public net::Guard {
 public:
  Task<Result<Principal>> admit(const net::Request&, const net::RoutePolicy&) override {
    co_return Principal{.app = "arena", .kind = PrincipalKind::kReadKey};
  }
};

template <class Work>
double seconds_of(Work work) {
  const auto start = steady_clock::now();
  work();
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

/// 60 days of `players` daily players, a thirtieth of them new: written as cells, not folded.
void fill_bitmaps(World& world, uint32_t players) {
  for (uint32_t p = 0; p < World::kPartitions; ++p) {
    const uint32_t daily = players / World::kPartitions, fresh = daily / 30;
    std::vector<ports::Cell> cells;
    const uint32_t all = fresh * 60 + daily;
    cells::AppInfo info{.tuples = 0, .players = all};
    cells.push_back({{cells::kApps, cells::Key("arena").str(), 0}, info.encode()});
    for (int day = 0; day < 60; ++day) {
      const int64_t number = kStart / kDay + day;
      Roaring active;
      uint32_t x = static_cast<uint32_t>(day) * 77 + p;
      for (uint32_t i = 0; i < all; ++i) {
        x = x * 1664525 + 1013904223;
        if (x % all < daily) active.add(i);
      }
      for (uint32_t part = 0; part <= all / 65'536; ++part) {
        Roaring mask;
        mask.addRange(part * 65'536ull, (part + 1) * 65'536ull);
        cells::Players here;
        here.set = active & mask;
        cells.push_back({{cells::kActiveDay,
                          cells::Key("arena").u32(cells::kAllTuples).u16(static_cast<uint16_t>(part)).str(), number},
                         here.encode()});
      }
      const uint32_t first = daily + static_cast<uint32_t>(day) * fresh;
      for (uint32_t part = first / 65'536; part <= (first + fresh - 1) / 65'536; ++part) {
        cells::Players here;
        here.set.addRange(std::max<uint64_t>(first, part * 65'536ull),
                          std::min<uint64_t>(first + fresh, (part + 1) * 65'536ull));
        cells.push_back({{cells::kNewQuarter,
                          cells::Key("arena")
                              .u32(cells::kAllTuples)
                              .day(static_cast<DayNumber>(number))
                              .u16(static_cast<uint16_t>(part))
                              .str(),
                          number * kDay},
                         here.encode()});
      }
    }
    auto claim = run(world.series.claim(p, "bench"));
    (void)run(world.series.commit(*claim, {1}, cells));
  }
}

void measure_retention() {
  World world(kStart + 61 * kDay);
  fill_bitmaps(world, 10'000'000);
  const std::string query =
      "{retention(from:\"2026-09-01\",to:\"2026-10-01\",days:[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,"
      "22,23,24,25,26,27,28,29]){cohorts{size retained}}}";
  const double cold = seconds_of([&] { world.data(query); });
  double warm = 1e9;
  for (int i = 0; i < 10; ++i) warm = std::min(warm, seconds_of([&] { world.data(query); }));
  fmt::print(
      "retention 30 x 30, 10 M daily players: {:.1f} ms with nothing decoded, {:.2f} ms with sets decoded (no answer "
      "cache)\n",
      cold * 1e3, warm * 1e3);
  world.clock.advance(10'000);
  for (uint32_t p = 0; p < World::kPartitions; ++p)
    (void)run(world.series.commit(*run(world.series.claim(p, "bench")), {2}, {}));
  const double committed = seconds_of([&] { world.data(query); });
  fmt::print("the same after a commit: {:.1f} ms\n", committed * 1e3);
  const double active = seconds_of([&] { world.data("{activePlayers(date:\"2026-10-30\"){daily weekly monthly}}"); });
  fmt::print("activePlayers, 10 M daily players: {:.2f} ms\n", active * 1e3);
}

std::string series_body() {
  return R"({"query":"query($f:DateTime!,$t:DateTime!){series(metric:EVENTS,from:$f,to:$t,step:MINUTE){key total points{time value}}}","variables":{"f":"2026-09-01T00:00:00Z","t":"2026-09-01T01:00:00Z"}})";
}

void fill_events(World& world) {
  std::vector<analytics::testing::Sent> sent;
  for (uint64_t i = 0; i < 20'000; ++i) {
    sent.push_back({.name = "event" + std::to_string(i % 20),
                    .player = "p" + std::to_string(i % 500),
                    .time = kStart + static_cast<int64_t>(i * 7919 % (2 * 60 * kMinute)),
                    .id = i,
                    .country = "c" + std::to_string(i % 7)});
  }
  world.send_and_fold(sent);
}

Task<void> many(net::Router& router, int n) {
  std::string body = series_body();
  const auto match = router.find(net::Method::kPost, "/graphql");
  const Principal who{.app = "arena", .kind = PrincipalKind::kReadKey};
  const std::vector<net::HeaderView> headers{{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  net::Request request;
  request.method = net::Method::kPost, request.path = "/graphql", request.headers = headers, request.body = body;
  for (int i = 0; i < n; ++i) {
    auto response = co_await match.route->handler(request, who);
    GK_CHECK(response && response->status == 200, "answers");
  }
}

}  // namespace

int main(int argc, char** argv) {
  World world(kStart + kDay);
  fill_events(world);
  net::Router router;
  add_analytics_routes(router, world.analytics,
                       {.authenticate = [](std::string, std::string) -> Task<Result<Principal>> {
                         co_return Principal{.app = "arena", .kind = PrincipalKind::kReadKey};
                       }});
  constexpr int kRounds = 200'000, kUncached = 2'000;
  const double cached = seconds_of([&] { run(many(router, kRounds)); });
  fmt::print("series of 60 points, handler alone: {:.0f} a second and core from memory\n", kRounds / cached);
  const std::string query =
      "{series(metric:EVENTS,from:\"2026-09-01T00:00:00Z\",to:\"2026-09-01T01:00:00Z\",step:MINUTE){key total "
      "points{time value}}}";
  const double computed = seconds_of([&] {
    for (int i = 0; i < kUncached; ++i) (void)run(world.analytics.answer("arena", {}, {.query = query}, false));
  });
  fmt::print("series of 60 points, computed (280 tuples): {:.0f} a second and core\n", kUncached / computed);
  if (argc < 2) return measure_retention(), 0;
  Admits guard;
  net::Server server({.port = static_cast<uint16_t>(std::stoi(argv[1])), .threads = 1}, router, guard);
  if (auto ok = server.start(); !ok) return fmt::print("{}\n", ok.error().message), 1;
  fmt::print("http://127.0.0.1:{}/graphql\n", server.port());
  std::fflush(stdout);
  pause();
}
