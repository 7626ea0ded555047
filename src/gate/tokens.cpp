#include "gate/tokens.h"

#include <fmt/format.h>
#include <sodium.h>

#include <boost/json.hpp>

#include "base/ids.h"
#include "gate/records.h"
#include "gate/secrets.h"

namespace gamekeeper::gate {
namespace {

namespace json = boost::json;

constexpr const char* kSigningCollection = "gate_signing";
constexpr const char* kIssuer = "gamekeeper";
constexpr const char* kAudience = "gamekeeper-admin";
constexpr size_t kTokenBytesMax = 4096;

std::string_view role_name(AdminRole role) {
  switch (role) {
    case AdminRole::kAnalyst: return "analyst";
    case AdminRole::kSupport: return "support";
    case AdminRole::kAdmin: return "admin";
    case AdminRole::kNone: return "";
  }
  return "";
}

/// An object without repeated keys and without depth; nullopt for anything else.
std::optional<json::object> small_object(const std::string& text) {
  json::parse_options options;
  options.max_depth = 2;
  boost::system::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  size_t quotes = 0;  // a repeated key collapses in the object: writing it again tells
  for (char c : text) quotes += c == ':';
  size_t colons = 0;
  for (char c : json::serialize(value)) colons += c == ':';
  if (quotes != colons) return std::nullopt;
  return value.as_object();
}

bool has_text(const json::object& o, std::string_view name, std::string_view want) {
  const json::value* v = o.if_contains(name);
  return v && v->is_string() && std::string_view(v->as_string()) == want;
}

}  // namespace

Task<Result<void>> Tokens::load() {
  for (int tries = 0; tries < 2; ++tries) {
    auto document = co_await store_.get(kSigningCollection, "admin");
    if (!document) co_return std::unexpected(document.error());
    if (*document) {
      auto record = parse_record(**document);
      if (!record) co_return std::unexpected(record.error());
      auto secret = from_base64url(text_of(*record, "secret"));
      if (!secret || secret->size() != secret_.size()) co_return fail(ErrorKind::kCorrupt, "corrupt", "The signing key cannot be read.");
      std::copy(secret->begin(), secret->end(), secret_.begin());
      crypto_sign_ed25519_sk_to_pk(public_.data(), secret_.data());
      key_id_ = hex(digest_of(std::string_view(reinterpret_cast<const char*>(public_.data()), public_.size()))).substr(0, 16);
      co_return Result<void>{};
    }
    crypto_sign_keypair(public_.data(), secret_.data());
    const std::string_view bytes(reinterpret_cast<const char*>(secret_.data()), secret_.size());
    ports::WriteSet set;
    set.puts.push_back({.collection = kSigningCollection, .id = "admin", .body = json::serialize(json::object{{"secret", to_base64url(bytes)}}), .expected = 0});
    auto done = co_await store_.commit(std::move(set));
    if (!done && !is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return fail(ErrorKind::kUnavailable, "storage_unavailable", "The signing key could not be stored.");
}

std::string Tokens::issue(const AdminClaims& c, UnixMillis now) const {
  const std::string head = to_base64url(fmt::format(R"({{"alg":"EdDSA","kid":"{}","typ":"at+jwt"}})", key_id_));
  const json::object claims{{"iss", kIssuer}, {"aud", kAudience}, {"sub", c.subject}, {"role", role_name(c.role)},
                            {"jti", c.id},    {"iat", now / 1000}, {"nbf", now / 1000}, {"exp", c.expires / 1000}};
  std::string token = head + "." + to_base64url(json::serialize(claims));
  std::array<unsigned char, crypto_sign_BYTES> signature;
  crypto_sign_detached(signature.data(), nullptr, reinterpret_cast<const unsigned char*>(token.data()), token.size(), secret_.data());
  return token + "." + to_base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
}

std::optional<AdminClaims> Tokens::verify(std::string_view token, UnixMillis now) const {
  if (token.size() > kTokenBytesMax) return std::nullopt;
  const size_t a = token.find('.'), b = token.rfind('.');
  if (a == token.npos || a == b || token.find('.', a + 1) != b) return std::nullopt;
  auto signature = from_base64url(token.substr(b + 1));
  if (!signature || signature->size() != crypto_sign_BYTES) return std::nullopt;
  const std::string_view body = token.substr(0, b);
  if (crypto_sign_verify_detached(reinterpret_cast<const unsigned char*>(signature->data()), reinterpret_cast<const unsigned char*>(body.data()),
                                  body.size(), public_.data()) != 0) {
    return std::nullopt;
  }
  auto head_text = from_base64url(token.substr(0, a)), claims_text = from_base64url(token.substr(a + 1, b - a - 1));
  if (!head_text || !claims_text) return std::nullopt;
  auto head = small_object(*head_text), claims = small_object(*claims_text);
  if (!head || !claims || head->size() != 3 || !has_text(*head, "alg", "EdDSA") || !has_text(*head, "typ", "at+jwt") || !has_text(*head, "kid", key_id_)) {
    return std::nullopt;
  }
  if (!has_text(*claims, "iss", kIssuer) || !has_text(*claims, "aud", kAudience)) return std::nullopt;
  const int64_t exp = number_of(*claims, "exp"), nbf = number_of(*claims, "nbf"), seconds = now / 1000;
  if (exp <= seconds || nbf > seconds + 60) return std::nullopt;
  AdminClaims out{.subject = text_of(*claims, "sub"), .role = AdminRole::kNone, .id = text_of(*claims, "jti"), .expires = exp * 1000};
  for (auto role : {AdminRole::kAnalyst, AdminRole::kSupport, AdminRole::kAdmin}) {
    if (has_text(*claims, "role", role_name(role))) out.role = role;
  }
  if (out.role == AdminRole::kNone || out.subject.empty()) return std::nullopt;
  return out;
}

std::string Tokens::jwks() const {
  return fmt::format(R"({{"keys":[{{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"{}","x":"{}"}}]}})", key_id_,
                     to_base64url({reinterpret_cast<const char*>(public_.data()), public_.size()}));
}

}  // namespace gamekeeper::gate
