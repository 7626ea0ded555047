#include "events/json_codec.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace gamekeeper::events {
namespace {

/// The reader's input has to be followed by readable bytes.
class Read {
 public:
  Result<EventView> operator()(const std::string& json) {
    text_ = json + std::string(simdjson::SIMDJSON_PADDING, ' ');
    return reader_.read(std::string_view(text_.data(), json.size()), text_.size());
  }

 private:
  JsonReader reader_;
  std::string text_;
};

EventView purchase() {
  EventView e;
  e.name = "purchase";
  e.app = "demo", e.key = "k1", e.player_id = "p \"quoted\" \\ and \x01", e.session_id = "s";
  e.source = Source::kServer;
  e.seq = 7, e.time = 1'780'000'000'123, e.received_at = 1'780'000'000'456, e.sent_at = 1'780'000'000'000;
  e.properties = R"({"amount":1.25,"currency":"EUR","item_id":"sword","country":"DE"})";
  return e;
}

std::string json_of(const EventView& e) {
  std::string out;
  append_json(out, e);
  return out;
}

TEST(JsonReader, ReadsBackWhatWasWritten) {
  EventView sent = purchase();
  sent.id.bytes[3] = 9;
  const Measure measure{"per\"cent", 12.5};
  sent.measures = {&measure, 1};
  Read read;
  auto got = read(json_of(sent));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->name, sent.name);
  EXPECT_EQ(got->kind, Kind::kPurchase);
  EXPECT_EQ(got->id, sent.id);
  EXPECT_EQ(got->player_id, sent.player_id);
  EXPECT_EQ(got->session_id, sent.session_id);
  EXPECT_EQ(got->seq, sent.seq);
  EXPECT_EQ(got->time, sent.time);
  EXPECT_EQ(got->received_at, sent.received_at);
  EXPECT_EQ(got->sent_at, sent.sent_at);
  EXPECT_EQ(got->source, sent.source);
  EXPECT_EQ(got->app, sent.app);
  EXPECT_EQ(got->key, sent.key);
  EXPECT_EQ(got->properties, sent.properties);
  EXPECT_EQ(got->amount_micros, 1'250'000);
  EXPECT_EQ(got->currency, "EUR");
  EXPECT_TRUE(got->has_country);
  EXPECT_EQ(got->country, "DE");
  ASSERT_EQ(got->measures.size(), 1u);
  EXPECT_EQ(got->measures[0].property, "per\"cent");
  EXPECT_EQ(got->measures[0].value, 12.5);
}

TEST(JsonReader, FieldsOfAnOrderAndKindNotKnownHereAreLetThrough) {
  Read read;
  auto got =
      read(R"({"later":{"deep":[1,{"a":null}]},"properties":{},"time":5,"app":"demo","player_id":"p","name":"jump"})");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->name, "jump");
  EXPECT_EQ(got->time, 5);
  EXPECT_TRUE(got->properties.empty());
}

/// The reader has two ways to read properties; an escape anywhere in the message makes it take the thorough one.
TEST(JsonReader, PropertiesMeanTheSameWithAndWithoutATree) {
  for (const std::string& properties : std::initializer_list<std::string>{
           "{}", "{ }", R"({"country":"DE"})", R"({"country":"DE","version":"1.2","platform":"ios"})",
           R"({"country":7,"version":null,"platform":true})", R"({"country":"","versions":"1","plat":"x"})",
           R"({"a":{"country":"DE"},"version":"2"})", R"({"version":"2","a":[1,[2,{}]],"country":"FR"})",
           R"( { "version" : "2" , "n" : -1.5e3 } )", R"({"n":18446744073709551615,"country":"JP"})",
           "{\"country\":\"" + std::string(1024, 'x') + "\"}", "{\"country\":\"" + std::string(1025, 'x') + "\"}"}) {
    for (const char* name : {"jump", "session_end"}) {
      auto message = [&](const char* session) {
        return std::string(R"({"name":")") + name + R"(","player_id":"p","session_id":")" + session +
               R"(","properties":)" + properties + R"(,"app":"demo","key":"k"})";
      };
      Read quick, thorough;
      auto a = quick(message("s"));
      auto b = thorough(message("\\u0073"));
      ASSERT_TRUE(a && b) << properties;
      EXPECT_EQ(a->session_id, b->session_id);
      EXPECT_EQ(a->properties, b->properties);
      EXPECT_EQ(a->has_country, b->has_country) << properties;
      EXPECT_EQ(a->country, b->country);
      EXPECT_EQ(a->has_version, b->has_version) << properties;
      EXPECT_EQ(a->version, b->version);
      EXPECT_EQ(a->has_platform, b->has_platform) << properties;
      EXPECT_EQ(a->platform, b->platform);
    }
  }
}

TEST(JsonReader, ACutMessageIsCorruptWhereverItIsCut) {
  const std::string whole = json_of(purchase());
  Read read;
  ASSERT_TRUE(read(whole));
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    auto got = read(whole.substr(0, bytes));
    ASSERT_FALSE(got) << whole.substr(0, bytes);
    EXPECT_EQ(got.error().kind, ErrorKind::kCorrupt);
  }
}

TEST(JsonReader, WhatIsNotAnEventIsCorrupt) {
  Read read;
  for (const char* text : {"",
                           "null",
                           "[]",
                           "{}",
                           R"({"name":"jump","player_id":"p","app":"demo"})",
                           R"({"name":"jump","player_id":"p","app":"demo","properties":[]})",
                           R"({"name":"jump","player_id":"p","app":"demo","properties":{"a":}})",
                           R"({"name":"jump","player_id":"p","app":"demo","properties":{"a":tru}})",
                           R"({"name":"jump","player_id":"p","app":"demo","properties":{"a":-}})",
                           R"({"name":"jump","player_id":"p","app":"demo","properties":{"a":nul}})",
                           R"({"name":"jump","player_id":"p","app":"demo","properties":{"a":1 "b":2}})",
                           R"({"name":"jump","player_id":"p","app":"demo","properties":{"a":"b"c}})",
                           R"({"name":"jump","player_id":"p","app":"demo","properties":{"a":{"b":tru}}})",
                           R"({"name":"jump"x,"player_id":"p","app":"demo","properties":{}})",
                           R"({"name":7,"player_id":"p","app":"demo","properties":{}})",
                           R"({"name":"jump","player_id":"p","app":"demo","properties":{},"seq":"7"})",
                           R"({"name":"jump","player_id":"p","app":"demo","properties":{},"id":"7"})",
                           R"({"name":"jump","player_id":"p","app":"demo","properties":{},"measures":{"a":"b"}})",
                           R"({"name":"","player_id":"p","app":"demo","properties":{}})",
                           R"({"name":"jump","player_id":"p","app":"demo","properties":{}} {})",
                           "{\"name\":\"jump\",\"player_id\":\"\xff\",\"app\":\"demo\",\"properties\":{}}"}) {
    auto got = read(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().kind, ErrorKind::kCorrupt);
  }
}

}  // namespace
}  // namespace gamekeeper::events
