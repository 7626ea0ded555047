#include "tests/engines/kafka/broker.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace gamekeeper::test {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no port of 127.0.0.1 is free");
  return ntohs(address.sin_port);
}

bool listens(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(port);
  const bool yes = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return yes;
}

pid_t spawn_java(const std::string& folder, const std::vector<std::string>& arguments) {
  const std::string classpath = std::filesystem::absolute(".engines/kafka").string() + "/*";
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  const std::string log = folder + "/out";
  if (!std::freopen(log.c_str(), "a", stdout) || !std::freopen(log.c_str(), "a", stderr)) ::_exit(126);
  ::setenv("CLASSPATH", classpath.c_str(), 1);
  std::vector<std::string> all = {"java",
                                  "-Xms64m",
                                  "-Xmx256m",
                                  "-XX:+UseSerialGC",
                                  "-XX:TieredStopAtLevel=1",
                                  "-Dlog4j2.configurationFile=" + folder + "/log4j2.properties"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : all) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execvp("java", argv.data());
  ::_exit(127);
}

}  // namespace

KafkaBroker::KafkaBroker() : port_(free_port()), controller_port_(free_port()) {
  if (!std::filesystem::exists(".engines/kafka"))
    throw std::runtime_error("Kafka is missing: run scripts/engines kafka");
  std::string name = (std::filesystem::temp_directory_path() / "gk-kafka-XXXXXX").string();
  folder_ = ::mkdtemp(name.data());
  address_ = fmt::format("127.0.0.1:{}", port_);
  std::ofstream(folder_ + "/log4j2.properties") << "rootLogger.level = warn\nrootLogger.appenderRef.out.ref = out\n"
                                                   "appender.out.type = Console\nappender.out.name = out\n";
  std::ofstream(folder_ + "/server.properties") << fmt::format(
      "process.roles=broker,controller\nnode.id=1\nlisteners=PLAINTEXT://127.0.0.1:{0},CONTROLLER://127.0.0.1:{1}\n"
      "advertised.listeners=PLAINTEXT://127.0.0.1:{0}\ncontroller.listener.names=CONTROLLER\n"
      "controller.quorum.bootstrap.servers=127.0.0.1:{1}\nlog.dirs={2}/log\noffsets.topic.num.partitions=1\n"
      "offsets.topic.replication.factor=1\ntransaction.state.log.num.partitions=1\ntransaction.state.log.replication."
      "factor=1\n"
      "transaction.state.log.min.isr=1\nshare.coordinator.state.topic.replication.factor=1\n"
      "share.coordinator.state.topic.min.isr=1\ngroup.initial.rebalance.delay.ms=0\n",
      port_, controller_port_, folder_);
  const pid_t format = spawn_java(folder_, {"kafka.tools.StorageTool", "format", "--standalone", "-t",
                                            "4L6g3nShT-eMCtK--X86sw", "-c", folder_ + "/server.properties"});
  int status = 0;
  ::waitpid(format, &status, 0);
  if (status != 0) throw std::runtime_error("Kafka's storage could not be formatted; see " + folder_ + "/out");
  start();
}

void KafkaBroker::start() {
  pid_ = spawn_java(folder_, {"kafka.Kafka", folder_ + "/server.properties"});
  for (int i = 0; i < 600; ++i) {
    if (listens(port_)) return;
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  throw std::runtime_error("Kafka did not start; see " + folder_ + "/out");
}

void KafkaBroker::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

KafkaBroker::~KafkaBroker() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace gamekeeper::test
