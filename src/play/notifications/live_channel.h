#pragma once

#include "ports/broadcast.h"
#include "ports/document_store.h"
#include "ports/push_channel.h"

namespace gamekeeper::play {

/// To a player's open sockets. `to` is the player's id, the body the notification as players see it. Nobody has to listen.
class LiveChannel final : public ports::PushChannel {
 public:
  LiveChannel(ports::DocumentStore& documents, ports::Broadcast& broadcast)
      : documents_(documents), broadcast_(broadcast) {}

  Task<Result<void>> deliver(ports::PushMessage message) override;

 private:
  ports::DocumentStore& documents_;
  ports::Broadcast& broadcast_;
};

/// To a player by e-mail: finds the address, then hands over to the channel that speaks to mail servers. kNotFound
/// `no_address` when the player has confirmed none; kUnavailable `mail_not_configured` without such a channel, so that what
/// waits since there was one is tried as often as all else, and then is dead.
class PlayerMailChannel final : public ports::PushChannel {
 public:
  /// `mail` may be null: there is no mail server.
  PlayerMailChannel(ports::DocumentStore& documents, ports::PushChannel* mail) : documents_(documents), mail_(mail) {}

  Task<Result<void>> deliver(ports::PushMessage message) override;

 private:
  ports::DocumentStore& documents_;
  ports::PushChannel* mail_;
};

/// Where a player reads mail, as they have confirmed: an address that was mistyped is somebody else's. Empty when there is
/// none, or no such player. Errors: those of the store.
Task<Result<std::string>> verified_email_of(ports::DocumentStore& documents, std::string app, std::string player_id);

}  // namespace gamekeeper::play
