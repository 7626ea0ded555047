#pragma once

#include <hiredis/read.h>

#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/stream.h"

struct redisReply;

namespace gamekeeper::adapters::redis {

/// One command and its arguments, any bytes.
using Command = std::vector<std::string>;

/// What a command answered; of a list each part is one, too.
class Reply {
 public:
  Reply() = default;
  explicit Reply(std::shared_ptr<const redisReply> reply) : reply_(std::move(reply)) {}

  bool nothing() const;
  bool is_error() const;
  bool is_list() const;
  std::string_view text() const;  // also of an error
  int64_t number() const;         // also of a text that is one
  size_t size() const;            // of a list
  Reply operator[](size_t i) const;

 private:
  std::shared_ptr<const redisReply> reply_;
};

/// One connection to a Redis (RESP2). Belongs to one thread at a time. Errors of all: kUnavailable
/// `storage_unavailable`; after one it is of no more use.
class Connection {
 public:
  /// Connects and signs in.
  static Result<std::unique_ptr<Connection>> open(const Address& address, std::chrono::milliseconds answer_max);

  Result<void> send(std::span<const Command> commands);
  /// The next answer, in the order of the commands; an error that the server answers is a Reply, too.
  Result<Reply> receive(Deadline until);
  Result<Reply> receive() { return receive(std::chrono::steady_clock::now() + answer_max_); }
  Result<Reply> call(const Command& command);

  bool stale() const { return stream_.stale(); }
  int fd() const { return stream_.fd(); }
  bool holds_bytes() const { return stream_.holds_bytes(); }

 private:
  explicit Connection(std::chrono::milliseconds answer_max);
  Result<void> sign_in(const Address& address);
  Result<std::optional<Reply>> parsed();

  const std::chrono::milliseconds answer_max_;
  Stream stream_;
  std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader_;
};

}  // namespace gamekeeper::adapters::redis
