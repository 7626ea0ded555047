#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gamekeeper::adapters::sqlite {

// SQLite's write-ahead log as bytes: a header of 32 bytes, then frames of 24 bytes and a page. Every frame's checksum
// goes on from that of the frame before. Source: the file format document of SQLite, section "The Write-Ahead Log".

inline constexpr uint64_t kWalHeaderBytes = 32, kFrameHeaderBytes = 24;

/// Two running sums; also the way they are seeded.
struct WalSums {
  uint32_t a = 0, b = 0;
  bool operator==(const WalSums&) const = default;
};

struct WalHeader {
  bool big_endian = false;  // of the words that are summed
  uint32_t page_bytes = 0;
  uint64_t salts = 0;
  WalSums sums;
};

/// Nullopt: damaged or empty.
std::optional<WalHeader> parse_wal_header(std::string_view bytes);
/// Goes on with `bytes` (a multiple of eight).
WalSums wal_sums(WalSums from, std::string_view bytes, bool big_endian);

struct FrameHeader {
  uint32_t page = 0;
  uint32_t commits = 0;  // not 0: the last frame of a transaction
  uint64_t salts = 0;
  WalSums sums;
};
FrameHeader parse_frame_header(std::string_view bytes);

/// How far a WAL was durable for certain. SQLite takes a WAL up to its first bad frame, for it cannot tell a torn tail
/// from a page that rotted: with this mark we can. It is written beside the file (-mark) after a sync has succeeded
/// and is itself never synced: after a power loss it may say less than is true, but never more.
struct WalMark {
  uint64_t salts = 0;
  uint64_t end = 0;  // byte offset in the WAL
};
std::string mark_file_of(const std::string& database);
std::string encode(const WalMark& mark);
std::optional<WalMark> decode_mark(std::string_view bytes);

/// Checks the WAL beside `database` up to its mark; nothing to check is well. For a writer that opens the file: safe
/// beside others that write. Errors: kCorrupt, naming file and offset.
Result<void> check_wal(const std::string& database);

}  // namespace gamekeeper::adapters::sqlite
