#include "adapters/memory/board_members.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "base/result.h"

namespace gamekeeper::adapters {
namespace {

constexpr size_t kPartedFrom = 1 << 16;  // members
constexpr size_t kParts = 256;

constexpr std::array<uint8_t, 16> kUuidDigits = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
constexpr auto kHexDigits = [] {
  std::array<int8_t, 256> digits{};
  digits.fill(-1);
  for (int i = 0; i < 16; ++i) digits[static_cast<uint8_t>("0123456789abcdef"[i])] = static_cast<int8_t>(i);
  return digits;
}();

bool dash_at(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

/// The bytes of a UUID written as it is usually: 36 characters, small letters. Others are ids like any other.
bool read_uuid(std::string_view text, std::array<char, 16>& out) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
  int all = 0;  // negative when one of them is no digit
  for (size_t i = 0; i < 16; ++i) {
    const int high = kHexDigits[static_cast<uint8_t>(text[kUuidDigits[i]])];
    const int low = kHexDigits[static_cast<uint8_t>(text[kUuidDigits[i] + 1u])];
    all |= high | low;
    out[i] = static_cast<char>(static_cast<unsigned>(high) << 4 | static_cast<unsigned>(low));
  }
  return all >= 0;
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

BoardMembers::Id BoardMembers::ready(std::string_view text) const {
  Id id{.text = text};
  if (read_uuid(text, id.bytes)) {
    id.kind = kUuid;
  } else if (text.size() <= id.bytes.size()) {
    id.bytes = {};
    std::memcpy(id.bytes.data(), text.data(), text.size());
    id.kind = static_cast<uint8_t>(text.size());
  } else {
    id.kind = kOnHeap;
    id.hash = XXH3_64bits_withSeed(text.data(), text.size(), seed_);
    return id;
  }
  id.hash = XXH3_64bits_withSeed(id.bytes.data(), id.bytes.size(), seed_);
  return id;
}

uint64_t BoardMembers::hash_of(const Member& m) const {
  if (m.kind() != kOnHeap) return XXH3_64bits_withSeed(m.id.data(), m.id.size(), seed_);
  return XXH3_64bits_withSeed(heap_id(m.id).data, heap_id(m.id).size, seed_);
}

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

bool BoardMembers::is(const Member& m, const Id& id) {
  if (m.kind() != id.kind) return false;
  if (id.kind != kOnHeap) return m.id == id.bytes;
  return std::string_view(heap_id(m.id).data, heap_id(m.id).size) == id.text;
}

BoardMembers::Slot BoardMembers::find(const Id& id) const {
  const Part& part = part_of(id.hash);
  if (part.tags.empty()) return kNone;
  const size_t mask = part.tags.size() - 1;
  const uint8_t tag = tag_of(id.hash);
  for (size_t at = id.hash & mask; part.tags[at] != 0; at = (at + 1) & mask) {
    if (part.tags[at] == tag && is(member(part.slots[at]), id)) return part.slots[at];
  }
  return kNone;
}

void BoardMembers::prefetch(const Id& id) const {
  const Part& part = part_of(id.hash);
  if (part.tags.empty()) return;
  const size_t at = id.hash & (part.tags.size() - 1);
  __builtin_prefetch(&part.tags[at]);
  __builtin_prefetch(&part.slots[at], 1);
}

BoardMembers::Slot BoardMembers::add(const Id& id) {
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
  m.id = id.bytes;
  m.reached_and_kind = id.kind;
  if (id.kind == kOnHeap) {
    char* copy = new char[id.text.size()];
    std::memcpy(copy, id.text.data(), id.text.size());
    const HeapId at{copy, id.text.size()};
    std::memcpy(m.id.data(), &at, sizeof at);
    heap_bytes_ += id.text.size() + 16;  // and what the allocator keeps beside it
  }
  if (parts_.size() == 1 && size() > kPartedFrom) split_parts();
  index(slot, id.hash);
  return slot;
}

void BoardMembers::set(Slot slot, int64_t value, int64_t reached) {
  Member& m = member(slot);
  m.value = value;
  m.reached_and_kind = static_cast<int64_t>(static_cast<uint64_t>(reached) << 8 | m.kind());
}

void BoardMembers::remove(Slot slot) {
  Member& m = member(slot);
  const uint64_t h = hash_of(m);
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
  for (size_t at = (hole + 1) & mask; part.tags[at] != 0; at = (at + 1) & mask) {
    const size_t home = hash_of(member(part.slots[at])) & mask;
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
  constexpr size_t kAhead = 16;
  for (size_t at = 0; at < old.tags.size(); ++at) {
    if (const size_t next = at + kAhead; next < old.tags.size() && old.tags[next] != 0)
      __builtin_prefetch(&member(old.slots[next]));
    if (old.tags[at] != 0) index(old.slots[at], hash_of(member(old.slots[at])));
  }
}

void BoardMembers::split_parts() {
  const std::vector<Part> old = std::move(parts_);
  parts_ = std::vector<Part>(kParts);
  for (size_t at = 0; at < old[0].tags.size(); ++at) {
    if (old[0].tags[at] != 0) index(old[0].slots[at], hash_of(member(old[0].slots[at])));
  }
}

size_t BoardMembers::bytes() const {
  size_t sum = chunks_.size() * sizeof(Chunk) + chunks_.capacity() * sizeof(void*) + free_.capacity() * sizeof(Slot) +
               heap_bytes_;
  for (const Part& part : parts_) sum += sizeof(Part) + part.tags.capacity() + part.slots.capacity() * sizeof(Slot);
  return sum;
}

}  // namespace gamekeeper::adapters
