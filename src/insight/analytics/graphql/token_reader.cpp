#include "insight/analytics/graphql/token_reader.h"

#include <fmt/format.h>

namespace gamekeeper::graphql {

TokenReader::TokenReader(std::string_view source, size_t tokens_max) : lexer_(source, tokens_max) { advance(); }

TokenReader::Nested::Nested(TokenReader& reader) : reader_(reader) {
  if (++reader_.nesting_ <= kNestingMax || !reader_.ok()) return;
  reader_.fail("The document is nested too deeply.", reader_.current_.offset);
  reader_.error_->too_complex = true;
  reader_.error_->field = "nesting";
  reader_.error_->limit = kNestingMax;
}

void TokenReader::advance() {
  if (error_) return;
  auto token = lexer_.next();
  if (token) {
    current_ = std::move(*token);
    return;
  }
  error_ = std::move(token.error());
  current_ = Token{TokenKind::kEnd, error_->offset};
}

void TokenReader::fail(std::string message, uint32_t offset) {
  if (error_) return;
  error_ = SyntaxError{std::move(message), offset};
  current_ = Token{TokenKind::kEnd, offset};
}

void TokenReader::unexpected() { fail(fmt::format("Unexpected {}.", describe(current_)), current_.offset); }

Token TokenReader::expect(TokenKind kind, std::string_view what) {
  if (!peek(kind)) {
    fail(fmt::format("Expected {}, found {}.", what, describe(current_)), current_.offset);
    return {};
  }
  Token token = std::move(current_);
  advance();
  return token;
}

bool TokenReader::skip(TokenKind kind) {
  if (!peek(kind)) return false;
  advance();
  return true;
}

bool TokenReader::skip_keyword(std::string_view word) {
  if (!peek_keyword(word)) return false;
  advance();
  return true;
}

void TokenReader::expect_keyword(std::string_view word) {
  if (!skip_keyword(word)) fail(fmt::format("Expected \"{}\", found {}.", word, describe(current_)), current_.offset);
}

ValueNode TokenReader::value(bool constant) {
  Nested nested(*this);
  ValueNode node{.offset = current_.offset, .text = current_.text};
  switch (current_.kind) {
    case TokenKind::kOpenBracket:
      return list_value(constant);
    case TokenKind::kOpenBrace:
      return object_value(constant);
    case TokenKind::kInt:
      node.kind = ValueNode::Kind::kInt;
      break;
    case TokenKind::kFloat:
      node.kind = ValueNode::Kind::kFloat;
      break;
    case TokenKind::kString:
    case TokenKind::kBlockString:
      node.kind = ValueNode::Kind::kString;
      node.string = std::move(current_.string);
      break;
    case TokenKind::kName:
      if (current_.text == "true" || current_.text == "false")
        node.kind = ValueNode::Kind::kBoolean;
      else if (current_.text != "null")
        node.kind = ValueNode::Kind::kEnum;
      break;
    case TokenKind::kDollar:
      if (constant) break;
      advance();
      node.kind = ValueNode::Kind::kVariable;
      node.text = name();
      return node;
    default:
      break;
  }
  bool constant_variable = peek(TokenKind::kDollar);
  bool literal = peek(TokenKind::kName) || node.kind != ValueNode::Kind::kNull;
  if (constant_variable || !literal)
    unexpected();
  else
    advance();
  return node;
}

ValueNode TokenReader::list_value(bool constant) {
  ValueNode node{.kind = ValueNode::Kind::kList, .offset = current_.offset};
  advance();
  while (ok() && !peek(TokenKind::kCloseBracket) && !peek(TokenKind::kEnd)) node.items.push_back(value(constant));
  expect(TokenKind::kCloseBracket, "\"]\"");
  return node;
}

ValueNode TokenReader::object_value(bool constant) {
  ValueNode node{.kind = ValueNode::Kind::kObject, .offset = current_.offset};
  advance();
  while (ok() && !peek(TokenKind::kCloseBrace) && !peek(TokenKind::kEnd)) {
    uint32_t offset = current_.offset;
    std::string_view field = name();
    expect(TokenKind::kColon, "\":\"");
    node.fields.push_back({field, offset, value(constant)});
  }
  expect(TokenKind::kCloseBrace, "\"}\"");
  return node;
}

TypeNode TokenReader::type() {
  Nested nested(*this);
  TypeNode node{.offset = current_.offset};
  if (skip(TokenKind::kOpenBracket)) {
    node.item = std::make_unique<TypeNode>(type());
    expect(TokenKind::kCloseBracket, "\"]\"");
  } else {
    node.name = name();
  }
  node.non_null = skip(TokenKind::kBang);
  return node;
}

std::vector<ArgumentNode> TokenReader::arguments(bool constant) {
  std::vector<ArgumentNode> out;
  if (!peek(TokenKind::kOpenParen)) return out;
  many(TokenKind::kOpenParen, "\"(\"", TokenKind::kCloseParen, "\")\"", [&] {
    uint32_t offset = current_.offset;
    std::string_view argument = name();
    expect(TokenKind::kColon, "\":\"");
    out.push_back({argument, offset, value(constant)});
  });
  return out;
}

std::vector<DirectiveNode> TokenReader::directives(bool constant) {
  std::vector<DirectiveNode> out;
  while (peek(TokenKind::kAt)) {
    uint32_t offset = current_.offset;
    advance();
    std::string_view directive = name();
    out.push_back({directive, offset, arguments(constant)});
    ++directive_count_;
  }
  return out;
}

}  // namespace gamekeeper::graphql
