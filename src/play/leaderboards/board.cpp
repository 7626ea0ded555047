#include "play/leaderboards/board.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "gate/records.h"
#include "play/accounts/player.h"
#include "play/leaderboards/queue_board.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using gate::number_of;
using gate::text_of;

constexpr std::array<std::string_view, 2> kOrders{"high_first", "low_first"};
constexpr std::array<std::string_view, 3> kOperators{"best", "last", "sum"};
constexpr std::array<std::string_view, 3> kRankings{"competition", "dense", "ordinal"};
constexpr std::array<std::string_view, 3> kUnits{"days", "week", "month"};

template <class Enum, size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

json::object show_season(const Season& s) { return {{"id", s.id}, {"starts", s.starts}, {"ends", s.ends}}; }

Season season_of(const json::object& o, std::string_view name) {
  const json::value* value = o.if_contains(name);
  if (!value || !value->is_object()) return {};
  const json::object& s = value->as_object();
  return {text_of(s, "id"), number_of(s, "starts"), number_of(s, "ends")};
}

std::unexpected<Error> corrupt_board(const ports::Document& document) {
  return fail(ErrorKind::kCorrupt, "corrupt", "A stored leaderboard cannot be read.", document.id);
}

Result<std::optional<SeasonRule>> rule_of(const json::object& o, const ports::Document& document) {
  const json::value* value = o.if_contains("seasons");
  if (!value || !value->is_object()) return std::optional<SeasonRule>();
  const json::object& r = value->as_object();
  const auto unit = find_name<SeasonRule::Unit>(kUnits, text_of(r, "unit"));
  if (!unit || number_of(r, "days") < 1) return corrupt_board(document);
  return std::optional(SeasonRule{.unit = *unit,
                                  .days = static_cast<int32_t>(number_of(r, "days")),
                                  .timezone = text_of(r, "timezone"),
                                  .anchor = static_cast<DayNumber>(number_of(r, "anchor"))});
}

}  // namespace

std::string_view name_of(ports::BoardOrder order) { return kOrders[static_cast<size_t>(order)]; }
std::string_view name_of(ports::BoardOperator op) { return kOperators[static_cast<size_t>(op)]; }
std::string_view name_of(ports::BoardRanking ranking) { return kRankings[static_cast<size_t>(ranking)]; }
std::optional<ports::BoardOrder> order_of(std::string_view name) { return find_name<ports::BoardOrder>(kOrders, name); }
std::optional<ports::BoardOperator> operator_of(std::string_view name) {
  return find_name<ports::BoardOperator>(kOperators, name);
}
std::optional<ports::BoardRanking> ranking_of(std::string_view name) {
  return find_name<ports::BoardRanking>(kRankings, name);
}

Result<void> check_board_id(std::string_view id) {
  const auto good = [](char c) { return is_plain(c) || c == '_' || c == '.' || c == ':' || c == '-'; };
  if (!id.empty() && id.size() <= BoardRecord::kIdMax && is_plain(id.front()) && std::ranges::all_of(id, good))
    return {};
  return fail(ErrorKind::kInvalid, "bad_id",
              "A leaderboard's id has 1 to 128 letters, digits and _ . : -, and begins with a letter or a digit.", "id",
              "[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}");
}

bool is_queue_board(std::string_view id) { return id.starts_with(kQueueBoardPrefix); }

ports::Put put_of(const BoardRecord& b) {
  json::object body{{"uid", b.uid},
                    {"order", name_of(b.order)},
                    {"operator", name_of(b.op)},
                    {"ranking", name_of(b.ranking)},
                    {"season", show_season(b.season)},
                    {"score_min", b.score_min},
                    {"score_max", b.score_max},
                    {"client_writes", b.client_writes ? 1 : 0},
                    {"created_at", b.created_at}};
  if (b.seasons)
    body["seasons"] = json::object{{"unit", kUnits[static_cast<size_t>(b.seasons->unit)]},
                                   {"days", b.seasons->days},
                                   {"timezone", b.seasons->timezone},
                                   {"anchor", b.seasons->anchor}};
  ports::Put put{
      .collection = kBoards, .id = scoped(b.app, b.id), .body = json::serialize(body), .expected = b.version};
  put.entries.push_back({"all", scoped(b.app, b.id)});
  put.entries.push_back({"created", scoped(b.app, gate::sortable(b.created_at) + b.id)});
  return put;
}

Result<BoardRecord> read_board(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const auto order = order_of(text_of(*o, "order"));
  const auto op = operator_of(text_of(*o, "operator"));
  const auto ranking = ranking_of(text_of(*o, "ranking"));
  auto rule = rule_of(*o, d);
  if (!rule) return std::unexpected(rule.error());
  if (!order || !op || !ranking) return corrupt_board(d);
  const size_t slash = d.id.find('/');
  return BoardRecord{.app = d.id.substr(0, slash),
                     .id = d.id.substr(slash + 1),
                     .uid = text_of(*o, "uid"),
                     .order = *order,
                     .op = *op,
                     .ranking = *ranking,
                     .seasons = std::move(*rule),
                     .season = season_of(*o, "season"),
                     .score_min = number_of(*o, "score_min"),
                     .score_max = number_of(*o, "score_max"),
                     .client_writes = number_of(*o, "client_writes") != 0,
                     .created_at = number_of(*o, "created_at"),
                     .version = d.version};
}

ports::Put put_of(const EndedSeason& e) {
  const json::object body{{"season", show_season(e.season)}, {"players", e.players}, {"ended_at", e.ended_at}};
  ports::Put put{.collection = kBoardSeasons,
                 .id = scoped(e.app, e.uid) + '/' + e.season.id,
                 .body = json::serialize(body),
                 .expected = 0};
  put.entries.push_back({"board", scoped(e.app, e.uid) + '/' + gate::sortable(e.season.starts)});
  return put;
}

Result<EndedSeason> read_ended_season(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const size_t first = d.id.find('/'), last = d.id.rfind('/');
  return EndedSeason{.app = d.id.substr(0, first),
                     .uid = d.id.substr(first + 1, last - first - 1),
                     .season = season_of(*o, "season"),
                     .players = static_cast<uint64_t>(number_of(*o, "players")),
                     .ended_at = number_of(*o, "ended_at")};
}

std::string scores_of_board(const BoardRecord& b) { return scoped(b.app, b.uid) + '\x1f'; }
std::string scores_of_season(const BoardRecord& b, std::string_view season) {
  return scores_of_board(b).append(season) + '\x1f';
}

}  // namespace gamekeeper::play
