#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gamekeeper::ingest {

/// Takes the text of a JSON object or array apart by its brackets and quotes alone, so that what is wrong inside one
/// part (a bad number, bytes that are not UTF-8, a nesting too deep) leaves the others readable. It checks no part;
/// linear in the text's length, and as deep as the text goes.
class Parts {
 public:
  struct Part {
    std::string_view key;  // between its quotes, escapes as they stand; empty in an array
    std::string_view value;
  };

  explicit Parts(std::string_view text);

  /// The next part in order; nothing at the end, or where the text is broken.
  std::optional<Part> next();
  /// After the last part: whether the text was one object or array and nothing else.
  bool whole() const { return whole_; }

 private:
  void skip_space();
  bool take(char c);
  bool skip_text();
  bool skip_value();
  bool skip_nested();
  std::nullopt_t end();
  std::nullopt_t broken();

  std::string_view text_;
  size_t at_ = 0;
  char close_ = 0;  // 0: nothing more will come
  bool first_ = true, whole_ = false;
  std::string open_;  // the brackets that a nested value waits for
};

}  // namespace gamekeeper::ingest
