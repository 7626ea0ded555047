#include "server/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"

namespace gamekeeper::server {
namespace {

using operate::Finding;

const char* name_of(processor::PartitionStatus::State state) {
  constexpr const char* kNames[] = {"claiming", "folding", "waiting", "halted", "released"};
  return kNames[static_cast<size_t>(state)];
}

/// A failing store says why by its code: messages may name paths.
Finding failing(const Error& error) { return {false, fmt::format(R"({{"code":{}}})", json_string(error.code))}; }

Task<Finding> documents_finding(ports::DocumentStore& documents, std::string engine) {
  auto version = co_await documents.version();
  if (!version) co_return failing(version.error());
  co_return Finding{true, fmt::format("{{{},\"commits\":{}}}", engine, *version)};
}

Task<Finding> engine_finding(std::function<Task<Result<std::string>>()> state) {
  auto said = co_await state();
  if (!said) co_return failing(said.error());
  co_return Finding{true, "{" + *said + "}"};
}

Task<Finding> log_finding(ports::EventLog& log, const flow::LogRetention* retention, std::string engine) {
  uint64_t events = 0;
  for (uint32_t p = 0; p < log.partitions(); ++p) {
    auto bounds = co_await log.bounds(p);
    if (!bounds) co_return failing(bounds.error());
    events += bounds->events;
  }
  uint64_t bytes = 0;
  UnixMillis oldest = 0;
  for (const ports::LogUsage& usage : retention ? retention->usage() : std::vector<ports::LogUsage>()) {
    bytes += usage.bytes;
    if (usage.oldest_at > 0) oldest = oldest == 0 ? usage.oldest_at : std::min(oldest, usage.oldest_at);
  }
  std::string kept;  // where the engine says it
  if (bytes > 0) kept = fmt::format(R"(,"bytes":{},"oldest_at":"{}")", bytes, format_time(oldest));
  co_return Finding{true,
                    fmt::format(R"({{{},"partitions":{},"events":{}{}}})", engine, log.partitions(), events, kept)};
}

Task<Finding> series_finding(ports::SeriesStore& series, std::string engine) {
  auto states = co_await series.states();
  if (!states) co_return failing(states.error());
  co_return Finding{true, fmt::format(R"({{{},"partitions":{}}})", engine, states->size())};
}

Task<Finding> processor_finding(const processor::Processor& processor) {
  Finding finding;
  std::string list;
  uint64_t lag = 0;
  for (const auto& p : processor.status()) {
    finding.well &= p.error.empty();
    lag += p.lag;
    list += fmt::format(R"({}{{"partition":{},"state":"{}","lag":{},"epoch":{},"events":{}}})", list.empty() ? "" : ",",
                        p.partition, name_of(p.state), p.lag, p.epoch, p.events);
  }
  const std::string kept_out_by = processor.kept_out_by();
  finding.well &= kept_out_by.empty();
  finding.details_json =
      fmt::format(R"({{"version":"{}","lag":{},"kept_out_by":{},"partitions":[{}]}})", GAMEKEEPER_VERSION, lag,
                  kept_out_by.empty() ? "null" : json_string(kept_out_by), list);
  co_return finding;
}

/// Leaderboards that are still being read answer 503 until they are exact.
Task<Finding> boards_finding(const play::LiveBoards& boards) {
  const play::LoadingStatus status = boards.status();
  co_return Finding{true, fmt::format(R"({{"version":"{}","boards":{},"rebuilding":{},"scores_read":{}}})",
                                      GAMEKEEPER_VERSION, status.boards, status.loading, status.scores)};
}

std::string engine_of(const Engine& engine) {
  return fmt::format(R"("engine":"{}","version":"{}")", engine.name, engine.version);
}

}  // namespace

void add_findings(operate::Health& health, const Config& config, Stores& stores, const flow::LogRetention* retention,
                  const processor::Processor* processor, const play::LiveBoards* boards) {
  const Engines engines = engines_of(config);
  health.add("documents", [&stores, engine = engine_of(engines.documents)] {
    return stores.documents_state ? engine_finding(stores.documents_state)
                                  : documents_finding(*stores.documents, engine);
  });
  health.add("log", [&log = *stores.log, retention, engine = engine_of(engines.log)] {
    return log_finding(log, retention, engine);
  });
  health.add("series",
             [&series = *stores.series, engine = engine_of(engines.series)] { return series_finding(series, engine); });
  if (stores.live_state) health.add("live", [&stores] { return engine_finding(stores.live_state); });
  if (processor) health.add("processor", [processor] { return processor_finding(*processor); });
  if (boards) health.add("leaderboards", [boards] { return boards_finding(*boards); });
}

}  // namespace gamekeeper::server
