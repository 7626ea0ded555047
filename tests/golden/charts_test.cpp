// Events in, charts out: the POSTs of charts/events.ndjson, then every charts/*.graphql and its answer beside it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "insight/ingest/parts.h"
#include "tests/golden/golden.h"
#include "tests/golden/replay.h"

namespace gamekeeper::golden {
namespace {

constexpr size_t kLineMax = 110;

std::set<std::string> charts_with(const std::string& extension) {
  std::set<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(path_of("charts"))) {
    if (file.path().extension() == extension) names.insert(file.path().stem().string());
  }
  return names;
}

/// The same JSON over several lines; numbers and texts as they stand.
void lay_out(std::string& out, std::string_view json, size_t indent) {
  const bool nested = !json.empty() && (json.front() == '{' || json.front() == '[');
  if (!nested || indent + json.size() <= kLineMax) {
    out += json;
    return;
  }
  out += json.front();
  ingest::Parts parts(json);
  for (const char* comma = ""; const auto part = parts.next(); comma = ",") {
    out += comma;
    out += "\n" + std::string(indent + 2, ' ');
    if (json.front() == '{') out += "\"" + std::string(part->key) + "\": ";
    lay_out(out, part->value, indent + 2);
  }
  EXPECT_TRUE(parts.whole()) << json;
  out += "\n" + std::string(indent, ' ') + json.back();
}

TEST(GoldenCharts, AreWhatTheEventsMake) {
  Replay replay;
  replay.post_all(read("charts/events.ndjson"));
  replay.fold();
  replay.set_clock(*parse_time("2026-03-31T12:00:00Z"));
  const auto charts = charts_with(".graphql");
  EXPECT_GE(charts.size(), 24u);
  for (const std::string& chart : charts) {
    std::string made;
    lay_out(made, replay.ask(read("charts/" + chart + ".graphql")), 0);
    expect_same("charts/" + chart + ".json", made + "\n");
  }
  std::set<std::string> answers = charts_with(".json");
  EXPECT_EQ(answers, charts) << "an answer without a query";
}

}  // namespace
}  // namespace gamekeeper::golden
