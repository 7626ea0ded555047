#include "adapters/oidc/testing/token_maker.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <array>
#include <boost/json.hpp>

#include "base/base64.h"
#include "base/result.h"

namespace gamekeeper::adapters::test {
namespace {

namespace json = boost::json;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string text_of(const BIGNUM* number, int size) {
  std::string out(static_cast<size_t>(size), '\0');
  GK_CHECK(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), size) == size, "a number fits");
  return out;
}

std::string unsigned_text(const json::object& header, const json::object& claims) {
  return to_base64url(json::serialize(header)) + "." + to_base64url(json::serialize(claims));
}

}  // namespace

TokenMaker::TokenMaker(std::string kind, std::string id, unsigned bits) : kind_(std::move(kind)), id_(std::move(id)) {
  EVP_PKEY* made = kind_ == "RS256"   ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{bits})
                   : kind_ == "ES256" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
                                      : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  GK_CHECK(made != nullptr, "a key is made");
  key_ = std::shared_ptr<EVP_PKEY>(made, EVP_PKEY_free);
}

std::string TokenMaker::number(const char* name) const {
  BIGNUM* value = nullptr;
  GK_CHECK(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1, "a key has its numbers");
  const int size = kind_ == "ES256" ? 32 : BN_num_bytes(value);
  std::string out = text_of(value, size);
  BN_free(value);
  return out;
}

json::object TokenMaker::jwk() const {
  json::object out{{"kid", id_}, {"alg", kind_}, {"use", "sig"}};
  if (kind_ == "RS256") {
    out["kty"] = "RSA";
    out["n"] = to_base64url(number(OSSL_PKEY_PARAM_RSA_N));
    out["e"] = to_base64url(number(OSSL_PKEY_PARAM_RSA_E));
  } else if (kind_ == "ES256") {
    out["kty"] = "EC";
    out["crv"] = "P-256";
    out["x"] = to_base64url(number(OSSL_PKEY_PARAM_EC_PUB_X));
    out["y"] = to_base64url(number(OSSL_PKEY_PARAM_EC_PUB_Y));
  } else {
    std::array<unsigned char, 32> raw{};
    size_t size = raw.size();
    GK_CHECK(EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size) == 1, "a key has its bytes");
    out["kty"] = "OKP";
    out["crv"] = "Ed25519";
    out["x"] = to_base64url({reinterpret_cast<const char*>(raw.data()), size});
  }
  return out;
}

std::string TokenMaker::sign(const json::object& header, const json::object& claims) const {
  const std::string text = unsigned_text(header, claims);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string signature(1024, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  size_t size = signature.size();
  GK_CHECK(
      EVP_DigestSignInit(context.get(), nullptr, kind_ == "EdDSA" ? nullptr : EVP_sha256(), nullptr, key_.get()) == 1 &&
          EVP_DigestSign(context.get(), out, &size, bytes_of(text), text.size()) == 1,
      "a token is signed");
  signature.resize(size);
  if (kind_ == "ES256") {
    const unsigned char* der = bytes_of(signature);
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> both(
        d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(size)), ECDSA_SIG_free);
    signature = text_of(ECDSA_SIG_get0_r(both.get()), 32) + text_of(ECDSA_SIG_get0_s(both.get()), 32);
  }
  return text + "." + to_base64url(signature);
}

std::string TokenMaker::sign_by_public_key(const json::object& claims) const {
  const std::string text = unsigned_text({{"alg", "HS256"}, {"kid", id_}}, claims);
  const std::unique_ptr<BIO, decltype(&BIO_free)> pem(BIO_new(BIO_s_mem()), BIO_free);
  GK_CHECK(PEM_write_bio_PUBKEY(pem.get(), key_.get()) == 1, "a public key is written");
  char* secret = nullptr;
  const long size = BIO_get_mem_data(pem.get(), &secret);
  std::array<unsigned char, 32> mac{};
  unsigned mac_size = mac.size();
  HMAC(EVP_sha256(), secret, static_cast<int>(size), bytes_of(text), text.size(), mac.data(), &mac_size);
  return text + "." + to_base64url({reinterpret_cast<const char*>(mac.data()), mac_size});
}

}  // namespace gamekeeper::adapters::test
