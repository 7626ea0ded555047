#include "gate/testing/forger.h"

#include <fmt/format.h>
#include <sodium.h>

#include <boost/json.hpp>

#include "base/base64.h"
#include "gate/secrets.h"
#include "tests/support/run_task.h"

namespace gamekeeper::gate::testing {
namespace {

std::string object_of(std::vector<std::pair<std::string, std::string>> members, const Forger::Changes& changes) {
  for (const auto& [name, text] : changes) {
    auto found = std::ranges::find(members, name, &std::pair<std::string, std::string>::first);
    if (found != members.end())
      found->second = text;
    else
      members.emplace_back(name, text);
  }
  std::string out;
  for (const auto& [name, text] : members) {
    if (!text.empty()) out += fmt::format("{}\"{}\":{}", out.empty() ? "" : ",", name, text);
  }
  return "{" + out + "}";
}

const unsigned char* bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

Forger::Forger(ports::DocumentStore& store, std::string key_id) : key_id_(std::move(key_id)) {
  auto document = test::run(store.get("gate_signing", "admin"));
  GK_CHECK(document && *document, "the signing key is in the store");
  secret_ = *from_base64url(std::string(boost::json::parse((*document)->body).at("secret").as_string()));
}

std::string Forger::head(const Changes& changes) const {
  return object_of({{"alg", "\"EdDSA\""}, {"kid", "\"" + key_id_ + "\""}, {"typ", "\"at+jwt\""}}, changes);
}

std::string Forger::payload(const Changes& changes) const {
  return object_of({{"iss", "\"gamekeeper\""},
                    {"aud", "\"gamekeeper-admin\""},
                    {"sub", "\"ada\""},
                    {"role", "\"admin\""},
                    {"jti", "\"forged\""},
                    {"iat", "1800000000"},
                    {"nbf", "1800000000"},
                    {"exp", "1800043200"}},
                   changes);
}

std::string Forger::signature_of(const std::string& body, const std::string& secret) const {
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, bytes(body), body.size(),
                       bytes(secret));
  return signature;
}

std::string Forger::signed_by_us(const std::string& head, const std::string& payload) const {
  const std::string body = to_base64url(head) + "." + to_base64url(payload);
  return body + "." + to_base64url(signature_of(body, secret_));
}

std::string Forger::signed_by_hmac(const std::string& head, const std::string& key) const {
  const std::string body = to_base64url(head) + "." + to_base64url(payload());
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes(body), body.size());
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(mac.data()));
  return body + "." + to_base64url(mac);
}

}  // namespace gamekeeper::gate::testing
