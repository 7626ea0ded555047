#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "adapters/redis/connection.h"
#include "adapters/redis/script.h"
#include "base/task.h"

namespace gamekeeper::adapters {

struct RedisOptions {
  std::string url;  // redis://[user:password@]host[:port][/database], rediss:// for TLS
  int connections = 2;
  std::chrono::milliseconds patience{2'000};    // how long a Redis may be away before calls fail
  std::chrono::milliseconds answer_max{5'000};  // silence beyond which a connection counts as broken
};

/// A few connections to one Redis, each with its thread; what waits goes out together. Made when first needed, and anew
/// when they break. Safe from any thread; must outlive the adapters that use it.
class RedisConnections {
 public:
  /// What to do with a call whose answer was lost: it may have been done.
  enum class Lost : uint8_t { kRepeat, kTell };

  /// Errors: kInvalid for a bad address; kUnavailable when no Redis answers there.
  static Result<std::unique_ptr<RedisConnections>> open(const RedisOptions& options);
  ~RedisConnections();

  /// The commands one after another, nothing of this process between them; their answers. Errors: kUnavailable; what a
  /// script refuses is kConflict with its code; anything else that the server refuses is kUnavailable, too.
  Task<Result<std::vector<redis::Reply>>> call(std::vector<redis::Command> commands, Lost lost);
  Task<Result<redis::Reply>> call(redis::Command command, Lost lost);
  Task<Result<redis::Reply>> run(const redis::Script& script, std::vector<std::string> keys,
                                 std::vector<std::string> arguments, Lost lost);

  /// kUnavailable when no connection could be made a moment ago: for calls that nobody should wait for.
  Result<void> reachable() const;

  /// Changes when the server may have forgotten something: it was emptied, started anew or replaced. Whoever keeps in it
  /// what can be derived then has to derive it again.
  Task<Result<std::string>> generation();
  /// Of the server, for people.
  Task<Result<std::string>> server_version();

  const redis::Address& address() const { return address_; }
  const RedisOptions& options() const { return options_; }

  /// Holds the generation; scripts that need it make it when it is missing.
  static constexpr const char* kGenerationKey = "gamekeeper:generation";
  /// A connection of one's own; the server's generation is up to date when it is there.
  Result<std::unique_ptr<redis::Connection>> connect() const;

 private:
  struct Job {
    std::vector<redis::Command> commands;
    Lost lost;
    Promise<Result<std::vector<redis::Reply>>> answer;
    redis::Deadline until;  // how long it waits for a Redis that is away
  };
  RedisConnections(redis::Address address, RedisOptions options);
  void work();
  bool is_stopped();
  std::vector<Job> take();
  void serve(std::unique_ptr<redis::Connection>& connection, std::vector<Job> jobs);
  Result<void> exchange(redis::Connection& connection, std::vector<Job>& jobs);

  const redis::Address address_;
  const RedisOptions options_;
  std::atomic<std::chrono::steady_clock::rep> away_until_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace gamekeeper::adapters
