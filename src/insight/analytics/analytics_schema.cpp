#include "insight/analytics/analytics.h"
#include "insight/analytics/sdl.h"

namespace gamekeeper::analytics {
namespace {

using graphql::List;
using graphql::Object;
using graphql::ResolveInfo;
using graphql::Value;

Query& query_of(const ResolveInfo& info) { return info.context_as<AnswerContext>().query; }

std::string text_of(const Value& value) { return value.as_string() ? *value.as_string() : std::string(); }
std::string text_arg(const ResolveInfo& info, std::string_view name) { return text_of(info.argument(name)); }
int64_t int_arg(const ResolveInfo& info, std::string_view name, int64_t fallback) {
  const int64_t* value = info.argument(name).as_int();
  return value ? *value : fallback;
}
double number_of(const Value& value) {
  if (value.as_int()) return static_cast<double>(*value.as_int());
  return value.as_double() ? *value.as_double() : 0;
}
TimeRange range_of(const ResolveInfo& info) { return {int_arg(info, "from", 0), int_arg(info, "to", 0)}; }

Result<TimeZone> zone_of(const ResolveInfo& info) {
  const std::string name = text_arg(info, "timezone");
  return TimeZone::find(name.empty() ? "UTC" : name);
}

Dimension dimension_of(const Value& value) { return *dimension_named(*value.as_enum()); }

std::vector<FilterSpec> filters_of(const ResolveInfo& info) {
  std::vector<FilterSpec> filters;
  const List* list = info.argument("filter").as_list();
  if (!list) return filters;
  for (const Value& item : *list) {
    FilterSpec& filter = filters.emplace_back();
    filter.dimension = dimension_of(*item.find("dimension"));
    for (const Value& value : *item.find("in")->as_list()) filter.in.push_back(*value.as_string());
  }
  return filters;
}

Value decimal(__int128 micros) { return format_decimal(micros); }

/// Points as one table: no object a point.
Value points_of(const std::vector<Bucket>& buckets, const SeriesResult& series) {
  graphql::Table table{.columns = {"time", "value", "amount"}, .cells = {}};
  table.cells.reserve(buckets.size() * 3);
  for (size_t i = 0; i < buckets.size(); ++i) {
    table.cells.emplace_back(buckets[i].start);
    table.cells.emplace_back(series.values[i]);
    table.cells.push_back(series.micros.empty() ? Value() : decimal(series.micros[i]));
  }
  return Value::table(std::move(table));
}

Task<Result<Value>> resolve_series(Analytics& analytics, const ResolveInfo& info) {
  auto zone = zone_of(info);
  if (!zone) co_return std::unexpected(zone.error());
  SeriesRequest request{.metric = *metric_named(*info.argument("metric").as_enum()),
                        .range = range_of(info),
                        .step = *step_named(*info.argument("step").as_enum()),
                        .selection = {.filters = filters_of(info)},
                        .currency = text_arg(info, "currency"),
                        .limit = static_cast<size_t>(std::max<int64_t>(0, int_arg(info, "limit", 20))),
                        .zone = std::move(*zone)};
  if (!info.argument("event").is_null()) request.selection.event = text_arg(info, "event");
  if (!info.argument("groupBy").is_null()) request.selection.group_by = dimension_of(info.argument("groupBy"));
  const bool money = request.metric == Metric::kRevenue;
  auto answer = co_await analytics.series().series(query_of(info), std::move(request));
  if (!answer) co_return std::unexpected(answer.error());
  List list;
  for (const SeriesResult& series : answer->series) {
    list.push_back(Value::object({{"key", series.key},
                                  {"total", series.total},
                                  {"totalAmount", money ? decimal(series.total_micros) : Value()},
                                  {"points", points_of(answer->buckets, series)}}));
  }
  co_return Value::list(std::move(list));
}

Task<Result<Value>> resolve_active_players(Analytics& analytics, const ResolveInfo& info) {
  auto zone = zone_of(info);
  if (!zone) co_return std::unexpected(zone.error());
  const auto date = static_cast<DayNumber>(int_arg(info, "date", 0));
  auto active = co_await analytics.players().active(query_of(info), date, std::move(*zone));
  if (!active) co_return std::unexpected(active.error());
  co_return Value::object({{"daily", active->daily},
                           {"weekly", active->weekly},
                           {"monthly", active->monthly},
                           {"stickiness", active->stickiness()}});
}

Task<Result<Value>> resolve_retention(Analytics& analytics, const ResolveInfo& info) {
  if (info.argument("kind").as_enum() && *info.argument("kind").as_enum() == "ROLLING") {
    co_return fail(ErrorKind::kInvalid, "not_built", "Rolling retention is not built yet; ask for CALENDAR.", "kind",
                   "CALENDAR");
  }
  auto zone = zone_of(info);
  if (!zone) co_return std::unexpected(zone.error());
  RetentionRequest request{.from = static_cast<DayNumber>(int_arg(info, "from", 0)),
                           .to = static_cast<DayNumber>(int_arg(info, "to", 0)),
                           .days = {},
                           .filters = filters_of(info),
                           .zone = std::move(*zone)};
  for (const Value& day : *info.argument("days").as_list()) request.days.push_back(*day.as_int());
  auto cohorts = co_await analytics.players().retention(query_of(info), std::move(request));
  if (!cohorts) co_return std::unexpected(cohorts.error());
  List list;
  for (const Cohort& cohort : *cohorts) {
    List retained;
    for (const auto& n : cohort.retained) retained.push_back(n ? Value(*n) : Value());
    list.push_back(Value::object(
        {{"date", int64_t{cohort.date}}, {"size", cohort.size}, {"retained", Value::list(std::move(retained))}}));
  }
  co_return Value::object({{"cohorts", Value::list(std::move(list))}});
}

Task<Result<Value>> resolve_revenue(Analytics& analytics, const ResolveInfo& info) {
  auto revenue = co_await analytics.players().revenue(query_of(info), range_of(info), text_arg(info, "currency"));
  if (!revenue) co_return std::unexpected(revenue.error());
  co_return Value::object({{"gross", decimal(revenue->gross_micros)},
                           {"payers", revenue->payers},
                           {"conversion", revenue->conversion()},
                           {"arpdau", revenue->arpdau()},
                           {"arppu", revenue->arppu()}});
}

Task<Result<Value>> resolve_percentiles(Analytics& analytics, const ResolveInfo& info) {
  std::vector<double> p;
  for (const Value& q : *info.argument("p").as_list()) p.push_back(number_of(q));
  auto values = co_await analytics.measures().percentiles(query_of(info), text_arg(info, "event"),
                                                          text_arg(info, "property"), range_of(info), std::move(p));
  if (!values) co_return std::unexpected(values.error());
  List list;
  for (const auto& value : *values) list.push_back(value ? Value(*value) : Value());
  co_return Value::list(std::move(list));
}

Task<Result<Value>> resolve_ledger(Analytics& analytics, const ResolveInfo& info) {
  auto ledger = co_await analytics.status().ledger(query_of(info));
  if (!ledger) co_return std::unexpected(ledger.error());
  List rows;
  for (const LedgerRow& row : ledger->rows) {
    rows.push_back(Value::object({{"key", row.key},
                                  {"accepted", row.accepted()},
                                  {"stored", row.stored},
                                  {"repeated", row.repeated},
                                  {"dropped", row.dropped},
                                  {"rejected", row.rejected}}));
  }
  co_return Value::object(
      {{"pending", ledger->pending}, {"balanced", ledger->balanced}, {"rows", Value::list(std::move(rows))}});
}

Task<Result<Value>> resolve_gaps(Analytics& analytics, const ResolveInfo& info) {
  auto gaps = co_await analytics.status().gaps(query_of(info), range_of(info));
  if (!gaps) co_return std::unexpected(gaps.error());
  List list;
  for (const GapsOf& gap : *gaps) {
    List missing;
    for (const auto& [first, last] : gap.missing) missing.push_back(Value::object({{"first", first}, {"last", last}}));
    list.push_back(Value::object(
        {{"playerId", gap.player}, {"sessionId", gap.session}, {"missing", Value::list(std::move(missing))}}));
  }
  co_return Value::list(std::move(list));
}

Task<Result<Value>> resolve_overview(Analytics& analytics, const ResolveInfo& info) {
  auto now = co_await analytics.status().overview(query_of(info));
  if (!now) co_return std::unexpected(now.error());
  co_return Value::object({{"playersOnline", now->players_online},
                           {"eventsPerSecond", now->events_per_second},
                           {"activeToday", now->active_today},
                           {"newToday", now->new_today},
                           {"sessionsOpen", now->sessions_open},
                           {"matchesToday", now->matches_today},
                           {"freshnessMs", now->freshness_ms}});
}

Task<Result<Value>> resolve_revenue_today(Analytics& analytics, const ResolveInfo& info) {
  auto micros = co_await analytics.status().revenue_today(query_of(info), text_arg(info, "currency"));
  if (!micros) co_return std::unexpected(micros.error());
  co_return decimal(*micros);
}

/// Subscription.series: the value of the bucket that holds `context.at`, or the present instant.
Task<Result<Value>> resolve_delta(Analytics& analytics, const ResolveInfo& info) {
  AnswerContext& context = info.context_as<AnswerContext>();
  const Metric metric = *metric_named(*info.argument("metric").as_enum());
  const Step step = *step_named(*info.argument("step").as_enum());
  if (auto ok = check_step(metric, step); !ok) co_return std::unexpected(ok.error());
  const TimeZone zone = TimeZone::utc();
  const UnixMillis at = context.at.value_or(context.query.now);
  const TimeRange bucket{zone.floor(at, step), zone.next(zone.floor(at, step), step)};
  context.bucket_start = bucket.from;
  if (metric == Metric::kRevenue) {
    co_return fail(ErrorKind::kInvalid, "currency_required", "Revenue needs a currency: ask for it as a query.",
                   "metric");
  }
  std::optional<std::string> event;
  if (!info.argument("event").is_null()) event = text_arg(info, "event");
  auto value = co_await analytics.series().value(context.query, metric, bucket, std::move(event));
  if (!value) co_return std::unexpected(value.error());
  co_return Value::object({{"key", std::string()}, {"time", bucket.from}, {"value", *value}});
}

void add_scalars(graphql::SchemaBuilder& builder) {
  builder.scalar("DateTime", {.parse = [](const Value& value) -> Result<Value> {
                                const auto at = value.as_string() ? parse_time(*value.as_string()) : std::nullopt;
                                if (!at)
                                  return fail(ErrorKind::kInvalid, "bad_time",
                                              "a time must be RFC 3339 with its offset");
                                return Value(*at);
                              },
                              .serialize = [](const Value& value, std::string& json) -> Result<void> {
                                ((json += '"') += format_time(*value.as_int())) += '"';
                                return {};
                              }});
  builder.scalar("Date", {.parse = [](const Value& value) -> Result<Value> {
                            if (!value.as_string())
                              return fail(ErrorKind::kInvalid, "bad_date", "a date must be YYYY-MM-DD");
                            auto day = parse_date(*value.as_string(), "date");
                            if (!day) return std::unexpected(day.error());
                            return Value(int64_t{*day});
                          },
                          .serialize = [](const Value& value, std::string& json) -> Result<void> {
                            ((json += '"') += format_date(static_cast<DayNumber>(*value.as_int()))) += '"';
                            return {};
                          }});
}

}  // namespace

std::shared_ptr<const graphql::Schema> make_schema(Analytics& analytics) {
  graphql::SchemaBuilder builder{std::string(sdl())};
  add_scalars(builder);
  auto bind = [&](std::string field, double cost, Task<Result<Value>> (*resolver)(Analytics&, const ResolveInfo&)) {
    builder.resolve(field, [&analytics, resolver](const ResolveInfo& info) { return resolver(analytics, info); });
    builder.cost(field, {.weight = cost});
  };
  bind("Query.overview", 10, resolve_overview);
  bind("Query.series", 20, resolve_series);
  bind("Query.activePlayers", 20, resolve_active_players);
  bind("Query.retention", 50, resolve_retention);
  bind("Query.revenue", 20, resolve_revenue);
  bind("Query.percentiles", 10, resolve_percentiles);
  bind("Query.ledger", 20, resolve_ledger);
  bind("Query.sequenceGaps", 20, resolve_gaps);
  bind("Overview.revenueToday", 5, resolve_revenue_today);
  bind("Subscription.overview", 10, resolve_overview);
  bind("Subscription.series", 20, resolve_delta);
  auto schema = builder.build();
  GK_CHECK(schema, "the schema in docs/api/analytics.graphql links");
  return *schema;
}

}  // namespace gamekeeper::analytics
