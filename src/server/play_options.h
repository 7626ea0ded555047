#pragma once

#include <string>

#include "adapters/smtp/smtp_channel.h"
#include "gate/directory.h"
#include "play/accounts/account_mail.h"
#include "play/accounts/accounts.h"
#include "play/notifications/notifications.h"
#include "server/config.h"
#include "server/stores.h"

namespace gamekeeper::server {

/// What the configuration and an app's settings mean to the rooms of the player's side. What they give refers to `stores` and
/// `directory`, which outlive it.
std::string time_zone_of(gate::Directory& directory, const std::string& app);
play::AccountOptions account_options(const Config& config);
play::AccountMailOptions mail_options(const Config& config, Stores& stores, gate::Directory& directory);
adapters::SmtpOptions smtp_options(const Config& config);
play::NotificationOptions notification_options(const Config& config, gate::Directory& directory);

}  // namespace gamekeeper::server
