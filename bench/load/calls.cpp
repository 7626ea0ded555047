#include "load/calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace gamekeeper::bench {
namespace {

void append_address(std::string& out, uint64_t n) {
  fmt::format_to(std::back_inserter(out), "X-Forwarded-For: 10.{}.{}.{}\r\n", n >> 16 & 255, n >> 8 & 255, n & 255);
}

void append_body(std::string& out, std::string_view body) {
  fmt::format_to(std::back_inserter(out), "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", body.size(),
                 body);
}

class Calls final : public Traffic {
 public:
  Calls(const Target& target, std::string_view lines, const CallsOptions& options)
      : options_(options), random_(options.seed) {
    while (!lines.empty()) {
      const std::string_view line = lines.substr(0, lines.find('\n'));
      lines.remove_prefix(std::min(line.size() + 1, lines.size()));
      if (!line.empty()) calls_.push_back(read(target, line));
    }
  }
  void next(std::string& out) override {
    const Call& call = calls_[random_() % calls_.size()];
    out += call.head;
    if (options_.through_proxy) append_address(out, random_());
    out += call.rest;
  }
  uint64_t done(std::string_view) const override { return 1; }

 private:
  struct Call {
    std::string head, rest;  // an address goes between them
  };
  static Call read(const Target& target, std::string_view line) {
    std::array<std::string_view, 4> fields;  // method, path, token, body
    for (std::string_view& field : fields) {
      field = line.substr(0, line.find('\t'));
      line.remove_prefix(std::min(field.size() + 1, line.size()));
    }
    const auto& [method, path, token, body] = fields;
    Call call{fmt::format("{} {} HTTP/1.1\r\nHost: {}:{}\r\n", method, path, target.host, target.port), {}};
    if (!token.empty()) call.head.append("Authorization: Bearer ").append(token).append("\r\n");
    if (body.empty())
      call.rest = "\r\n";
    else
      append_body(call.rest, body);
    return call;
  }

  CallsOptions options_;
  std::mt19937_64 random_;
  std::vector<Call> calls_;
};

class Devices final : public Traffic {
 public:
  Devices(const Target& target, uint64_t seed)
      : head_(fmt::format("POST {} HTTP/1.1\r\nHost: {}:{}\r\nAuthorization: Bearer {}\r\n", target.path, target.host,
                          target.port, target.key)),
        random_(seed) {}
  void next(std::string& out) override {
    out += head_;
    append_address(out, random_());
    append_body(out, fmt::format(R"({{"device_id":"{:016x}-{:016x}"}})", random_(), random_()));
  }
  uint64_t done(std::string_view body) const override { return body.find("\"access_token\"") != body.npos; }

 private:
  std::string head_;
  std::mt19937_64 random_;
};

}  // namespace

std::unique_ptr<Traffic> make_calls(const Target& target, std::string_view lines, const CallsOptions& options) {
  return std::make_unique<Calls>(target, lines, options);
}

std::unique_ptr<Traffic> make_devices(const Target& target, uint64_t seed) {
  return std::make_unique<Devices>(target, seed);
}

}  // namespace gamekeeper::bench
