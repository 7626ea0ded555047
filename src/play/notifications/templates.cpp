#include "play/notifications/templates.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "gate/records.h"
#include "net/json_body.h"
#include "play/accounts/player.h"
#include "play/accounts/record_page.h"
#include "play/notifications/preferences.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

/// Mails of accounts have words that a game may write over, a link to its own page round the token included.
/// In the order of their names. Without words: said only by apps that have written some.
const std::vector<Template>& built_ins() {
  static const std::vector<Template> all{
      {.name = "email_changed",
       .wordings =
           {{"en",
             {"{{app_name}}: your e-mail address was changed",
              "Hello {{username}},\n\nthe account {{username}} of {{app_name}} has another e-mail address from now on; "
              "this one is no longer used. If that was not you, change your password and tell the game's support.\n"}},
            {"de",
             {"{{app_name}}: E-Mail-Adresse ge\xC3\xA4ndert",
              "Hallo {{username}},\n\ndas Konto {{username}} bei {{app_name}} hat ab jetzt eine andere E-Mail-Adresse; "
              "diese wird nicht mehr benutzt. Warst du das nicht, \xC3\xA4ndere dein Passwort und melde dich beim "
              "Support des Spiels.\n"}}},
       .variables = {"player_id", "app_name", "username"},
       .built_in = true},
      {.name = "email_verification",
       .wordings =
           {{"en",
             {"{{app_name}}: confirm your e-mail address",
              "Hello {{username}},\n\nthis code confirms your e-mail address for {{app_name}}:\n\n{{token}}\n\nIt "
              "works once, for {{minutes}} minutes. If you did not ask for it, ignore this mail.\n"}},
            {"de",
             {"{{app_name}}: E-Mail-Adresse best\xC3\xA4tigen",
              "Hallo {{username}},\n\nmit diesem Code best\xC3\xA4tigst du deine E-Mail-Adresse f\xC3\xBCr "
              "{{app_name}}:\n\n{{token}}\n\nEr gilt einmal und {{minutes}} Minuten lang. Hast du ihn nicht "
              "angefordert, ist nichts zu tun.\n"}}},
       .variables = {"player_id", "app_name", "username", "token", "minutes"},
       .built_in = true},
      {.name = "match_found",
       .wordings = {{"en", {"Match found", "Your match is ready. Join now!"}},
                    {"de", {"Spiel gefunden", "Dein Spiel ist bereit. Jetzt beitreten!"}}},
       .variables = {"player_id", "match_id", "session_id", "queue"},
       .built_in = true},
      {.name = "match_result",
       .wordings = {{"en", {"Match result", "Your rating is now {{rating}} ({{change}})."}},
                    {"de", {"Spielergebnis", "Deine Wertung ist jetzt {{rating}} ({{change}})."}}},
       .variables = {"player_id", "match_id", "queue", "rating", "change"},
       .built_in = true},
      {.name = "password_reset",
       .wordings =
           {{"en",
             {"{{app_name}}: a new password",
              "Hello {{username}},\n\nthis code lets you choose a new password for {{app_name}}:\n\n{{token}}\n\nIt "
              "works once, for {{minutes}} minutes. If you did not ask for it, ignore this mail: your password "
              "stays as it is.\n"}},
            {"de",
             {"{{app_name}}: neues Passwort",
              "Hallo {{username}},\n\nmit diesem Code w\xC3\xA4hlst du ein neues Passwort f\xC3\xBCr "
              "{{app_name}}:\n\n{{token}}\n\nEr gilt einmal und {{minutes}} Minuten lang. Hast du ihn nicht "
              "angefordert, bleibt dein Passwort, wie es ist.\n"}}},
       .variables = {"player_id", "app_name", "username", "token", "minutes"},
       .built_in = true},
      {.name = "rank_passed",
       .wordings = {{"en",
                     {"You were passed", "{{by_name}} is ahead of you on {{board}}. You are on rank {{rank}} now."}},
                    {"de",
                     {"Du wurdest \xC3\xBC"
                      "berholt",
                      "{{by_name}} liegt auf {{board}} vor dir. Du bist jetzt auf Rang {{rank}}."}}},
       .variables = {"player_id", "board", "season", "by", "by_name", "rank"},
       .built_in = true},
      {.name = "season_ended",
       .wordings = {{"en", {"Season over", "You finished {{board}} on rank {{rank}}."}},
                    {"de", {"Saison beendet", "Du hast {{board}} auf Rang {{rank}} beendet."}}},
       .variables = {"player_id", "board", "season", "rank", "score"},
       .built_in = true},
      {.name = "welcome", .wordings = {}, .variables = {"player_id"}, .built_in = true}};
  return all;
}

const Template* built_in(std::string_view name) {
  const auto found = std::ranges::find(built_ins(), name, &Template::name);
  return found == built_ins().end() ? nullptr : &*found;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::unexpected<Error> no_such_template() {
  return fail(ErrorKind::kNotFound, "not_found", "There is no such template.", "name");
}

ports::Put put_of(const Template& t) {
  json::array variables;
  for (const std::string& v : t.variables) variables.push_back(json::string(v));
  return {.collection = kTemplates,
          .id = scoped(t.app, t.name),
          .body = json::serialize(json::object{{"words", show(t.wordings)}, {"variables", std::move(variables)}}),
          .entries = {{"name", scoped(t.app, t.name)}},
          .expected = t.version};
}

Result<Template> read_template(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const json::value *words = o->if_contains("words"), *variables = o->if_contains("variables");
  const auto bad = [&] { return fail(ErrorKind::kCorrupt, "corrupt", "A stored template cannot be read.", d.id); };
  if (!words || !words->is_object() || !variables || !variables->is_array()) return bad();
  auto wordings = wordings_of(words->as_object(), "words");
  if (!wordings) return bad();
  const size_t slash = d.id.find('/');
  Template t{.app = d.id.substr(0, slash),
             .name = d.id.substr(slash + 1),
             .wordings = std::move(*wordings),
             .variables = {},
             .version = d.version};
  for (const json::value& v : variables->as_array()) {
    if (!v.is_string()) return bad();
    t.variables.emplace_back(v.as_string());
  }
  return t;
}

Template for_app(const Template& built, const std::string& app) {
  Template t = built;
  t.app = app;
  return t;
}

Result<void> check_template(const Template& t) {
  if (!is_name(t.name))
    return net::invalid("bad_name", "A template's name has small letters, digits, _ and -.", "name",
                        "[a-z0-9_-]{1,64}");
  const Template* built = built_in(t.name);
  if (built && !t.variables.empty() && t.variables != built->variables)
    return net::invalid("read_only", "The variables of a built-in template are fixed.", "variables");
  if (t.variables.size() > Templates::kVariablesMax)
    return net::invalid("too_many", "A template has at most 32 variables.", "variables", "32");
  for (const std::string& v : t.variables) {
    if (!is_name(v)) return net::invalid("bad_name", "A variable's name is not one.", "variables", "[a-z0-9_-]{1,64}");
  }
  return check_wordings(t.wordings, t.variables, "words");
}

}  // namespace

Task<Result<std::optional<Template>>> Templates::find(std::string app, std::string name) {
  auto found = co_await documents_.get(kTemplates, scoped(app, name));
  if (!found) co_return std::unexpected(found.error());
  if (*found) {
    auto own = read_template(**found);
    if (!own) co_return std::unexpected(own.error());
    co_return std::move(*own);
  }
  const Template* built = built_in(name);
  if (!built) co_return std::nullopt;
  co_return for_app(*built, app);
}

Task<Result<Template>> Templates::read(std::string app, std::string name) {
  auto found = co_await find(std::move(app), std::move(name));
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return no_such_template();
  co_return std::move(**found);
}

Task<Result<Wording>> Templates::word(std::string app, std::string name, std::string player_id, std::string fallback,
                                      json::object variables) {
  auto found = co_await read(app, std::move(name));
  if (!found) co_return std::unexpected(found.error());
  auto preferences = co_await load_preferences(documents_, std::move(app), player_id);
  if (!preferences) co_return std::unexpected(preferences.error());
  variables["player_id"] = std::move(player_id);
  co_return render(wording_for(found->wordings, preferences->locale, fallback), variables);
}

Task<Result<std::vector<Template>>> Templates::list(std::string app) {
  ports::Query query{.collection = kTemplates,
                     .index = "name",
                     .from = all_of(app).from,
                     .to = all_of(app).to,
                     .limit = kTemplatesMax};
  auto page = co_await read_page(documents_, std::move(query), read_template);
  if (!page) co_return std::unexpected(page.error());
  std::vector<Template> out = std::move(page->items);
  for (const Template& built : built_ins()) {
    if (std::ranges::find(out, built.name, &Template::name) == out.end()) out.push_back(for_app(built, app));
  }
  std::ranges::sort(out, {}, &Template::name);
  co_return out;
}

Task<Result<Template>> Templates::write(Template wanted, net::IfMatch if_match) {
  auto found = co_await find(wanted.app, wanted.name);
  if (!found) co_return std::unexpected(found.error());
  const uint64_t version = *found ? (*found)->version : 0;
  if (!if_match.admits(version, *found || built_in(wanted.name)))
    co_return fail(ErrorKind::kStale, "stale", "The template has changed since; read it again.", "If-Match",
                   std::to_string(version));
  if (wanted.variables.empty() && built_in(wanted.name)) wanted.variables = built_in(wanted.name)->variables;
  if (auto ok = check_template(wanted); !ok) co_return std::unexpected(ok.error());
  auto count = co_await documents_.count(kTemplates, "name", scoped(wanted.app, ""), wanted.app + "0");
  if (!count) co_return std::unexpected(count.error());
  if (version == 0 && *count >= kTemplatesMax)
    co_return fail(ErrorKind::kConflict, "too_many", "An app has at most 200 templates.", "name", "200");
  wanted.version = version;
  ports::WriteSet set;
  set.puts.push_back(put_of(wanted));
  auto done = co_await documents_.commit(std::move(set));
  if (!done && gate::is_conflict(done.error()))
    co_return fail(ErrorKind::kOverloaded, "overloaded", "This template is being changed by many at once; try again.");
  if (!done) co_return std::unexpected(done.error());
  wanted.version = done->front();
  co_return wanted;
}

Task<Result<void>> Templates::remove(std::string app, std::string name) {
  auto found = co_await documents_.get(kTemplates, scoped(app, name));
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return no_such_template();
  ports::WriteSet set;
  set.puts.push_back({.collection = kTemplates, .id = scoped(app, name), .remove = true});
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

}  // namespace gamekeeper::play
