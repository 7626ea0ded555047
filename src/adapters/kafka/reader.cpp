#include "adapters/kafka/reader.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "adapters/kafka/client.h"
#include "events/json_codec.h"

namespace gamekeeper::adapters::kafka {
namespace {

using ports::LogChunk;
using ports::Position;

struct Request {
  size_t bytes_max;
  std::chrono::steady_clock::time_point deadline;
  Promise<Result<LogChunk>> answer;
};

class Reader final : public ports::LogReader {
 public:
  Reader(Client client, Topic topic, ports::Partition partition, Position from)
      : client_(std::move(client)),
        topic_(std::move(topic)),
        partition_(static_cast<int32_t>(partition)),
        at_(from),
        thread_([this] { work(); }) {}

  ~Reader() override {
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
    thread_.join();
    rd_kafka_consume_stop(topic_.get(), partition_);
  }

  Task<Result<LogChunk>> next(size_t bytes_max, std::chrono::steady_clock::time_point deadline) override {
    Future<Result<LogChunk>> future;
    {
      std::lock_guard lock(mutex_);
      request_.emplace(bytes_max, deadline, Promise<Result<LogChunk>>(future));
    }
    wake_.notify_one();
    co_return co_await future.get();
  }

 private:
  void work() {
    for (;;) {
      std::optional<Request> request;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopped_ || request_; });
        if (stopped_) {
          if (request_) request_->answer.set(fail(ErrorKind::kUnavailable, "stopped", "The reader was closed."));
          return;
        }
        request = std::move(request_);
        request_.reset();
      }
      request->answer.set(read(request->bytes_max, request->deadline));
    }
  }

  bool stopped() {
    std::lock_guard lock(mutex_);
    return stopped_;
  }

  Result<LogChunk> read(size_t bytes_max, std::chrono::steady_clock::time_point deadline) {
    LogChunk chunk{.rows = {}, .count = 0, .first = at_, .next = at_};
    chunk.rows.reserve(std::min(rows_bytes_ + rows_bytes_ / 8, bytes_max + 4096));  // growing copies what is there
    while (chunk.rows.size() < bytes_max) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
      // Short waits, so that a stop is noticed; none at all once there is something to hand over.
      const int wait = chunk.count > 0 ? 0 : static_cast<int>(std::clamp<int64_t>(left, 0, 50));
      const ssize_t n = rd_kafka_consume_batch(topic_.get(), partition_, wait, messages_.data(), messages_.size());
      if (n < 0) return std::unexpected(error_of(rd_kafka_last_error(), "The log cannot be read"));
      Result<void> ok;
      for (ssize_t i = 0; i < n; ++i) {
        if (ok) ok = take(*messages_[static_cast<size_t>(i)], chunk);
        rd_kafka_message_destroy(messages_[static_cast<size_t>(i)]);
      }
      if (!ok) return std::unexpected(ok.error());
      if (n == 0 && (chunk.count > 0 || left <= 0 || stopped())) break;
    }
    at_ = chunk.next;
    rows_bytes_ = chunk.rows.size();
    return chunk;
  }

  Result<void> take(const rd_kafka_message_t& message, LogChunk& chunk) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return {};
    if (message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE || message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
      return fail(ErrorKind::kNotFound, "trimmed", "The log no longer holds this position.");
    }
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return std::unexpected(error_of(message.err, "The log cannot be read"));
    }
    const size_t bytes = message.len + simdjson::SIMDJSON_PADDING;
    if (padded_.size() < bytes) padded_.resize(bytes);
    if (message.len > 0) std::memcpy(padded_.data(), message.payload, message.len);  // no value: a null pointer
    auto event = json_.read(std::string_view(padded_.data(), message.len), padded_.size());
    if (!event) {
      event.error().message += " Topic " + std::string(rd_kafka_topic_name(topic_.get())) + ", partition " +
                               std::to_string(partition_) + ", offset " + std::to_string(message.offset) + ".";
      return std::unexpected(event.error());
    }
    events::append_row(chunk.rows, *event);
    ++chunk.count;
    chunk.next = Position{static_cast<uint64_t>(message.offset) + 2};
    return {};
  }

  Client client_;
  Topic topic_;
  int32_t partition_;
  Position at_;
  events::JsonReader json_;
  std::string padded_;
  size_t rows_bytes_ = 0;  // of the last chunk
  std::vector<rd_kafka_message_t*> messages_ = std::vector<rd_kafka_message_t*>(4096);
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Request> request_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<ports::LogReader>> open_reader(const KafkaOptions& options, ports::Partition partition,
                                                      Position from) {
  auto conf = make_conf(options);
  if (!conf) return std::unexpected(conf.error());
  for (const auto& [key, value] : {std::pair{"auto.offset.reset", "error"},
                                   {"enable.auto.commit", "false"},
                                   {"fetch.wait.max.ms", "20"},
                                   {"fetch.error.backoff.ms", "100"},
                                   {"queued.max.messages.kbytes", "16384"},
                                   {"check.crcs", "true"},
                                   {"isolation.level", "read_committed"}}) {
    if (auto ok = set(conf->get(), key, value); !ok) return std::unexpected(ok.error());
  }
  auto client = make_client(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) return std::unexpected(client.error());
  Topic topic(rd_kafka_topic_new(client->get(), options.topic.c_str(), nullptr));
  const int64_t offset = from.value <= 1 ? RD_KAFKA_OFFSET_BEGINNING : static_cast<int64_t>(from.value - 1);
  if (rd_kafka_consume_start(topic.get(), static_cast<int32_t>(partition), offset) != 0) {
    return std::unexpected(error_of(rd_kafka_last_error(), "The log cannot be opened"));
  }
  return std::make_unique<Reader>(std::move(*client), std::move(topic), partition, from);
}

}  // namespace gamekeeper::adapters::kafka
