#include "play/notifications/wording.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "play/notifications/triggers.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

TEST(Wording, PutsVariablesInOnce) {
  const json::object variables{{"a", "{{b}}"}, {"b", 7}, {"c", 1.5}, {"d", true}, {"e", json::array{1}}};
  EXPECT_EQ(render({"{{a}} {{b}}", "{{c}}{{d}}{{e}}{{f}}."}, variables), (Wording{"{{b}} 7", "1.5true."}));
}

TEST(Wording, ValuesCannotBeginALine) {
  EXPECT_EQ(render({"{{a}}", ""}, json::object{{"a", "x\r\nBcc: all\x7F\t"}}).title, "x  Bcc: all  ");
}

TEST(Wording, IsCutBetweenCharacters) {
  std::string umlauts;
  for (int i = 0; i < 300; ++i) umlauts += "\xC3\xBC";
  EXPECT_EQ(render({"{{a}}", ""}, json::object{{"a", umlauts}}).title.size(), 2 * kTitleMax);
}

TEST(Wording, IsChosenByLocaleThenLanguageThenTheAppsThenEnglish) {
  const Wordings words{{"de", {"de", ""}}, {"en", {"en", ""}}, {"pt-BR", {"pt", ""}}, {"sv", {"sv", ""}}};
  EXPECT_EQ(wording_for(words, "pt-BR", "de").title, "pt");
  EXPECT_EQ(wording_for(words, "de-AT", "en").title, "de");
  EXPECT_EQ(wording_for(words, "fr", "sv-FI").title, "sv");
  EXPECT_EQ(wording_for(words, "", "").title, "en");
  EXPECT_EQ(wording_for({{"sv", {"sv", ""}}}, "fr", "de").title, "sv");
}

TEST(Wording, IsRefusedWhenItCannotBeSaid) {
  const auto code = [](const Wordings& words) {
    auto ok = check_wordings(words, {"known"}, "words");
    return ok ? std::string("good") : ok.error().code + " " + ok.error().field;
  };
  EXPECT_EQ(code({{"en", {"{{known}}", "{{known}} }} {"}}}), "good");
  EXPECT_EQ(code({}), "bad_value words");
  EXPECT_EQ(code({{"en", {"", ""}}}), "bad_length words.en.title");
  EXPECT_EQ(code({{"en", {std::string(201, 'x'), ""}}}), "bad_length words.en.title");
  EXPECT_EQ(code({{"en", {"x", std::string(4001, 'x')}}}), "bad_length words.en.body");
  EXPECT_EQ(code({{"en", {"a\nb", ""}}}), "bad_text words.en.title");
  EXPECT_EQ(code({{"en", {"x", "{{other}}"}}}), "unknown_variable words.en.body");
  EXPECT_EQ(code({{"en", {"{{ known }}", ""}}}), "unknown_variable words.en.title");
  EXPECT_EQ(code({{"en", {"x", "{{known"}}}), "bad_template words.en.body");
  for (const char* bad : {"e", "en_US", "de-", "1a", "\xC3\xBC\xC3\xBC", "abcdefghijabcdefghijabcdefghijabcdef"})
    EXPECT_EQ(code({{bad, {"x", ""}}}), std::string("bad_locale words.") + bad);
}

/// Of each: who is told what of which.
std::vector<std::string> told(const events::EventView& fact) {
  std::vector<std::string> out;
  for (const Draft& d : drafts_of(fact))
    out.push_back(d.player_id + " " + d.type + " " + d.about + " " + json::serialize(d.data));
  return out;
}

TEST(Triggers, AMatchIsToldToAllItsPlayersHoweverItNamesThem) {
  const std::vector<std::string> both{R"(a match_found m1 {"match_id":"m1","queue":"duel"})",
                                      R"(b match_found m1 {"match_id":"m1","queue":"duel"})"};
  for (const char* properties :
       {R"({"players":["a","b"],"queue":"duel"})",
        R"({"teams":[{"players":["b"]},{"players":["a",7]}],"queue":"duel","state":{"x":1}})"}) {
    EXPECT_EQ(
        told({.app = "demo", .name = "match.formed", .player_id = "a", .properties = properties, .match_id = "m1"}),
        both)
        << properties;
  }
  EXPECT_EQ(told({.name = "match.formed", .player_id = "a", .match_id = "m1"}).size(), 1u);
}

TEST(Triggers, ResultsAndSeasonsAreToldToTheirPlayer) {
  EXPECT_EQ(
      told({.name = "rating.changed",
            .player_id = "a",
            .properties = R"({"match_id":"m1","queue":"duel","rating":1512,"change":12,"deviation":80.5})"}),
      std::vector<std::string>{R"(a match_result m1 {"match_id":"m1","queue":"duel","rating":1512,"change":12})"});
  EXPECT_EQ(told({.time = 3'600'000 * 5 + 7,
                  .name = "leaderboard.rank_passed",
                  .player_id = "a",
                  .properties = R"({"board":"kills","by":"b","by_name":"Bob","rank":2})"}),
            (std::vector<std::string>{"a rank_passed kills\x1f\x1f"
                                      "5 {\"board\":\"kills\",\"by\":\"b\",\"by_name\":\"Bob\",\"rank\":2}"}));
  EXPECT_EQ(told({.name = "leaderboard.season_ended",
                  .player_id = "kills",
                  .properties = R"({"board":"kills","season":"s3","players":9,"top":[
                      {"player_id":"a","rank":1,"score":7},{"player_id":"b","rank":2,"score":5},{"rank":3},7]})"}),
            (std::vector<std::string>{
                "a season_ended kills\x1fs3 {\"board\":\"kills\",\"season\":\"s3\",\"rank\":1,\"score\":7}",
                "b season_ended kills\x1fs3 {\"board\":\"kills\",\"season\":\"s3\",\"rank\":2,\"score\":5}"}));
}

TEST(Triggers, WhatDoesNotConcernOrCannotBeReadIsToldToNobody) {
  for (const char* name : {"session.created", "match.formed", "rating.changed", "leaderboard.season_ended", "x"}) {
    for (const char* properties : {"", "{}", "[]", "no json", R"({"match_id":5,"players":7,"board":"x","top":{}})"})
      EXPECT_EQ(told({.name = name, .player_id = "a", .properties = properties}).size(), 0u) << name << properties;
  }
}

}  // namespace
}  // namespace gamekeeper::play
