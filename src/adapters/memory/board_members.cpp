#include "adapters/memory/board_members.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "base/result.h"

namespace gamekeeper::adapters {
namespace {

constexpr size_t kPartedFrom = 1 << 16;  // members
constexpr size_t kParts = 256;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool dash_at(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

/// The bytes of a UUID written as it is usually: 36 characters, small letters. Others are ids like any other.
bool read_uuid(std::string_view text, std::array<char, 16>& out) {
  if (text.size() != 36) return false;
  size_t digits = 0;
  for (size_t i = 0; i < 36; ++i) {
    if (dash_at(i)) {
      if (text[i] != '-') return false;
      continue;
    }
    const int digit = hex_digit(text[i]);
    if (digit < 0) return false;
    char& byte = out[digits / 2];
    byte = static_cast<char>(digits % 2 == 0 ? digit << 4 : static_cast<unsigned char>(byte) | digit);
    ++digits;
  }
  return true;
}

std::string_view write_uuid(const std::array<char, 16>& bytes, std::array<char, 36>& room) {
  size_t at = 0;
  for (char c : bytes) {
    if (dash_at(at)) room[at++] = '-';
    room[at++] = "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    room[at++] = "0123456789abcdef"[c & 15];
  }
  return {room.data(), room.size()};
}

uint8_t tag_of(uint64_t hash) { return static_cast<uint8_t>(1 + (hash >> 40 & 127)); }

struct HeapId {
  const char* data;
  size_t size;
};

HeapId heap_id(const std::array<char, 16>& id) {
  HeapId at;
  std::memcpy(&at, id.data(), sizeof at);
  return at;
}

}  // namespace

BoardMembers::BoardMembers(uint64_t seed) : seed_(seed), parts_(1) { static_assert(sizeof(Member) == 32); }

BoardMembers::~BoardMembers() {
  for (size_t slot = 0; heap_bytes_ > 0 && slot < used_; ++slot) {
    const Member& m = member(static_cast<Slot>(slot));
    if (m.kind() == kOnHeap) delete[] heap_id(m.id).data;
  }
}

uint64_t BoardMembers::hash(std::string_view id) const { return XXH3_64bits_withSeed(id.data(), id.size(), seed_); }

std::string_view BoardMembers::stored(const Member& m, std::array<char, 36>& room) const {
  if (m.kind() == kUuid) return write_uuid(m.id, room);
  if (m.kind() == kOnHeap) return {heap_id(m.id).data, heap_id(m.id).size};
  return {m.id.data(), m.kind()};
}

std::string BoardMembers::id(Slot slot) const {
  std::array<char, 36> room;
  return std::string(stored(member(slot), room));
}

bool BoardMembers::id_before(Slot a, Slot b) const {
  const Member &x = member(a), &y = member(b);
  if (x.kind() == kUuid && y.kind() == kUuid) return std::memcmp(x.id.data(), y.id.data(), 16) < 0;
  std::array<char, 36> room_x, room_y;
  return stored(x, room_x) < stored(y, room_y);
}

bool BoardMembers::is(const Member& m, std::string_view id, const std::array<char, 16>& uuid, bool is_uuid) const {
  if (is_uuid || m.kind() == kUuid) return is_uuid && m.kind() == kUuid && m.id == uuid;
  std::array<char, 36> room;
  return stored(m, room) == id;
}

BoardMembers::Slot BoardMembers::find(std::string_view id, uint64_t h) const {
  const Part& part = part_of(h);
  if (part.tags.empty()) return kNone;
  std::array<char, 16> uuid;
  const bool is_uuid = read_uuid(id, uuid);
  const size_t mask = part.tags.size() - 1;
  for (size_t at = h & mask; part.tags[at] != 0; at = (at + 1) & mask) {
    if (part.tags[at] == tag_of(h) && is(member(part.slots[at]), id, uuid, is_uuid)) return part.slots[at];
  }
  return kNone;
}

void BoardMembers::prefetch(uint64_t h) const {
  const Part& part = part_of(h);
  if (part.tags.empty()) return;
  const size_t at = h & (part.tags.size() - 1);
  __builtin_prefetch(&part.tags[at]);
  __builtin_prefetch(&part.slots[at], 1);
}

BoardMembers::Slot BoardMembers::add(std::string_view id, uint64_t h) {
  Slot slot;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    GK_CHECK(used_ < kNone, "a board has fewer than 2^32 - 1 members");
    if (used_ % kChunk == 0) chunks_.push_back(std::make_unique<Chunk>());
    slot = static_cast<Slot>(used_++);
  }
  Member& m = member(slot);
  if (read_uuid(id, m.id)) {
    m.reached_and_kind = kUuid;
  } else if (id.size() <= m.id.size()) {
    std::memcpy(m.id.data(), id.data(), id.size());
    m.reached_and_kind = static_cast<uint8_t>(id.size());
  } else {
    char* copy = new char[id.size()];
    std::memcpy(copy, id.data(), id.size());
    const HeapId at{copy, id.size()};
    std::memcpy(m.id.data(), &at, sizeof at);
    m.reached_and_kind = kOnHeap;
    heap_bytes_ += id.size() + 16;  // and what the allocator keeps beside it
  }
  if (parts_.size() == 1 && size() > kPartedFrom) split_parts();
  index(slot, h);
  return slot;
}

void BoardMembers::set(Slot slot, int64_t value, int64_t reached) {
  Member& m = member(slot);
  m.value = value;
  m.reached_and_kind = static_cast<int64_t>(static_cast<uint64_t>(reached) << 8 | m.kind());
}

void BoardMembers::remove(Slot slot) {
  Member& m = member(slot);
  std::array<char, 36> room;
  const uint64_t h = hash(stored(m, room));
  Part& part = part_of(h);
  const size_t mask = part.tags.size() - 1;
  size_t at = h & mask;
  while (part.slots[at] != slot || part.tags[at] == 0) at = (at + 1) & mask;
  unindex(part, at);
  if (m.kind() == kOnHeap) {
    heap_bytes_ -= heap_id(m.id).size + 16;
    delete[] heap_id(m.id).data;
  }
  m.reached_and_kind = 0;
  free_.push_back(slot);
}

/// Frees one place and moves up those behind it that were displaced, so that no search ends too early.
void BoardMembers::unindex(Part& part, size_t hole) {
  const size_t mask = part.tags.size() - 1;
  std::array<char, 36> room;
  for (size_t at = (hole + 1) & mask; part.tags[at] != 0; at = (at + 1) & mask) {
    const size_t home = hash(stored(member(part.slots[at]), room)) & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;  // it may not stand before its home
    part.tags[hole] = part.tags[at];
    part.slots[hole] = part.slots[at];
    hole = at;
  }
  part.tags[hole] = 0;
  --part.used;
}

void BoardMembers::index(Slot slot, uint64_t h) {
  Part& part = part_of(h);
  if ((part.used + 1) * 8 > part.tags.size() * 7) widen(part);
  const size_t mask = part.tags.size() - 1;
  size_t at = h & mask;
  while (part.tags[at] != 0) at = (at + 1) & mask;
  part.tags[at] = tag_of(h);
  part.slots[at] = slot;
  ++part.used;
}

void BoardMembers::widen(Part& part) {
  const size_t size = std::max<size_t>(16, part.tags.size() * 2);
  const Part old = std::move(part);
  part = {std::vector<uint8_t>(size), std::vector<Slot>(size), 0};
  std::array<char, 36> room;
  constexpr size_t kAhead = 16;
  for (size_t at = 0; at < old.tags.size(); ++at) {
    if (const size_t next = at + kAhead; next < old.tags.size() && old.tags[next] != 0)
      __builtin_prefetch(&member(old.slots[next]));
    if (old.tags[at] != 0) index(old.slots[at], hash(stored(member(old.slots[at]), room)));
  }
}

void BoardMembers::split_parts() {
  const std::vector<Part> old = std::move(parts_);
  parts_ = std::vector<Part>(kParts);
  std::array<char, 36> room;
  for (size_t at = 0; at < old[0].tags.size(); ++at) {
    if (old[0].tags[at] != 0) index(old[0].slots[at], hash(stored(member(old[0].slots[at]), room)));
  }
}

size_t BoardMembers::bytes() const {
  size_t sum = chunks_.size() * sizeof(Chunk) + chunks_.capacity() * sizeof(void*) + free_.capacity() * sizeof(Slot) +
               heap_bytes_;
  for (const Part& part : parts_) sum += sizeof(Part) + part.tags.capacity() + part.slots.capacity() * sizeof(Slot);
  return sum;
}

}  // namespace gamekeeper::adapters
