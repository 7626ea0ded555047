#include "net/encoding.h"

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "net/text.h"

namespace gamekeeper::net {
namespace {

constexpr size_t kStep = 64 * 1024;
constexpr int kGzipWindow = 15 + 16;        // zlib's way of asking for gzip's frame
constexpr int kZstdWindowLogMax = 23;       // 8 MiB: what RFC 8878 asks every decoder to support
constexpr int kGzipLevel = 4, kBrotliQuality = 4, kBrotliWindow = 18;

std::unexpected<Error> too_large(size_t bytes_max) {
  return fail(ErrorKind::kTooLarge, "body_too_large", "The body is too large once decompressed.", "",
              std::to_string(bytes_max) + " bytes");
}
std::unexpected<Error> corrupt() {
  return fail(ErrorKind::kInvalid, "bad_encoding", "The body is not valid in its Content-Encoding.",
              "Content-Encoding");
}

/// Room for the next piece of output: one byte past the limit is enough to know that it was passed.
size_t next_step(const Body& out, size_t bytes_max, size_t in_size) {
  const size_t hope = std::max(kStep, std::min(in_size * 4, size_t{1} << 20));
  return std::min(std::max(hope, out.free()), bytes_max + 1 - out.size());
}

/// A decoder is costly to make (zlib 40 KiB, zstd 160 KiB): one a thread, reset for each body.
z_stream* gzip_decoder() {
  struct Owner {
    z_stream stream{};
    bool good = inflateInit2(&stream, kGzipWindow) == Z_OK;
    ~Owner() { inflateEnd(&stream); }
  };
  thread_local Owner owner;
  return owner.good && inflateReset(&owner.stream) == Z_OK ? &owner.stream : nullptr;
}

Result<void> gunzip(std::string_view in, size_t bytes_max, Body& out) {
  z_stream* z = gzip_decoder();
  if (!z) return fail(ErrorKind::kOverloaded, "overloaded", "There is no memory for decompression.");
  z->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  z->avail_in = static_cast<uInt>(in.size());
  for (;;) {
    const size_t step = next_step(out, bytes_max, in.size());
    z->next_out = reinterpret_cast<Bytef*>(out.room(step));
    z->avail_out = static_cast<uInt>(step);
    const int state = inflate(z, Z_NO_FLUSH);
    out.grew(step - z->avail_out);
    if (out.size() > bytes_max) return too_large(bytes_max);
    if (state == Z_STREAM_END) {
      if (z->avail_in == 0) return {};
      if (inflateReset(z) != Z_OK) return corrupt();  // a further gzip member
      continue;
    }
    if (state != Z_OK || (z->avail_in == 0 && z->avail_out > 0)) return corrupt();
  }
}

Result<void> unzstd(std::string_view in, size_t bytes_max, Body& out) {
  thread_local const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) return fail(ErrorKind::kOverloaded, "overloaded", "There is no memory for decompression.");
  ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_only);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
  ZSTD_inBuffer input{in.data(), in.size(), 0};
  size_t state = 1;
  for (;;) {
    const size_t step = next_step(out, bytes_max, in.size());
    ZSTD_outBuffer output{out.room(step), step, 0};
    state = ZSTD_decompressStream(context.get(), &output, &input);
    if (ZSTD_isError(state)) return corrupt();
    out.grew(output.pos);
    if (out.size() > bytes_max) return too_large(bytes_max);
    if (input.pos == input.size && output.pos < step) break;  // nothing left to read or to flush
  }
  if (state != 0) return corrupt();  // inside a frame
  return {};
}

Result<void> unbrotli(std::string_view in, size_t bytes_max, Body& out) {
  const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> decoder(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  if (!decoder) return fail(ErrorKind::kOverloaded, "overloaded", "There is no memory for decompression.");
  size_t left = in.size();
  const auto* next_in = reinterpret_cast<const uint8_t*>(in.data());
  for (;;) {
    const size_t step = next_step(out, bytes_max, in.size());
    auto* next_out = reinterpret_cast<uint8_t*>(out.room(step));
    size_t room = step;
    const auto state = BrotliDecoderDecompressStream(decoder.get(), &left, &next_in, &room, &next_out, nullptr);
    out.grew(step - room);
    if (out.size() > bytes_max) return too_large(bytes_max);
    if (state == BROTLI_DECODER_RESULT_SUCCESS && left == 0) return {};
    if (state != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) return corrupt();
  }
}

std::string gzip(std::string_view in) {
  struct Owner {
    z_stream stream{};
    bool good = deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    ~Owner() { deflateEnd(&stream); }
  };
  thread_local Owner owner;
  z_stream& z = owner.stream;
  if (!owner.good || deflateReset(&z) != Z_OK) return {};
  std::string out(deflateBound(&z, in.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  if (deflate(&z, Z_FINISH) != Z_STREAM_END) return {};
  out.resize(out.size() - z.avail_out);
  return out;
}

std::string brotli(std::string_view in) {
  size_t size = BrotliEncoderMaxCompressedSize(in.size());
  std::string out(size, '\0');
  const bool good = size > 0 && BrotliEncoderCompress(kBrotliQuality, kBrotliWindow, BROTLI_MODE_TEXT, in.size(),
                                                      reinterpret_cast<const uint8_t*>(in.data()), &size,
                                                      reinterpret_cast<uint8_t*>(out.data()));
  out.resize(good ? size : 0);
  return out;
}

/// False when the element's parameters say q=0 (in any number of digits).
bool is_wanted(std::string_view parameters) {
  const size_t q = parameters.find("q=");
  if (q == parameters.npos) return true;
  return parameters.substr(q + 2).find_first_of("123456789") != parameters.npos;
}

}  // namespace

bool is_known_encoding(std::string_view name) {
  return same_text(name, "gzip") || same_text(name, "x-gzip") || same_text(name, "zstd") || same_text(name, "br");
}

Result<void> decompress(std::string_view encoding, std::string_view in, size_t bytes_max, Body& out) {
  out.clear();
  if (same_text(encoding, "zstd")) return unzstd(in, bytes_max, out);
  if (same_text(encoding, "br")) return unbrotli(in, bytes_max, out);
  return gunzip(in, bytes_max, out);
}

ContentCoding choose_coding(std::string_view accept_encoding) {
  bool gzip = false, br = false;
  each_element(accept_encoding, [&](std::string_view element) {
    const size_t semicolon = std::min(element.find(';'), element.size());
    const std::string_view name = trim(element.substr(0, semicolon));
    const bool wanted = is_wanted(element.substr(semicolon));
    if (same_text(name, "gzip")) gzip = wanted;
    if (same_text(name, "br")) br = wanted;
  });
  return br ? ContentCoding::kBrotli : gzip ? ContentCoding::kGzip : ContentCoding::kIdentity;
}

bool is_compressible(std::string_view type) {
  type = trim(type.substr(0, type.find(';')));
  if (type.starts_with("text/")) return type != "text/event-stream";
  if (!type.starts_with("application/")) return type == "image/svg+xml";
  type.remove_prefix(12);
  return type.ends_with("json") || type.ends_with("javascript") || type.ends_with("xml") || type == "wasm";
}

std::string compress(ContentCoding coding, std::string_view in) {
  if (coding == ContentCoding::kBrotli) return brotli(in);
  return coding == ContentCoding::kGzip ? gzip(in) : std::string();
}

std::string_view coding_name(ContentCoding coding) {
  return coding == ContentCoding::kBrotli ? "br" : coding == ContentCoding::kGzip ? "gzip" : "identity";
}

}  // namespace gamekeeper::net
