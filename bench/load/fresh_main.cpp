// bench_fresh: posts an event, waits until GraphQL counts it, again and again; prints the latencies from the
// acknowledgement to the first answer that holds the event, as one line of JSON.
#include <fmt/format.h>
#include <poll.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <ctime>
#include <thread>

#include "load/connection.h"
#include "load/latencies.h"

namespace {

using namespace gamekeeper::bench;
using Clock = std::chrono::steady_clock;

/// One request made elsewhere.
class Once final : public Traffic {
 public:
  explicit Once(std::string request) : request_(std::move(request)) {}
  void next(std::string& out) override { out += request_; }
  uint64_t done(std::string_view) const override { return 1; }

 private:
  std::string request_;
};

std::string ask(Connection& connection, const Target& target, const std::string& body) {
  Once once(
      fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n"
                  "Content-Length: {}\r\n\r\n{}",
                  target.path, target.host, target.key, body.size(), body));
  connection.send(once, Clock::now());
  Answer answer;
  while (!connection.receive(answer)) {
    pollfd wait{connection.fd(), static_cast<short>(POLLIN | (connection.wants_to_write() ? POLLOUT : 0)), 0};
    ::poll(&wait, 1, 1000);
    connection.flush();
  }
  if (answer.status != 200) {
    fmt::print(stderr, "bench_fresh: {} answered {}: {}\n", target.path, answer.status, answer.body);
    std::exit(1);
  }
  return std::string(answer.body);
}

std::string minute(std::time_t t) {
  std::tm utc{};
  gmtime_r(&t, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:00Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                     utc.tm_min);
}

/// All of the probe's events, by the total of a day around now.
std::string question(const std::string& name) {
  const std::time_t now = std::time(nullptr);
  return fmt::format(
      R"({{"query":"{{ series(metric: EVENTS, event: \"{}\", from: \"{}\", to: \"{}\", step: DAY) {{ total }} }}"}})",
      name, minute(now - 3600), minute(now + 3600));
}

uint64_t total_in(const std::string& answer) {
  const size_t at = answer.find("\"total\":");
  return at == answer.npos ? 0 : static_cast<uint64_t>(std::strtod(answer.c_str() + at + 8, nullptr));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures from an acknowledged event to its being visible in GraphQL."};
  Target post{.path = "/api/v1/events"}, read{.path = "/graphql"};
  double seconds = 10;
  int every_ms = 100, poll_ms = 10;
  app.add_option("--port", post.port, "on 127.0.0.1")->required();
  app.add_option("--write-key", post.key)->required();
  app.add_option("--read-key", read.key)->required();
  app.add_option("--seconds", seconds, "how long");
  app.add_option("--every-ms", every_ms, "pause between two probes");
  app.add_option("--poll-ms", poll_ms, "pause between two looks");
  CLI11_PARSE(app, argc, argv);
  read.port = post.port;

  const std::string name = fmt::format("probe_{}", ::getpid());
  Connection poster(post), reader(read);
  Latencies fresh;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  for (uint64_t n = 1; Clock::now() < end; ++n) {
    ask(poster, post, fmt::format(R"({{"events":[{{"name":"{}","player_id":"probe-{}"}}]}})", name, n));
    const auto acknowledged = Clock::now();
    while (total_in(ask(reader, read, question(name))) < n) {
      if (Clock::now() - acknowledged > std::chrono::seconds(60)) {
        fmt::print(stderr, "bench_fresh: an acknowledged event was not visible after 60 s\n");
        return 1;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(poll_ms));
    }
    fresh.add(std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - acknowledged).count());
    std::this_thread::sleep_for(std::chrono::milliseconds(every_ms));
  }
  fmt::print(R"({{"probes":{},"p50_ms":{:.3f},"p99_ms":{:.3f},"max_ms":{:.3f}}})"
             "\n",
             fresh.count(), fresh.quantile_ms(0.5), fresh.quantile_ms(0.99), fresh.max_ms());
}
