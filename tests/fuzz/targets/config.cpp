// A configuration file, then (after a NUL) lines NAME=value of the environment.
#include "server/config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gamekeeper;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const size_t nul = std::min(all.find('\0'), all.size());
  std::map<std::string, std::string> environment;
  for (std::string_view lines = all.substr(std::min(nul + 1, size)); !lines.empty();) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const size_t equals = line.find('=');
    if (equals != line.npos) environment["GAMEKEEPER_" + std::string(line.substr(0, equals))] = line.substr(equals + 1);
  }
  auto loaded = server::parse_config(all.substr(0, nul), "fuzz.toml", environment, {});
  if (!loaded) {
    GK_CHECK(loaded.error().kind == ErrorKind::kInvalid && !loaded.error().message.empty(), "a refusal says why");
    return 0;
  }
  const auto& c = loaded->config;
  GK_CHECK(c.log.partitions >= 1 && c.log.partitions <= 256 && c.log.retention_hours >= 1, "ranges hold");
  // A password of this shape cannot be part of anything else that is shown.
  if (c.kafka.sasl_password.starts_with("canary-")) {
    GK_CHECK(server::describe(*loaded).find(c.kafka.sasl_password) == std::string::npos, "secrets are masked");
  }
  return 0;
}
