#include "adapters/embedded/wal_file.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "adapters/embedded/files.h"

namespace gamekeeper::adapters::sqlite {
namespace {

constexpr uint32_t kMagic = 0x377f0682;  // the lowest bit says how words are read
constexpr uint32_t kMarkMagic = 0x314d4b47;

uint32_t big32(const char* at) {
  uint32_t word;
  std::memcpy(&word, at, sizeof word);
  return std::byteswap(word);
}

uint64_t raw64(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// Where the first frame stands that is not as it was synced; nullopt: all are.
std::optional<uint64_t> first_bad_frame(std::string_view wal, const WalHeader& header, uint64_t end) {
  const uint64_t frame_bytes = kFrameHeaderBytes + header.page_bytes;
  WalSums sums = header.sums;
  for (uint64_t at = kWalHeaderBytes; at < end; at += frame_bytes) {
    if (wal.size() < at + frame_bytes) return at;
    const std::string_view frame = wal.substr(at, frame_bytes);
    const FrameHeader parsed = parse_frame_header(frame);
    sums = wal_sums(wal_sums(sums, frame.substr(0, 8), header.big_endian), frame.substr(kFrameHeaderBytes),
                    header.big_endian);
    if (parsed.page == 0 || parsed.salts != header.salts || parsed.sums != sums) return at;
  }
  return std::nullopt;
}

}  // namespace

std::optional<WalHeader> parse_wal_header(std::string_view bytes) {
  if (bytes.size() < kWalHeaderBytes || (big32(bytes.data()) & ~1u) != kMagic) return std::nullopt;
  WalHeader header{(big32(bytes.data()) & 1) != 0, big32(bytes.data() + 8), raw64(bytes.data() + 16), {}};
  header.sums = wal_sums({}, bytes.substr(0, 24), header.big_endian);
  const bool whole = header.sums == WalSums{big32(bytes.data() + 24), big32(bytes.data() + 28)};
  if (!whole || header.page_bytes < 512 || header.page_bytes > 65536 || !std::has_single_bit(header.page_bytes))
    return std::nullopt;
  return header;
}

WalSums wal_sums(WalSums from, std::string_view bytes, bool big_endian) {
  const bool swap = big_endian != (std::endian::native == std::endian::big);
  const char* const end = bytes.data() + bytes.size();
  for (const char* at = bytes.data(); at < end; at += 8) {
    uint32_t words[2];
    std::memcpy(words, at, sizeof words);
    from.a += (swap ? std::byteswap(words[0]) : words[0]) + from.b;
    from.b += (swap ? std::byteswap(words[1]) : words[1]) + from.a;
  }
  return from;
}

FrameHeader parse_frame_header(std::string_view bytes) {
  const char* at = bytes.data();
  return {big32(at), big32(at + 4), raw64(at + 8), {big32(at + 16), big32(at + 20)}};
}

std::string mark_file_of(const std::string& database) { return database + "-mark"; }

std::string encode(const WalMark& mark) {
  const uint64_t words[3] = {kMarkMagic, mark.salts, mark.end};
  const uint64_t sum = XXH3_64bits(words, sizeof words);
  std::string out(reinterpret_cast<const char*>(words), sizeof words);
  return out.append(reinterpret_cast<const char*>(&sum), sizeof sum);
}

std::optional<WalMark> decode_mark(std::string_view bytes) {
  if (bytes.size() != 32 || raw64(bytes.data()) != kMarkMagic ||
      raw64(bytes.data() + 24) != XXH3_64bits(bytes.data(), 24))
    return std::nullopt;
  return WalMark{raw64(bytes.data() + 8), raw64(bytes.data() + 16)};
}

Result<void> check_wal(const std::string& database) {
  const std::string file = database + "-wal";
  auto bytes = read_file(mark_file_of(database));
  if (!bytes) return std::unexpected(bytes.error());
  const auto mark = decode_mark(bytes->value_or(""));
  if (!mark) return {};
  // No further than the mark: behind it lies the room written ahead, which is most of the file.
  auto wal = read_file(file, std::max(mark->end, kWalHeaderBytes));
  if (!wal) return std::unexpected(wal.error());
  const std::string_view content = *wal ? std::string_view(**wal) : std::string_view();
  if (content.substr(0, kWalHeaderBytes).find_first_not_of('\0') == content.npos)
    return {};  // moved into its file and emptied
  const auto header = parse_wal_header(content);
  std::optional<uint64_t> bad = 0;
  if (header && header->salts != mark->salts) return {};  // begun anew since
  if (header) bad = first_bad_frame(content, *header, mark->end);
  if (!bad) return {};
  // Another program may have begun the WAL anew while we read it: then its header has changed, before any frame.
  auto again = read_file(file, kWalHeaderBytes);
  if (again && *again) {
    const auto now = parse_wal_header(**again);
    if (now && now->salts != mark->salts) return {};
  }
  return fail(ErrorKind::kCorrupt, "corrupt",
              fmt::format("{} is damaged at offset {}: it was stored whole up to offset {}. Restore a backup, or "
                          "remove {} to accept the loss of what follows.",
                          file, *bad, mark->end, mark_file_of(database)),
              "server.data");
}

}  // namespace gamekeeper::adapters::sqlite
