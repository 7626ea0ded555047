#pragma once

#include <optional>

#include "insight/analytics/graphql/ast.h"
#include "insight/analytics/graphql/lexer.h"

namespace gamekeeper::graphql {

inline constexpr int kNestingMax = 64;

/// What the parsers of documents and schemas share: one token of lookahead, and the syntax of values, types
/// and directives. The first error sticks and turns every further token into the end of the source, so
/// callers need not check each step.
class TokenReader {
 public:
  TokenReader(std::string_view source, size_t tokens_max);

  const std::optional<SyntaxError>& error() const { return error_; }
  size_t directive_count() const { return directive_count_; }

 protected:
  const Token& current() const { return current_; }
  bool ok() const { return !error_; }
  bool peek(TokenKind kind) const { return current_.kind == kind; }
  bool peek_keyword(std::string_view word) const { return peek(TokenKind::kName) && current_.text == word; }
  void advance();
  Token expect(TokenKind kind, std::string_view what);
  std::string_view name() { return expect(TokenKind::kName, "Name").text; }
  bool skip(TokenKind kind);
  bool skip_keyword(std::string_view word);
  void expect_keyword(std::string_view word);
  void unexpected();
  void fail(std::string message, uint32_t offset);

  /// Calls `item` at least once, between `open` and `close`.
  template <class F>
  void many(TokenKind open, std::string_view open_text, TokenKind close, std::string_view close_text, F item) {
    expect(open, open_text);
    do item();
    while (ok() && !peek(close) && !peek(TokenKind::kEnd));
    expect(close, close_text);
  }

  ValueNode value(bool constant);
  TypeNode type();
  std::vector<ArgumentNode> arguments(bool constant);
  std::vector<DirectiveNode> directives(bool constant);

  /// Counts one level of nesting while it lives; beyond kNestingMax the parse fails.
  class Nested {
   public:
    explicit Nested(TokenReader& reader);
    ~Nested() { --reader_.nesting_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    TokenReader& reader_;
  };

 private:
  ValueNode list_value(bool constant);
  ValueNode object_value(bool constant);

  Lexer lexer_;
  Token current_;
  std::optional<SyntaxError> error_;
  int nesting_ = 0;
  size_t directive_count_ = 0;
};

}  // namespace gamekeeper::graphql
