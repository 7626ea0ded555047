#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "play/accounts/player.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// A page of an app's records, and where the next one begins; empty: this is the last.
template <class Record>
struct RecordPage {
  std::vector<Record> items;
  std::string next_cursor;
};

/// An app's documents of a collection that has the index `created`.
inline ports::Query newest_first(const char* collection, std::string_view app, uint32_t limit, std::string cursor) {
  auto [from, to] = all_of(app);
  return {.collection = collection,
          .index = "created",
          .from = std::move(from),
          .to = std::move(to),
          .direction = ports::Direction::kDescending,
          .limit = limit,
          .cursor = std::move(cursor)};
}

/// What the query finds. Errors: those of the store and of `read`.
template <class Record>
Task<Result<RecordPage<Record>>> read_page(ports::DocumentStore& documents, ports::Query query,
                                           Result<Record> (*read)(const ports::Document&)) {
  auto page = co_await documents.query(std::move(query));
  if (!page) co_return std::unexpected(page.error());
  RecordPage<Record> out{.items = {}, .next_cursor = std::move(page->next_cursor)};
  for (const ports::Document& document : page->items) {
    auto record = read(document);
    if (!record) co_return std::unexpected(record.error());
    out.items.push_back(std::move(*record));
  }
  co_return out;
}

}  // namespace gamekeeper::play
