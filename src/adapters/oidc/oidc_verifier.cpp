#include "adapters/oidc/oidc_verifier.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/log.h"

namespace gamekeeper::adapters {
namespace {

namespace json = boost::json;

std::unexpected<Error> unavailable() {
  Error error{ErrorKind::kUnavailable, "identity_provider_unavailable",
              "The identity provider's keys cannot be had now; try again.", "provider"};
  error.retry_after = std::chrono::seconds(5);
  return std::unexpected(error);
}

std::unexpected<Error> bad_document(const char* what) { return fail(ErrorKind::kCorrupt, "bad_discovery", what); }

/// Where the provider's keys are, by its own word (OpenID Connect Discovery 1.0, 4).
Result<std::string> keys_url(const std::string& document, const std::string& issuer) {
  boost::system::error_code error;
  const json::value value = json::parse(document, error);
  if (error || !value.is_object()) return bad_document("The identity provider's configuration is no JSON object.");
  const json::value *says = value.as_object().if_contains("issuer"), *url = value.as_object().if_contains("jwks_uri");
  if (!says || !says->is_string() || says->as_string() != issuer)
    return bad_document("The identity provider's configuration names another issuer.");
  if (!url || !url->is_string() || !is_private_way(std::string(url->as_string())))
    return bad_document("The identity provider's keys are at no safe address.");
  return std::string(url->as_string());
}

}  // namespace

bool is_private_way(const std::string& url) {
  if (url.starts_with("https://")) return true;
  for (const std::string_view here : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
    if (url.starts_with(here) && (url.size() == here.size() || url[here.size()] == ':' || url[here.size()] == '/'))
      return true;
  }
  return false;
}

Result<std::string> fetch_document(net::HttpClient& http, const std::string& url) {
  auto answer = http.call_blocking({.url = url, .timeout = std::chrono::seconds(5)});
  if (!answer) return std::unexpected(answer.error());
  if (answer->status != 200)
    return fail(ErrorKind::kUnavailable, "http_status",
                "The answer has status " + std::to_string(answer->status) + ".");
  return std::move(answer->body);
}

OidcVerifier::OidcVerifier(OidcOptions options, const Clock& clock, Fetch fetch)
    : options_(std::move(options)), clock_(clock), fetch_(std::move(fetch)), fetches_left_(options_.fetches) {}

Task<Result<ports::Identity>> OidcVerifier::verify(std::string token, std::optional<std::string> nonce) {
  auto job = [this, token = std::move(token), nonce = std::move(nonce)] { return check(token, nonce); };
  co_return co_await pool_.run(std::move(job));
}

bool OidcVerifier::may_fetch(UnixMillis now) {
  const int64_t back = (now - counted_) / options_.fetch_every_ms;
  if (back > 0) {
    fetches_left_ = std::min(options_.fetches, fetches_left_ + back);
    counted_ += back * options_.fetch_every_ms;
  }
  if (fetches_left_ == options_.fetches) counted_ = now;
  if (fetches_left_ <= 0) return false;
  --fetches_left_;
  return true;
}

Result<KeySet> OidcVerifier::fetch_keys() const {
  std::string base = options_.expected.issuer;
  if (base.ends_with('/')) base.pop_back();
  auto configuration = fetch_(base + "/.well-known/openid-configuration");
  if (!configuration) return std::unexpected(configuration.error());
  auto url = keys_url(*configuration, options_.expected.issuer);
  if (!url) return std::unexpected(url.error());
  auto keys = fetch_(*url);
  if (!keys) return std::unexpected(keys.error());
  return KeySet::read(*keys);
}

void OidcVerifier::renew_keys(UnixMillis now) {
  if (!may_fetch(now)) return;
  auto keys = fetch_keys();
  if (keys) {
    keys_ = std::move(*keys);
    keys_read_ = now;
    return;
  }
  log::warning("oidc", "keys_failed",
               {log::text("issuer", options_.expected.issuer), log::text("code", keys.error().code),
                log::text("reason", keys.error().message)});
}

Result<ports::Identity> OidcVerifier::check(const std::string& text, const std::optional<std::string>& nonce) {
  const UnixMillis now = clock_.now_ms();
  auto token = read_id_token(text);
  if (!token) return std::unexpected(token.error());
  auto identity = check_claims(token->claims, options_.expected, nonce, now);  // first: what is not for us asks nobody
  if (!identity) return identity;
  if (!keys_ || now - keys_read_ >= options_.fresh_ms || !keys_->has_key_for(*token)) renew_keys(now);
  if (!keys_ || now - keys_read_ >= options_.kept_ms) return unavailable();
  if (!keys_->verifies(*token)) return bad_identity_token();
  return identity;
}

}  // namespace gamekeeper::adapters
