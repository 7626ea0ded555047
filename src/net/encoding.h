#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/body.h"

namespace gamekeeper::net {

/// True for the content codings that a request may use: gzip (x-gzip), zstd, br.
bool is_known_encoding(std::string_view name);

/// Decodes `in` into `out` (emptied first), stopping as soon as more than `bytes_max` would come out.
/// Errors: kTooLarge `body_too_large`, kInvalid `bad_encoding` (corrupt, cut short, followed by rubbish).
Result<void> decompress(std::string_view encoding, std::string_view in, size_t bytes_max, Body& out);

enum class ContentCoding : uint8_t { kIdentity, kGzip, kBrotli };

/// The coding to answer with for an Accept-Encoding header (weights honoured; br before gzip).
ContentCoding choose_coding(std::string_view accept_encoding);
/// True for media types that shrink: text, JSON, XML, JavaScript, SVG.
bool is_compressible(std::string_view content_type);
std::string compress(ContentCoding coding, std::string_view in);
std::string_view coding_name(ContentCoding coding);

}  // namespace gamekeeper::net
