#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace gamekeeper {

/// The program's Prometheus registry, handed to whoever measures. prometheus-cpp's counters are lock-free; look a
/// metric up once (construction) and keep the reference, never per request.
/// Names: gamekeeper_<noun>_<unit>_total and so on; labels are bounded sets, never ids or raw paths.
class Metrics {
 public:
  prometheus::Counter& counter(const std::string& name, const std::string& help,
                               const std::map<std::string, std::string>& labels = {});
  prometheus::Gauge& gauge(const std::string& name, const std::string& help,
                           const std::map<std::string, std::string>& labels = {});
  /// Buckets in seconds: 0.5 ms … 10 s.
  prometheus::Histogram& seconds(const std::string& name, const std::string& help,
                                 const std::map<std::string, std::string>& labels = {});
  /// `refresh` sets gauges whose values are only looked up when somebody asks. Before serving; called by expose() on
  /// any thread, one call at a time.
  void before_expose(std::function<void()> refresh) { refreshes_.push_back(std::move(refresh)); }
  /// The text exposition format, version 0.0.4.
  std::string expose() const;

 private:
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  std::vector<std::function<void()>> refreshes_;
  mutable std::mutex exposing_;
};

}  // namespace gamekeeper
