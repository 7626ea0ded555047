// The event log's contract on a real Apache Kafka broker, and the consumer group as PartitionClaims.
#include <atomic>
#include <chrono>

#include "adapters/kafka/client.h"
#include "adapters/kafka/kafka_event_log.h"
#include "adapters/kafka/kafka_partition_claims.h"
#include "tests/contract/event_log_contract.h"
#include "tests/engines/kafka/broker.h"

namespace gamekeeper::contract {
namespace {

using adapters::KafkaEventLog;
using adapters::KafkaOptions;
using adapters::KafkaPartitionClaims;
namespace kafka = adapters::kafka;

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

TEST(KafkaLog, AMadeTopicGetsTheRetentionAndAnExistingOneIsOnlyCompared) {
  KafkaUnderTest topic;
  constexpr int64_t kHour = 3'600'000;
  topic.options.retention = {.ms = 3 * kHour, .bytes = 123'456'789};
  auto made = KafkaEventLog::open(topic.options);
  ASSERT_TRUE(made) << made.error().message;
  auto has = (*made)->retention();
  ASSERT_TRUE(has) << has.error().message;
  EXPECT_EQ(has->ms, 3 * kHour);
  EXPECT_EQ(has->bytes, 123'456'789);
  EXPECT_FALSE(has->compacted);
  EXPECT_EQ(what_is_amiss(*has, topic.options), "");

  topic.options.retention = {.ms = 10 * kHour, .bytes = -1};
  auto found = KafkaEventLog::open(topic.options);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ((*found)->retention()->ms, 3 * kHour) << "the topic is its owner's";
  const std::string amiss = what_is_amiss(*(*found)->retention(), topic.options);
  EXPECT_NE(amiss.find(topic.options.topic + " keeps events for 3 hours"), std::string::npos) << amiss;
  EXPECT_NE(what_is_amiss({.ms = -1, .bytes = 5}, topic.options).find("retention.bytes"), std::string::npos);
  EXPECT_NE(what_is_amiss({.compacted = true}, topic.options).find("compacted"), std::string::npos);
  EXPECT_EQ(what_is_amiss({}, topic.options), "") << "for ever is longer than anything";
}

TEST(KafkaLog, AMessageWithoutAValueIsNoEvent) {
  KafkaUnderTest topic;
  auto log = topic.open();
  ASSERT_TRUE(log);
  auto conf = adapters::kafka::make_conf(topic.options);
  ASSERT_TRUE(conf);
  auto other = adapters::kafka::make_client(RD_KAFKA_PRODUCER, std::move(*conf));  // writes as a foreign program does
  ASSERT_TRUE(other);
  ASSERT_EQ(rd_kafka_producev(other->get(), RD_KAFKA_V_TOPIC(topic.options.topic.c_str()), RD_KAFKA_V_PARTITION(0),
                              RD_KAFKA_V_KEY("k", 1), RD_KAFKA_V_END),
            RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_EQ(rd_kafka_flush(other->get(), 60'000), RD_KAFKA_RESP_ERR_NO_ERROR);

  auto reader = gamekeeper::test::run(log->open(0, {}));
  ASSERT_TRUE(reader);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto chunk = gamekeeper::test::run((*reader)->next(1 << 20, deadline));
  ASSERT_FALSE(chunk);
  EXPECT_EQ(chunk.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(chunk.error().message.find("partition 0, offset 0"), std::string::npos) << chunk.error().message;
}

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

/// A member that divides partitions by a way of its own, as another program in our group would.
kafka::Client stranger_in(const KafkaOptions& options) {
  auto conf = kafka::make_conf(options);
  GK_CHECK(conf.has_value(), "a configuration");
  for (const auto& [key, value] :
       {std::pair("group.id", options.group.c_str()), std::pair("session.timeout.ms", "6000"),
        std::pair("partition.assignment.strategy", "roundrobin")})
    GK_CHECK(kafka::set(conf->get(), key, value).has_value(), key);
  auto client = kafka::make_client(RD_KAFKA_CONSUMER, std::move(*conf));
  GK_CHECK(client.has_value(), "a client");
  rd_kafka_poll_set_consumer(client->get());
  rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, options.topic.c_str(), RD_KAFKA_PARTITION_UA);
  GK_CHECK(rd_kafka_subscribe(client->get(), topics) == RD_KAFKA_RESP_ERR_NO_ERROR, "it asks to be let in");
  rd_kafka_topic_partition_list_destroy(topics);
  return std::move(*client);
}

bool has_partitions(rd_kafka_t* member) {
  if (rd_kafka_message_t* message = rd_kafka_consumer_poll(member, 50)) rd_kafka_message_destroy(message);
  rd_kafka_topic_partition_list_t* held = nullptr;
  if (rd_kafka_assignment(member, &held) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  const bool any = held->cnt > 0;
  rd_kafka_topic_partition_list_destroy(held);
  return any;
}

TEST(KafkaClaims, WhoIsKeptOutSaysWhyUntilItIsLetIn) {
  KafkaUnderTest topic;
  auto log = topic.open();
  kafka::Client stranger = stranger_in(topic.options);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto still = [end] { return std::chrono::steady_clock::now() < end; };
  while (!has_partitions(stranger.get())) ASSERT_TRUE(still());

  auto claims = KafkaPartitionClaims::join(topic.options);
  ASSERT_TRUE(claims);
  while ((*claims)->kept_out_by().empty()) {
    ASSERT_TRUE(still());
    has_partitions(stranger.get());
  }
  EXPECT_EQ((*claims)->kept_out_by(), "INCONSISTENT_GROUP_PROTOCOL");

  rd_kafka_consumer_close(stranger.get());
  auto all = gamekeeper::test::run((*claims)->next());
  ASSERT_TRUE(all);
  EXPECT_EQ(all->granted.size(), 2u);
  EXPECT_EQ((*claims)->kept_out_by(), "");
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
