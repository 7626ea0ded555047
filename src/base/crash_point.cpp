#include "base/crash_point.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <string>

#include "base/result.h"

namespace gamekeeper::detail {
namespace {

struct Armed {
  std::string name;
  std::atomic<long> left{1};

  explicit Armed(std::string_view at) {
    const size_t colon = at.rfind(':');
    name = at.substr(0, colon);
    if (colon == std::string_view::npos) return;
    long times = 0;
    const auto [end, error] = std::from_chars(at.data() + colon + 1, at.data() + at.size(), times);
    GK_CHECK(error == std::errc{} && end == at.data() + at.size() && times > 0,
             "GAMEKEEPER_CRASH_AT is NAME or NAME:TIMES");
    left = times;
  }
};

}  // namespace

const bool crash_point_armed = std::getenv("GAMEKEEPER_CRASH_AT") != nullptr;

void pass_crash_point(std::string_view name) {
  static Armed armed(std::getenv("GAMEKEEPER_CRASH_AT"));
  if (armed.name == name && armed.left.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

}  // namespace gamekeeper::detail
