#include "gate/tokens.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/base64.h"
#include "base/ids.h"
#include "gate/records.h"
#include "gate/secrets.h"

namespace gamekeeper::gate {
namespace {

namespace json = boost::json;

constexpr const char* kSigningCollection = "gate_signing";
constexpr const char* kIssuer = "gamekeeper";
constexpr size_t kTokenBytesMax = 4096;
constexpr size_t kClaims = 8;
constexpr int64_t kLeewaySeconds = 60;
constexpr int64_t kSecondsMax = 253'402'300'799;  // the end of the year 9999

template <size_t N>
std::string_view text(const std::array<unsigned char, N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string new_secret() {
  std::array<unsigned char, 32> unused;
  std::array<unsigned char, 64> secret;
  crypto_sign_keypair(unused.data(), secret.data());
  return std::string(text(secret));
}

/// The claims as we write them: an object whose text is exactly what we would have written, so no repeated names, no
/// other spelling of a number and nothing beside it.
std::optional<json::object> our_object(const std::string& claims) {
  json::parse_options options;
  options.max_depth = 1;
  boost::system::error_code error;
  json::value value = json::parse(claims, error, {}, options);
  if (error || !value.is_object() || json::serialize(value) != claims) return std::nullopt;
  return std::move(value.as_object());
}

std::optional<TokenClaims> read_claims(const TokenKind& kind, const std::string& payload, UnixMillis now) {
  auto claims = our_object(payload);
  if (!claims || claims->size() != kClaims) return std::nullopt;
  if (text_of(*claims, "iss") != kIssuer || text_of(*claims, "aud") != kind.audience) return std::nullopt;
  const int64_t exp = number_of(*claims, "exp"), nbf = number_of(*claims, "nbf"), iat = number_of(*claims, "iat");
  const int64_t seconds = now / 1000;
  if (exp <= seconds || exp > kSecondsMax) return std::nullopt;
  for (const int64_t from : {nbf, iat}) {
    if (from <= 0 || from > seconds + kLeewaySeconds) return std::nullopt;
  }
  TokenClaims out{text_of(*claims, "sub"), text_of(*claims, kind.own), text_of(*claims, kind.id), exp * 1000,
                  iat * 1000};
  if (out.subject.empty() || out.own.empty() || out.id.empty()) return std::nullopt;
  return out;
}

}  // namespace

std::optional<Tokens::SigningKey> Tokens::make_key(std::string_view secret, UnixMillis until) {
  SigningKey key;
  if (secret.size() != key.secret.size()) return std::nullopt;
  std::copy(secret.begin(), secret.end(), key.secret.begin());
  crypto_sign_ed25519_sk_to_pk(key.public_bytes.data(), key.secret.data());
  key.id = hex(digest_of(text(key.public_bytes))).substr(0, 16);
  key.head = to_base64url(fmt::format(R"({{"alg":"EdDSA","kid":"{}","typ":"at+jwt"}})", key.id));
  key.until = until;
  return key;
}

Result<Tokens::Ring> Tokens::read_ring(const ports::Document& document) {
  const auto corrupt = [] { return fail(ErrorKind::kCorrupt, "corrupt", "The signing keys cannot be read."); };
  auto record = parse_record(document);
  if (!record) return std::unexpected(record.error());
  Ring ring;
  auto add = [&ring](const json::object& o) {
    auto secret = from_base64url(text_of(o, "secret"));
    auto key = secret ? make_key(*secret, number_of(o, "until")) : std::nullopt;
    if (key) ring.keys.push_back(std::move(*key));
    return key.has_value();
  };
  if (!add(*record)) return corrupt();
  if (const json::value* retired = record->if_contains("retired"); retired && retired->is_array()) {
    for (const json::value& key : retired->as_array()) {
      if (!key.is_object() || !add(key.as_object())) return corrupt();
    }
  }
  return ring;
}

std::string Tokens::write_ring(const Ring& ring) {
  json::object out{{"secret", to_base64url(text(ring.keys.front().secret))}};
  json::array retired;
  for (size_t i = 1; i < ring.keys.size(); ++i) {
    retired.push_back(json::object{{"secret", to_base64url(text(ring.keys[i].secret))}, {"until", ring.keys[i].until}});
  }
  out["retired"] = std::move(retired);
  return json::serialize(out);
}

void Tokens::publish(Ring ring, uint64_t version) {
  ring.version = version;
  ring_.publish(std::make_shared<const Ring>(std::move(ring)), version);
  version_.store(ring_.epoch(), std::memory_order_release);
}

Task<Result<void>> Tokens::load() {
  for (int tries = 0; tries < 2; ++tries) {
    auto document = co_await store_.get(kSigningCollection, kind_.document);
    if (!document) co_return std::unexpected(document.error());
    if (*document) {
      auto ring = read_ring(**document);
      if (!ring) co_return std::unexpected(ring.error());
      publish(std::move(*ring), (*document)->version);
      co_return Result<void>{};
    }
    Ring first;
    first.keys.push_back(*make_key(new_secret(), 0));
    ports::WriteSet set;
    set.puts.push_back(
        {.collection = kSigningCollection, .id = kind_.document, .body = write_ring(first), .expected = 0});
    auto done = co_await store_.commit(std::move(set));
    if (!done && !is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return fail(ErrorKind::kUnavailable, "storage_unavailable", "The signing key could not be stored.");
}

Task<Result<void>> Tokens::rotate(UnixMillis now, int64_t overlap_ms) {
  auto document = co_await store_.get(kSigningCollection, kind_.document);
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return fail(ErrorKind::kNotFound, "not_found", "There is no signing key to rotate.");
  auto old = read_ring(**document);
  if (!old) co_return std::unexpected(old.error());
  Ring next;
  next.keys.push_back(*make_key(new_secret(), 0));
  old->keys.front().until = now + overlap_ms;
  for (SigningKey& key : old->keys) {
    key.until = std::min(key.until, now + overlap_ms);  // a shorter overlap also ends what was rotated before
    if (key.until > now) next.keys.push_back(std::move(key));
  }
  ports::WriteSet set;
  set.puts.push_back({.collection = kSigningCollection,
                      .id = kind_.document,
                      .body = write_ring(next),
                      .expected = (*document)->version});
  set.puts.push_back(epoch_moves());
  auto done = co_await store_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  publish(std::move(next), done->front());
  co_return Result<void>{};
}

std::string Tokens::issue(const TokenClaims& c, UnixMillis now) const {
  const SigningKey& key = ring_.peek().keys.front();
  const json::object claims{{"iss", kIssuer}, {"aud", kind_.audience}, {"sub", c.subject},  {kind_.own, c.own},
                            {kind_.id, c.id}, {"iat", now / 1000},     {"nbf", now / 1000}, {"exp", c.expires / 1000}};
  std::string token = key.head + "." + to_base64url(json::serialize(claims));
  std::array<unsigned char, crypto_sign_BYTES> signature;
  crypto_sign_detached(signature.data(), nullptr, bytes(token), token.size(), key.secret.data());
  return token + "." + to_base64url(text(signature));
}

std::optional<TokenClaims> Tokens::verify(std::string_view token, UnixMillis now) const {
  if (token.size() > kTokenBytesMax) return std::nullopt;
  const size_t a = token.find('.'), b = token.rfind('.');
  if (a == token.npos || a == b || token.find('.', a + 1) != b) return std::nullopt;
  const auto& keys = ring_.peek().keys;
  const auto key = std::ranges::find(keys, token.substr(0, a), &SigningKey::head);
  if (key == keys.end() || (key->until != 0 && key->until <= now)) return std::nullopt;
  auto signature = from_base64url(token.substr(b + 1));
  if (!signature || signature->size() != crypto_sign_BYTES) return std::nullopt;
  const std::string_view body = token.substr(0, b);
  if (crypto_sign_verify_detached(bytes(*signature), bytes(body), body.size(), key->public_bytes.data()) != 0)
    return std::nullopt;
  auto payload = from_base64url(token.substr(a + 1, b - a - 1));
  auto claims = payload ? read_claims(kind_, *payload, now) : std::nullopt;
  if (claims && key->until != 0) claims->expires = std::min(claims->expires, key->until);
  return claims;
}

void Tokens::append_public_keys(std::string& list, UnixMillis now) const {
  for (const SigningKey& key : ring_.peek().keys) {
    if (key.until != 0 && key.until <= now) continue;
    list += fmt::format(R"({}{{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"{}","x":"{}"}})",
                        list.empty() ? "" : ",", key.id, to_base64url(text(key.public_bytes)));
  }
}

std::string jwks(std::initializer_list<const Tokens*> rings, UnixMillis now) {
  std::string list;
  for (const Tokens* ring : rings) ring->append_public_keys(list, now);
  return "{\"keys\":[" + list + "]}";
}

}  // namespace gamekeeper::gate
