// The command line: one sub-command a line, each a function of another file.
#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "server/commands.h"
#include "server/config.h"
#include "server/doctor.h"
#include "tools/evaluate.h"
#include "tools/replay.h"
#include "tools/simulate.h"

namespace {

using gamekeeper::server::Override;

/// Flags that every command about a server shares; each is only a shorter way to set one key of the configuration.
struct Common {
  std::string config_file, listen, data, mode, roles;

  void add_to(CLI::App& command) {
    command.add_option("--config", config_file, "TOML file");
    command.add_option("--listen", listen, "HOST:PORT (default 127.0.0.1:8080)");
    command.add_option("--data", data, "data folder (default ./data)");
    command.add_option("--mode", mode, "development or production");
    command.add_option("--roles", roles, "all, or some of those in docs/configuration.md, as in ingest,processor");
  }

  std::vector<Override> overrides() const {
    std::vector<Override> out;
    auto add = [&](const char* key, const std::string& text, const char* flag) {
      if (!text.empty()) out.push_back({key, text, flag});
    };
    add("server.listen", listen, "--listen");
    add("server.data", data, "--data");
    add("server.mode", mode, "--mode");
    add("server.roles", roles, "--roles");
    return out;
  }
};

/// "60s", "5m", "2h" or plain seconds.
double seconds_of(const std::string& text) {
  size_t end = 0;
  double value = 0;
  try {
    value = std::stod(text, &end);
  } catch (const std::exception&) {
    throw CLI::ValidationError("duration", "\"" + text + "\" is not a duration (60s, 5m, 2h)");
  }
  const std::string unit = text.substr(end);
  if (unit == "m") return value * 60;
  if (unit == "h") return value * 3600;
  if (unit.empty() || unit == "s") return value;
  throw CLI::ValidationError("duration", "\"" + text + "\" is not a duration (60s, 5m, 2h)");
}

}  // namespace

int main(int argc, char** argv) {
  using namespace gamekeeper;
  ::umask(0077);  // what the program writes (keys' digests, the signing key, players' events) is its own user's alone
  CLI::App app{"Gamekeeper: the backend of a multiplayer game and the live measurement of it."};
  app.require_subcommand(1);
  app.set_version_flag("--version", "gamekeeper " GAMEKEEPER_VERSION);
  int status = 0;
  Common common;
  auto with_config = [&](auto command) {
    auto loaded = server::load_config(common.config_file, common.overrides());
    if (!loaded) {
      fmt::print(stderr, "gamekeeper: {}\n", loaded.error().message);
      status = 2;
      return;
    }
    status = command(*loaded);
  };

  auto* serve = app.add_subcommand("serve", "runs the server");
  common.add_to(*serve);
  serve->callback([&] { with_config([](const auto& loaded) { return server::serve(loaded); }); });

  bool print = false, markdown = false;
  auto* config = app.add_subcommand("config", "checks the configuration");
  common.add_to(*config);
  config->add_flag("--print", print, "shows every value and where it came from");
  config->add_flag("--markdown", markdown, "writes docs/configuration.md")->group("");
  config->callback([&] {
    if (markdown) {
      fmt::print("{}", server::configuration_page());
      return;
    }
    with_config([&](const auto& loaded) {
      fmt::print("{}", print ? server::describe(loaded) : "The configuration is valid.\n");
      return 0;
    });
  });

  std::string app_id, name, folder;
  server::KeyToMake key;
  server::AdminToMake admin{.username = "", .role = "admin", .apps = {}};
  bool as_json = false;
  auto* app_command = app.add_subcommand("app", "apps (games)")->require_subcommand(1);
  auto* app_create = app_command->add_subcommand("create", "makes an app");
  common.add_to(*app_create);
  app_create->add_option("id", app_id, "id of the app")->required();
  app_create->callback([&] { with_config([&](const auto& loaded) { return server::create_app(loaded, app_id); }); });

  auto* key_command = app.add_subcommand("key", "API keys")->require_subcommand(1);
  auto* key_create = key_command->add_subcommand("create", "makes a key and prints it once");
  common.add_to(*key_create);
  key_create->add_option("--app", key.app, "the app")->required();
  key_create->add_option("--kind", key.kind, "write, read or server")
      ->required()
      ->check(CLI::IsMember({"write", "read", "server"}));
  key_create->add_option("--name", key.name, "what it is for");
  key_create->add_option("--expires-at", key.expires_at, "when it ends, as in 2027-01-31T00:00:00Z (default: never)");
  key_create->callback([&] { with_config([&](const auto& loaded) { return server::create_key(loaded, key); }); });

  auto* key_revoke = key_command->add_subcommand("revoke", "revokes a key; a running server knows within a second");
  common.add_to(*key_revoke);
  key_revoke->add_option("--app", app_id, "the app")->required();
  key_revoke->add_option("id", name, "id of the key")->required();
  key_revoke->callback(
      [&] { with_config([&](const auto& loaded) { return server::revoke_key(loaded, app_id, name); }); });

  auto* admin_command = app.add_subcommand("admin", "administrators")->require_subcommand(1);
  auto* admin_create = admin_command->add_subcommand(
      "create", "makes an administrator; prints a password unless one is given on standard input");
  common.add_to(*admin_create);
  admin_create->add_option("username", admin.username, "name to sign in with")->required();
  admin_create->add_option("--role", admin.role, "analyst, support or admin")
      ->check(CLI::IsMember({"analyst", "support", "admin"}));
  admin_create->add_option("--apps", admin.apps, "the apps that they may see: a,b (default: all)")->delimiter(',');
  admin_create->callback([&] { with_config([&](const auto& loaded) { return server::create_admin(loaded, admin); }); });

  auto* admin_remove = admin_command->add_subcommand("remove", "removes an administrator");
  common.add_to(*admin_remove);
  admin_remove->add_option("username", name, "who")->required();
  admin_remove->callback([&] { with_config([&](const auto& loaded) { return server::remove_admin(loaded, name); }); });

  std::string queue = "default";
  auto* ratings_command = app.add_subcommand("ratings", "ratings of players")->require_subcommand(1);
  auto* recompute = ratings_command->add_subcommand("recompute", "computes a queue's ratings anew from its matches");
  common.add_to(*recompute);
  recompute->add_option("--app", app_id, "the app")->required();
  recompute->add_option("--queue", queue, "the queue (default: default)");
  recompute->add_flag("--json", as_json, "the summary as JSON");
  recompute->callback([&] {
    with_config([&](const auto& loaded) { return server::recompute_ratings(loaded, app_id, queue, as_json); });
  });

  auto* doctor =
      app.add_subcommand("doctor", "checks configuration, stores, clock, disk and port, and says what to do");
  common.add_to(*doctor);
  doctor->add_flag("--json", as_json, "as JSON");
  doctor->callback(
      [&] { status = server::doctor(server::load_config(common.config_file, common.overrides()), as_json); });

  auto* backup = app.add_subcommand("backup", "copies the data folder, also of a running server");
  common.add_to(*backup);
  backup->add_option("to", folder, "an empty or new folder")->required();
  backup->add_flag("--json", as_json, "the summary as JSON");
  backup->callback([&] { with_config([&](const auto& loaded) { return server::backup(loaded, folder, as_json); }); });

  auto* restore = app.add_subcommand("restore", "puts a backup into an empty data folder");
  common.add_to(*restore);
  restore->add_option("from", folder, "a folder made by backup")->required();
  restore->add_flag("--json", as_json, "the summary as JSON");
  restore->callback([&] { with_config([&](const auto& loaded) { return server::restore(loaded, folder, as_json); }); });

  tools::SimulateOptions simulation;
  std::string duration = "60s";
  auto* simulate = app.add_subcommand("simulate", "plays a game through the public API");
  simulate->add_option("--target", simulation.target, "http://host:port")->required();
  simulate->add_option("--credentials", simulation.credentials, "dev-credentials.json")->required();
  simulate->add_option("--players", simulation.players, "how many players")->check(CLI::Range(1u, 10'000'000u));
  simulate->add_option("--rate", simulation.rate, "events a second")->check(CLI::Range(0.01, 1e7));
  simulate->add_option("--duration", duration, "60s, 5m, 2h; 0: until interrupted");
  simulate->add_option("--seed", simulation.seed, "same seed, same stream");
  simulate->add_flag("--json", simulation.as_json, "the summary as JSON");
  simulate->callback([&] {
    simulation.duration_s = seconds_of(duration);
    status = tools::simulate(simulation);
  });

  tools::ReplayOptions replaying;
  auto* replay = app.add_subcommand("replay", "sends a match history as if it were played again");
  replay->add_option("file", replaying.file, "match_id,time,team,player,rank,…; gzip allowed")->required();
  replay->add_option("--target", replaying.target, "http://host:port")->required();
  replay->add_option("--credentials", replaying.credentials, "dev-credentials.json")->required();
  replay->add_option("--speed", replaying.speed, "times real time; 0: as fast as it goes")
      ->check(CLI::NonNegativeNumber);
  replay->add_flag("--events-only", replaying.events_only, "events alone: no accounts, sessions and results");
  replay->add_flag("--json", replaying.as_json, "the summary as JSON");
  replay->callback([&] { status = tools::replay(replaying); });

  tools::EvaluateRatingsOptions rating;
  auto* evaluate = app.add_subcommand("evaluate", "how well models foretell what is in a file")->require_subcommand(1);
  auto* evaluate_ratings =
      evaluate->add_subcommand("ratings", "rating models on a match history: each match is foretold, then learned");
  evaluate_ratings->add_option("file", rating.file, "match_id,time,team,player,rank,…; gzip allowed")->required();
  evaluate_ratings->add_option("--model", rating.model, "one model by name, or all");
  evaluate_ratings->add_option("--from", rating.from, "a date: only matches from then on are scored");
  evaluate_ratings->add_option("--plot", rating.plot, "writes the calibration plot (SVG) to this file");
  evaluate_ratings->add_option("--ratings", rating.ratings,
                               "writes what every player comes to by each classic model to this CSV file");
  evaluate_ratings->add_flag("--json", rating.as_json, "as JSON");
  evaluate_ratings->callback([&] { status = tools::evaluate_ratings(rating); });

  app.add_subcommand("version", "prints the version")->callback([] {
    fmt::print("gamekeeper {}\n", GAMEKEEPER_VERSION);
  });

  if (argc > 1 && argv[1][0] != '-' && std::ranges::none_of(app.get_subcommands(nullptr), [&](const CLI::App* known) {
        return known->check_name(argv[1]);
      })) {
    fmt::print(stderr, "gamekeeper: There is no command \"{}\"; gamekeeper --help lists them.\n", argv[1]);
    return 2;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;  // 0: help was asked for
  }
  return status;
}
