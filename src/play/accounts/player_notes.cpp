#include "play/accounts/player_notes.h"

#include <boost/json.hpp>

#include "base/ids.h"
#include "gate/records.h"
#include "net/json_body.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr const char* kNotes = "player_notes";

ports::Put put_of(const std::string& app, const PlayerNote& n) {
  const json::object body{{"player_id", n.player_id}, {"at", n.at}, {"by", n.by}, {"text", n.text}};
  return {.collection = kNotes,
          .id = scoped(app, n.id),
          .body = json::serialize(body),
          .entries = {{"player", under(app, n.player_id).from + gate::sortable(n.at) + n.id}},
          .expected = 0};
}

Result<PlayerNote> read_note(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  return PlayerNote{.id = d.id.substr(d.id.find('/') + 1),
                    .player_id = gate::text_of(*o, "player_id"),
                    .at = gate::number_of(*o, "at"),
                    .by = gate::text_of(*o, "by"),
                    .text = gate::text_of(*o, "text")};
}

}  // namespace

Task<Result<void>> PlayerNotes::check_player(std::string app, std::string player_id) {
  auto player = co_await documents_.get(kPlayers, scoped(app, player_id));
  if (!player) co_return std::unexpected(player.error());
  if (!*player) co_return fail(ErrorKind::kNotFound, "not_found", "There is no such player.", "player_id");
  co_return Result<void>{};
}

Task<Result<PlayerNote>> PlayerNotes::add(std::string app, std::string player_id, std::string by, std::string text) {
  if (text.empty() || net::code_points(text) > kCharactersMax)
    co_return fail(ErrorKind::kInvalid, "bad_length", "A note has 1 to 2,000 characters.", "text", "2000 characters");
  if (auto ok = co_await check_player(app, player_id); !ok) co_return std::unexpected(ok.error());
  const UnixMillis now = clock_.now_ms();
  PlayerNote note{to_string(make_uuid_v7(now)), std::move(player_id), now, std::move(by), std::move(text)};
  ports::WriteSet set;
  set.puts.push_back(put_of(app, note));
  auto done = co_await documents_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return note;
}

Task<Result<PlayerNotePage>> PlayerNotes::list(std::string app, std::string player_id, uint32_t limit,
                                               std::string cursor) {
  if (auto ok = co_await check_player(app, player_id); !ok) co_return std::unexpected(ok.error());
  IndexSpan own = under(app, player_id);
  ports::Query query{.collection = kNotes,
                     .index = "player",
                     .from = std::move(own.from),
                     .to = std::move(own.to),
                     .direction = ports::Direction::kDescending,
                     .limit = limit,
                     .cursor = std::move(cursor)};
  co_return co_await read_page(documents_, std::move(query), read_note);
}

Task<Result<void>> PlayerNotes::remove(std::string app, std::string player_id, std::string id) {
  auto document = co_await documents_.get(kNotes, scoped(app, id));
  if (!document) co_return std::unexpected(document.error());
  if (*document) {
    auto note = read_note(**document);
    if (!note) co_return std::unexpected(note.error());
    if (note->player_id == player_id) {
      ports::WriteSet set;
      set.puts.push_back({.collection = kNotes, .id = scoped(app, id), .remove = true});
      auto done = co_await documents_.commit(std::move(set));
      if (!done) co_return std::unexpected(done.error());
      co_return Result<void>{};
    }
  }
  co_return fail(ErrorKind::kNotFound, "not_found", "There is no such note.", "note_id");
}

Task<Result<void>> PlayerNotes::erase(std::string app, std::string player_id) {
  const IndexSpan own = under(app, player_id);
  co_return co_await gate::remove_range(documents_, kNotes, "player", own.from, own.to);
}

}  // namespace gamekeeper::play
