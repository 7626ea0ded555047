#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "net/router.h"

namespace prometheus {
class Histogram;
class Gauge;
}  // namespace prometheus

namespace gamekeeper::net {

struct ServerOptions;

/// What is counted and logged of each request. One a thread: counts are kept in plain arrays and folded into the shared
/// Prometheus histograms (a lock each) by fold(), ten times a second.
class RequestStats {
 public:
  RequestStats(const ServerOptions& options, const Router& router);

  /// Places beside those of Router::routes(): the fallback, no route at all.
  size_t fallback_index() const { return cells_.size() - 2; }
  size_t unmatched_index() const { return cells_.size() - 1; }

  struct Served {
    size_t route_index = 0;
    int status = 0;
    std::chrono::nanoseconds duration{0};
    std::string_view method, path, request_id, trace_id;
  };
  void record(const Served& served);
  void fold(size_t connections);
  std::string_view route_name(size_t index) const;

 private:
  static constexpr size_t kBuckets = 15, kClasses = 5;
  struct Cell {
    std::array<uint32_t, kBuckets> buckets{};
    double seconds = 0;
    bool touched = false;
    prometheus::Histogram* histogram = nullptr;
  };
  void log_request(const Served& served);
  prometheus::Histogram& histogram_of(size_t route, size_t status_class);

  const ServerOptions& options_;
  const Router& router_;
  std::vector<std::array<Cell, kClasses>> cells_;
  std::vector<Cell*> touched_;
  std::vector<std::pair<size_t, size_t>> touched_at_;
  prometheus::Gauge* connections_ = nullptr;
  int64_t log_second_ = 0;
  uint32_t logged_ = 0;
  uint64_t suppressed_ = 0;
};

}  // namespace gamekeeper::net
