#include "gate/secrets.h"

#include <gtest/gtest.h>

namespace gamekeeper::gate {
namespace {

TEST(Base64Url, HasOneSpelling) {
  EXPECT_EQ(to_base64url("\xFB\xFF"), "-_8");
  EXPECT_EQ(from_base64url("-_8"), "\xFB\xFF");
  for (const char* wrong : {"-_9", "-_8=", "+/8", "-_8 ", " -_8", "-_8\n", "-", "-_ 8", "-_8A===", "\xC3\xA4"}) {
    EXPECT_FALSE(from_base64url(wrong)) << wrong;
  }
}

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
