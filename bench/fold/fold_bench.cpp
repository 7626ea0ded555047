// How many events a second one core folds: rows in memory, outputs encoded and put every `commit_events`, a
// SeriesStore in memory; and how many of Kafka's JSON it makes rows of. Usage: fold_bench [events=4000000]
// [commit_events=200000]
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "events/json_codec.h"
#include "insight/processor/testing/fold_driver.h"

namespace {

using namespace gamekeeper;
using processor::testing::MemorySeriesStore;
using processor::testing::run;

struct Traffic {
  const char* name;
  int sessions;
  int burst;
  bool measures;
  bool own_dimensions;
};

class Generator {
 public:
  explicit Generator(const Traffic& t) : t_(t), seqs_(static_cast<size_t>(t.sessions)) {
    for (int i = 0; i < t.sessions; ++i) {
      players_.push_back("player-" + std::to_string(100'000'000 + i * 7919));
      sessions_.push_back("3f2b8c1e-9d4a-4c6b-8e21-" + std::to_string(100'000'000'000 + i));
    }
  }

  /// A chunk of about `bytes` of rows.
  uint32_t fill(std::string& rows, size_t bytes) {
    static const char* const kNames[] = {"tick", "jump", "shoot", "kill", "death", "pickup", "level_up", "chat"};
    uint32_t count = 0;
    while (rows.size() < bytes) {
      const size_t who = random_() % players_.size();
      for (int i = 0; i < t_.burst; ++i, ++count) {
        events::EventView e;
        e.app = "arena", e.key = "k_live_1", e.player_id = players_[who], e.session_id = sessions_[who];
        now_us_ += 2;
        e.received_at = 1'800'000'000'000 + now_us_ / 1000;
        e.time = e.received_at - static_cast<int64_t>(random_() % 2'000);
        e.seq = ++seqs_[who];
        e.name = e.seq == 1 ? "session_start" : kNames[random_() % 8];
        if (e.seq == 1) e.kind = events::Kind::kSessionStart;
        if (e.seq == 1 || t_.own_dimensions) {
          e.has_platform = e.has_country = e.has_version = true;
          e.platform = who % 3 == 0 ? "ios" : "android", e.country = kNames[who % 8], e.version = "1.2.3";
        }
        e.properties =
            t_.own_dimensions
                ? R"({"level":17,"score":93217,"country":"DE","version":"1.4.3","mode":"ranked","map":"canyon"})"
                : R"({"x":12.5,"y":-3,"weapon":"bow","map":"harbor"})";
        events::Measure m{"score", double(random_() % 1000)};
        if (t_.measures && i % 8 == 0) e.measures = {&m, 1};
        if (i % 50 == 49) {
          e.name = "purchase", e.kind = events::Kind::kPurchase, e.amount_micros = 990'000, e.currency = "EUR";
          e.properties = R"({"amount":0.99,"currency":"EUR","item_id":"chest_7"})";
        }
        events::append_row(rows, e);
      }
    }
    return count;
  }

 private:
  Traffic t_;
  std::vector<std::string> players_, sessions_;
  std::vector<uint64_t> seqs_;
  std::mt19937_64 random_{7};
  int64_t now_us_ = 0;
};

/// Forgets what is put except the state, so that the map of a real store does not weigh on the numbers; counts cells.
void measure(const Traffic& traffic, uint64_t events, uint64_t commit_events) {
  MemorySeriesStore store;
  processor::PartitionFold fold(store, 0);
  Generator generator(traffic);
  using Clock = std::chrono::steady_clock;
  Clock::duration folding{}, draining{};
  uint64_t cells = 0, bytes = 0, commits = 0, done = 0;
  std::string rows;
  while (done < events) {
    rows.clear();
    done += generator.fill(rows, 4 << 20);
    auto at = Clock::now();
    if (!run(fold.fold(rows))) std::abort();
    folding += Clock::now() - at;
    if (fold.pending() < commit_events) continue;
    at = Clock::now();
    auto drained = run(fold.drain());
    draining += Clock::now() - at;
    if (!drained) std::abort();
    ++commits;
    cells += drained->size();
    for (const auto& c : *drained) bytes += c.value.size();
    MemorySeriesStore::put(store.cells(), *drained);
    at = Clock::now();
    fold.committed();
    draining += Clock::now() - at;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double fold_s = std::chrono::duration<double>(folding).count();
  const double drain_s = std::chrono::duration<double>(draining).count();
  std::printf(
      "%-34s %6.2f M events/s (fold alone %5.2f; drain %4.1f ms, %6.0f cells, %6.0f KiB a commit) peak %ld MiB\n",
      traffic.name, static_cast<double>(done) / (fold_s + drain_s) / 1e6, static_cast<double>(done) / fold_s / 1e6,
      drain_s * 1e3 / static_cast<double>(commits), static_cast<double>(cells) / static_cast<double>(commits),
      static_cast<double>(bytes) / static_cast<double>(commits) / 1024, usage.ru_maxrss / 1024);
}

/// The step before the fold when the log is Kafka's: a message's JSON read and written as a row.
void measure_json(const Traffic& traffic, uint64_t events) {
  Generator generator(traffic);
  std::string rows, messages;
  generator.fill(rows, 4 << 20);
  std::vector<size_t> ends;
  events::RowReader reader(rows);
  for (events::EventView e; reader.next(e); ends.push_back(messages.size())) events::append_json(messages, e);
  const size_t bytes = messages.size();
  messages.append(simdjson::SIMDJSON_PADDING, ' ');
  events::JsonReader json;
  uint64_t done = 0;
  const auto began = std::chrono::steady_clock::now();
  while (done < events) {
    rows.clear();
    size_t from = 0;
    for (const size_t end : ends) {
      const auto event = json.read({messages.data() + from, end - from}, messages.size() - from);
      if (!event) std::abort();
      events::append_row(rows, *event);
      from = end;
    }
    done += ends.size();
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%-34s %6.2f M events/s of JSON made rows (%4.0f bytes each)\n", traffic.name,
              static_cast<double>(done) / seconds / 1e6, static_cast<double>(bytes) / static_cast<double>(ends.size()));
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 4'000'000;
  const uint64_t commit_events = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200'000;
  measure_json({"256 sessions, bursts of 100", 256, 100, false, false}, events);
  measure_json({"… with dimensions and measures", 256, 100, true, true}, events);
  measure({"256 sessions, bursts of 100", 256, 100, false, false}, events, commit_events);
  measure({"… with dimensions and measures", 256, 100, true, true}, events, commit_events);
  measure({"100 k sessions, bursts of 100", 100'000, 100, false, false}, events, commit_events);
  measure({"100 k sessions, bursts of 10", 100'000, 10, false, false}, events, commit_events);
  measure({"100 k sessions, one by one", 100'000, 1, false, false}, events, commit_events);
}
