#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gamekeeper {

/// DDSketch: quantiles within 1 % of the value, mergeable without loss, and exact to undo: remove(x) is the inverse of
/// add(x). Negative values and zero are kept (|x| < 1e-9 counts as 0); not finite ones are ignored.
/// Counts are signed, so a sketch can also be a *change* to another: merge() adds it.
/// Source: Masson, Rim, Lee, DDSketch: a fast and fully-mergeable quantile sketch (VLDB 2019).
class Sketch {
 public:
  void add(double x, int64_t times = 1);
  void remove(double x, int64_t times = 1) { add(x, -times); }
  void merge(const Sketch& other, int64_t times = 1);

  int64_t count() const { return count_; }
  bool empty() const { return count_ == 0 && bins_.empty(); }
  /// q in [0, 1]: an estimate of the value of rank floor(q·(count−1)), from 0; nullopt when count() is 0.
  std::optional<double> quantile(double q) const;

  void encode(std::string& out) const;
  std::string encode() const;
  static std::optional<Sketch> decode(std::string_view bytes);
  bool operator==(const Sketch&) const = default;

 private:
  struct Bin {
    int32_t index;  // see index_of(): ordered like the values
    int64_t count;  // never 0
    bool operator==(const Bin&) const = default;
  };
  static int32_t index_of(double x);
  static double value_of(int32_t index);

  std::vector<Bin> bins_;  // by index
  int64_t count_ = 0;
};

}  // namespace gamekeeper
