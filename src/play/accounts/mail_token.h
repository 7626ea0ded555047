#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "gate/secrets.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// The last tells an address that it is no longer the account's, and carries no token.
enum class MailPurpose : uint8_t { kVerifyEmail, kResetPassword, kEmailChanged };

/// Also the name of the template of its words.
std::string_view name_of(MailPurpose purpose);

/// What a mail proves: whoever has the token reads that mailbox. Works once, for half an hour; a player has one of each
/// purpose, so that the newest mail alone is good. The store has the token's digest only.
struct MailToken {
  static constexpr int64_t kLifeMs = 30 * 60'000;

  std::string app, player_id;
  MailPurpose purpose = MailPurpose::kVerifyEmail;
  gate::Digest digest{};
  std::string email;  // where it was sent; over when the player has another address
  UnixMillis expires_at = 0;
  uint64_t version = 0;
};

inline constexpr const char* kMailTokens = "player_mail_tokens";

/// The digest of a token's text, of that app and purpose alone.
gate::Digest digest_of_mail_token(std::string_view app, MailPurpose purpose, std::string_view text);
std::string mail_token_id(std::string_view app, std::string_view player_id, MailPurpose purpose);

/// Replaces the one before.
ports::Put put_of(const MailToken& token);
/// Errors: kCorrupt.
Result<MailToken> read_mail_token(const ports::Document& document);

/// A mail that was asked for and is not on its way yet. `who`: of a reset the folded username, whether there is such a
/// player or not; of the others the player's id.
struct MailRequest {
  static constexpr int64_t kLifeMs = 24 * 3'600'000LL;

  std::string app, id;
  MailPurpose purpose = MailPurpose::kVerifyEmail;
  std::string who;
  std::string to = {};  // empty: the address that the player has when it is sent
  UnixMillis asked_at = 0, due_at = 0;
  int64_t tries = 0;
};

inline constexpr const char* kMailRequests = "player_mail_requests";

ports::Put put_of(const MailRequest& request);
/// Errors: kCorrupt.
Result<MailRequest> read_mail_request(const ports::Document& document);

}  // namespace gamekeeper::play
