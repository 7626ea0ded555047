#include "gate/canonical_json.h"

#include <gtest/gtest.h>

namespace gamekeeper::gate {
namespace {

TEST(CanonicalJson, SpellingsOfOneDocumentAreOne) {
  const auto want = canonical_json(R"({"a":1,"b":[true,null,"x"],"c":{"d":0.5,"e":"\u00e9"}})");
  ASSERT_TRUE(want);
  for (const char* same : {R"( { "b" : [true, null, "x"], "a" : 1.0, "c" : { "e" : "é", "d" : 5e-1 } } )",
                           "{\n\"c\":{\"e\":\"\\u00E9\",\"d\":0.50},\"b\":[true,null,\"\\u0078\"],\"a\":1e0}"}) {
    EXPECT_EQ(canonical_json(same), want) << same;
  }
}

TEST(CanonicalJson, DifferentDocumentsDiffer) {
  const char* documents[] = {"1",
                             "\"1\"",
                             "true",
                             "null",
                             "[]",
                             "{}",
                             "[1]",
                             "[[1]]",
                             "[1,2]",
                             "[2,1]",
                             "{\"a\":1}",
                             "{\"a\":\"1\"}",
                             "{\"A\":1}",
                             "{\"a\":null}",
                             "0.1",
                             "-1",
                             "9223372036854775807",
                             "9223372036854775806",
                             "18446744073709551615",
                             "{\"a\":1,\"b\":1}",
                             "\"a\\\"b\"",
                             "\"a\"",
                             "1.5",
                             "1e300"};
  for (const char* a : documents) {
    for (const char* b : documents) EXPECT_EQ(canonical_json(a) == canonical_json(b), a == b) << a << " and " << b;
  }
}

TEST(CanonicalJson, WhatIsNoJsonHasNone) {
  for (const char* text : {"", "{", "{}x", "{\"a\":1,}", "nul", "01", "\"\xFF\"", "'a'"})
    EXPECT_FALSE(canonical_json(text)) << text;
  EXPECT_FALSE(canonical_json(std::string_view()));
  EXPECT_FALSE(canonical_json(std::string(100, '[') + std::string(100, ']')));
}

TEST(CanonicalJson, MinusZeroIsZero) { EXPECT_EQ(canonical_json("-0.0"), "0"); }

}  // namespace
}  // namespace gamekeeper::gate
