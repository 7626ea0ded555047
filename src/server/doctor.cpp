#include "server/doctor.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>

#include "adapters/embedded/data_folder.h"
#include "adapters/otlp/otlp_span_sink.h"
#include "base/clock.h"
#include "net/http_client.h"
#include "net/listener.h"
#include "server/doctor_stores.h"
#include "server/housekeeping.h"
#include "server/production.h"

namespace gamekeeper::server {
namespace {

namespace fs = std::filesystem;
using State = Diagnosis::State;

constexpr uint64_t kMebibyte = 1024 * 1024;

Diagnosis ok(std::string check, std::string detail) { return {std::move(check), State::kOk, std::move(detail)}; }
Diagnosis warning(std::string check, std::string detail, std::string advice) {
  return {std::move(check), State::kWarning, std::move(detail), std::move(advice)};
}
Diagnosis failing(std::string check, std::string detail, std::string advice) {
  return {std::move(check), State::kFailing, std::move(detail), std::move(advice)};
}

/// The folder itself, or the nearest one above it that exists: where it would be made.
fs::path nearest(fs::path path) {
  std::error_code error;
  path = fs::absolute(path, error);
  while (!fs::exists(path, error) && path.has_parent_path() && path != path.parent_path()) path = path.parent_path();
  return path;
}

Diagnosis check_data(const Config& c) {
  const std::string& folder = c.server.data;
  const fs::path there = nearest(folder);
  std::error_code error;
  const bool exists = fs::exists(folder, error);
  if (!fs::is_directory(there, error))
    return failing("data folder", there.string() + " is not a folder.", "Choose another with --data or server.data.");
  if (::access(there.c_str(), R_OK | W_OK | X_OK) != 0) {
    return failing("data folder", fmt::format("{} cannot be written.", there.string()),
                   "Give this user the right to write there, or choose another folder with --data or server.data.");
  }
  if (!exists) return ok("data folder", folder + " does not exist yet; the first start makes it.");
  auto format = adapters::data_format(folder);
  if (!format && format.error().code == "newer_format")
    return failing("data folder", format.error().message,
                   "Start the version that wrote it, or a newer one; or restore a backup made by this one.");
  if (!format)
    return failing("data folder", format.error().message, "Restore a backup, or choose another folder with --data.");
  if (!*format) return ok("data folder", folder + " holds no data yet.");
  if (**format < adapters::kDataFormat) {
    return warning("data folder",
                   fmt::format("{} has format {}; the next start brings it to format {}.", folder, **format,
                               adapters::kDataFormat),
                   "Copy the folder first, while nothing runs, and leave as much space free as it takes.");
  }
  return ok("data folder", fmt::format("{}, format {}", folder, **format));
}

Diagnosis check_disk(const Config& c) {
  struct statvfs disk{};
  const fs::path there = nearest(c.server.data);
  if (::statvfs(there.c_str(), &disk) != 0)
    return failing("disk", "The disk of " + there.string() + " cannot be asked.", "Check that it is mounted.");
  return judge_disk(uint64_t{disk.f_bavail} * disk.f_frsize, uint64_t{disk.f_blocks} * disk.f_frsize);
}

Diagnosis check_clock(const Config& c) {
  constexpr UnixMillis kBuilt = 1'735'689'600'000;  // 2025: no server of this program ran earlier
  constexpr UnixMillis kSlackMs = 60'000;
  const UnixMillis now = SystemClock().now_ms();
  if (now < kBuilt)
    return failing("clock", "It is " + format_time(now) + " by this clock.",
                   "Set the clock and start a time service (chrony, systemd-timesyncd).");
  std::error_code error;
  const auto written = fs::last_write_time(c.server.data + "/documents.db", error);
  if (!error) {
    const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(
                        std::chrono::file_clock::to_sys(written).time_since_epoch())
                        .count();
    if (at > now + kSlackMs)
      return failing("clock",
                     fmt::format("It is {}, but the data was written at {}.", format_time(now), format_time(at)),
                     "The clock went back: set it, and start a time service.");
  }
  timex state{};
  if (::adjtimex(&state) == TIME_ERROR)
    return warning("clock", format_time(now) + "; no time service keeps it right.",
                   "Start a time service (chrony, systemd-timesyncd); in a container the host's counts.");
  return ok("clock", format_time(now));
}

Diagnosis check_port(const Config& c) {
  const size_t colon = c.server.listen.rfind(':');
  auto endpoint = net::parse_endpoint(c.server.listen.substr(0, colon),
                                      static_cast<uint16_t>(std::stoi(c.server.listen.substr(colon + 1))));
  if (!endpoint) return failing("port", endpoint.error().message, "Set server.listen to an address of this machine.");
  auto free = net::probe_port(*endpoint);
  if (free) return ok("port", c.server.listen + " is free.");
  if (free.error().code != "port_in_use")
    return failing("port", free.error().message,
                   "Set server.listen to an address of this machine and a port above 1023.");
  net::HttpClient client({.threads = 1, .allow_private = true});
  const char* scheme = c.server.tls_certificate.empty() ? "http" : "https";
  auto answer = client.call_blocking(
      {.url = fmt::format("{}://{}/readyz", scheme, c.server.listen), .timeout = std::chrono::milliseconds(2000)});
  if (answer && answer->body == R"({"status":"ready"})")
    return ok("port", "A gamekeeper answers on " + c.server.listen + ".");
  return failing("port", free.error().message, "End the other program, or choose another port with --listen.");
}

Diagnosis check_files_max(const Config& c) {
  constexpr rlim_t kOwnFiles = 256;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t wanted = static_cast<rlim_t>(c.server.connections_max) + kOwnFiles;
  if (limit.rlim_max >= wanted) return ok("open files", fmt::format("{} allowed", limit.rlim_max));
  return warning(
      "open files",
      fmt::format("{} are allowed; {} connections need {}.", limit.rlim_max, c.server.connections_max, wanted),
      fmt::format("Raise the limit (`ulimit -n {}`, LimitNOFILE=), or lower server.connections_max.", wanted));
}

Diagnosis check_dashboard(const Config& c) {
  const std::string folder = c.server.web.empty() ? default_web_folder() : c.server.web;
  std::error_code error;
  if (fs::exists(folder + "/index.html", error)) return ok("dashboard", folder);
  return warning("dashboard", "There is no dashboard in " + folder + ".",
                 "`make web` builds it; server.web says where it is; without the role console it is not needed.");
}

Diagnosis check_tls(const Config& c) {
  for (const std::string& file : {c.server.tls_certificate, c.server.tls_key}) {
    if (::access(file.c_str(), R_OK) != 0)
      return failing("tls", file + " cannot be read.",
                     "Check server.tls_certificate and server.tls_key, and that this user may read the files.");
  }
  return ok("tls", c.server.tls_certificate);
}

Diagnosis check_telemetry(const Config& c) {
  const std::string url = adapters::traces_url(c.telemetry.otlp_endpoint);
  net::HttpClient client({.threads = 1, .allow_private = true});
  net::HttpCall call{.method = "POST",
                     .url = url,
                     .headers = {{"Content-Type", "application/json"}},
                     .body = R"({"resourceSpans":[]})",
                     .timeout = std::chrono::milliseconds(3000)};
  for (const std::string& header : c.telemetry.otlp_headers)
    call.headers.emplace_back(header.substr(0, header.find(": ")), header.substr(header.find(": ") + 2));
  auto answer = client.call_blocking(call);
  if (answer && answer->status < 300) return ok("telemetry", url + " takes traces.");
  return warning("telemetry", answer ? fmt::format("{} answers with {}.", url, answer->status) : answer.error().message,
                 "Check telemetry.otlp_endpoint and the collector; without it traces are dropped, nothing else.");
}

Diagnosis check_secrets(const Config& c) {
  if (auto fine = check_production_config(c); !fine)
    return failing("secrets", fine.error().message, "Set " + fine.error().field + ".");
  return ok("secrets", "Those of the configuration are set.");
}

const char* name_of(State state) {
  return state == State::kOk ? "ok" : state == State::kWarning ? "warning" : "failing";
}

void print(const std::vector<Diagnosis>& all, bool well, bool as_json) {
  namespace json = boost::json;
  json::array checks;
  for (const Diagnosis& d : all) {
    if (!as_json)
      fmt::print("{:<14} {:<8} {}{}{}\n", d.check, name_of(d.state), d.detail,
                 d.advice.empty() ? "" : "\n                        ", d.advice);
    checks.push_back(json::object{{"check", d.check},
                                  {"status", name_of(d.state)},
                                  {"detail", d.detail},
                                  {"advice", d.advice.empty() ? json::value(nullptr) : json::value(d.advice)}});
  }
  if (as_json) fmt::print("{}\n", json::serialize(json::object{{"well", well}, {"checks", std::move(checks)}}));
}

}  // namespace

Diagnosis judge_disk(uint64_t free_bytes, uint64_t size_bytes) {
  const std::string detail = fmt::format("{} MiB of {} MiB are free.", free_bytes / kMebibyte, size_bytes / kMebibyte);
  if (free_bytes < 256 * kMebibyte)
    return failing("disk", detail,
                   "Free some space, take a larger disk, or lower log.retention_hours: when it is full, events are "
                   "refused with 507.");
  if (free_bytes < 1024 * kMebibyte || free_bytes < size_bytes / 20)
    return warning("disk", detail, "Free some space soon, or lower log.retention_hours.");
  return ok("disk", detail);
}

std::vector<Diagnosis> diagnose(const LoadedConfig& loaded) {
  const Config& c = loaded.config;
  std::vector<Diagnosis> out{ok("configuration", "Every key is known and in range."), check_data(c), check_disk(c)};
  if (out[1].state != State::kFailing) {
    for (Diagnosis& store : check_stores(c)) out.push_back(std::move(store));
  }
  out.push_back(check_clock(c));
  out.push_back(check_port(c));
  out.push_back(check_files_max(c));
  if (c.has_role("console")) out.push_back(check_dashboard(c));
  if (!c.server.tls_certificate.empty()) out.push_back(check_tls(c));
  if (!c.telemetry.otlp_endpoint.empty()) out.push_back(check_telemetry(c));
  if (c.server.mode == "production") out.push_back(check_secrets(c));
  return out;
}

int doctor(const Result<LoadedConfig>& loaded, bool as_json) {
  if (!loaded) {
    print({failing("configuration", loaded.error().message, "Mend it; docs/configuration.md lists every key.")}, false,
          as_json);
    return 2;
  }
  const auto all = diagnose(*loaded);
  const bool well = std::ranges::none_of(all, [](const Diagnosis& d) { return d.state == State::kFailing; });
  print(all, well, as_json);
  return well ? 0 : 1;
}

}  // namespace gamekeeper::server
