#include "adapters/embedded/sqlite_document_store.h"

#include <fmt/format.h>

#include <filesystem>
#include <mutex>

#include "adapters/embedded/document_format.h"
#include "adapters/embedded/document_writer.h"
#include "adapters/embedded/files.h"
#include "adapters/kit/page_cursor.h"

namespace gamekeeper::adapters {

using ports::Document;
using ports::DocumentPage;
using ports::OutboxEntry;
using ports::Query;
using sqlite::Database;
using sqlite::Statement;

namespace {

constexpr const char* kAscending =
    "SELECT d.id, d.version, d.body, e.key FROM entries e JOIN documents d ON d.collection=e.collection AND d.id=e.id "
    "WHERE e.collection=?1 AND e.idx=?2 AND e.key>=?3 AND (?4 OR e.key<?5) AND (?6 OR (e.key, e.id) > (?7, ?8)) "
    "ORDER BY e.key, e.id LIMIT ?9";
constexpr const char* kDescending =
    "SELECT d.id, d.version, d.body, e.key FROM entries e JOIN documents d ON d.collection=e.collection AND d.id=e.id "
    "WHERE e.collection=?1 AND e.idx=?2 AND e.key>=?3 AND (?4 OR e.key<?5) AND (?6 OR (e.key, e.id) < (?7, ?8)) "
    "ORDER BY e.key DESC, e.id DESC LIMIT ?9";

struct Reader {
  Database db;
  Statement begin, end, one, ascending, descending, count, outbox, data_version;

  static Result<std::unique_ptr<Reader>> open(const std::string& file) {
    auto db = Database::open(file);
    if (!db) return std::unexpected(db.error());
    auto reader = std::make_unique<Reader>();
    reader->db = std::move(*db);
    for (const auto& [slot, sql] : std::initializer_list<std::pair<Statement*, const char*>>{
             {&reader->begin, "BEGIN"},
             {&reader->end, "COMMIT"},
             {&reader->one, "SELECT version, body FROM documents WHERE collection=?1 AND id=?2"},
             {&reader->ascending, kAscending},
             {&reader->descending, kDescending},
             {&reader->count,
              "SELECT count(*) FROM entries WHERE collection=?1 AND idx=?2 AND key>=?3 AND (?4 OR key<?5)"},
             {&reader->outbox, "SELECT sequence, partition_key, body, facts FROM outbox ORDER BY sequence LIMIT ?1"},
             {&reader->data_version, "PRAGMA data_version"}}) {
      auto statement = reader->db.prepare(sql);
      if (!statement) return std::unexpected(statement.error());
      *slot = std::move(*statement);
    }
    return reader;
  }

  Result<std::optional<Document>> find(const std::string& collection, const std::string& id) {
    auto row = one.text(1, collection).text(2, id).step();
    if (!row) return std::unexpected(row.error());
    std::optional<Document> out;
    if (*row) out = Document{id, std::string(one.bytes(1)), static_cast<uint64_t>(one.number(0))};
    one.reset();
    return out;
  }

  /// All of one moment: every look by itself would have to find its way through the file anew.
  Result<std::vector<std::optional<Document>>> find_all(const std::string& collection,
                                                        const std::vector<std::string>& ids) {
    if (auto ok = begin.run(); !ok) return std::unexpected(ok.error());
    std::vector<std::optional<Document>> out;
    Result<void> done;
    for (const std::string& id : ids) {
      auto document = find(collection, id);
      if (!document) {
        done = std::unexpected(document.error());
        break;
      }
      out.push_back(std::move(*document));
    }
    if (auto ok = end.run(); !ok && done) done = ok;
    if (!done) return std::unexpected(done.error());
    return out;
  }
};

}  // namespace

struct SqliteDocumentStore::Impl {
  std::string file;
  std::unique_ptr<DocumentWriter> writer;
  std::mutex mutex;
  std::vector<std::unique_ptr<Reader>> readers;
  std::mutex version_mutex;
  std::unique_ptr<Reader> version_reader;  // data_version means changes seen by one connection

  /// A reading connection, given back when the loan ends.
  struct Loan {
    Impl* impl = nullptr;
    std::unique_ptr<Reader> reader;
    Loan(Impl* i, std::unique_ptr<Reader> r) : impl(i), reader(std::move(r)) {}
    Loan(Loan&&) = default;
    ~Loan() {
      if (!reader) return;
      std::lock_guard lock(impl->mutex);
      if (impl->readers.size() < 8) impl->readers.push_back(std::move(reader));
    }
    Reader* operator->() const { return reader.get(); }
  };

  Result<Loan> lend() {
    {
      std::lock_guard lock(mutex);
      if (!readers.empty()) {
        Loan loan(this, std::move(readers.back()));
        readers.pop_back();
        return loan;
      }
    }
    auto reader = Reader::open(file);
    if (!reader) return std::unexpected(reader.error());
    return Loan(this, std::move(*reader));
  }
};

SqliteDocumentStore::SqliteDocumentStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteDocumentStore::~SqliteDocumentStore() = default;

Result<std::unique_ptr<SqliteDocumentStore>> SqliteDocumentStore::open(std::string file, Metrics* metrics) {
  if (auto ok = make_folder(std::filesystem::path(file).parent_path().string()); !ok)
    return std::unexpected(ok.error());
  auto writer = DocumentWriter::open(file, metrics);
  if (!writer) return std::unexpected(writer.error());
  auto impl = std::make_unique<Impl>();
  impl->file = std::move(file);
  impl->writer = std::move(*writer);
  return std::unique_ptr<SqliteDocumentStore>(new SqliteDocumentStore(std::move(impl)));
}

Task<Result<std::vector<uint64_t>>> SqliteDocumentStore::commit(ports::WriteSet set) {
  Future<CommitOutcome> future;
  impl_->writer->add(std::move(set), Promise<CommitOutcome>(future));
  co_return co_await future.get();
}

Task<Result<std::optional<Document>>> SqliteDocumentStore::get(std::string collection, std::string id,
                                                               ports::Freshness) {
  auto reader = impl_->lend();
  if (!reader) co_return std::unexpected(reader.error());
  co_return (*reader)->find(collection, id);
}

Task<Result<std::vector<std::optional<Document>>>> SqliteDocumentStore::get_all(std::string collection,
                                                                                std::vector<std::string> ids) {
  auto reader = impl_->lend();
  if (!reader) co_return std::unexpected(reader.error());
  co_return (*reader)->find_all(collection, ids);
}

Task<Result<DocumentPage>> SqliteDocumentStore::query(Query q) {
  PageCursor cursor;
  const bool first_page = q.cursor.empty();
  if (!first_page) {
    auto read = read_cursor(q.cursor);
    if (!read) co_return std::unexpected(read.error());
    cursor = std::move(*read);
  }
  auto reader = impl_->lend();
  if (!reader) co_return std::unexpected(reader.error());
  Statement& s = q.direction == ports::Direction::kAscending ? (*reader)->ascending : (*reader)->descending;
  s.text(1, q.collection).text(2, q.index).blob(3, q.from).bind(4, q.to.empty()).blob(5, q.to).bind(6, first_page);
  s.blob(7, cursor.key).text(8, cursor.id).bind(9, int64_t{q.limit} + 1);
  DocumentPage page;
  PageCursor last;
  for (;;) {
    auto row = s.step();
    if (!row) co_return std::unexpected(row.error());
    if (!*row) break;
    if (page.items.size() == q.limit) {
      page.next_cursor = to_text(last);
      break;
    }
    page.items.push_back({std::string(s.bytes(0)), std::string(s.bytes(2)), static_cast<uint64_t>(s.number(1))});
    last = {std::string(s.bytes(3)), page.items.back().id};
  }
  s.reset();
  co_return page;
}

Task<Result<uint64_t>> SqliteDocumentStore::count(std::string collection, std::string index, std::string from,
                                                  std::string to) {
  auto reader = impl_->lend();
  if (!reader) co_return std::unexpected(reader.error());
  Statement& s = (*reader)->count;
  auto row = s.text(1, collection).text(2, index).blob(3, from).bind(4, to.empty()).blob(5, to).step();
  if (!row) co_return std::unexpected(row.error());
  const auto n = static_cast<uint64_t>(s.number(0));
  s.reset();
  co_return n;
}

Task<Result<std::vector<OutboxEntry>>> SqliteDocumentStore::outbox(uint32_t limit) {
  auto reader = impl_->lend();
  if (!reader) co_return std::unexpected(reader.error());
  Statement& s = (*reader)->outbox;
  s.bind(1, limit);
  std::vector<OutboxEntry> out;
  while (out.size() < limit) {
    auto row = s.step();
    if (!row) co_return std::unexpected(row.error());
    if (!*row) break;
    const auto last = static_cast<uint64_t>(s.number(0)), facts = static_cast<uint64_t>(s.number(3));
    if (facts == 0) out.push_back({last, {std::string(s.bytes(1)), std::string(s.bytes(2))}});
    if (facts == 0) continue;
    uint64_t sequence = last - facts;
    for (const Pair& fact : unpack(s.bytes(2))) {
      if (out.size() == limit) break;
      out.push_back({++sequence, {std::string(fact.first), std::string(fact.second)}});
    }
  }
  s.reset();
  co_return out;
}

Task<Result<void>> SqliteDocumentStore::outbox_done(uint64_t up_to_sequence) {
  Future<CommitOutcome> future;
  impl_->writer->outbox_done(up_to_sequence, Promise<CommitOutcome>(future));
  auto done = co_await future.get();
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

Task<Result<uint64_t>> SqliteDocumentStore::version() {
  std::lock_guard lock(impl_->version_mutex);
  if (!impl_->version_reader) {
    auto reader = Reader::open(impl_->file);
    if (!reader) co_return std::unexpected(reader.error());
    impl_->version_reader = std::move(*reader);
  }
  Statement& s = impl_->version_reader->data_version;
  auto row = s.step();
  if (!row) co_return std::unexpected(row.error());
  const auto n = static_cast<uint64_t>(s.number(0));
  s.reset();
  co_return n;
}

}  // namespace gamekeeper::adapters
