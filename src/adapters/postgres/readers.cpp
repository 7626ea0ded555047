#include "adapters/postgres/readers.h"

#include <algorithm>

namespace gamekeeper::adapters::postgres {
namespace {

constexpr size_t kReadsMax = 100'000;
constexpr size_t kAtOnce = 32;
constexpr std::chrono::milliseconds kPauseMin{20}, kPauseMax{500}, kAway{1'000};

}  // namespace

Readers::Readers(Target target, ReadersOptions options) : target_(std::move(target)), options_(options) {
  for (int i = 0; i < options_.connections; ++i) threads_.emplace_back([this] { work(); });
}

Readers::~Readers() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Task<Result<Rows>> Readers::ask(const Statement& statement, Params params) {
  Future<Result<Rows>> answer;
  bool taken = false;
  {
    std::lock_guard lock(mutex_);
    taken = !stopped_ && queue_.size() < kReadsMax;
    if (taken)
      queue_.push_back({{&statement, std::move(params)},
                        Promise<Result<Rows>>(answer),
                        std::chrono::steady_clock::now() + options_.patience});
  }
  if (!taken) co_return fail(ErrorKind::kOverloaded, "overloaded", "Too many reads are waiting; try again.");
  wake_.notify_one();
  co_return co_await answer.get();
}

/// A share of what waits, so that the other connections have something to do, too.
std::vector<Readers::Job> Readers::take() {
  std::vector<Job> jobs;
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
  const size_t share = std::clamp<size_t>(queue_.size() / threads_.size(), 1, kAtOnce);
  for (; !queue_.empty() && jobs.size() < share; queue_.pop_front()) jobs.push_back(std::move(queue_.front()));
  return jobs;
}

void Readers::work() {
  std::optional<Connection> connection;
  for (;;) {
    std::vector<Job> jobs = take();
    if (jobs.empty()) return;
    std::vector<Call> calls;
    for (Job& job : jobs) calls.push_back(std::move(job.call));
    std::vector<Result<Rows>> all = answers(connection, calls, jobs.front().until);
    for (size_t i = 0; i < jobs.size(); ++i) jobs[i].answer.set(std::move(all[i]));
  }
}

bool Readers::is_stopped() {
  std::lock_guard lock(mutex_);
  return stopped_;
}

std::vector<Result<Rows>> Readers::answers(std::optional<Connection>& connection, const std::vector<Call>& calls,
                                           Deadline until) {
  std::vector<Result<Rows>> out;
  for (auto backoff = kPauseMin;; backoff = std::min(backoff * 2, kPauseMax)) {
    if (!connection || connection->lost()) {
      connection.reset();
      auto made = Connection::open(target_);
      if (made)
        connection = std::move(*made);
      else
        out.assign(calls.size(), std::unexpected(made.error()));
    }
    if (connection) {
      out = connection->run(calls, true);
      if (!connection->lost()) break;
    }
    if (std::chrono::steady_clock::now() + backoff >= until || is_stopped()) {
      away_until_ = (std::chrono::steady_clock::now() + kAway).time_since_epoch().count();
      break;
    }
    std::this_thread::sleep_for(backoff);
  }
  return out;
}

}  // namespace gamekeeper::adapters::postgres
