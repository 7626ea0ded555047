#include "insight/analytics/graphql/lexer.h"

#include <gtest/gtest.h>

#include "insight/analytics/graphql/error.h"

namespace gamekeeper::graphql {
namespace {

std::string string_of(std::string_view source) {
  auto token = Lexer(source, 10).next();
  return token ? token->string : "error: " + token.error().message;
}

std::string lexer_error(std::string_view source) {
  Lexer lexer(source, 100);
  for (;;) {
    auto token = lexer.next();
    if (!token) return token.error().message;
    if (token->kind == TokenKind::kEnd) return "";
  }
}

TEST(Lexer, SkipsWhatIsIgnored) {
  Lexer lexer("\xEF\xBB\xBF , # a comment\r\n\t{ a }", 10);
  EXPECT_EQ(lexer.next()->kind, TokenKind::kOpenBrace);
  auto name = lexer.next();
  EXPECT_EQ(name->kind, TokenKind::kName);
  EXPECT_EQ(name->text, "a");
  EXPECT_EQ(lexer.next()->kind, TokenKind::kCloseBrace);
  EXPECT_EQ(lexer.next()->kind, TokenKind::kEnd);
  EXPECT_EQ(lexer.next()->kind, TokenKind::kEnd);
}

TEST(Lexer, ReadsEscapesAndSurrogatePairs) {
  EXPECT_EQ(string_of(R"("a\n\t\"\\\/\b\f\r")"), "a\n\t\"\\/\b\f\r");
  EXPECT_EQ(string_of(R"("\u0041\u00e9")"), "Aé");
  EXPECT_EQ(string_of(R"("\uD83D\uDE00")"), "😀");
  EXPECT_EQ(string_of(R"("\u{1F600}")"), "😀");
  EXPECT_EQ(string_of("\"\""), "");
}

TEST(Lexer, RefusesBrokenStrings) {
  EXPECT_EQ(lexer_error("\"abc"), "Unterminated string.");
  EXPECT_EQ(lexer_error("\"a\nb\""), "Unterminated string.");
  EXPECT_EQ(lexer_error(R"("\q")"), "Invalid character escape sequence.");
  EXPECT_EQ(lexer_error(R"("\u12")"), "Invalid Unicode escape sequence.");
  EXPECT_EQ(lexer_error(R"("\uD83D")"), "Invalid Unicode escape sequence.");
  EXPECT_EQ(lexer_error(R"("\uDE00\uD83D")"), "Invalid Unicode escape sequence.");
  EXPECT_EQ(lexer_error(R"("\u{110000}")"), "Invalid Unicode escape sequence.");
  EXPECT_EQ(lexer_error(R"("\u{}")"), "Invalid Unicode escape sequence.");
  EXPECT_EQ(lexer_error("\"\x01\""), "Invalid character within String: U+0001.");
  EXPECT_EQ(lexer_error("\"\"\"abc"), "Unterminated string.");
  EXPECT_EQ(lexer_error("\"\\"), "Invalid character escape sequence.");
}

TEST(Lexer, TakesIndentationFromBlockStrings) {
  EXPECT_EQ(string_of("\"\"\"\n    Hello,\n      World!\n\n    Yours,\n      GraphQL.\n  \"\"\""),
            "Hello,\n  World!\n\nYours,\n  GraphQL.");
  EXPECT_EQ(string_of("\"\"\"a \\\"\"\" b \\n\"\"\""), "a \"\"\" b \\n");
  EXPECT_EQ(string_of("\"\"\"\"\"\""), "");
  EXPECT_EQ(block_string_value("  first\r\n    second\r    third"), "  first\nsecond\nthird");
}

TEST(Lexer, ReadsNumbers) {
  for (std::string_view text : {"0", "-0", "12", "-9"}) EXPECT_EQ(Lexer(text, 1).next()->kind, TokenKind::kInt) << text;
  for (std::string_view text : {"0.5", "-1.0", "1e10", "1E-3", "2.5e+7"})
    EXPECT_EQ(Lexer(text, 1).next()->kind, TokenKind::kFloat) << text;
  for (std::string_view text : {"00", "01", "-", "1.", "1.e1", "1e", "1a", "0x1", "1.2.3", ".5", "1_"})
    EXPECT_NE(lexer_error(text), "") << text;
}

TEST(Lexer, RefusesStrayCharactersAndBadUtf8) {
  EXPECT_EQ(lexer_error("?"), "Unexpected character: \"?\".");
  EXPECT_EQ(lexer_error(".."), "Unexpected character: \".\".");
  EXPECT_EQ(lexer_error("{ a } # \xC0\x80"), "The document is not valid UTF-8.");
  EXPECT_FALSE(valid_utf8("\xED\xA0\x80"));
  EXPECT_FALSE(valid_utf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(valid_utf8("\xE2\x82"));
  EXPECT_TRUE(valid_utf8("é€😀"));
}

TEST(Lexer, StopsAtTheTokenLimit) {
  Lexer lexer("a b c", 2);
  EXPECT_TRUE(lexer.next());
  EXPECT_TRUE(lexer.next());
  auto third = lexer.next();
  ASSERT_FALSE(third);
  EXPECT_TRUE(third.error().too_complex);
}

TEST(Locate, CountsLinesAndCodePoints) {
  EXPECT_EQ(locate("ab\r\ncd\ref\ngh", 4), (Location{2, 1}));
  EXPECT_EQ(locate("ab\r\ncd\ref\ngh", 7), (Location{3, 1}));
  EXPECT_EQ(locate("ab\r\ncd\ref\ngh", 11), (Location{4, 2}));
  EXPECT_EQ(locate("\"é€\" x", 8), (Location{1, 6}));
}

}  // namespace
}  // namespace gamekeeper::graphql
