#include "server/backup_manifest.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/clock.h"
#include "server/file_copy.h"

namespace gamekeeper::server {
namespace {

namespace json = boost::json;

constexpr int kFormat = 1;

std::string file_of(const std::string& folder) { return folder + "/backup.json"; }

/// A name that stays inside the folder it is joined to.
bool is_inside(const std::string& name) {
  const std::filesystem::path path(name);
  if (name.empty() || path.is_absolute()) return false;
  for (const auto& part : path) {
    if (part == "..") return false;
  }
  return true;
}

}  // namespace

Result<void> write_manifest(const std::string& folder, const BackupManifest& manifest) {
  json::array files, partitions;
  for (const auto& f : manifest.files) {
    files.push_back(json::object{{"name", f.name}, {"bytes", f.bytes}, {"xxh64", fmt::format("{:016x}", f.checksum)}});
  }
  for (const auto& p : manifest.partitions)
    partitions.push_back(json::object{{"partition", p.partition}, {"log", p.log}, {"series", p.series}});
  const json::object all{{"format", kFormat},
                         {"version", GAMEKEEPER_VERSION},
                         {"made_at", format_time(SystemClock().now_ms())},
                         {"files", std::move(files)},
                         {"partitions", std::move(partitions)}};
  const std::string fresh = file_of(folder) + ".new";
  std::ofstream out(fresh);
  out << json::serialize(all) << "\n";
  out.close();
  if (!out) return std::unexpected(copy_failed(fresh, "it cannot be written"));
  if (auto ok = sync_all(folder); !ok) return ok;
  std::error_code error;
  std::filesystem::rename(fresh, file_of(folder), error);
  if (error) return std::unexpected(copy_failed(fresh, error.message()));
  return sync_all(folder);
}

Result<BackupManifest> read_manifest(const std::string& folder) {
  std::ifstream in(file_of(folder));
  if (!in)
    return fail(ErrorKind::kInvalid, "no_backup", folder + " is not a finished backup: there is no backup.json in it.",
                "from");
  std::stringstream text;
  text << in.rdbuf();
  BackupManifest out;
  try {
    const json::object all = json::parse(text.str()).as_object();
    if (all.at("format").to_number<int>() > kFormat)
      return fail(ErrorKind::kInvalid, "newer_format", folder + " was made by a newer version.", "from");
    for (const auto& f : all.at("files").as_array()) {
      const std::string name(f.at("name").as_string());
      if (!is_inside(name)) throw std::runtime_error("name");
      out.files.push_back({name, f.at("bytes").to_number<uint64_t>(),
                           std::stoull(std::string(f.at("xxh64").as_string()), nullptr, 16)});
    }
    for (const auto& p : all.at("partitions").as_array()) {
      out.partitions.push_back({p.at("partition").to_number<uint32_t>(), p.at("log").to_number<uint64_t>(),
                                p.at("series").to_number<uint64_t>()});
    }
  } catch (const std::exception&) {
    return fail(ErrorKind::kCorrupt, "damaged_backup", file_of(folder) + " cannot be read.", "from");
  }
  return out;
}

}  // namespace gamekeeper::server
