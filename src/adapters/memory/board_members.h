#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gamekeeper::adapters {

/// The members of one board: id to number and back, and each one's key. Numbers are dense and used again after a
/// removal. 32 bytes a member, of which 16 are the id (a UUID in its usual text form is kept as its bytes; other ids of
/// up to 16 bytes as they are; longer ones on the heap), and about 8 for finding it. Not safe from several threads.
class BoardMembers {
 public:
  using Slot = uint32_t;
  static constexpr Slot kNone = UINT32_MAX;

  /// `seed`: makes the hashes unforeseeable for those who choose ids.
  explicit BoardMembers(uint64_t seed);
  BoardMembers(const BoardMembers&) = delete;
  ~BoardMembers();

  /// An id made ready to be looked for. The text must live as long.
  struct Id {
    std::string_view text;
    std::array<char, 16> bytes{};  // as they are kept; nothing of an id that is kept on the heap
    uint8_t kind = 0;
    uint64_t hash = 0;
  };
  /// From any thread.
  Id ready(std::string_view id) const;

  size_t size() const { return used_ - free_.size(); }
  Slot find(std::string_view id) const { return find(ready(id)); }
  /// The id must not be there.
  Slot add(std::string_view id) { return add(ready(id)); }
  /// prefetch() some time before makes them fast.
  Slot find(const Id& id) const;
  Slot add(const Id& id);
  void prefetch(const Id& id) const;
  void remove(Slot slot);

  std::string id(Slot slot) const;
  /// Order of two ids by bytes.
  bool id_before(Slot a, Slot b) const;
  int64_t value(Slot slot) const { return member(slot).value; }
  int64_t reached(Slot slot) const { return member(slot).reached_and_kind >> 8; }
  void set(Slot slot, int64_t value, int64_t reached);

  size_t bytes() const;

 private:
  /// What the 16 bytes of an id are: their number up to 16, or one of these.
  static constexpr uint8_t kUuid = 255, kOnHeap = 254;
  struct Member {
    std::array<char, 16> id;
    int64_t value = 0;
    int64_t reached_and_kind = 0;  // the lowest byte is the kind: 56 bits hold a million years of milliseconds
    uint8_t kind() const { return static_cast<uint8_t>(reached_and_kind); }
  };
  static constexpr size_t kChunk = 1024;
  struct Chunk {
    std::array<Member, kChunk> members;
  };
  /// Open addressing over a part of the hashes. Parts grow each on their own, so that no write waits for a table of
  /// millions to be laid out anew.
  struct Part {
    std::vector<uint8_t> tags;  // 0: free; else 1 + 7 bits of the hash
    std::vector<Slot> slots;
    size_t used = 0;
  };

  Member& member(Slot slot) { return chunks_[slot / kChunk]->members[slot % kChunk]; }
  const Member& member(Slot slot) const { return chunks_[slot / kChunk]->members[slot % kChunk]; }
  std::string_view stored(const Member& member, std::array<char, 36>& room) const;
  static bool is(const Member& member, const Id& id);
  uint64_t hash_of(const Member& member) const;
  Part& part_of(uint64_t hash) { return parts_[parts_.size() == 1 ? 0 : hash >> 56]; }
  const Part& part_of(uint64_t hash) const { return parts_[parts_.size() == 1 ? 0 : hash >> 56]; }
  void index(Slot slot, uint64_t hash);
  void widen(Part& part);
  void split_parts();
  void unindex(Part& part, size_t at);

  uint64_t seed_;
  size_t used_ = 0, heap_bytes_ = 0;
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<Slot> free_;
  std::vector<Part> parts_;
};

}  // namespace gamekeeper::adapters
