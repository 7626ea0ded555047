#include "load/driver.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <memory>
#include <vector>

#include "load/connection.h"

namespace gamekeeper::bench {
namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kGrace{10};

Clock::duration seconds_of(double s) { return duration_cast<Clock::duration>(std::chrono::duration<double>(s)); }

/// Clients are elsewhere in life: they do not wait for the server's processors. False: we may not ask for that here.
bool run_before_others() {
  const sched_param first{.sched_priority = 1};
  return ::sched_setscheduler(0, SCHED_RR, &first) == 0;
}

class Driver {
 public:
  Driver(const Target& target, Traffic& traffic, const LoadOptions& options)
      : traffic_(traffic), options_(options), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    ::prctl(PR_SET_TIMERSLACK, 1'000);  // nanoseconds: the plan is kept to the microsecond
    result_.before_others = options.rate && run_before_others();
    for (uint32_t i = 0; i < options.connections; ++i) {
      connections_.push_back(std::make_unique<Connection>(target));
      epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.u32 = i}};
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_.back()->fd(), &event);
      free_.push_back(i);
    }
  }
  ~Driver() { ::close(epoll_); }

  LoadResult run() {
    began_ = last_ = Clock::now();
    end_ = began_ + seconds_of(options_.seconds);
    counted_from_ = began_ + seconds_of(options_.warm_s);
    if (options_.rate) gap_ = seconds_of(static_cast<double>(traffic_.per_request()) / *options_.rate);
    next_ = began_;
    for (;;) {
      send_due(Clock::now());
      if (over()) break;
      wait();
    }
    result_.seconds = std::chrono::duration<double>(last_ - began_).count();
    result_.own_late_p99_ms = own_late_.quantile_ms(0.99);
    result_.own_late_max_ms = own_late_.max_ms();
    result_.unanswered = connections_.size() - free_.size() + backlog();
    return std::move(result_);
  }

 private:
  bool open() const { return options_.rate.has_value(); }
  bool enough() const { return options_.units_max > 0 && result_.units >= options_.units_max; }
  /// Requests that the plan wanted sent by now, and were not.
  uint64_t backlog() const {
    return open() && next_ < end_ && !enough() ? static_cast<uint64_t>((end_ - next_) / gap_) : 0;
  }

  bool over() const {
    const auto now = Clock::now();
    if (now < end_ && !enough()) return false;
    const bool all_sent = !open() || enough() || next_ >= end_;
    return (all_sent && free_.size() == connections_.size()) || now > end_ + kGrace;
  }

  void send_due(SteadyTime now) {
    while (!free_.empty() && !enough()) {
      const SteadyTime planned = open() ? next_ : now;
      if (planned >= end_ || planned > now) return;
      if (open()) {
        if (!was_full_) own_late_.add(duration_cast<nanoseconds>(now - planned).count());
        next_ += gap_;
      }
      const uint32_t i = free_.front();  // in turn: one that says nothing for ten seconds is closed by a wary server
      free_.pop_front();
      connections_[i]->send(traffic_, planned);
      now = Clock::now();
    }
    was_full_ = free_.empty();
  }

  void wait() {
    const SteadyTime now = Clock::now();
    SteadyTime until = now < end_ ? end_ : end_ + kGrace;
    if (open() && !free_.empty() && next_ < until) until = next_;
    const auto ns = std::max<int64_t>(0, duration_cast<nanoseconds>(until - now).count());
    const timespec timeout{ns / 1'000'000'000, ns % 1'000'000'000};
    epoll_event events[64];
    const int n = ::epoll_pwait2(epoll_, events, 64, &timeout, nullptr);
    for (int i = 0; i < n; ++i) serve(events[i].data.u32);
  }

  void serve(uint32_t i) {
    Connection& connection = *connections_[i];
    if (!connection.busy()) return;
    if (connection.wants_to_write()) connection.flush();
    Answer answer;
    if (!connection.receive(answer)) return;
    last_ = Clock::now();
    count(answer, connection.planned());
    free_.push_back(i);
    if (!open()) send_due(last_);
  }

  void count(const Answer& answer, SteadyTime planned) {
    ++result_.requests;
    if (answer.status < 200 || answer.status > 299) {
      if (++result_.refused == 1) fmt::print(stderr, "bench: refused with {}: {:.300}\n", answer.status, answer.body);
      return;
    }
    const uint64_t done = traffic_.done(answer.body);
    result_.units += done;
    result_.incomplete += traffic_.per_request() - std::min(done, traffic_.per_request());
    if (planned >= counted_from_) result_.latencies.add(duration_cast<nanoseconds>(last_ - planned).count());
  }

  Traffic& traffic_;
  LoadOptions options_;
  int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<uint32_t> free_;
  SteadyTime began_, end_, next_, last_, counted_from_;
  Clock::duration gap_{};
  bool was_full_ = false;  // a request was held back by the server's slowness, not by ours
  Latencies own_late_;
  LoadResult result_;
};

}  // namespace

LoadResult run_load(const Target& target, Traffic& traffic, const LoadOptions& options) {
  return Driver(target, traffic, options).run();
}

}  // namespace gamekeeper::bench
