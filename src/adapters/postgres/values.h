#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gamekeeper::adapters::postgres {

/// The parameters of one statement, in the server's binary format: any bytes go through as they are. A statement names the
/// types: `$1::bytea`, `$2::bytea[]`.
class Params {
 public:
  Params& bytes(std::string_view value);  // bytea, text
  Params& number(int64_t value);  // bigint
  Params& texts(const std::vector<std::string_view>& values);  // text[]
  Params& blobs(const std::vector<std::string_view>& values);  // bytea[]
  Params& numbers(const std::vector<int64_t>& values);  // bigint[]
  Params& flags(const std::vector<bool>& values);  // boolean[]

  int count() const { return static_cast<int>(lengths_.size()); }
  std::vector<const char*> values() const;
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  Params& end(size_t began);

  std::string data_;  // one value after the other
  std::vector<int> lengths_, formats_;
};

/// What a statement answered, in binary format.
class Rows {
 public:
  Rows() = default;
  explicit Rows(PGresult* result) : result_(result, &PQclear) {}

  int count() const { return result_ ? PQntuples(result_.get()) : 0; }
  std::string_view bytes(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column), static_cast<size_t>(PQgetlength(result_.get(), row, column))};
  }
  /// Of a smallint, integer or bigint.
  int64_t number(int row, int column) const;
  bool yes(int row, int column) const { return bytes(row, column).at(0) != 0; }

 private:
  std::shared_ptr<PGresult> result_;
};

}  // namespace gamekeeper::adapters::postgres
