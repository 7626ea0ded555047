#include "play/notifications/announcements.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "base/ids.h"
#include "base/log.h"
#include "gate/records.h"
#include "net/json_body.h"
#include "play/accounts/player.h"
#include "play/accounts/player_rating.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr uint32_t kPlayersAStep = 100;
constexpr std::chrono::milliseconds kLookEvery{200}, kAfterTrouble{2'000}, kAnnounceSlice{20};
constexpr int kAnnounceTries = 8;
constexpr size_t kDataBytesMax = 4096;

std::unexpected<Error> no_such_announcement() {
  return fail(ErrorKind::kNotFound, "not_found", "There is no such message.", "id");
}

}  // namespace

Task<Result<Announcement>> Announcements::create(Announcement wanted, std::optional<std::string> template_name) {
  std::vector<std::string> variables{"player_id"};
  for (const auto& [name, value] : wanted.data) {
    if (!value.is_primitive() || value.is_null())
      co_return net::invalid("bad_type", "A variable is a text, a number, true or false.", "data." + std::string(name));
    variables.emplace_back(name);
  }
  if (json::serialize(wanted.data).size() > kDataBytesMax)
    co_return net::invalid("field_too_large", "The data have at most 4 KiB as JSON.", "data", "4096 bytes");
  if (template_name) {
    auto found = co_await templates_.find(wanted.app, *template_name);
    if (!found) co_return std::unexpected(found.error());
    if (!*found || (*found)->wordings.empty())
      co_return fail(ErrorKind::kNotFound, "not_found", "There is no such template.", "template");
    wanted.words = std::move((*found)->wordings);
    variables.insert(variables.end(), (*found)->variables.begin(), (*found)->variables.end());
  }
  if (auto ok = check_wordings(wanted.words, variables, "words"); !ok) co_return std::unexpected(ok.error());
  const UnixMillis now = parts_.clock.now_ms();
  wanted.id = to_string(make_uuid_v7(now));
  wanted.created_at = now;
  auto players = co_await candidates(wanted.app, wanted.segment);
  if (!players) co_return std::unexpected(players.error());
  wanted.players = *players;
  ports::WriteSet set;
  set.puts.push_back(put_of(wanted));
  auto done = co_await parts_.documents.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return wanted;
}

Task<Result<int64_t>> Announcements::candidates(const std::string& app, const Segment& segment) {
  if (!segment.players.empty()) co_return static_cast<int64_t>(segment.players.size());
  auto count = co_await parts_.documents.count(kPlayers, "created", all_of(app).from, all_of(app).to);
  if (!count) co_return std::unexpected(count.error());
  co_return static_cast<int64_t>(*count);
}

Task<Result<SegmentReach>> Announcements::reach(std::string app, Segment segment) {
  auto players = co_await candidates(app, segment);
  if (!players) co_return std::unexpected(players.error());
  SegmentReach out{.players = *players};
  if (segment.players.empty() && !segment.asks_for_rating() && !segment.asks_for_seen()) {
    out.looked_at = out.meant = out.players;
    co_return out;
  }
  Announcement a{.app = std::move(app), .segment = std::move(segment)};
  do {
    auto whom = co_await next_of(a);
    if (!whom) co_return std::unexpected(whom.error());
    for (const std::string& player : whom->players) {
      auto meant = co_await is_meant(a, player);
      if (!meant) co_return std::unexpected(meant.error());
      out.meant += *meant ? 1 : 0;
    }
    out.looked_at += static_cast<int64_t>(whom->players.size());
    a.cursor = std::move(whom->next_cursor);
  } while (!a.cursor.empty() && out.looked_at < kReachMost);
  if (a.cursor.empty()) out.players = out.looked_at;  // whoever came or went meanwhile
  co_return out;
}

Task<Result<AnnouncementPage>> Announcements::list(std::string app, uint32_t limit, std::string cursor) {
  co_return co_await read_page(parts_.documents, newest_first(kAnnouncements, app, limit, std::move(cursor)),
                               read_announcement);
}

Task<Result<Announcement>> Announcements::read(std::string app, std::string id) {
  auto found = co_await parts_.documents.get(kAnnouncements, scoped(app, id));
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return no_such_announcement();
  co_return read_announcement(**found);
}

Task<Result<Announcement>> Announcements::cancel(std::string app, std::string id) {
  for (int tries = 0; tries < kAnnounceTries; ++tries) {
    auto a = co_await read(app, id);
    if (!a || a->status != AnnouncementStatus::kRunning) co_return a;
    a->status = AnnouncementStatus::kCancelled;
    a->ended_at = parts_.clock.now_ms();
    ports::WriteSet set;
    set.puts.push_back(put_of(*a));
    auto done = co_await parts_.documents.commit(std::move(set));
    if (done) co_return a;
    if (!gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  }
  co_return fail(ErrorKind::kOverloaded, "overloaded", "This message is moving on too fast; try again.");
}

Task<void> Announcements::run() {
  while (!stopped_) {
    auto did = co_await step();
    if (did && *did) continue;
    if (!did && !gate::is_conflict(did.error()))
      log::error("notifications", "announcement_failed",
                 {log::text("code", did.error().code), log::text("message", did.error().message)});
    const auto until = std::chrono::steady_clock::now() + (did ? kLookEvery : kAfterTrouble);
    while (!stopped_ && std::chrono::steady_clock::now() < until) co_await sleep_for(kAnnounceSlice);
  }
}

Task<Result<bool>> Announcements::step() {
  auto oldest = co_await parts_.documents.query(
      {.collection = kAnnouncements, .index = "running", .from = {}, .to = {}, .limit = 1});
  if (!oldest) co_return std::unexpected(oldest.error());
  if (oldest->items.empty()) co_return false;
  auto a = read_announcement(oldest->items.front());
  if (!a) co_return std::unexpected(a.error());
  auto whom = co_await next_of(*a);
  if (!whom) co_return std::unexpected(whom.error());
  Mailing mailing(parts_);
  for (const std::string& player : whom->players) {
    auto meant = co_await is_meant(*a, player);
    if (!meant) co_return std::unexpected(meant.error());
    if (!*meant) continue;
    Draft draft{
        .app = a->app, .player_id = player, .type = "message", .about = a->id, .data = a->data, .at = a->created_at};
    if (auto ok = co_await mailing.add(std::move(draft), a->words); !ok) co_return std::unexpected(ok.error());
    ++a->told;
  }
  a->looked_at += static_cast<int64_t>(whom->players.size());
  a->cursor = std::move(whom->next_cursor);
  if (a->cursor.empty()) {
    a->status = AnnouncementStatus::kDone;
    a->ended_at = parts_.clock.now_ms();
  }
  flow::Effects effects;
  if (auto ok = co_await mailing.finish(effects); !ok) co_return std::unexpected(ok.error());
  effects.writes.puts.push_back(put_of(*a));
  auto done = co_await parts_.documents.commit(std::move(effects.writes));
  if (!done && gate::is_conflict(done.error())) co_return true;  // the same players, with what has changed
  if (!done) co_return std::unexpected(done.error());
  if (effects.after_commit) co_await effects.after_commit();
  co_return true;
}

Task<Result<Announcements::Whom>> Announcements::next_of(const Announcement& a) {
  Whom out;
  if (!a.segment.players.empty()) {
    size_t from = 0;
    std::from_chars(a.cursor.data(), a.cursor.data() + a.cursor.size(), from);
    const size_t to = std::min(from + kPlayersAStep, a.segment.players.size());
    for (size_t i = std::min(from, to); i < to; ++i) out.players.push_back(a.segment.players[i]);
    if (to < a.segment.players.size()) out.next_cursor = std::to_string(to);
    co_return out;
  }
  auto page = co_await parts_.documents.query({.collection = kPlayers,
                                               .index = "created",
                                               .from = scoped(a.app, ""),
                                               .to = a.app + "0",
                                               .limit = kPlayersAStep,
                                               .cursor = a.cursor});
  if (!page) co_return std::unexpected(page.error());
  for (const ports::Document& d : page->items) out.players.push_back(d.id.substr(a.app.size() + 1));
  out.next_cursor = std::move(page->next_cursor);
  co_return out;
}

Task<Result<bool>> Announcements::is_meant(const Announcement& a, const std::string& player_id) {
  const Segment& s = a.segment;
  if (!s.players.empty()) {  // named by somebody, so perhaps nobody
    auto player = co_await parts_.documents.get(kPlayers, scoped(a.app, player_id));
    if (!player) co_return std::unexpected(player.error());
    if (!*player) co_return false;
  }
  if (s.asks_for_rating()) {
    auto ratings = co_await ratings_of(parts_.documents, a.app, player_id);
    if (!ratings) co_return std::unexpected(ratings.error());
    const int64_t rating = record_of(*ratings).current_rating;
    if (rating < s.rating_min.value_or(INT64_MIN) || rating > s.rating_max.value_or(INT64_MAX)) co_return false;
  }
  if (!s.asks_for_seen()) co_return true;
  co_return co_await was_seen(s, a.app, player_id);
}

/// Sign-ins are remembered until they expire; whoever has none left was not seen.
Task<Result<bool>> Announcements::was_seen(const Segment& s, const std::string& app, const std::string& player_id) {
  const IndexSpan own = under(app, player_id);
  auto page = co_await parts_.documents.query({.collection = kFamilies,
                                               .index = "player",
                                               .from = own.from,
                                               .to = own.to,
                                               .direction = ports::Direction::kDescending,
                                               .limit = 100});
  if (!page) co_return std::unexpected(page.error());
  UnixMillis seen = 0;
  for (const ports::Document& d : page->items) {
    auto family = read_family(d);
    if (!family) co_return std::unexpected(family.error());
    if (family->player_id == player_id) seen = std::max(seen, family->refreshed_at);
  }
  co_return seen >= s.seen_since.value_or(INT64_MIN) && seen < s.seen_before.value_or(INT64_MAX);
}

}  // namespace gamekeeper::play
