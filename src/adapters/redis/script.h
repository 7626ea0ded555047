#pragma once

#include <string>
#include <string_view>

namespace gamekeeper::adapters::redis {

/// A Lua script, which Redis runs as one step. It refuses with `return redis.error_reply('GK code')`.
class Script {
 public:
  explicit Script(std::string_view text);
  const std::string& text() const { return text_; }
  const std::string& digest() const { return digest_; }  // as EVALSHA wants it

 private:
  std::string text_, digest_;
};

}  // namespace gamekeeper::adapters::redis
