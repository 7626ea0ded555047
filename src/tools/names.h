#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gamekeeper::tools {

/// Gives texts dense numbers from 0 on, in the order in which they are first met. Some 16 bytes a text beside its own.
class Names {
 public:
  uint32_t number(std::string_view text) {
    if ((ends_.size() + 1) * 4 > slots_.size() * 3) widen();
    uint32_t& slot = slots_[find(text)];
    if (slot == kFree) {
      slot = static_cast<uint32_t>(ends_.size());
      bytes_ += text;
      ends_.push_back(bytes_.size());
    }
    return slot;
  }
  std::string_view text(uint32_t number) const {
    const size_t from = number == 0 ? 0 : ends_[number - 1];
    return std::string_view(bytes_).substr(from, ends_[number] - from);
  }
  size_t size() const { return ends_.size(); }

 private:
  static constexpr uint32_t kFree = UINT32_MAX;
  size_t find(std::string_view text) const {
    const size_t mask = slots_.size() - 1;
    size_t at = std::hash<std::string_view>()(text) & mask;
    while (slots_[at] != kFree && this->text(slots_[at]) != text) at = (at + 1) & mask;
    return at;
  }
  void widen() {
    slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, kFree);
    for (uint32_t n = 0; n < ends_.size(); ++n) slots_[find(text(n))] = n;
  }

  std::string bytes_;
  std::vector<size_t> ends_;
  std::vector<uint32_t> slots_;
};

}  // namespace gamekeeper::tools
