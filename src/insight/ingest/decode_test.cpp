#include "insight/ingest/decode.h"

#include <gtest/gtest.h>

namespace gamekeeper::ingest {
namespace {

constexpr UnixMillis kNow = 1'780'000'000'000;

struct Row {
  std::string name, player, session;
  events::EventView view;
};

class DecodeTest : public testing::Test {
 protected:
  Result<Decoded> decode(std::string body, Format format = Format::kJson) {
    const size_t size = body.size();
    body.append(simdjson::SIMDJSON_PADDING, ' ');
    body_ = std::move(body);
    const Stamp stamp{
        .who = who_, .received_at = kNow, .partitions = 4, .idempotency_key = key_, .measures = measures_};
    return decoder_.decode(format, std::string_view(body_.data(), size), body_.size(), stamp);
  }
  /// One event among two good ones: the good ones are always kept; the code of the refusal, or "" when it was taken.
  std::string code_of(const std::string& event) {
    auto out = decode(R"({"events":[{"name":"a","player_id":"p1"},)" + event + R"(,{"name":"b","player_id":"p2"}]})");
    if (!out) return "whole:" + out.error().code;
    if (out->rejected.empty()) return out->accepted == 3 ? "" : "lost";
    if (out->accepted != 2 || out->rejected.size() != 1 || out->rejected[0].index != 1) return "wrong";
    return out->rejected[0].error.code;
  }
  std::vector<events::EventView> rows(const Decoded& out) {
    std::vector<events::EventView> all;
    for (const auto& part : out.parts) {
      events::RowReader reader(part.rows);
      for (events::EventView e; reader.next(e);) {
        measures_read_.emplace_back(e.measures.begin(), e.measures.end());  // the reader's own last until its next row
        e.measures = measures_read_.back();
        all.push_back(e);
      }
      EXPECT_FALSE(reader.corrupt());
    }
    return all;
  }

  Principal who_{.app = "demo", .kind = PrincipalKind::kWriteKey, .subject = "k1", .key_id = "k1"};
  std::string key_;
  std::vector<events::DeclaredMeasure> measures_;
  std::vector<std::vector<events::Measure>> measures_read_;
  std::string body_;
  EventDecoder decoder_{Limits{}};
};

TEST_F(DecodeTest, TakesAWholeEvent) {
  auto out = decode(
      R"({"sent_at":"2026-05-28T20:26:40.5Z","events":[{"name":"purchase","player_id":"p","session_id":"s","seq":7,
    "id":"0190B3C2-0000-7000-8000-000000000001","time":1779999999123,"properties":{"amount":12.345678,"currency":"EUR","country":"DE","n":[1,{"x":null}]}}]})");
  ASSERT_TRUE(out) << out.error().message;
  auto all = rows(*out);
  ASSERT_EQ(all.size(), 1u);
  const auto& e = all[0];
  EXPECT_EQ(e.app, "demo");
  EXPECT_EQ(e.key, "k1");
  EXPECT_EQ(e.kind, events::Kind::kPurchase);
  EXPECT_EQ(e.seq, 7u);
  EXPECT_EQ(e.time, 1779999999123);
  EXPECT_EQ(e.received_at, kNow);
  EXPECT_EQ(e.sent_at, 1780000000500);
  EXPECT_EQ(to_string(e.id), "0190b3c2-0000-7000-8000-000000000001");
  EXPECT_EQ(e.amount_micros, 12345678);
  EXPECT_EQ(e.currency, "EUR");
  EXPECT_TRUE(e.has_country);
  EXPECT_EQ(e.country, "DE");
  EXPECT_FALSE(e.has_platform);
  EXPECT_EQ(e.properties, R"({"amount":12.345678,"currency":"EUR","country":"DE","n":[1,{"x":null}]})");
  ASSERT_EQ(e.measures.size(), 1u);
  EXPECT_EQ(e.measures[0].property, "amount");
}

TEST_F(DecodeTest, RefusesEachWrongRowAloneAndKeepsTheOthers) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {R"({"name":"x","player_id":"p"})", ""},
      {R"({"name":"x","player_id":"p","session_id":null,"seq":null,"id":null,"time":null,"properties":null})", ""},
      {R"({"player_id":"p"})", "required"},
      {R"({"name":"","player_id":"p"})", "bad_name"},
      {R"({"name":"a b","player_id":"p"})", "bad_name"},
      {R"({"name":")" + std::string(129, 'a') + R"(","player_id":"p"})", "bad_name"},
      {R"({"name":")" + std::string(128, 'a') + R"(","player_id":"p"})", ""},
      {R"({"name":5,"player_id":"p"})", "bad_type"},
      {R"({"name":"match.completed","player_id":"p"})", "reserved_name"},
      {R"({"name":"queue.x","player_id":"p"})", "reserved_name"},
      {R"({"name":null,"player_id":"p"})", "required"},
      {"{\"name\":\"x\",\"player_id\":\"p\xff\"}", "bad_utf8"},
      {"{\"name\":\"x\",\"player_id\":\"p\",\"z\":\"a\tb\"}", "bad_text"},
      {R"({"name":"x"})", "required"},
      {R"({"name":"x","player_id":""})", "bad_length"},
      {R"({"name":"x","player_id":7})", "bad_type"},
      {R"({"name":"x","player_id":"a\u0000b"})", "bad_text"},
      {R"({"name":"x","player_id":"a\nb"})", "bad_text"},
      {R"({"name":"x","player_id":")" + std::string(129, 'p') + R"("})", "bad_length"},
      {R"({"name":"x","player_id":"p","seq":1})", "seq_needs_session"},
      {R"({"name":"x","player_id":"p","session_id":"s","seq":0})", "bad_seq"},
      {R"({"name":"x","player_id":"p","session_id":"s","seq":1.5})", "bad_seq"},
      {R"({"name":"x","player_id":"p","session_id":"s","seq":"1"})", "bad_seq"},
      {R"({"name":"x","player_id":"p","session_id":"s","seq":-1})", "bad_seq"},
      {R"({"name":"x","player_id":"p","session_id":"s","seq":99999999999999999999999})", "number_out_of_range"},
      {R"({"name":"x","player_id":"p","id":"nope"})", "bad_id"},
      {R"({"name":"x","player_id":"p","time":"yesterday"})", "bad_time"},
      {R"({"name":"x","player_id":"p","time":"2026-02-30T00:00:00Z"})", "bad_time"},
      {R"({"name":"x","player_id":"p","time":1.5})", "bad_time"},
      {R"({"name":"x","player_id":"p","time":1})", "time_out_of_range"},
      {R"({"name":"x","player_id":"p","time":1790000000000})", "time_out_of_range"},
      {R"({"name":"x","player_id":"p","properties":[]})", "bad_type"},
      {R"({"name":"x","player_id":"p","properties":{"a":1,"a":2}})", "duplicate_field"},
      {R"({"name":"x","player_id":"p","properties":{"o":{"a":1,"a":2}}})", "duplicate_field"},
      {R"({"name":"x","player_id":"p","player_id":"q"})", "duplicate_field"},
      {R"({"name":"x","player_id":"p","properties":{"a":"\ud800"}})", "bad_text"},
      {R"({"name":"x","player_id":"p","properties":{"a":"\udc00"}})", "bad_text"},
      {R"({"name":"x","player_id":"p","properties":{"a":"\u0000"}})", "bad_text"},
      {R"({"name":"x","player_id":"p","properties":{"a":1e999}})", "number_out_of_range"},
      {R"({"name":"x","player_id":"p","properties":{"a":[[[[[[[1]]]]]]]}})", ""},
      {R"({"name":"x","player_id":"p","properties":{"a":[[[[[[[[1]]]]]]]]}})", "properties_too_deep"},
      {R"({"name":"x","player_id":"p","properties":{"a":")" + std::string(33000, 'x') + R"("}})",
       "properties_too_large"},
      {R"({"name":"x","player_id":"p","z":")" + std::string(70000, 'x') + R"("})", "event_too_large"},
      {R"({"name":"purchase","player_id":"p"})", "required"},
      {R"({"name":"purchase","player_id":"p","properties":{"amount":1}})", "required"},
      {R"({"name":"purchase","player_id":"p","properties":{"amount":-1,"currency":"EUR"}})", "bad_amount"},
      {R"({"name":"purchase","player_id":"p","properties":{"amount":0.1234567,"currency":"EUR"}})", "bad_amount"},
      {R"({"name":"purchase","player_id":"p","properties":{"amount":"1","currency":"EUR"}})", "bad_type"},
      {R"({"name":"purchase","player_id":"p","properties":{"amount":1,"currency":"euro"}})", "bad_currency"},
      {R"({"name":"purchase","player_id":"p","properties":{"amount":1,"currency":"ZZZ"}})", "bad_currency"},
      {R"({"name":"economy","player_id":"p","properties":{"flow":"up","amount":1,"currency":"gold"}})", "bad_value"},
      {R"({"name":"economy","player_id":"p","properties":{"flow":"sink","amount":1,"currency":"gold"}})", ""},
      {R"({"name":"progression","player_id":"p","properties":{"status":"start"}})", "required"},
      {R"({"name":"progression","player_id":"p","properties":{"status":"won","level":1}})", "bad_value"},
      {R"({"name":"error","player_id":"p","properties":{"severity":"bad","message":"m"}})", "bad_value"},
      {R"({"name":"error","player_id":"p","properties":{"severity":"error"}})", "required"},
      {R"({"name":"match_played","player_id":"p"})", "required"},
      {R"(5)", "bad_type"},
      {R"("text")", "bad_type"},
      {R"([])", "bad_type"},
      {R"(null)", "bad_type"},
  };
  for (const auto& [event, code] : table) EXPECT_EQ(code_of(event), code) << event.substr(0, 120);
}

TEST_F(DecodeTest, RefusesWhatIsNoSuchDocument) {
  for (std::string body :
       {"", "   ", "{", "[]", "{}", R"({"events":{}})", R"({"events":[)", R"({"events":[{"name":"x")", "nonsense",
        R"({"events":[]} trailing)", R"({"events":[],"sent_at":"never"})", "{\"events\":[\"\xff\"]}"}) {
    auto out = decode(body);
    EXPECT_FALSE(out) << body;
    if (!out) EXPECT_EQ(out.error().kind, ErrorKind::kInvalid);
  }
  std::string many = R"({"events":[)";
  for (int i = 0; i < 5001; ++i) many += (i ? "," : "") + std::string(R"({"name":"x","player_id":"p"})");
  auto out = decode(many + "]}");
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, "too_many_events");
}

TEST_F(DecodeTest, NamesTheFieldThatDoesNotParse) {
  auto out =
      decode(R"({"events":[{"name":"x","player_id":"\ud800"},{"name":"x","player_id":"p","seq":1e999},{"x":nul}]})");
  ASSERT_TRUE(out);
  ASSERT_EQ(out->rejected.size(), 3u);
  EXPECT_EQ(out->rejected[0].error.field, "player_id");
  EXPECT_EQ(out->rejected[1].error.field, "seq");
  EXPECT_EQ(out->rejected[2].error.field, "x");
}

TEST_F(DecodeTest, FieldsOfTheBodyMayNotStandTwice) {
  for (std::string bad : {"1", "nul"}) {  // also when an event makes it be read piece by piece
    auto out = decode(R"({"events":[{"name":"x","player_id":"p","z":)" + bad + R"(}],"events":[]})");
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().code, "duplicate_field");
  }
}

TEST_F(DecodeTest, ReadsNdjsonLineByLine) {
  auto out = decode(
      "{\"name\":\"x\",\"player_id\":\"p\"}\r\n\n{broken\n{\"name\":\"y\",\"player_id\":\"p\",\"properties\":{\"a\":1}"
      "}",
      Format::kNdjson);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->accepted, 2u);
  ASSERT_EQ(out->rejected.size(), 1u);
  EXPECT_EQ(out->rejected[0].index, 1u);
  EXPECT_EQ(out->rejected[0].error.code, "bad_json");
  EXPECT_EQ(out->rejected[0].raw, "{broken");
}

TEST_F(DecodeTest, ServerKeysReachBackTo1800AndMaySendFacts) {
  who_.kind = PrincipalKind::kServerKey;
  EXPECT_EQ(code_of(R"({"name":"match.completed","player_id":"p","time":"1872-11-30T00:00:00Z"})"), "");
  EXPECT_EQ(code_of(R"({"name":"x","player_id":"p","time":"1799-12-31T23:59:59Z"})"), "time_out_of_range");
}

TEST_F(DecodeTest, IdempotencyKeysFixMissingIds) {
  key_ = "retry-1";
  const std::string body = R"({"events":[{"name":"x","player_id":"p"},{"name":"x","player_id":"p"}]})";
  auto first = decode(body);
  ASSERT_TRUE(first);
  auto a = rows(*first);
  const Uuid id0 = a.at(0).id, id1 = a.at(1).id;
  EXPECT_NE(id0, id1);
  auto second = decode(body);
  EXPECT_EQ(rows(*second).at(0).id, id0);
  key_ = "retry-2";
  auto third = decode(body);
  EXPECT_NE(rows(*third).at(0).id, id0);
}

TEST_F(DecodeTest, TakesDeclaredMeasures) {
  measures_ = {{"level_end", "latency_ms"}};
  auto out = decode(R"({"events":[{"name":"level_end","player_id":"p","properties":{"latency_ms":12.5}}]})");
  ASSERT_TRUE(out);
  auto all = rows(*out);
  ASSERT_EQ(all[0].measures.size(), 1u);
  EXPECT_EQ(all[0].measures[0].value, 12.5);
}

}  // namespace
}  // namespace gamekeeper::ingest
