#include "tests/engines/redis/server.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace gamekeeper::test {

RedisServer::RedisServer(std::vector<std::string> more) : more_(std::move(more)), port_(free_port()) {
  std::string name = (std::filesystem::temp_directory_path() / "gk-redis-XXXXXX").string();
  folder_ = ::mkdtemp(name.data());
  start();
}

RedisServer::~RedisServer() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string RedisServer::url() const { return fmt::format("redis://127.0.0.1:{}", port_); }

void RedisServer::start() {
  std::vector<std::string> argv = {"redis-server", "--bind", "127.0.0.1", "--port", std::to_string(port_),
                                   "--dir",        folder_,  "--save",    "",       "--loglevel",
                                   "warning"};
  argv.insert(argv.end(), more_.begin(), more_.end());
  server_.start(std::move(argv), folder_ + "/out");
  for (int i = 0; i < 1200 && server_.running(); ++i) {
    // One with a password refuses, and one that still reads its disk says so.
    if (listens(port_)) {
      const std::string said = cli({"ping"});
      if (said == "PONG" || said.starts_with("NOAUTH")) return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  throw std::runtime_error("Redis is missing (run scripts/setup test) or did not start; see " + folder_ + "/out");
}

void RedisServer::kill() { server_.kill(); }

std::string RedisServer::cli(const std::vector<std::string>& command) {
  const std::string out = folder_ + "/cli";
  std::filesystem::remove(out);
  std::vector<std::string> argv = {"redis-cli", "-p", std::to_string(port_)};
  argv.insert(argv.end(), command.begin(), command.end());
  Child child;
  child.start(std::move(argv), out);
  child.finish();
  std::ostringstream text;
  text << std::ifstream(out).rdbuf();
  std::string said = text.str();
  while (said.ends_with('\n')) said.pop_back();
  return said;
}

}  // namespace gamekeeper::test
