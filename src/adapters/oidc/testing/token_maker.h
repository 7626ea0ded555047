#pragma once

#include <openssl/evp.h>

#include <boost/json/object.hpp>
#include <memory>
#include <string>

namespace gamekeeper::adapters::test {

/// A provider's key pair, which signs whatever a test asks for.
class TokenMaker {
 public:
  /// `kind`: RS256, ES256 or EdDSA; the bits of an RSA key.
  TokenMaker(std::string kind, std::string id, unsigned bits = 2048);

  boost::json::object jwk() const;
  /// With this header as it stands; the signature is of this key's own way.
  std::string sign(const boost::json::object& header, const boost::json::object& claims) const;
  std::string sign(const boost::json::object& claims) const { return sign({{"alg", kind_}, {"kid", id_}}, claims); }
  /// As who takes the public key for a shared secret.
  std::string sign_by_public_key(const boost::json::object& claims) const;

 private:
  std::string number(const char* name) const;
  std::string kind_, id_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace gamekeeper::adapters::test
