#include "server/production.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "server/run_now.h"

namespace gamekeeper::server {
namespace {

namespace json = boost::json;

constexpr size_t kSecretMin = 12;

std::unexpected<Error> refuse(const char* code, std::string message, std::string field) {
  return fail(ErrorKind::kInvalid, code, std::move(message), std::move(field));
}

bool is_well_known(std::string secret) {
  std::ranges::transform(secret, secret.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static constexpr const char* kWords[] = {"password",   "changeme", "secret", "default",
                                           "gamekeeper", "kafka",    "admin",  "example"};
  return std::ranges::any_of(kWords, [&](const char* word) { return secret.starts_with(word); });
}

/// The administrator whom a file of the first start names, if that password still signs in.
std::string administrator_of(const json::value& file, gate::Admins& admins) {
  const json::object* admin =
      file.is_object() && file.as_object().contains("admin") ? file.at("admin").if_object() : nullptr;
  if (!admin || !admin->contains("username") || !admin->contains("password")) return {};
  const std::string username(admin->at("username").as_string()), password(admin->at("password").as_string());
  return run_now(admins.login(username, password, "start")) ? username : std::string();
}

std::string administrator_of_development(const std::string& folder, gate::Admins& admins) {
  for (const char* name : {kCredentialsFile, kFirstStartNote}) {
    std::ifstream in(folder + name);
    std::stringstream text;
    text << in.rdbuf();
    boost::system::error_code error;
    const json::value parsed = json::parse(text.str(), error);
    if (error) continue;
    if (std::string username = administrator_of(parsed, admins); !username.empty()) return username;
  }
  return {};
}

}  // namespace

Result<void> check_production_config(const Config& config) {
  if (config.webhooks.allow_private)
    return refuse("development_setting",
                  "Production refuses webhooks.allow_private: a webhook could be led to what stands inside.",
                  "webhooks.allow_private");
  const auto& kafka = config.kafka;
  if (config.log.kind != "kafka" || !kafka.security.starts_with("sasl_")) return {};
  for (const auto& [key, value] : {std::pair("kafka.sasl_username", &kafka.sasl_username),
                                   std::pair("kafka.sasl_password", &kafka.sasl_password)}) {
    if (value->empty())
      return refuse("missing_secret",
                    fmt::format("Production needs {}: kafka.security is \"{}\".", key, kafka.security), key);
  }
  if (kafka.sasl_password.size() < kSecretMin || is_well_known(kafka.sasl_password)) {
    return refuse("weak_secret",
                  fmt::format("Production refuses this kafka.sasl_password: take one of {} characters or more that is "
                              "no well-known word.",
                              kSecretMin),
                  "kafka.sasl_password");
  }
  return {};
}

Result<void> check_production(const Config& config, const gate::Directory& directory, gate::Admins& admins) {
  if (admins.empty()) {
    return refuse("no_admin",
                  "Production starts with an administrator of yours: run `gamekeeper admin create NAME` first.",
                  "admin");
  }
  for (const auto& [id, live] : directory.share()->by_id) {
    if (live->key.name != kFirstStartKeyName) continue;
    return refuse("default_secret",
                  fmt::format("Production refuses the {} key {} of the app {}, which the first start in development "
                              "made: make your own, then run `gamekeeper key revoke --app {} {}`.",
                              gate::kind_name(live->key.kind), id, live->key.app, live->key.app, id),
                  "key");
  }
  if (const std::string name = administrator_of_development(config.server.data, admins); !name.empty()) {
    return refuse("default_secret",
                  fmt::format("Production refuses the administrator {} with the password of dev-credentials.json: make "
                              "your own, then run `gamekeeper admin remove {}`.",
                              name, name),
                  "admin");
  }
  return {};
}

}  // namespace gamekeeper::server
