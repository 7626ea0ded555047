#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "gate/secrets.h"
#include "net/http.h"

namespace gamekeeper::gate {

/// An answer with the fingerprint of what was asked, encrypted and authenticated (XChaCha20-Poly1305) under `key`.
std::string seal_answer(const net::Response& answer, const Digest& fingerprint, const Digest& key);

struct OpenedAnswer {
  net::Response answer;
  Digest fingerprint{};
};
/// Errors: kCorrupt.
Result<OpenedAnswer> open_answer(std::string_view sealed, const Digest& key);

}  // namespace gamekeeper::gate
