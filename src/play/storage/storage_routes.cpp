#include "play/storage/storage_routes.h"

#include <boost/json.hpp>

#include "net/conditions.h"
#include "net/json_body.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;

/// Whose storage a request means. A player's own only; a game server's and support's any.
Result<std::string> owner_of(const Request& request, const Principal& who) {
  if (who.kind != PrincipalKind::kPlayer || request.param("id") == who.subject) return std::string(request.param("id"));
  return fail(ErrorKind::kDenied, "not_yours", "Players read and change their own storage only.", "id");
}

json::object show(const StoredValue& v, bool with_value) {
  json::object out{{"key", v.key},
                   {"version", v.version},
                   {"bytes", v.bytes},
                   {"owner_writes", v.owner_writes},
                   {"updated_at", format_time(v.updated_at)}};
  if (with_value) out["value"] = v.value;
  return out;
}

Response answer(const StoredValue& v, int status = 200) {
  Response response = net::json(json::serialize(show(v, true)), status);
  response.headers.emplace_back("ETag", net::etag_of(v.version));
  return response;
}

Task<Result<Response>> list(Storage& storage, const Request& request, const Principal& who) {
  auto owner = owner_of(request, who);
  if (!owner) co_return std::unexpected(owner.error());
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto page = co_await storage.list(who.app, std::move(*owner), request.query_param("prefix"), *limit,
                                    request.query_param("cursor"));
  co_return net::page_of(page, [](const StoredValue& v) { return show(v, false); });
}

Task<Result<Response>> read(Storage& storage, const Request& request, const Principal& who) {
  auto owner = owner_of(request, who);
  if (!owner) co_return std::unexpected(owner.error());
  auto value = co_await storage.read(who.app, std::move(*owner), std::string(request.param("key")));
  if (!value) co_return std::unexpected(value.error());
  co_return answer(*value);
}

Task<Result<Response>> write(Storage& storage, const Request& request, const Principal& who) {
  auto owner = owner_of(request, who);
  if (!owner) co_return std::unexpected(owner.error());
  auto body = net::object_body(request, {"value", "owner_writes"});
  if (!body) co_return std::unexpected(body.error());
  if (!body->contains("value")) co_return net::invalid("required", "A value is needed; null is one.", "value");
  StorageWrite wanted{.value = body->at("value"), .owner_writes = std::nullopt, .if_match = {}};
  const bool by_owner = who.kind == PrincipalKind::kPlayer;
  if (const json::value* owner_writes = body->if_contains("owner_writes")) {
    if (!owner_writes->is_bool()) co_return net::invalid("bad_type", "Must be true or false.", "owner_writes");
    if (by_owner)
      co_return fail(ErrorKind::kDenied, "server_only", "The game server alone says who writes.", "owner_writes");
    wanted.owner_writes = owner_writes->get_bool();
  }
  auto if_match = net::if_match_of(request);
  if (!if_match) co_return std::unexpected(if_match.error());
  wanted.if_match = *if_match;
  auto value = co_await storage.write(who.app, std::move(*owner), std::string(request.param("key")), std::move(wanted),
                                      by_owner);
  if (!value) co_return std::unexpected(value.error());
  co_return answer(*value, value->version == 1 ? 201 : 200);
}

Task<Result<Response>> remove(Storage& storage, const Request& request, const Principal& who) {
  auto owner = owner_of(request, who);
  if (!owner) co_return std::unexpected(owner.error());
  auto if_match = net::if_match_of(request);
  if (!if_match) co_return std::unexpected(if_match.error());
  auto done = co_await storage.remove(who.app, std::move(*owner), std::string(request.param("key")), *if_match,
                                      who.kind == PrincipalKind::kPlayer);
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

}  // namespace

void add_storage_routes(net::Router& router, Storage& storage) {
  const std::string all = "/api/v1/players/{id}/storage";
  constexpr net::RoutePolicy kReads{.server_key = true, .player = true, .admin = AdminRole::kSupport};
  net::RoutePolicy write_policy = kReads;
  write_policy.idempotent = write_policy.audited = true;
  write_policy.action = "storage.write";
  net::RoutePolicy remove_policy = write_policy;
  remove_policy.action = "storage.remove";
  router.add(Method::kGet, all, kReads, "A player's stored keys, without their values.",
             [&storage](const Request& r, const Principal& who) { return list(storage, r, who); });
  router.add(Method::kGet, all + "/{key}", kReads, "A stored value.",
             [&storage](const Request& r, const Principal& who) { return read(storage, r, who); });
  router.add(Method::kPut, all + "/{key}", write_policy, "Stores a value.",
             net::takes_json([&storage](const Request& r, const Principal& who) { return write(storage, r, who); }));
  router.add(Method::kDelete, all + "/{key}", remove_policy, "Removes a stored value.",
             [&storage](const Request& r, const Principal& who) { return remove(storage, r, who); });
}

}  // namespace gamekeeper::play
