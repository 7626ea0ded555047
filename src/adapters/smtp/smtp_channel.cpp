#include "adapters/smtp/smtp_channel.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "adapters/smtp/mail_text.h"

namespace gamekeeper::adapters {
namespace {

struct FreeHandle {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Unread {
  std::string_view rest;
};

size_t give(char* to, size_t one, size_t n, void* user) {
  auto& unread = *static_cast<Unread*>(user);
  const size_t size = std::min(one * n, unread.rest.size());
  std::memcpy(to, unread.rest.data(), size);
  unread.rest.remove_prefix(size);
  return size;
}

int keep_on(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(user)->load() ? 1 : 0;
}

bool is_this_machine(const std::string& url) {
  for (const char* host : {"//127.0.0.1", "//localhost", "//[::1]"}) {
    if (const size_t at = url.find(host); at != url.npos) {
      const size_t end = at + std::strlen(host);
      if (end == url.size() || url[end] == ':' || url[end] == '/') return true;
    }
  }
  return false;
}

Result<void> outcome_of(CURLcode code, CURL* curl) {
  if (code == CURLE_OK) return {};
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OPERATION_TIMEDOUT)
    return fail(ErrorKind::kTimeout, "timeout", "The mail server did not answer in time.");
  const std::string told =
      status == 0 ? curl_easy_strerror(code) : "The mail server said " + std::to_string(status) + ".";
  // What signing in meets is a fault of the configuration, which may be mended; what the receiver meets is not.
  const bool for_good = status >= 500 && code != CURLE_LOGIN_DENIED && status != 530 && status != 535;
  if (for_good) return fail(ErrorKind::kInvalid, "mail_refused", told);
  return fail(ErrorKind::kUnavailable, "mail_failed", told);
}

}  // namespace

SmtpChannel::SmtpChannel(SmtpOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  GK_CHECK(ready == CURLE_OK, "libcurl starts");
}

SmtpChannel::~SmtpChannel() {
  abort();
  pool_.stop();
}

Task<Result<void>> SmtpChannel::deliver(ports::PushMessage message) {
  auto job = [this, message = std::move(message)]() -> Result<void> { return send(message); };
  co_return co_await pool_.run(std::move(job));
}

Result<void> SmtpChannel::send(const ports::PushMessage& message) {
  if (!is_mail_address(message.to))
    return fail(ErrorKind::kInvalid, "bad_email", "Mail cannot be sent to this address.", "to");
  const std::unique_ptr<CURL, FreeHandle> curl(curl_easy_init());
  const std::unique_ptr<curl_slist, FreeHandle> to(curl_slist_append(nullptr, ("<" + message.to + ">").c_str()));
  if (!curl || !to) return fail(ErrorKind::kOverloaded, "overloaded", "There is no memory for a mail.");
  const std::string text = mail_text({.from = options_.from,
                                      .to = message.to,
                                      .id = message.id,
                                      .subject = message.subject,
                                      .text = message.body,
                                      .at = clock_.now_ms()});
  Unread unread{text};
  const std::string from = "<" + options_.from + ">";
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  const bool must_encrypt = !options_.password.empty() && !is_this_machine(options_.url);
  set(CURLOPT_URL, options_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_USE_SSL, static_cast<long>(must_encrypt ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  if (!options_.user.empty()) set(CURLOPT_USERNAME, options_.user.c_str());
  if (!options_.password.empty()) set(CURLOPT_PASSWORD, options_.password.c_str());
  set(CURLOPT_MAIL_FROM, from.c_str());
  set(CURLOPT_MAIL_RCPT, to.get());
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, give);
  set(CURLOPT_READDATA, &unread);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, keep_on);
  set(CURLOPT_XFERINFODATA, &aborted_);
  return outcome_of(curl_easy_perform(curl.get()), curl.get());
}

}  // namespace gamekeeper::adapters
