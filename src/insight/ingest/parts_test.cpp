#include "insight/ingest/parts.h"

#include <gtest/gtest.h>

#include <string>

namespace gamekeeper::ingest {
namespace {

/// What Parts finds: "key=value;key=value;", with '!' at the end when the text is not whole.
std::string shape(std::string_view text) {
  Parts parts(text);
  std::string out;
  while (auto part = parts.next()) out += std::string(part->key) + "=" + std::string(part->value) + ";";
  return parts.whole() ? out : out + "!";
}

TEST(Parts, TakesObjectsAndArraysApart) {
  EXPECT_EQ(shape("{}"), "");
  EXPECT_EQ(shape(" [ ] "), "");
  EXPECT_EQ(shape(R"( {"a" : 1 , "b":{"c":[1,2]},"d":"x]}\"" } )"), R"(a=1;b={"c":[1,2]};d="x]}\"";)");
  EXPECT_EQ(shape("[1,-2.5e3, true,\"\",[],{}]"), "=1;=-2.5e3;=true;=\"\";=[];={};");
}

TEST(Parts, DoesNotMindWhatIsWrongInsideAPart) {
  EXPECT_EQ(shape("[nul,\"\xff\",\"\t\",01]"), "=nul;=\"\xff\";=\"\t\";=01;");
  EXPECT_EQ(shape("[{\"a\" 1},2]"), "={\"a\" 1};=2;");
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(shape("[" + deep + ",1]"), "=" + deep + ";=1;");
}

TEST(Parts, SaysWhenTheWholeIsBroken) {
  for (const char* text : {"",          " ",    "1",     "\"a\"",   "{",          "[",     "[1",       "[1,",
                           "[1,]",      "[1}",  "[1 2]", "{\"a\"}", "{\"a\":}",   "{a:1}", "{1:1}",    "[\"a]",
                           "[\"a\\\"]", "[] x", "[[}]",  "[1]]",    "{\"a\":1,}", "[,]",   "{\"a\":[}"}) {
    const std::string found = shape(text);
    EXPECT_EQ(found.substr(found.size() - std::min<size_t>(1, found.size())), "!") << text;
  }
}

}  // namespace
}  // namespace gamekeeper::ingest
