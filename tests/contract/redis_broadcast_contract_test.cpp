// The contract of Broadcast on a real Redis, and what happens when connections break.
#include "adapters/redis/redis_broadcast.h"
#include "tests/contract/broadcast_contract.h"
#include "tests/engines/redis/server.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::contract {
namespace {

using adapters::RedisBroadcast;
using adapters::RedisConnections;
using gamekeeper::test::RedisServer;

/// One process's: connections of its own.
struct Process final : Broadcast {
  Process(const std::string& url, adapters::RedisBroadcastOptions options)
      : connections(std::move(*RedisConnections::open({.url = url, .patience = std::chrono::seconds(20)}))),
        broadcast(*connections, options) {}
  Task<Result<TopicPosition>> publish(std::string topic, std::string body) override {
    return broadcast.publish(std::move(topic), std::move(body));
  }
  Task<Result<TopicPosition>> position(std::string topic) override { return broadcast.position(std::move(topic)); }
  Task<Result<std::vector<TopicMessage>>> replay(std::string topic, TopicPosition after) override {
    return broadcast.replay(std::move(topic), std::move(after));
  }
  std::unique_ptr<Subscription> subscribe(std::string topic, Receiver receiver) override {
    return broadcast.subscribe(std::move(topic), std::move(receiver));
  }
  std::unique_ptr<RedisConnections> connections;
  RedisBroadcast broadcast;
};

RedisServer& shared_server() {
  static RedisServer one;
  return one;
}

struct RedisBroadcastUnderTest final : BroadcastUnderTest {
  RedisBroadcastUnderTest() { lose_everything(); }
  std::unique_ptr<Broadcast> open() override {
    return std::make_unique<Process>(shared_server().url(), adapters::RedisBroadcastOptions());
  }
  size_t kept() const override { return 128; }
  void lose_everything() override { shared_server().cli({"FLUSHALL"}); }
};
INSTANTIATE_TEST_SUITE_P(Redis, BroadcastContract,
                         testing::Values(BroadcastFactory([] { return std::make_unique<RedisBroadcastUnderTest>(); })));

TopicPosition say(Broadcast& on, const std::string& topic, std::string body) {
  auto at = gamekeeper::test::run(on.publish(topic, std::move(body)));
  EXPECT_TRUE(at) << at.error().message;
  return at.value_or(TopicPosition{});
}
TopicPosition where(Broadcast& on, const std::string& topic) {
  auto at = gamekeeper::test::run(on.position(topic));
  EXPECT_TRUE(at) << at.error().message;
  return at.value_or(TopicPosition{});
}

TEST(RedisBroadcast, WhoLosesTheConnectionMissesNothing) {
  RedisServer server;
  Process here(server.url(), {}), there(server.url(), {});
  Heard heard;
  const auto held = here.subscribe("t", heard.receiver());
  where(here, "t");
  for (int i = 0; i < 200; ++i) {
    say(there, "t", std::to_string(i));
    if (i % 50 != 10) continue;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (server.cli({"CLIENT", "KILL", "TYPE", "pubsub"}) == "0")
      ASSERT_LT(std::chrono::steady_clock::now(), give_up);
  }
  const auto messages = heard.wait_for(200);
  ASSERT_EQ(messages.size(), 200u);
  for (size_t i = 0; i < messages.size(); ++i) EXPECT_EQ(*messages[i].body, std::to_string(i));
}

TEST(RedisBroadcast, PositionsOfARedisThatStartedAnewNeedAResync) {
  RedisServer server({"--appendonly", "yes", "--appendfsync", "always"});
  Process process(server.url(), {});
  Heard heard;
  const auto held = process.subscribe("t", heard.receiver());
  const TopicPosition before = where(process, "t"), said = say(process, "t", "0");
  heard.wait_for(1);
  const std::string generation = *gamekeeper::test::run(process.connections->generation());
  server.kill();
  server.start();
  EXPECT_NE(*gamekeeper::test::run(process.connections->generation()), generation)
      << "what it reads from its disk may be older than what it had said";
  for (const TopicPosition& old : {before, said})
    EXPECT_EQ(gamekeeper::test::run(process.replay("t", old)).error().code, "resync");
  const TopicPosition start = where(process, "t");
  say(process, "t", "1");
  EXPECT_EQ(*heard.wait_for(2)[1].body, "1") << "who listened listens again";
  EXPECT_EQ(gamekeeper::test::run(process.replay("t", start))->size(), 1u);
}

TEST(RedisBroadcast, WithoutARedisCallsFailInTime) {
  RedisServer server;
  auto connections =
      std::move(*RedisConnections::open({.url = server.url(), .patience = std::chrono::milliseconds(100)}));
  RedisBroadcast broadcast(*connections);
  say(broadcast, "t", "0");
  server.kill();
  Heard heard;
  EXPECT_EQ(gamekeeper::test::run(broadcast.publish("t", "1")).error().kind, ErrorKind::kUnavailable);
  const auto held = broadcast.subscribe("t", heard.receiver());
  EXPECT_EQ(gamekeeper::test::run(broadcast.position("t")).error().kind, ErrorKind::kUnavailable);
  server.start();
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!gamekeeper::test::run(broadcast.position("t"))) ASSERT_LT(std::chrono::steady_clock::now(), give_up);
  say(broadcast, "t", "2");
  EXPECT_EQ(*heard.wait_for(1)[0].body, "2");
}

TEST(RedisBroadcast, ASilentTopicIsForgottenAndNeverGivesANumberTwice) {
  RedisServer server;
  Process process(server.url(), {.messages_kept = 128, .idle = std::chrono::milliseconds(100)});
  const TopicPosition first = say(process, "t", "0");
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (server.cli({"EXISTS", "{topic:t}", "{topic:t}:at"}) != "0")
    ASSERT_LT(std::chrono::steady_clock::now(), give_up);
  const TopicPosition second = say(process, "t", "1");
  EXPECT_GT(second.n, first.n);
  EXPECT_EQ(gamekeeper::test::run(process.replay("t", first)).error().code, "resync");
}

/// A certificate for localhost, signed by itself.
struct Certificate {
  Certificate() {
    gamekeeper::test::Child openssl;
    openssl.start({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                   "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", file},
                  folder.path() + "/out");
    EXPECT_EQ(openssl.finish(), 0);
  }
  gamekeeper::test::TempDir folder;
  const std::string file = folder.path() + "/certificate.pem", key = folder.path() + "/key.pem";
};

TEST(RedisConnectionsTest, SpeaksTlsToWhomItsAuthoritiesVouchFor) {
  const Certificate certificate, another;
  const int port = gamekeeper::test::free_port();
  RedisServer server({"--tls-port", std::to_string(port), "--tls-cert-file", certificate.file, "--tls-key-file",
                      certificate.key, "--tls-auth-clients", "no"});
  const auto open = [&](const std::string& host, const std::string& authority) {
    ::setenv("SSL_CERT_FILE", authority.c_str(), 1);
    return RedisConnections::open({.url = "rediss://" + host + ":" + std::to_string(port)});
  };
  auto connections = open("localhost", certificate.file);
  ASSERT_TRUE(connections) << connections.error().message;
  RedisBroadcast broadcast(**connections);
  Heard heard;
  const auto held = broadcast.subscribe("t", heard.receiver());
  where(broadcast, "t");
  const std::string large(200'000, 'x');
  for (int i = 0; i < 5; ++i) say(broadcast, "t", large);
  EXPECT_EQ(*heard.wait_for(5)[4].body, large);
  EXPECT_FALSE(open("localhost", another.file)) << "signed by somebody else";
  EXPECT_FALSE(open("127.0.0.1", certificate.file)) << "another name than that of the certificate";
  EXPECT_FALSE(RedisConnections::open({.url = "rediss://127.0.0.1:" + std::to_string(server.port())}))
      << "no TLS there";
}

TEST(RedisConnectionsTest, SignsInByPasswordAndRefusesWithoutSayingIt) {
  RedisServer server({"--requirepass", "open sesame/1"});
  const std::string at = "127.0.0.1:" + std::to_string(server.port());
  auto refused = RedisConnections::open({.url = "redis://:wrong-word@" + at});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(refused.error().message.find("wrong-word"), std::string::npos);
  auto connections = RedisConnections::open({.url = "redis://default:open%20sesame%2F1@" + at + "/3"});
  ASSERT_TRUE(connections) << connections.error().message;
  EXPECT_EQ(gamekeeper::test::run((*connections)->server_version())->find('.'), 1u);
  EXPECT_EQ(RedisConnections::open({.url = "http://" + at}).error().code, "bad_value");
}

}  // namespace
}  // namespace gamekeeper::contract
