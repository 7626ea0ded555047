#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/principal.h"
#include "base/task.h"
#include "play/accounts/accounts.h"
#include "play/accounts/attempts.h"
#include "play/accounts/mail_token.h"
#include "ports/document_store.h"
#include "ports/push_channel.h"

namespace gamekeeper::play {

struct MailText {
  std::string subject, body;
};

struct AccountMailOptions {
  gate::Rate per_account{5, 3'600'000'000'000};  // mails of one purpose
  gate::Rate per_address{30, 3'600'000'000'000};
  /// The words of a mail, in the player's language.
  std::function<Task<Result<MailText>>(MailPurpose purpose, Player player, std::string token)> words;
};

/// What a mailbox is good for: an address that was confirmed, and a password that was forgotten; and who had the address
/// before learns that it was changed (Players::change() asks for that). Asking writes down that
/// somebody asked, and nothing more, so that the answer and its time are the same whether there is such an account or not;
/// send_due() finds out and sends. Thread-safe, but for send_due(): one caller. Errors: those of the store, kRateLimited, and:
class AccountMail {
 public:
  struct Parts {
    ports::DocumentStore& documents;
    Accounts& accounts;
    ports::PushChannel* mail = nullptr;  // null: there is no mail server
    prometheus::Counter* given_up = nullptr;  // null: nobody counts
  };
  AccountMail(Parts parts, const Clock& clock, AccountMailOptions options)
      : parts_(parts), clock_(clock), options_(std::move(options)) {}

  /// kConflict `mail_not_configured`, `no_email`, `verified_already`.
  Task<Result<void>> ask_verification(const Principal& who, std::string address);
  /// kInvalid `bad_mail_token`.
  Task<Result<void>> confirm_email(std::string app, std::string token);
  /// The same for every name. kConflict `mail_not_configured`.
  Task<Result<void>> ask_reset(std::string app, std::string username, std::string address);
  /// Ends all sign-ins of the player. kInvalid `bad_mail_token`, and those of a new password.
  Task<Result<void>> confirm_reset(std::string app, std::string token, std::string password, std::string address);

  /// Sends what was asked for; `may_send` is asked before each mail, and false ends it.
  Task<Result<void>> send_due(std::function<Task<Result<bool>>()> may_send);
  /// Forgets tokens whose time is over, and gives up mails that were asked for a day ago and are not on their way: there is
  /// no mail server any more. How many tokens there were.
  Task<Result<size_t>> sweep();

 private:
  Task<Result<void>> ask(MailRequest request, std::string address);
  Task<Result<MailToken>> find(std::string app, MailPurpose purpose, std::string token);
  Task<Result<std::optional<Player>>> receiver_of(const MailRequest& request);
  Task<Result<void>> serve(MailRequest request);
  Task<Result<void>> give_up_old();
  Task<Result<void>> send(Player player, MailRequest request);
  Task<Result<std::string>> token_for(const Player& player, MailPurpose purpose);
  Task<Result<void>> put_off(MailRequest request, const Error& why);

  const Parts parts_;
  const Clock& clock_;
  const AccountMailOptions options_;
  Attempts attempts_;
};

}  // namespace gamekeeper::play
