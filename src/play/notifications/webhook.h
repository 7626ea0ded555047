#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// Another program that is told of facts by signed POSTs (standardwebhooks.com).
struct Webhook {
  static constexpr size_t kEventsMax = 50, kOfAppMax = 20;

  std::string app, id;
  std::string url;
  std::vector<std::string> events;  // names of facts: match.completed, match.* or *
  bool enabled = true;
  std::string secret;                // whsec_…; needed to sign, so it is kept as it is
  std::string old_secret;            // signs, too, until `old_until`
  UnixMillis old_until = 0;
  UnixMillis created_at = 0;
  UnixMillis failing_since = 0;  // 0: the last try was good
  UnixMillis disabled_at = 0;    // when it was switched off for failing; 0: it was not
  uint64_t version = 0;

  bool wants(std::string_view event) const;
};

inline constexpr const char* kWebhooks = "webhooks";

ports::Put put_of(const Webhook& webhook);
/// Errors: kCorrupt.
Result<Webhook> read_webhook(const ports::Document& document);

/// `whsec_` and 32 random bytes in base64.
std::string make_webhook_secret();
/// `whsec_` and 24 to 64 bytes in base64. Errors: kInvalid `bad_secret`.
Result<void> check_webhook_secret(std::string_view secret);
/// 1 to 50 names of facts, `prefix.*` or `*`. Errors: kInvalid `bad_value`, `too_many`.
Result<void> check_webhook_events(const std::vector<std::string>& events);

/// The header webhook-signature: `v1,` and the base64 of HMAC-SHA256 of "id.timestamp.body", for each secret in force.
std::string webhook_signature(const Webhook& webhook, std::string_view id, int64_t timestamp_s, std::string_view body,
                              UnixMillis now);

}  // namespace gamekeeper::play
