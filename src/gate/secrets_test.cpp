#include "gate/secrets.h"

#include <gtest/gtest.h>

namespace gamekeeper::gate {
namespace {

TEST(Digest, OfPartsKeepsThemApart) {
  EXPECT_NE(digest_of_parts({"a", "bc"}), digest_of_parts({"ab", "c"}));
  EXPECT_NE(digest_of_parts({"a", ""}), digest_of_parts({"a"}));
  EXPECT_EQ(parse_hex(hex(digest_of("x"))), digest_of("x"));
  EXPECT_FALSE(parse_hex(hex(digest_of("x")).substr(2)));
  EXPECT_FALSE(parse_hex(hex(digest_of("x")) + "00"));
}

TEST(SameSecret, ComparesAll) {
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("abc", "ab"));
}

}  // namespace
}  // namespace gamekeeper::gate
