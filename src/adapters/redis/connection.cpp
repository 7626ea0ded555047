#include "adapters/redis/connection.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <array>
#include <charconv>

namespace gamekeeper::adapters::redis {
namespace {

void write_to(std::string& out, const Command& command) {
  fmt::format_to(std::back_inserter(out), "*{}\r\n", command.size());
  for (const std::string& argument : command) {
    fmt::format_to(std::back_inserter(out), "${}\r\n", argument.size());
    out += argument;
    out += "\r\n";
  }
}

}  // namespace

bool Reply::nothing() const { return !reply_ || reply_->type == REDIS_REPLY_NIL; }
bool Reply::is_error() const { return reply_ && reply_->type == REDIS_REPLY_ERROR; }
bool Reply::is_list() const { return reply_ && reply_->type == REDIS_REPLY_ARRAY; }

std::string_view Reply::text() const {
  return reply_ && reply_->str ? std::string_view(reply_->str, reply_->len) : std::string_view();
}

int64_t Reply::number() const {
  if (reply_ && reply_->type == REDIS_REPLY_INTEGER) return reply_->integer;
  int64_t out = 0;
  const std::string_view said = text();
  std::from_chars(said.data(), said.data() + said.size(), out);
  return out;
}

size_t Reply::size() const { return is_list() ? reply_->elements : 0; }

Reply Reply::operator[](size_t i) const {
  if (i >= size()) return {};
  return Reply(std::shared_ptr<const redisReply>(reply_, reply_->element[i]));  // keeps the whole
}

Connection::Connection(std::chrono::milliseconds answer_max)
    : answer_max_(answer_max), reader_(redisReaderCreate(), &redisReaderFree) {}

Result<std::unique_ptr<Connection>> Connection::open(const Address& address, std::chrono::milliseconds answer_max) {
  std::unique_ptr<Connection> made(new Connection(answer_max));
  if (!made->reader_) return unavailable("out of memory");
  if (auto ok = made->stream_.connect(address, std::chrono::steady_clock::now() + answer_max); !ok)
    return unavailable(ok.error().message);
  if (auto ok = made->sign_in(address); !ok) return std::unexpected(ok.error());
  return made;
}

Result<void> Connection::sign_in(const Address& address) {
  std::vector<Command> commands;
  if (!address.password.empty()) {
    commands.push_back({"AUTH"});
    if (!address.user.empty()) commands.back().push_back(address.user);
    commands.back().push_back(address.password);
  }
  if (address.database != 0) commands.push_back({"SELECT", std::to_string(address.database)});
  commands.push_back({"CLIENT", "SETNAME", "gamekeeper"});
  for (const Command& command : commands) {
    auto reply = call(command);
    if (!reply) return std::unexpected(reply.error());
    const bool matters = command[0] != "CLIENT";  // a server may forbid it
    if (reply->is_error() && matters) return unavailable(fmt::format("{}: {}", command[0], reply->text()));
  }
  return {};
}

Result<void> Connection::send(std::span<const Command> commands) {
  std::string bytes;
  for (const Command& command : commands) write_to(bytes, command);
  return stream_.write(bytes, std::chrono::steady_clock::now() + answer_max_);
}

Result<std::optional<Reply>> Connection::parsed() {
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK)
    return unavailable(std::string("it does not speak Redis' protocol: ") + reader_->errstr);
  if (!reply) return std::nullopt;
  return Reply(std::shared_ptr<const redisReply>(
      static_cast<redisReply*>(reply), [](const redisReply* r) { freeReplyObject(const_cast<redisReply*>(r)); }));
}

Result<Reply> Connection::receive(Deadline until) {
  std::array<char, 16 * 1024> bytes;
  for (;;) {
    auto reply = parsed();
    if (!reply) return std::unexpected(reply.error());
    if (*reply) return std::move(**reply);
    auto got = stream_.read(bytes.data(), bytes.size(), until);
    if (!got) return std::unexpected(got.error());
    redisReaderFeed(reader_.get(), bytes.data(), *got);
  }
}

Result<Reply> Connection::call(const Command& command) {
  if (auto ok = send({&command, 1}); !ok) return std::unexpected(ok.error());
  auto reply = receive();
  if (!reply && reply.error().kind == ErrorKind::kTimeout) return unavailable(reply.error().message);
  return reply;
}

}  // namespace gamekeeper::adapters::redis
