#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "insight/analytics/catalogue.h"
#include "insight/analytics/graphql/graphql.h"
#include "insight/analytics/measures.h"
#include "insight/analytics/player_sets.h"
#include "insight/analytics/players_service.h"
#include "insight/analytics/response_cache.h"
#include "insight/analytics/series_service.h"
#include "insight/analytics/status_service.h"

namespace gamekeeper::analytics {

struct AnalyticsOptions {
  size_t set_cache_bytes = 512 << 20;      // decoded sets of players
  size_t response_cache_bytes = 64 << 20;  // whole answers
};

/// What resolvers are told beside their arguments.
struct AnswerContext {
  Query query;
  /// Subscription.series: the bucket that holds this instant, in place of the present one.
  std::optional<UnixMillis> at = std::nullopt;
  UnixMillis bucket_start = 0;  // and the start of the bucket that was answered
};

struct Answer {
  int status = 200;  // by application/graphql-response+json; with application/json every answer is 200
  std::string body;
};

/// Everything that answers questions about an app: the services, the GraphQL engine over them, and the caches. One a
/// process, safe from any thread. All references must outlive it.
class Analytics {
 public:
  Analytics(ports::SeriesStore& store, ports::EventLog& log, LedgerSources& ledger, DeclaredMeasures declared,
            const Clock& clock, AnalyticsOptions options = {});

  /// Starts a query: who asks about what, as of now. Errors: those of SeriesStore::states().
  Task<Result<Query>> begin(std::string app);

  /// Answers one GraphQL request; `key` names it in the cache (empty: it is not remembered). `query_only`: a mutation or
  /// subscription is refused with 405 before anything runs.
  Task<Result<Answer>> answer(std::string app, std::string key, graphql::Request request, bool query_only);
  /// The remembered answer to `key`, if it still holds.
  Task<Result<std::shared_ptr<const CachedAnswer>>> remembered(std::string app, std::string key);

  const graphql::Engine& engine() const { return *engine_; }
  StatusService& status() { return status_; }
  SeriesService& series() { return series_; }
  PlayersService& players() { return players_; }
  Measures& measures() { return measures_; }

 private:
  ports::SeriesStore& store_;
  const Clock& clock_;
  Catalogue catalogue_;
  PlayerSets sets_;
  SeriesService series_;
  PlayersService players_;
  Measures measures_;
  StatusService status_;
  ResponseCache responses_;
  std::unique_ptr<graphql::Engine> engine_;
};

/// Binds docs/api/analytics.graphql to the services. `analytics` must outlive the schema.
std::shared_ptr<const graphql::Schema> make_schema(Analytics& analytics);

}  // namespace gamekeeper::analytics
