#include "gate/sealed_answer.h"

#include <sodium.h>

#include <boost/json.hpp>

#include "base/base64.h"
#include "gate/records.h"

namespace gamekeeper::gate {
namespace {

namespace json = boost::json;

constexpr size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
                 kMark = crypto_aead_xchacha20poly1305_ietf_ABYTES;

unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::unexpected<Error> corrupt() { return fail(ErrorKind::kCorrupt, "corrupt", "A kept answer cannot be read."); }

/// Content types are views, so a kept one must become one that lives as long as the program.
std::string_view known_type(std::string_view name) {
  for (std::string_view known :
       {std::string_view("application/json"), std::string_view("application/problem+json"), std::string_view("")}) {
    if (name == known) return known;
  }
  return "application/octet-stream";
}

}  // namespace

std::string seal_answer(const net::Response& answer, const Digest& fingerprint, const Digest& key) {
  json::array headers;
  for (const auto& [name, value] : answer.headers) headers.push_back(json::array{name, value});
  const std::string plain = json::serialize(json::object{{"fingerprint", hex(fingerprint)},
                                                         {"status", answer.status},
                                                         {"type", answer.content_type},
                                                         {"headers", std::move(headers)},
                                                         {"body", to_base64url(answer.body)}});
  std::string out(kNonce + plain.size() + kMark, '\0');
  randombytes_buf(out.data(), kNonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt(raw(out) + kNonce, nullptr, raw(plain), plain.size(), nullptr, 0, nullptr,
                                             raw(out), key.data());
  return to_base64url(out);
}

Result<OpenedAnswer> open_answer(std::string_view sealed, const Digest& key) {
  auto box = from_base64url(sealed);
  if (!box || box->size() < kNonce + kMark) return corrupt();
  std::string plain(box->size() - kNonce - kMark, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(raw(plain), nullptr, nullptr, raw(*box) + kNonce, box->size() - kNonce,
                                                 nullptr, 0, raw(*box), key.data()) != 0) {
    return corrupt();
  }
  const auto record = parse_record({.id = "", .body = plain});
  if (!record) return std::unexpected(record.error());
  const auto body = from_base64url(text_of(*record, "body"));
  const auto fingerprint = parse_hex(text_of(*record, "fingerprint"));
  const json::value* headers = record->if_contains("headers");
  if (!body || !fingerprint || !headers || !headers->is_array()) return corrupt();
  OpenedAnswer out{{.status = static_cast<int>(number_of(*record, "status")),
                    .body = *body,
                    .content_type = known_type(text_of(*record, "type"))},
                   *fingerprint};
  for (const json::value& header : headers->get_array()) {
    if (!header.is_array() || header.get_array().size() != 2) return corrupt();
    out.answer.headers.emplace_back(std::string(header.at(0).as_string()), std::string(header.at(1).as_string()));
  }
  return out;
}

}  // namespace gamekeeper::gate
