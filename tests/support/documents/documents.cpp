#include "tests/support/documents/documents.h"

#include "adapters/embedded/sqlite_document_store.h"

namespace gamekeeper::test {

std::unique_ptr<ports::DocumentStore> open_documents(const std::string& folder) {
  auto store = adapters::SqliteDocumentStore::open(folder + "/documents.sqlite");
  GK_CHECK(store.has_value(), "a fresh store opens");
  return std::move(*store);
}

}  // namespace gamekeeper::test
