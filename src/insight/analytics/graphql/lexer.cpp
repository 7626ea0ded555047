#include "insight/analytics/graphql/lexer.h"

#include <fmt/format.h>

#include <vector>

#include "insight/analytics/graphql/error.h"

namespace gamekeeper::graphql {
namespace {

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string printable(char c) {
  if (c > ' ' && c < 0x7f) return fmt::format("\"{}\"", c);
  return fmt::format("U+{:04X}", static_cast<unsigned char>(c));
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

TokenKind punctuator(char c) {
  switch (c) {
    case '!':
      return TokenKind::kBang;
    case '$':
      return TokenKind::kDollar;
    case '&':
      return TokenKind::kAmp;
    case '(':
      return TokenKind::kOpenParen;
    case ')':
      return TokenKind::kCloseParen;
    case ':':
      return TokenKind::kColon;
    case '=':
      return TokenKind::kEquals;
    case '@':
      return TokenKind::kAt;
    case '[':
      return TokenKind::kOpenBracket;
    case ']':
      return TokenKind::kCloseBracket;
    case '{':
      return TokenKind::kOpenBrace;
    case '|':
      return TokenKind::kPipe;
    case '}':
      return TokenKind::kCloseBrace;
    default:
      return TokenKind::kEnd;
  }
}

std::vector<std::string_view> split_lines(std::string_view raw) {
  std::vector<std::string_view> lines;
  size_t begin = 0;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\n' && raw[i] != '\r') continue;
    lines.push_back(raw.substr(begin, i - begin));
    if (raw[i] == '\r' && i + 1 < raw.size() && raw[i + 1] == '\n') ++i;
    begin = i + 1;
  }
  lines.push_back(raw.substr(begin));
  return lines;
}

size_t indent_of(std::string_view line) {
  size_t n = line.find_first_not_of(" \t");
  return n == std::string_view::npos ? line.size() : n;
}

}  // namespace

Location locate(std::string_view source, uint32_t offset) {
  Location at;
  for (size_t i = 0; i < offset && i < source.size(); ++i) {
    char c = source[i];
    if (c == '\n' || (c == '\r' && !(i + 1 < source.size() && source[i + 1] == '\n'))) {
      ++at.line;
      at.column = 1;
    } else if (c != '\r' && (c & 0xC0) != 0x80) {
      ++at.column;
    }
  }
  return at;
}

bool valid_utf8(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  for (size_t i = 0; i < text.size();) {
    unsigned lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    size_t more = lead >= 0xC2 && lead <= 0xDF   ? 1
                  : lead >= 0xE0 && lead <= 0xEF ? 2
                  : lead >= 0xF0 && lead <= 0xF4 ? 3
                                                 : 0;
    if (more == 0) return false;
    for (size_t k = 1; k <= more; ++k)
      if ((byte(i + k) & 0xC0) != 0x80) return false;
    unsigned second = byte(i + 1);
    bool wrong = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                 (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    if (wrong) return false;
    i += more + 1;
  }
  return true;
}

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEnd:
      return "<EOF>";
    case TokenKind::kName:
      return fmt::format("Name \"{}\"", token.text);
    case TokenKind::kInt:
      return fmt::format("Int \"{}\"", token.text);
    case TokenKind::kFloat:
      return fmt::format("Float \"{}\"", token.text);
    case TokenKind::kString:
    case TokenKind::kBlockString:
      return "String";
    default:
      return fmt::format("\"{}\"", token.text);
  }
}

std::unexpected<SyntaxError> Lexer::fail(std::string message, size_t offset) const {
  return std::unexpected(SyntaxError{std::move(message), static_cast<uint32_t>(offset)});
}

void Lexer::skip_ignored() {
  while (position_ < source_.size()) {
    char c = source_[position_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',') {
      ++position_;
    } else if (c == '#') {
      while (position_ < source_.size() && source_[position_] != '\n' && source_[position_] != '\r') ++position_;
    } else if (source_.substr(position_, 3) == "\xEF\xBB\xBF") {
      position_ += 3;
    } else {
      return;
    }
  }
}

Token Lexer::take(TokenKind kind, size_t size) {
  Token token{kind, static_cast<uint32_t>(position_), source_.substr(position_, size)};
  position_ += size;
  return token;
}

std::expected<Token, SyntaxError> Lexer::next() {
  if (!checked_ && !valid_utf8(source_)) return fail("The document is not valid UTF-8.", 0);
  checked_ = true;
  skip_ignored();
  if (position_ >= source_.size()) return take(TokenKind::kEnd, 0);
  if (tokens_left_ == 0)
    return std::unexpected(SyntaxError{"The document has too many tokens.", static_cast<uint32_t>(position_), true,
                                       "tokens", tokens_max_});
  --tokens_left_;
  char c = source_[position_];
  if (is_name_start(c)) {
    size_t size = 1;
    while (is_name_start(at(size)) || is_digit(at(size))) ++size;
    return take(TokenKind::kName, size);
  }
  if (is_digit(c) || c == '-') return number();
  if (c == '"') return source_.substr(position_, 3) == "\"\"\"" ? block_string() : string();
  if (source_.substr(position_, 3) == "...") return take(TokenKind::kSpread, 3);
  TokenKind kind = punctuator(c);
  if (kind == TokenKind::kEnd) return fail(fmt::format("Unexpected character: {}.", printable(c)), position_);
  return take(kind, 1);
}

std::expected<Token, SyntaxError> Lexer::number() {
  size_t n = at(0) == '-' ? 1 : 0;
  auto digits = [&] {
    size_t begin = n;
    while (is_digit(at(n))) ++n;
    return n > begin;
  };
  auto broken = [&] {
    std::string found = position_ + n < source_.size() ? printable(at(n)) : "<EOF>";
    return fail(fmt::format("Invalid number, expected digit but got: {}.", found), position_ + n);
  };
  TokenKind kind = TokenKind::kInt;
  if (at(n) == '0') {
    ++n;
    if (is_digit(at(n)))
      return fail(fmt::format("Invalid number, unexpected digit after 0: \"{}\".", at(n)), position_ + n);
  } else if (!digits()) {
    return broken();
  }
  if (at(n) == '.') {
    kind = TokenKind::kFloat;
    ++n;
    if (!digits()) return broken();
  }
  if (at(n) == 'e' || at(n) == 'E') {
    kind = TokenKind::kFloat;
    ++n;
    if (at(n) == '+' || at(n) == '-') ++n;
    if (!digits()) return broken();
  }
  if (at(n) == '.' || is_name_start(at(n))) return broken();
  return take(kind, n);
}

std::expected<Token, SyntaxError> Lexer::string() {
  size_t begin = position_++;
  std::string out;
  for (;;) {
    char c = at(0);
    if (position_ >= source_.size() || c == '\n' || c == '\r') return fail("Unterminated string.", position_);
    if (c == '"') break;
    if (c == '\\') {
      if (auto done = escape(out); !done) return std::unexpected(done.error());
      continue;
    }
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t')
      return fail(fmt::format("Invalid character within String: {}.", printable(c)), position_);
    out += c;
    ++position_;
  }
  ++position_;
  return Token{TokenKind::kString, static_cast<uint32_t>(begin), source_.substr(begin, position_ - begin),
               std::move(out)};
}

std::expected<void, SyntaxError> Lexer::escape(std::string& out) {
  static constexpr std::string_view kFrom = "\"\\/bfnrt";
  static constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
  if (at(1) == 'u') return unicode_escape(out);
  size_t which = at(1) == '\0' ? std::string_view::npos : kFrom.find(at(1));
  if (which == std::string_view::npos) return fail("Invalid character escape sequence.", position_);
  out += kTo[which];
  position_ += 2;
  return {};
}

std::expected<uint32_t, SyntaxError> Lexer::hex(size_t begin, size_t size) const {
  uint32_t code = 0;
  for (size_t i = begin; i < begin + size; ++i) {
    char c = i < source_.size() ? source_[i] : '\0';
    int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return fail("Invalid Unicode escape sequence.", position_);
    code = code * 16 + static_cast<uint32_t>(digit);
  }
  return code;
}

std::expected<void, SyntaxError> Lexer::unicode_escape(std::string& out) {
  size_t size = 6;
  std::expected<uint32_t, SyntaxError> code = 0;
  if (at(2) == '{') {
    size_t digits = 0;
    while (at(3 + digits) != '}' && digits < 9) ++digits;
    if (digits == 0 || digits > 8) return fail("Invalid Unicode escape sequence.", position_);
    code = hex(position_ + 3, digits);
    size = digits + 4;
  } else {
    code = hex(position_ + 2, 4);
    bool leads = code && *code >= 0xD800 && *code <= 0xDBFF;
    if (leads && at(6) == '\\' && at(7) == 'u') {
      auto trail = hex(position_ + 8, 4);
      if (trail && *trail >= 0xDC00 && *trail <= 0xDFFF) {
        code = 0x10000 + ((*code - 0xD800) << 10) + (*trail - 0xDC00);
        size = 12;
      }
    }
  }
  if (!code) return std::unexpected(code.error());
  if (*code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF))
    return fail("Invalid Unicode escape sequence.", position_);
  append_utf8(out, *code);
  position_ += size;
  return {};
}

std::expected<Token, SyntaxError> Lexer::block_string() {
  size_t begin = position_;
  position_ += 3;
  std::string raw;
  while (source_.substr(position_, 3) != "\"\"\"") {
    if (position_ >= source_.size()) return fail("Unterminated string.", position_);
    if (source_.substr(position_, 4) == "\\\"\"\"") {
      raw += "\"\"\"";
      position_ += 4;
      continue;
    }
    char c = source_[position_++];
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r')
      return fail(fmt::format("Invalid character within String: {}.", printable(c)), position_ - 1);
    raw += c;
  }
  position_ += 3;
  return Token{TokenKind::kBlockString, static_cast<uint32_t>(begin), source_.substr(begin, position_ - begin),
               block_string_value(raw)};
}

std::string block_string_value(std::string_view raw) {
  std::vector<std::string_view> lines = split_lines(raw);
  size_t common = std::string_view::npos;
  for (size_t i = 1; i < lines.size(); ++i) {
    size_t indent = indent_of(lines[i]);
    if (indent < lines[i].size()) common = std::min(common, indent);
  }
  if (common != std::string_view::npos)
    for (size_t i = 1; i < lines.size(); ++i) lines[i].remove_prefix(std::min(common, lines[i].size()));
  auto blank = [](std::string_view line) { return indent_of(line) == line.size(); };
  size_t first = 0;
  size_t last = lines.size();
  while (first < last && blank(lines[first])) ++first;
  while (last > first && blank(lines[last - 1])) --last;
  std::string out;
  for (size_t i = first; i < last; ++i) {
    if (i > first) out += '\n';
    out += lines[i];
  }
  return out;
}

}  // namespace gamekeeper::graphql
