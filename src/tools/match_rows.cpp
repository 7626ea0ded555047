#include "tools/match_rows.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <charconv>
#include <cmath>

namespace gamekeeper::tools {
namespace {

constexpr std::array<std::string_view, 8> kColumns = {"match_id", "time",  "team", "player",
                                                      "rank",     "score", "side", "queue"};
enum Column : size_t { kMatch, kTime, kTeam, kPlayer, kRank, kScore, kSide, kQueue };
constexpr size_t kRequired = 5;
constexpr size_t kRecordBytesMax = 1 << 16;

template <class T>
std::optional<T> number_of(std::string_view text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<UnixMillis> time_of(const std::string& text) {
  if (text.size() == 10 && text[4] == '-') return parse_time(text + "T00:00:00Z");
  if (auto time = parse_time(text)) return time;
  if (auto time = parse_time(text + "Z")) return time;
  auto seconds = number_of<double>(text);
  if (!seconds || !(std::abs(*seconds) < 2.5e11)) return std::nullopt;  // within the years 1 to 9999
  return static_cast<UnixMillis>(std::llround(*seconds * 1000));
}

}  // namespace

/// Bytes of a file (plain or gzip) or of a text, one after another.
struct MatchRows::Source {
  std::string name;
  gzFile file = nullptr;
  std::string bytes;
  size_t at = 0, line = 0;
  bool damaged = false;

  ~Source() {
    if (file) gzclose(file);
  }
  /// The next byte, -1 at the end.
  int get() {
    if (at == bytes.size() && !refill()) return -1;
    return static_cast<unsigned char>(bytes[at++]);
  }
  int peek() {
    const int c = get();
    if (c >= 0) --at;
    return c;
  }
  bool refill() {
    if (!file) return false;
    bytes.resize(1 << 16);
    at = 0;
    const int n = gzread(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    int error = Z_OK;
    if (n <= 0) gzerror(file, &error);
    damaged = error != Z_OK && error != Z_STREAM_END;  // Z_BUF_ERROR: the file ends before its stream does
    bytes.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return n > 0;
  }
};

MatchRows::MatchRows(std::unique_ptr<Source> source) : source_(std::move(source)), column_at_(kColumns.size(), -1) {}
MatchRows::MatchRows(MatchRows&&) noexcept = default;
MatchRows& MatchRows::operator=(MatchRows&&) noexcept = default;
MatchRows::~MatchRows() = default;

size_t MatchRows::line() const { return source_->line; }
const std::string& MatchRows::name() const { return source_->name; }

std::unexpected<Error> MatchRows::wrong(std::string code, const std::string& message, std::string field) const {
  return fail(ErrorKind::kInvalid, std::move(code), fmt::format("{}:{}: {}", source_->name, source_->line, message),
              std::move(field));
}

Result<MatchRows> MatchRows::open(const std::string& file) {
  auto source = std::make_unique<Source>();
  source->name = file;
  source->file = gzopen(file.c_str(), "rb");  // reads plain files as they are
  if (!source->file) return fail(ErrorKind::kInvalid, "bad_file", "The file " + file + " cannot be read.", "file");
  MatchRows rows(std::move(source));
  if (auto ok = rows.read_header(); !ok) return std::unexpected(ok.error());
  return rows;
}

Result<MatchRows> MatchRows::of(std::string text, const std::string& name) {
  auto source = std::make_unique<Source>();
  source->name = name;
  source->bytes = std::move(text);
  MatchRows rows(std::move(source));
  if (auto ok = rows.read_header(); !ok) return std::unexpected(ok.error());
  return rows;
}

std::string_view MatchRows::field(size_t i) const {
  const size_t from = i == 0 ? 0 : field_ends_[i - 1];
  return std::string_view(record_).substr(from, field_ends_[i] - from);
}

/// One record; quoted fields may hold commas, quotes and line ends. False at the end.
Result<bool> MatchRows::read_record() {
  record_.clear();
  field_ends_.clear();
  if (source_->peek() < 0) {
    if (source_->damaged) return wrong("bad_file", "the compressed file is damaged or cut off here.", "file");
    return false;
  }
  ++source_->line;
  size_t from = 0;  // where the field begins
  bool quoted = false, was_quoted = false;
  while (true) {
    const int c = source_->get();
    if (c < 0 && (quoted || source_->damaged)) {
      return source_->damaged ? wrong("bad_file", "the compressed file is damaged or cut off here.", "file")
                              : wrong("bad_row", "a quoted field is not closed.", "row");
    }
    if (record_.size() > kRecordBytesMax)
      return wrong("bad_row", "the row is longer than 64 KiB; is a quote not closed?", "row");
    if (quoted) {
      if (c != '"')
        record_ += static_cast<char>(c), source_->line += c == '\n';
      else if (source_->peek() == '"')
        record_ += static_cast<char>(source_->get());
      else
        quoted = false;
    } else if (c == '"' && record_.size() == from && !was_quoted) {
      quoted = was_quoted = true;
    } else if (c == ',') {
      field_ends_.push_back(from = record_.size());
      was_quoted = false;
    } else if (c == '\n' || c < 0) {
      break;
    } else if (c != '\r' || source_->peek() != '\n') {
      record_ += static_cast<char>(c);
    }
  }
  field_ends_.push_back(record_.size());
  return true;
}

Result<void> MatchRows::read_header() {
  auto any = read_record();
  if (!any) return std::unexpected(any.error());
  if (!*any) {
    source_->line = 1;
    return wrong("bad_file", "the file is empty.", "file");
  }
  width_ = field_ends_.size();
  for (size_t i = 0; i < width_; ++i) {
    std::string_view name = field(i);
    if (i == 0 && name.starts_with("\xef\xbb\xbf")) name.remove_prefix(3);
    for (size_t k = 0; k < kColumns.size(); ++k) {
      if (name != kColumns[k]) continue;
      if (column_at_[k] >= 0)
        return wrong("bad_file", fmt::format("the header has two columns {}.", name), std::string(name));
      column_at_[k] = static_cast<int>(i);
    }
  }
  for (size_t k = 0; k < kRequired; ++k) {
    if (column_at_[k] < 0)
      return wrong("required", fmt::format("the header has no column {}.", kColumns[k]), std::string(kColumns[k]));
  }
  return {};
}

Result<bool> MatchRows::next(MatchFileRow& row) {
  while (true) {
    auto any = read_record();
    if (!any || !*any) return any;
    if (field_ends_.size() > 1 || !record_.empty()) break;  // an empty line is no row
  }
  if (field_ends_.size() != width_) {
    return wrong("bad_row", fmt::format("{} columns where the header has {}.", field_ends_.size(), width_), "row");
  }
  if (auto ok = read_values(row); !ok) return std::unexpected(ok.error());
  return true;
}

Result<void> MatchRows::read_values(MatchFileRow& row) {
  auto value = [&](Column k) {
    return column_at_[k] < 0 ? std::string_view() : field(static_cast<size_t>(column_at_[k]));
  };
  for (Column k : {kMatch, kPlayer}) {
    if (value(k).empty()) return wrong("required", fmt::format("{} is empty.", kColumns[k]), std::string(kColumns[k]));
  }
  row = {.match = value(kMatch),
         .team = value(kTeam),
         .player = value(kPlayer),
         .side = value(kSide),
         .queue = value(kQueue)};
  if (value(kTime) != time_text_ || time_text_.empty()) {
    time_text_ = value(kTime);
    const auto time = time_of(time_text_);
    if (!time) return wrong("bad_time", fmt::format("\"{}\" is not a time.", time_text_), "time");
    time_ = *time;
  }
  row.time = time_;
  const auto rank = number_of<int64_t>(value(kRank));
  if (!rank || *rank < 1 || *rank > UINT32_MAX) {
    return wrong("bad_value", fmt::format("\"{}\" is not a rank (1 is best).", value(kRank)), "rank");
  }
  row.rank = *rank;
  if (value(kScore).empty()) return {};
  row.score = number_of<double>(value(kScore));
  if (!row.score || !(std::abs(*row.score) <= 9007199254740992.0)) {
    return wrong("bad_value", fmt::format("\"{}\" is not a score.", value(kScore)), "score");
  }
  return {};
}

}  // namespace gamekeeper::tools
