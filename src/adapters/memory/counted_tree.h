#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "adapters/memory/board_members.h"

namespace gamekeeper::adapters {

/// The order of a board: a B+-tree whose inner nodes know of every child how many entries and how many distinct values
/// it holds. Entries are members' numbers, ordered by value (lower first), time reached, id. Insert, remove, rank and
/// select are O(log n); 12 bytes an entry in leaves of 64, some 17 with the room that splits leave.
/// Not safe from several threads.
class CountedTree {
 public:
  using Slot = BoardMembers::Slot;
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit CountedTree(const BoardMembers& members);

  uint64_t size() const { return size_; }
  /// The member's value and time must be those it is to stand by, and stay so until it is removed.
  void insert(Slot slot);
  /// As insert() of each, but many of them lay the whole out anew, which is as fast as sorting them.
  void insert_all(const std::vector<Slot>& slots);
  void remove(Slot slot);

  /// How many entries come before this one.
  uint64_t position(Slot slot) const;
  /// How many entries have a lower value.
  uint64_t lower_than(int64_t value) const;
  /// How many distinct values are lower.
  uint64_t distinct_lower_than(int64_t value) const;

  /// Walks the entries in order. Any change of the tree ends it.
  class Walk {
   public:
    bool at_end() const { return leaf_ == kNone; }
    Slot slot() const;
    int64_t value() const;
    void next();

   private:
    friend class CountedTree;
    const CountedTree* tree_ = nullptr;
    uint32_t leaf_ = kNone, at_ = 0;
  };
  Walk from(uint64_t position) const;

  size_t bytes() const;
  /// Stops the program when what is written in the nodes does not agree. For tests; O(n).
  void check() const;

 private:
  static constexpr uint32_t kWidth = 64, kMergeTo = 48, kThin = 20;
  static constexpr uint32_t kLaidOut = 56;  // of a node, when many are laid out together
  struct Leaf {
    std::array<int64_t, kWidth> value;
    std::array<Slot, kWidth> slot;
    uint32_t next = kNone, previous = kNone, n = 0;
  };
  struct Inner {
    std::array<int64_t, kWidth> first, last;  // values of each child's first and last entry
    std::array<Slot, kWidth> first_slot;
    std::array<uint32_t, kWidth> child, count, distinct;
    uint32_t n = 0;
  };
  struct Summary {
    int64_t first = 0, last = 0;
    Slot first_slot = 0;
    uint32_t count = 0, distinct = 0;
  };
  /// Nodes by number, in blocks that never move.
  template <class Node>
  class Pool {
   public:
    uint32_t take();
    void give(uint32_t number) { free_.push_back(number); }
    Node& operator[](uint32_t number) { return blocks_[number / kBlock][number % kBlock]; }
    const Node& operator[](uint32_t number) const { return blocks_[number / kBlock][number % kBlock]; }
    size_t bytes() const { return blocks_.size() * kBlock * sizeof(Node) + free_.capacity() * 4; }

   private:
    static constexpr uint32_t kBlock = 32;
    std::vector<std::unique_ptr<Node[]>> blocks_;
    std::vector<uint32_t> free_;
    uint32_t used_ = 0;
  };
  struct Key {
    int64_t value, reached;
    Slot slot;
  };
  struct Step {
    uint32_t inner, at;
  };
  /// The way from the root to a leaf: inner nodes and which child was taken.
  struct Path {
    std::array<Step, 16> steps;
    uint32_t depth = 0, leaf = 0;
  };

  Key key_of(Slot slot) const { return {members_->value(slot), members_->reached(slot), slot}; }
  static Key lowest(int64_t value) { return {value, INT64_MIN, kNone}; }
  bool before(const Key& key, int64_t value, Slot slot) const;
  uint32_t child_for(const Inner& inner, const Key& key) const;
  uint32_t place_in(const Leaf& leaf, const Key& key) const;
  Path descend(const Key& key) const;

  Summary summary(uint32_t node, uint32_t height) const;
  void write_summary(Inner& inner, uint32_t at, uint32_t node, uint32_t height);
  uint32_t insert_in_leaf(uint32_t number, uint32_t at, const Key& key);
  uint32_t insert_child(uint32_t number, uint32_t at, uint32_t child, uint32_t height);
  void lay_out(const std::vector<Key>& sorted);
  bool share(Inner& inner, uint32_t at);
  void drop_child(Inner& inner, uint32_t at);
  bool join(Inner& inner, uint32_t left, uint32_t height);
  void thin_out(Inner& inner, uint32_t at, uint32_t height);
  void unlink(uint32_t leaf);

  const BoardMembers* members_;
  Pool<Leaf> leaves_;
  Pool<Inner> inners_;
  uint32_t root_, height_ = 0;  // 0: the root is a leaf
  uint64_t size_ = 0;
};

}  // namespace gamekeeper::adapters
