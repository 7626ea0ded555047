#include "insight/analytics/graphql/parser.h"

#include <fmt/format.h>

#include "insight/analytics/graphql/json_writer.h"
#include "insight/analytics/graphql/token_reader.h"

namespace gamekeeper::graphql {
namespace {

class DocumentParser : public TokenReader {
 public:
  DocumentParser(Document& document, size_t tokens_max)
      : TokenReader(document.source, tokens_max), document_(document) {}

  void parse() {
    do definition();
    while (ok() && !peek(TokenKind::kEnd));
    document_.directive_count = directive_count();
  }

 private:
  void definition() {
    if (peek(TokenKind::kOpenBrace)) {
      document_.operations.push_back({.offset = current().offset, .selections = selections()});
    } else if (peek_keyword("query") || peek_keyword("mutation") || peek_keyword("subscription")) {
      operation();
    } else if (peek_keyword("fragment")) {
      fragment();
    } else {
      unexpected();
    }
  }

  void operation() {
    OperationNode node{.offset = current().offset};
    node.kind = peek_keyword("query")      ? OperationKind::kQuery
                : peek_keyword("mutation") ? OperationKind::kMutation
                                           : OperationKind::kSubscription;
    advance();
    if (peek(TokenKind::kName)) node.name = name();
    if (peek(TokenKind::kOpenParen))
      many(TokenKind::kOpenParen, "\"(\"", TokenKind::kCloseParen, "\")\"",
           [&] { node.variables.push_back(variable()); });
    node.directives = directives(false);
    node.selections = selections();
    document_.operations.push_back(std::move(node));
  }

  VariableNode variable() {
    uint32_t offset = current().offset;
    expect(TokenKind::kDollar, "\"$\"");
    VariableNode node{.name = name(), .offset = offset};
    expect(TokenKind::kColon, "\":\"");
    node.type = type();
    if (skip(TokenKind::kEquals)) node.default_value = value(true);
    node.directives = directives(true);
    return node;
  }

  void fragment() {
    uint32_t offset = current().offset;
    advance();
    if (peek_keyword("on")) return unexpected();
    FragmentNode node{.name = name(), .offset = offset};
    expect_keyword("on");
    node.condition_offset = current().offset;
    node.condition_name = name();
    node.directives = directives(false);
    node.selections = selections();
    document_.fragments.push_back(std::move(node));
  }

  Selections selections() {
    Nested nested(*this);
    Selections out;
    many(TokenKind::kOpenBrace, "\"{\"", TokenKind::kCloseBrace, "\"}\"",
         [&] { out.push_back(peek(TokenKind::kSpread) ? spread() : field()); });
    return out;
  }

  SelectionNode field() {
    SelectionNode node{.offset = current().offset};
    node.name = name();
    if (skip(TokenKind::kColon)) {
      node.alias = node.name;
      node.name = name();
    }
    node.arguments = arguments(false);
    node.directives = directives(false);
    if (peek(TokenKind::kOpenBrace)) node.selections = selections();
    return node;
  }

  SelectionNode spread() {
    SelectionNode node{.kind = SelectionNode::Kind::kInline, .offset = current().offset};
    advance();
    if (skip_keyword("on")) {
      node.name = name();
    } else if (peek(TokenKind::kName)) {
      node.kind = SelectionNode::Kind::kSpread;
      node.name = name();
    }
    node.directives = directives(false);
    if (node.kind == SelectionNode::Kind::kInline) node.selections = selections();
    return node;
  }

  Document& document_;
};

}  // namespace

std::expected<std::shared_ptr<Document>, GraphError> parse_document(std::string source, size_t tokens_max) {
  auto document = std::make_shared<Document>();
  document->source = std::move(source);
  DocumentParser parser(*document, tokens_max);
  parser.parse();
  if (const auto& error = parser.error()) {
    std::string_view code = error->too_complex ? kTooComplex : kParseFailed;
    std::string prefix = error->too_complex ? "" : "Syntax Error: ";
    return std::unexpected(GraphError{.code = std::string(code),
                                      .message = prefix + error->message,
                                      .locations = {locate(document->source, error->offset)},
                                      .field = std::string(error->field),
                                      .limit = error->too_complex ? std::to_string(error->limit) : ""});
  }
  return document;
}

std::string print(const ValueNode& node) {
  switch (node.kind) {
    case ValueNode::Kind::kVariable:
      return fmt::format("${}", node.text);
    case ValueNode::Kind::kString: {
      std::string out;
      append_json_string(out, node.string);
      return out;
    }
    case ValueNode::Kind::kList: {
      std::string out;
      for (const ValueNode& item : node.items) out += (out.empty() ? "" : ", ") + print(item);
      return "[" + out + "]";
    }
    case ValueNode::Kind::kObject: {
      std::string out;
      for (const ObjectFieldNode& field : node.fields)
        out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", field.name, print(field.value));
      return "{" + out + "}";
    }
    default:
      return node.kind == ValueNode::Kind::kNull ? "null" : std::string(node.text);
  }
}

}  // namespace gamekeeper::graphql
