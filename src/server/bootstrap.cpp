#include "server/bootstrap.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>

#include "base/ids.h"
#include "server/production.h"
#include "server/run_now.h"

namespace gamekeeper::server {
namespace {

namespace json = boost::json;

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
  return {};
}

}  // namespace

Result<void> bootstrap(const Config& config, gate::Directory& directory, gate::Admins& admins) {
  if (config.server.mode == "production") return check_production(config, directory, admins);
  if (!directory.share()->apps.empty()) return {};
  auto app = run_now(directory.create_app("demo", "Demo", {}));
  if (!app) return std::unexpected(app.error());
  json::object out{{"app", "demo"}};
  for (auto kind : {PrincipalKind::kWriteKey, PrincipalKind::kReadKey, PrincipalKind::kServerKey}) {
    auto key = run_now(directory.create_key("demo", kind, kFirstStartKeyName));
    if (!key) return std::unexpected(key.error());
    out[std::string(gate::kind_name(kind)) + "_key"] = key->secret;
  }
  const std::string password = random_token(18);
  if (admins.empty()) {
    auto made = run_now(admins.create("admin", password, AdminRole::kAdmin));
    if (!made) return std::unexpected(made.error());
    out["admin"] = json::object{{"username", "admin"}, {"password", password}};
  }
  return write_private(config.server.data + "/dev-credentials.json", json::serialize(out) + "\n");
}

}  // namespace gamekeeper::server
