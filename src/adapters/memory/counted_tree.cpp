#include "adapters/memory/counted_tree.h"

#include <algorithm>

#include "base/result.h"

namespace gamekeeper::adapters {
namespace {

/// Opens a place at `at` among the first `n` of an array.
template <class Array>
void open(Array& array, uint32_t n, uint32_t at) {
  std::move_backward(array.begin() + at, array.begin() + n, array.begin() + n + 1);
}

template <class Array>
void close(Array& array, uint32_t n, uint32_t at) {
  std::move(array.begin() + at + 1, array.begin() + n, array.begin() + at);
}

/// Appends [from, to) of one array to the first `n` of another.
template <class Array>
void append(Array& to, uint32_t n, const Array& source, uint32_t from, uint32_t until) {
  std::copy(source.begin() + from, source.begin() + until, to.begin() + n);
}

/// Where a full node is cut when a new entry belongs at `at`: in the middle, but at an end when the entry does, so that
/// runs written in order leave full nodes behind.
uint32_t cut_for(uint32_t width, uint32_t at) { return at == width ? width : at == 0 ? 0 : width / 2; }

}  // namespace

template <class Node>
uint32_t CountedTree::Pool<Node>::take() {
  uint32_t number;
  if (free_.empty()) {
    if (used_ % kBlock == 0) blocks_.push_back(std::make_unique<Node[]>(kBlock));
    number = used_++;
  } else {
    number = free_.back();
    free_.pop_back();
  }
  (*this)[number].n = 0;
  return number;
}

CountedTree::CountedTree(const BoardMembers& members) : members_(&members), root_(leaves_.take()) {}

bool CountedTree::before(const Key& key, int64_t value, Slot slot) const {
  if (key.value != value) return key.value < value;
  if (key.slot == slot) return false;
  const int64_t reached = members_->reached(slot);
  if (key.reached != reached || key.slot == kNone) return key.reached < reached;
  return members_->id_before(key.slot, slot);
}

/// The last child that begins no later than the key.
uint32_t CountedTree::child_for(const Inner& inner, const Key& key) const {
  uint32_t low = 0, high = inner.n;
  while (high - low > 1) {
    const uint32_t middle = (low + high) / 2;
    (before(key, inner.first[middle], inner.first_slot[middle]) ? high : low) = middle;
  }
  return low;
}

/// How many of the leaf's entries come before the key.
uint32_t CountedTree::place_in(const Leaf& leaf, const Key& key) const {
  uint32_t low = 0, high = leaf.n;
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    if (leaf.slot[middle] == key.slot || before(key, leaf.value[middle], leaf.slot[middle]))
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

CountedTree::Path CountedTree::descend(const Key& key) const {
  Path path;
  uint32_t node = root_;
  for (uint32_t height = height_; height > 0; --height) {
    const Inner& inner = inners_[node];
    const uint32_t at = child_for(inner, key);
    path.steps[path.depth++] = {node, at};
    node = inner.child[at];
  }
  path.leaf = node;
  return path;
}

CountedTree::Summary CountedTree::summary(uint32_t node, uint32_t height) const {
  Summary sum;
  if (height == 0) {
    const Leaf& leaf = leaves_[node];
    sum = {leaf.value[0], leaf.value[leaf.n - 1], leaf.slot[0], leaf.n, 1};
    for (uint32_t i = 1; i < leaf.n; ++i) sum.distinct += leaf.value[i] != leaf.value[i - 1];
    return sum;
  }
  const Inner& inner = inners_[node];
  sum = {inner.first[0], inner.last[inner.n - 1], inner.first_slot[0], 0, 0};
  for (uint32_t i = 0; i < inner.n; ++i) sum.count += inner.count[i], sum.distinct += inner.distinct[i];
  for (uint32_t i = 1; i < inner.n; ++i) sum.distinct -= inner.last[i - 1] == inner.first[i];
  return sum;
}

void CountedTree::write_summary(Inner& inner, uint32_t at, uint32_t node, uint32_t height) {
  const Summary sum = summary(node, height);
  inner.child[at] = node;
  inner.first[at] = sum.first;
  inner.last[at] = sum.last;
  inner.first_slot[at] = sum.first_slot;
  inner.count[at] = sum.count;
  inner.distinct[at] = sum.distinct;
}

/// Returns the new leaf behind this one when it had to be cut, else kNone.
uint32_t CountedTree::insert_in_leaf(uint32_t number, uint32_t at, const Key& key) {
  uint32_t added = kNone;
  if (leaves_[number].n == kWidth) {
    added = leaves_.take();
    Leaf &left = leaves_[number], &right = leaves_[added];
    const uint32_t cut = cut_for(kWidth, at);
    append(right.value, 0, left.value, cut, kWidth);
    append(right.slot, 0, left.slot, cut, kWidth);
    right.n = kWidth - cut;
    left.n = cut;
    right.next = left.next;
    right.previous = number;
    if (right.next != kNone) leaves_[right.next].previous = added;
    left.next = added;
    if (at > cut || cut == kWidth) number = added, at -= cut;
  }
  Leaf& leaf = leaves_[number];
  open(leaf.value, leaf.n, at);
  open(leaf.slot, leaf.n, at);
  leaf.value[at] = key.value;
  leaf.slot[at] = key.slot;
  ++leaf.n;
  return added;
}

/// Puts a child of this height behind the one at `at - 1`. Returns the new inner node when this one had to be cut.
uint32_t CountedTree::insert_child(uint32_t number, uint32_t at, uint32_t child, uint32_t height) {
  uint32_t added = kNone;
  if (inners_[number].n == kWidth) {
    added = inners_.take();
    Inner &left = inners_[number], &right = inners_[added];
    const uint32_t cut = std::max(cut_for(kWidth, at), 1u);
    append(right.first, 0, left.first, cut, kWidth);
    append(right.last, 0, left.last, cut, kWidth);
    append(right.first_slot, 0, left.first_slot, cut, kWidth);
    append(right.child, 0, left.child, cut, kWidth);
    append(right.count, 0, left.count, cut, kWidth);
    append(right.distinct, 0, left.distinct, cut, kWidth);
    right.n = kWidth - cut;
    left.n = cut;
    if (at > cut || cut == kWidth) number = added, at -= cut;
  }
  Inner& inner = inners_[number];
  open(inner.first, inner.n, at);
  open(inner.last, inner.n, at);
  open(inner.first_slot, inner.n, at);
  open(inner.child, inner.n, at);
  open(inner.count, inner.n, at);
  open(inner.distinct, inner.n, at);
  ++inner.n;
  write_summary(inner, at, child, height);
  return added;
}

/// The full leaf at `at` gives some of its entries to a neighbour that has room, which is better than a new leaf: leaves
/// stay fuller.
bool CountedTree::share(Inner& inner, uint32_t at) {
  constexpr uint32_t kHasRoom = 52;
  Leaf& full = leaves_[inner.child[at]];
  if (at + 1 < inner.n && leaves_[inner.child[at + 1]].n <= kHasRoom) {
    Leaf& right = leaves_[inner.child[at + 1]];
    const uint32_t moved = (full.n - right.n) / 2, kept = full.n - moved;
    std::move_backward(right.value.begin(), right.value.begin() + right.n, right.value.begin() + right.n + moved);
    std::move_backward(right.slot.begin(), right.slot.begin() + right.n, right.slot.begin() + right.n + moved);
    append(right.value, 0, full.value, kept, full.n);
    append(right.slot, 0, full.slot, kept, full.n);
    right.n += moved;
    full.n = kept;
    write_summary(inner, at + 1, inner.child[at + 1], 0);
  } else if (at > 0 && leaves_[inner.child[at - 1]].n <= kHasRoom) {
    Leaf& left = leaves_[inner.child[at - 1]];
    const uint32_t moved = (full.n - left.n) / 2;
    append(left.value, left.n, full.value, 0, moved);
    append(left.slot, left.n, full.slot, 0, moved);
    std::move(full.value.begin() + moved, full.value.begin() + full.n, full.value.begin());
    std::move(full.slot.begin() + moved, full.slot.begin() + full.n, full.slot.begin());
    left.n += moved;
    full.n -= moved;
    write_summary(inner, at - 1, inner.child[at - 1], 0);
  } else {
    return false;
  }
  write_summary(inner, at, inner.child[at], 0);
  return true;
}

void CountedTree::insert(Slot slot) {
  const Key key = key_of(slot);
  Path path = descend(key);
  if (leaves_[path.leaf].n == kWidth && path.depth > 0) {
    const auto [parent, at] = path.steps[path.depth - 1];
    if (share(inners_[parent], at)) path = descend(key);
  }
  uint32_t below = path.leaf, added = insert_in_leaf(below, place_in(leaves_[below], key), key);
  ++size_;
  for (uint32_t level = path.depth; level-- > 0;) {
    const auto [number, at] = path.steps[level];
    const uint32_t height = path.depth - 1 - level;
    write_summary(inners_[number], at, below, height);
    if (added != kNone) added = insert_child(number, at + 1, added, height);
    below = number;
  }
  if (added == kNone) return;
  const uint32_t old_root = root_;
  root_ = inners_.take();
  Inner& root = inners_[root_];
  root.n = 2;
  write_summary(root, 0, old_root, height_);
  write_summary(root, 1, added, height_);
  ++height_;
}

void CountedTree::insert_all(const std::vector<Slot>& slots) {
  constexpr uint64_t kFew = 8;  // a share of the tree that is cheaper to insert
  std::vector<Key> keys;
  const bool few = slots.size() < size_ / kFew;
  keys.reserve(slots.size() + (few ? 0 : size_));
  if (!few) {
    for (Walk walk = from(0); !walk.at_end(); walk.next()) keys.push_back(key_of(walk.slot()));
  }
  for (const Slot slot : slots) keys.push_back(key_of(slot));
  std::sort(keys.begin(), keys.end(), [this](const Key& a, const Key& b) {
    if (a.value != b.value) return a.value < b.value;
    return a.reached != b.reached ? a.reached < b.reached : a.slot != b.slot && members_->id_before(a.slot, b.slot);
  });
  if (!few) return lay_out(keys);
  for (const Key& key : keys) insert(key.slot);
}

/// Nodes of equal width, from the leaves up.
void CountedTree::lay_out(const std::vector<Key>& sorted) {
  leaves_ = {};
  inners_ = {};
  size_ = sorted.size();
  height_ = 0;
  const auto first_of = [](size_t node, size_t nodes, size_t entries) { return node * entries / nodes; };
  const auto nodes_for = [](size_t entries) { return std::max<size_t>(1, (entries + kLaidOut - 1) / kLaidOut); };
  std::vector<uint32_t> level(nodes_for(sorted.size()));
  for (size_t i = 0; i < level.size(); ++i) {
    level[i] = leaves_.take();
    Leaf& leaf = leaves_[level[i]];
    leaf.previous = i == 0 ? kNone : level[i - 1];
    leaf.next = kNone;
    if (i > 0) leaves_[level[i - 1]].next = level[i];
    for (size_t k = first_of(i, level.size(), size_); k < first_of(i + 1, level.size(), size_); ++k, ++leaf.n)
      leaf.value[leaf.n] = sorted[k].value, leaf.slot[leaf.n] = sorted[k].slot;
  }
  while (level.size() > 1) {
    std::vector<uint32_t> above(nodes_for(level.size()));
    for (size_t i = 0; i < above.size(); ++i) {
      above[i] = inners_.take();
      Inner& inner = inners_[above[i]];
      for (size_t k = first_of(i, above.size(), level.size()); k < first_of(i + 1, above.size(), level.size()); ++k)
        write_summary(inner, inner.n++, level[k], height_);
    }
    level = std::move(above);
    ++height_;
  }
  root_ = level[0];
}

void CountedTree::drop_child(Inner& inner, uint32_t at) {
  close(inner.first, inner.n, at);
  close(inner.last, inner.n, at);
  close(inner.first_slot, inner.n, at);
  close(inner.child, inner.n, at);
  close(inner.count, inner.n, at);
  close(inner.distinct, inner.n, at);
  --inner.n;
}

void CountedTree::unlink(uint32_t number) {
  const Leaf& leaf = leaves_[number];
  if (leaf.previous != kNone) leaves_[leaf.previous].next = leaf.next;
  if (leaf.next != kNone) leaves_[leaf.next].previous = leaf.previous;
  leaves_.give(number);
}

/// Makes one child of those at `left` and behind it, if it will have room left.
bool CountedTree::join(Inner& inner, uint32_t at, uint32_t height) {
  const uint32_t a = inner.child[at], b = inner.child[at + 1];
  if (height == 0) {
    Leaf &left = leaves_[a], &right = leaves_[b];
    if (left.n + right.n > kMergeTo) return false;
    append(left.value, left.n, right.value, 0, right.n);
    append(left.slot, left.n, right.slot, 0, right.n);
    left.n += right.n;
    unlink(b);
  } else {
    Inner &left = inners_[a], &right = inners_[b];
    if (left.n + right.n > kMergeTo) return false;
    append(left.first, left.n, right.first, 0, right.n);
    append(left.last, left.n, right.last, 0, right.n);
    append(left.first_slot, left.n, right.first_slot, 0, right.n);
    append(left.child, left.n, right.child, 0, right.n);
    append(left.count, left.n, right.count, 0, right.n);
    append(left.distinct, left.n, right.distinct, 0, right.n);
    left.n += right.n;
    inners_.give(b);
  }
  drop_child(inner, at + 1);
  write_summary(inner, at, a, height);
  return true;
}

/// After a removal below child `at`: drops it when it is empty, joins it to a neighbour when it is thin.
void CountedTree::thin_out(Inner& inner, uint32_t at, uint32_t height) {
  const uint32_t node = inner.child[at];
  const uint32_t n = height == 0 ? leaves_[node].n : inners_[node].n;
  if (n == 0) {
    if (height == 0)
      unlink(node);
    else
      inners_.give(node);
    drop_child(inner, at);
    return;
  }
  write_summary(inner, at, node, height);
  if (n >= kThin) return;
  if (at + 1 < inner.n && join(inner, at, height)) return;
  if (at > 0) join(inner, at - 1, height);
}

void CountedTree::remove(Slot slot) {
  const Key key = key_of(slot);
  const Path path = descend(key);
  Leaf& leaf = leaves_[path.leaf];
  const uint32_t at = place_in(leaf, key);
  GK_CHECK(at < leaf.n && leaf.slot[at] == slot, "a member stands where its key says");
  close(leaf.value, leaf.n, at);
  close(leaf.slot, leaf.n, at);
  --leaf.n;
  --size_;
  for (uint32_t level = path.depth; level-- > 0;) {
    thin_out(inners_[path.steps[level].inner], path.steps[level].at, path.depth - 1 - level);
  }
  while (height_ > 0 && inners_[root_].n == 1) {
    const uint32_t only = inners_[root_].child[0];
    inners_.give(root_);
    root_ = only;
    --height_;
  }
  if (height_ > 0 && inners_[root_].n == 0) {
    inners_.give(root_);
    root_ = leaves_.take();
    leaves_[root_].next = leaves_[root_].previous = kNone;
    height_ = 0;
  }
}

uint64_t CountedTree::position(Slot slot) const {
  const Key key = key_of(slot);
  const Path path = descend(key);
  uint64_t sum = place_in(leaves_[path.leaf], key);
  for (uint32_t level = 0; level < path.depth; ++level) {
    const auto [number, at] = path.steps[level];
    for (uint32_t i = 0; i < at; ++i) sum += inners_[number].count[i];
  }
  return sum;
}

uint64_t CountedTree::lower_than(int64_t value) const {
  const Path path = descend(lowest(value));
  uint64_t sum = place_in(leaves_[path.leaf], lowest(value));
  for (uint32_t level = 0; level < path.depth; ++level) {
    const auto [number, at] = path.steps[level];
    for (uint32_t i = 0; i < at; ++i) sum += inners_[number].count[i];
  }
  return sum;
}

uint64_t CountedTree::distinct_lower_than(int64_t value) const {
  const Path path = descend(lowest(value));
  uint64_t sum = 0;
  int64_t last = 0;
  auto add = [&](uint32_t distinct, int64_t first_value, int64_t last_value) {
    sum += distinct - (sum > 0 && last == first_value);
    last = last_value;
  };
  for (uint32_t level = 0; level < path.depth; ++level) {
    const auto [number, at] = path.steps[level];
    const Inner& inner = inners_[number];
    for (uint32_t i = 0; i < at; ++i) add(inner.distinct[i], inner.first[i], inner.last[i]);
  }
  const Leaf& leaf = leaves_[path.leaf];
  const uint32_t until = place_in(leaf, lowest(value));
  for (uint32_t i = 0; i < until; ++i) add(1, leaf.value[i], leaf.value[i]);
  return sum;
}

CountedTree::Walk CountedTree::from(uint64_t position) const {
  Walk walk;
  walk.tree_ = this;
  if (position >= size_) return walk;
  uint32_t node = root_;
  for (uint32_t height = height_; height > 0; --height) {
    const Inner& inner = inners_[node];
    uint32_t at = 0;
    while (position >= inner.count[at]) position -= inner.count[at++];
    node = inner.child[at];
  }
  walk.leaf_ = node;
  walk.at_ = static_cast<uint32_t>(position);
  return walk;
}

CountedTree::Slot CountedTree::Walk::slot() const { return tree_->leaves_[leaf_].slot[at_]; }
int64_t CountedTree::Walk::value() const { return tree_->leaves_[leaf_].value[at_]; }
void CountedTree::Walk::next() {
  const Leaf& leaf = tree_->leaves_[leaf_];
  if (++at_ == leaf.n) leaf_ = leaf.next, at_ = 0;
}

size_t CountedTree::bytes() const { return leaves_.bytes() + inners_.bytes(); }

void CountedTree::check() const {
  std::vector<std::pair<uint32_t, uint32_t>> nodes;
  if (height_ > 0) nodes.push_back({root_, height_});
  while (!nodes.empty()) {
    const auto [number, height] = nodes.back();
    nodes.pop_back();
    const Inner& inner = inners_[number];
    GK_CHECK(inner.n > 0, "no inner node is empty");
    for (uint32_t i = 0; i < inner.n; ++i) {
      const Summary sum = summary(inner.child[i], height - 1);
      GK_CHECK(sum.count == inner.count[i] && sum.count > 0, "counts are right");
      GK_CHECK(sum.distinct == inner.distinct[i], "distinct values are right");
      GK_CHECK(sum.first == inner.first[i] && sum.first_slot == inner.first_slot[i] && sum.last == inner.last[i],
               "ends are right");
      if (height > 1) nodes.push_back({inner.child[i], height - 1});
    }
  }
  uint64_t entries = 0;
  Slot previous = kNone;
  for (Walk walk = from(0); !walk.at_end(); walk.next(), ++entries) {
    GK_CHECK(walk.value() == members_->value(walk.slot()), "values are the members'");
    if (previous != kNone) GK_CHECK(before(key_of(previous), walk.value(), walk.slot()), "entries are in order");
    previous = walk.slot();
  }
  GK_CHECK(entries == size_, "all entries are met");
}

}  // namespace gamekeeper::adapters
