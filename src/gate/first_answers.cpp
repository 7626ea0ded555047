#include "gate/first_answers.h"

#include <boost/json.hpp>

#include "base/log.h"
#include "gate/canonical_json.h"
#include "gate/records.h"
#include "gate/sealed_answer.h"

namespace gamekeeper::gate {
namespace {

namespace json = boost::json;
using net::Response;

constexpr const char* kAnswersCollection = "gate_answers";
constexpr size_t kKeyBytesMax = 128;

bool is_good_key(std::string_view key) {
  return key.size() <= kKeyBytesMax && std::ranges::all_of(key, [](unsigned char c) { return c >= 0x20 && c != 0x7F; });
}

std::unexpected<Error> reused() {
  return fail(ErrorKind::kUnprocessable, "idempotency_key_reused",
              "This Idempotency-Key came with another body before; take a new key for a new write.", "Idempotency-Key");
}

/// Transient refusals: the repeat should be tried, not told the same.
bool is_kept(const Response& response) { return response.status < 500 && response.status != 429; }

net::Guard::Replay repeat(Response answer) {
  answer.headers.emplace_back("Idempotency-Replayed", "true");
  return {.replayed = true, .response = std::move(answer), .ticket = {}};
}

}  // namespace

FirstAnswers::Names FirstAnswers::names_of(const net::Request& request, const Principal& who, std::string_view key) {
  const std::string kind = std::to_string(static_cast<int>(who.kind));
  const Digest scope = digest_of_parts({kind, who.subject, who.app, request.method_text, request.path, key});
  const std::string_view within(reinterpret_cast<const char*>(scope.data()), scope.size());
  const auto canonical = canonical_json(request.body);
  const std::string_view body = canonical ? std::string_view(*canonical) : request.body;
  return {hex(digest_of_parts({"name", within})),
          digest_of_parts({"asked", within, canonical ? "json" : "bytes", body, request.query}),
          digest_of_parts({"seal", within})};
}

FirstAnswers::Joined FirstAnswers::join(const Names& names) {
  std::lock_guard lock(mutex_);
  auto [flight, first] = flights_.try_emplace(names.id);
  if (first) {
    flight->second.fingerprint = names.fingerprint;
    flight->second.seal = names.seal;
    return {.first = true, .answer = {}};
  }
  if (flight->second.fingerprint != names.fingerprint) return {};
  Future<std::optional<Response>> answer;
  flight->second.waiting.emplace_back(answer);
  return {.first = false, .answer = std::move(answer)};
}

void FirstAnswers::land(const std::string& id, const std::optional<Response>& answer) {
  std::vector<Promise<std::optional<Response>>> waiting;
  {
    std::lock_guard lock(mutex_);
    auto flight = flights_.find(id);
    if (flight == flights_.end()) return;
    waiting = std::move(flight->second.waiting);
    flights_.erase(flight);
  }
  for (auto& one : waiting) one.set(answer);
}

Task<Result<std::optional<Response>>> FirstAnswers::look_up(Names names) {
  auto document = co_await store_.get(kAnswersCollection, names.id);
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return std::optional<Response>();
  auto record = parse_record(**document);
  if (!record) co_return std::unexpected(record.error());
  if (number_of(*record, "expires") <= clock_.now_ms()) co_return std::optional<Response>();
  auto opened = open_answer(text_of(*record, "sealed"), names.seal);
  if (!opened) co_return std::unexpected(opened.error());
  if (opened->fingerprint != names.fingerprint) co_return reused();
  co_return std::optional<Response>(std::move(opened->answer));
}

Task<Result<net::Guard::Replay>> FirstAnswers::begin(const net::Request& request, const Principal& who) {
  const std::string_view key = request.header("Idempotency-Key");
  if (key.empty()) co_return net::Guard::Replay{};
  if (!is_good_key(key)) {
    co_return fail(ErrorKind::kInvalid, "bad_idempotency_key",
                   "An Idempotency-Key has 1 to 128 bytes and no control characters.", "Idempotency-Key", "128 bytes");
  }
  const Names names = names_of(request, who, key);
  for (;;) {
    Joined joined = join(names);
    if (joined.first) break;
    if (!joined.answer) co_return reused();
    if (auto answer = co_await joined.answer->get()) co_return repeat(std::move(*answer));
  }
  auto known = co_await look_up(names);
  if (known && !*known) co_return net::Guard::Replay{.replayed = false, .response = {}, .ticket = names.id};
  land(names.id, known ? *known : std::nullopt);
  if (!known) co_return std::unexpected(known.error());
  co_return repeat(std::move(**known));
}

Task<void> FirstAnswers::finish(std::string ticket, const Response& response) {
  Flight flight;
  {
    std::lock_guard lock(mutex_);
    auto found = flights_.find(ticket);
    GK_CHECK(found != flights_.end(), "finish() follows the begin() that gave the ticket, once");
    flight.fingerprint = found->second.fingerprint;
    flight.seal = found->second.seal;
  }
  if (!is_kept(response)) {
    land(ticket, std::nullopt);
    co_return;
  }
  const UnixMillis expires = clock_.now_ms() + kKeptMs;
  ports::WriteSet set;
  set.puts.push_back({.collection = kAnswersCollection,
                      .id = ticket,
                      .body = json::serialize(json::object{
                          {"expires", expires}, {"sealed", seal_answer(response, flight.fingerprint, flight.seal)}}),
                      .entries = {{"expires", sortable(expires)}}});
  auto done = co_await store_.commit(std::move(set));
  if (!done)
    log::error("gate", "answer_not_kept",
               {log::text("code", done.error().code), log::text("reason", done.error().message)});
  land(ticket, response);  // the act is done, whether its answer could be kept or not
}

Task<Result<size_t>> FirstAnswers::sweep() {
  co_return co_await purge_expired(store_, kAnswersCollection, clock_.now_ms());
}

}  // namespace gamekeeper::gate
