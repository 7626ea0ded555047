// Kafka's faults, by librdkafka's own mock cluster: brokers that go down, refuse, move leaders or answer late. What was
// acknowledged is read back, in order, and what a retry has written twice is dropped by the fold.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "adapters/kafka/kafka_event_log.h"
#include "events/event.h"
#include "insight/processor/fold.h"
#include "insight/processor/testing/memory_series_store.h"
#include "tests/support/run_task.h"

namespace gamekeeper::contract {
namespace {

using adapters::KafkaEventLog;
using gamekeeper::test::run;
using namespace std::chrono_literals;

constexpr int kBrokers = 3;
constexpr ports::Partition kPartitions = 2;
/// How long an append is tried. Some outages last longer: only then is anything refused, and only what may be refused
/// can be lost by being acknowledged all the same.
constexpr int kPatienceMs = 1'500;

/// Three brokers in this process, one topic with its copies on all of them.
class MockCluster {
 public:
  MockCluster() {
    char why[512];
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof why);
    GK_CHECK(client_ != nullptr, why);
    cluster_ = rd_kafka_mock_cluster_new(client_, kBrokers);
    rd_kafka_mock_topic_create(cluster_, "events", kPartitions, kBrokers);
  }
  ~MockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(client_);
  }
  MockCluster(const MockCluster&) = delete;

  adapters::KafkaOptions options() const {
    adapters::KafkaOptions o;
    o.brokers = rd_kafka_mock_cluster_bootstraps(cluster_);
    o.topic = "events";
    o.delivery_timeout_ms = kPatienceMs;
    return o;
  }
  void down(int broker) { rd_kafka_mock_broker_set_down(cluster_, broker); }
  void up(int broker) { rd_kafka_mock_broker_set_up(cluster_, broker); }
  void late(int broker, int ms) { rd_kafka_mock_broker_set_rtt(cluster_, broker, ms); }
  void lead(ports::Partition partition, int broker) {
    rd_kafka_mock_partition_set_leader(cluster_, "events", static_cast<int32_t>(partition), broker);
  }
  /// The next produce requests get these answers, and store nothing.
  void refuse(std::vector<rd_kafka_resp_err_t> errors) {
    constexpr int16_t kProduce = 0;
    rd_kafka_mock_push_request_errors_array(cluster_, kProduce, errors.size(), errors.data());
  }
  void heal() {
    rd_kafka_mock_clear_request_errors(cluster_, 0);
    for (int broker = 1; broker <= kBrokers; ++broker) up(broker), late(broker, 0);
  }

 private:
  rd_kafka_t* client_;
  rd_kafka_mock_cluster_t* cluster_;
};

/// Events `from` … `from + count - 1` of one writer, as a batch.
ports::PartitionBatch batch_of_numbers(ports::Partition partition, uint64_t from, uint32_t count) {
  ports::PartitionBatch batch{partition, "", count};
  for (uint64_t n = from; n < from + count; ++n) {
    events::EventView e;
    e.app = "arena", e.key = "k1", e.name = "tick", e.player_id = "p";
    e.received_at = e.time = 1'800'000'000'000;
    for (size_t i = 0; i < 8; ++i) e.id.bytes[i] = static_cast<uint8_t>(n >> (8 * i));
    events::append_row(batch.rows, e);
  }
  return batch;
}

uint64_t number_of(const events::EventView& e) {
  uint64_t n = 0;
  for (size_t i = 0; i < 8; ++i) n |= static_cast<uint64_t>(e.id.bytes[i]) << (8 * i);
  return n;
}

std::string read_all(KafkaEventLog& log, ports::Partition partition, uint64_t events) {
  std::string rows;
  auto reader = run(log.open(partition, {}));
  EXPECT_TRUE(reader) << reader.error().message;
  for (uint64_t read = 0; reader && read < events;) {
    auto chunk = run((*reader)->next(1 << 20, std::chrono::steady_clock::now() + 20s));
    if (!chunk || chunk->count == 0) break;
    rows += chunk->rows;
    read += chunk->count;
  }
  return rows;
}

/// What the fold keeps of the rows: stored, repeated.
std::pair<int64_t, int64_t> fold(const std::string& rows) {
  processor::testing::MemorySeriesStore store;
  processor::PartitionFold fold(store, 0);
  EXPECT_TRUE(run(fold.fold(rows)));
  auto changes = run(fold.drain());
  store.put(store.cells(), *changes);
  const auto ledger =
      cells::Ledger::decode(store.cells().at({cells::kLedger, cells::Key("arena").plain("k1").str(), 0}));
  return {ledger->stored, ledger->repeated};
}

/// One writer a partition: the next batch goes only after the one before was acknowledged, however often it must be sent.
struct Writer {
  void write(KafkaEventLog& log, ports::Partition partition, const std::atomic<bool>& enough) {
    while (!enough) {
      const uint32_t count = 1 + static_cast<uint32_t>(acknowledged % 40);
      auto outcome = run(log.append({batch_of_numbers(partition, acknowledged, count)})).at(0);
      if (outcome)
        acknowledged += count;
      else
        ++refused, last = outcome.error().message;
    }
  }
  uint64_t acknowledged = 0, refused = 0;
  std::string last;
};

void outage(MockCluster& cluster, std::chrono::milliseconds time) {
  for (int b = 1; b <= kBrokers; ++b) cluster.down(b);
  std::this_thread::sleep_for(time);
  for (int b = 1; b <= kBrokers; ++b) cluster.up(b);
}

void misfortune(MockCluster& cluster, std::mt19937& dice) {
  const int broker = 1 + static_cast<int>(dice() % kBrokers);
  switch (dice() % 6) {
    case 0:
      cluster.down(broker);
      std::this_thread::sleep_for(300ms);
      cluster.up(broker);
      break;
    case 1:
      outage(cluster, 500ms);
      break;
    case 2:
      cluster.refuse({RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT});
      break;
    case 3:
      cluster.refuse({RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
                      RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR__TRANSPORT});
      break;
    case 4:
      cluster.lead(dice() % kPartitions, broker);
      break;
    default:
      cluster.late(broker, 200 + static_cast<int>(dice() % 600));
      std::this_thread::sleep_for(800ms);
      cluster.late(broker, 0);
  }
}

TEST(KafkaFaults, NothingAcknowledgedIsLost) {
  MockCluster cluster;
  auto opened = KafkaEventLog::open(cluster.options());
  ASSERT_TRUE(opened) << opened.error().message;
  KafkaEventLog& log = **opened;
  ASSERT_EQ(log.partitions(), kPartitions);

  std::atomic<bool> enough = false;
  Writer writers[kPartitions];
  std::vector<std::thread> threads;
  for (ports::Partition p = 0; p < kPartitions; ++p) threads.emplace_back([&, p] { writers[p].write(log, p, enough); });
  std::mt19937 dice(7);
  for (int i = 0; i < 25; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(dice() % 200));
    misfortune(cluster, dice);
    if (i % 8 == 7) outage(cluster, std::chrono::milliseconds(2 * kPatienceMs));
  }
  cluster.heal();
  enough = true;
  for (auto& thread : threads) thread.join();

  for (ports::Partition p = 0; p < kPartitions; ++p) {
    SCOPED_TRACE("partition " + std::to_string(p) + ", refused " + std::to_string(writers[p].refused) +
                 " times: " + writers[p].last);
    EXPECT_GT(writers[p].acknowledged, 100u);
    EXPECT_GT(writers[p].refused, 0u) << "no outage lasted long enough to prove anything";
    auto bounds = run(log.bounds(p));
    ASSERT_TRUE(bounds) << bounds.error().message;
    const std::string rows = read_all(log, p, bounds->events);
    std::set<uint64_t> seen;
    uint64_t in_order = 0, count = 0;
    events::RowReader reader(rows);
    for (events::EventView e; reader.next(e); ++count) {
      const uint64_t n = number_of(e);
      EXPECT_LE(n, in_order) << "an event came before its predecessor";
      in_order = std::max(in_order, n + 1);
      seen.insert(n);
    }
    EXPECT_EQ(count, bounds->events);
    std::vector<uint64_t> lost;
    for (uint64_t n = 0; n < writers[p].acknowledged; ++n) {
      if (!seen.contains(n)) lost.push_back(n);
    }
    EXPECT_TRUE(lost.empty()) << lost.size() << " of " << writers[p].acknowledged << " acknowledged are lost, first "
                              << lost.front();
    EXPECT_LE(seen.size(), writers[p].acknowledged + 40) << "nobody sent so many";
    const auto [stored, repeated] = fold(rows);
    EXPECT_EQ(stored, static_cast<int64_t>(seen.size()));
    EXPECT_EQ(repeated, static_cast<int64_t>(count - seen.size()));
  }
}

TEST(KafkaFaults, AnAnswerThatComesTooLateIsAnUnknownOutcome) {
  MockCluster cluster;
  auto options = cluster.options();
  options.delivery_timeout_ms = 1'500;
  auto opened = KafkaEventLog::open(options);
  ASSERT_TRUE(opened) << opened.error().message;
  KafkaEventLog& log = **opened;
  ASSERT_TRUE(run(log.append({batch_of_numbers(0, 0, 1)})).at(0));
  for (int b = 1; b <= kBrokers; ++b) cluster.late(b, 30'000);
  auto late = run(log.append({batch_of_numbers(0, 1, 5)})).at(0);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kUnavailable);
  cluster.heal();
  Result<ports::Position> again = fail(ErrorKind::kUnavailable, "not_yet", "");
  for (int tries = 0; tries < 60 && !again; ++tries) again = run(log.append({batch_of_numbers(0, 1, 5)})).at(0);
  ASSERT_TRUE(again) << again.error().message;
  auto bounds = run(log.bounds(0));
  ASSERT_TRUE(bounds) << bounds.error().message;
  EXPECT_EQ(fold(read_all(log, 0, bounds->events)).first, 6);
}

TEST(KafkaFaults, AProducerThatLostItsPlaceIsReplaced) {
  MockCluster cluster;
  auto opened = KafkaEventLog::open(cluster.options());
  ASSERT_TRUE(opened) << opened.error().message;
  KafkaEventLog& log = **opened;
  ASSERT_TRUE(run(log.append({batch_of_numbers(0, 0, 3)})).at(0));
  cluster.refuse({RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  Result<ports::Position> outcome = fail(ErrorKind::kUnavailable, "not_yet", "");
  for (int tries = 0; tries < 20 && !outcome; ++tries) outcome = run(log.append({batch_of_numbers(0, 3, 3)})).at(0);
  ASSERT_TRUE(outcome) << outcome.error().message;
  auto bounds = run(log.bounds(0));
  ASSERT_TRUE(bounds) << bounds.error().message;
  EXPECT_EQ(fold(read_all(log, 0, bounds->events)).first, 6);
}

}  // namespace
}  // namespace gamekeeper::contract
