#include "gate/records.h"

#include <fmt/format.h>

namespace gamekeeper::gate {

namespace json = boost::json;

Task<Result<std::vector<ports::Document>>> read_all(ports::DocumentStore& store, std::string collection) {
  std::vector<ports::Document> out;
  std::string cursor;
  do {
    auto page = co_await store.query(
        ports::Query{.collection = collection, .index = "all", .from = {}, .to = {}, .limit = 1000, .cursor = cursor});
    if (!page) co_return std::unexpected(page.error());
    for (ports::Document& d : page->items) out.push_back(std::move(d));
    cursor = std::move(page->next_cursor);
  } while (!cursor.empty());
  co_return out;
}

Task<Result<uint64_t>> read_epoch(ports::DocumentStore& store) {
  auto found = co_await store.get("gate", "epoch");
  if (!found) co_return std::unexpected(found.error());
  co_return *found ? (*found)->version : 0;
}

ports::Put epoch_moves() { return ports::Put{.collection = "gate", .id = "epoch", .body = "{}"}; }

Task<Result<bool>> EpochWatch::moved(uint64_t seen) {
  auto version = co_await store_.version();
  if (!version) co_return std::unexpected(version.error());
  if (version_ == *version) co_return false;
  auto epoch = co_await read_epoch(store_);
  if (!epoch) co_return std::unexpected(epoch.error());
  const bool has_moved = *epoch != seen;
  if (!has_moved) version_ = *version;  // else the caller loads, and asks once more
  co_return has_moved;
}

Result<json::object> parse_record(const ports::Document& document) {
  boost::system::error_code error;
  json::value value = json::parse(document.body, error);
  if (error || !value.is_object()) {
    return fail(ErrorKind::kCorrupt, "corrupt", "A stored document of the gate cannot be read.", document.id);
  }
  return std::move(value.as_object());
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

int64_t number_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_int64() ? value->as_int64() : 0;
}

std::string sortable(int64_t number) { return fmt::format("{:020}", number); }

Task<Result<size_t>> purge_expired(ports::DocumentStore& store, std::string collection, UnixMillis now) {
  auto page = co_await store.query(
      ports::Query{.collection = collection, .index = "expires", .from = {}, .to = sortable(now), .limit = 500});
  if (!page) co_return std::unexpected(page.error());
  if (page->items.empty()) co_return size_t{0};
  ports::WriteSet set;
  for (const ports::Document& d : page->items) {
    set.puts.push_back(ports::Put{.collection = collection, .id = d.id, .remove = true});
  }
  auto done = co_await store.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return page->items.size();
}

Task<Result<void>> remove_range(ports::DocumentStore& store, std::string collection, std::string index,
                                std::string from, std::string to) {
  for (;;) {
    auto page = co_await store.query(
        ports::Query{.collection = collection, .index = index, .from = from, .to = to, .limit = 500});
    if (!page) co_return std::unexpected(page.error());
    if (page->items.empty()) co_return Result<void>{};
    ports::WriteSet set;
    for (const ports::Document& d : page->items) {
      set.puts.push_back(ports::Put{.collection = collection, .id = d.id, .remove = true});
    }
    if (auto done = co_await store.commit(std::move(set)); !done) co_return std::unexpected(done.error());
  }
}

bool is_conflict(const Error& error) { return error.kind == ErrorKind::kConflict; }

}  // namespace gamekeeper::gate
