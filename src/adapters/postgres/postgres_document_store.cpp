#include "adapters/postgres/postgres_document_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "adapters/kit/page_cursor.h"
#include "adapters/postgres/readers.h"
#include "adapters/postgres/writer.h"

namespace gamekeeper::adapters {

using ports::Document;
using ports::DocumentPage;
using ports::Freshness;
using ports::OutboxEntry;
using ports::Query;
using postgres::Params;
using postgres::Readers;
using postgres::Rows;
using postgres::Statement;

namespace {

constexpr Statement kOne{"one", "SELECT version, body FROM documents WHERE collection=$1::text AND id=$2::bytea"};

constexpr Statement kSome{"some",
                          "SELECT id, version, body FROM documents WHERE collection=$1::text AND id=ANY($2::bytea[])"};

#define GK_PAGE                                                                                             \
  "SELECT d.id, d.version, d.body, e.key FROM entries e JOIN documents d ON d.collection=e.collection AND " \
  "d.id=e.id WHERE e.collection=$1::text AND e.idx=$2::text AND "
// Ids are never empty, so the pair (key, '') stands before all documents of that key.
constexpr Statement kUp{"up", GK_PAGE "(e.key, e.id)>($3::bytea, $4::bytea) ORDER BY e.key, e.id LIMIT $5::bigint"};
constexpr Statement kUpTo{"up_to", GK_PAGE
                          "(e.key, e.id)>($3::bytea, $4::bytea) AND e.key<$6::bytea ORDER BY e.key, e.id LIMIT "
                          "$5::bigint"};
constexpr Statement kDown{"down", GK_PAGE "e.key>=$3::bytea ORDER BY e.key DESC, e.id DESC LIMIT $4::bigint"};
constexpr Statement kDownFrom{"down_from", GK_PAGE
                              "e.key>=$3::bytea AND (e.key, e.id)<($5::bytea, $6::bytea) ORDER BY e.key DESC, e.id "
                              "DESC LIMIT $4::bigint"};
#undef GK_PAGE
#define GK_IDS "SELECT id, version, body, id FROM documents WHERE collection=$1::text AND id>=$2::bytea "
constexpr Statement kIdsUp{"ids_up", GK_IDS "ORDER BY id LIMIT $3::bigint"};
constexpr Statement kIdsUpTo{"ids_up_to", GK_IDS "AND id<$4::bytea ORDER BY id LIMIT $3::bigint"};
constexpr Statement kIdsDown{"ids_down", GK_IDS "ORDER BY id DESC LIMIT $3::bigint"};
constexpr Statement kIdsDownFrom{"ids_down_from", GK_IDS "AND id<$4::bytea ORDER BY id DESC LIMIT $3::bigint"};
#undef GK_IDS

constexpr Statement kCount{
    "count", "SELECT count(*) FROM entries WHERE collection=$1::text AND idx=$2::text AND key>=$3::bytea"};
constexpr Statement kCountTo{"count_to",
                             "SELECT count(*) FROM entries WHERE collection=$1::text AND idx=$2::text AND "
                             "key>=$3::bytea AND key<$4::bytea"};
constexpr Statement kCountIds{"count_ids",
                              "SELECT count(*) FROM documents WHERE collection=$1::text AND id>=$2::bytea"};
constexpr Statement kCountIdsTo{"count_ids_to",
                                "SELECT count(*) FROM documents WHERE collection=$1::text AND id>=$2::bytea AND "
                                "id<$3::bytea"};
constexpr Statement kOutbox{"outbox",
                            "SELECT sequence, partition_key, body FROM outbox ORDER BY sequence LIMIT $1::bigint"};
constexpr Statement kVersion{"version", "SELECT commits FROM store_state WHERE one"};

/// A page as it is asked for.
struct Asked {
  const Statement* statement;
  Params params;
};

Result<Asked> by_index(const Query& q) {
  const bool up = q.direction == ports::Direction::kAscending;
  auto range = index_range(q);
  if (!range) return std::unexpected(range.error());
  const auto& [from, to] = *range;
  const bool bounded = range->ended();
  Params params = Params().bytes(q.collection).bytes(q.index).bytes(from.key);
  if (up) params.bytes(from.id);
  params.number(int64_t{q.limit} + 1);
  if (bounded) params.bytes(to.key);
  if (bounded && !up) params.bytes(to.id);
  return Asked{up ? (bounded ? &kUpTo : &kUp) : (bounded ? &kDownFrom : &kDown), std::move(params)};
}

Result<Asked> by_id(const Query& q) {
  const bool up = q.direction == ports::Direction::kAscending;
  auto range = id_range(q);
  if (!range) return std::unexpected(range.error());
  const auto& [from, to] = *range;
  Params params = Params().bytes(q.collection).bytes(from).number(int64_t{q.limit} + 1);
  if (!to.empty()) params.bytes(to);
  return Asked{up ? (to.empty() ? &kIdsUp : &kIdsUpTo) : (to.empty() ? &kIdsDown : &kIdsDownFrom), std::move(params)};
}

postgres::Target target_of(const PostgresOptions& o, const std::string& url) {
  return {.url = url,
          .schema = o.schema,
          .statements = {kOne, kSome, kUp, kUpTo, kDown, kDownFrom, kIdsUp, kIdsUpTo, kIdsDown, kIdsDownFrom, kCount,
                         kCountTo, kCountIds, kCountIdsTo, kOutbox, kVersion},
          .answer_max = o.answer_max};
}

prometheus::Counter* reads_of(Metrics* metrics, const char* server) {
  if (!metrics) return nullptr;
  return &metrics->counter("gamekeeper_documents_reads_total", "Reads of the document store by the server asked.",
                           {{"server", server}});
}

}  // namespace

struct PostgresDocumentStore::Impl {
  /// A server that is read from.
  struct Server {
    Server(postgres::Target target, postgres::ReadersOptions options, prometheus::Counter* counter)
        : readers(std::move(target), options), reads(counter) {}
    Task<Result<Rows>> ask(const Statement& statement, Params params) {
      if (reads) reads->Increment();
      return readers.ask(statement, std::move(params));
    }
    Readers readers;
    prometheus::Counter* reads;
  };

  Impl(const PostgresOptions& o, std::unique_ptr<postgres::Writer> w)
      : writer(std::move(w)),
        primary(target_of(o, o.url), {.connections = o.readers, .patience = o.patience},
                reads_of(o.metrics, "primary")) {
    if (o.replica_url.empty()) return;
    using std::chrono_literals::operator""ms;  // the primary is there: no waiting for a replica
    postgres::Target target = target_of(o, o.replica_url);
    target.primary = false;
    replica =
        std::make_unique<Server>(std::move(target), postgres::ReadersOptions{.connections = o.readers, .patience = 0ms},
                                 reads_of(o.metrics, "replica"));
  }

  /// Asks the replica if the caller doesn't mind and it answers, else the primary.
  Task<Result<Rows>> ask(const Statement& statement, Params params, Freshness freshness = Freshness::kOwnWrites) {
    if (freshness == Freshness::kMayBeStale && replica && !replica->readers.away()) {
      auto rows = co_await replica->ask(statement, params);
      if (rows) co_return rows;
    }
    co_return co_await primary.ask(statement, std::move(params));
  }

  std::unique_ptr<postgres::Writer> writer;
  Server primary;
  std::unique_ptr<Server> replica;
};

PostgresDocumentStore::PostgresDocumentStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PostgresDocumentStore::~PostgresDocumentStore() = default;

Result<std::unique_ptr<PostgresDocumentStore>> PostgresDocumentStore::open(PostgresOptions options) {
  auto writer = postgres::Writer::open(target_of(options, options.url), options.patience);
  if (!writer) return std::unexpected(writer.error());
  auto impl = std::make_unique<Impl>(options, std::move(*writer));
  return std::unique_ptr<PostgresDocumentStore>(new PostgresDocumentStore(std::move(impl)));
}

Task<Result<std::vector<uint64_t>>> PostgresDocumentStore::commit(ports::WriteSet set) {
  Future<postgres::CommitOutcome> future;
  impl_->writer->add(std::move(set), Promise<postgres::CommitOutcome>(future));
  co_return co_await future.get();
}

Task<Result<std::optional<Document>>> PostgresDocumentStore::get(std::string collection, std::string id,
                                                                 Freshness freshness) {
  auto rows = co_await impl_->ask(kOne, Params().bytes(collection).bytes(id), freshness);
  if (!rows) co_return std::unexpected(rows.error());
  std::optional<Document> out;
  if (rows->count() == 1) out = Document{id, std::string(rows->bytes(0, 1)), static_cast<uint64_t>(rows->number(0, 0))};
  co_return out;
}

Task<Result<std::vector<std::optional<Document>>>> PostgresDocumentStore::get_all(std::string collection,
                                                                                  std::vector<std::string> ids) {
  std::vector<std::optional<Document>> out(ids.size());
  if (ids.empty()) co_return out;
  auto rows = co_await impl_->ask(kSome, Params().bytes(collection).blobs({ids.begin(), ids.end()}));
  if (!rows) co_return std::unexpected(rows.error());
  std::unordered_map<std::string_view, int> by_id;
  for (int i = 0; i < rows->count(); ++i) by_id.emplace(rows->bytes(i, 0), i);
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto row = by_id.find(ids[i]);
    if (row == by_id.end()) continue;
    out[i] =
        Document{ids[i], std::string(rows->bytes(row->second, 2)), static_cast<uint64_t>(rows->number(row->second, 1))};
  }
  co_return out;
}

Task<Result<DocumentPage>> PostgresDocumentStore::query(Query q) {
  auto asked = q.index.empty() ? by_id(q) : by_index(q);
  if (!asked) co_return std::unexpected(asked.error());
  auto rows = co_await impl_->ask(*asked->statement, std::move(asked->params), q.freshness);
  if (!rows) co_return std::unexpected(rows.error());
  DocumentPage page;
  for (int i = 0; i < rows->count() && page.items.size() < q.limit; ++i)
    page.items.push_back(
        {std::string(rows->bytes(i, 0)), std::string(rows->bytes(i, 2)), static_cast<uint64_t>(rows->number(i, 1))});
  if (rows->count() > static_cast<int>(page.items.size()) && !page.items.empty()) {
    const int last = static_cast<int>(page.items.size()) - 1;
    page.next_cursor = to_text(PageCursor{std::string(rows->bytes(last, 3)), page.items.back().id});
  }
  co_return page;
}

Task<Result<uint64_t>> PostgresDocumentStore::count(std::string collection, std::string index, std::string from,
                                                    std::string to) {
  const bool ids = index.empty(), ended = !to.empty();
  Params params = Params().bytes(collection);
  if (!ids) params.bytes(index);
  params.bytes(from);
  if (ended) params.bytes(to);
  const Statement& statement = ids ? (ended ? kCountIdsTo : kCountIds) : (ended ? kCountTo : kCount);
  auto rows = co_await impl_->ask(statement, std::move(params));
  if (!rows) co_return std::unexpected(rows.error());
  co_return static_cast<uint64_t>(rows->number(0, 0));
}

Task<Result<std::vector<OutboxEntry>>> PostgresDocumentStore::outbox(uint32_t limit) {
  auto rows = co_await impl_->ask(kOutbox, Params().number(limit));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<OutboxEntry> out;
  for (int i = 0; i < rows->count(); ++i) {
    out.push_back(
        {static_cast<uint64_t>(rows->number(i, 0)), {std::string(rows->bytes(i, 1)), std::string(rows->bytes(i, 2))}});
  }
  co_return out;
}

Task<Result<void>> PostgresDocumentStore::outbox_done(uint64_t up_to_sequence) {
  Future<postgres::CommitOutcome> future;
  impl_->writer->outbox_done(up_to_sequence, Promise<postgres::CommitOutcome>(future));
  auto done = co_await future.get();
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

Task<Result<uint64_t>> PostgresDocumentStore::version() {
  auto rows = co_await impl_->ask(kVersion, Params());
  if (!rows) co_return std::unexpected(rows.error());
  co_return static_cast<uint64_t>(rows->number(0, 0));
}

Task<Result<PostgresDocumentStore::State>> PostgresDocumentStore::state() {
  State out{.server_version = impl_->writer->server_version()};
  // The replica first: what it shows is then never newer.
  std::optional<uint64_t> replica;
  if (impl_->replica && !impl_->replica->readers.away()) {
    if (auto rows = co_await impl_->replica->ask(kVersion, Params()))
      replica = static_cast<uint64_t>(rows->number(0, 0));
  }
  auto commits = co_await version();
  if (!commits) co_return std::unexpected(commits.error());
  out.commits = *commits;
  if (replica) out.replica_behind = *commits - *replica;
  co_return out;
}

std::string postgres_library_version() {
  const int version = PQlibVersion();
  return fmt::format("{}.{}", version / 10'000, version % 10'000);
}

}  // namespace gamekeeper::adapters
