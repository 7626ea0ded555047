#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "events/event.h"
#include "play/accounts/record_page.h"
#include "play/notifications/delivery.h"
#include "play/notifications/webhook.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

struct WebhookChange {
  std::optional<std::string> url;
  std::optional<std::vector<std::string>> events;
  std::optional<bool> enabled;
};

using DeliveryPage = RecordPage<Delivery>;

struct WebhookOptions {
  bool allow_private = false;  // whether a webhook may lead to addresses that are not on the public internet
  int64_t give_up_after_ms = 5 * 24 * 3'600'000LL;  // of nothing but failures: the webhook is switched off
};

/// The webhooks of apps, and what is on its way to them. Thread-safe. Errors: those of the store, and:
class Webhooks {
 public:
  Webhooks(ports::DocumentStore& documents, const Clock& clock, WebhookOptions options)
      : documents_(documents), clock_(clock), options_(options) {}

  /// Without a secret one is made. kInvalid (field), kConflict `too_many`.
  Task<Result<Webhook>> create(std::string app, std::string url, std::vector<std::string> events,
                               std::optional<std::string> secret);
  /// Newest first.
  Task<Result<RecordPage<Webhook>>> list(std::string app, uint32_t limit, std::string cursor);
  /// kNotFound.
  Task<Result<Webhook>> read(std::string app, std::string id);
  /// kNotFound, kInvalid.
  Task<Result<Webhook>> change(std::string app, std::string id, WebhookChange change);
  /// A new secret; the old one signs, too, for `overlap_ms`. kNotFound.
  Task<Result<Webhook>> rotate(std::string app, std::string id, int64_t overlap_ms);
  /// With all that is on its way to it. kNotFound.
  Task<Result<void>> remove(std::string app, std::string id);

  /// kNotFound.
  Task<Result<DeliveryPage>> deliveries(std::string app, std::string id, std::optional<DeliveryStatus> status,
                                        uint32_t limit, std::string cursor);
  /// Dead ones wait again, with all their tries before them: those of `ids`, or, without any, the newest thousand. How
  /// many. kNotFound.
  Task<Result<size_t>> retry(std::string app, std::string id, std::vector<std::string> ids);

  /// Puts what the app's webhooks are to hear of the fact into `set`; what they were told already is left out.
  Task<Result<void>> tell(const events::EventView& fact, ports::WriteSet& set);
  /// Those that are switched on, as known here: at most a second old.
  Task<Result<std::vector<Webhook>>> in_use();
  /// What a try showed. Switches off what has failed for too long.
  Task<Result<void>> note(std::string app, std::string id, bool good);

 private:
  using ByApp = std::map<std::string, std::vector<Webhook>, std::less<>>;
  template <class Step>
  Task<Result<Webhook>> update(std::string app, std::string id, Step step);
  Task<Result<std::shared_ptr<const ByApp>>> known();
  void forget_known();

  ports::DocumentStore& documents_;
  const Clock& clock_;
  const WebhookOptions options_;
  std::mutex mutex_;
  std::shared_ptr<const ByApp> known_;  // guarded by mutex_; null: to be read
  std::chrono::steady_clock::time_point known_at_;  // guarded by mutex_
};

}  // namespace gamekeeper::play
