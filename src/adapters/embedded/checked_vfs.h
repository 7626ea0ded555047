#pragma once

#include <string>

namespace gamekeeper::adapters::sqlite {

/// Bytes at the end of every page that hold its checksum.
inline constexpr int kPageChecksumBytes = 8;
/// sqlite3_file_control: tells what the guard has found, into a std::string; empty when all is well.
inline constexpr int kDamageFound = 0x474b01;

/// The name of an SQLite VFS that guards files. Registered when first asked for; safe from any thread.
///
/// - Every page of a database ends in the XXH3-64 of its bytes and its place, set when it is written to its file and
///   checked whenever it is read from there; a page in the WAL is checked against the WAL's own checksums. What does not
///   match is SQLITE_IOERR_DATA, never data. Files without room for checksums are refused.
/// - A sync that fails stops all writing to that database until every connection to it is closed: what the kernel
///   holds after a failed sync cannot be known, so trying again proves nothing.
/// - After each sync of a WAL its mark is set (wal_file.h).
const char* checked_vfs();

}  // namespace gamekeeper::adapters::sqlite
