#include "play/accounts/mail_routes.h"

#include "net/json_body.h"

namespace gamekeeper::play {
namespace {

using net::Method;
using net::Request;
using net::Response;

Response accepted() { return net::json(R"({"status":"accepted"})", 202); }

Task<Result<Response>> verify(AccountMail& mail, const Request& request, const Principal& who) {
  if (auto body = net::object_body(request, {}); !body) co_return std::unexpected(body.error());
  auto done = co_await mail.ask_verification(who, std::string(request.remote_address));
  if (!done) co_return std::unexpected(done.error());
  co_return accepted();
}

Task<Result<Response>> confirm_email(AccountMail& mail, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"token"});
  if (!body) co_return std::unexpected(body.error());
  auto token = net::text_field(*body, "token");
  if (!token) co_return std::unexpected(token.error());
  auto done = co_await mail.confirm_email(who.app, std::move(*token));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

Task<Result<Response>> reset(AccountMail& mail, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"username"});
  if (!body) co_return std::unexpected(body.error());
  auto username = net::text_field(*body, "username");
  if (!username) co_return std::unexpected(username.error());
  auto done = co_await mail.ask_reset(who.app, std::move(*username), std::string(request.remote_address));
  if (!done) co_return std::unexpected(done.error());
  co_return accepted();
}

Task<Result<Response>> confirm_reset(AccountMail& mail, const Request& request, const Principal& who) {
  auto body = net::object_body(request, {"token", "new_password"});
  if (!body) co_return std::unexpected(body.error());
  auto token = net::text_field(*body, "token"), password = net::text_field(*body, "new_password");
  if (!token) co_return std::unexpected(token.error());
  if (!password) co_return std::unexpected(password.error());
  auto done = co_await mail.confirm_reset(who.app, std::move(*token), std::move(*password),
                                          std::string(request.remote_address));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{.status = 204};
}

}  // namespace

void add_mail_routes(net::Router& router, AccountMail& mail) {
  constexpr net::RoutePolicy kNewcomers{.anonymous = true, .write_key = true, .server_key = true, .sole_app = true};
  router.add(Method::kPost, "/api/v1/auth/email/verify", {.player = true},
             "Sends a mail that confirms the player's e-mail address.",
             net::takes_json([&mail](const Request& r, const Principal& who) { return verify(mail, r, who); }));
  router.add(Method::kPost, "/api/v1/auth/email/verify/confirm", kNewcomers,
             "Confirms an e-mail address by the token of the mail.",
             net::takes_json([&mail](const Request& r, const Principal& who) { return confirm_email(mail, r, who); }));
  router.add(Method::kPost, "/api/v1/auth/password/reset", kNewcomers,
             "Sends a mail to who has forgotten their password; the answer is the same for every name.",
             net::takes_json([&mail](const Request& r, const Principal& who) { return reset(mail, r, who); }));
  router.add(Method::kPost, "/api/v1/auth/password/reset/confirm", kNewcomers,
             "A new password by the token of the mail; all sign-ins end.",
             net::takes_json([&mail](const Request& r, const Principal& who) { return confirm_reset(mail, r, who); }));
}

}  // namespace gamekeeper::play
