#include "insight/ingest/dead_letters.h"

#include <boost/json.hpp>

#include "base/ids.h"
#include "base/log.h"

namespace gamekeeper::ingest {
namespace {

namespace json = boost::json;

constexpr const char* kCollection = "dead_letters";
constexpr const char* kOpen = "open";    // app, id: what is listed
constexpr const char* kTally = "tally";  // app, key, id: what the ledger counts
constexpr const char* kGone = "dead_letters_gone";  // app, key: how many letters of theirs are no longer there
constexpr uint32_t kPage = 100;  // letters read or removed at a time
constexpr int kAttemptsMax = 5;

std::string join(std::string_view a, std::string_view b) { return std::string(a) + '\x1f' + std::string(b); }
/// The first key after every key that begins with `prefix` and the separator.
std::string after(std::string_view prefix) { return std::string(prefix) + '\x20'; }

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::string encode(const DeadLetter& letter) {
  json::object body{{"app", letter.app},
                    {"key", letter.key},
                    {"server_key", letter.server_key},
                    {"received_at", letter.received_at},
                    {"code", letter.code},
                    {"detail", letter.detail},
                    {"field", letter.field},
                    {"event", letter.event}};
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

uint64_t gone_of(const ports::Document& document) {
  boost::system::error_code error;
  const json::value value = json::parse(document.body, error);
  const json::value* count = !error && value.is_object() ? value.as_object().if_contains("gone") : nullptr;
  return count ? count->to_number<uint64_t>(error) : 0;
}

/// Refused texts may be anything; a document is JSON and so UTF-8: bytes that are not are shown as U+FFFD.
std::string as_utf8(std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size())) return std::string(text);
  std::string out;
  for (unsigned char c : text) {
    if (c < 0x80)
      out.push_back(static_cast<char>(c));
    else
      out += "\xef\xbf\xbd";
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

DeadLetters::DeadLetters(ports::DocumentStore& store, DeadLetterLimits limits, Metrics* metrics)
    : store_(store), limits_(limits) {
  if (metrics)
    pushed_out_ = &metrics->counter("gamekeeper_dead_letters_pushed_out_total",
                                    "Dead letters removed because newer ones needed their place.");
}

Task<Result<void>> DeadLetters::add(const Principal& who, UnixMillis received_at, std::vector<Rejection> rejected) {
  ports::WriteSet set;
  uint64_t bytes = 0;
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
    bytes += letter.event.size();
    set.puts.push_back(put(letter, true));
  }
  const std::string app = who.app;
  auto done = co_await store_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  if (!must_tidy(app, rejected.size(), bytes)) co_return Result<void>{};
  auto tidied = co_await tidy(app);
  // The letters are kept all the same; the next refusal tries again.
  if (!tidied)
    log::warning("ingest", "dead_letters_not_tidied", {log::text("app", app), log::text("code", tidied.error().code)});
  std::lock_guard lock(mutex_);
  totals_[app].tidying = false;
  co_return Result<void>{};
}

Task<Result<DeadLetterPage>> DeadLetters::list(std::string app, uint32_t limit, std::string cursor) {
  ports::Query query{.collection = kCollection,
                     .index = kOpen,
                     .from = join(app, ""),
                     .to = app + '\x20',
                     .direction = ports::Direction::kDescending,
                     .limit = limit,
                     .cursor = std::move(cursor)};
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
  const uint64_t was = letter->event.size();
  letter->event = std::move(event);
  ports::WriteSet set;
  set.puts.push_back(put(*letter, true));
  auto done = co_await store_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  std::lock_guard lock(mutex_);
  Total& total = totals_[letter->app];
  total.bytes = total.bytes + letter->event.size() - std::min(total.bytes + letter->event.size(), was);
  co_return letter;
}

Task<Result<void>> DeadLetters::close(std::string app, std::string id) {
  for (int attempt = 0;; ++attempt) {
    auto letter = co_await find(app, id);
    if (!letter) co_return std::unexpected(letter.error());
    auto done = co_await remove({std::move(*letter)});
    const bool again = !done && done.error().kind == ErrorKind::kConflict && attempt < kAttemptsMax;
    if (!again) co_return done;
  }
}

Task<Result<uint64_t>> DeadLetters::open_count(std::string app) {
  co_return co_await store_.count(kCollection, kOpen, join(app, ""), after(app));
}

Task<Result<uint64_t>> DeadLetters::refused(std::string app, std::string key) {
  const std::string prefix = join(app, key);
  for (int attempt = 0;; ++attempt) {
    auto before = co_await gone(app, key);
    if (!before) co_return before;
    auto lying = co_await store_.count(kCollection, kTally, join(prefix, ""), after(prefix));
    if (!lying) co_return lying;
    auto now = co_await gone(app, key);
    if (!now) co_return now;
    // A letter that went between the two questions would be counted twice or not at all.
    if (*before == *now || attempt == kAttemptsMax) co_return *now + *lying;
  }
}

Task<Result<uint64_t>> DeadLetters::gone(std::string app, std::string key) {
  auto document = co_await store_.get(kGone, join(app, key));
  if (!document) co_return std::unexpected(document.error());
  co_return *document ? gone_of(**document) : 0;
}

Task<Result<void>> DeadLetters::remove(std::vector<DeadLetter> letters) {
  ports::WriteSet set;
  std::map<std::string, uint64_t> by_key;
  for (const DeadLetter& letter : letters) {
    set.puts.push_back({.collection = kCollection, .id = letter.id, .expected = letter.version, .remove = true});
    ++by_key[join(letter.app, letter.key)];
  }
  for (const auto& [key, count] : by_key) {
    auto document = co_await store_.get(kGone, key);
    if (!document) co_return std::unexpected(document.error());
    const uint64_t before = *document ? gone_of(**document) : 0, version = *document ? (*document)->version : 0;
    set.puts.push_back({.collection = kGone,
                        .id = key,
                        .body = json::serialize(json::object{{"gone", before + count}}),
                        .expected = version});
  }
  auto done = co_await store_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  std::lock_guard lock(mutex_);
  for (const DeadLetter& letter : letters) {
    Total& total = totals_[letter.app];
    if (total.letters > 0) --total.letters;
    total.bytes -= std::min<uint64_t>(total.bytes, letter.event.size());
  }
  co_return Result<void>{};
}

/// Adds to an app's total; true: it has to be counted, or is over the limits, and the caller is the one to see to it.
bool DeadLetters::must_tidy(const std::string& app, uint64_t letters, uint64_t bytes) {
  std::lock_guard lock(mutex_);
  Total& total = totals_[app];
  total.letters += letters;
  total.bytes += bytes;
  const bool over = total.letters > limits_.letters_max || total.bytes > limits_.bytes_max;
  if (total.tidying || (total.counted && !over)) return false;
  total.tidying = true;
  return true;
}

bool DeadLetters::is_counted(const std::string& app) {
  std::lock_guard lock(mutex_);
  return totals_[app].counted;
}

Task<Result<void>> DeadLetters::count(const std::string& app) {
  Total before, total{.counted = true, .tidying = true};
  {
    std::lock_guard lock(mutex_);
    before = totals_[app];
  }
  ports::Query query{
      .collection = kCollection, .index = kOpen, .from = join(app, ""), .to = after(app), .limit = kPage};
  do {
    auto page = co_await store_.query(query);
    if (!page) co_return std::unexpected(page.error());
    for (const ports::Document& document : page->items) {
      auto letter = decode(document);
      if (!letter) co_return std::unexpected(letter.error());
      ++total.letters;
      total.bytes += letter->event.size();
    }
    query.cursor = page->next_cursor;
  } while (!query.cursor.empty());
  // What others added meanwhile may have been seen and is added all the same: too much counts as full a little early.
  std::lock_guard lock(mutex_);
  Total& now = totals_[app];
  if (now.letters > before.letters) total.letters += now.letters - before.letters;
  if (now.bytes > before.bytes) total.bytes += now.bytes - before.bytes;
  now = total;
  co_return Result<void>{};
}

Task<Result<std::vector<DeadLetter>>> DeadLetters::oldest(const std::string& app) {
  auto page = co_await store_.query(
      {.collection = kCollection, .index = kOpen, .from = join(app, ""), .to = after(app), .limit = kPage});
  if (!page) co_return std::unexpected(page.error());
  uint64_t letters = 0, bytes = 0;
  {
    std::lock_guard lock(mutex_);
    const Total& total = totals_[app];
    letters = total.letters > limits_.letters_max ? total.letters - limits_.letters_max : 0;
    bytes = total.bytes > limits_.bytes_max ? total.bytes - limits_.bytes_max : 0;
  }
  std::vector<DeadLetter> out;
  for (const ports::Document& document : page->items) {
    if (out.size() >= letters && bytes == 0) break;
    auto letter = decode(document);
    if (!letter) co_return std::unexpected(letter.error());
    bytes -= std::min<uint64_t>(bytes, letter->event.size());
    out.push_back(std::move(*letter));
  }
  co_return out;
}

Task<Result<void>> DeadLetters::tidy(const std::string& app) {
  if (!is_counted(app)) {
    if (auto ok = co_await count(app); !ok) co_return ok;
  }
  for (int conflicts = 0;;) {
    auto letters = co_await oldest(app);
    if (!letters) co_return std::unexpected(letters.error());
    if (letters->empty()) co_return Result<void>{};
    const auto count = static_cast<double>(letters->size());
    auto done = co_await remove(std::move(*letters));
    if (done && pushed_out_) pushed_out_->Increment(count);
    if (!done && (done.error().kind != ErrorKind::kConflict || ++conflicts > kAttemptsMax)) co_return done;
  }
}

}  // namespace gamekeeper::ingest
