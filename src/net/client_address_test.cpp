#include "net/client_address.h"

#include <gtest/gtest.h>

namespace gamekeeper::net {
namespace {

std::vector<Network> networks(std::initializer_list<const char*> texts) {
  std::vector<Network> out;
  for (const char* text : texts) out.push_back(*parse_network(text));
  return out;
}

std::string seen(std::string_view peer, std::vector<HeaderView> headers, const std::vector<Network>& trusted) {
  return std::string(client_address(peer, headers, trusted));
}

TEST(ParseNetwork, TakesNetworksAndAddresses) {
  for (const char* good : {"10.0.0.0/8", "127.0.0.1", "0.0.0.0/0", "::1", "fd00::/8", "::/0"})
    EXPECT_TRUE(parse_network(good)) << good;
  for (const char* bad : {"", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "example.org",
                          "fd00::1/8", "10.0.0"}) {
    EXPECT_FALSE(parse_network(bad)) << bad;
  }
}

TEST(ClientAddress, BelievesNobodyWhoIsNotTrusted) {
  EXPECT_EQ(seen("203.0.113.9", {{"X-Forwarded-For", "1.2.3.4"}}, {}), "203.0.113.9");
  EXPECT_EQ(seen("203.0.113.9", {{"X-Forwarded-For", "1.2.3.4"}}, networks({"10.0.0.0/8"})), "203.0.113.9");
}

TEST(ClientAddress, IsTheLastThatNoTrustedProxyWrote) {
  const auto trusted = networks({"10.0.0.0/8", "::1"});
  EXPECT_EQ(seen("10.0.0.1", {{"x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.2"}}, trusted), "203.0.113.9");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "6.6.6.6"}, {"X-Forwarded-For", "203.0.113.9"}}, trusted),
            "203.0.113.9");
  EXPECT_EQ(seen("::1", {{"X-Forwarded-For", "[2001:db8::7]:4711"}}, trusted), "2001:db8::7");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "203.0.113.9:80"}}, trusted), "203.0.113.9");
  EXPECT_EQ(seen("::ffff:10.0.0.1", {{"X-Forwarded-For", "203.0.113.9"}}, trusted), "203.0.113.9");
  EXPECT_EQ(seen("10.0.0.1", {}, trusted), "10.0.0.1");
}

TEST(ClientAddress, StopsAtWhatIsNoAddress) {
  const auto trusted = networks({"10.0.0.0/8"});
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "6.6.6.6, unknown, 10.0.0.2"}}, trusted), "10.0.0.2");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "6.6.6.6, , "}}, trusted), "10.0.0.1");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "["}}, trusted), "10.0.0.1");
}

}  // namespace
}  // namespace gamekeeper::net
