#include <fmt/format.h>

#include <array>

#include "tools/evaluate.h"

namespace gamekeeper::tools {
namespace {

constexpr double kSize = 480, kLeft = 60, kTop = 40, kLegend = 220;
constexpr std::array<const char*, 11> kColours = {"#0b5fff", "#d9480f", "#2b8a3e", "#862e9c", "#c2255c", "#5c940d",
                                                  "#1098ad", "#e67700", "#495057", "#a61e4d", "#364fc7"};

double x_of(double share) { return kLeft + kSize * share; }
double y_of(double share) { return kTop + kSize * (1 - share); }

std::string axes() {
  std::string svg = fmt::format(R"(<path d="M{} {}L{} {}" stroke="#adb5bd" stroke-dasharray="4 4"/>)", x_of(0), y_of(0),
                                x_of(1), y_of(1));
  for (int tick = 0; tick <= 10; tick += 2) {
    const double at = tick / 10.0;
    svg += fmt::format(R"(<path d="M{0} {1}H{2}M{3} {4}V{5}" stroke="#e9ecef"/>)", x_of(0), y_of(at), x_of(1), x_of(at),
                       y_of(0), y_of(1));
    svg += fmt::format(R"(<text x="{}" y="{}" text-anchor="middle">{} %</text>)", x_of(at), y_of(0) + 20, tick * 10);
    svg += fmt::format(R"(<text x="{}" y="{}" text-anchor="end">{} %</text>)", x_of(0) - 8, y_of(at) + 4, tick * 10);
  }
  return svg;
}

/// A line through the bins, a dot a bin whose area grows with its games.
std::string curve(const RatingScore& score, const char* colour) {
  double most = 0;
  for (const auto& bin : score.bins) most = std::max(most, bin.games);
  std::string path, dots;
  for (const auto& bin : score.bins) {
    if (bin.games == 0) continue;
    const double x = x_of(bin.foretold / bin.games), y = y_of(bin.happened / bin.games);
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x, y);
    dots += fmt::format(
        R"(<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" fill="{}" fill-opacity=".7"><title>{}: foretold {:.1f} %, happened {:.1f} %, {} games</title></circle>)",
        x, y, 2 + 5 * std::sqrt(bin.games / most), colour, score.model, 100 * bin.foretold / bin.games,
        100 * bin.happened / bin.games, bin.games);
  }
  return fmt::format(R"(<path d="{}" fill="none" stroke="{}" stroke-width="1.5"/>)", path, colour) + dots;
}

}  // namespace

std::string calibration_plot(const std::vector<RatingScore>& scores) {
  std::string svg = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" font-family="sans-serif" font-size="12" role="img"><title>Calibration: wins foretold against wins</title><rect width="100%" height="100%" fill="#fff"/>)",
      kLeft + kSize + kLegend, kTop + kSize + 60);
  svg += axes();
  svg += fmt::format(R"(<text x="{}" y="{}" text-anchor="middle">foretold</text>)", x_of(0.5), y_of(0) + 44);
  svg += fmt::format(
      R"svg(<text x="16" y="{0}" text-anchor="middle" transform="rotate(-90 16 {0})">happened</text>)svg", y_of(0.5));
  double line = kTop + 10;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i].figures.calibration_error)) continue;
    const char* colour = kColours[i % kColours.size()];
    svg += curve(scores[i], colour);
    svg += fmt::format(R"(<text x="{}" y="{}" fill="{}">{} (error {:.3f})</text>)", x_of(1) + 16, line, colour,
                       scores[i].model, scores[i].figures.calibration_error);
    line += 18;
  }
  return svg + "</svg>\n";
}

}  // namespace gamekeeper::tools
