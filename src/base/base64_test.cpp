#include "base/base64.h"

#include <gtest/gtest.h>

namespace gamekeeper {
namespace {

TEST(Base64, OfUrlsHasOneSpelling) {
  EXPECT_EQ(to_base64url("\xFB\xFF"), "-_8");
  EXPECT_EQ(from_base64url("-_8"), "\xFB\xFF");
  for (const char* wrong : {"-_9", "-_8=", "+/8", "-_8 ", " -_8", "-_8\n", "-", "-_ 8", "-_8A===", "\xC3\xA4"}) {
    EXPECT_FALSE(from_base64url(wrong)) << wrong;
  }
}

TEST(Base64, PlainHasOneSpelling) {
  EXPECT_EQ(to_base64("\xFB\xFF"), "+/8=");
  EXPECT_EQ(from_base64("+/8="), "\xFB\xFF");
  for (const char* wrong : {"+/9=", "+/8", "-_8=", "+/8= ", "+/8==", "+ /8=", "="}) {
    EXPECT_FALSE(from_base64(wrong)) << wrong;
  }
}

TEST(Base64, OfNothingIsNothing) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64url(""), "");
  EXPECT_EQ(from_base64(""), "");
  EXPECT_EQ(from_base64url(""), "");
}

}  // namespace
}  // namespace gamekeeper
