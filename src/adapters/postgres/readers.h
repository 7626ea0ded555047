#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "adapters/postgres/connection.h"
#include "base/task.h"

namespace gamekeeper::adapters::postgres {

struct ReadersOptions {
  int connections = 4;
  std::chrono::milliseconds patience{5'000};  // how long a question waits for a server that is away
};

/// A few reading connections to one server, each with its thread. Questions that wait go out together, each for itself.
/// Connections are made when they are first needed, and made anew when they break: a read may be asked twice.
class Readers {
 public:
  Readers(Target target, ReadersOptions options);
  ~Readers();

  /// Errors: a Connection's, kOverloaded.
  Task<Result<Rows>> ask(const Statement& statement, Params params);
  /// The server did not answer a moment ago: a question now would probably wait in vain.
  bool away() const { return std::chrono::steady_clock::now().time_since_epoch().count() < away_until_.load(); }

 private:
  struct Job {
    Call call;
    Promise<Result<Rows>> answer;
    Deadline until;  // how long it waits for a server that is away
  };
  std::vector<Job> take();
  void work();
  std::vector<Result<Rows>> answers(std::optional<Connection>& connection, const std::vector<Call>& calls,
                                    Deadline until);
  bool is_stopped();

  const Target target_;
  const ReadersOptions options_;
  std::atomic<std::chrono::steady_clock::rep> away_until_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace gamekeeper::adapters::postgres
