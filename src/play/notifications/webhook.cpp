#include "play/notifications/webhook.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/base64.h"
#include "gate/records.h"
#include "net/json_body.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr size_t kSecretBytes = 32, kSecretBytesLeast = 24, kSecretBytesMost = 64;

/// Nothing when it is not a secret's text.
std::optional<std::string> bytes_of_secret(std::string_view secret) {
  if (!secret.starts_with(kSecretPrefix)) return std::nullopt;
  return from_base64(secret.substr(kSecretPrefix.size()));
}

std::string sign_with(std::string_view secret, std::string_view text) {
  const auto key = bytes_of_secret(secret);
  GK_CHECK(key.has_value(), "secrets are checked before they are kept");
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key->data()), key->size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::array<char, crypto_auth_hmacsha256_BYTES> digest;
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(digest.data()));
  return "v1," + to_base64({digest.data(), digest.size()});
}

bool is_event_pattern(std::string_view text) {
  if (text == "*") return true;
  if (text.ends_with(".*")) text.remove_suffix(2);
  return !text.empty() && text.size() <= 128 && text.front() != '.' && text.back() != '.' &&
         std::ranges::all_of(
             text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; });
}

}  // namespace

bool Webhook::wants(std::string_view event) const {
  return std::ranges::any_of(events, [&](const std::string& wanted) {
    if (wanted == "*" || wanted == event) return true;
    return wanted.ends_with(".*") && event.starts_with(std::string_view(wanted).substr(0, wanted.size() - 1));
  });
}

ports::Put put_of(const Webhook& w) {
  json::array events;
  for (const std::string& event : w.events) events.push_back(json::string(event));
  const json::object body{{"url", w.url},
                          {"events", std::move(events)},
                          {"enabled", w.enabled ? 1 : 0},
                          {"secret", w.secret},
                          {"old_secret", w.old_secret},
                          {"old_until", w.old_until},
                          {"created_at", w.created_at},
                          {"failing_since", w.failing_since},
                          {"disabled_at", w.disabled_at}};
  return {.collection = kWebhooks,
          .id = scoped(w.app, w.id),
          .body = json::serialize(body),
          .entries = {{"all", scoped(w.app, w.id)}, {"created", scoped(w.app, gate::sortable(w.created_at) + w.id)}},
          .expected = w.version};
}

Result<Webhook> read_webhook(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const json::value* events = o->if_contains("events");
  const size_t slash = d.id.find('/');
  Webhook w{.app = d.id.substr(0, slash),
            .id = d.id.substr(slash + 1),
            .url = gate::text_of(*o, "url"),
            .events = {},
            .enabled = gate::number_of(*o, "enabled") != 0,
            .secret = gate::text_of(*o, "secret"),
            .old_secret = gate::text_of(*o, "old_secret"),
            .old_until = gate::number_of(*o, "old_until"),
            .created_at = gate::number_of(*o, "created_at"),
            .failing_since = gate::number_of(*o, "failing_since"),
            .disabled_at = gate::number_of(*o, "disabled_at"),
            .version = d.version};
  const auto bad = [&] { return fail(ErrorKind::kCorrupt, "corrupt", "A stored webhook cannot be read.", d.id); };
  if (!events || !events->is_array() || !check_webhook_secret(w.secret)) return bad();
  for (const json::value& event : events->as_array()) {
    if (!event.is_string()) return bad();
    w.events.emplace_back(event.as_string());
  }
  return w;
}

std::string make_webhook_secret() {
  std::string bytes(kSecretBytes, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return std::string(kSecretPrefix) + to_base64(bytes);
}

Result<void> check_webhook_secret(std::string_view secret) {
  const auto bytes = bytes_of_secret(secret);
  if (bytes && bytes->size() >= kSecretBytesLeast && bytes->size() <= kSecretBytesMost) return {};
  return net::invalid("bad_secret", "A webhook's secret is whsec_ and 24 to 64 bytes in base64.", "secret",
                      "whsec_ and base64");
}

Result<void> check_webhook_events(const std::vector<std::string>& events) {
  if (events.empty() || events.size() > Webhook::kEventsMax)
    return net::invalid("too_many", "A webhook has 1 to 50 events.", "events", "1 to 50");
  for (const std::string& event : events) {
    if (!is_event_pattern(event))
      return net::invalid("bad_value", "An event is the name of a fact.", "events", "match.completed, match.* or *");
  }
  return {};
}

std::string webhook_signature(const Webhook& w, std::string_view id, int64_t timestamp_s, std::string_view body,
                              UnixMillis now) {
  const std::string text = std::string(id) + '.' + std::to_string(timestamp_s) + '.' + std::string(body);
  std::string out = sign_with(w.secret, text);
  if (!w.old_secret.empty() && now < w.old_until) out += " " + sign_with(w.old_secret, text);
  return out;
}

}  // namespace gamekeeper::play
