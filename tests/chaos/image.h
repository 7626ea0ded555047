#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace gamekeeper::chaos {

/// The files of a folder, kept in memory to be damaged and put back.
class Image {
 public:
  /// Takes all but the WAL's indexes, which a crash makes worthless.
  static Image take(const std::string& folder) {
    Image image;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      const std::string name = std::filesystem::relative(entry.path(), folder).string();
      if (!entry.is_regular_file() || name.ends_with("-shm")) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      image.files[name] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    return image;
  }

  /// Makes the folder hold exactly these files.
  void put(const std::string& folder) const {
    std::filesystem::remove_all(folder);
    for (const auto& [name, bytes] : files) {
      const auto path = std::filesystem::path(folder) / name;
      std::filesystem::create_directories(path.parent_path());
      std::ofstream(path, std::ios::binary) << bytes;
    }
  }

  std::map<std::string, std::string> files;  // by path within the folder
};

}  // namespace gamekeeper::chaos
