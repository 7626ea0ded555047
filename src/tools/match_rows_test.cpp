// Reading match histories: what is accepted, what is refused and with which line, and what order means.
#include "tools/match_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "tools/evaluate.h"
#include "tools/match_file.h"
#include "tools/match_history.h"

namespace gamekeeper::tools {
namespace {

constexpr const char* kHeader = "match_id,time,team,player,rank,score,side,queue\n";

Result<MatchHistory> history_of(const std::string& rows) {
  return read_history(MatchRows::of(kHeader + rows, "h.csv"));
}

std::string message(const std::string& text) {
  auto history = read_history(MatchRows::of(text, "h.csv"));
  return history ? "accepted" : history.error().message;
}

TEST(MatchRows, ReadsQuotedFieldsAnyColumnOrderAndLineEnds) {
  auto matches = parse_matches(
      "\xef\xbb\xbfplayer,extra,rank,match_id,team,time\r\n\"Smith, "
      "\"\"J\"\"\",,1,m1,\"a\nb\",2020-01-02\r\n\r\nlee,x,2,m1,c,1577923200.5\r\n",
      "h.csv");
  ASSERT_TRUE(matches) << matches.error().message;
  ASSERT_EQ(matches->matches.size(), 1u);
  const ReplayMatch& match = matches->matches[0];
  EXPECT_EQ(match.time, 1577923200500) << "the latest of its rows";
  ASSERT_EQ(match.rows.size(), 2u);
  EXPECT_EQ(match.rows[0].player, "Smith, \"J\"");
  EXPECT_EQ(match.rows[0].team, "a\nb");
  EXPECT_FALSE(match.rows[0].score);
  EXPECT_EQ(match.rows[1].player, "lee");
  EXPECT_EQ(matches->out_of_order, 0u);
}

TEST(MatchFile, SaysWhichMatchesAreOutOfOrderAndPutsThemInOrder) {
  auto history = parse_matches(std::string(kHeader) +
                                   "m1,2020-01-02,a,ann,1,,,\nm2,2020-01-03,a,ann,1,,,\nm1,2020-01-02,b,bob,2,,,\n"
                                   "m3,2020-01-01,a,ann,1,,,\nm4,2020-01-02,a,ann,1,,,\nm5,2020-01-03,a,ann,1,,,\n",
                               "h.csv");
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_EQ(history->out_of_order, 2u);
  EXPECT_EQ(history->first_out_of_order, "h.csv:5");
  std::string order;
  for (const ReplayMatch& match : history->matches) order += match.id;
  EXPECT_EQ(order, "m3m1m4m2m5");
}

TEST(MatchFile, NamesTheLineOfWhatDoesNotFitTogether) {
  const auto told = [](const std::string& rows) {
    auto history = parse_matches(kHeader + rows, "h.csv");
    return history ? "accepted" : history.error().message;
  };
  EXPECT_EQ(told("m1,2020-01-02,a,ann,1,,,\nm1,2020-01-02,b,ann,2,,,\n"), "h.csv:3: ann plays twice in match m1.");
  EXPECT_EQ(told("m1,2020-01-02,a,ann,1,,,\nm1,2020-01-02,a,bob,2,,,\n"),
            "h.csv:3: two ranks for one team in match m1.");
  EXPECT_EQ(told("m1,2020-01-02,a,ann,1,,,x\nm1,2020-01-02,b,bob,2,,,y\n"), "h.csv:3: match m1 stands in two queues.");
}

TEST(MatchRows, NamesTheLineOfWhatIsWrong) {
  const std::string good = "m1,2020-01-02,a,ann,1,,,\n", header = kHeader;
  EXPECT_EQ(message(""), "h.csv:1: the file is empty.");
  EXPECT_EQ(message("match_id,time,team,player\n"), "h.csv:1: the header has no column rank.");
  EXPECT_EQ(message("match_id,time,team,player,rank,rank\n"), "h.csv:1: the header has two columns rank.");
  EXPECT_EQ(message(header + good + "m1,2020-01-02,b\n"), "h.csv:3: 3 columns where the header has 8.");
  EXPECT_EQ(message(header + good + "m1,2020-02-30,b,bob,2,,,\n"), "h.csv:3: \"2020-02-30\" is not a time.");
  EXPECT_EQ(message(header + good + "m1,nan,b,bob,2,,,\n"), "h.csv:3: \"nan\" is not a time.");
  EXPECT_EQ(message(header + good + "m1,1e300,b,bob,2,,,\n"), "h.csv:3: \"1e300\" is not a time.");
  EXPECT_EQ(message(header + good + "m1,2020-01-02,b,bob,0,,,\n"), "h.csv:3: \"0\" is not a rank (1 is best).");
  EXPECT_EQ(message(header + good + "m1,2020-01-02,b,bob,first,,,\n"), "h.csv:3: \"first\" is not a rank (1 is best).");
  EXPECT_EQ(message(header + good + "m1,2020-01-02,b,bob,2,inf,,\n"), "h.csv:3: \"inf\" is not a score.");
  EXPECT_EQ(message(header + good + "m1,2020-01-02,b,,2,,,\n"), "h.csv:3: player is empty.");
  EXPECT_EQ(message(header + "\"m\n1\",2020-01-02,a,ann,1,,,\nm1,x,b,bob,2,,,\n"), "h.csv:4: \"x\" is not a time.");
  EXPECT_EQ(message(header + good + "m1,2020-01-02,\"b,bob,2,,,\n"), "h.csv:4: a quoted field is not closed.");
  EXPECT_EQ(message(header + "m1,2020-01-02,a," + std::string(70000, 'x') + ",1,,,\n"),
            "h.csv:2: the row is longer than 64 KiB; is a quote not closed?");
}

TEST(MatchHistory, NamesTheLineOfWhatDoesNotFitTogether) {
  const std::string header = kHeader, good = "m1,2020-01-02,a,ann,1,,,\n";
  EXPECT_EQ(message(header + good + "m1,2020-01-02,b,ann,2,,,\n"), "h.csv:3: ann plays twice in match m1.");
  EXPECT_EQ(message(header + "m1,2020-01-02,a,zoe,1,,,\nm1,2020-01-02,a,ann,2,,,\nm1,2020-01-02,b,bob,3,,,\n"),
            "h.csv:2: two ranks for one team in match m1.");
  EXPECT_EQ(message(header + good + "m1,2020-01-02,b,bob,2,,,ranked\n"), "h.csv:3: match m1 stands in two queues.");
}

TEST(MatchHistory, IsInOrderOfTimeWithLatestRowAndSummedScores) {
  auto history = history_of(
      "late,2020-01-05,a,ann,1,3,home,\nlate,2020-01-06,b,bob,2,1,,\nlate,2020-01-05,b,bea,2,1,,\n"
      "early,2020-01-01,,cy,1,,,\nearly,2020-01-01,,dee,1,,,\nalone,2020-01-01,x,ann,1,,,\n");
  ASSERT_TRUE(history) << history.error().message;
  ASSERT_EQ(history->matches.size(), 2u);
  EXPECT_EQ(history->alone, 1u);
  EXPECT_EQ(history->matches[0].match.teams.size(), 2u) << "rows without a team play for themselves";
  EXPECT_TRUE(std::isnan(history->matches[0].match.teams[0].score));
  const auto& late = history->matches[1];
  EXPECT_EQ(late.time, 1578268800000);
  ASSERT_EQ(late.match.teams.size(), 2u);
  EXPECT_EQ(late.match.teams[0].score, 3);
  EXPECT_EQ(late.match.teams[1].score, 2);
  EXPECT_EQ(late.match.teams[1].members.size(), 2u);
  EXPECT_EQ(history->queues[0].players.size(), 5u);
  EXPECT_EQ(history->queues[0].labels, 1u);
}

/// A league whose players are as good as their numbers, with home and away, in one or two queues.
std::vector<std::string> league(size_t matches, int queues) {
  std::mt19937_64 chance(4);
  std::vector<std::string> rows;
  for (size_t m = 0; m < matches; ++m) {
    const auto a = chance() % 20, b = (a + 1 + chance() % 19) % 20;
    const auto sa = a + chance() % 12 + 2, sb = b + chance() % 12;
    const auto q = chance() % static_cast<uint64_t>(queues);
    auto row = [&](uint64_t player, uint64_t own, uint64_t other, const char* side) {
      rows.push_back("m" + std::to_string(m) + "," + std::to_string(1577836800 + m * 3600) + ",t" +
                     std::to_string(player) + ",p" + std::to_string(player) + "," + (own >= other ? "1" : "2") + "," +
                     std::to_string(own) + "," + side + ",q" + std::to_string(q) + "\n");
    };
    row(a, sa, sb, "home");
    row(b, sb, sa, "");
  }
  return rows;
}

std::string text_of(const std::vector<std::string>& rows) {
  std::string text;
  for (const auto& row : rows) text += row;
  return text;
}

TEST(Evaluate, TheOrderOfAMatchsRowsMeansNothing) {
  auto rows = league(400, 1);
  const auto straight = *history_of(text_of(rows));
  for (size_t i = 0; i < rows.size(); i += 2) {
    if (i % 3 == 0) std::swap(rows[i], rows[i + 1]);
  }
  const auto scrambled = *history_of(text_of(rows));
  for (const char* model : {"core", "glicko2", "plackett-luce"}) {
    const auto a = *score_model(straight, model, {}), b = *score_model(scrambled, model, {});
    EXPECT_EQ(a.figures.log_loss, b.figures.log_loss) << model;
    EXPECT_EQ(a.figures.calibration_error, b.figures.calibration_error) << model;
  }
}

TEST(Evaluate, CountsWhatItSays) {
  // Both newcomers: a coin. Afterwards Elo stands at 1516 and 1484, and is calibrated by one match seen.
  const auto history = *history_of(
      "m1,2020-01-01,a,ann,1,,,\nm1,2020-01-01,b,bob,2,,,\nm2,2020-01-02,a,ann,1,,,\nm2,2020-01-02,b,bob,1,,,\n"
      "m3,2020-01-03,a,ann,1,,,\nm3,2020-01-03,b,bob,2,,,\nm3,2020-01-03,c,cy,3,,,\n");
  auto first = score_model(history, "elo", {});
  ASSERT_TRUE(first);
  const double p = 1 / (1 + std::pow(10, -32.0 / 400));
  EXPECT_EQ(first->scored, 3u);
  EXPECT_NEAR(first->figures.log_loss, (std::log(2) - 0.5 * std::log(p) - 0.5 * std::log(1 - p)) / 2, 1e-12);
  EXPECT_NEAR(first->figures.log_loss_decisive, std::log(2), 1e-12);
  EXPECT_NEAR(first->figures.brier, (0.25 + (p - 0.5) * (p - 0.5)) / 2, 1e-12);
  EXPECT_NEAR(first->figures.accuracy, 0.5, 1e-12) << "level strengths count a half";
  EXPECT_NEAR(first->figures.calibration_error, std::abs(0.5 - 1 + p - 0.5) / 2, 1e-12)
      << "both fall in the bin from 0.5 to 0.6";
  EXPECT_NEAR(first->figures.pair_accuracy, 2.0 / 3, 1e-12) << "cy, new, was thought better than bob";
}

TEST(Evaluate, ScoresFromADateAndLearnsFromAll) {
  const auto history = *history_of(text_of(league(400, 1)));
  const UnixMillis from = history.matches[300].time;
  const auto late = *score_model(history, "core", from), all = *score_model(history, "core", {});
  EXPECT_EQ(late.scored, 100u);
  EXPECT_EQ(all.scored, 400u);
  EXPECT_LT(late.figures.log_loss, all.figures.log_loss);
  EXPECT_TRUE(std::isnan(all.figures.pair_accuracy));
  const auto none = *score_model(history, "core", history.matches.back().time + 1);
  EXPECT_EQ(none.scored, 0u);
  EXPECT_TRUE(std::isnan(none.figures.log_loss));
}

TEST(Evaluate, QueuesAreRatedEachOnItsOwn) {
  const auto rows = league(600, 2);
  const auto both = *score_model(*history_of(text_of(rows)), "core", {});
  double loss = 0, games = 0;
  for (const char* queue : {",q0\n", ",q1\n"}) {
    std::vector<std::string> own;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(own),
                 [&](const std::string& row) { return row.ends_with(queue); });
    const auto score = *score_model(*history_of(text_of(own)), "core", {});
    loss += score.figures.log_loss * static_cast<double>(score.scored), games += static_cast<double>(score.scored);
  }
  EXPECT_NEAR(both.figures.log_loss, loss / games, 1e-12);
}

TEST(Evaluate, TheCoreBeatsTheCoinAndEloOnALeagueWithScores) {
  const auto history = *history_of(text_of(league(1500, 1)));
  const double core = score_model(history, "core", {})->figures.log_loss;
  EXPECT_LT(core, 0.5);
  EXPECT_LT(core, score_model(history, "elo", {})->figures.log_loss);
}

TEST(Evaluate, DrawsAPlotOfTheModelsThatForetoldDuels) {
  const auto history = *history_of(text_of(league(300, 1)));
  const std::string svg = calibration_plot({*score_model(history, "core", {}), *score_model(history, "elo", {})});
  EXPECT_TRUE(svg.starts_with("<svg "));
  EXPECT_NE(svg.find(">core (error 0."), std::string::npos);
  EXPECT_NE(svg.find(">elo (error 0."), std::string::npos);
  EXPECT_NE(svg.find("<circle"), std::string::npos);
}

}  // namespace
}  // namespace gamekeeper::tools
