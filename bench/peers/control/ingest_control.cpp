// ingest_control PORT FILE: the yardstick of durable ingest. It does what has to be done and nothing else: one HTTP
// thread parses the same POSTs, turns each event into a row (text fields as they stand, properties as raw JSON) and
// hands the rows to one writer, which appends them to FILE in groups and answers after fdatasync. No keys, no rules of
// properties, no partitions, no checks of times, no limits, no recovery. FILE is overwritten from its start at 2 GiB.
#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ondemand = simdjson::ondemand;
using tcp = asio::ip::tcp;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

namespace {

struct Rows {
  std::string bytes;
  uint32_t count = 0;

  void text(std::string_view s) {
    const auto size = static_cast<uint16_t>(s.size());
    bytes.append(reinterpret_cast<const char*>(&size), sizeof size).append(s);
  }
  void number(int64_t n) { bytes.append(reinterpret_cast<const char*>(&n), sizeof n); }
};

/// The events of a body as rows; false when it is not such a body.
bool parse(ondemand::parser& parser, std::string& body, Rows& rows) {
  const size_t size = body.size();
  body.reserve(size + simdjson::SIMDJSON_PADDING);
  try {
    auto document = parser.iterate(simdjson::padded_string_view(body.data(), size, body.capacity()));
    for (auto event : document["events"].get_array()) {
      bool named = false, owned = false;
      for (auto field : event.get_object()) {
        const std::string_view key = field.unescaped_key();
        auto value = field.value();
        if (key == "seq")
          rows.number(value.get_int64());
        else if (key == "properties")
          rows.text(std::string_view(value.get_object().value().raw_json()));
        else
          rows.text(value.get_string());
        named |= key == "name";
        owned |= key == "player_id";
      }
      if (!named || !owned) return false;
      ++rows.count;
    }
  } catch (const simdjson::simdjson_error&) {
    return false;
  }
  return true;
}

class Connection;

/// Everyone who waits is served by one write and one sync.
class Writer {
 public:
  explicit Writer(const char* file) : fd_(::open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
    if (fd_ < 0) std::perror(file), std::exit(1);
  }
  void submit(std::shared_ptr<Connection> who, const Rows& rows) {
    std::lock_guard lock(mutex_);
    waiting_bytes_ += rows.bytes;
    waiting_.push_back(std::move(who));
    wake_.notify_one();
  }
  [[noreturn]] void run(Executor executor);

 private:
  void write(std::string_view bytes) {
    const struct {
      uint64_t size, checksum;
    } head{bytes.size(), XXH3_64bits(bytes.data(), bytes.size())};
    const bool ok = ::pwrite(fd_, &head, sizeof head, at_) == sizeof head &&
                    ::pwrite(fd_, bytes.data(), bytes.size(), at_ + static_cast<off_t>(sizeof head)) ==
                        static_cast<ssize_t>(bytes.size()) &&
                    ::fdatasync(fd_) == 0;
    if (!ok) std::perror("ingest_control"), std::exit(1);
    at_ += static_cast<off_t>(sizeof head + bytes.size());
    if (at_ > off_t{2} << 30) at_ = 0;
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::string waiting_bytes_;
  std::vector<std::shared_ptr<Connection>> waiting_;
  int fd_;
  off_t at_ = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Socket socket, ondemand::parser& parser, Writer& writer)
      : socket_(std::move(socket)), parser_(parser), writer_(writer) {
    buffer_.reserve(64 * 1024);
  }

  void read() {
    body_.clear();
    request_.emplace();
    request_->body_limit(8 << 20);
    request_->get().body() = std::move(body_);
    http::async_read(socket_, buffer_, *request_, [self = shared_from_this()](auto error, size_t) {
      if (!error) self->handle();
    });
  }

  void answer(bool ok, uint32_t count) {
    response_ = {};
    response_.version(11);
    response_.result(ok ? http::status::ok : http::status::bad_request);
    response_.set(http::field::content_type, "application/json");
    response_.body() = "{\"accepted\":" + std::to_string(count) + ",\"rejected\":[]}";
    response_.prepare_payload();
    http::async_write(socket_, response_, [self = shared_from_this()](auto error, size_t) {
      if (!error) self->read();
    });
  }
  uint32_t count() const { return rows_.count; }

 private:
  void handle() {
    body_ = std::move(request_->get().body());
    rows_.bytes.clear();
    rows_.count = 0;
    if (!parse(parser_, body_, rows_)) return answer(false, 0);
    writer_.submit(shared_from_this(), rows_);
  }

  Socket socket_;
  ondemand::parser& parser_;
  Writer& writer_;
  boost::beast::flat_buffer buffer_{1 << 20};
  std::optional<http::request_parser<http::string_body>> request_;
  http::response<http::string_body> response_;
  std::string body_;
  Rows rows_;
};

void Writer::run(Executor executor) {
  std::string bytes;
  for (;;) {
    std::vector<std::shared_ptr<Connection>> group;
    bytes.clear();
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !waiting_.empty(); });
      bytes.swap(waiting_bytes_);
      group.swap(waiting_);
    }
    write(bytes);
    asio::post(executor, [group = std::move(group)] {
      for (const auto& connection : group) connection->answer(true, connection->count());
    });
  }
}

class Listener {
 public:
  Listener(Executor executor, unsigned short port, Writer& writer)
      : acceptor_(executor, tcp::endpoint(asio::ip::address_v4::loopback(), port)), writer_(writer) {}

  void accept() {
    acceptor_.async_accept([this](auto error, Socket socket) {
      if (!error) {
        socket.set_option(tcp::no_delay(true));
        std::make_shared<Connection>(std::move(socket), parser_, writer_)->read();
      }
      accept();
    });
  }

 private:
  Acceptor acceptor_;
  Writer& writer_;
  ondemand::parser parser_;
};

}  // namespace

int main(int count, char** words) {
  if (count < 3) return std::fputs("usage: ingest_control PORT FILE\n", stderr), 2;
  Writer writer(words[2]);
  asio::io_context io(1);
  std::thread([&] { writer.run(io.get_executor()); }).detach();
  Listener listener(io.get_executor(), static_cast<unsigned short>(std::stoi(words[1])), writer);
  listener.accept();
  io.run();
}
