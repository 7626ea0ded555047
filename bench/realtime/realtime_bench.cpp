// What a socket costs: messages handed to the members of a topic a second of a core, memory and processor time of idle ones.
// Prints one JSON object. The server runs here with one HTTP thread; the clients are a process of their own.
//   realtime_bench fanout [members 200] [messages 100000] [bytes 200]
//   realtime_bench idle   [sockets 10000] [seconds 30]
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "adapters/memory/memory_broadcast.h"
#include "base/log.h"
#include "bench/realtime/clients.h"
#include "flow/push.h"
#include "net/server.h"
#include "play/realtime/realtime_routes.h"
#include "tests/support/run_task.h"

namespace {

using namespace gamekeeper;
using std::chrono::steady_clock;

class Anyone final : public net::Guard {
 public:
  Task<Result<Principal>> admit(const net::Request&, const net::RoutePolicy&) override { co_return Principal{}; }
};

Task<Result<void>> may() { co_return Result<void>{}; }

play::RealtimeSources sources() {
  return {.authenticate = [](const std::string& token) -> Result<Principal> {
            Principal who{.app = "demo", .kind = PrincipalKind::kPlayer, .subject = token};
            who.expires = std::chrono::system_clock::now() + std::chrono::hours(1);
            return who;
          },
          .is_good = [](const std::string&) { return true; },
          .revision = [] { return uint64_t{0}; },
          .may_hear_session = [](Principal, std::string) { return may(); },
          .may_hear_board = [](std::string, std::string) { return may(); }};
}

struct House {
  House() {
    play::add_realtime_routes(router, realtime);
    options.port = 0;
    options.threads = 1;
    options.log_requests = false;
    options.connections_max = 1'000'000;
    server = std::make_unique<net::Server>(options, router, guard);
    GK_CHECK(server->start().has_value(), "a free port");
  }
  SystemClock clock;
  Metrics metrics;
  adapters::MemoryBroadcast broadcast;
  play::RealtimeOptions limits{.limits = {.sockets_max = 1'000'000}};
  play::Realtime realtime{broadcast, clock, sources(), limits, metrics};
  net::Router router;
  Anyone guard;
  net::ServerOptions options;
  std::unique_ptr<net::Server> server;
};

/// The clients' process.
class Clients {
 public:
  Clients() {
    GK_CHECK(::pipe(down_) == 0 && ::pipe(up_) == 0, "pipes");
    child_ = ::fork();  // before any thread of ours
    if (child_ != 0) return;
    ::close(down_[1]);
    bench::ClientPlan plan;
    char line[256] = {};
    GK_CHECK(::read(down_[0], line, sizeof line - 1) > 0, "the plan comes");
    char topic[100];
    unsigned port = 0;
    std::sscanf(line, "%u %zu %99s", &port, &plan.sockets, topic);
    plan.port = static_cast<uint16_t>(port);
    plan.topic = topic;
    bench::run_clients(plan, down_[0], up_[1]);
    std::_Exit(0);
  }
  ~Clients() {
    ::close(down_[1]);
    ::waitpid(child_, nullptr, 0);
  }
  void begin(const bench::ClientPlan& plan) {
    const std::string line = fmt::format("{} {} {}", plan.port, plan.sockets, plan.topic);
    GK_CHECK(::write(down_[1], line.data(), line.size()) == static_cast<ssize_t>(line.size()), "the plan goes");
    wait_for('r');
  }
  void wait_for(char what) {
    char got = 0;
    if (::read(up_[0], &got, 1) != 1 || got != what) {
      fmt::print(stderr, "a client was lost ({})\n", got == 0 ? "died" : "closed by the server");
      std::_Exit(1);
    }
  }

 private:
  int down_[2], up_[2];
  pid_t child_ = 0;
};

double cpu_seconds() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}
double resident_bytes() {
  std::ifstream in("/proc/self/statm");
  double all = 0, resident = 0;
  in >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}
double since(steady_clock::time_point t) { return std::chrono::duration<double>(steady_clock::now() - t).count(); }

/// Says `messages` things to a topic with so many members, never more than kAhead before the slowest reader.
void fanout(Clients& clients, size_t members, uint64_t messages, size_t bytes) {
  House house;
  constexpr uint64_t kAhead = 150;
  messages -= messages % bench::kStep;
  clients.begin({house.server->port(), members, "session:s"});
  const boost::json::object data{{"session_id", "s"}, {"status", "active"}, {"state", std::string(bytes, 's')}};
  const std::string topic = flow::session_topic("demo", "s");
  const double cpu = cpu_seconds();
  const auto began = steady_clock::now();
  uint64_t heard = 0;
  for (uint64_t said = 0; heard < messages;) {
    if (said == messages || said - heard >= kAhead) {
      clients.wait_for('p');
      heard += bench::kStep;
      continue;
    }
    for (int i = 0; i < 10; ++i, ++said) test::run(flow::push(house.broadcast, topic, "session_state", data));
    std::this_thread::sleep_for(
        std::chrono::microseconds(200));  // so that what is waiting stays within a socket's queue
  }
  const double seconds = since(began), spent = cpu_seconds() - cpu;
  const double all = static_cast<double>(members * messages);
  fmt::print(R"({{"work":"fanout","members":{},"messages":{},"bytes":{},"seconds":{:.2f},"deliveries_per_s":{:.0f},)"
             R"("deliveries_per_core_s":{:.0f},"lost_readers":0}})"
             "\n",
             members, messages, bytes, seconds, all / seconds, all / spent);
}

void idle(Clients& clients, size_t sockets, int seconds) {
  House house;
  const double before = resident_bytes();
  clients.begin({house.server->port(), sockets, "queue"});
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const double after = resident_bytes(), cpu = cpu_seconds();
  const auto began = steady_clock::now();
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  fmt::print(R"({{"work":"idle","sockets":{},"bytes_per_socket":{:.0f},"core_share":{:.4f},"seconds":{:.1f}}})"
             "\n",
             sockets, (after - before) / static_cast<double>(sockets), (cpu_seconds() - cpu) / since(began),
             since(began));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string work = argc > 1 ? argv[1] : "fanout";
  const auto number = [&](int at, uint64_t otherwise) {
    return argc > at ? std::strtoull(argv[at], nullptr, 10) : otherwise;
  };
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  Clients clients;
  log::set_level(log::Level::kError);
  if (work == "fanout") fanout(clients, number(2, 200), number(3, 100'000), number(4, 200));
  if (work == "idle") idle(clients, number(2, 10'000), static_cast<int>(number(3, 30)));
}
