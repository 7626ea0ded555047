#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "flow/log_consumer.h"
#include "play/notifications/inbox_writes.h"
#include "play/notifications/preferences.h"
#include "play/notifications/templates.h"
#include "play/notifications/triggers.h"
#include "ports/broadcast.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// What making notifications needs. All outlive it.
struct MailingParts {
  ports::DocumentStore& documents;
  ports::Broadcast& broadcast;
  const Clock& clock;
  /// The language of an app's players who have chosen none; empty: English.
  std::function<std::string(const std::string& app)> locale_of;
  bool has_email = false;  // whether there is a mail server to send by
};

/// The notifications of one commit: worded, and sent where each player wants them. Used by one coroutine.
class Mailing {
 public:
  explicit Mailing(const MailingParts& parts);

  /// Reads at once what adding these will ask for. Not needed, but much cheaper than one after another.
  Task<Result<void>> prepare(const std::vector<Draft>& drafts);
  /// With the words of the draft's type. Nothing happens when the type has no words, when the player does not want it, or
  /// when they have been told already.
  Task<Result<void>> add(Draft draft);
  /// With words of its own.
  Task<Result<void>> add(Draft draft, const Wordings& words);
  /// What to write, and the live pushes once it is written. Once.
  Task<Result<void>> finish(flow::Effects& effects);

 private:
  struct Live {
    Notification notification;
    int64_t unread = 0;
  };
  Task<Result<void>> send_on(const Preferences& preferences, Channels channels, Notification notification);
  Task<Result<void>> put_delivery(const Notification& notification, const char* lane, UnixMillis at, std::string body);
  Task<Result<const Preferences*>> preferences_of(const std::string& app, const std::string& player_id);
  Task<Result<const Wordings*>> words_of(const std::string& app, const std::string& type);
  static Task<void> say(ports::Broadcast& broadcast, std::shared_ptr<const std::vector<Live>> live);

  const MailingParts& parts_;
  InboxWrites inboxes_;
  std::map<std::string, Preferences> preferences_;  // by scoped()
  std::map<std::pair<std::string, std::string>, Wordings> words_;  // by app and type; empty: not to be said
  std::vector<Live> live_;
  std::map<std::string, ports::Put> deliveries_;  // by their documents' ids
};

}  // namespace gamekeeper::play
