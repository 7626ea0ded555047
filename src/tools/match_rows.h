#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gamekeeper::tools {

/// One row of a match history: one player's part in one match. The views are good until the next row is read.
struct MatchFileRow {
  std::string_view match, team, player, side, queue;
  UnixMillis time = 0;
  int64_t rank = 0;  // 1 is best; equal ranks are a draw
  std::optional<double> score;
};

/// Reads a match history row by row, in little memory: CSV (RFC 4180) with the header match_id,time,team,player,rank and
/// optional score,side,queue, in any order; other columns are ignored; gzip allowed. `time` is a date, an RFC 3339
/// date-time (without an offset: UTC) or seconds since 1970.
/// Errors: kInvalid, whose message begins with file and line.
class MatchRows {
 public:
  static Result<MatchRows> open(const std::string& file);
  /// The same from text; `name` stands for the file in errors.
  static Result<MatchRows> of(std::string text, const std::string& name);

  MatchRows(MatchRows&&) noexcept;
  MatchRows& operator=(MatchRows&&) noexcept;
  ~MatchRows();

  /// False at the end.
  Result<bool> next(MatchFileRow& row);
  /// The line on which the row read last ended; the header's is 1.
  size_t line() const;
  const std::string& name() const;  // of the file
  /// An error about that line.
  std::unexpected<Error> wrong(std::string code, const std::string& message, std::string field) const;

 private:
  struct Source;
  explicit MatchRows(std::unique_ptr<Source> source);
  Result<void> read_header();
  Result<bool> read_record();
  std::string_view field(size_t column) const;
  Result<void> read_values(MatchFileRow& row);

  std::unique_ptr<Source> source_;
  std::string record_;  // the fields' text, end to end
  std::vector<size_t> field_ends_;  // in record_
  std::vector<int> column_at_;  // of our columns: which field, or -1
  size_t width_ = 0;
  std::string time_text_;  // read last: the rows of a match share it
  UnixMillis time_ = 0;
};

}  // namespace gamekeeper::tools
