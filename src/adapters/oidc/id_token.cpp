#include "adapters/oidc/id_token.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/base64.h"

namespace gamekeeper::adapters {
namespace {

namespace json = boost::json;

constexpr size_t kTokenBytesMax = 16 * 1024;
constexpr size_t kSubjectMax = 255;
constexpr double kSecondsMax = 253'402'300'799;  // the end of the year 9999

std::optional<json::object> object_in(std::string_view segment) {
  const auto text = from_base64url(segment);
  if (!text) return std::nullopt;
  json::parse_options options;
  options.max_depth = 8;
  boost::system::error_code error;
  json::value value = json::parse(*text, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::string_view text_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string_view(value->as_string()) : std::string_view();
}

/// Seconds since 1970; a provider may write fractions.
std::optional<double> time_in(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains(name);
  if (!value || !value->is_number()) return std::nullopt;
  const auto seconds = value->to_number<double>();
  if (!(seconds > 0) || seconds > kSecondsMax) return std::nullopt;
  return seconds;
}

bool are_for_us(const json::object& claims, const std::vector<std::string>& ours) {
  const auto is_ours = [&ours](const json::value& name) {
    return name.is_string() && std::ranges::find(ours, std::string_view(name.as_string())) != ours.end();
  };
  const json::value *audience = claims.if_contains("aud"), *party = claims.if_contains("azp");
  if (!audience || (party && !is_ours(*party))) return false;
  if (!audience->is_array()) return is_ours(*audience);
  const json::array& all = audience->as_array();
  if (all.size() > 1 && !party) return false;  // for others too: then it must say that it was made for us
  return std::ranges::any_of(all, is_ours);
}

}  // namespace

std::unexpected<Error> bad_identity_token() {
  return fail(ErrorKind::kUnauthenticated, "bad_identity_token",
              "The identity token is not one of this provider for this game, or it is over.", "id_token");
}

std::optional<SignatureAlgorithm> algorithm_of(std::string_view name) {
  if (name == "RS256") return SignatureAlgorithm::kRs256;
  if (name == "ES256") return SignatureAlgorithm::kEs256;
  if (name == "EdDSA") return SignatureAlgorithm::kEdDsa;
  return std::nullopt;
}

Result<IdToken> read_id_token(std::string_view text) {
  const size_t a = text.find('.'), b = text.rfind('.');
  if (text.size() > kTokenBytesMax || a == text.npos || a == b || text.find('.', a + 1) != b)
    return bad_identity_token();
  const auto header = object_in(text.substr(0, a));
  auto claims = object_in(text.substr(a + 1, b - a - 1));
  auto signature = from_base64url(text.substr(b + 1));
  if (!header || !claims || !signature || signature->empty() || header->contains("crit")) return bad_identity_token();
  const auto algorithm = algorithm_of(text_in(*header, "alg"));
  if (!algorithm) return bad_identity_token();
  // An access token of the same provider is no proof of who somebody is (RFC 9068).
  if (header->contains("typ") && text_in(*header, "typ") != "JWT") return bad_identity_token();
  return IdToken{.algorithm = *algorithm,
                 .key_id = std::string(text_in(*header, "kid")),
                 .signed_text = std::string(text.substr(0, b)),
                 .signature = std::move(*signature),
                 .claims = std::move(*claims)};
}

Result<ports::Identity> check_claims(const json::object& claims, const ExpectedClaims& expected,
                                     const std::optional<std::string>& nonce, UnixMillis now) {
  const auto seconds = static_cast<double>(now) / 1000, leeway = static_cast<double>(expected.leeway_s);
  const std::string_view subject = text_in(claims, "sub");
  const auto expires = time_in(claims, "exp"), issued = time_in(claims, "iat"), from = time_in(claims, "nbf");
  const bool is_in_force = expires && *expires > seconds - leeway && issued && *issued <= seconds + leeway &&
                           (!claims.contains("nbf") || (from && *from <= seconds + leeway));
  if (text_in(claims, "iss") != expected.issuer || !are_for_us(claims, expected.audiences) || !is_in_force)
    return bad_identity_token();
  if (nonce && text_in(claims, "nonce") != *nonce) return bad_identity_token();
  if (subject.empty() || subject.size() > kSubjectMax) return bad_identity_token();
  return ports::Identity{.issuer = expected.issuer,
                         .subject = std::string(subject),
                         .issued_at = static_cast<UnixMillis>(std::floor(*issued * 1000))};
}

}  // namespace gamekeeper::adapters
