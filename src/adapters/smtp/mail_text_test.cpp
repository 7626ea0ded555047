#include "adapters/smtp/mail_text.h"

#include <gtest/gtest.h>

namespace gamekeeper::adapters {
namespace {

Mail mail(std::string subject, std::string text = "Hello") {
  return {.from = "game@example.com",
          .to = "ada@example.org",
          .id = "0190",
          .subject = std::move(subject),
          .text = std::move(text),
          .at = 1'800'000'000'000};
}

std::string line_of(const std::string& text, const std::string& name) {
  const size_t at = text.find(name + ": ");
  return at == text.npos ? "" : text.substr(at + name.size() + 2, text.find("\r\n", at) - at - name.size() - 2);
}

TEST(MailText, IsAWholeMessage) {
  EXPECT_EQ(mail_text(mail("Match found")),
            "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\nFrom: <game@example.com>\r\nTo: <ada@example.org>\r\n"
            "Subject: Match found\r\nMessage-ID: <0190@example.com>\r\nAuto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            "SGVsbG8=\r\n");
}

TEST(MailText, ASubjectCannotBeginAHeader) {
  const std::string text = mail_text(mail("x\r\nBcc: eve@example.net"));
  EXPECT_EQ(line_of(text, "Subject"), "x  Bcc: eve@example.net");
  EXPECT_EQ(text.find("\r\nBcc"), text.npos);
  EXPECT_EQ(line_of(mail_text(mail("=?utf-8?B?eA==?=")), "Subject"), "=?utf-8?B?PT91dGYtOD9CP2VBPT0/PQ==?=");
}

TEST(MailText, OtherLettersAreEncodedAndLinesStayShort) {
  std::string umlauts;
  for (int i = 0; i < 120; ++i) umlauts += "\xC3\xBC";
  const std::string text = mail_text(mail("x" + umlauts, std::string(5000, 'a')));
  size_t at = 0;
  for (size_t end; (end = text.find("\r\n", at)) != text.npos; at = end + 2) EXPECT_LE(end - at, 100u);
  EXPECT_EQ(line_of(text, "Subject").substr(0, 10), "=?utf-8?B?");
}

TEST(MailAddress, HoldsNothingThatACommandWouldRead) {
  for (const char* good : {"a@b", "ada+x@example.org"}) EXPECT_TRUE(is_mail_address(good)) << good;
  for (const char* bad : {"", "@", "a@", "@b", "a b@c", "a@b\r\nRCPT TO:<x@y>", "a@b>", "<a@b", "\"a\"@b"})
    EXPECT_FALSE(is_mail_address(bad)) << bad;
}

}  // namespace
}  // namespace gamekeeper::adapters
