#include "server/housekeeping.h"

#include <chrono>
#include <filesystem>

#include "base/log.h"
#include "server/run_now.h"

namespace gamekeeper::server {

namespace {

void log_failure(const Chore& chore, const Result<void>& outcome) {
  if (outcome) return;
  log::error(chore.service, chore.failure,
             {log::text("code", outcome.error().code), log::text("message", outcome.error().message)});
}

}  // namespace

Housekeeping::Housekeeping(std::vector<Chore> chores) : chores_(std::move(chores)) {
  for (const Chore& chore : chores_) threads_.emplace_back([this, &chore] { repeat(chore); });
}

Housekeeping::~Housekeeping() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Housekeeping::repeat(const Chore& chore) {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    lock.unlock();
    log_failure(chore, run_now(chore.work()));
    lock.lock();
    wake_.wait_for(lock, chore.pause, [this] { return stopped_; });
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
