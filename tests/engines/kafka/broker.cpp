#include "tests/engines/kafka/broker.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace gamekeeper::test {
namespace {

/// Appends to the folder's file `out`.
void start_java(Child& child, const std::string& folder, const std::vector<std::string>& arguments) {
  const std::string classpath = std::filesystem::absolute(".engines/kafka").string() + "/*";
  std::vector<std::string> all = {"env",
                                  "CLASSPATH=" + classpath,
                                  "java",
                                  "-Xms64m",
                                  "-Xmx256m",
                                  "-XX:+UseSerialGC",
                                  "-XX:TieredStopAtLevel=1",
                                  "-Dlog4j2.configurationFile=" + folder + "/log4j2.properties"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  child.start(std::move(all), folder + "/out");
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
  start_java(broker_, folder_,
             {"kafka.tools.StorageTool", "format", "--standalone", "-t", "4L6g3nShT-eMCtK--X86sw", "-c",
              folder_ + "/server.properties"});
  if (broker_.finish() != 0)
    throw std::runtime_error("Kafka's storage could not be formatted; see " + folder_ + "/out");
  start();
}

void KafkaBroker::start() {
  start_java(broker_, folder_, {"kafka.Kafka", folder_ + "/server.properties"});
  for (int i = 0; i < 600 && broker_.running(); ++i) {
    if (listens(port_)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  throw std::runtime_error("Kafka did not start; see " + folder_ + "/out");
}

void KafkaBroker::kill() { broker_.kill(); }

KafkaBroker::~KafkaBroker() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace gamekeeper::test
