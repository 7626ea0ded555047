#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "insight/processor/cells.h"
#include "insight/processor/hashing.h"

namespace gamekeeper::processor {

/// A cell's value while it is being changed, or a change to one: the same type says both (values.h).
class Slot {
 public:
  virtual ~Slot() = default;
  /// An empty one of the same type.
  virtual std::unique_ptr<Slot> fresh() const = 0;
  virtual bool load(std::string_view bytes) = 0;
  /// Adds a change of the same type. Answers whether the value is another now.
  virtual bool merge(const Slot& change) = 0;
  /// Appends the cells to put; usually one.
  virtual void write(const ports::CellKey& at, std::vector<ports::Cell>& out) = 0;
};

template <class T>
class SlotOf final : public Slot {
 public:
  std::unique_ptr<Slot> fresh() const override { return std::make_unique<SlotOf>(); }
  bool load(std::string_view bytes) override {
    auto read = T::decode(bytes);
    if (read) value = std::move(*read);
    return read.has_value();
  }
  bool merge(const Slot& change) override {
    const T& other = static_cast<const SlotOf&>(change).value;
    if constexpr (std::is_same_v<decltype(value.merge(other)), bool>) {
      return value.merge(other);
    } else {
      value.merge(other);
      return true;
    }
  }
  void write(const ports::CellKey& at, std::vector<ports::Cell>& out) override { out.push_back({at, value.encode()}); }

  T value;
};

/// The open end of a trail (kTrail): grows to kEntriesMax, then becomes a cell of its own and starts again. So a
/// commit rewrites at most one short cell a name and day, and closed cells are written once.
class TrailSlot final : public Slot {
 public:
  static constexpr size_t kEntriesMax = 2048;
  std::unique_ptr<Slot> fresh() const override { return std::make_unique<TrailSlot>(); }
  bool load(std::string_view bytes) override;
  bool merge(const Slot& change) override;
  void write(const ports::CellKey& at, std::vector<ports::Cell>& out) override;

  cells::Trail value;
};

struct CellKeyHash {
  using is_avalanching = void;
  size_t operator()(const ports::CellKey& k) const {
    return mix(hash_of(k.key, k.table) ^ static_cast<uint64_t>(k.bucket));
  }
};

template <class V>
using CellMap = boost::unordered_flat_map<ports::CellKey, V, CellKeyHash>;

/// The changes of one commit, by cell.
class Changes {
 public:
  template <class T>
  T& at(ports::Table table, const std::string& key, int64_t bucket) {
    std::unique_ptr<Slot>& slot = map_[ports::CellKey{table, key, bucket}];
    using S = std::conditional_t<std::is_same_v<T, cells::Trail>, TrailSlot, SlotOf<T>>;
    if (!slot) slot = std::make_unique<S>();
    return static_cast<S&>(*slot).value;
  }
  CellMap<std::unique_ptr<Slot>>& all() { return map_; }
  void clear() { map_.clear(); }

 private:
  CellMap<std::unique_ptr<Slot>> map_;
};

}  // namespace gamekeeper::processor
