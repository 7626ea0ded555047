#include "play/accounts/mail_token.h"

#include <boost/json.hpp>

#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

std::optional<MailPurpose> purpose_of(std::string_view name) {
  for (const MailPurpose purpose :
       {MailPurpose::kVerifyEmail, MailPurpose::kResetPassword, MailPurpose::kEmailChanged}) {
    if (name == name_of(purpose)) return purpose;
  }
  return std::nullopt;
}

std::unexpected<Error> unreadable_mail(const ports::Document& document) {
  return fail(ErrorKind::kCorrupt, "corrupt", "What is stored of a mail to a player cannot be read.", document.id);
}

}  // namespace

std::string_view name_of(MailPurpose purpose) {
  switch (purpose) {
    case MailPurpose::kVerifyEmail:
      return "email_verification";
    case MailPurpose::kResetPassword:
      return "password_reset";
    case MailPurpose::kEmailChanged:
      break;
  }
  return "email_changed";
}

gate::Digest digest_of_mail_token(std::string_view app, MailPurpose purpose, std::string_view text) {
  return gate::digest_of_parts({"mail", app, name_of(purpose), text});
}

std::string mail_token_id(std::string_view app, std::string_view player_id, MailPurpose purpose) {
  return under(app, player_id).from.append(name_of(purpose));
}

ports::Put put_of(const MailToken& t) {
  const json::object body{
      {"app", t.app},     {"player_id", t.player_id},  {"purpose", name_of(t.purpose)}, {"digest", gate::hex(t.digest)},
      {"email", t.email}, {"expires_at", t.expires_at}};
  const std::string id = mail_token_id(t.app, t.player_id, t.purpose);
  return {.collection = kMailTokens,
          .id = id,
          .body = json::serialize(body),
          .entries = {{"digest", scoped(t.app, gate::hex(t.digest)), true},
                      {"expires", gate::sortable(t.expires_at) + id}}};
}

Result<MailToken> read_mail_token(const ports::Document& document) {
  auto o = gate::parse_record(document);
  if (!o) return std::unexpected(o.error());
  const auto purpose = purpose_of(gate::text_of(*o, "purpose"));
  const auto digest = gate::parse_hex(gate::text_of(*o, "digest"));
  if (!purpose || !digest) return unreadable_mail(document);
  return MailToken{.app = gate::text_of(*o, "app"),
                   .player_id = gate::text_of(*o, "player_id"),
                   .purpose = *purpose,
                   .digest = *digest,
                   .email = gate::text_of(*o, "email"),
                   .expires_at = gate::number_of(*o, "expires_at"),
                   .version = document.version};
}

ports::Put put_of(const MailRequest& r) {
  const json::object body{{"app", r.app},    {"purpose", name_of(r.purpose)}, {"who", r.who},
                          {"to", r.to},      {"asked_at", r.asked_at},        {"due_at", r.due_at},
                          {"tries", r.tries}};
  return {.collection = kMailRequests,
          .id = r.id,
          .body = json::serialize(body),
          .entries = {{"due", gate::sortable(r.due_at) + r.id}}};
}

Result<MailRequest> read_mail_request(const ports::Document& document) {
  auto o = gate::parse_record(document);
  if (!o) return std::unexpected(o.error());
  const auto purpose = purpose_of(gate::text_of(*o, "purpose"));
  if (!purpose) return unreadable_mail(document);
  return MailRequest{.app = gate::text_of(*o, "app"),
                     .id = document.id,
                     .purpose = *purpose,
                     .who = gate::text_of(*o, "who"),
                     .to = gate::text_of(*o, "to"),
                     .asked_at = gate::number_of(*o, "asked_at"),
                     .due_at = gate::number_of(*o, "due_at"),
                     .tries = gate::number_of(*o, "tries")};
}

}  // namespace gamekeeper::play
