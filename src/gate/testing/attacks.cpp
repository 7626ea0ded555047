#include <sodium.h>

#include <array>

#include "base/base64.h"
#include "gate/secrets.h"
#include "gate/testing/forger.h"

namespace gamekeeper::gate::testing {
namespace {

using Table = std::vector<Attack>;

struct Parts {
  std::string head, payload, signature;
  std::string joined() const { return head + "." + payload + "." + signature; }
};

Parts split(const std::string& token) {
  const size_t a = token.find('.'), b = token.rfind('.');
  return {token.substr(0, a), token.substr(a + 1, b - a - 1), token.substr(b + 1)};
}

/// RFC 8725 3.1, 3.2: the algorithm is ours to choose, not the token's.
void algorithms(Table& out, const Forger& f) {
  for (const char* alg : {"none", "None", "NONE", "nOnE", "nonE", "", "HS256", "ES256", "RS256", "PS256", "EdDSA ",
                          "eddsa", "Ed25519", "A128KW"}) {
    const std::string head = f.head({{"alg", "\"" + std::string(alg) + "\""}}),
                      body = to_base64url(head) + "." + to_base64url(f.payload());
    out.push_back({"alg '" + std::string(alg) + "' with our signature", f.signed_by_us(head, f.payload())});
    out.push_back({"alg '" + std::string(alg) + "' without a signature", body + "."});
  }
  out.push_back({"alg absent", f.with_head({{"alg", ""}})});
  out.push_back({"alg null", f.with_head({{"alg", "null"}})});
  out.push_back({"alg a list", f.with_head({{"alg", "[\"EdDSA\"]"}})});
  const std::string hs = f.head({{"alg", "\"HS256\""}}), x = to_base64url(f.public_key());
  const std::string der = std::string("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12) + f.public_key();
  out.push_back({"HS256 under the public key's bytes", f.signed_by_hmac(hs, f.public_key())});
  out.push_back({"HS256 under the public key as base64url", f.signed_by_hmac(hs, x)});
  out.push_back({"HS256 under the public key as DER", f.signed_by_hmac(hs, der)});
  out.push_back(
      {"HS256 under the public key as PEM",
       f.signed_by_hmac(hs, "-----BEGIN PUBLIC KEY-----\n" + to_base64(der) + "\n-----END PUBLIC KEY-----\n")});
  out.push_back({"HS256 under the JWK", f.signed_by_hmac(hs, R"({"kty":"OKP","crv":"Ed25519","x":")" + x + "\"}")});
  out.push_back({"HS256 under an empty key", f.signed_by_hmac(hs, "")});
  out.push_back({"HMAC under a header of ours", f.signed_by_hmac(f.head(), f.public_key())});
}

/// RFC 8725 3.10: nothing in the header leads us to a key or to an address.
void headers(Table& out, const Forger& f) {
  const std::string jwk = R"({"kty":"OKP","crv":"Ed25519","x":")" + to_base64url(f.public_key()) + "\"}";
  for (const char* kid : {"../../../../dev/null", "/dev/null", "' OR 1=1 --", "unknown", "", "0", "*",
                          "file:///etc/passwd", "a\\u0000b"}) {
    out.push_back({"kid " + std::string(kid), f.with_head({{"kid", "\"" + std::string(kid) + "\""}})});
  }
  out.push_back({"kid of 3 KiB", f.with_head({{"kid", "\"" + std::string(2000, 'k') + "\""}})});
  out.push_back({"kid of 1 MiB", f.with_head({{"kid", "\"" + std::string(1 << 20, 'k') + "\""}})});
  out.push_back({"kid a number", f.with_head({{"kid", "1"}})});
  out.push_back({"kid absent", f.with_head({{"kid", ""}})});
  out.push_back({"jku", f.with_head({{"jku", "\"http://127.0.0.1:1/keys\""}})});
  out.push_back({"x5u", f.with_head({{"x5u", "\"http://127.0.0.1:1/cert\""}})});
  out.push_back({"x5c", f.with_head({{"x5c", "[\"MIIB\"]"}})});
  out.push_back({"jwk embedded", f.with_head({{"jwk", jwk}})});
  out.push_back({"crit unknown", f.with_head({{"crit", "[\"exp\"]"}})});
  out.push_back({"crit empty", f.with_head({{"crit", "[]"}})});
  out.push_back({"b64 false", f.with_head({{"b64", "false"}, {"crit", "[\"b64\"]"}})});
  out.push_back({"zip and enc of a JWE", f.with_head({{"enc", "\"A256GCM\""}, {"zip", "\"DEF\""}})});
  for (const char* typ : {"\"JWT\"", "\"rt+jwt\"", "\"id+jwt\"", "\"AT+JWT\"", "\"application/at+jwt\"", "null", ""}) {
    out.push_back({"typ " + std::string(typ), f.with_head({{"typ", typ}})});
  }
  const std::string head = f.head();
  out.push_back({"alg twice", f.signed_by_us("{\"alg\":\"none\"," + head.substr(1), f.payload())});
  out.push_back({"header with white space", f.signed_by_us(" " + head, f.payload())});
  out.push_back({"header of another order", f.signed_by_us(head.substr(0, 1) + "\"typ\":\"at+jwt\"," +
                                                               head.substr(1, head.find(",\"typ\"") - 1) + "}",
                                                           f.payload())});
  for (const char* text : {"", "{}", "[]", "null", "\"EdDSA\"", "{", "\xFF\xFE"})
    out.push_back({"header " + std::string(text), f.signed_by_us(text, f.payload())});
  out.push_back({"header 10 000 deep", f.signed_by_us(std::string(10'000, '['), f.payload())});
}

/// RFC 8725 3.8 to 3.12: issuer, audience, subject, times and the kind of token.
void claims(Table& out, const Forger& f) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> wrong{
      {"exp",
       {"", "null", "\"1800043200\"", "1799999999", "1800000000", "0", "-1", "1e308", "1800043200.5", "1.8000432e9",
        "99999999999999999999", "9223372036854775807", "true", "[1800043200]"}},
      {"nbf", {"", "1800000061", "\"1800000000\"", "-1", "1e308"}},
      {"iat", {"", "1800000061", "1900000000", "\"1800000000\"", "-1", "0"}},
      {"iss", {"", "null", "\"gamekeeper \"", "\"Gamekeeper\"", "\"https://evil.example\"", "[\"gamekeeper\"]"}},
      {"aud", {"", "null", "\"gamekeeper-player\"", "[\"gamekeeper-admin\"]", "[]", "\"*\""}},
      {"sub", {"", "\"\"", "\"bob\"", "\"ADA\"", "\"ada \"", "1", "\"ada\\u0000\"", "null"}},
      {"role", {"", "\"root\"", "\"Admin\"", "\"analyst\"", "\"\"", "3", "[\"admin\"]"}},
      {"jti", {"", "\"\"", "1"}},
      {"scope", {"\"everything\""}}};
  for (const auto& [name, texts] : wrong) {
    for (const auto& text : texts)
      out.push_back({name + " " + (text.empty() ? "absent" : text), f.token({{name, text}})});
  }
  const std::string payload = f.payload(), rest = payload.substr(1);
  out.push_back(
      {"exp twice", f.signed_by_us(f.head(), payload.substr(0, payload.size() - 1) + ",\"exp\":1900000000}")});
  out.push_back({"sub twice", f.signed_by_us(f.head(), "{\"sub\":\"bob\"," + rest)});
  out.push_back({"sub twice by an escape", f.signed_by_us(f.head(), "{\"s\\u0075b\":\"bob\"," + rest)});
  out.push_back({"claims with white space", f.signed_by_us(f.head(), payload + "\n")});
  out.push_back({"claims with a tail", f.signed_by_us(f.head(), payload + payload)});
  out.push_back({"claims behind a byte order mark", f.signed_by_us(f.head(), "\xEF\xBB\xBF" + payload)});
  for (const char* text : {"", "{}", "[]", "null", "7", "{", "\xFF"})
    out.push_back({"claims " + std::string(text), f.signed_by_us(f.head(), text)});
  out.push_back({"claims 1 000 deep", f.token({{"x", std::string(1000, '[') + std::string(1000, ']')}})});
  out.push_back({"claims of 1 MiB", f.token({{"x", "\"" + std::string(1 << 20, 'x') + "\""}})});
}

void signatures(Table& out, const Forger& f, const Parts& good) {
  const std::string body = good.head + "." + good.payload;
  auto with = [&](const std::string& name, const std::string& bytes) {
    out.push_back({name, body + "." + to_base64url(bytes)});
  };
  std::string real = *from_base64url(good.signature);
  with("signature of zeros", std::string(64, '\0'));
  with("signature of 63 bytes", real.substr(0, 63));
  with("signature of 65 bytes", real + '\0');
  with("signature of 32 bytes (an HMAC's size)", real.substr(0, 32));
  with("ES256's r = s = 0 in DER", std::string("\x30\x06\x02\x01\x00\x02\x01\x00", 8));
  std::string flipped = real;
  flipped[40] = static_cast<char>(flipped[40] ^ 1);
  with("one bit changed", flipped);
  // s + L signs the same message by the bare equation; RFC 8032 5.1.7 refuses it.
  static constexpr std::array<unsigned char, 32> kOrder{
      0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
      0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
  std::string second = real;
  sodium_add(reinterpret_cast<unsigned char*>(second.data()) + 32, kOrder.data(), 32);
  with("the signature's malleable twin", second);
  std::string small_order(64, '\0');
  small_order[0] = 1;
  with("signature of small order", small_order);
  std::string other_public(32, '\0'), other_secret(64, '\0');
  crypto_sign_keypair(reinterpret_cast<unsigned char*>(other_public.data()),
                      reinterpret_cast<unsigned char*>(other_secret.data()));
  with("signed by another key", f.signature_of(body, other_secret));
  with("signed without the header", f.signature_of(good.payload, f.secret()));
  with("signed with the dot missing", f.signature_of(good.head + good.payload, f.secret()));
  out.push_back({"another body under this signature",
                 good.head + "." + to_base64url(f.payload({{"sub", "\"root\""}})) + "." + good.signature});
}

void shapes(Table& out, const Parts& good) {
  const std::string token = good.joined();
  for (const auto& text :
       {std::string("."), std::string(".."), std::string("..."), good.head, good.head + "." + good.payload,
        good.head + "." + good.payload + ".", good.head + ".." + good.signature,
        "." + good.payload + "." + good.signature, good.payload + "." + good.signature}) {
    out.push_back({"segments stripped: " + text.substr(0, 12), text});
  }
  out.push_back({"a fourth segment", token + ".e30"});
  out.push_back({"an empty fourth segment", token + "."});
  out.push_back({"five segments, as a JWE", token + ".e30.e30"});
  out.push_back({"an empty segment within", good.head + ".." + good.payload + "." + good.signature});
  // The last character of 64 bytes carries four unused bits: a lax decoder takes sixteen spellings for one signature.
  std::string loose = token;
  loose.back() = loose.back() == 'A' ? 'B' : static_cast<char>(loose.back() + 1);
  out.push_back({"stray bits in base64url", loose});
  out.push_back({"padded", token + "=="});
  out.push_back({"padded within", good.head + "==." + good.payload + "." + good.signature});
  std::string ordinary = token;
  for (char& c : ordinary) c = c == '-' ? '+' : c == '_' ? '/' : c;
  if (ordinary != token) out.push_back({"ordinary base64", ordinary});
  out.push_back({"an illegal character", good.head + "." + good.payload + ".!" + good.signature.substr(1)});
  for (const auto& [name, at] : std::vector<std::pair<std::string, size_t>>{{"before", 0},
                                                                            {"within", good.head.size()},
                                                                            {"in the signature", token.size() - 4},
                                                                            {"behind", token.size()}}) {
    for (const auto& [what, c] :
         std::vector<std::pair<std::string, char>>{{"a NUL ", '\0'}, {"a line feed ", '\n'}, {"a tab ", '\t'}}) {
      std::string bad = token;
      bad.insert(at, 1, c);
      out.push_back({what + name, bad});
    }
  }
  out.push_back({"a space within", good.head + " ." + good.payload + "." + good.signature});
  out.push_back({"a space behind", token + " "});
  out.push_back({"1 MiB of dots", std::string(1 << 20, '.')});
  out.push_back({"1 MiB behind a token", token + std::string(1 << 20, 'A')});
  out.push_back({"upper case", [&] {
                   std::string t = token;
                   for (char& c : t) c = static_cast<char>(std::toupper(c));
                   return t;
                 }()});
  out.push_back({"JSON serialisation", R"({"payload":")" + good.payload + R"(","signatures":[{"protected":")" +
                                           good.head + R"(","signature":")" + good.signature + "\"}]}"});
}

}  // namespace

std::vector<Attack> attacks(const Forger& forger, const std::string& good) {
  Table out;
  const Parts parts = split(good);
  algorithms(out, forger);
  headers(out, forger);
  claims(out, forger);
  signatures(out, forger, parts);
  shapes(out, parts);
  return out;
}

}  // namespace gamekeeper::gate::testing
