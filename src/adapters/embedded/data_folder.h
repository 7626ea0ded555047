#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace gamekeeper::adapters {

/// Of everything in a data folder: 1, without page checksums; 2, with them (docs/adr/0009-page-checksums.md); 3, with the
/// index entries of a document beside it (document_format.h).
inline constexpr int kDataFormat = 3;

/// The folder's format; nullopt when it holds no data yet. Writes nothing.
/// Errors: kInvalid `newer_format`, kCorrupt, kUnavailable.
Result<std::optional<int>> data_format(const std::string& folder);

/// Makes the folder, or checks it: one of a newer version is refused before anything is written; an older one is
/// brought to this version. Of format 1 everything is written anew, and what was there before stays beside it, in
/// <folder>/before-format-2, to be removed by a person; format 2 is brought forward by the stores as they open. A migration
/// that was interrupted goes on, or begins again. Call it before any store opens.
///
/// Errors: those of data_format(); kConflict `data_dir_in_use` when another program works on an older folder; kFull.
Result<void> open_data_folder(const std::string& folder);

}  // namespace gamekeeper::adapters
