#include "adapters/smtp/mail_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/base64.h"

namespace gamekeeper::adapters {
namespace {

constexpr size_t kBase64Line = 76;
constexpr size_t kWordBytes = 42;  // of text in one encoded word: 75 characters with all that belongs to it

/// RFC 2047: words in base64, none of which ends inside a character.
std::string encoded_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t size = std::min(kWordBytes, text.size());
    while (size < text.size() && (text[size] & 0xC0) == 0x80) --size;
    if (!out.empty()) out += "\r\n ";
    out += "=?utf-8?B?" + to_base64(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return out;
}

std::string header_text(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  const bool plain = text.size() <= 60 && std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; }) &&
                     text.find("=?") == text.npos;
  return plain ? text : encoded_words(text);
}

/// RFC 5322's date, which speaks English whatever the locale is.
std::string date_of(UnixMillis at) {
  static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = at / 1000;
  std::tm t{};
  gmtime_r(&seconds, &t);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[static_cast<size_t>(t.tm_wday)], t.tm_mday,
                     kMonths[static_cast<size_t>(t.tm_mon)], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

}  // namespace

bool is_mail_address(std::string_view address) {
  const size_t at = address.find('@');
  return at != address.npos && at > 0 && at + 1 < address.size() && address.size() <= 254 &&
         std::ranges::none_of(
             address, [](unsigned char c) { return c <= 0x20 || c == 0x7F || c == '<' || c == '>' || c == '"'; });
}

std::string mail_text(const Mail& mail) {
  std::string out = fmt::format(
      "Date: {}\r\nFrom: <{}>\r\nTo: <{}>\r\nSubject: {}\r\nMessage-ID: <{}@{}>\r\nAuto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
      date_of(mail.at), mail.from, mail.to, header_text(mail.subject), mail.id,
      mail.from.substr(mail.from.find('@') + 1));
  const std::string body = to_base64(mail.text);
  for (size_t i = 0; i < body.size(); i += kBase64Line) out += body.substr(i, kBase64Line) + "\r\n";
  return out;
}

}  // namespace gamekeeper::adapters
