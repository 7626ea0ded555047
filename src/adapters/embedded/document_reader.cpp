#include "adapters/embedded/document_reader.h"

#include <initializer_list>
#include <utility>

#include "adapters/embedded/document_format.h"
#include "adapters/kit/page_cursor.h"

namespace gamekeeper::adapters {

using ports::Document;
using ports::DocumentPage;
using ports::Query;
using sqlite::Statement;

namespace {

#define GK_PAGE                                                                                                       \
  "SELECT d.id, d.version, d.body, e.key FROM entries e JOIN documents d ON d.collection=e.collection AND d.id=e.id " \
  "WHERE e.collection=?1 AND e.idx=?2 AND "
// Ids are never empty, so the pair (key, '') stands before all documents of that key. Each of these begins where its page
// does: a condition that may or may not hold (?6 OR …) would walk there from the beginning of the range.
constexpr const char* kUp = GK_PAGE "(e.key, e.id)>(?3, ?4) ORDER BY e.key, e.id LIMIT ?5";
constexpr const char* kUpTo = GK_PAGE "(e.key, e.id)>(?3, ?4) AND e.key<?6 ORDER BY e.key, e.id LIMIT ?5";
constexpr const char* kDown = GK_PAGE "e.key>=?3 ORDER BY e.key DESC, e.id DESC LIMIT ?5";
constexpr const char* kDownFrom =
    GK_PAGE "e.key>=?3 AND (e.key, e.id)<(?6, ?7) ORDER BY e.key DESC, e.id DESC LIMIT ?5";
#undef GK_PAGE
#define GK_IDS "SELECT id, version, body FROM documents WHERE collection=?1 AND id>=?2 "
constexpr const char* kIdsUp = GK_IDS "ORDER BY id LIMIT ?4";
constexpr const char* kIdsUpTo = GK_IDS "AND id<?3 ORDER BY id LIMIT ?4";
constexpr const char* kIdsDown = GK_IDS "ORDER BY id DESC LIMIT ?4";
constexpr const char* kIdsDownFrom = GK_IDS "AND id<?3 ORDER BY id DESC LIMIT ?4";
#undef GK_IDS
constexpr const char* kCount = "SELECT count(*) FROM entries WHERE collection=?1 AND idx=?2 AND key>=?3";
constexpr const char* kCountTo = "SELECT count(*) FROM entries WHERE collection=?1 AND idx=?2 AND key>=?3 AND key<?4";
constexpr const char* kCountIds = "SELECT count(*) FROM documents WHERE collection=?1 AND id>=?2";
constexpr const char* kCountIdsTo = "SELECT count(*) FROM documents WHERE collection=?1 AND id>=?2 AND id<?3";

/// Resets a statement when a call is over, so that it holds no old view of the file.
struct InUse {
  Statement& statement;
  ~InUse() { statement.reset(); }
};

Document document_at(const Statement& s) {
  return {std::string(s.bytes(0)), std::string(s.bytes(2)), static_cast<uint64_t>(s.number(1))};
}

}  // namespace

Result<std::unique_ptr<DocumentReader>> DocumentReader::open(const std::string& file) {
  auto db = sqlite::Database::open(file);
  if (!db) return std::unexpected(db.error());
  // 8 MiB of pages: with SQLite's two every look into many players' documents read some anew.
  if (auto ok = db->exec("PRAGMA cache_size=-8192"); !ok) return std::unexpected(ok.error());
  auto reader = std::make_unique<DocumentReader>();
  reader->db_ = std::move(*db);
  for (const auto& [slot, sql] : std::initializer_list<std::pair<Statement*, const char*>>{
           {&reader->begin_, "BEGIN"},
           {&reader->end_, "COMMIT"},
           {&reader->one_, "SELECT version, body FROM documents WHERE collection=?1 AND id=?2"},
           {&reader->up_.open, kUp},
           {&reader->up_.ended, kUpTo},
           {&reader->down_.open, kDown},
           {&reader->down_.ended, kDownFrom},
           {&reader->ids_up_.open, kIdsUp},
           {&reader->ids_up_.ended, kIdsUpTo},
           {&reader->ids_down_.open, kIdsDown},
           {&reader->ids_down_.ended, kIdsDownFrom},
           {&reader->count_.open, kCount},
           {&reader->count_.ended, kCountTo},
           {&reader->count_ids_.open, kCountIds},
           {&reader->count_ids_.ended, kCountIdsTo},
           {&reader->outbox_, "SELECT sequence, partition_key, body, facts FROM outbox ORDER BY sequence LIMIT ?1"},
           {&reader->data_version_, "PRAGMA data_version"}}) {
    auto statement = reader->db_.prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    *slot = std::move(*statement);
  }
  return reader;
}

Result<std::optional<Document>> DocumentReader::get(const std::string& collection, const std::string& id) {
  const InUse use{one_};
  auto row = one_.text(1, collection).text(2, id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return Document{id, std::string(one_.bytes(1)), static_cast<uint64_t>(one_.number(0))};
}

Result<std::vector<std::optional<Document>>> DocumentReader::get_all(const std::string& collection,
                                                                     const std::vector<std::string>& ids) {
  if (auto ok = begin_.run(); !ok) return std::unexpected(ok.error());
  std::vector<std::optional<Document>> out;
  Result<void> done;
  for (const std::string& id : ids) {
    auto document = get(collection, id);
    if (!document) {
      done = std::unexpected(document.error());
      break;
    }
    out.push_back(std::move(*document));
  }
  if (auto ok = end_.run(); !ok && done) done = ok;
  if (!done) return std::unexpected(done.error());
  return out;
}

Result<DocumentPage> DocumentReader::query(const Query& q) { return q.index.empty() ? by_id(q) : by_index(q); }

Result<DocumentPage> DocumentReader::by_index(const Query& q) {
  const bool up = q.direction == ports::Direction::kAscending;
  auto range = index_range(q);
  if (!range) return std::unexpected(range.error());
  const auto& [from, to] = *range;
  const bool ended = range->ended();
  Statement& s = (up ? up_ : down_).which(ended);
  const InUse use{s};
  s.text(1, q.collection).text(2, q.index).blob(3, from.key).bind(5, int64_t{q.limit} + 1);
  if (up) s.text(4, from.id);
  if (ended) s.blob(6, to.key);
  if (ended && !up) s.text(7, to.id);
  DocumentPage page;
  std::string last;
  for (;;) {
    auto row = s.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return page;
    if (page.items.size() == q.limit) break;
    page.items.push_back(document_at(s));
    last = s.bytes(3);
  }
  if (!page.items.empty()) page.next_cursor = to_text({std::move(last), page.items.back().id});
  return page;
}

Result<DocumentPage> DocumentReader::by_id(const Query& q) {
  const bool up = q.direction == ports::Direction::kAscending;
  auto range = id_range(q);
  if (!range) return std::unexpected(range.error());
  const auto& [from, to] = *range;
  Statement& s = (up ? ids_up_ : ids_down_).which(!to.empty());
  const InUse use{s};
  s.text(1, q.collection).text(2, from).bind(4, int64_t{q.limit} + 1);
  if (!to.empty()) s.text(3, to);
  DocumentPage page;
  for (;;) {
    auto row = s.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return page;
    if (page.items.size() == q.limit) break;
    page.items.push_back(document_at(s));
  }
  if (!page.items.empty()) page.next_cursor = to_text({"", page.items.back().id});
  return page;
}

Result<uint64_t> DocumentReader::count(const std::string& collection, const std::string& index, const std::string& from,
                                       const std::string& to) {
  const bool ids = index.empty(), ended = !to.empty();
  Statement& s = (ids ? count_ids_ : count_).which(ended);
  const InUse use{s};
  s.text(1, collection);
  if (ids) {
    s.text(2, from);
    if (ended) s.text(3, to);
  } else {
    s.text(2, index).blob(3, from);
    if (ended) s.blob(4, to);
  }
  auto row = s.step();
  if (!row) return std::unexpected(row.error());
  return static_cast<uint64_t>(s.number(0));
}

Result<std::vector<ports::OutboxEntry>> DocumentReader::outbox(uint32_t limit) {
  const InUse use{outbox_};
  outbox_.bind(1, limit);
  std::vector<ports::OutboxEntry> out;
  while (out.size() < limit) {
    auto row = outbox_.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    const auto last = static_cast<uint64_t>(outbox_.number(0)), facts = static_cast<uint64_t>(outbox_.number(3));
    if (facts == 0) {
      out.push_back({last, {std::string(outbox_.bytes(1)), std::string(outbox_.bytes(2))}});
      continue;
    }
    uint64_t sequence = last - facts;
    for (const Pair& fact : unpack(outbox_.bytes(2))) {
      if (out.size() == limit) break;
      out.push_back({++sequence, {std::string(fact.first), std::string(fact.second)}});
    }
  }
  return out;
}

Result<uint64_t> DocumentReader::data_version() {
  const InUse use{data_version_};
  auto row = data_version_.step();
  if (!row) return std::unexpected(row.error());
  return static_cast<uint64_t>(data_version_.number(0));
}

}  // namespace gamekeeper::adapters
