#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "net/frames.h"

namespace gamekeeper::net {

/// Frames that a socket has still to send. Payloads are shared, heads its own. An idle socket's holds no memory.
class SendQueue {
 public:
  bool empty() const { return first_ == items_.size(); }
  size_t size() const { return items_.size() - first_; }

  void push(Opcode opcode, std::shared_ptr<const std::string> payload) {
    items_.push_back({make_frame_head(opcode, payload->size()), std::move(payload)});
  }
  /// Forgets all but a frame of which a part has gone out.
  void drop_unsent() { items_.resize(first_ + (sent_ > 0 ? 1 : 0)); }

  /// Points `to` at what is to be sent, heads and payloads in turn; how many pieces.
  size_t pieces(std::span<iovec> to) const {
    size_t n = 0, skip = sent_;
    for (size_t i = first_; i < items_.size() && n + 2 <= to.size(); ++i) {
      const Item& item = items_[i];
      const size_t in_head = std::min<size_t>(skip, item.head.size), in_payload = skip - in_head;
      if (in_head < item.head.size)
        to[n++] = {const_cast<char*>(item.head.bytes.data()) + in_head, item.head.size - in_head};
      if (in_payload < item.payload->size())
        to[n++] = {const_cast<char*>(item.payload->data()) + in_payload, item.payload->size() - in_payload};
      skip = 0;
    }
    return n;
  }
  void sent(size_t bytes) {
    sent_ += bytes;
    while (!empty() && sent_ >= size_of(items_[first_])) {
      sent_ -= size_of(items_[first_]);
      items_[first_++].payload.reset();
    }
    if (!empty() && first_ < kGoneMax) return;
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  /// Gives back what a burst has left behind.
  void shrink() {
    if (empty() && items_.capacity() > 0) items_ = {};
  }

 private:
  static constexpr size_t kGoneMax = 64;
  struct Item {
    FrameHead head;
    std::shared_ptr<const std::string> payload;
  };
  static size_t size_of(const Item& item) { return item.head.size + item.payload->size(); }

  std::vector<Item> items_;
  size_t first_ = 0;  // those before it have gone
  size_t sent_ = 0;   // bytes of the first that have gone out
};

}  // namespace gamekeeper::net
