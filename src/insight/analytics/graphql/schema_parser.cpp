#include "insight/analytics/graphql/parser.h"
#include "insight/analytics/graphql/token_reader.h"

namespace gamekeeper::graphql {
namespace {

constexpr size_t kSchemaTokensMax = 1'000'000;

class SchemaParser : public TokenReader {
 public:
  explicit SchemaParser(std::string_view source) : TokenReader(source, kSchemaTokensMax) {}

  SchemaDocument parse() {
    do definition();
    while (ok() && !peek(TokenKind::kEnd));
    return std::move(out_);
  }

 private:
  std::string description() {
    if (!peek(TokenKind::kString) && !peek(TokenKind::kBlockString)) return {};
    std::string text = current().string;
    advance();
    return text;
  }

  void definition() {
    std::string text = description();
    if (skip_keyword("schema")) return schema(std::move(text));
    if (skip_keyword("directive")) return directive(std::move(text));
    TypeDefinitionNode node{.offset = current().offset, .description = std::move(text)};
    if (skip_keyword("scalar"))
      node.kind = TypeKind::kScalar;
    else if (skip_keyword("type"))
      node.kind = TypeKind::kObject;
    else if (skip_keyword("interface"))
      node.kind = TypeKind::kInterface;
    else if (skip_keyword("union"))
      node.kind = TypeKind::kUnion;
    else if (skip_keyword("enum"))
      node.kind = TypeKind::kEnum;
    else if (skip_keyword("input"))
      node.kind = TypeKind::kInputObject;
    else
      return unexpected();
    node.name = name();
    if (skip_keyword("implements")) node.interfaces = names(TokenKind::kAmp);
    node.directives = directives(true);
    body(node);
    out_.types.push_back(std::move(node));
  }

  void body(TypeDefinitionNode& node) {
    if (node.kind == TypeKind::kUnion) {
      if (skip(TokenKind::kEquals)) node.members = names(TokenKind::kPipe);
      return;
    }
    if (node.kind == TypeKind::kScalar || !peek(TokenKind::kOpenBrace)) return;
    many(TokenKind::kOpenBrace, "\"{\"", TokenKind::kCloseBrace, "\"}\"", [&] {
      if (node.kind == TypeKind::kEnum)
        node.values.push_back(enum_value());
      else if (node.kind == TypeKind::kInputObject)
        node.inputs.push_back(input_value());
      else
        node.fields.push_back(field());
    });
  }

  std::vector<std::string_view> names(TokenKind separator) {
    std::vector<std::string_view> out;
    skip(separator);
    do out.push_back(name());
    while (skip(separator));
    return out;
  }

  FieldNode field() {
    FieldNode node;
    node.description = description();
    node.name = name();
    node.arguments = argument_definitions();
    expect(TokenKind::kColon, "\":\"");
    node.type = type();
    node.directives = directives(true);
    return node;
  }

  std::vector<InputValueNode> argument_definitions() {
    std::vector<InputValueNode> out;
    if (peek(TokenKind::kOpenParen))
      many(TokenKind::kOpenParen, "\"(\"", TokenKind::kCloseParen, "\")\"", [&] { out.push_back(input_value()); });
    return out;
  }

  InputValueNode input_value() {
    InputValueNode node;
    node.description = description();
    node.name = name();
    expect(TokenKind::kColon, "\":\"");
    node.type = type();
    if (skip(TokenKind::kEquals)) node.default_value = value(true);
    node.directives = directives(true);
    return node;
  }

  EnumValueNode enum_value() {
    EnumValueNode node;
    node.description = description();
    if (peek_keyword("true") || peek_keyword("false") || peek_keyword("null")) unexpected();
    node.name = name();
    node.directives = directives(true);
    return node;
  }

  void directive(std::string text) {
    DirectiveDefinitionNode node{.description = std::move(text), .offset = current().offset};
    expect(TokenKind::kAt, "\"@\"");
    node.name = name();
    node.arguments = argument_definitions();
    node.repeatable = skip_keyword("repeatable");
    expect_keyword("on");
    node.locations = names(TokenKind::kPipe);
    out_.directives.push_back(std::move(node));
  }

  void schema(std::string text) {
    out_.description = std::move(text);
    out_.has_schema_definition = true;
    directives(true);
    many(TokenKind::kOpenBrace, "\"{\"", TokenKind::kCloseBrace, "\"}\"", [&] {
      std::string_view operation = name();
      expect(TokenKind::kColon, "\":\"");
      std::string_view target = name();
      if (operation == "query")
        out_.query = target;
      else if (operation == "mutation")
        out_.mutation = target;
      else if (operation == "subscription")
        out_.subscription = target;
      else
        unexpected();
    });
  }

  SchemaDocument out_;
};

}  // namespace

std::expected<SchemaDocument, GraphError> parse_schema(std::string_view source) {
  SchemaParser parser(source);
  SchemaDocument document = parser.parse();
  if (const auto& error = parser.error())
    return std::unexpected(GraphError{std::string(kParseFailed), error->message, {locate(source, error->offset)}});
  return document;
}

}  // namespace gamekeeper::graphql
