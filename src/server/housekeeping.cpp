#include "server/housekeeping.h"

#include <chrono>
#include <filesystem>

#include "base/log.h"
#include "server/run_now.h"

namespace gamekeeper::server {

Housekeeping::Housekeeping(gate::Gate& gate) : gate_(gate), thread_([this] { work(); }) {}

Housekeeping::~Housekeeping() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Housekeeping::work() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    wake_.wait_for(lock, std::chrono::milliseconds(250));
    if (stopped_) return;
    lock.unlock();
    auto done = run_now(gate_.refresh());
    if (!done)
      log::error("gate", "refresh_failed",
                 {log::text("code", done.error().code), log::text("message", done.error().message)});
    lock.lock();
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
