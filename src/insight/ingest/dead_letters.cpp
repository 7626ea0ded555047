#include "insight/ingest/dead_letters.h"

#include <boost/json.hpp>

#include "base/ids.h"

namespace gamekeeper::ingest {
namespace {

namespace json = boost::json;

constexpr const char* kCollection = "dead_letters";
constexpr const char* kOpen = "open";    // app, id: what is listed
constexpr const char* kTally = "tally";  // app, key, id: what the ledger counts

std::string join(std::string_view a, std::string_view b) { return std::string(a) + '\x1f' + std::string(b); }
/// The first key after every key that begins with `prefix` and the separator.
std::string after(std::string_view prefix) { return std::string(prefix) + '\x20'; }

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::string encode(const DeadLetter& letter) {
  json::object body{{"app", letter.app},         {"key", letter.key},       {"server_key", letter.server_key},
                    {"received_at", letter.received_at}, {"code", letter.code}, {"detail", letter.detail},
                    {"field", letter.field},     {"event", letter.event}};
  return json::serialize(body);
}

Result<DeadLetter> decode(const ports::Document& document) {
  boost::system::error_code error;
  json::value value = json::parse(document.body, error);
  if (error || !value.is_object()) return fail(ErrorKind::kCorrupt, "corrupt", "A dead letter cannot be read.");
  const json::object& body = value.as_object();
  DeadLetter letter;
  letter.id = document.id;
  letter.version = document.version;
  letter.app = text_of(body, "app");
  letter.key = text_of(body, "key");
  letter.code = text_of(body, "code");
  letter.detail = text_of(body, "detail");
  letter.field = text_of(body, "field");
  letter.event = text_of(body, "event");
  if (auto* v = body.if_contains("server_key"); v && v->is_bool()) letter.server_key = v->as_bool();
  if (auto* v = body.if_contains("received_at"); v && v->is_int64()) letter.received_at = v->as_int64();
  return letter;
}

/// Refused texts may be anything; a document is JSON and so UTF-8: bytes that are not are shown as U+FFFD.
std::string as_utf8(std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size())) return std::string(text);
  std::string out;
  for (unsigned char c : text) {
    if (c < 0x80) out.push_back(static_cast<char>(c));
    else out += "\xef\xbf\xbd";
  }
  return out;
}

std::vector<ports::IndexEntry> entries(const DeadLetter& letter, bool open) {
  std::vector<ports::IndexEntry> out{{kTally, join(join(letter.app, letter.key), letter.id)}};
  if (open) out.push_back({kOpen, join(letter.app, letter.id)});
  return out;
}

ports::Put put(const DeadLetter& letter, bool open) {
  ports::Put put{.collection = kCollection, .id = letter.id, .body = encode(letter), .entries = entries(letter, open)};
  if (letter.version != 0) put.expected = letter.version;
  return put;
}

}  // namespace

Task<Result<void>> DeadLetters::add(const Principal& who, UnixMillis received_at, std::vector<Rejection> rejected) {
  ports::WriteSet set;
  for (Rejection& r : rejected) {
    DeadLetter letter{.id = to_string(make_uuid_v7(received_at)),
                      .app = who.app,
                      .key = who.key_id,
                      .server_key = who.kind == PrincipalKind::kServerKey,
                      .received_at = received_at,
                      .code = r.error.code,
                      .detail = r.error.message,
                      .field = as_utf8(r.error.field),
                      .event = as_utf8(r.raw)};
    set.puts.push_back(put(letter, true));
  }
  auto done = co_await store_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

Task<Result<DeadLetterPage>> DeadLetters::list(std::string app, uint32_t limit, std::string cursor) {
  ports::Query query{.collection = kCollection, .index = kOpen, .from = join(app, ""), .to = app + '\x20',
                     .direction = ports::Direction::kDescending, .limit = limit, .cursor = std::move(cursor)};
  auto page = co_await store_.query(std::move(query));
  if (!page) co_return std::unexpected(page.error());
  DeadLetterPage out{.items = {}, .next_cursor = page->next_cursor};
  for (const ports::Document& document : page->items) {
    auto letter = decode(document);
    if (!letter) co_return std::unexpected(letter.error());
    out.items.push_back(std::move(*letter));
  }
  co_return out;
}

Task<Result<DeadLetter>> DeadLetters::find(std::string app, std::string id) {
  auto document = co_await store_.get(kCollection, id);
  if (!document) co_return std::unexpected(document.error());
  Result<DeadLetter> letter = fail(ErrorKind::kNotFound, "not_found", "There is no such dead letter.", "id");
  if (*document) {
    auto found = decode(**document);
    if (!found) co_return std::unexpected(found.error());
    if (found->app == app && found->code != "closed") letter = std::move(*found);
  }
  co_return letter;
}

Task<Result<DeadLetter>> DeadLetters::mend(std::string app, std::string id, std::string event) {
  auto letter = co_await find(std::move(app), std::move(id));
  if (!letter) co_return letter;
  letter->event = std::move(event);
  ports::WriteSet set;
  set.puts.push_back(put(*letter, true));
  auto done = co_await store_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return letter;
}

Task<Result<void>> DeadLetters::close(std::string app, std::string id, std::string how) {
  auto letter = co_await find(std::move(app), std::move(id));
  if (!letter) co_return std::unexpected(letter.error());
  letter->code = "closed";
  letter->detail = std::move(how);
  letter->event.clear();
  ports::WriteSet set;
  set.puts.push_back(put(*letter, false));
  auto done = co_await store_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

Task<Result<uint64_t>> DeadLetters::open_count(std::string app) {
  co_return co_await store_.count(kCollection, kOpen, join(app, ""), after(app));
}

Task<Result<uint64_t>> DeadLetters::refused(std::string app, std::string key) {
  const std::string prefix = join(app, key);
  co_return co_await store_.count(kCollection, kTally, join(prefix, ""), after(prefix));
}

}  // namespace gamekeeper::ingest
