#include "play/accounts/account_deletion.h"

#include <boost/json.hpp>

#include "base/log.h"
#include "events/fact.h"
#include "gate/records.h"
#include "gate/roles.h"
#include "play/accounts/mail_token.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr int64_t kAgainMs = 60'000;  // longer than any write that was under way takes
constexpr int kRemoveTries = 5;       // of a removal that meets changes of the player

/// What is written down of it, whoever asked.
gate::Act act_of(const Principal& who, std::string role, std::string player_id, UnixMillis now, gate::AskedBy asked) {
  return {.at = now,
          .actor = who.subject,
          .role = std::move(role),
          .action = "player.delete",
          .target = std::move(player_id),
          .app = who.app,
          .status = 204,
          .request_id = std::move(asked.request_id),
          .traceparent = std::move(asked.traceparent)};
}

ports::Put erasure_of(const std::string& app, const std::string& player_id, UnixMillis due) {
  const std::string id = scoped(app, player_id);
  return {.collection = kErasures,
          .id = id,
          .body = json::serialize(json::object{{"app", app}, {"player_id", player_id}}),
          .entries = {{"due", gate::sortable(due) + id}}};
}

void remove_document(ports::WriteSet& set, const char* collection, const std::string& id) {
  set.puts.push_back({.collection = collection, .id = id, .remove = true});
}

/// What stands beside the player's own document.
void remove_account(ports::WriteSet& set, const std::string& app, const std::string& player_id) {
  remove_document(set, kCredentials, scoped(app, player_id));
  remove_document(set, kStats, scoped(app, player_id));
  for (const MailPurpose purpose : {MailPurpose::kVerifyEmail, MailPurpose::kResetPassword})
    remove_document(set, kMailTokens, mail_token_id(app, player_id, purpose));
}

}  // namespace

ports::Put unless_erasing(const std::string& app, const std::string& player_id) {
  return {.collection = kErasures, .id = scoped(app, player_id), .expected = 0, .remove = true};
}

Task<Result<void>> AccountDeletion::remove(const Principal& who, gate::AskedBy asked) {
  auto was = co_await remove_as(act_of(who, "player", who.subject, clock_.now_ms(), std::move(asked)));
  if (!was) co_return std::unexpected(was.error());
  if (!*was)
    co_return fail(ErrorKind::kUnauthenticated, "unauthenticated", "The player of this token no longer exists.",
                   "Authorization");
  co_return Result<void>{};
}

Task<Result<void>> AccountDeletion::remove_by(const Principal& admin, std::string player_id, gate::AskedBy asked) {
  std::string role(gate::role_name(admin.role));
  gate::Act act = act_of(admin, std::move(role), std::move(player_id), clock_.now_ms(), std::move(asked));
  auto was = co_await remove_as(act);
  if (!was) co_return std::unexpected(was.error());
  if (*was) co_return Result<void>{};
  act.status = 404;  // as other calls of administrators are kept with what they were answered
  if (auto noted = co_await gate::Audit(documents_).write(std::move(act)); !noted) co_return noted;
  co_return fail(ErrorKind::kNotFound, "not_found", "There is no such player.", "player_id");
}

/// False when there is no such player; then nothing is written.
Task<Result<bool>> AccountDeletion::remove_as(gate::Act act) {
  const std::string& app = act.app;
  const std::string& player_id = act.target;
  const std::string id = scoped(app, player_id);
  const gate::PlayerAccess::Ending ending{.app = app, .player_id = player_id};
  for (int tries = 0; tries < kRemoveTries; ++tries) {
    auto player = co_await documents_.get(kPlayers, id);
    if (!player) co_return std::unexpected(player.error());
    if (!*player) co_return false;
    ports::WriteSet set;
    set.puts.push_back({.collection = kPlayers, .id = id, .expected = (*player)->version, .remove = true});
    remove_account(set, app, player_id);
    auto endings = co_await families_.add_endings(set, app, player_id);
    if (!endings) co_return std::unexpected(endings.error());
    set.puts.push_back(access_.put_of(ending));
    set.puts.push_back(erasure_of(app, player_id, act.at + kAgainMs));
    set.puts.push_back(gate::Audit::put_of(act));
    set.facts.push_back(
        {id, events::fact_row({.app = app, .player_id = player_id, .name = "player.deleted", .at = act.at})});
    auto done = co_await documents_.commit(std::move(set));
    if (!done && gate::is_conflict(done.error())) continue;
    if (!done) co_return std::unexpected(done.error());
    access_.apply(ending);
    gate::Audit::say(act);
    if (auto erased = co_await erase(app, player_id); !erased)  // the sweep will
      log::warning("accounts", "erase_failed",
                   {log::text("player_id", player_id), log::text("code", erased.error().code)});
    co_return true;
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "This player is being changed by many at once; try again.");
}

Task<Result<void>> AccountDeletion::erase(std::string app, std::string player_id) {
  for (const Eraser& eraser : erasers_) {
    if (auto ok = co_await eraser(app, player_id); !ok) co_return ok;
  }
  co_return Result<void>{};
}

Task<Result<void>> AccountDeletion::sweep() {
  auto page = co_await documents_.query(
      {.collection = kErasures, .index = "due", .from = {}, .to = gate::sortable(clock_.now_ms()), .limit = 100});
  if (!page) co_return std::unexpected(page.error());
  for (const ports::Document& document : page->items) {
    auto record = gate::parse_record(document);
    if (!record) co_return std::unexpected(record.error());
    const std::string app = gate::text_of(*record, "app"), player_id = gate::text_of(*record, "player_id");
    if (auto ok = co_await erase(app, player_id); !ok) co_return ok;
    const IndexSpan own = under(app, player_id);  // a sign-in that was under way
    if (auto ok = co_await gate::remove_range(documents_, kFamilies, "player", own.from, own.to); !ok) co_return ok;
    ports::WriteSet set;
    remove_account(set, app, player_id);
    remove_document(set, kErasures, document.id);
    if (auto done = co_await documents_.commit(std::move(set)); !done) co_return std::unexpected(done.error());
  }
  co_return Result<void>{};
}

}  // namespace gamekeeper::play
