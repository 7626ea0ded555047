#include "insight/analytics/measures.h"

#include <algorithm>
#include <array>
#include <utility>

#include "insight/analytics/metrics/cover.h"
#include "insight/analytics/series_work.h"
#include "insight/processor/cells.h"
#include "insight/processor/sketch.h"

namespace gamekeeper::analytics {
namespace {

constexpr size_t kQuantilesMax = 100;  // of one question

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kBuiltIn = {
    {{"purchase", "amount"}, {"economy", "amount"}, {"progression", "score"}, {"progression", "attempt"}}};

ports::Table table_of(int64_t width) {
  return width == cells::kMinuteMs ? cells::kMeasureMinute
         : width == cells::kHourMs ? cells::kMeasureHour
                                   : cells::kMeasureDay;
}

}  // namespace

Task<Result<std::vector<std::optional<double>>>> Measures::percentiles(Query& query, std::string event,
                                                                       std::string property, TimeRange range,
                                                                       std::vector<double> p) {
  const bool built_in = std::find(kBuiltIn.begin(), kBuiltIn.end(),
                                  std::pair<std::string_view, std::string_view>(event, property)) != kBuiltIn.end();
  if (!built_in && !(declared_ && declared_(query.app, event, property))) {
    co_return fail(ErrorKind::kInvalid, "not_measured",
                   "This property is not measured; declare it in the app's settings (measures).", "property");
  }
  if (p.size() > kQuantilesMax) {
    co_return fail(ErrorKind::kInvalid, "bad_quantile", "That is too many quantiles at once.", "p",
                   std::to_string(kQuantilesMax) + " quantiles");
  }
  for (const double q : p) {
    if (!(q >= 0 && q <= 1)) {
      co_return fail(ErrorKind::kInvalid, "bad_quantile", "A quantile is a number from 0 to 1.", "p", "0 to 1");
    }
  }
  if (auto ok = check_range(range, cells::kMinuteMs); !ok) co_return std::unexpected(ok.error());

  Sketch whole;
  bool bad = false;
  auto visit = [&](const ports::CellView& cell) {
    const auto sketch = Sketch::decode(cell.value);
    if (!sketch) return !(bad = true);
    whole.merge(*sketch);
    return true;
  };
  for (const Slice& slice : cover(range, kRollupWidths)) {
    auto done = co_await store_.scan(
        cells::measure_range(table_of(slice.width_ms), query.app, event, property, slice.span.from, slice.span.to),
        visit);
    if (!done) co_return std::unexpected(done.error());
  }
  if (bad) co_return fail(ErrorKind::kCorrupt, "corrupt_cell", "A stored sketch cannot be read.");
  std::vector<std::optional<double>> answer;
  for (const double q : p) answer.push_back(whole.quantile(q));
  co_return answer;
}

}  // namespace gamekeeper::analytics
