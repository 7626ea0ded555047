#include "adapters/redis/redis_connections.h"

#include <algorithm>

#include "base/ids.h"

namespace gamekeeper::adapters {

using redis::Command;
using redis::Connection;
using redis::Reply;
using redis::Script;

namespace {

constexpr size_t kQueueMax = 100'000;
constexpr size_t kAtOnce = 64;
constexpr std::chrono::milliseconds kBackoffMin{10}, kBackoffMax{250}, kAway{500};

/// A server that was started anew may have read old memories from its disk: it, too, is another generation.
const Script& arrive() {
  static const Script script(R"(
    if redis.call('GET', KEYS[2]) ~= ARGV[1] then
      redis.call('SET', KEYS[2], ARGV[1])
      redis.call('SET', KEYS[1], ARGV[2])
    end)");
  return script;
}
const Script& generation_of() {
  static const Script script(R"(
    local generation = redis.call('GET', KEYS[1])
    if not generation then
      generation = ARGV[1]
      redis.call('SET', KEYS[1], generation)
    end
    return generation)");
  return script;
}
constexpr const char* kRunKey = "gamekeeper:run";

std::string value_of(std::string_view info, std::string_view name) {
  const size_t at = info.find(name);
  if (at == info.npos) return "";
  const size_t begin = at + name.size(), end = info.find_first_of("\r\n", begin);
  return std::string(info.substr(begin, end - begin));
}

Error refusal(std::string_view said) {
  if (said.starts_with("GK ")) return {ErrorKind::kConflict, std::string(said.substr(3)), "Redis refuses this."};
  return redis::unavailable(std::string(said)).error();
}

std::vector<std::string> evaluation(const char* how, const std::string& what, const std::vector<std::string>& keys,
                                    const std::vector<std::string>& arguments) {
  Command command{how, what, std::to_string(keys.size())};
  command.insert(command.end(), keys.begin(), keys.end());
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

}  // namespace

RedisConnections::RedisConnections(redis::Address address, RedisOptions options)
    : address_(std::move(address)), options_(std::move(options)) {
  for (int i = 0; i < options_.connections; ++i) threads_.emplace_back([this] { work(); });
}

RedisConnections::~RedisConnections() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Result<std::unique_ptr<RedisConnections>> RedisConnections::open(const RedisOptions& options) {
  auto address = redis::read_address(options.url);
  if (!address) return std::unexpected(address.error());
  std::unique_ptr<RedisConnections> made(new RedisConnections(std::move(*address), options));
  if (auto tried = made->connect(); !tried) return std::unexpected(tried.error());
  return made;
}

Result<std::unique_ptr<Connection>> RedisConnections::connect() const {
  auto made = Connection::open(address_, options_.answer_max);
  if (!made) return made;
  auto info = (*made)->call({"INFO", "server"});
  if (!info) return std::unexpected(info.error());
  if (info->is_error()) return redis::unavailable(std::string(info->text()));
  auto arrived = (*made)->call(evaluation("EVAL", arrive().text(), {kGenerationKey, kRunKey},
                                          {value_of(info->text(), "run_id:"), random_token(8)}));
  if (!arrived) return std::unexpected(arrived.error());
  if (arrived->is_error()) return redis::unavailable(std::string(arrived->text()));
  return made;
}

Task<Result<std::vector<Reply>>> RedisConnections::call(std::vector<Command> commands, Lost lost) {
  Future<Result<std::vector<Reply>>> answer;
  bool taken = false;
  {
    std::lock_guard lock(mutex_);
    taken = !stopped_ && queue_.size() < kQueueMax;
    if (taken)
      queue_.push_back({std::move(commands), lost, Promise<Result<std::vector<Reply>>>(answer),
                        std::chrono::steady_clock::now() + options_.patience});
  }
  if (!taken) co_return fail(ErrorKind::kOverloaded, "overloaded", "Too many calls are waiting; try again.");
  wake_.notify_one();
  auto replies = co_await answer.get();
  if (!replies) co_return replies;
  for (const Reply& reply : *replies) {
    if (reply.is_error() && !reply.text().starts_with("NOSCRIPT")) co_return std::unexpected(refusal(reply.text()));
  }
  co_return replies;
}

Task<Result<Reply>> RedisConnections::call(Command command, Lost lost) {
  std::vector<Command> one;
  one.push_back(std::move(command));
  auto replies = co_await call(std::move(one), lost);
  if (!replies) co_return std::unexpected(replies.error());
  co_return std::move(replies->front());
}

Task<Result<Reply>> RedisConnections::run(const Script& script, std::vector<std::string> keys,
                                          std::vector<std::string> arguments, Lost lost) {
  Command known = evaluation("EVALSHA", script.digest(), keys, arguments);
  auto reply = co_await call(std::move(known), lost);
  if (!reply || !reply->is_error()) co_return reply;
  Command whole = evaluation("EVAL", script.text(), keys, arguments);  // the server did not know it
  co_return co_await call(std::move(whole), lost);
}

Result<void> RedisConnections::reachable() const {
  if (std::chrono::steady_clock::now().time_since_epoch().count() >= away_until_) return {};
  return redis::unavailable("it could not be reached a moment ago");
}

Task<Result<std::string>> RedisConnections::generation() {
  std::vector<std::string> keys{kGenerationKey}, arguments{random_token(8)};
  auto reply = co_await run(generation_of(), std::move(keys), std::move(arguments), Lost::kRepeat);
  if (!reply) co_return std::unexpected(reply.error());
  co_return std::string(reply->text());
}

Task<Result<std::string>> RedisConnections::server_version() {
  Command ask{"INFO", "server"};
  auto reply = co_await call(std::move(ask), Lost::kRepeat);
  if (!reply) co_return std::unexpected(reply.error());
  co_return value_of(reply->text(), "redis_version:");
}

std::vector<RedisConnections::Job> RedisConnections::take() {
  std::vector<Job> jobs;
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
  const size_t share = std::clamp<size_t>(queue_.size() / threads_.size(), 1, kAtOnce);
  for (; !queue_.empty() && jobs.size() < share; queue_.pop_front()) jobs.push_back(std::move(queue_.front()));
  return jobs;
}

bool RedisConnections::is_stopped() {
  std::lock_guard lock(mutex_);
  return stopped_;
}

void RedisConnections::work() {
  std::unique_ptr<Connection> connection;
  for (;;) {
    std::vector<Job> jobs = take();
    if (jobs.empty()) return;
    serve(connection, std::move(jobs));
  }
}

/// Answers all jobs. One that may have been done and must not be done twice is told so; the others wait for a new
/// connection as long as patience lasts.
void RedisConnections::serve(std::unique_ptr<Connection>& connection, std::vector<Job> jobs) {
  Error trouble;
  for (auto backoff = kBackoffMin; !jobs.empty(); backoff = std::min(backoff * 2, kBackoffMax)) {
    if (connection && connection->stale()) connection.reset();
    bool tried = false;
    if (!connection) {
      auto made = connect();
      const auto away = made ? redis::Deadline() : std::chrono::steady_clock::now() + kAway;
      away_until_ = away.time_since_epoch().count();
      if (made)
        connection = std::move(*made);
      else
        trouble = made.error();
    }
    if (connection) {
      tried = true;
      auto done = exchange(*connection, jobs);
      if (done) return;
      trouble = done.error();
      connection.reset();
    }
    const auto next = std::chrono::steady_clock::now() + backoff;
    const bool stopped = is_stopped();
    std::erase_if(jobs, [&](Job& job) {
      const bool ends = stopped || next >= job.until || (tried && job.lost == Lost::kTell);
      if (ends) job.answer.set(std::unexpected(trouble));
      return ends;
    });
    if (!jobs.empty()) std::this_thread::sleep_for(backoff);
  }
}

/// Those that got their answers are taken out of `jobs`.
Result<void> RedisConnections::exchange(Connection& connection, std::vector<Job>& jobs) {
  std::vector<Command> all;
  for (const Job& job : jobs) all.insert(all.end(), job.commands.begin(), job.commands.end());
  if (auto ok = connection.send(all); !ok) return ok;
  size_t answered = 0;
  Result<void> out;
  for (Job& job : jobs) {
    std::vector<Reply> replies;
    while (out && replies.size() < job.commands.size()) {
      auto reply = connection.receive();
      if (reply)
        replies.push_back(std::move(*reply));
      else
        out = std::unexpected(reply.error());
    }
    if (!out) break;
    job.answer.set(std::move(replies));
    ++answered;
  }
  jobs.erase(jobs.begin(), jobs.begin() + static_cast<std::ptrdiff_t>(answered));
  if (!out && out.error().kind == ErrorKind::kTimeout) return redis::unavailable(out.error().message);
  return out;
}

}  // namespace gamekeeper::adapters
