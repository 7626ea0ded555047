#include "adapters/postgres/values.h"

namespace gamekeeper::adapters::postgres {
namespace {

// Types as the server numbers them (pg_type).
constexpr uint32_t kBool = 16, kBytea = 17, kBigint = 20, kText = 25;

void put_number(std::string& out, uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

/// An array of one dimension; `put` writes one value.
template <class Values, class Put>
void put_array(std::string& out, uint32_t type, const Values& values, Put put) {
  put_number(out, values.empty() ? 0 : 1, 4);  // dimensions
  put_number(out, 0, 4);                       // no nulls
  put_number(out, type, 4);
  if (!values.empty()) {
    put_number(out, values.size(), 4);
    put_number(out, 1, 4);  // the first has number 1
  }
  for (const auto& value : values) put(out, value);
}

void put_bytes(std::string& out, std::string_view value) {
  put_number(out, value.size(), 4);
  out += value;
}

}  // namespace

Params& Params::end(size_t began) {
  lengths_.push_back(static_cast<int>(data_.size() - began));
  formats_.push_back(1);
  return *this;
}

std::vector<const char*> Params::values() const {
  std::vector<const char*> out;
  const char* at = data_.data();
  for (const int length : lengths_) {
    out.push_back(at);
    at += length;
  }
  return out;
}

Params& Params::bytes(std::string_view value) {
  const size_t began = data_.size();
  data_ += value;
  return end(began);
}

Params& Params::number(int64_t value) {
  const size_t began = data_.size();
  put_number(data_, static_cast<uint64_t>(value), 8);
  return end(began);
}

Params& Params::texts(const std::vector<std::string_view>& values) {
  const size_t began = data_.size();
  put_array(data_, kText, values, put_bytes);
  return end(began);
}

Params& Params::blobs(const std::vector<std::string_view>& values) {
  const size_t began = data_.size();
  put_array(data_, kBytea, values, put_bytes);
  return end(began);
}

Params& Params::numbers(const std::vector<int64_t>& values) {
  const size_t began = data_.size();
  put_array(data_, kBigint, values, [](std::string& out, int64_t value) {
    put_number(out, 8, 4);
    put_number(out, static_cast<uint64_t>(value), 8);
  });
  return end(began);
}

Params& Params::flags(const std::vector<bool>& values) {
  const size_t began = data_.size();
  put_array(data_, kBool, values, [](std::string& out, bool value) {
    put_number(out, 1, 4);
    out += static_cast<char>(value);
  });
  return end(began);
}

int64_t Rows::number(int row, int column) const {
  const std::string_view value = bytes(row, column);
  uint64_t out = !value.empty() && (value[0] & 0x80) ? ~uint64_t{0} : 0;  // the sign goes on to the left
  for (const char c : value) out = out << 8 | static_cast<unsigned char>(c);
  return static_cast<int64_t>(out);
}

}  // namespace gamekeeper::adapters::postgres
