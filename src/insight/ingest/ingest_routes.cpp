#include "insight/ingest/ingest_routes.h"

#include <boost/json.hpp>

#include "base/json.h"
#include "insight/ingest/parts.h"
#include "net/json_body.h"

namespace gamekeeper::ingest {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;

Result<Format> format_of(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  auto is = [&](std::string_view name) {
    std::string_view t = type;
    while (!t.empty() && t.back() == ' ') t.remove_suffix(1);
    return t.size() == name.size() && std::equal(t.begin(), t.end(), name.begin(), [](char a, char b) {
             return std::tolower(static_cast<unsigned char>(a)) == b;
           });
  };
  if (is("application/json") || content_type.empty()) return Format::kJson;
  if (is("application/x-ndjson")) return Format::kNdjson;
  return fail(ErrorKind::kInvalid, "unsupported_media_type", "Events come as application/json or application/x-ndjson.",
              "Content-Type", "application/json, application/x-ndjson");
}

std::string encode(const Receipt& receipt) {
  if (receipt.rejected.empty()) return R"({"accepted":)" + std::to_string(receipt.accepted) + R"(,"rejected":[]})";
  json::array rejected;
  for (const auto& r : receipt.rejected) {
    json::object item{{"index", r.index}, {"code", r.code}, {"detail", r.detail}};
    if (!r.id.empty()) item["id"] = r.id;
    if (!r.field.empty()) item["field"] = r.field;
    if (!r.limit.empty()) item["limit"] = r.limit;
    rejected.push_back(std::move(item));
  }
  return json::serialize(json::object{{"accepted", receipt.accepted}, {"rejected", std::move(rejected)}});
}

/// POST /api/v1/events — step 1 of docs/life_of_an_event.md.
Task<Result<Response>> post_events(IngestService& ingest, const TakeEvents& take_events, const Request& request,
                                   const Principal& who) {
  auto format = format_of(request.header("Content-Type"));
  if (!format) {
    co_return net::problem(415, format.error(), request.request_id);
  }
  const std::string_view idempotency_key = request.header("Idempotency-Key");
  if (idempotency_key.size() > 128) {
    co_return net::invalid("bad_idempotency_key", "The Idempotency-Key is too long.", "Idempotency-Key",
                           "128 characters");
  }
  const UnixMillis now = ingest.clock().now_ms();
  auto decoded = ingest.decode(*format, request.body, request.body_capacity, who, idempotency_key, now);
  if (!decoded) co_return std::unexpected(decoded.error());
  if (auto ok = take_events(who, decoded->accepted + static_cast<uint32_t>(decoded->rejected.size())); !ok) {
    co_return std::unexpected(ok.error());
  }
  auto receipt = co_await ingest.accept(who, std::move(*decoded), now, std::string(request.traceparent));
  if (!receipt) co_return std::unexpected(receipt.error());
  co_return net::json(encode(*receipt));
}

/// A letter as JSON. The event goes out as its own text, not through a JSON library that would round its numbers:
/// once as it stands (as a string when it is no JSON), once as text for an editor whose numbers are doubles.
std::string show(const DeadLetter& letter) {
  json::object head{{"id", letter.id},         {"received_at", format_time(letter.received_at)},
                    {"key", letter.key},       {"code", letter.code},
                    {"detail", letter.detail}, {"field", nullptr}};
  if (!letter.field.empty()) head["field"] = letter.field;
  std::string out = json::serialize(head);
  out.back() = ',';
  out += "\"event\":";
  simdjson::dom::parser parser;
  const bool is_json = parser.parse(letter.event).error() == simdjson::SUCCESS;
  out += is_json ? letter.event : json_string(letter.event);
  out += ",\"event_text\":";
  append_json_string(out, letter.event);
  out += '}';
  return out;
}

Task<Result<Response>> list_letters(DeadLetters& letters, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto page = co_await letters.list(who.app, *limit, request.query_param("cursor"));
  co_return net::page_of(page, show);
}

/// The mended event's own text.
Result<std::string> mended_event(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(body.data(), body.size()).get(object) != simdjson::SUCCESS) {
    return net::invalid("bad_json", "The body must be a JSON object whose numbers fit 64 bits.", "body");
  }
  simdjson::dom::object event;
  for (auto [key, value] : object) {
    if (key != "event")
      return net::invalid("unknown_field", "The body has a field that is not known here.", std::string(key));
  }
  if (object.size() != 1 || object.at_key("event").get(event) != simdjson::SUCCESS) {
    return net::invalid("required", "The body must hold the mended event, once.", "event", "object");
  }
  Parts members(body);
  return std::string(members.next()->value);
}

Task<Result<Response>> mend_letter(DeadLetters& letters, const Request& request, const Principal& who) {
  auto event = mended_event(request.body);
  if (!event) co_return std::unexpected(event.error());
  auto letter = co_await letters.mend(who.app, std::string(request.param("id")), std::move(*event));
  if (!letter) co_return std::unexpected(letter.error());
  co_return net::json(show(*letter));
}

Task<Result<Response>> close_letter(DeadLetters& letters, const Request& request, const Principal& who) {
  auto closed = co_await letters.close(who.app, std::string(request.param("id")));
  if (!closed) co_return std::unexpected(closed.error());
  co_return Response{.status = 204};
}

Task<Result<Response>> replay_letters(IngestService& ingest, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"ids"});
  if (!body) co_return std::unexpected(body.error());
  const json::value* list = body->if_contains("ids");
  if (!list || !list->is_array() || list->as_array().size() > 1000) {
    co_return net::invalid("bad_value", "The body must hold at most 1000 ids.", "ids", "1 to 1000 ids");
  }
  std::vector<std::string> ids;
  for (const json::value& id : list->as_array()) {
    if (!id.is_string()) co_return net::invalid("bad_type", "An id must be a string.", "ids", "string");
    ids.emplace_back(id.as_string());
  }
  auto outcome = co_await ingest.replay(who.app, std::move(ids));
  if (!outcome) co_return std::unexpected(outcome.error());
  json::array rejected;
  for (const auto& r : outcome->rejected) {
    json::object item{{"id", r.id}, {"code", r.code}, {"detail", r.detail}};
    if (!r.field.empty()) item["field"] = r.field;
    if (!r.limit.empty()) item["limit"] = r.limit;
    rejected.push_back(std::move(item));
  }
  co_return net::json(
      json::serialize(json::object{{"accepted", outcome->accepted}, {"rejected", std::move(rejected)}}));
}

}  // namespace

void add_ingest_routes(net::Router& router, IngestService& ingest, DeadLetters& letters, TakeEvents take_events) {
  const net::RoutePolicy senders{.write_key = true, .server_key = true};
  router.add(Method::kPost, "/api/v1/events", senders, "Sends events; each is accepted or refused on its own.",
             [&ingest, take_events = std::move(take_events)](const Request& request, const Principal& who) {
               return post_events(ingest, take_events, request, who);
             });

  const net::RoutePolicy readers{.admin = AdminRole::kAnalyst};
  auto menders = [](const char* action) {
    return net::RoutePolicy{.admin = AdminRole::kSupport, .idempotent = true, .action = action, .audited = true};
  };
  const std::string base = "/api/v1/admin/dead-letters";
  router.add(Method::kGet, base, readers, "Lists refused events, newest first.",
             [&letters](const Request& request, const Principal& who) { return list_letters(letters, request, who); });
  router.add(Method::kPut, base + "/{id}", menders("dead_letter.mend"), "Mends a refused event.",
             net::takes_json([&letters](const Request& request, const Principal& who) {
               return mend_letter(letters, request, who);
             }));
  router.add(Method::kPost, base + "/replay", menders("dead_letter.replay"),
             "Sends refused events through the rules once more.",
             net::takes_json([&ingest](const Request& request, const Principal& who) {
               return replay_letters(ingest, request, who);
             }));
  router.add(Method::kDelete, base + "/{id}", menders("dead_letter.delete"), "Deletes a refused event.",
             [&letters](const Request& request, const Principal& who) { return close_letter(letters, request, who); });
}

}  // namespace gamekeeper::ingest
