#include "insight/processor/sketch.h"

#include <algorithm>
#include <cmath>

#include "insight/processor/wire.h"

namespace gamekeeper {
namespace {

constexpr double kGamma = 1.01 / 0.99;
constexpr double kSmallest = 1e-9;
constexpr int32_t kOffset = 2'000;  // makes the index of the smallest positive value (about -1036) positive

const double kInverseLogGamma = 1.0 / std::log(kGamma);

}  // namespace

int32_t Sketch::index_of(double x) {
  const double size = std::abs(x);
  if (size < kSmallest) return 0;
  const auto index = static_cast<int32_t>(std::ceil(std::log(size) * kInverseLogGamma)) + kOffset;
  return x > 0 ? index : -index;
}

double Sketch::value_of(int32_t index) {
  if (index == 0) return 0;
  // The last factor comes last: γ^i alone may pass the greatest double where the value does not.
  const double size = std::pow(kGamma, std::abs(index) - kOffset - 1) * (2 * kGamma / (kGamma + 1));
  return index > 0 ? size : -size;
}

void Sketch::add(double x, int64_t times) {
  if (!std::isfinite(x) || times == 0) return;
  const int32_t index = index_of(x);
  count_ += times;
  auto at = std::lower_bound(bins_.begin(), bins_.end(), index, [](const Bin& b, int32_t i) { return b.index < i; });
  if (at == bins_.end() || at->index != index) {
    bins_.insert(at, {index, times});
  } else if ((at->count += times) == 0) {
    bins_.erase(at);
  }
}

void Sketch::merge(const Sketch& other, int64_t times) {
  if (other.bins_.empty()) return;
  std::vector<Bin> merged;
  merged.reserve(bins_.size() + other.bins_.size());
  auto a = bins_.begin(), b = bins_.end();
  for (const Bin& bin : other.bins_) {
    while (a != b && a->index < bin.index) merged.push_back(*a++);
    Bin sum{bin.index, bin.count * times};
    if (a != b && a->index == bin.index) sum.count += a++->count;
    if (sum.count != 0) merged.push_back(sum);
  }
  merged.insert(merged.end(), a, b);
  bins_ = std::move(merged);
  count_ += other.count_ * times;
}

std::optional<double> Sketch::quantile(double q) const {
  if (count_ <= 0) return std::nullopt;
  const auto rank = static_cast<int64_t>(std::floor(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_ - 1)));
  int64_t before = 0;
  for (const Bin& bin : bins_) {
    before += bin.count;
    if (before > rank) return value_of(bin.index);
  }
  return value_of(bins_.back().index);
}

void Sketch::encode(std::string& out) const {
  wire::put(out, bins_.size());
  int64_t previous = 0;
  for (const Bin& bin : bins_) {
    wire::put_signed(out, bin.index - previous);
    wire::put_signed(out, bin.count);
    previous = bin.index;
  }
}

std::string Sketch::encode() const {
  std::string out;
  encode(out);
  return out;
}

std::optional<Sketch> Sketch::decode(std::string_view bytes) {
  wire::Reader in(bytes);
  Sketch sketch;
  const uint64_t bins = in.number();
  if (bins > bytes.size()) return std::nullopt;
  sketch.bins_.reserve(bins);
  int64_t index = 0;
  for (uint64_t i = 0; i < bins; ++i) {
    const int64_t step = in.signed_number();
    index += step;
    const int64_t count = in.signed_number();
    if ((i > 0 && step <= 0) || std::abs(index) > 1'000'000 || count == 0) return std::nullopt;
    sketch.bins_.push_back({static_cast<int32_t>(index), count});
    sketch.count_ += count;
  }
  if (!in.done()) return std::nullopt;
  return sketch;
}

}  // namespace gamekeeper
