#include "play/results/rating_routes.h"

#include <boost/json.hpp>
#include <cmath>

#include "events/extract.h"
#include "net/json_body.h"
#include "play/accounts/player.h"
#include "play/leaderboards/queue_board.h"
#include "play/results/rating_spread.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::Method;
using net::Request;
using net::Response;

json::value mean_or_null(double sum, double count) {
  return count > 0 ? json::value(sum / count) : json::value(nullptr);
}

json::value figure(double value) { return std::isnan(value) ? json::value(nullptr) : json::value(value); }

Result<std::string> queue_asked(const Request& request) {
  std::string queue = request.query_param("queue");
  if (queue.empty()) queue = kMainQueue;
  if (events::is_id_text(queue)) return queue;
  return net::invalid("bad_value", "A queue's name has 1 to 128 characters.", "queue", "128 characters");
}

json::array show_bins(const ratings::Scorecard& card) {
  json::array bins;
  for (size_t i = 0; i < card.bins.size(); ++i) {
    const auto& bin = card.bins[i];
    const auto edge = [](size_t n) { return static_cast<double>(n) / ratings::Scorecard::kBins; };
    bins.push_back(json::object{{"from", edge(i)},
                                {"to", edge(i + 1)},
                                {"matches", static_cast<int64_t>(bin.games)},
                                {"foretold", mean_or_null(bin.foretold, bin.games)},
                                {"happened", mean_or_null(bin.happened, bin.games)}});
  }
  return bins;
}

json::array show_periods(const QueueQuality& q) {
  json::array periods;
  for (const auto& [from, p] : q.periods) {
    const double mean = p.seats > 0 ? p.rating / p.seats : 0;
    const double variance = p.seats > 0 ? std::max(0.0, p.squares / p.seats - mean * mean) : 0;
    periods.push_back(json::object{{"from", format_time(from)},
                                   {"matches", static_cast<int64_t>(p.matches)},
                                   {"log_loss", mean_or_null(p.loss, p.duels)},
                                   {"rating", mean_or_null(p.rating, p.seats)},
                                   {"spread", p.seats > 0 ? json::value(std::sqrt(variance)) : json::value(nullptr)},
                                   {"deviation", mean_or_null(p.deviation, p.seats)}});
  }
  return periods;
}

json::object show(const QualityView& view) {
  const QueueQuality& q = view.quality;
  const ratings::ScorecardFigures f = figures_of(q.card);
  return {{"queue", view.record.queue},
          {"matches", q.matches},
          {"foretold", q.foretold},
          {"behind", view.behind()},
          {"as_of", q.as_of == 0 ? json::value(nullptr) : json::value(format_time(q.as_of))},
          {"log_loss", figure(f.log_loss)},
          {"log_loss_decisive", figure(f.log_loss_decisive)},
          {"brier", figure(f.brier)},
          {"accuracy", figure(f.accuracy)},
          {"calibration_error", figure(f.calibration_error)},
          {"pair_accuracy", figure(f.pair_accuracy)},
          {"bins", show_bins(q.card)},
          {"period_seconds", q.period_ms / 1000},
          {"periods", show_periods(q)}};
}

json::object show(const RatingSpread& spread, const std::string& queue) {
  json::array bins;
  for (const auto& bin : spread.bins)
    bins.push_back(json::object{{"from", bin.from}, {"to", bin.from + spread.width}, {"players", bin.players}});
  json::object percentiles;
  for (size_t i = 0; i < RatingSpread::kPercents.size() && spread.players > 0; ++i)
    percentiles["p" + std::to_string(RatingSpread::kPercents[i])] = spread.percentiles[i];
  const auto or_null = [&](int64_t rating) { return spread.players > 0 ? json::value(rating) : json::value(nullptr); };
  return {{"queue", queue},
          {"players", spread.players},
          {"lowest", or_null(spread.lowest)},
          {"highest", or_null(spread.highest)},
          {"percentiles", std::move(percentiles)},
          {"bins", std::move(bins)}};
}

Task<Result<Response>> list_queues(const RatingSources& sources, const Request& request, const Principal& who) {
  auto limit = net::page_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auto page = co_await sources.qualities.list(who.app, *limit, request.query_param("cursor"));
  if (!page) co_return std::unexpected(page.error());
  std::vector<std::string> items;
  for (const QueueRecord& record : page->items)
    items.push_back(json::serialize(json::object{{"queue", record.queue}, {"results", record.applied}}));
  co_return net::page_of(items, page->next_cursor);
}

Task<Result<Response>> get_quality(const RatingSources& sources, const Request& request, const Principal& who) {
  auto queue = queue_asked(request);
  if (!queue) co_return std::unexpected(queue.error());
  auto view = co_await sources.qualities.read(who.app, std::move(*queue));
  if (!view) co_return std::unexpected(view.error());
  co_return net::json(json::serialize(show(*view)));
}

Task<Result<Response>> get_distribution(const RatingSources& sources, const Request& request, const Principal& who) {
  auto queue = queue_asked(request);
  if (!queue) co_return std::unexpected(queue.error());
  if (auto known = co_await sources.qualities.record(who.app, *queue); !known) co_return std::unexpected(known.error());
  if (!sources.results.is_board_whole(who.app, *queue))
    co_return fail(ErrorKind::kOverloaded, "rebuilding", "The ratings are being read back after a start.");
  auto spread = co_await spread_of(sources.boards, {.id = scoped(who.app, queue_board(*queue)),
                                                    .order = ports::BoardOrder::kHighFirst,
                                                    .op = ports::BoardOperator::kLast});
  if (!spread) co_return std::unexpected(spread.error());
  co_return net::json(json::serialize(show(*spread, *queue)));
}

}  // namespace

void add_rating_routes(net::Router& router, RatingSources sources) {
  constexpr net::RoutePolicy kReads{.read_key = true, .server_key = true, .admin = AdminRole::kAnalyst};
  const auto on = [&](const char* path, const char* summary, auto handle) {
    router.add(
        Method::kGet, path, kReads, summary,
        net::takes_json([sources, handle](const Request& r, const Principal& who) { return handle(sources, r, who); }));
  };
  on("/api/v1/ratings/queues", "Queues in which something was played.", list_queues);
  on("/api/v1/ratings/quality",
     "How well a queue's results were foretold, and where its ratings stood over time; ?queue=.", get_quality);
  on("/api/v1/ratings/distribution", "How the ratings of a queue lie; ?queue=.", get_distribution);
}

}  // namespace gamekeeper::play
