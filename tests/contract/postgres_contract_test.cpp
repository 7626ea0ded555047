// The contract of DocumentStore on a real PostgreSQL server, alone and with a streaming replica.
#include <atomic>

#include "adapters/postgres/postgres_document_store.h"
#include "tests/contract/document_store_contract.h"
#include "tests/engines/postgres/server.h"

namespace gamekeeper::contract {
namespace {

using adapters::PostgresDocumentStore;
using adapters::PostgresOptions;
using gamekeeper::test::PostgresServer;
using gamekeeper::test::run;
using ports::Freshness;

PostgresServer& primary() {
  static PostgresServer one;
  return one;
}
PostgresServer& replica() {
  static PostgresServer one(&primary());
  return one;
}

PostgresOptions fresh_schema() {
  static std::atomic<int> number{0};
  return {.url = primary().url(), .schema = "gk_" + std::to_string(++number)};
}

std::unique_ptr<PostgresDocumentStore> open_store(const PostgresOptions& options) {
  auto store = PostgresDocumentStore::open(options);
  EXPECT_TRUE(store) << store.error().message;
  return store ? std::move(*store) : nullptr;
}

struct PostgresUnderTest final : DocumentsUnderTest {
  explicit PostgresUnderTest(bool replicated) {
    if (replicated) options.replica_url = replica().url();
  }
  PostgresOptions options = fresh_schema();
  std::unique_ptr<ports::DocumentStore> open() override { return open_store(options); }
};
DocumentsFactory postgres(bool replicated) {
  return [replicated] { return std::make_unique<PostgresUnderTest>(replicated); };
}
INSTANTIATE_TEST_SUITE_P(Postgres, DocumentStoreContract, testing::Values(postgres(false), postgres(true)));

ports::Put put(std::string id, std::string body, std::optional<uint64_t> expected = {}) {
  return {.collection = "c", .id = std::move(id), .body = std::move(body), .expected = expected};
}
std::string body_of(ports::DocumentStore& store, const std::string& id, Freshness freshness = Freshness::kOwnWrites) {
  auto document = run(store.get("c", id, freshness));
  return !document ? document.error().code : *document ? (*document)->body : "none";
}

TEST(PostgresDocuments, StaleReadsGoToTheReplicaAndOwnWritesAreAlwaysSeen) {
  Metrics metrics;
  PostgresOptions options = fresh_schema();
  options.replica_url = replica().url();
  options.metrics = &metrics;
  auto store = open_store(options);
  ASSERT_TRUE(run(store->commit({{put("1", "old")}})));
  replica().await("SELECT count(*) FROM " + options.schema + ".documents", "1");

  replica().ask("SELECT pg_wal_replay_pause()");
  ASSERT_TRUE(run(store->commit({{put("1", "new")}})));
  EXPECT_EQ(body_of(*store, "1"), "new");
  EXPECT_EQ(body_of(*store, "1", Freshness::kMayBeStale), "old") << "not the replica's answer";
  EXPECT_EQ(run(store->state())->replica_behind, 1u);
  const std::string counted = metrics.expose();
  EXPECT_NE(counted.find("gamekeeper_documents_reads_total{server=\"replica\"} 2"), std::string::npos) << counted;
  EXPECT_NE(counted.find("gamekeeper_documents_reads_total{server=\"primary\"} 2"), std::string::npos) << counted;

  replica().ask("SELECT pg_wal_replay_resume()");
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (body_of(*store, "1", Freshness::kMayBeStale) != "new") ASSERT_LT(std::chrono::steady_clock::now(), give_up);
  EXPECT_EQ(run(store->state())->replica_behind, 0u);
}

TEST(PostgresDocuments, WithoutItsReplicaTheServerAnswersAlone) {
  Metrics metrics;
  PostgresOptions options = fresh_schema();
  options.replica_url = replica().url();
  options.metrics = &metrics;
  auto store = open_store(options);
  ASSERT_TRUE(run(store->commit({{put("1", "here")}})));
  replica().await("SELECT count(*) FROM " + options.schema + ".documents", "1");
  EXPECT_EQ(body_of(*store, "1", Freshness::kMayBeStale), "here");
  replica().kill();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(body_of(*store, "1", Freshness::kMayBeStale), "here");
  EXPECT_EQ(run(store->state())->replica_behind, std::nullopt);
  replica().start();
  const auto& reads = metrics.counter("gamekeeper_documents_reads_total",
                                      "Reads of the document store by the server asked.", {{"server", "replica"}});
  const double before = reads.Value();
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!run(store->state())->replica_behind) ASSERT_LT(std::chrono::steady_clock::now(), give_up);
  EXPECT_EQ(body_of(*store, "1", Freshness::kMayBeStale), "here");
  EXPECT_GT(reads.Value(), before);
}

/// Each of 4 writers stores pairs with a fact until told to end; every set must succeed, each exactly once.
struct PairWriters {
  explicit PairWriters(ports::DocumentStore& store) {
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; !ended; ++i) {
          const std::string id = std::to_string(t) + "-" + std::to_string(i);
          auto done = run(store.commit({{put(id + "a", "{}", 0), put(id + "b", "{}", 0)}, {{"p", id}}}));
          EXPECT_TRUE(done) << done.error().code << ": " << done.error().message;
          acknowledged += done.has_value();
        }
      });
    }
  }
  void end() {
    ended = true;
    for (auto& thread : threads) thread.join();
  }
  std::atomic<bool> ended{false};
  std::atomic<int> acknowledged{0};
  std::vector<std::thread> threads;
};

TEST(PostgresDocuments, AServerKilledAmongCommitsKeepsAllThatWasAcknowledgedAndNothingHalf) {
  PostgresServer server;
  PostgresOptions options{.url = server.url(), .patience = std::chrono::seconds(60)};
  auto store = open_store(options);
  PairWriters writers(*store);
  for (int kills = 0; kills < 3; ++kills) {
    const int before = writers.acknowledged;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (writers.acknowledged < before + 100) {
      ASSERT_LT(std::chrono::steady_clock::now(), give_up);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    server.kill();
    server.start();
  }
  writers.end();
  const std::string pairs = std::to_string(writers.acknowledged);
  EXPECT_EQ(server.ask("SELECT count(*) FROM gamekeeper.documents a JOIN gamekeeper.documents b ON b.id = "
                       "substr(a.id, 1, length(a.id)-1) || 'b'::bytea WHERE substr(a.id, length(a.id)) = 'a'"),
            pairs);
  EXPECT_EQ(server.ask("SELECT count(*)/2 FROM gamekeeper.documents"), pairs);
  EXPECT_EQ(server.ask("SELECT count(DISTINCT body) FROM gamekeeper.outbox"), pairs);
  EXPECT_EQ(server.ask("SELECT count(*) FROM gamekeeper.outbox"), pairs);
}

TEST(PostgresDocuments, WhatAServerThatStaysAwayDidIsUnknownAndLaterCallsGoOn) {
  PostgresServer server;
  auto store = open_store({.url = server.url(), .patience = std::chrono::milliseconds(200)});
  ASSERT_TRUE(run(store->commit({{put("1", "a")}})));
  EXPECT_EQ(body_of(*store, "1"), "a");
  server.kill();
  auto refused = run(store->commit({{put("1", "b")}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  EXPECT_GT(refused.error().retry_after.count(), 0);
  EXPECT_EQ(refused.error().message.find("gk@"), std::string::npos) << refused.error().message;
  EXPECT_EQ(body_of(*store, "1"), "storage_unavailable");
  server.start();
  EXPECT_TRUE(run(store->commit({{put("2", "c")}})));
  EXPECT_EQ(body_of(*store, "2"), "c");
}

TEST(PostgresDocuments, AServerThatFallsSilentIsNotWaitedForForEver) {
  PostgresOptions options = fresh_schema();
  options.patience = std::chrono::milliseconds(0);
  options.answer_max = std::chrono::milliseconds(300);
  options.readers = 1;
  auto store = open_store(options);
  ASSERT_TRUE(run(store->commit({{put("1", "a")}})));
  primary().ask("CREATE TABLE " + options.schema + ".blocked AS SELECT 1");
  // Somebody locks the tables: statements wait, the connection stands.
  std::thread holder(
      [&] { primary().ask("BEGIN; LOCK TABLE " + options.schema + ".documents; SELECT pg_sleep(3); COMMIT"); });
  primary().await(
      "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid=l.relation JOIN pg_namespace n ON "
      "n.oid=c.relnamespace WHERE n.nspname='" +
          options.schema + "' AND l.mode='AccessExclusiveLock' AND l.granted",
      "1");
  EXPECT_EQ(body_of(*store, "1"), "storage_unavailable");
  EXPECT_EQ(run(store->commit({{put("2", "b")}})).error().kind, ErrorKind::kUnavailable);
  holder.join();
  EXPECT_EQ(body_of(*store, "1"), "a");
  EXPECT_TRUE(run(store->commit({{put("3", "c")}})));
}

TEST(PostgresDocuments, ProcessesShareOneStoreAndNoReaderSkipsAFact) {
  const PostgresOptions options = fresh_schema();
  auto reader = open_store(options);
  std::vector<std::unique_ptr<PostgresDocumentStore>> stores;
  std::vector<std::thread> processes;
  std::atomic<int> running{3};
  for (int p = 0; p < 3; ++p) {
    stores.push_back(open_store(options));
    processes.emplace_back([&, p, store = stores.back().get()] {
      for (int i = 0; i < 150; ++i) {
        const std::string id = std::to_string(p) + "-" + std::to_string(i);
        EXPECT_TRUE(run(store->commit({{put(id, "{}", 0), put("shared", "{}")}, {{"p", id}}})));
      }
      --running;
    });
  }
  uint64_t seen = 0, last = 0;
  for (bool more = true; more;) {
    more = running > 0;  // and once again after the last
    auto entries = run(reader->outbox(100'000));
    ASSERT_TRUE(entries);
    ASSERT_GE(entries->size(), seen);
    if (seen > 0) ASSERT_EQ((*entries)[seen - 1].sequence, last) << "one became visible behind those already seen";
    seen = entries->size();
    if (seen > 0) last = entries->back().sequence;
  }
  for (auto& process : processes) process.join();
  EXPECT_EQ(seen, 450u);
  EXPECT_EQ((*run(reader->get("c", "shared", Freshness::kOwnWrites)))->version, 450u);
}

TEST(PostgresDocuments, WhatTheServerRefusesCostsItsOwnSetAlone) {
  auto store = open_store(fresh_schema());
  std::string longer_than_an_index_takes;
  for (int i = 0; i < 2'000; ++i) longer_than_an_index_takes += std::to_string(i * 7919);
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        ports::Put each = put(std::to_string(t) + "-" + std::to_string(i), "{}");
        if (t == 0) each.entries.push_back({"by", longer_than_an_index_takes});
        const bool done = run(store->commit({{each}})).has_value();
        EXPECT_EQ(done, t != 0);
        refused += !done;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(refused, 20);
}

TEST(PostgresDocuments, AFullDiskIsSaidAndPasses) {
  const PostgresOptions options = fresh_schema();
  auto store = open_store(options);
  const std::string at = options.schema + ".documents";
  primary().ask("CREATE FUNCTION " + options.schema +
                ".full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
                "'could not extend file' USING ERRCODE='disk_full'; END $$");
  primary().ask("CREATE TRIGGER full_disk BEFORE INSERT ON " + at + " FOR EACH ROW EXECUTE FUNCTION " + options.schema +
                ".full()");
  auto refused = run(store->commit({{put("1", "a")}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kFull);
  EXPECT_EQ(refused.error().code, "disk_full");
  primary().ask("DROP TRIGGER full_disk ON " + at);
  EXPECT_TRUE(run(store->commit({{put("1", "a", 0)}})));
}

TEST(PostgresDocuments, RefusesATableOfANewerVersion) {
  const PostgresOptions options = fresh_schema();
  open_store(options).reset();
  primary().ask("UPDATE " + options.schema + ".format SET version=99");
  auto newer = PostgresDocumentStore::open(options);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, "newer_format");
  auto absent = PostgresDocumentStore::open({.url = "postgresql://gk:secret-word@127.0.0.1:1/postgres"});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(absent.error().message.find("secret-word"), std::string::npos) << absent.error().message;
}

TEST(PostgresDocuments, AcknowledgesOnlyWhatIsOnDiskWhateverTheServerDefaultsTo) {
  PostgresOptions options = fresh_schema();
  primary().ask("CREATE ROLE lax LOGIN SUPERUSER");
  primary().ask("ALTER ROLE lax SET synchronous_commit=off");
  primary().ask("ALTER ROLE lax SET default_transaction_isolation='serializable'");
  options.url = primary().url("lax");
  auto store = open_store(options);
  // A trigger writes down what each commit runs under.
  primary().ask("CREATE TABLE " + options.schema + ".seen(setting text)");
  primary().ask("CREATE FUNCTION " + options.schema +
                ".note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO " + options.schema +
                ".seen VALUES (current_setting('synchronous_commit') || ' ' || "
                "current_setting('transaction_isolation')); RETURN new; END $$");
  primary().ask("CREATE TRIGGER note BEFORE INSERT ON " + options.schema + ".documents FOR EACH ROW EXECUTE FUNCTION " +
                options.schema + ".note()");
  ASSERT_TRUE(run(store->commit({{put("1", "a")}})));
  EXPECT_EQ(primary().ask("SELECT setting FROM " + options.schema + ".seen"), "on read committed");
}

}  // namespace
}  // namespace gamekeeper::contract
