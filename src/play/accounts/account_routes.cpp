#include "play/accounts/account_routes.h"

#include <boost/json.hpp>

#include "net/json_body.h"
#include "play/accounts/player_routes.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;

Response show_tokens(const SignedInPlayer& in, int status) {
  json::object out{{"player_id", in.player_id}, {"username", nullptr}, {"rating", in.rating}};
  if (!in.username.empty()) out["username"] = in.username;
  out["access_token"] = in.access_token;
  out["refresh_token"] = in.refresh_token;
  out["token_type"] = "Bearer";
  out["expires_in"] = in.expires_in;
  Response response = net::json(json::serialize(out), status);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Task<Result<Response>> sign_up(Accounts& accounts, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"username", "password", "email"});
  if (!body) co_return std::unexpected(body.error());
  auto username = net::text_field(*body, "username"), password = net::text_field(*body, "password");
  auto email = net::optional_text_field(*body, "email");
  if (!username) co_return std::unexpected(username.error());
  if (!password) co_return std::unexpected(password.error());
  if (!email) co_return std::unexpected(email.error());
  auto in = co_await accounts.sign_up(who.app, {std::move(*username), std::move(*password), std::move(*email)},
                                      std::string(request.remote_address));
  if (!in) co_return std::unexpected(in.error());
  co_return show_tokens(*in, 201);
}

Task<Result<Response>> login(Accounts& accounts, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"username", "password"});
  if (!body) co_return std::unexpected(body.error());
  auto username = net::text_field(*body, "username"), password = net::text_field(*body, "password");
  if (!username) co_return std::unexpected(username.error());
  if (!password) co_return std::unexpected(password.error());
  auto in =
      co_await accounts.login(who.app, std::move(*username), std::move(*password), std::string(request.remote_address));
  if (!in) co_return std::unexpected(in.error());
  co_return show_tokens(*in, 200);
}

Task<Result<Response>> device(Accounts& accounts, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"device_id"});
  if (!body) co_return std::unexpected(body.error());
  auto id = net::text_field(*body, "device_id");
  if (!id) co_return std::unexpected(id.error());
  auto in = co_await accounts.device(who.app, std::move(*id), std::string(request.remote_address));
  if (!in) co_return std::unexpected(in.error());
  co_return show_tokens(*in, in->created ? 201 : 200);
}

Task<Result<Response>> refresh(Accounts& accounts, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"refresh_token"});
  if (!body) co_return std::unexpected(body.error());
  auto token = net::text_field(*body, "refresh_token");
  if (!token) co_return std::unexpected(token.error());
  auto in = co_await accounts.refresh(who.app, std::move(*token));
  if (!in) co_return std::unexpected(in.error());
  co_return show_tokens(*in, 200);
}

Task<Result<Response>> logout(Accounts& accounts, const Principal& who) {
  auto done = co_await accounts.logout(who);
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

Task<Result<Response>> link(Accounts& accounts, Players& players, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"username", "password"});
  if (!body) co_return std::unexpected(body.error());
  auto username = net::text_field(*body, "username"), password = net::text_field(*body, "password");
  if (!username) co_return std::unexpected(username.error());
  if (!password) co_return std::unexpected(password.error());
  auto player = co_await accounts.link(who, std::move(*username), std::move(*password));
  if (!player) co_return std::unexpected(player.error());
  auto card = co_await players.read(who.app, who.subject);
  if (!card) co_return std::unexpected(card.error());
  co_return answer(*card);
}

Task<Result<Response>> change_password(Accounts& accounts, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"old", "new"});
  if (!body) co_return std::unexpected(body.error());
  auto before = net::text_field(*body, "old"), after = net::text_field(*body, "new");
  if (!before) co_return std::unexpected(before.error());
  if (!after) co_return std::unexpected(after.error());
  auto done = co_await accounts.change_password(who, std::move(*before), std::move(*after),
                                                std::string(request.remote_address));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

/// {provider, id_token, nonce?}
Result<IdentityProof> identity_in(const json::object& body) {
  auto provider = net::text_field(body, "provider"), token = net::text_field(body, "id_token");
  auto nonce = net::optional_text_field(body, "nonce");
  if (!provider) return std::unexpected(provider.error());
  if (!token) return std::unexpected(token.error());
  if (!nonce) return std::unexpected(nonce.error());
  return IdentityProof{std::move(*provider), std::move(*token), std::move(*nonce)};
}

Task<Result<Response>> identity_sign_in(Identities& identities, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"provider", "id_token", "nonce"});
  if (!body) co_return std::unexpected(body.error());
  auto proof = identity_in(*body);
  if (!proof) co_return std::unexpected(proof.error());
  auto in = co_await identities.sign_in(who.app, std::move(*proof), std::string(request.remote_address));
  if (!in) co_return std::unexpected(in.error());
  co_return show_tokens(*in, in->created ? 201 : 200);
}

Task<Result<Response>> identity_link(Identities& identities, Players& players, const Request& request,
                                     const Principal& who) {
  auto body = net::object_body(request, {"provider", "id_token", "nonce"});
  if (!body) co_return std::unexpected(body.error());
  auto proof = identity_in(*body);
  if (!proof) co_return std::unexpected(proof.error());
  auto done = co_await identities.link(who, std::move(*proof), std::string(request.remote_address));
  if (!done) co_return std::unexpected(done.error());
  auto card = co_await players.read(who.app, who.subject);
  if (!card) co_return std::unexpected(card.error());
  co_return answer(*card);
}

Task<Result<void>> prove(const AccountServices& s, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"password", "device_id", "provider", "id_token", "nonce"});
  if (!body) co_return std::unexpected(body.error());
  std::string address(request.remote_address);
  if (body->contains("provider") || body->contains("id_token")) {
    auto proof = identity_in(*body);
    if (!proof) co_return std::unexpected(proof.error());
    co_return co_await s.identities.prove(who, std::move(*proof), std::move(address));
  }
  auto password = net::optional_text_field(*body, "password"), device_id = net::optional_text_field(*body, "device_id");
  if (!password) co_return std::unexpected(password.error());
  if (!device_id) co_return std::unexpected(device_id.error());
  co_return co_await s.accounts.prove(who, {std::move(*password), std::move(*device_id)}, std::move(address));
}

Task<Result<Response>> delete_account(const AccountServices& s, const Request& request, const Principal& who) {
  auto proven = co_await prove(s, request, who);
  if (!proven) co_return std::unexpected(proven.error());
  auto done = co_await s.deletion.remove(
      who, {.request_id = std::string(request.request_id), .traceparent = std::string(request.traceparent)});
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

Task<Result<Response>> profile(Players& players, const Principal& who) {
  auto card = co_await players.read(who.app, who.subject);
  if (!card) co_return std::unexpected(card.error());
  co_return answer(*card);
}

}  // namespace

void add_account_routes(net::Router& router, const AccountServices& services) {
  Accounts& accounts = services.accounts;
  Players& players = services.players;
  Identities& identities = services.identities;
  // Whoever is not signed in yet names their app by the write key; where there is one app, by nothing.
  constexpr net::RoutePolicy kNewcomers{.anonymous = true, .write_key = true, .server_key = true, .sole_app = true};
  constexpr net::RoutePolicy kPlayersOnly{.player = true};
  router.add(
      Method::kPost, "/api/v1/auth/register", kNewcomers, "A new account by name and password.",
      net::takes_json([&accounts](const Request& r, const Principal& who) { return sign_up(accounts, r, who); }));
  router.add(Method::kPost, "/api/v1/auth/login", kNewcomers, "Signs a player in by name and password.",
             net::takes_json([&accounts](const Request& r, const Principal& who) { return login(accounts, r, who); }));
  router.add(Method::kPost, "/api/v1/auth/device", kNewcomers, "Signs a device in, with a new account the first time.",
             net::takes_json([&accounts](const Request& r, const Principal& who) { return device(accounts, r, who); }));
  router.add(Method::kPost, "/api/v1/auth/oidc", kNewcomers,
             "Signs a player in by an identity provider's ID token, with a new account the first time.",
             net::takes_json([&identities](const Request& r, const Principal& who) {
               return identity_sign_in(identities, r, who);
             }));
  router.add(Method::kPost, "/api/v1/auth/oidc/link", kPlayersOnly,
             "Lets an identity sign in to the player's account, too.",
             net::takes_json([&identities, &players](const Request& r, const Principal& who) {
               return identity_link(identities, players, r, who);
             }));
  router.add(
      Method::kPost, "/api/v1/auth/refresh", kNewcomers, "New tokens for a refresh token, once.",
      net::takes_json([&accounts](const Request& r, const Principal& who) { return refresh(accounts, r, who); }));
  router.add(Method::kPost, "/api/v1/auth/logout", kPlayersOnly, "Ends the tokens of this sign-in.",
             [&accounts](const Request&, const Principal& who) { return logout(accounts, who); });
  router.add(Method::kPost, "/api/v1/auth/link", kPlayersOnly, "Gives a device's account a name and a password.",
             net::takes_json([&accounts, &players](const Request& r, const Principal& who) {
               return link(accounts, players, r, who);
             }));
  router.add(Method::kPost, "/api/v1/auth/password", kPlayersOnly, "Changes the password; other sign-ins end.",
             net::takes_json(
                 [&accounts](const Request& r, const Principal& who) { return change_password(accounts, r, who); }));
  router.add(
      Method::kDelete, "/api/v1/auth/account", kPlayersOnly,
      "Deletes the player's account and what is theirs alone, for good.",
      net::takes_json([services](const Request& r, const Principal& who) { return delete_account(services, r, who); }));
  router.add(Method::kGet, "/api/v1/auth/profile", kPlayersOnly, "The player's own document.",
             [&players](const Request&, const Principal& who) { return profile(players, who); });
}

}  // namespace gamekeeper::play
