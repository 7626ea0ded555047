// The first start may be killed anywhere: until its credentials are told, a note beside them says that it is not done, and
// the next start does it again. What nobody was told of is taken back.
#include "server/bootstrap.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>

#include "adapters/embedded/files.h"
#include "base/crash_point.h"
#include "base/ids.h"
#include "server/production.h"
#include "server/run_now.h"

namespace gamekeeper::server {
namespace {

namespace json = boost::json;

constexpr const char* kApp = "demo";

/// Replaces the file; durable, and only the owner's to read.
Result<void> write_private(const std::string& file, const std::string& text) {
  const std::string fresh = file + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool ok =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!ok || std::rename(fresh.c_str(), file.c_str()) != 0) {
    return fail(ErrorKind::kUnavailable, "storage_read_only", "The file " + file + " cannot be written.",
                "server.data");
  }
  return adapters::sync_folder(file.substr(0, file.rfind('/')));
}

std::unexpected<Error> damaged(const std::string& note) {
  return fail(ErrorKind::kCorrupt, "corrupt",
              "The file " + note + " is not what the first start wrote: remove the data folder.");
}

/// What the first start has decided: {"admin"}, or {} when there is one already.
Result<json::object> begin(const std::string& note, const std::string& credentials, gate::Admins& admins) {
  auto kept = adapters::read_file(note);
  if (!kept) return std::unexpected(kept.error());
  if (*kept) {
    boost::system::error_code error;
    const json::value parsed = json::parse(**kept, error);
    if (error || !parsed.is_object()) return damaged(note);
    return parsed.as_object();
  }
  json::object decided;
  if (admins.empty()) decided["admin"] = json::object{{"username", "admin"}, {"password", random_token(18)}};
  if (auto ok = adapters::remove_file(credentials); !ok) return std::unexpected(ok.error());  // of an earlier life
  if (auto ok = write_private(note, json::serialize(decided) + "\n"); !ok) return std::unexpected(ok.error());
  return decided;
}

Result<void> make_app(gate::Directory& directory) {
  if (!directory.share()->apps.contains(kApp)) {
    auto app = run_now(directory.create_app(kApp, "Demo", {}));
    if (!app) return std::unexpected(app.error());
  }
  const auto snapshot = directory.share();
  for (const gate::Key& key : snapshot->all_keys) {
    if (key.app != kApp || key.name != kFirstStartKeyName || key.revoked_at != 0) continue;
    if (auto ok = run_now(directory.revoke_key(kApp, key.id)); !ok) return ok;
  }
  return {};
}

Result<void> make_admin(const json::value& admin, gate::Admins& admins) {
  auto text_of = [&](const char* name) { return std::string(admin.at(name).as_string()); };
  if (admins.find(text_of("username"))) return {};  // with this password: it was noted down first
  return run_now(admins.create(text_of("username"), text_of("password"), AdminRole::kAdmin));
}

/// `out`: what is decided already; the rest is added and told.
Result<void> first_start(const std::string& credentials, json::object out, gate::Directory& directory,
                         gate::Admins& admins) {
  if (auto ok = make_app(directory); !ok) return ok;
  crash_point("first_start.app");
  out["app"] = kApp;
  for (auto kind : {PrincipalKind::kWriteKey, PrincipalKind::kReadKey, PrincipalKind::kServerKey}) {
    auto key = run_now(directory.create_key(kApp, kind, kFirstStartKeyName));
    if (!key) return std::unexpected(key.error());
    out[std::string(gate::kind_name(kind)) + "_key"] = key->secret;
    crash_point("first_start.key");
  }
  if (const json::value* admin = out.if_contains("admin")) {
    if (auto ok = make_admin(*admin, admins); !ok) return ok;
  }
  crash_point("first_start.admin");
  return write_private(credentials, json::serialize(out) + "\n");
}

}  // namespace

Result<void> bootstrap(const Config& config, gate::Directory& directory, gate::Admins& admins) {
  if (config.server.mode == "production") return check_production(config, directory, admins);
  const std::string credentials = config.server.data + kCredentialsFile;
  const std::string note = config.server.data + kFirstStartNote;
  const bool unfinished = ::access(note.c_str(), F_OK) == 0;
  if (!unfinished && !directory.share()->apps.empty()) return {};
  if (!unfinished || ::access(credentials.c_str(), F_OK) != 0) {
    auto decided = begin(note, credentials, admins);
    if (!decided) return std::unexpected(decided.error());
    crash_point("first_start.note");
    if (auto ok = first_start(credentials, std::move(*decided), directory, admins); !ok) return ok;
    crash_point("first_start.told");
  }
  if (auto ok = adapters::remove_file(note); !ok) return ok;
  return adapters::sync_folder(config.server.data);
}

}  // namespace gamekeeper::server
