#include "ports/broadcast.h"

#include <charconv>

namespace gamekeeper::ports {

std::string to_text(const TopicPosition& at) { return at.epoch + "." + std::to_string(at.n); }

Result<TopicPosition> read_position(std::string_view text) {
  const size_t dot = text.rfind('.');
  TopicPosition at;
  if (text.size() <= 64 && dot != std::string_view::npos) {
    const auto [end, error] = std::from_chars(text.data() + dot + 1, text.data() + text.size(), at.n);
    if (error == std::errc() && end == text.data() + text.size()) {
      at.epoch = text.substr(0, dot);
      return at;
    }
  }
  return fail(ErrorKind::kInvalid, "bad_position", "This is no position that the server gave.", "seq");
}

}  // namespace gamekeeper::ports
