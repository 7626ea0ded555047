// Random streams against the slow and obvious answer, with commits, restarts and tiny caches at random points.
#include <gtest/gtest.h>

#include <random>

#include "insight/processor/testing/oracle.h"

namespace gamekeeper::processor::testing {
namespace {

using events::Kind;
using events::Source;

constexpr UnixMillis kStart = 1'800'000'000'000;

class Stream {
 public:
  explicit Stream(uint64_t seed) : random_(seed), now_(kStart + static_cast<int64_t>(seed % 7) * 86'400'000) {}

  Sent next() {
    pass_time();
    if (!sent_.empty() && chance(12)) return again();
    Sent e;
    e.received = now_;
    e.app = chance(25) ? "other" : "arena";
    e.key = chance(50) ? "k1" : "k2";
    e.player = "player-" + std::to_string(below(9));
    e.id = ++ids_;
    e.time = chance(70) ? now_ - below(5'000) : now_ - below(3 * 86'400'000);
    if (chance(2)) e.time = now_ + below(180'000);
    if (chance(80)) in_session(e);
    if (chance(25)) e.platform = pick({"ios", "android", ""});
    if (chance(15)) e.country = pick({"de", "fr"});
    if (chance(15)) e.version = pick({"1.0", "1.1"});
    give_kind(e);
    sent_.push_back(e);
    return e;
  }
  UnixMillis now() const { return now_; }

 private:
  void pass_time() {
    now_ += below(3'000);
    if (chance(2)) now_ += below(7'200'000);
    if (now_ < kStart + 40 * 86'400'000ll && one_in(700)) now_ += 31 * 86'400'000ll;
  }

  Sent again() {
    Sent e =
        sent_[sent_.size() - 1 - static_cast<size_t>(below(static_cast<int64_t>(std::min<size_t>(sent_.size(), 40))))];
    e.received = now_;
    if (chance(20)) e.id = ++ids_;  // a repeat by sequence number has any id
    return e;
  }

  void in_session(Sent& e) {
    const int64_t n = below(4);
    e.session = "s" + std::to_string(n);
    if (chance(70)) {
      uint64_t& seq = seqs_[e.app + e.player + e.session];
      seq += chance(90) ? 1 : 2;
      e.seq = chance(5) ? 1 + static_cast<uint64_t>(below(static_cast<int64_t>(seq))) : seq;
    }
    if (n == 1) e.sent = e.received - 3'600'000, e.time -= 3'600'000;  // an hour behind
    if (n == 2 && chance(50)) e.sent = e.received - 5'000;             // within the tolerance
    if (n == 3 && one_in(40)) e.sent = e.received + 86'400'000;        // matters when it comes first
  }

  void give_kind(Sent& e) {
    switch (below(12)) {
      case 0:
        e.name = "session_start", e.kind = Kind::kSessionStart, e.country = pick({"jp", "us"});
        break;
      case 1:
        e.name = "session_end", e.kind = Kind::kSessionEnd;
        break;
      case 2:
        e.name = "purchase", e.kind = Kind::kPurchase, e.currency = pick({"EUR", "USD"});
        e.micros = chance(20) ? 0 : below(100'000'000);
        e.measures = {{"amount", static_cast<double>(e.micros) / 1e6}};
        break;
      case 3:
        e.name = "economy", e.kind = Kind::kEconomy, e.currency = pick({"GLD", "GEM"}), e.sink = chance(50);
        e.micros = below(5'000'000);
        break;
      case 4:
        e.name = "error", e.kind = Kind::kError, e.severe = chance(50);
        break;
      case 5:
        e.name = chance(50) ? "match.completed" : "match.formed", e.kind = Kind::kFact, e.source = Source::kBackend;
        e.match = "m" + std::to_string(below(30));
        if (chance(60)) e.session.clear(), e.seq = 0;
        if (e.name == "match.formed") e.measures = {{"wait_seconds", double(below(90))}, {"wait_seconds", 3.5}};
        break;
      case 6:
        e.name = "score", e.measures = {{"score", double(below(2000) - 1000)}, {"lag", 0.001 * double(below(9))}};
        break;
      default:
        e.name = pick({"tick", "jump", "shoot"});
    }
    if (chance(3)) e.time = kStart - 2 * 86'400'000ll;  // ties
    if (one_in(200)) e.time = -9'000'000'000'000;
  }

  int64_t below(int64_t n) { return std::uniform_int_distribution<int64_t>(0, n - 1)(random_); }
  bool chance(int percent) { return below(100) < percent; }
  bool one_in(int64_t n) { return below(n) == 0; }
  std::string pick(std::vector<std::string> from) {
    return from[static_cast<size_t>(below(static_cast<int64_t>(from.size())))];
  }

  std::mt19937_64 random_;
  UnixMillis now_;
  uint64_t ids_ = 0;
  std::map<std::string, uint64_t> seqs_;
  std::vector<Sent> sent_;
};

#define SAME(field) EXPECT_EQ(want.field, got.field) << #field
void compare(const Answers& want, const Answers& got) {
  SAME(minute);
  SAME(hour);
  SAME(day);
  SAME(active_quarter);
  SAME(active_day);
  SAME(active_all_quarter);
  SAME(active_all_day);
  SAME(active_zone_day);
  SAME(new_players);
  SAME(new_all);
  SAME(cohorts);
  SAME(revenue_minute);
  SAME(revenue_day);
  SAME(payers_quarter);
  SAME(payers_day);
  SAME(economy_hour);
  SAME(sessions_minute);
  SAME(sessions_hour);
  SAME(sessions_day);
  SAME(concurrent);
  SAME(running_sessions);
  SAME(measures_minute);
  SAME(measures_day);
  SAME(matches);
  SAME(trails);
  SAME(gaps);
  SAME(ledger);
  SAME(names);
  SAME(open_sessions);
  SAME(online);
}

class FoldOracle : public ::testing::TestWithParam<uint64_t> {};

TEST_P(FoldOracle, GivesTheObviousAnswers) {
  const uint64_t seed = GetParam();
  std::mt19937_64 random(seed * 31 + 7);
  FoldOptions options;
  const std::string zone = seed % 3 == 0 ? "Asia/Kolkata" : seed % 3 == 1 ? "America/St_Johns" : "UTC";
  options.settings = [zone](std::string_view) { return AppSettings{zone}; };
  if (seed % 2 == 0) {
    options.residents = {3, 4, 5, 2};
    options.cell_cache_bytes = seed % 4 == 0 ? 0 : 20'000;
  }
  FoldDriver driver(options);
  Stream stream(seed);
  std::vector<Sent> log;
  for (int chunk = 0; chunk < 35; ++chunk) {
    std::vector<Sent> events;
    for (uint64_t n = 1 + random() % 40; n > 0; --n) events.push_back(stream.next());
    driver.fold(events);
    log.insert(log.end(), events.begin(), events.end());
    if (random() % 3 != 0) continue;
    driver.commit();
    if (random() % 3 == 0) driver.restart();
  }
  driver.commit();
  const UnixMillis now = cells::floor_to(log.back().received, 60'000) + 59'999;
  for (const std::string app : {"arena", "other"}) {
    SCOPED_TRACE(app);
    compare(expected(log, app, now, *TimeZone::find(zone)), found(driver.store, app, now));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FoldOracle, ::testing::Range<uint64_t>(1, 65));

}  // namespace
}  // namespace gamekeeper::processor::testing
