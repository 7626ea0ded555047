#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/write_group.h"
#include "base/task.h"

namespace gamekeeper::adapters::postgres {

/// The one writing connection of a process, with its thread. All sets that wait go into one transaction: what they touch
/// is read, WriteGroup decides, the changes are written; two waits for the network and one sync of the server's disk for
/// all of them. A lock of the database orders the transactions of all processes, so that sequence numbers of the outbox
/// become visible in their order and a decision stays true until it is committed.
///
/// When the connection breaks, the group is tried again on a new one for `patience`. Whether a group was committed whose
/// answer never came is found out by its number, which is written with it; only while the server stays away is the
/// outcome unknown (kUnavailable).
class Writer {
 public:
  static Result<std::unique_ptr<Writer>> open(Target target, std::chrono::milliseconds patience);
  ~Writer();

  void add(ports::WriteSet set, Promise<CommitOutcome> outcome);
  /// Forgets outbox entries up to this one.
  void outbox_done(uint64_t up_to, Promise<CommitOutcome> outcome);
  /// Of the server, as it was when last connected.
  std::string server_version() const;

 private:
  struct Job {
    std::variant<ports::WriteSet, uint64_t> what;
    Promise<CommitOutcome> outcome;
    Deadline until = {};  // how long it waits for a server that is away
  };
  using Outcomes = std::vector<CommitOutcome>;

  Writer(Target target, std::chrono::milliseconds patience);
  void push(Job job);
  bool is_stopped() const;
  void work();
  std::vector<Job> take();
  void run(std::span<Job> jobs);
  Result<Outcomes> commit(std::span<Job> jobs);
  Result<Outcomes> try_once(std::span<Job> jobs);
  Result<void> look_up(WriteGroup& group, std::vector<Rows>& rows);
  Result<void> write(const WriteGroup::Changes& changes, std::optional<uint64_t> forget);
  Result<void> connect(Deadline until);
  Result<bool> was_committed(Deadline until);

  Target target_;
  const std::chrono::milliseconds patience_;
  const std::string id_;  // of this writer, for its row in `writers`
  int64_t batch_ = 0;  // of the last COMMIT that was sent
  bool in_doubt_ = false;  // that COMMIT has had no answer
  Outcomes decided_;  // what its sets come to when it holds
  std::optional<Connection> connection_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  std::string server_version_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace gamekeeper::adapters::postgres
