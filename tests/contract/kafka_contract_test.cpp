// The event log's contract on a real Apache Kafka broker, and the consumer group as PartitionClaims.
#include <atomic>

#include "adapters/kafka/kafka_event_log.h"
#include "adapters/kafka/kafka_partition_claims.h"
#include "tests/contract/event_log_contract.h"
#include "tests/engines/kafka/broker.h"

namespace gamekeeper::contract {
namespace {

using adapters::KafkaEventLog;
using adapters::KafkaOptions;
using adapters::KafkaPartitionClaims;

gamekeeper::test::KafkaBroker& broker() {
  static gamekeeper::test::KafkaBroker one;
  return one;
}

KafkaOptions fresh_topic() {
  static std::atomic<int> number{0};
  const std::string name = "events-" + std::to_string(++number);
  return KafkaOptions{.brokers = broker().address(), .topic = name, .group = name + "-group", .partitions = 2};
}

struct KafkaUnderTest final : LogUnderTest {
  KafkaOptions options = fresh_topic();
  std::unique_ptr<ports::EventLog> open() override {
    auto log = KafkaEventLog::open(options);
    EXPECT_TRUE(log) << log.error().message;
    return log ? std::move(*log) : nullptr;
  }
};

INSTANTIATE_TEST_SUITE_P(Kafka, EventLogContract,
                         testing::Values(LogFactory([] { return std::make_unique<KafkaUnderTest>(); })));

TEST(KafkaClaims, AGroupOfOneGetsAllAndASecondMemberTakesItsShare) {
  KafkaUnderTest topic;
  auto log = topic.open();
  auto first = KafkaPartitionClaims::join(topic.options);
  ASSERT_TRUE(first);
  auto all = gamekeeper::test::run((*first)->next());
  ASSERT_TRUE(all);
  EXPECT_EQ(all->granted.size(), 2u);

  auto second = KafkaPartitionClaims::join(topic.options);
  ASSERT_TRUE(second);
  auto revoked = gamekeeper::test::run((*first)->next());
  ASSERT_TRUE(revoked);
  ASSERT_FALSE(revoked->revoked.empty());
  for (auto p : revoked->revoked) EXPECT_TRUE(gamekeeper::test::run((*first)->release(p)));
  auto kept = gamekeeper::test::run((*first)->next());
  auto taken = gamekeeper::test::run((*second)->next());
  ASSERT_TRUE(kept && taken);
  EXPECT_EQ(kept->granted.size() + taken->granted.size(), 2u);
}

TEST(KafkaLog, AppendFailsWhileTheBrokerIsDownAndWorksAgainAfter) {
  KafkaUnderTest topic;
  topic.options.delivery_timeout_ms = 2000;
  auto log = topic.open();
  auto append = [&] { return gamekeeper::test::run(log->append({batch_of(0, {"a"})})).at(0); };
  EXPECT_TRUE(append());
  broker().kill();
  auto outcome = append();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kUnavailable);
  broker().start();
  bool again = false;
  for (int i = 0; i < 20 && !again; ++i) again = append().has_value();
  EXPECT_TRUE(again);
}

}  // namespace
}  // namespace gamekeeper::contract
