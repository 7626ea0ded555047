#include "play/accounts/player_routes.h"

#include <boost/json.hpp>
#include <charconv>

#include "base/exact_number.h"
#include "base/json.h"
#include "net/conditions.h"
#include "net/json_body.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;

constexpr size_t kReasonMax = 500;

/// A player reads and changes their own document; a game server and support any.
Result<void> allow(const Request& request, const Principal& who) {
  if (who.kind != PrincipalKind::kPlayer || request.param("id") == who.subject) return {};
  return fail(ErrorKind::kDenied, "not_yours", "Players read and change their own document only.", "id");
}

Task<Result<Response>> create(Players& players, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"player_id", "username", "attributes"});
  if (!body) co_return std::unexpected(body.error());
  auto id = net::optional_text_field(*body, "player_id"), username = net::optional_text_field(*body, "username");
  auto attributes = net::optional_object_field(*body, "attributes");
  if (!id) co_return std::unexpected(id.error());
  if (!username) co_return std::unexpected(username.error());
  if (!attributes) co_return std::unexpected(attributes.error());
  NewPlayer wanted{std::move(*id), std::move(*username), std::move(*attributes).value_or(json::object())};
  auto card = co_await players.create(who.app, std::move(wanted));
  if (!card) co_return std::unexpected(card.error());
  co_return answer(*card, 201);
}

Task<Result<Response>> read(Players& players, const Request& request, const Principal& who) {
  if (auto ok = allow(request, who); !ok) co_return std::unexpected(ok.error());
  auto card = co_await players.read(who.app, std::string(request.param("id")));
  if (!card) co_return std::unexpected(card.error());
  co_return answer(*card);
}

/// {attributes?, email?, password?}: what the password proves is the change of the e-mail.
Task<Result<Response>> change(Players& players, Accounts& accounts, const Request& request, const Principal& who) {
  if (auto ok = allow(request, who); !ok) co_return std::unexpected(ok.error());
  auto read = net::read_object(request.body);
  if (!read) co_return std::unexpected(read.error());
  const json::object& body = *read;
  for (const auto& field : body) {
    const bool proves = field.key() == "password" && body.contains("email");
    if (field.key() != "attributes" && field.key() != "email" && !proves)
      co_return net::invalid("read_only", "Only attributes and email change by this call.", std::string(field.key()),
                             "attributes, email");
  }
  auto attributes = net::optional_object_field(body, "attributes");
  if (!attributes) co_return std::unexpected(attributes.error());
  PlayerChange wanted{.attributes = std::move(*attributes), .email = {}};
  if (body.contains("email")) {
    auto email = net::optional_text_field(body, "email");
    if (!email) co_return std::unexpected(email.error());
    wanted.email = std::move(*email).value_or("");
    auto password = net::optional_text_field(body, "password");
    if (!password) co_return std::unexpected(password.error());
    if (who.kind == PrincipalKind::kPlayer) {
      auto proven = co_await accounts.proves_password(who, std::move(*password), std::string(request.remote_address));
      if (!proven) co_return std::unexpected(proven.error());
      wanted.is_proven = *proven;
    }
  }
  auto if_match = net::if_match_of(request);
  if (!if_match) co_return std::unexpected(if_match.error());
  auto card = co_await players.change(who.app, std::string(request.param("id")), std::move(wanted), *if_match);
  if (!card) co_return std::unexpected(card.error());
  co_return answer(*card);
}

Task<Result<Response>> list(Players& players, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  std::optional<std::string> username;
  if (std::string name = request.query_param("username"); !name.empty()) username = std::move(name);
  std::string cursor = request.query_param("cursor"), text = request.query_param("search");
  auto page = text.empty() ? co_await players.list(who.app, std::move(username), *limit, std::move(cursor))
                           : co_await players.search(who.app, std::move(text), *limit, std::move(cursor));
  co_return net::page_of(page, [](const PlayerCard& card) { return show(card); });
}

Task<Result<Response>> ban(Players& players, const Clock& clock, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"reason", "until"});
  if (!body) co_return std::unexpected(body.error());
  auto reason = net::text_field(*body, "reason");
  if (!reason) co_return std::unexpected(reason.error());
  if (reason->empty() || net::code_points(*reason) > kReasonMax)
    co_return net::invalid("bad_length", "A ban's reason has 1 to 500 characters.", "reason", "500 characters");
  auto until = net::optional_text_field(*body, "until");
  if (!until) co_return std::unexpected(until.error());
  UnixMillis ends = 0;
  if (*until) {
    const auto time = parse_time(**until);
    if (!time) co_return net::invalid("bad_time", "The time must be RFC 3339.", "until", "RFC 3339");
    if (*time <= clock.now_ms()) co_return net::invalid("in_the_past", "A ban's end must lie ahead.", "until");
    ends = *time;
  }
  auto card = co_await players.ban(who.app, std::string(request.param("id")), std::move(*reason), ends);
  if (!card) co_return std::unexpected(card.error());
  co_return answer(*card);
}

Task<Result<Response>> unban(Players& players, const Request& request, const Principal& who) {
  auto card = co_await players.unban(who.app, std::string(request.param("id")));
  if (!card) co_return std::unexpected(card.error());
  co_return answer(*card);
}

}  // namespace

/// Written by hand: every player reads theirs again and again.
std::string show(const PlayerCard& card) {
  const auto& [p, s, record] = card;
  std::string out;
  out.reserve(512 + record.steps.size() * 72);
  const auto text = [&out](std::string_view before, std::string_view value) {
    out += before;
    if (value.empty())
      out += "null";
    else
      append_json_string(out, value);
  };
  const auto number = [&out](std::string_view before, int64_t value) {
    char digits[20];
    out.append(before).append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  };
  text(R"({"player_id":)", p.id);
  text(R"(,"username":)", p.username);
  text(R"(,"email":)", p.email);
  out.append(R"(,"email_verified":)").append(p.email_verified_at == 0 ? "false" : "true");
  text(R"(,"profile":{"created_at":)", format_time(p.created_at));
  number(R"(,"games_played":)", record.games());
  number(R"(,"current_rating":)", record.current_rating);
  number(R"(},"stats":{"wins":)", record.wins);
  number(R"(,"losses":)", record.losses);
  number(R"(,"draws":)", record.draws);
  out.append(R"(,"win_rate":)").append(exact_text(record.win_rate()));
  number(R"(,"sessions_played":)", s.sessions_played);
  number(R"(,"seconds_played":)", s.seconds_played);
  out.append(R"(},"attributes":)").append(p.attributes.empty() ? "{}" : json::serialize(p.attributes));
  out += R"(,"rating_history":[)";
  for (const RatingStep& step : record.steps) {
    text(&step == record.steps.data() ? R"({"timestamp":)" : R"(,{"timestamp":)", format_time(step.at));
    number(R"(,"rating":)", step.rating);
    number(R"(,"change":)", step.change);
    out += '}';
  }
  if (!p.ban) return out += R"(],"ban":null})";
  out += R"(],"ban":{"reason":)";
  append_json_string(out, p.ban->reason);
  text(R"(,"at":)", format_time(p.ban->at));
  text(R"(,"until":)", p.ban->until == 0 ? std::string() : format_time(p.ban->until));
  return out += "}}";
}

Response answer(const PlayerCard& card, int status) {
  Response response = net::json(show(card), status);
  response.headers.emplace_back("ETag", net::etag_of(card.player.version));
  response.etag_covers_body = false;  // ratings and time played are not the document's
  return response;
}

void add_player_routes(net::Router& router, Players& players, Accounts& accounts, const Clock& clock) {
  net::RoutePolicy create_policy{
      .server_key = true, .admin = AdminRole::kSupport, .idempotent = true, .action = "player.create", .audited = true};
  constexpr net::RoutePolicy kOwnOrServers{.server_key = true, .player = true, .admin = AdminRole::kSupport};
  net::RoutePolicy change_policy = kOwnOrServers;
  change_policy.idempotent = change_policy.audited = true;
  change_policy.action = "player.change";
  net::RoutePolicy ban_policy{
      .server_key = true, .admin = AdminRole::kSupport, .idempotent = true, .action = "player.ban", .audited = true};
  net::RoutePolicy unban_policy = ban_policy;
  unban_policy.action = "player.unban";
  constexpr net::RoutePolicy kLists{.server_key = true, .admin = AdminRole::kSupport};
  router.add(Method::kPost, "/api/v1/players", create_policy, "Makes a player.",
             net::takes_json([&players](const Request& r, const Principal& who) { return create(players, r, who); }));
  router.add(Method::kGet, "/api/v1/players", kLists,
             "Players, newest first; ?username= finds one, ?search= by id or the beginning of a name.",
             [&players](const Request& r, const Principal& who) { return list(players, r, who); });
  router.add(Method::kGet, "/api/v1/players/{id}", kOwnOrServers, "A player.",
             [&players](const Request& r, const Principal& who) { return read(players, r, who); });
  router.add(Method::kPut, "/api/v1/players/{id}", change_policy, "Changes a player's attributes or e-mail.",
             net::takes_json([&players, &accounts](const Request& r, const Principal& who) {
               return change(players, accounts, r, who);
             }));
  router.add(Method::kPost, "/api/v1/players/{id}/ban", ban_policy, "Bans a player; live tokens end at once.",
             net::takes_json(
                 [&players, &clock](const Request& r, const Principal& who) { return ban(players, clock, r, who); }));
  router.add(Method::kDelete, "/api/v1/players/{id}/ban", unban_policy, "Lifts a ban.",
             [&players](const Request& r, const Principal& who) { return unban(players, r, who); });
}

}  // namespace gamekeeper::play
