#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace gamekeeper::adapters {

/// A name of N texts that are somebody else's, with its hash: one look into several tables takes one.
template <size_t N>
struct TextsView {
  std::array<std::string_view, N> texts;
  size_t hash = 0;

  template <class... T>
  TextsView(const T&... text) : texts{std::string_view(text)...} {  // NOLINT(google-explicit-constructor)
    for (const std::string_view t : texts) hash = hash * 31 + std::hash<std::string_view>{}(t);
  }
};
/// The same, owned.
template <size_t N>
struct Texts {
  std::array<std::string, N> texts;
  size_t hash = 0;

  explicit Texts(const TextsView<N>& view) : hash(view.hash) {
    for (size_t i = 0; i < N; ++i) texts[i] = view.texts[i];
  }
};
struct TextsHash {
  using is_transparent = void;
  size_t operator()(const auto& name) const { return name.hash; }
};
struct TextsSame {
  using is_transparent = void;
  bool operator()(const auto& a, const auto& b) const {
    if (a.hash != b.hash) return false;
    for (size_t i = 0; i < a.texts.size(); ++i) {
      if (std::string_view(a.texts[i]) != std::string_view(b.texts[i])) return false;
    }
    return true;
  }
};

/// What was asked for most recently, by names of N texts, in at most so many bytes. Two generations: what is asked for lives
/// in the younger one; when that is half of it all, the older is dropped and the younger becomes the older. One thread at
/// a time.
template <size_t N, class Value>
class Recent {
 public:
  using Name = TextsView<N>;

  explicit Recent(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Null: it is not there. Right until the next call.
  Value* find(const Name& name) {
    if (auto known = young_.find(name); known != young_.end()) return &known->second.value;
    auto known = old_.find(name);
    if (known == old_.end()) return nullptr;
    auto node = old_.extract(known);
    make_room(node.mapped().bytes);
    return &young_.insert(std::move(node)).position->second.value;
  }

  /// `bytes`: what the value takes; names and nodes are added here.
  Value& put(const Name& name, Value value, size_t bytes) {
    drop(name);
    bytes += kNodeBytes;
    for (const std::string_view text : name.texts) bytes += text.size();
    make_room(bytes);
    return young_.emplace(Texts<N>(name), Entry{std::move(value), bytes}).first->second.value;
  }

  /// False: it was not there.
  bool drop(const Name& name) {
    if (auto known = young_.find(name); known != young_.end()) {
      young_bytes_ -= known->second.bytes;
      young_.erase(known);
      return true;
    }
    auto known = old_.find(name);
    if (known == old_.end()) return false;
    old_.erase(known);
    return true;
  }

  void clear() {
    young_.clear();
    old_.clear();
    young_bytes_ = 0;
  }

 private:
  static constexpr size_t kNodeBytes = 128;
  struct Entry {
    Value value;
    size_t bytes = 0;
  };

  void make_room(size_t bytes) {
    if (young_bytes_ + bytes > bytes_max_ / 2) {
      old_ = std::exchange(young_, {});
      young_bytes_ = 0;
    }
    young_bytes_ += bytes;
  }

  size_t bytes_max_;
  std::unordered_map<Texts<N>, Entry, TextsHash, TextsSame> young_, old_;
  size_t young_bytes_ = 0;
};

}  // namespace gamekeeper::adapters
