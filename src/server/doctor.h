#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/config.h"

namespace gamekeeper::server {

/// What one check found, and what to do about it.
struct Diagnosis {
  enum class State : uint8_t { kOk, kWarning, kFailing };
  std::string check;
  State state = State::kOk;
  std::string detail;
  std::string advice = {};  // when not ok
};

/// Checks configuration, data folder, disk, stores, clock, port, limits and what is configured beside them. Changes
/// nothing: a folder that is missing is not made. Safe beside a running server.
std::vector<Diagnosis> diagnose(const LoadedConfig& loaded);

/// Whether a disk is too full to start on: failing below 256 MiB, warning below 1 GiB or 5 %.
Diagnosis judge_disk(uint64_t free_bytes, uint64_t size_bytes);

/// `gamekeeper doctor`: prints a table or JSON {"well","checks":[{"check","status","detail","advice"}]}; 0 when nothing
/// fails, else 1 (2 for a configuration that cannot be read).
int doctor(const Result<LoadedConfig>& loaded, bool as_json);

}  // namespace gamekeeper::server
