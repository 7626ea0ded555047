#pragma once

#include <string>
#include <vector>

#include "server/backup.h"

namespace gamekeeper::server {

/// `backup.json`: what makes a folder a finished backup.
struct BackupManifest {
  struct File {
    std::string name;  // relative to the folder, with '/'
    uint64_t bytes = 0, checksum = 0;
  };
  std::vector<File> files;
  std::vector<CopiedPartition> partitions;
};

/// Written under another name and renamed: it is there as a whole or not at all. Errors: kUnavailable, kFull.
Result<void> write_manifest(const std::string& folder, const BackupManifest& manifest);
/// Errors: kInvalid `no_backup`, `newer_format`; kCorrupt `damaged_backup`.
Result<BackupManifest> read_manifest(const std::string& folder);

}  // namespace gamekeeper::server
