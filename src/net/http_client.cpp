#include "net/http_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <optional>

#include "base/blocking_pool.h"
#include "net/head_parser.h"
#include "net/text.h"

namespace gamekeeper::net {
namespace {

struct Network4 {
  uint32_t base;
  int bits;
};
// IANA IPv4 Special-Purpose Address Registry, and multicast.
constexpr std::array<Network4, 14> kSpecial4 = {{{0x00000000, 8},
                                                 {0x0A000000, 8},
                                                 {0x64400000, 10},
                                                 {0x7F000000, 8},
                                                 {0xA9FE0000, 16},
                                                 {0xAC100000, 12},
                                                 {0xC0000000, 24},
                                                 {0xC0000200, 24},
                                                 {0xC0A80000, 16},
                                                 {0xC6120000, 15},
                                                 {0xC6336400, 24},
                                                 {0xCB007100, 24},
                                                 {0xC0586300, 24},
                                                 {0xE0000000, 3}}};

bool is_public4(uint32_t address) {
  return std::ranges::none_of(kSpecial4, [&](const Network4& n) { return (address ^ n.base) >> (32 - n.bits) == 0; });
}

/// Only 2000::/3 is given out; inside it tunnels and documentation are not for us.
bool is_public6(const in6_addr& address) {
  const uint8_t* b = address.s6_addr;
  const auto word = [&](int i) {
    return static_cast<uint32_t>(b[i]) << 24 | static_cast<uint32_t>(b[i + 1]) << 16 |
           static_cast<uint32_t>(b[i + 2]) << 8 | b[i + 3];
  };
  static constexpr std::array<uint8_t, 12> kNat64 = {0x00, 0x64, 0xFF, 0x9B};
  if (IN6_IS_ADDR_V4MAPPED(&address) || std::equal(kNat64.begin(), kNat64.end(), b)) return is_public4(word(12));
  if ((b[0] & 0xE0) != 0x20) return false;
  const bool protocols = b[0] == 0x20 && b[1] == 0x01 && b[2] < 0x02;             // 2001::/23: Teredo, ORCHID …
  const bool documentation = (word(0) == 0x20010DB8) || (word(0) >> 12 == 0x3FFF0);
  const bool six_to_four = b[0] == 0x20 && b[1] == 0x02;
  return !protocols && !documentation && !six_to_four;
}

bool is_public(const sockaddr* address) {
  if (address->sa_family == AF_INET)
    return is_public4(ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
  if (address->sa_family == AF_INET6) return is_public6(reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
  return false;
}

struct Transfer {
  const HttpCall& call;
  bool allow_private;
  const std::atomic<bool>& aborted;
  HttpAnswer answer = {};
  bool too_large = false, denied = false;
};

/// libcurl asks here for each socket it is about to connect, with the address that it will connect to.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* to) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (!transfer.allow_private && !is_public(&to->addr)) {
    transfer.denied = true;
    return CURL_SOCKET_BAD;
  }
  transfer.denied = false;
  return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/// Asked for at least once a second, also while nothing comes.
int go_on(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(user)->aborted ? 1 : 0;
}

size_t take_body(char* bytes, size_t one, size_t n, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.answer.body.size() + n > transfer.call.body_bytes_max) {
    transfer.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  transfer.answer.body.append(bytes, one * n);
  return n;
}

size_t take_header(char* bytes, size_t one, size_t n, void* user) {
  auto& headers = static_cast<Transfer*>(user)->answer.headers;
  std::string_view line(bytes, one * n);
  if (line.starts_with("HTTP/")) headers.clear();  // the final answer's headers only, not those of a 100
  const size_t colon = line.find(':');
  if (colon == line.npos || headers.size() >= 200) return n;
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  headers.emplace_back(std::move(name), trim(line.substr(colon + 1)));
  return n;
}

struct FreeCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Handle = std::unique_ptr<CURL, FreeCurl>;
using HeaderList = std::unique_ptr<curl_slist, FreeCurl>;

using Url = std::unique_ptr<CURLU, FreeCurl>;

std::string part_of(const Url& url, CURLUPart part) {
  char* text = nullptr;
  // By punycode, so that other scripts' digits and dots are seen as what a look-up makes of them.
  constexpr unsigned kForm = CURLU_DEFAULT_PORT | CURLU_NON_SUPPORT_SCHEME | CURLU_PUNYCODE;
  if (curl_url_get(url.get(), part, &text, kForm) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

std::optional<HeaderList> make_headers(const HttpCall& call) {
  HeaderList list;
  auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    (void)list.release();
    list.reset(longer);
  };
  for (const auto& [name, value] : call.headers) {
    if (!is_token(name) || value.find_first_of(std::string_view("\r\n\0", 3)) != value.npos) return std::nullopt;
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  add("Expect:");  // no waiting for a 100
  return list;
}

void prepare(CURL* curl, Transfer& transfer, curl_slist* headers) {
  const HttpCall& call = transfer.call;
  curl_easy_reset(curl);
  auto set = [curl](CURLoption option, auto value) { curl_easy_setopt(curl, option, value); };
  set(CURLOPT_URL, call.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a time-out holds also while a name is being looked up
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(call.timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(call.timeout.count()));
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_USERAGENT, "gamekeeper/" GAMEKEEPER_VERSION);
  set(CURLOPT_ACCEPT_ENCODING, "");
  set(CURLOPT_OPENSOCKETFUNCTION, open_socket);
  set(CURLOPT_OPENSOCKETDATA, &transfer);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, go_on);
  set(CURLOPT_XFERINFODATA, &transfer);
  set(CURLOPT_WRITEFUNCTION, take_body);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_HEADERFUNCTION, take_header);
  set(CURLOPT_HEADERDATA, &transfer);
  if (call.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  if (!call.body.empty() || call.method == "POST" || call.method == "PUT" || call.method == "PATCH") {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    set(CURLOPT_POSTFIELDS, call.body.data());
  }
  set(CURLOPT_CUSTOMREQUEST, call.method.c_str());
}

Result<HttpAnswer> outcome(CURLcode code, CURL* curl, Transfer& transfer) {
  if (transfer.too_large) return fail(ErrorKind::kTooLarge, "answer_too_large", "The answer is too large.");
  if (transfer.denied && code != CURLE_OK) {
    return fail(ErrorKind::kDenied, "address_not_allowed", "The address is not on the public internet.", "url");
  }
  switch (code) {
    case CURLE_OK:
      break;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return fail(ErrorKind::kInvalid, "bad_url", "The URL must be a whole http or https URL.", "url");
    case CURLE_OPERATION_TIMEDOUT:
      return fail(ErrorKind::kTimeout, "http_timeout", "No answer came in time.");
    default:
      return fail(ErrorKind::kUnavailable, "http_failed", curl_easy_strerror(code));
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  transfer.answer.status = static_cast<int>(status);
  return std::move(transfer.answer);
}

}  // namespace

Result<void> check_url(const std::string& url, bool allow_private) {
  const auto bad = [](const char* why) { return fail(ErrorKind::kInvalid, "bad_url", why, "url"); };
  const Url parsed(curl_url());
  const bool whole = url.size() <= 2048 && std::ranges::none_of(url, [](unsigned char c) { return c <= 0x20; });
  if (!parsed || !whole ||
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return bad("The URL must be a whole http or https URL of at most 2048 bytes.");
  const std::string scheme = part_of(parsed, CURLUPART_SCHEME), port = part_of(parsed, CURLUPART_PORT);
  if (scheme != "http" && scheme != "https") return bad("Only http and https URLs are called.");
  if (!part_of(parsed, CURLUPART_USER).empty() || !part_of(parsed, CURLUPART_PASSWORD).empty())
    return bad("A URL holds no name and password here.");
  if (const int number = std::atoi(port.c_str()); number < 1024 && number != 80 && number != 443)
    return bad("The port must be 80, 443 or from 1024 on.");
  std::string host = part_of(parsed, CURLUPART_HOST);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (host.ends_with('.')) host.pop_back();
  const size_t slashes = url.find("://");  // two of them: curl would forgive one or three
  if (host.empty() || slashes == url.npos || url.substr(slashes).starts_with(":///"))
    return bad("The URL has no host.");
  addrinfo *found = nullptr, wanted{};
  wanted.ai_flags = AI_NUMERICHOST;
  if (allow_private || getaddrinfo(host.c_str(), nullptr, &wanted, &found) != 0) return {};  // a name, or all are good
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
  for (const addrinfo* a = found; a; a = a->ai_next) {
    if (!is_public(a->ai_addr))
      return fail(ErrorKind::kInvalid, "address_not_allowed", "The address is not on the public internet.", "url");
  }
  return {};
}

bool is_public_address(std::string_view address) {
  in_addr v4{};
  in6_addr v6{};
  const std::string text(address);
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return is_public4(ntohl(v4.s_addr));
  return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && is_public6(v6);
}

std::string_view HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

/// A handle keeps its connections, so handles are kept; each client has its own, for they differ in what they may reach.
struct HttpClient::Impl {
  explicit Impl(HttpClientOptions o) : options(o), pool(o.threads, o.queue_max) {}

  Handle take() {
    std::lock_guard lock(mutex);
    if (handles.empty()) return Handle(curl_easy_init());
    Handle handle = std::move(handles.back());
    handles.pop_back();
    return handle;
  }
  void give_back(Handle handle) {
    std::lock_guard lock(mutex);
    if (handles.size() < 16) handles.push_back(std::move(handle));
  }

  HttpClientOptions options;
  std::atomic<bool> aborted = false;
  std::mutex mutex;
  std::vector<Handle> handles;  // guarded by mutex
  BlockingPool pool;
};

HttpClient::HttpClient(HttpClientOptions options) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  GK_CHECK(ready == CURLE_OK, "libcurl starts");
  impl_ = std::make_shared<Impl>(options);
}

HttpClient::~HttpClient() { stop(); }

void HttpClient::stop() { impl_->pool.stop(); }

void HttpClient::abort() { impl_->aborted = true; }

Result<HttpAnswer> HttpClient::call_blocking(const HttpCall& call) {
  auto headers = make_headers(call);
  if (!headers || !is_token(call.method))
    return fail(ErrorKind::kInvalid, "bad_header", "A header cannot be sent.", "headers");
  Handle handle = impl_->take();
  if (!handle) return fail(ErrorKind::kOverloaded, "overloaded", "There is no memory for an HTTP call.");
  Transfer transfer{call, impl_->options.allow_private, impl_->aborted};
  prepare(handle.get(), transfer, headers->get());
  const CURLcode code = curl_easy_perform(handle.get());
  auto answer = outcome(code, handle.get(), transfer);
  impl_->give_back(std::move(handle));
  return answer;
}

Task<Result<HttpAnswer>> HttpClient::call(HttpCall call) {
  auto job = [this, call = std::move(call)]() -> Result<HttpAnswer> { return call_blocking(call); };
  co_return co_await impl_->pool.run(std::move(job));
}

}  // namespace gamekeeper::net
