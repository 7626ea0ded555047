#include "net/request_stats.h"

#include <algorithm>

#include "base/log.h"
#include "base/metrics.h"
#include "net/server.h"
#include "net/text.h"

namespace gamekeeper::net {
namespace {

constexpr uint32_t kLinesPerSecondMax = 50;
// The bounds of Metrics::seconds(), in nanoseconds; the last bucket is everything above.
constexpr std::array<int64_t, 14> kBounds = {500'000,       1'000'000,     2'500'000,     5'000'000,     10'000'000,
                                             25'000'000,    50'000'000,    100'000'000,   250'000'000,   500'000'000,
                                             1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};

size_t class_of(int status) { return static_cast<size_t>(std::clamp(status / 100, 1, 5) - 1); }

}  // namespace

RequestStats::RequestStats(const ServerOptions& options, const Router& router)
    : options_(options), router_(router), cells_(router.routes().size() + 2) {
  if (!options.metrics) return;
  connections_ = &options.metrics->gauge("gamekeeper_http_connections", "Open connections.");
}

std::string_view RequestStats::route_name(size_t index) const {
  if (index < router_.routes().size()) return router_.routes()[index]->pattern;
  return index == fallback_index() ? "(file)" : "(none)";
}

void RequestStats::record(const Served& served) {
  if (options_.metrics) {
    const size_t status_class = class_of(served.status);
    Cell& cell = cells_[served.route_index][status_class];
    if (!cell.touched) {
      cell.touched = true;
      touched_.push_back(&cell);
      touched_at_.emplace_back(served.route_index, status_class);
    }
    size_t bucket = 0;
    while (bucket < kBounds.size() && served.duration.count() > kBounds[bucket]) ++bucket;
    ++cell.buckets[bucket];
    cell.seconds += static_cast<double>(served.duration.count()) * 1e-9;
  }
  if (options_.log_requests) log_request(served);
}

void RequestStats::log_request(const Served& served) {
  if (logged_ >= kLinesPerSecondMax) {  // fold() opens the next second
    ++suppressed_;
    return;
  }
  ++logged_;
  const double ms = static_cast<double>(served.duration.count()) * 1e-6;
  log::write(served.status >= 500 ? log::Level::kError : log::Level::kInfo, "http", "request",
             {log::text("request_id", served.request_id), log::text("path", served.path),
              log::text("method", served.method), log::number("status", int64_t{served.status}),
              log::number("duration_ms", ms), log::number("suppressed", static_cast<int64_t>(suppressed_))},
             {.trace_id = served.trace_id});
  suppressed_ = 0;
}

prometheus::Histogram& RequestStats::histogram_of(size_t route, size_t status_class) {
  const bool known = route < router_.routes().size();
  const auto method = known ? method_name(static_cast<int>(router_.routes()[route]->method)) : std::string_view("-");
  return options_.metrics->seconds("gamekeeper_http_request_duration_seconds",
                                   "Time from a request's head to its answer.",
                                   {{"route", std::string(route_name(route))},
                                    {"method", std::string(method)},
                                    {"status", std::to_string(status_class + 1) + "xx"}});
}

void RequestStats::fold(size_t connections) {
  const int64_t second =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  if (second != log_second_) {
    log_second_ = second;
    logged_ = 0;
  }
  if (!options_.metrics) return;
  connections_->Set(static_cast<double>(connections));
  for (size_t i = 0; i < touched_.size(); ++i) {
    Cell& cell = *touched_[i];
    if (!cell.histogram) cell.histogram = &histogram_of(touched_at_[i].first, touched_at_[i].second);
    cell.histogram->ObserveMultiple({cell.buckets.begin(), cell.buckets.end()}, cell.seconds);
    cell.buckets.fill(0);
    cell.seconds = 0;
    cell.touched = false;
  }
  touched_.clear();
  touched_at_.clear();
}

}  // namespace gamekeeper::net
