#include "server/gauges.h"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "base/log.h"

namespace gamekeeper::server {
namespace {

using prometheus::Gauge;

double resident_bytes() {
  std::ifstream in("/proc/self/statm");
  double all = 0, resident = 0;
  in >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_files() {
  std::error_code error;
  double n = 0;
  for (auto at = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error))
    ++n;
  return n;
}

double cpu_seconds() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

/// prometheus-cpp counters only grow by steps: this one follows a number that is kept elsewhere.
void follow(prometheus::Counter& counter, double total) {
  if (const double step = total - counter.Value(); step > 0) counter.Increment(step);
}

/// The names that Prometheus' own clients use.
void add_process(Metrics& metrics) {
  auto& resident = metrics.gauge("process_resident_memory_bytes", "Memory of this process that is in use.");
  auto& files = metrics.gauge("process_open_fds", "Open file descriptors.");
  auto& files_max = metrics.gauge("process_max_fds", "Open file descriptors that are allowed.");
  auto& cpu = metrics.counter("process_cpu_seconds_total", "Processor time, user and system.");
  auto& lines =
      metrics.counter("gamekeeper_log_lines_dropped_total", "Log lines that could not be written fast enough.");
  metrics.gauge("process_start_time_seconds", "When this process started, since 1970.")
      .Set(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  files_max.Set(static_cast<double>(limit.rlim_cur));
  metrics.before_expose([&resident, &files, &cpu, &lines] {
    resident.Set(resident_bytes());
    files.Set(open_files());
    follow(cpu, cpu_seconds());
    follow(lines, static_cast<double>(log::lines_dropped()));
  });
}

void add_disk(Metrics& metrics, const std::string& folder) {
  auto& free = metrics.gauge("gamekeeper_data_free_bytes", "Free space of the data folder's disk.");
  auto& size = metrics.gauge("gamekeeper_data_size_bytes", "Size of the data folder's disk.");
  metrics.before_expose([&free, &size, folder] {
    struct statvfs disk{};
    if (::statvfs(folder.c_str(), &disk) != 0) return;
    free.Set(static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize));
    size.Set(static_cast<double>(disk.f_blocks) * static_cast<double>(disk.f_frsize));
  });
}

void add_partitions(Metrics& metrics, const processor::Processor& processor) {
  static constexpr std::array<const char*, 5> kStates = {"claiming", "folding", "waiting", "halted", "released"};
  std::array<Gauge*, kStates.size()> gauges{};
  for (size_t i = 0; i < kStates.size(); ++i) {
    gauges[i] = &metrics.gauge("gamekeeper_processor_partitions",
                               "Partitions of the log by what this process does with them.", {{"state", kStates[i]}});
  }
  metrics.before_expose([gauges, &processor] {
    std::array<double, kStates.size()> counts{};
    for (const auto& p : processor.status()) ++counts[static_cast<size_t>(p.state)];
    for (size_t i = 0; i < counts.size(); ++i) gauges[i]->Set(counts[i]);
  });
}

}  // namespace

void add_gauges(Metrics& metrics, const Config& config, const operate::Health& health,
                const processor::Processor* processor) {
  metrics.gauge("gamekeeper_build_info", "1; the label says which version this is.", {{"version", GAMEKEEPER_VERSION}})
      .Set(1);
  auto& ready = metrics.gauge("gamekeeper_ready", "1 while the server takes requests.");
  metrics.before_expose([&ready, &health] { ready.Set(health.ready() ? 1 : 0); });
  add_process(metrics);
  add_disk(metrics, config.server.data);
  if (processor) add_partitions(metrics, *processor);
}

}  // namespace gamekeeper::server
