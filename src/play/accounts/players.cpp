#include "play/accounts/players.h"

#include <boost/json.hpp>

#include "base/ids.h"
#include "base/turns.h"
#include "events/extract.h"
#include "events/fact.h"
#include "play/accounts/account_deletion.h"
#include "play/accounts/email.h"
#include "play/accounts/mail_token.h"
#include "play/accounts/username.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

std::unexpected<Error> no_such_player() {
  return fail(ErrorKind::kNotFound, "not_found", "There is no such player.", "player_id");
}

std::unexpected<Error> busy() {
  return fail(ErrorKind::kOverloaded, "overloaded", "This player is being changed by many at once; try again.");
}

Result<void> check_attributes(const json::object& attributes) {
  if (json::serialize(attributes).size() <= Players::kAttributesBytesMax) return {};
  return fail(ErrorKind::kInvalid, "attributes_too_large", "A player's attributes have at most 8 KiB as JSON.",
              "attributes", "8192 bytes");
}

Error why_not_made(const Error& error) {
  if (error.kind != ErrorKind::kConflict) return error;
  if (error.code == "unique")
    return {ErrorKind::kConflict, "username_taken", "There is a player of this name already.", "username"};
  if (error.field != kErasures)
    return {ErrorKind::kConflict, "exists", "There is a player of this id already.", "player_id"};
  Error pending{ErrorKind::kConflict, "erasure_pending",
                "A player of this id was erased a moment ago, and not all of it is gone yet; try again in a minute.",
                "player_id"};
  pending.retry_after = std::chrono::minutes(1);
  return pending;
}

void merge(json::object& into, const json::object& change) {
  for (const auto& [name, value] : change) {
    if (value.is_null())
      into.erase(name);
    else
      into[name] = value;
  }
}

/// Whoever had a confirmed address before learns of it: by a mail that is asked for in the same write set.
MailRequest farewell_to(const Player& player, UnixMillis now) {
  return {.app = player.app,
          .id = to_string(make_uuid_v7(now)),
          .purpose = MailPurpose::kEmailChanged,
          .who = player.id,
          .to = player.email,
          .asked_at = now,
          .due_at = now};
}

/// Errors: kDenied `password_needed`.
Result<void> take_email(Player& player, std::string email, bool is_proven) {
  if (email == player.email) {
    if (is_proven) player.email_by_token = false;
    return {};
  }
  if (player.email_verified_at != 0 && !is_proven)
    return fail(ErrorKind::kDenied, "password_needed",
                "This account's e-mail address is confirmed: say the password to change it.", "password");
  player.email = std::move(email);
  player.email_verified_at = 0;
  player.email_by_token = !is_proven;
  return {};
}

}  // namespace

Task<Result<PlayerCard>> Players::with_stats(Player player) {
  auto document = co_await documents_.get(kStats, scoped(player.app, player.id));
  if (!document) co_return std::unexpected(document.error());
  Result<PlayerStats> stats = PlayerStats{};
  if (*document) stats = read_stats(**document);
  if (!stats) co_return std::unexpected(stats.error());
  auto record = co_await read_record(documents_, player.app, player.id);
  if (!record) co_return std::unexpected(record.error());
  co_return PlayerCard{.player = std::move(player), .stats = *stats, .record = std::move(*record)};
}

Task<Result<Player>> Players::find(std::string app, std::string id) {
  auto document = co_await documents_.get(kPlayers, scoped(app, id));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return no_such_player();
  co_return read_player(**document);
}

Task<Result<PlayerCard>> Players::create(std::string app, NewPlayer wanted) {
  const UnixMillis now = clock_.now_ms();
  Player player{.app = app, .id = wanted.id.value_or(to_string(make_uuid_v7(now))), .created_at = now};
  if (!events::is_id_text(player.id))
    co_return fail(ErrorKind::kInvalid, "bad_value",
                   "A player's id has 1 to 128 characters, none of them a control character.", "player_id",
                   "1 to 128 characters");
  if (wanted.username) {
    auto folded = fold_username(*wanted.username);
    if (!folded) co_return std::unexpected(folded.error());
    player.username = std::move(*wanted.username);
    player.username_folded = std::move(*folded);
  }
  merge(player.attributes, wanted.attributes);
  if (auto ok = check_attributes(player.attributes); !ok) co_return std::unexpected(ok.error());
  ports::WriteSet set;
  set.puts.push_back(put_of(player));
  set.puts.push_back(unless_erasing(app, player.id));
  set.facts.push_back({scoped(app, player.id), events::fact_row({.app = app,
                                                                 .player_id = player.id,
                                                                 .name = "player.registered",
                                                                 .at = now,
                                                                 .properties = R"({"by":"server"})"})});
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(why_not_made(done.error()));
  player.version = done->front();
  co_return PlayerCard{.player = std::move(player), .stats = {}, .record = {}};
}

Task<Result<PlayerCard>> Players::read(std::string app, std::string id) {
  auto player = co_await find(std::move(app), std::move(id));
  if (!player) co_return std::unexpected(player.error());
  co_return co_await with_stats(std::move(*player));
}

Task<Result<PlayerCard>> Players::change(std::string app, std::string id, PlayerChange change, net::IfMatch if_match) {
  if (change.email && !change.email->empty()) {
    if (auto ok = check_email(*change.email); !ok) co_return std::unexpected(ok.error());
  }
  for (Turns turns; co_await turns.next();) {
    auto player = co_await find(app, id);
    if (!player) co_return std::unexpected(player.error());
    if (!if_match.admits(player->version))
      co_return fail(ErrorKind::kStale, "stale", "The player has changed since; read it again.", "If-Match",
                     std::to_string(player->version));
    if (change.attributes) merge(player->attributes, *change.attributes);
    ports::WriteSet set;
    if (change.email) {
      const Player before = *player;
      if (auto ok = take_email(*player, *change.email, change.is_proven); !ok) co_return std::unexpected(ok.error());
      if (has_mail_ && before.email_verified_at != 0 && player->email_verified_at == 0)
        set.puts.push_back(put_of(farewell_to(before, clock_.now_ms())));
    }
    if (auto ok = check_attributes(player->attributes); !ok) co_return std::unexpected(ok.error());
    set.puts.push_back(put_of(*player));
    auto done = co_await documents_.commit(std::move(set));
    if (done) {
      player->version = done->back();
      co_return co_await with_stats(std::move(*player));
    }
    if (done.error().kind != ErrorKind::kConflict) co_return std::unexpected(done.error());
  }
  co_return busy();
}

Task<Result<PlayerPage>> Players::list(std::string app, std::optional<std::string> username, uint32_t limit,
                                       std::string cursor) {
  ports::Query query = newest_first(kPlayers, app, limit, std::move(cursor));
  if (username) {
    auto folded = fold_username(*username);
    if (!folded) co_return std::unexpected(folded.error());
    query.index = "username";
    query.from = scoped(app, *folded);
    query.to = query.from + '\0';
  }
  auto page = co_await read_page(documents_, std::move(query), read_player);
  if (!page) co_return std::unexpected(page.error());
  PlayerPage out{.items = {}, .next_cursor = std::move(page->next_cursor)};
  for (Player& player : page->items) {
    auto card = co_await with_stats(std::move(player));
    if (!card) co_return std::unexpected(card.error());
    out.items.push_back(std::move(*card));
  }
  co_return out;
}

Task<Result<PlayerCard>> Players::set_ban(std::string app, std::string id, std::optional<Ban> ban) {
  for (Turns turns; co_await turns.next();) {
    auto player = co_await find(app, id);
    if (!player) co_return std::unexpected(player.error());
    player->ban = ban;
    const gate::PlayerAccess::Ending ending{.app = app, .player_id = id, .lifted = !ban, .until = ban ? ban->until : 0};
    ports::WriteSet set;
    set.puts.push_back(put_of(*player));
    set.puts.push_back(access_.put_of(ending));
    auto done = co_await documents_.commit(std::move(set));
    if (done) {
      access_.apply(ending);
      player->version = done->front();
      co_return co_await with_stats(std::move(*player));
    }
    if (done.error().kind != ErrorKind::kConflict) co_return std::unexpected(done.error());
  }
  co_return busy();
}

Task<Result<PlayerCard>> Players::ban(std::string app, std::string id, std::string reason, UnixMillis until) {
  return set_ban(std::move(app), std::move(id), Ban{std::move(reason), clock_.now_ms(), until});
}

Task<Result<PlayerCard>> Players::unban(std::string app, std::string id) {
  return set_ban(std::move(app), std::move(id), std::nullopt);
}

}  // namespace gamekeeper::play
