#include "insight/analytics/analytics.h"

namespace gamekeeper::analytics {

Analytics::Analytics(ports::SeriesStore& store, ports::EventLog& log, LedgerSources& ledger, DeclaredMeasures declared,
                     const Clock& clock, AnalyticsOptions options)
    : store_(store),
      clock_(clock),
      catalogue_(store),
      sets_(store, options.set_cache_bytes),
      series_(store, catalogue_, sets_),
      players_(catalogue_, sets_, series_),
      measures_(store, std::move(declared)),
      status_(store, log, ledger, catalogue_, series_),
      responses_(options.response_cache_bytes),
      engine_(std::make_unique<graphql::Engine>(make_schema(*this))) {}

Task<Result<Query>> Analytics::begin(std::string app) {
  auto states = co_await store_.states();
  if (!states) co_return std::unexpected(states.error());
  co_return Query{.app = std::move(app), .now = clock_.now_ms(), .states = std::move(*states)};
}

Task<Result<std::shared_ptr<const CachedAnswer>>> Analytics::remembered(std::string app, std::string key) {
  auto states = co_await store_.states();
  if (!states) co_return std::unexpected(states.error());
  key += '\0';
  key += app;
  co_return responses_.find(key, commits_of(*states), clock_.now_ms());
}

Task<Result<Answer>> Analytics::answer(std::string app, std::string key, graphql::Request request, bool query_only) {
  auto query = co_await begin(app);
  if (!query) co_return std::unexpected(query.error());
  auto prepared = engine_->prepare(request);
  if (!prepared) co_return Answer{prepared.error().status(), std::move(prepared.error().body)};
  if (query_only && prepared->kind() != graphql::OperationKind::kQuery) co_return Answer{405, {}};
  Commits commits = commits_of(query->states);
  AnswerContext context{.query = std::move(*query)};
  graphql::Response response = prepared->kind() == graphql::OperationKind::kSubscription
                                   ? co_await engine_->execute(std::move(request), &context)
                                   : co_await engine_->execute(*prepared, &context);
  Answer answer{response.status(), std::move(response.body)};
  const bool worth_it =
      response.kind == graphql::Response::Kind::kComplete && context.query.valid_before > context.query.now;
  if (!key.empty() && worth_it) {
    key += '\0';
    key += app;
    if (responses_.wants(key, answer.body.size()))
      responses_.put(std::move(key), {answer.status, answer.body, std::move(commits), context.query.valid_before});
  }
  co_return answer;
}

}  // namespace gamekeeper::analytics
