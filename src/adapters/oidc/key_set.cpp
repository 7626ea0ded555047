#include "adapters/oidc/key_set.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>

#include <boost/json.hpp>
#include <optional>

#include "base/base64.h"

namespace gamekeeper::adapters {
namespace {

namespace json = boost::json;

constexpr size_t kKeysMax = 64;
constexpr int kRsaBitsLeast = 2048, kRsaBitsMost = 8192;
constexpr size_t kP256Bytes = 32, kEd25519Bytes = 32;

struct FreeOpenSsl {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
  void operator()(OSSL_PARAM_BLD* p) const { OSSL_PARAM_BLD_free(p); }
  void operator()(OSSL_PARAM* p) const { OSSL_PARAM_free(p); }
  void operator()(BIGNUM* p) const { BN_free(p); }
  void operator()(ECDSA_SIG* p) const { ECDSA_SIG_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeOpenSsl>;

const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Owned<BIGNUM> number_of_bytes(std::string_view bytes) {
  return Owned<BIGNUM>(BN_bin2bn(raw(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::string_view text_of_key(const json::object& jwk, std::string_view name) {
  const json::value* value = jwk.if_contains(name);
  return value && value->is_string() ? std::string_view(value->as_string()) : std::string_view();
}

/// A public key of the parts that the builder holds; null when they are no such key.
Owned<EVP_PKEY> make_key(const char* kind, OSSL_PARAM_BLD* parts) {
  const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(parts));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    return nullptr;
  return Owned<EVP_PKEY>(key);
}

Owned<EVP_PKEY> rsa_key(const json::object& jwk) {
  const auto n = from_base64url(text_of_key(jwk, "n")), e = from_base64url(text_of_key(jwk, "e"));
  if (!n || !e || n->size() > kRsaBitsMost / 8 || e->empty() || e->size() > 8) return nullptr;
  const Owned<BIGNUM> modulus = number_of_bytes(*n), exponent = number_of_bytes(*e);
  const Owned<OSSL_PARAM_BLD> parts(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !parts || !BN_is_odd(exponent.get()) || BN_is_one(exponent.get()) ||
      OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
    return nullptr;
  Owned<EVP_PKEY> key = make_key("RSA", parts.get());
  if (!key || EVP_PKEY_get_bits(key.get()) < kRsaBitsLeast) return nullptr;
  return key;
}

Owned<EVP_PKEY> p256_key(const json::object& jwk) {
  const auto x = from_base64url(text_of_key(jwk, "x")), y = from_base64url(text_of_key(jwk, "y"));
  if (text_of_key(jwk, "crv") != "P-256" || !x || !y || x->size() != kP256Bytes || y->size() != kP256Bytes)
    return nullptr;
  const std::string point = '\x04' + *x + *y;  // uncompressed; a point that is not on the curve is refused
  const Owned<OSSL_PARAM_BLD> parts(OSSL_PARAM_BLD_new());
  if (!parts || OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return nullptr;
  return make_key("EC", parts.get());
}

Owned<EVP_PKEY> ed25519_key(const json::object& jwk) {
  const auto x = from_base64url(text_of_key(jwk, "x"));
  if (text_of_key(jwk, "crv") != "Ed25519" || !x || x->size() != kEd25519Bytes) return nullptr;
  return Owned<EVP_PKEY>(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(*x), x->size()));
}

std::optional<SignatureAlgorithm> algorithm_of_kind(std::string_view kind) {
  if (kind == "RSA") return SignatureAlgorithm::kRs256;
  if (kind == "EC") return SignatureAlgorithm::kEs256;
  if (kind == "OKP") return SignatureAlgorithm::kEdDsa;
  return std::nullopt;
}

/// JWS writes the two numbers of an ECDSA signature side by side (RFC 7518, 3.4), OpenSSL reads them as DER.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * kP256Bytes) return {};
  Owned<BIGNUM> r = number_of_bytes(signature.substr(0, kP256Bytes)), s = number_of_bytes(signature.substr(kP256Bytes));
  const Owned<ECDSA_SIG> both(ECDSA_SIG_new());
  if (!r || !s || !both || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) return {};
  (void)r.release(), (void)s.release();  // they are the signature's now
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &der);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return out;
}

}  // namespace

Result<KeySet> KeySet::read(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  const json::value* keys = !error && value.is_object() ? value.as_object().if_contains("keys") : nullptr;
  if (!keys || !keys->is_array())
    return fail(ErrorKind::kCorrupt, "bad_key_set", "What the identity provider says are its keys is no key set.");
  KeySet out;
  for (const json::value& each : keys->as_array()) {
    if (!each.is_object() || out.keys_.size() >= kKeysMax) continue;
    const json::object& jwk = each.as_object();
    const auto algorithm = algorithm_of_kind(text_of_key(jwk, "kty"));
    if (!algorithm || (jwk.contains("use") && text_of_key(jwk, "use") != "sig")) continue;
    if (jwk.contains("alg") && algorithm_of(text_of_key(jwk, "alg")) != algorithm) continue;
    Owned<EVP_PKEY> key = *algorithm == SignatureAlgorithm::kRs256   ? rsa_key(jwk)
                          : *algorithm == SignatureAlgorithm::kEs256 ? p256_key(jwk)
                                                                     : ed25519_key(jwk);
    if (key)
      out.keys_.push_back(
          {std::string(text_of_key(jwk, "kid")), *algorithm, std::shared_ptr<EVP_PKEY>(key.release(), FreeOpenSsl())});
  }
  return out;
}

const KeySet::Key* KeySet::find(const IdToken& token) const {
  const Key* found = nullptr;
  for (const Key& key : keys_) {
    if (key.algorithm != token.algorithm) continue;
    if (!token.key_id.empty() && key.id == token.key_id) return &key;
    if (token.key_id.empty() && found) return nullptr;  // several: which one, it does not say
    if (token.key_id.empty()) found = &key;
  }
  return found;
}

bool KeySet::verifies(const IdToken& token) const {
  const Key* key = find(token);
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (!key || !context) return false;
  const bool is_ed25519 = token.algorithm == SignatureAlgorithm::kEdDsa;
  const std::string signature =
      token.algorithm == SignatureAlgorithm::kEs256 ? der_of(token.signature) : token.signature;
  if (signature.empty()) return false;
  return EVP_DigestVerifyInit(context.get(), nullptr, is_ed25519 ? nullptr : EVP_sha256(), nullptr, key->key.get()) ==
             1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(token.signed_text),
                          token.signed_text.size()) == 1;
}

}  // namespace gamekeeper::adapters
