// A connection that breaks while a group is being committed: whether it was, the writer finds out by its signature.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "adapters/postgres/postgres_document_store.h"
#include "tests/engines/postgres/server.h"
#include "tests/support/run_task.h"

namespace gamekeeper::contract {
namespace {

using adapters::PostgresDocumentStore;
using gamekeeper::test::PostgresServer;
using gamekeeper::test::run;

using Versions = Result<std::vector<uint64_t>>;

class PostgresDoubt : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = PostgresDocumentStore::open({.url = server.url(), .patience = std::chrono::seconds(60)});
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::move(*opened);
    ASSERT_TRUE(create("first")) << "there is a signature already";
  }
  Versions create(const std::string& id) {
    ports::WriteSet set;
    set.puts.push_back({.collection = "c", .id = id, .body = "{}", .expected = 0});
    set.facts.push_back({"p", id});
    return run(store->commit(std::move(set)));
  }
  std::string count(const std::string& id) {
    return server.ask("SELECT count(*) FROM gamekeeper.documents WHERE id='" + id + "'::bytea") + " " +
           server.ask("SELECT count(*) FROM gamekeeper.outbox WHERE body='" + id + "'::bytea");
  }

  PostgresServer server;
  std::unique_ptr<PostgresDocumentStore> store;
};

TEST_F(PostgresDoubt, WhatWasCommittedIsNotCommittedAgain) {
  // Commits are made and then wait for a replica that never comes: whoever is cut off there does not hear of it.
  server.ask("ALTER SYSTEM SET synchronous_standby_names='nobody'");
  server.ask("SELECT pg_reload_conf()");
  const std::string waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event='SyncRep'";
  Versions done;
  std::string id;
  for (int n = 0; n < 1000; ++n) {  // until the server's processes have all read their configuration
    id = "n" + std::to_string(n);
    std::atomic<bool> answered{false};
    bool waits = false;
    std::thread writer([&] {
      done = create(id);
      answered = true;
    });
    while (!answered && !waits) waits = server.ask(waiting) == "1";
    if (waits) {
      server.ask("ALTER SYSTEM RESET synchronous_standby_names");
      server.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event='SyncRep'");
      server.ask("SELECT pg_reload_conf()");
    }
    writer.join();
    ASSERT_TRUE(done) << id << ": " << done.error().code << ": " << done.error().message;
    if (waits) break;
    ASSERT_LT(n, 999) << "no commit has waited";
  }
  EXPECT_EQ(*done, std::vector<uint64_t>{1});
  EXPECT_EQ(count(id), "1 1");
}

TEST_F(PostgresDoubt, WhatWasNotCommittedIsCommittedThen) {
  server.ask("CREATE SEQUENCE gamekeeper.cuts");
  server.ask(
      "CREATE FUNCTION gamekeeper.cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "IF NEW.id = 'second'::bytea AND nextval('gamekeeper.cuts') = 1 THEN "
      "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); END IF; RETURN NEW; END $$");
  server.ask("CREATE TRIGGER cut BEFORE INSERT ON gamekeeper.documents FOR EACH ROW EXECUTE FUNCTION gamekeeper.cut()");
  const auto done = create("second");
  ASSERT_TRUE(done) << done.error().code << ": " << done.error().message;
  EXPECT_EQ(server.ask("SELECT last_value FROM gamekeeper.cuts"), "2") << "it was cut off once, and made again";
  EXPECT_EQ(count("second"), "1 1");
}

}  // namespace
}  // namespace gamekeeper::contract
