#include "server/housekeeping.h"

#include <chrono>
#include <filesystem>

#include "base/log.h"
#include "server/run_now.h"

namespace gamekeeper::server {

namespace {

constexpr std::chrono::milliseconds kLookEvery{250};
constexpr std::chrono::seconds kTrimEvery{5};

void log_failure(const char* service, const char* event, const Result<void>& outcome) {
  if (outcome) return;
  log::error(service, event, {log::text("code", outcome.error().code), log::text("message", outcome.error().message)});
}

}  // namespace

Housekeeping::Housekeeping(gate::Gate& gate, flow::LogRetention* retention) {
  threads_.emplace_back([this, &gate] {
    repeat(kLookEvery, [&gate] { log_failure("gate", "refresh_failed", run_now(gate.refresh())); });
  });
  if (retention == nullptr) return;
  threads_.emplace_back([this, retention] {
    repeat(kTrimEvery, [retention] { log_failure("log", "trim_failed", run_now(retention->run_once())); });
  });
}

Housekeeping::~Housekeeping() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Housekeeping::repeat(std::chrono::milliseconds pause, const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    lock.unlock();
    work();
    lock.lock();
    wake_.wait_for(lock, pause, [this] { return stopped_; });
  }
}

std::string default_web_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  for (const auto& folder : {program.parent_path() / "web", program.parent_path().parent_path() / "web" / "dist"}) {
    if (std::filesystem::exists(folder / "index.html", error)) return folder.string();
  }
  return (program.parent_path().parent_path() / "web" / "dist").string();
}

}  // namespace gamekeeper::server
