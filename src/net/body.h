#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace gamekeeper::net {

/// Bytes of a body, always followed by kPadding readable ones (simdjson reads past the end).
class Body {
 public:
  static constexpr size_t kPadding = 64;

  void clear() { size_ = 0; }
  /// Frees what is held beyond `bytes_max`.
  void shrink(size_t bytes_max) {
    if (capacity_ > bytes_max) *this = Body();
  }
  /// Room for `n` more bytes; their place. The caller then adds what it wrote by grew().
  char* room(size_t n) {
    if (size_ + n + kPadding > capacity_) grow(size_ + n);
    return data_.get() + size_;
  }
  void grew(size_t n) { size_ += n; }
  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  size_t size() const { return size_; }
  size_t free() const { return capacity_ > size_ + kPadding ? capacity_ - size_ - kPadding : 0; }
  size_t capacity() const { return capacity_; }
  std::string_view view() const { return {data_.get(), size_}; }

 private:
  void grow(size_t wanted) {
    size_t capacity = capacity_ * 2;
    if (capacity < wanted + kPadding) capacity = wanted + kPadding;
    if (capacity < 4096) capacity = 4096;
    auto data = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) std::memcpy(data.get(), data_.get(), size_);
    std::memset(data.get() + capacity - kPadding, 0, kPadding);
    data_ = std::move(data);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> data_;
  size_t size_ = 0, capacity_ = 0;
};

/// Takes chunked transfer coding apart, strictly: hexadecimal sizes without signs or spaces, CRLF everywhere, short
/// extensions ignored, trailers checked and dropped.
class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(size_t bytes_max) : bytes_max_(bytes_max) {}

  enum class State : uint8_t { kMore, kEnd, kBad, kTooLarge };
  /// Decodes from `in`, appending to `out`; `used` is how much of `in` belonged to this body.
  State feed(std::string_view in, Body& out, size_t& used);

 private:
  enum class Step : uint8_t {
    kSize,
    kExtension,
    kSizeEnd,
    kData,
    kDataCr,
    kDataLf,
    kTrailer,
    kTrailerEnd,
    kLastLf,
    kDone
  };
  State byte(char c);
  State size_byte(char c);
  State trailer_byte(char c);

  size_t bytes_max_;
  Step step_ = Step::kSize;
  uint64_t left_ = 0, total_ = 0;
  uint32_t digits_ = 0, extension_ = 0, trailer_ = 0, trailer_line_ = 0;
  bool colon_ = false;
};

}  // namespace gamekeeper::net
