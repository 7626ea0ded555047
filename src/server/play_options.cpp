#include "server/play_options.h"

#include <boost/json/object.hpp>

#include "play/notifications/templates.h"

namespace gamekeeper::server {
namespace {

std::string locale_of(gate::Directory& directory, const std::string& app) {
  auto snapshot = directory.share();
  auto found = snapshot->apps.find(app);
  return found == snapshot->apps.end() ? std::string() : found->second->settings.locale;
}

/// What an app's players read in a mail of their account.
Task<Result<play::MailText>> words_of_mail(Stores& stores, gate::Directory& directory, play::MailPurpose purpose,
                                           play::Player player, std::string token) {
  auto apps = directory.share();
  const auto found = apps->apps.find(player.app);
  const std::string name = found == apps->apps.end() ? player.app : found->second->name;
  const boost::json::object variables{{"app_name", name.empty() ? player.app : name},
                                      {"username", player.username.empty() ? player.id : player.username},
                                      {"token", token},
                                      {"minutes", play::MailToken::kLifeMs / 60'000}};
  auto words =
      co_await play::Templates(*stores.documents)
          .word(player.app, std::string(name_of(purpose)), player.id, locale_of(directory, player.app), variables);
  if (!words) co_return std::unexpected(words.error());
  co_return play::MailText{std::move(words->title), std::move(words->body)};
}

}  // namespace

std::string time_zone_of(gate::Directory& directory, const std::string& app) {
  auto snapshot = directory.share();
  auto found = snapshot->apps.find(app);
  return found == snapshot->apps.end() ? "UTC" : found->second->settings.timezone;
}

play::AccountOptions account_options(const Config& c) {
  play::AccountOptions options;
  if (c.server.mode == "production") options.logins.per_address = {60, 60'000'000'000};
  return options;
}

adapters::SmtpOptions smtp_options(const Config& c) {
  return {.url = c.smtp.url,
          .from = c.smtp.from,
          .user = c.smtp.user,
          .password = c.smtp.password,
          .timeout = std::chrono::milliseconds(c.webhooks.timeout_ms)};
}

play::NotificationOptions notification_options(const Config& c, gate::Directory& directory) {
  return {.locale_of = [&directory](const std::string& app) { return locale_of(directory, app); },
          .retries = {.first_ms = c.webhooks.retry_first_ms,
                      .longest_ms = c.webhooks.retry_longest_ms,
                      .tries = c.webhooks.tries},
          .try_ms = c.webhooks.timeout_ms,
          .webhook_give_up_ms = c.webhooks.give_up_hours * 3'600'000,
          .allow_private_webhooks = c.webhooks.allow_private};
}

play::AccountMailOptions mail_options(const Config& c, Stores& stores, gate::Directory& directory) {
  play::AccountMailOptions options;
  if (c.server.mode != "production") options.per_address = {60'000, 60'000'000'000};
  options.words = [&stores, &directory](play::MailPurpose purpose, play::Player player, std::string token) {
    return words_of_mail(stores, directory, purpose, std::move(player), std::move(token));
  };
  return options;
}

}  // namespace gamekeeper::server
