#include "play/accounts/account_mail.h"

#include "base/ids.h"
#include "base/log.h"
#include "gate/records.h"
#include "play/accounts/username.h"

namespace gamekeeper::play {
namespace {

constexpr uint32_t kMailsATime = 50;
constexpr int64_t kTriesMax = 6, kPauseMs = 5'000;  // 5, 10, 20, 40, 80 seconds
constexpr size_t kTokenBytes = 32;
constexpr int kConfirmTries = 3;  // of a confirmation that meets changes of the player

std::unexpected<Error> not_configured() {
  return fail(ErrorKind::kConflict, "mail_not_configured",
              "This server has no mail server to send by: smtp.url and smtp.from are not set.");
}

std::unexpected<Error> bad_mail_token() {
  return fail(ErrorKind::kInvalid, "bad_mail_token", "The token is unknown, used or over; ask for another mail.",
              "token");
}

ports::Put removal_of(const char* collection, std::string id, std::optional<uint64_t> expected = std::nullopt) {
  return {.collection = collection, .id = std::move(id), .expected = expected, .remove = true};
}

/// An address leads into the account when it was confirmed, and named by somebody who had more than an access token.
bool may_reset(const Player& player) { return player.email_verified_at != 0 && !player.email_by_token; }

/// Tried again later, unless it can never arrive.
bool is_for_good(const Error& error) {
  return error.kind == ErrorKind::kInvalid || error.kind == ErrorKind::kNotFound || error.kind == ErrorKind::kDenied ||
         error.kind == ErrorKind::kTooLarge;
}

}  // namespace

Task<Result<void>> AccountMail::ask(MailRequest request, std::string address) {
  if (!parts_.mail) co_return not_configured();
  constexpr const char* kTooMany = "Too many mails were asked for";
  if (auto ok = attempts_.take("address " + address, options_.per_address, kTooMany); !ok) co_return ok;
  const UnixMillis now = clock_.now_ms();
  request.id = to_string(make_uuid_v7(now));
  request.asked_at = request.due_at = now;
  ports::WriteSet set;
  set.puts.push_back(put_of(request));
  auto done = co_await parts_.documents.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

Task<Result<void>> AccountMail::ask_verification(const Principal& who, std::string address) {
  if (!parts_.mail) co_return not_configured();
  auto player = co_await parts_.accounts.player_of(who.app, who.subject);
  if (!player) co_return std::unexpected(player.error());
  if (player->email.empty())
    co_return fail(ErrorKind::kConflict, "no_email", "The account has no e-mail address to verify.", "email");
  if (player->email_verified_at != 0)
    co_return fail(ErrorKind::kConflict, "verified_already", "The e-mail address is verified already.", "email");
  co_return co_await ask({.app = who.app, .purpose = MailPurpose::kVerifyEmail, .who = who.subject},
                         std::move(address));
}

Task<Result<void>> AccountMail::ask_reset(std::string app, std::string username, std::string address) {
  // A name that could not exist is asked for like one that does not.
  std::string folded = fold_username(username).value_or("");
  co_return co_await ask({.app = std::move(app), .purpose = MailPurpose::kResetPassword, .who = std::move(folded)},
                         std::move(address));
}

Task<Result<MailToken>> AccountMail::find(std::string app, MailPurpose purpose, std::string text) {
  const std::string key = scoped(app, gate::hex(digest_of_mail_token(app, purpose, text)));
  auto page = co_await parts_.documents.query(
      {.collection = kMailTokens, .index = "digest", .from = key, .to = key + '\0', .limit = 1});
  if (!page) co_return std::unexpected(page.error());
  if (page->items.empty()) co_return bad_mail_token();
  auto token = read_mail_token(page->items.front());
  if (token && (token->purpose != purpose || token->expires_at <= clock_.now_ms())) co_return bad_mail_token();
  co_return token;
}

Task<Result<void>> AccountMail::confirm_email(std::string app, std::string text) {
  for (int tries = 0; tries < kConfirmTries; ++tries) {
    auto token = co_await find(app, MailPurpose::kVerifyEmail, text);
    if (!token) co_return std::unexpected(token.error());
    auto player = co_await parts_.accounts.player_of(app, token->player_id);
    if (!player) co_return bad_mail_token();
    if (player->email != token->email) co_return bad_mail_token();
    player->email_verified_at = clock_.now_ms();
    ports::WriteSet set;
    set.puts.push_back(put_of(*player));
    set.puts.push_back(removal_of(kMailTokens, mail_token_id(app, token->player_id, token->purpose), token->version));
    auto done = co_await parts_.documents.commit(std::move(set));
    if (done) co_return Result<void>{};
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return bad_mail_token();
}

Task<Result<void>> AccountMail::confirm_reset(std::string app, std::string text, std::string password,
                                              std::string address) {
  if (auto ok = gate::check_player_password(password, "new_password"); !ok) co_return ok;
  constexpr const char* kTooMany = "Too many passwords were reset";
  if (auto ok = attempts_.take("confirm " + address, options_.per_address, kTooMany); !ok) co_return ok;
  for (int tries = 0; tries < kConfirmTries; ++tries) {
    auto token = co_await find(app, MailPurpose::kResetPassword, text);
    if (!token) co_return std::unexpected(token.error());
    auto player = co_await parts_.accounts.player_of(app, token->player_id);
    if (!player || player->email != token->email || !may_reset(*player)) co_return bad_mail_token();
    ports::WriteSet set;
    set.puts.push_back(removal_of(kMailTokens, mail_token_id(app, token->player_id, token->purpose), token->version));
    auto done = co_await parts_.accounts.replace_password(app, token->player_id, password, {}, std::move(set));
    if (done || !gate::is_conflict(done.error())) co_return done;
  }
  co_return bad_mail_token();
}

Task<Result<std::optional<Player>>> AccountMail::receiver_of(const MailRequest& r) {
  if (r.purpose == MailPurpose::kResetPassword) {
    auto player = co_await parts_.accounts.find_by_username(r.app, r.who);
    if (!player) co_return std::unexpected(player.error());
    if (!*player || !may_reset(**player)) co_return std::optional<Player>();
    auto has = co_await parts_.accounts.has_password(r.app, (*player)->id);
    if (!has) co_return std::unexpected(has.error());
    if (!*has) co_return std::optional<Player>();
    co_return player;
  }
  auto player = co_await parts_.accounts.player_of(r.app, r.who);
  if (!player && player.error().kind != ErrorKind::kUnauthenticated) co_return std::unexpected(player.error());
  if (!player) co_return std::optional<Player>();
  const bool wants =
      r.purpose == MailPurpose::kEmailChanged || (!player->email.empty() && player->email_verified_at == 0);
  if (!wants) co_return std::optional<Player>();
  co_return std::optional(std::move(*player));
}

/// Durable when it returns, and so before its mail: that may be read at once.
Task<Result<std::string>> AccountMail::token_for(const Player& player, MailPurpose purpose) {
  if (purpose == MailPurpose::kEmailChanged) co_return std::string();
  const std::string text = random_token(kTokenBytes);
  MailToken token{.app = player.app,
                  .player_id = player.id,
                  .purpose = purpose,
                  .digest = digest_of_mail_token(player.app, purpose, text),
                  .email = player.email,
                  .expires_at = clock_.now_ms() + MailToken::kLifeMs};
  ports::WriteSet set;
  set.puts.push_back(put_of(token));
  auto done = co_await parts_.documents.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return text;
}

Task<Result<void>> AccountMail::send(Player player, MailRequest request) {
  auto token = co_await token_for(player, request.purpose);
  if (!token) co_return std::unexpected(token.error());
  auto words = co_await options_.words(request.purpose, player, std::move(*token));
  if (!words) co_return std::unexpected(words.error());
  co_return co_await parts_.mail->deliver({.app = player.app,
                                           .to = request.to.empty() ? player.email : request.to,
                                           .id = to_string(make_uuid_v7(clock_.now_ms())),
                                           .subject = std::move(words->subject),
                                           .body = std::move(words->body)});
}

Task<Result<void>> AccountMail::put_off(MailRequest request, const Error& why) {
  ++request.tries;
  log::warning("accounts", "mail_failed",
               {log::text("purpose", name_of(request.purpose)), log::text("code", why.code),
                log::number("tries", request.tries)});
  ports::WriteSet set;
  if (request.tries >= kTriesMax || is_for_good(why)) {
    set.puts.push_back(removal_of(kMailRequests, request.id));
  } else {
    request.due_at = clock_.now_ms() + (kPauseMs << (request.tries - 1));
    set.puts.push_back(put_of(request));
  }
  auto done = co_await parts_.documents.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

Task<Result<void>> AccountMail::serve(MailRequest request) {
  auto player = co_await receiver_of(request);
  if (!player) co_return std::unexpected(player.error());
  // Only an account that there is has a budget, and over it nothing is said: whoever asks learns nothing.
  const std::string account = std::string(name_of(request.purpose)) + " " + scoped(request.app, request.who);
  const bool is_first = request.tries == 0;
  if (*player && (!is_first || attempts_.take(account, options_.per_account, "Too many mails"))) {
    if (auto sent = co_await send(std::move(**player), request); !sent)
      co_return co_await put_off(std::move(request), sent.error());
  }
  ports::WriteSet set;
  set.puts.push_back(removal_of(kMailRequests, request.id));
  auto done = co_await parts_.documents.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

Task<Result<void>> AccountMail::send_due(std::function<Task<Result<bool>>()> may_send) {
  if (!parts_.mail) co_return Result<void>{};
  auto page = co_await parts_.documents.query({.collection = kMailRequests,
                                               .index = "due",
                                               .from = {},
                                               .to = gate::sortable(clock_.now_ms() + 1),
                                               .limit = kMailsATime});
  if (!page) co_return std::unexpected(page.error());
  for (const ports::Document& document : page->items) {
    auto may = co_await may_send();
    if (!may) co_return std::unexpected(may.error());
    if (!*may) co_return Result<void>{};
    auto request = read_mail_request(document);
    if (!request) co_return std::unexpected(request.error());
    if (auto served = co_await serve(std::move(*request)); !served) co_return served;
  }
  co_return Result<void>{};
}

Task<Result<void>> AccountMail::give_up_old() {
  auto page = co_await parts_.documents.query({.collection = kMailRequests,
                                               .index = "due",
                                               .from = {},
                                               .to = gate::sortable(clock_.now_ms() - MailRequest::kLifeMs),
                                               .limit = kMailsATime});
  if (!page) co_return std::unexpected(page.error());
  for (const ports::Document& document : page->items) {
    auto request = read_mail_request(document);
    if (!request) co_return std::unexpected(request.error());
    ports::WriteSet set;
    set.puts.push_back(removal_of(kMailRequests, document.id, document.version));
    auto done = co_await parts_.documents.commit(std::move(set));
    if (!done && gate::is_conflict(done.error())) continue;  // it is being sent after all
    if (!done) co_return std::unexpected(done.error());
    log::warning(
        "accounts", "mail_given_up",
        {log::text("purpose", name_of(request->purpose)),
         log::text("code", parts_.mail ? "too_late" : "mail_not_configured"), log::number("tries", request->tries)});
    if (parts_.given_up) parts_.given_up->Increment();
  }
  co_return Result<void>{};
}

Task<Result<size_t>> AccountMail::sweep() {
  if (auto ok = co_await give_up_old(); !ok) co_return std::unexpected(ok.error());
  co_return co_await gate::purge_expired(parts_.documents, kMailTokens, clock_.now_ms());
}

}  // namespace gamekeeper::play
