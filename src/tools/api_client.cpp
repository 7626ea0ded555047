#include "tools/api_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

namespace gamekeeper::tools {
namespace {

namespace json = boost::json;

constexpr int kFirstPatienceS = 5;

size_t collect(char* data, size_t size, size_t count, void* to) {
  static_cast<std::string*>(to)->append(data, size * count);
  return size * count;
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace

std::string path_part(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && (std::isalnum(byte) || byte == '-' || byte == '_' || byte == '.' || byte == '~'))
      out += c;
    else
      out += fmt::format("%{:02X}", byte);
  }
  return out;
}

Result<Credentials> read_credentials(const std::string& file) {
  std::ifstream in(file);
  if (!in)
    return fail(ErrorKind::kInvalid, "bad_file", "The credentials file " + file + " cannot be read.", "credentials");
  std::stringstream text;
  text << in.rdbuf();
  boost::system::error_code error;
  json::value value = json::parse(text.str(), error);
  if (error || !value.is_object())
    return fail(ErrorKind::kInvalid, "bad_file", "The credentials file " + file + " is not JSON.", "credentials");
  const json::object& o = value.as_object();
  Credentials c{text_of(o, "app"), text_of(o, "write_key"), text_of(o, "read_key"), text_of(o, "server_key")};
  if (c.write_key.empty() && c.server_key.empty()) {
    return fail(ErrorKind::kInvalid, "bad_file", "The credentials file " + file + " holds no key.", "credentials");
  }
  return c;
}

struct ApiClient::Impl {
  std::string target, key;
  bool reached = false;  // it has answered once
  CURL* curl = curl_easy_init();
  ~Impl() { curl_easy_cleanup(curl); }
};

ApiClient::ApiClient(std::string target, std::string key) : impl_(std::make_unique<Impl>()) {
  while (target.ends_with('/')) target.pop_back();
  impl_->target = std::move(target);
  impl_->key = std::move(key);
}

ApiClient::~ApiClient() = default;

Result<Answer> ApiClient::call(std::string_view method, std::string_view path, std::string_view body,
                               std::string_view idempotency_key) {
  CURL* curl = impl_->curl;
  Answer answer;
  curl_easy_reset(curl);
  const std::string url = impl_->target + std::string(path);
  const std::string verb(method);
  curl_slist* headers = curl_slist_append(nullptr, ("Authorization: Bearer " + impl_->key).c_str());
  headers = curl_slist_append(headers, "Content-Type: application/json");
  if (!idempotency_key.empty())
    headers = curl_slist_append(headers, ("Idempotency-Key: " + std::string(idempotency_key)).c_str());
  headers = curl_slist_append(headers, "Expect:");
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, verb.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 3000L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 20000L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  if (method != "GET") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  }
  const CURLcode code = curl_easy_perform(curl);
  curl_slist_free_all(headers);
  if (code != CURLE_OK) {
    return fail(ErrorKind::kUnavailable, "no_answer",
                fmt::format("{} did not answer: {}.", impl_->target, curl_easy_strerror(code)), "target");
  }
  impl_->reached = true;
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

Result<Answer> ApiClient::call_patiently(std::string_view method, std::string_view path, std::string_view body,
                                         std::string_view idempotency_key, int patience_s) {
  const auto began = std::chrono::steady_clock::now();
  auto wait = std::chrono::milliseconds(50);
  for (;;) {
    auto answer = call(method, path, body, idempotency_key);
    if (answer && answer->status != 429 && answer->status < 500) return answer;
    // Who never answered is rather a wrong address than a server that is being started again.
    const auto patience = std::chrono::seconds(impl_->reached ? patience_s : std::min(patience_s, kFirstPatienceS));
    if (std::chrono::steady_clock::now() + wait > began + patience) return answer;
    std::this_thread::sleep_for(wait);
    wait = std::min(wait * 2, std::chrono::milliseconds(2000));
  }
}

Result<ApiClient::Sent> ApiClient::send_events(std::string_view events, int patience_s) {
  auto answer = call_patiently("POST", "/api/v1/events", "{\"events\":[" + std::string(events) + "]}", {}, patience_s);
  if (!answer) return std::unexpected(answer.error());
  boost::system::error_code error;
  json::value value = json::parse(answer->body, error);
  if (answer->status != 200 || error || !value.is_object())
    return fail(answer->status == 429 || answer->status >= 500 ? ErrorKind::kUnavailable : ErrorKind::kInvalid,
                "refused", fmt::format("The server answered {}: {}", answer->status, answer->body.substr(0, 300)),
                "target");
  Sent sent;
  const json::object& o = value.as_object();
  sent.accepted = o.at("accepted").to_number<uint64_t>();
  const json::array& rejected = o.at("rejected").as_array();
  sent.rejected = rejected.size();
  if (!rejected.empty()) sent.first_refusal = json::serialize(rejected.front());
  return sent;
}

}  // namespace gamekeeper::tools
