#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/oidc/oidc_verifier.h"
#include "adapters/oidc/testing/token_maker.h"
#include "base/base64.h"
#include "tests/support/run_task.h"

namespace gamekeeper::adapters {
namespace {

namespace json = boost::json;
using gamekeeper::test::run;
using test::TokenMaker;

constexpr const char* kIssuer = "https://id.example";
constexpr int64_t kNow = 1'800'000'000;  // seconds

const TokenMaker& maker(const std::string& kind) {
  static const TokenMaker rsa("RS256", "r1"), p256("ES256", "e1"), ed("EdDSA", "d1");
  return kind == "RS256" ? rsa : kind == "ES256" ? p256 : ed;
}

json::object claims(json::object more = {}) {
  json::object out{{"iss", kIssuer}, {"aud", "game"}, {"sub", "ada"}, {"iat", kNow - 10}, {"exp", kNow + 600}};
  for (const auto& [name, value] : more) {
    if (value.is_null())
      out.erase(name);
    else
      out[name] = value;
  }
  return out;
}

class OidcTest : public ::testing::Test {
 protected:
  Result<std::string> fetch(const std::string& url) {
    ++fetches;
    if (is_away) return fail(ErrorKind::kUnavailable, "http_failed", "away");
    if (url == std::string(kIssuer) + "/.well-known/openid-configuration") return json::serialize(configuration);
    if (url == "https://id.example/keys") return json::serialize(json::object{{"keys", keys}});
    return fail(ErrorKind::kUnavailable, "http_status", url);
  }
  std::string check(const std::string& token, std::optional<std::string> nonce = std::nullopt) {
    auto identity = run(verifier.verify(token, std::move(nonce)));
    return identity ? identity->issuer + " " + identity->subject : identity.error().code;
  }

  json::object configuration{{"issuer", kIssuer}, {"jwks_uri", "https://id.example/keys"}};
  json::array keys{maker("RS256").jwk(), maker("ES256").jwk(), maker("EdDSA").jwk()};
  int fetches = 0;
  bool is_away = false;
  ManualClock clock{kNow * 1000};
  OidcVerifier verifier{{.expected = {.issuer = kIssuer, .audiences = {"game", "game-on-phones"}}},
                        clock,
                        [this](const std::string& url) { return fetch(url); }};
  const std::string good = std::string(kIssuer) + " ada", bad = "bad_identity_token";
};

TEST_F(OidcTest, BelievesTheThreeWaysOfSigning) {
  for (const char* kind : {"RS256", "ES256", "EdDSA"}) EXPECT_EQ(check(maker(kind).sign(claims())), good) << kind;
  EXPECT_EQ(fetches, 2) << "one look for all";
  const auto identity = run(verifier.verify(maker("RS256").sign(claims()), std::nullopt));
  EXPECT_EQ(identity->issued_at, (kNow - 10) * 1000);
}

TEST_F(OidcTest, ClaimsMustBeForUsAndNow) {
  const std::pair<const char*, json::object> refused[] = {
      {"another audience", {{"aud", "other"}}},
      {"no audience", {{"aud", nullptr}}},
      {"an audience beside ours that it does not say is ours", {{"aud", {"game", "other"}}}},
      {"made for another party", {{"aud", {"game", "other"}}, {"azp", "other"}}},
      {"another issuer", {{"iss", "https://evil.example"}}},
      {"nearly the issuer", {{"iss", "https://id.example/"}}},
      {"no issuer", {{"iss", nullptr}}},
      {"over", {{"exp", kNow - 60}}},
      {"never over", {{"exp", nullptr}}},
      {"a time that is a text", {{"exp", "2099"}}},
      {"a time beyond all", {{"exp", 1e300}}},
      {"not yet", {{"nbf", kNow + 61}}},
      {"from a time that is a text on", {{"nbf", "2020"}}},
      {"made in a minute", {{"iat", kNow + 61}}},
      {"made tomorrow", {{"iat", kNow + 86'400}}},
      {"made at no time", {{"iat", nullptr}}},
      {"nobody", {{"sub", nullptr}}},
      {"an empty name", {{"sub", ""}}},
      {"a name that is a number", {{"sub", 7}}},
      {"too long a name", {{"sub", std::string(256, 'a')}}}};
  for (const auto& [what, more] : refused) EXPECT_EQ(check(maker("ES256").sign(claims(more))), bad) << what;
  const std::pair<const char*, json::object> believed[] = {
      {"our other name", {{"aud", "game-on-phones"}}},
      {"a list", {{"aud", {"game"}}}},
      {"for several, made for us", {{"aud", {"game", "other"}}, {"azp", "game"}}},
      {"clocks that differ", {{"exp", kNow - 30}, {"nbf", kNow + 30}, {"iat", kNow + 30}}},
      {"fractions of a second", {{"exp", static_cast<double>(kNow) + 0.5}}}};
  for (const auto& [what, more] : believed) EXPECT_EQ(check(maker("ES256").sign(claims(more))), good) << what;
}

TEST_F(OidcTest, ANonceThatWasAskedForMustBeThere) {
  const std::string with = maker("EdDSA").sign(claims({{"nonce", "n-1"}}));
  EXPECT_EQ(check(with, "n-1"), good);
  EXPECT_EQ(check(with), good);
  EXPECT_EQ(check(with, "n-2"), bad);
  EXPECT_EQ(check(maker("EdDSA").sign(claims()), "n-1"), bad);
  EXPECT_EQ(check(maker("EdDSA").sign(claims()), ""), good) << "an empty one is as none";
}

TEST_F(OidcTest, HeadersCannotChooseTheirJudge) {
  const TokenMaker& rsa = maker("RS256");
  const TokenMaker stranger("ES256", "e1");
  EXPECT_EQ(check(rsa.sign(claims())), good);
  EXPECT_EQ(check(rsa.sign_by_public_key(claims())), bad) << "HS256 with the public key";
  const std::string none = to_base64url(R"({"alg":"none"})") + "." + to_base64url(json::serialize(claims()));
  for (const char* end : {".", "", ".AA"}) EXPECT_EQ(check(none + end), bad);
  for (const char* algorithm : {"none", "NONE", "HS256", "RS384", "PS256", "ES256", "EdDSA", "rs256", ""})
    EXPECT_EQ(check(rsa.sign({{"alg", algorithm}, {"kid", "r1"}}, claims())), bad) << algorithm;
  EXPECT_EQ(check(rsa.sign({{"alg", "RS256"}, {"kid", "e1"}}, claims())), bad) << "another key's id";
  EXPECT_EQ(check(rsa.sign({{"kid", "r1"}}, claims())), bad) << "no algorithm";
  EXPECT_EQ(check(rsa.sign({{"alg", "RS256"}, {"kid", "r1"}, {"crit", {"exp"}}}, claims())), bad);
  EXPECT_EQ(check(rsa.sign({{"alg", "RS256"}, {"kid", "r1"}, {"typ", "at+jwt"}}, claims())), bad);
  EXPECT_EQ(check(rsa.sign({{"alg", "RS256"}, {"kid", "r1"}, {"typ", "JWT"}}, claims())), good);
  EXPECT_EQ(check(stranger.sign(claims())), bad) << "a key of the same id";
  EXPECT_EQ(check(stranger.sign({{"alg", "ES256"}, {"kid", "e1"}, {"jwk", stranger.jwk()}}, claims())), bad);
  EXPECT_EQ(check(rsa.sign({{"alg", "RS256"}}, claims())), good) << "the only key of its way";
}

TEST_F(OidcTest, NothingThatIsBrokenPasses) {
  const std::string token = maker("ES256").sign(claims());
  for (size_t i = 0; i < token.size(); i += 3) {
    std::string other = token;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(check(other), bad) << i;
  }
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("a.b.c"), token + ".", token + "=", token + "A",
        " " + token, token.substr(0, token.rfind('.') + 1), std::string(20'000, 'a')})
    EXPECT_EQ(check(text), bad) << text.substr(0, 40);
  EXPECT_EQ(check(maker("ES256").sign(claims({{"groups", std::string(8'000, 'g')}}))), good);
  EXPECT_EQ(check(maker("ES256").sign(claims({{"groups", std::string(16'000, 'g')}}))), bad) << "over 16 KiB";
  json::value deep = 1;
  for (int i = 0; i < 20; ++i) deep = json::array{deep};
  EXPECT_EQ(check(maker("ES256").sign(claims({{"groups", deep}}))), bad) << "too deep";
}

TEST_F(OidcTest, ATokenThatNamesNoKeyIsOfTheOnlyOneOfItsWay) {
  const TokenMaker second("RS256", "r2");
  keys.push_back(second.jwk());
  EXPECT_EQ(check(maker("RS256").sign({{"alg", "RS256"}}, claims())), bad) << "which of two, it does not say";
  EXPECT_EQ(check(maker("ES256").sign({{"alg", "ES256"}}, claims())), good);
}

TEST_F(OidcTest, AKeyThatIsTakenBackIsNoneAfterAnHour) {
  EXPECT_EQ(check(maker("ES256").sign(claims())), good);
  keys = {maker("RS256").jwk()};
  clock.advance(3'599'999);
  EXPECT_EQ(check(maker("ES256").sign(claims({{"exp", kNow + 8'000}}))), good);
  clock.advance(1);
  EXPECT_EQ(check(maker("ES256").sign(claims({{"exp", kNow + 8'000}}))), bad);
}

TEST_F(OidcTest, AProviderIsAskedThreeTimesAndThenOnceInTwentySeconds) {
  const TokenMaker unknown("ES256", "e3");
  is_away = true;  // an ask is then one fetch
  clock.advance(19'999);
  const auto asks = [&] {
    const int before = fetches;
    for (int i = 0; i < 10; ++i) (void)check(unknown.sign(claims({{"exp", kNow + 1'000'000}})));
    return fetches - before;
  };
  EXPECT_EQ(asks(), 3);
  clock.advance(1);
  EXPECT_EQ(asks(), 0);
  clock.advance(19'999);
  EXPECT_EQ(asks(), 1);
  clock.advance(500'000'000);
  EXPECT_EQ(asks(), 3) << "a long rest saves up no more";
}

TEST_F(OidcTest, AnIssuerMayEndWithASlash) {
  const std::string issuer = std::string(kIssuer) + "/";
  configuration["issuer"] = issuer;
  OidcVerifier slashed{{.expected = {.issuer = issuer, .audiences = {"game"}}}, clock, [this](const std::string& url) {
                         return fetch(url);
                       }};
  auto identity = run(slashed.verify(maker("ES256").sign(claims({{"iss", issuer}})), std::nullopt));
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ(identity->issuer, issuer);
}

TEST_F(OidcTest, ANewKeyIsFoundAndUnknownOnesAskAtABoundedRate) {
  const TokenMaker next("ES256", "e2"), unknown("ES256", "e3");
  EXPECT_EQ(check(maker("ES256").sign(claims())), good);
  keys = {next.jwk()};
  EXPECT_EQ(check(next.sign(claims())), good) << "at once";
  EXPECT_EQ(check(maker("ES256").sign(claims())), bad) << "it is no key any more";
  const int before = fetches;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(check(unknown.sign(claims())), bad);
  EXPECT_LE(fetches - before, 2);
  keys = {unknown.jwk()};
  clock.advance(20'000);
  EXPECT_EQ(check(unknown.sign(claims())), good) << "a little later";
}

TEST_F(OidcTest, KeysAreBelievedForADayWhileTheProviderIsAway) {
  is_away = true;
  EXPECT_EQ(check(maker("RS256").sign(claims())), "identity_provider_unavailable");
  is_away = false;
  EXPECT_EQ(check(maker("RS256").sign(claims())), good);
  is_away = true;
  const auto later = [](int64_t seconds) { return claims({{"exp", kNow + seconds + 600}}); };
  clock.advance(3'600'000);
  EXPECT_EQ(check(maker("RS256").sign(later(3'600))), good);
  clock.advance(23 * 3'600'000);
  EXPECT_EQ(check(maker("RS256").sign(later(24 * 3'600))), "identity_provider_unavailable");
}

TEST_F(OidcTest, AProviderCannotSpeakForAnother) {
  configuration["issuer"] = "https://other.example";
  EXPECT_EQ(check(maker("RS256").sign(claims())), "identity_provider_unavailable");
  configuration = {{"issuer", kIssuer}, {"jwks_uri", "http://id.example/keys"}};
  clock.advance(60'000);
  EXPECT_EQ(check(maker("RS256").sign(claims())), "identity_provider_unavailable") << "keys that anybody may change";
}

TEST_F(OidcTest, TokensForOthersMakeNobodyAsk) {
  EXPECT_EQ(check(maker("RS256").sign(claims({{"iss", "https://evil.example"}}))), bad);
  EXPECT_EQ(check("nonsense"), bad);
  EXPECT_EQ(fetches, 0);
}

TEST(KeySets, SkipWhatIsWeakForeignOrBroken) {
  const json::object rsa = maker("RS256").jwk(), p256 = maker("ES256").jwk(), ed = maker("EdDSA").jwk();
  const auto but = [](json::object key, const char* name, json::value value) {
    key[name] = std::move(value);
    return key;
  };
  const json::object skipped[] = {TokenMaker("RS256", "w", 1024).jwk(),
                                  but(rsa, "use", "enc"),
                                  but(rsa, "alg", "RS512"),
                                  but(rsa, "e", "AQ"),
                                  but(rsa, "e", "BA"),
                                  but(rsa, "n", json::string(to_base64url(std::string(1025, '\xff')))),
                                  but(rsa, "n", "~"),
                                  but(rsa, "kty", "oct"),
                                  but(p256, "crv", "P-384"),
                                  but(p256, "y", *p256.if_contains("x")),
                                  but(p256, "x", "AA"),
                                  but(ed, "crv", "X25519"),
                                  but(ed, "x", "AA"),
                                  {{"kty", "oct"}, {"k", "AAAA"}},
                                  {}};
  for (const json::object& key : skipped) {
    const auto set = KeySet::read(json::serialize(json::object{{"keys", {key, ed}}}));
    ASSERT_TRUE(set);
    EXPECT_EQ(set->size(), 1u) << json::serialize(key);
  }
  for (const char* text : {"", "[]", "{}", R"({"keys":{}})"}) EXPECT_FALSE(KeySet::read(text)) << text;
  json::array many;
  for (int i = 0; i < 100; ++i) many.push_back(ed);
  EXPECT_EQ(KeySet::read(json::serialize(json::object{{"keys", many}}))->size(), 64u);
}

TEST(SafeAddresses, AreEncryptedOrThisMachine) {
  for (const char* good : {"https://id.example", "http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:9"})
    EXPECT_TRUE(is_private_way(good)) << good;
  for (const char* bad : {"http://id.example", "http://127.0.0.1.evil.example", "http://localhost.evil", "ftp://x", ""})
    EXPECT_FALSE(is_private_way(bad)) << bad;
}

}  // namespace
}  // namespace gamekeeper::adapters
