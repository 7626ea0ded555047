// docs/configuration.md, made from the table of keys.
#include <fmt/format.h>

#include "server/config_keys.h"

namespace gamekeeper::server {
namespace {

constexpr const char* kHead = R"(# Configuration

Made by `gamekeeper config --markdown` from the table in `src/server/config_keys.cpp`; a test keeps the two alike.

One TOML file, given by `--config FILE`. Every key is also an environment variable `GAMEKEEPER_<SECTION>_<KEY>` (lists by commas). Flags beat the
environment, the environment beats the file. An unknown key, a wrong type or a value out of range stops the start with file, line and key.
`gamekeeper config --print` shows every value and where it came from, secrets masked; its output is itself a configuration file.

The flags `--listen`, `--data`, `--mode` and `--roles` set the keys of the same name in `[server]`.

## Production

`server.mode = "production"` starts only on secrets that somebody chose. It refuses, by name:

| refused | code | what to do |
| --- | --- | --- |
| no administrator | `no_admin` | `gamekeeper admin create NAME` |
| the administrator or a key that the first start in development made | `default_secret` | make your own, remove those, and delete `dev-credentials.json` from the data folder |
| `kafka.sasl_username` or `kafka.sasl_password` missing although `kafka.security` begins with `sasl_` | `missing_secret` | set them |
| `kafka.sasl_password` shorter than 12 characters or a well-known word | `weak_secret` | choose another |
)";

std::string row(const Key& key, std::string_view leaf) {
  const std::string limit = limit_of(key);
  const std::string about = std::string(key.help) + (key.secret ? " Secret." : "");
  return fmt::format("| `{}` | {} | `{}` | {} | {} |\n", leaf, type_of(key), show_value(key),
                     limit.empty() ? "" : "`" + limit + "`", about);
}

}  // namespace

std::string configuration_page() {
  Config defaults;
  std::string out = kHead, section;
  for (const Key& key : keys_of(defaults)) {
    const std::string_view name = key.name;
    const auto dot = name.find('.');
    if (name.substr(0, dot) != section) {
      section = name.substr(0, dot);
      out += fmt::format("\n## [{}]\n\n| key | type | default | allowed | what |\n| --- | --- | --- | --- | --- |\n",
                         section);
    }
    out += row(key, name.substr(dot + 1));
  }
  return out;
}

}  // namespace gamekeeper::server
