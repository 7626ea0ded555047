// Tokens: raw bytes; and (first byte odd) a header and claims of the fuzzer's own, signed with our key, because nothing
// behind the signature is ever reached by chance.
#include <sodium.h>

#include <boost/json.hpp>

#include "base/base64.h"
#include "gate/secrets.h"
#include "gate/tokens.h"
#include "tests/simulation/memory_documents.h"
#include "tests/support/run_task.h"

namespace gamekeeper::fuzz {
namespace {

constexpr UnixMillis kNow = 1'800'000'000'000;
constexpr const char* kGoodClaims =
    R"({"iss":"gamekeeper","aud":"gamekeeper-admin","sub":"ann","role":"admin","jti":"1","iat":1,"nbf":1,"exp":1800000060})";

struct Signer {
  Signer() {
    GK_CHECK(sodium_init() >= 0, "libsodium starts");
    GK_CHECK(test::run(tokens.load()).has_value(), "a key is made");
    const auto document = test::run(documents.get("gate_signing", "admin", ports::Freshness::kOwnWrites));
    const auto text = boost::json::parse((*document)->body).at("secret").as_string();
    secret = *from_base64url(std::string_view(text));
    GK_CHECK(tokens.verify(sign(head(), kGoodClaims), kNow).has_value(),
             "a good token is good, or nothing here is reached");
  }
  std::string head() const { return R"({"alg":"EdDSA","kid":")" + tokens.key_id() + R"(","typ":"at+jwt"})"; }
  std::string sign(std::string_view head_text, std::string_view claims) const {
    std::string token = to_base64url(head_text) + '.' + to_base64url(claims);
    unsigned char signature[crypto_sign_BYTES];
    crypto_sign_detached(signature, nullptr, reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                         reinterpret_cast<const unsigned char*>(secret.data()));
    return token + '.' + to_base64url({reinterpret_cast<const char*>(signature), sizeof signature});
  }
  simulation::MemoryDocuments documents;
  gate::Tokens tokens{documents, gate::kAdminTokens};
  std::string secret;
};

void check_signed(const Signer& signer, std::string_view text) {
  // A line for the header (empty: ours), the rest is the claims.
  const size_t line = std::min(text.find('\n'), text.size());
  const std::string head = line == 0 ? signer.head() : std::string(text.substr(0, line));
  const std::string_view claims = text.substr(std::min(line + 1, text.size()));
  auto verified = signer.tokens.verify(signer.sign(head, claims), kNow);
  if (!verified) return;
  GK_CHECK(head == signer.head(), "only our header, byte for byte");
  GK_CHECK(verified->expires > kNow && !verified->own.empty() && !verified->subject.empty(), "only what is in force");
  GK_CHECK(claims.find("gamekeeper") != claims.npos && claims.find("exp") != claims.npos,
           "only from us, only for a time");
}

}  // namespace
}  // namespace gamekeeper::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gamekeeper;
  static const fuzz::Signer signer;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] & 1) {
    fuzz::check_signed(signer, text);
    return 0;
  }
  GK_CHECK(!signer.tokens.verify(text, fuzz::kNow), "nobody else can sign");
  if (auto bytes = from_base64url(text)) GK_CHECK(to_base64url(*bytes) == text, "one spelling only");
  return 0;
}
