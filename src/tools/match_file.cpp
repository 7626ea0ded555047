#include "tools/match_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <charconv>
#include <unordered_map>

namespace gamekeeper::tools {
namespace {

/// One record of a CSV text (RFC 4180: quoted fields may hold commas, quotes and line ends).
bool next_record(std::string_view& rest, std::vector<std::string>& fields, size_t& line) {
  fields.clear();
  if (rest.empty()) return false;
  std::string field;
  bool quoted = false;
  size_t i = 0;
  for (; i < rest.size(); ++i) {
    const char c = rest[i];
    if (quoted) {
      if (c == '"' && i + 1 < rest.size() && rest[i + 1] == '"') field += '"', ++i;
      else if (c == '"') quoted = false;
      else field += c, line += c == '\n';
    } else if (c == '"' && field.empty()) {
      quoted = true;
    } else if (c == ',') {
      fields.push_back(std::move(field));
      field.clear();
    } else if (c == '\n') {
      break;
    } else {
      field += c;
    }
  }
  if (!field.empty() && field.back() == '\r') field.pop_back();
  fields.push_back(std::move(field));
  rest.remove_prefix(std::min(i + 1, rest.size()));
  ++line;
  return true;
}

std::optional<UnixMillis> read_time(const std::string& text) {
  if (text.size() == 10 && text[4] == '-') return parse_time(text + "T00:00:00Z");
  if (auto time = parse_time(text)) return time;
  if (auto time = parse_time(text + "Z")) return time;
  double seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return static_cast<UnixMillis>(seconds * 1000);
}

}  // namespace

Result<std::vector<Match>> parse_matches(std::string_view text, const std::string& name) {
  static constexpr std::array<const char*, 8> kColumns = {"match_id", "time", "team", "player", "rank", "score", "side", "queue"};
  std::array<int, 8> at;
  at.fill(-1);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::vector<std::string> fields;
  size_t line = 0;
  auto bad = [&](std::string code, std::string message, std::string field) {
    return fail(ErrorKind::kInvalid, std::move(code), fmt::format("{}:{}: {}", name, line, message), std::move(field));
  };
  if (!next_record(text, fields, line)) return bad("bad_file", "the file is empty.", "file");
  for (size_t c = 0; c < fields.size(); ++c) {
    for (size_t k = 0; k < kColumns.size(); ++k) {
      if (fields[c] == kColumns[k]) at[k] = static_cast<int>(c);
    }
  }
  for (size_t k = 0; k < 5; ++k) {
    if (at[k] < 0) return bad("required", fmt::format("the header has no column {}.", kColumns[k]), kColumns[k]);
  }
  const size_t width = fields.size();
  std::vector<Match> matches;
  std::unordered_map<std::string, size_t> known;
  while (next_record(text, fields, line)) {
    if (fields.size() == 1 && fields[0].empty()) continue;
    if (fields.size() != width) return bad("bad_row", fmt::format("{} columns where the header has {}.", fields.size(), width), "row");
    auto value = [&](size_t k) -> const std::string& {
      static const std::string kNone;
      return at[k] < 0 ? kNone : fields[static_cast<size_t>(at[k])];
    };
    for (size_t k : {0u, 3u}) {
      if (value(k).empty()) return bad("required", fmt::format("{} is empty.", kColumns[k]), kColumns[k]);
    }
    auto [entry, fresh] = known.try_emplace(value(0), matches.size());
    if (fresh) {
      auto time = read_time(value(1));
      if (!time) return bad("bad_time", fmt::format("\"{}\" is not a time.", value(1)), "time");
      matches.push_back({.id = value(0), .queue = value(7), .time = *time, .rows = {}});
    }
    MatchRow row{.team = value(2), .player = value(3), .rank = 0, .score = std::nullopt, .side = value(6)};
    auto [end, error] = std::from_chars(value(4).data(), value(4).data() + value(4).size(), row.rank);
    if (error != std::errc{} || end != value(4).data() + value(4).size() || row.rank < 1) {
      return bad("bad_value", fmt::format("\"{}\" is not a rank (1 is best).", value(4)), "rank");
    }
    if (!value(5).empty()) {
      double score = 0;
      auto [e, err] = std::from_chars(value(5).data(), value(5).data() + value(5).size(), score);
      if (err != std::errc{} || e != value(5).data() + value(5).size()) return bad("bad_value", fmt::format("\"{}\" is not a score.", value(5)), "score");
      row.score = score;
    }
    matches[entry->second].rows.push_back(std::move(row));
  }
  return matches;
}

Result<std::vector<Match>> read_matches(const std::string& file) {
  gzFile in = gzopen(file.c_str(), "rb");  // reads plain files as they are
  if (!in) return fail(ErrorKind::kInvalid, "bad_file", "The file " + file + " cannot be read.", "file");
  std::string text;
  std::array<char, 1 << 16> buffer;
  int n = 0;
  while ((n = gzread(in, buffer.data(), buffer.size())) > 0) text.append(buffer.data(), static_cast<size_t>(n));
  const bool broken = n < 0;
  gzclose(in);
  if (broken) return fail(ErrorKind::kInvalid, "bad_file", "The file " + file + " is damaged.", "file");
  return parse_matches(text, file);
}

}  // namespace gamekeeper::tools
