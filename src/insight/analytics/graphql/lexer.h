#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace gamekeeper::graphql {

enum class TokenKind : uint8_t {
  kEnd,
  kBang,
  kDollar,
  kAmp,
  kOpenParen,
  kCloseParen,
  kSpread,
  kColon,
  kEquals,
  kAt,
  kOpenBracket,
  kCloseBracket,
  kOpenBrace,
  kPipe,
  kCloseBrace,
  kName,
  kInt,
  kFloat,
  kString,
  kBlockString,
};

/// `text` is a view of the source; `string` is a string token's value with its escapes or indentation taken
/// away.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t offset = 0;
  std::string_view text = {};
  std::string string = {};
};

struct SyntaxError {
  std::string message;
  uint32_t offset = 0;
  bool too_complex = false;
  std::string_view field = {};  // of what is too complex: which limit was passed, and how much it allows
  size_t limit = 0;
};

std::string describe(const Token& token);

/// Cuts GraphQL source (October 2021, with \u{...} escapes) into tokens; stops with `too_complex` beyond
/// `tokens_max`.
class Lexer {
 public:
  Lexer(std::string_view source, size_t tokens_max)
      : source_(source), tokens_max_(tokens_max), tokens_left_(tokens_max) {}

  /// The next token; kEnd for ever at the end of the source.
  std::expected<Token, SyntaxError> next();

 private:
  void skip_ignored();
  char at(size_t ahead) const { return position_ + ahead < source_.size() ? source_[position_ + ahead] : '\0'; }
  Token take(TokenKind kind, size_t size);
  std::expected<Token, SyntaxError> number();
  std::expected<Token, SyntaxError> string();
  std::expected<Token, SyntaxError> block_string();
  std::expected<void, SyntaxError> escape(std::string& out);
  std::expected<uint32_t, SyntaxError> hex(size_t begin, size_t size) const;
  std::expected<void, SyntaxError> unicode_escape(std::string& out);
  std::unexpected<SyntaxError> fail(std::string message, size_t offset) const;

  std::string_view source_;
  size_t position_ = 0;
  const size_t tokens_max_;
  size_t tokens_left_;
  bool checked_ = false;
};

/// The spec's BlockStringValue(): common indentation and blank first and last lines removed.
std::string block_string_value(std::string_view raw);

/// True for well-formed UTF-8.
bool valid_utf8(std::string_view text);

}  // namespace gamekeeper::graphql
