#include "adapters/embedded/sqlite_document_store.h"

#include <filesystem>
#include <mutex>
#include <vector>

#include "adapters/embedded/document_reader.h"
#include "adapters/embedded/document_writer.h"
#include "adapters/embedded/files.h"

namespace gamekeeper::adapters {

using ports::Document;
using ports::DocumentPage;
using ports::OutboxEntry;
using ports::Query;

struct SqliteDocumentStore::Impl {
  std::string file;
  std::unique_ptr<DocumentWriter> writer;
  std::mutex mutex;
  std::vector<std::unique_ptr<DocumentReader>> readers;
  std::mutex version_mutex;
  std::unique_ptr<DocumentReader> version_reader;  // data_version means changes seen by one connection

  /// A reading connection, given back when the loan ends.
  struct Loan {
    Impl* impl = nullptr;
    std::unique_ptr<DocumentReader> reader;
    Loan(Impl* i, std::unique_ptr<DocumentReader> r) : impl(i), reader(std::move(r)) {}
    Loan(Loan&&) = default;
    ~Loan() {
      if (!reader) return;
      std::lock_guard lock(impl->mutex);
      if (impl->readers.size() < 8) impl->readers.push_back(std::move(reader));
    }
    DocumentReader* operator->() const { return reader.get(); }
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
    auto reader = DocumentReader::open(file);
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
  ReadCache& cache = impl_->writer->cache();
  const auto now = cache.watch.now();
  if (now) {
    if (auto known = cache.documents.find(collection, id, *now)) co_return std::move(*known);
  }
  auto reader = impl_->lend();
  if (!reader) co_return std::unexpected(reader.error());
  auto document = (*reader)->get(collection, id);
  if (document && now && cache.watch.now() == now) cache.documents.keep(collection, id, *document, *now);
  co_return document;
}

Task<Result<std::vector<std::optional<Document>>>> SqliteDocumentStore::get_all(std::string collection,
                                                                                std::vector<std::string> ids) {
  ReadCache& cache = impl_->writer->cache();
  const auto now = cache.watch.now();
  if (now) {
    std::vector<std::optional<Document>> all;
    for (const std::string& id : ids) {
      auto known = cache.documents.find(collection, id, *now);
      if (!known) break;
      all.push_back(std::move(*known));
    }
    if (all.size() == ids.size()) co_return all;
  }
  auto reader = impl_->lend();
  if (!reader) co_return std::unexpected(reader.error());
  auto all = (*reader)->get_all(collection, ids);
  if (all && now && cache.watch.now() == now) {
    for (size_t i = 0; i < ids.size(); ++i) cache.documents.keep(collection, ids[i], (*all)[i], *now);
  }
  co_return all;
}

Task<Result<DocumentPage>> SqliteDocumentStore::query(Query query) {
  ReadCache& cache = impl_->writer->cache();
  const auto now = cache.watch.now();
  if (now) {
    if (auto known = cache.pages.find(query, *now)) co_return *known;
  }
  auto reader = impl_->lend();
  if (!reader) co_return std::unexpected(reader.error());
  auto page = (*reader)->query(query);
  if (page && now && cache.watch.now() == now) cache.pages.keep(query, *page, *now);
  co_return page;
}

Task<Result<uint64_t>> SqliteDocumentStore::count(std::string collection, std::string index, std::string from,
                                                  std::string to) {
  auto reader = impl_->lend();
  if (!reader) co_return std::unexpected(reader.error());
  co_return (*reader)->count(collection, index, from, to);
}

Task<Result<std::vector<OutboxEntry>>> SqliteDocumentStore::outbox(uint32_t limit) {
  auto reader = impl_->lend();
  if (!reader) co_return std::unexpected(reader.error());
  co_return (*reader)->outbox(limit);
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
    auto reader = DocumentReader::open(impl_->file);
    if (!reader) co_return std::unexpected(reader.error());
    impl_->version_reader = std::move(*reader);
  }
  co_return impl_->version_reader->data_version();
}

}  // namespace gamekeeper::adapters
