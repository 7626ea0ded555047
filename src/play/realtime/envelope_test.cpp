#include "play/realtime/envelope.h"

#include <gtest/gtest.h>

#include "play/realtime/lane.h"

namespace gamekeeper::play {
namespace {

std::string code_of(std::string_view text) {
  auto read = read_envelope(text);
  return read ? "" : read.error().code + " " + read.error().field;
}

TEST(Envelope, IsReadWhole) {
  auto read = read_envelope(R"({"id":"1","type":"subscribe","topic":"queue","data":{"a":1},"more":[]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, "\"1\"");
  EXPECT_EQ(read->type, "subscribe");
  EXPECT_EQ(read->topic, "queue");
  EXPECT_EQ(read->data.at("a"), 1);
  EXPECT_TRUE(read_envelope(R"({"type":"ping","id":null,"data":null})"));
}

TEST(Envelope, AnIdIsAStringOrANumberAndGoesBackAsItCame) {
  for (const char* id : {"7", "-1", "\"\"", "\"a\\\"b\"", "9007199254740993", "2.184467440737095516152", "1e2",
                         "18446744073709551616"}) {
    auto read = read_envelope(R"({"type":"ping","id":)" + std::string(id) + "}");
    ASSERT_TRUE(read) << id;
    EXPECT_EQ(frame_text({.type = "pong", .id = read->id}), R"({"type":"pong","id":)" + std::string(id) + "}");
    EXPECT_NE(error_text(read->id, "", {ErrorKind::kNotFound, "c", "d"}).find(R"("id":)" + std::string(id)),
              std::string::npos);
  }
}

TEST(Envelope, SaysWhatIsWrong) {
  for (const char* text : {"", "{", "[1]", "1", "\"x\"", "{}x", R"({"type":"a","data":{"a":[[[[[[[[1]]]]]]]]}})"})
    EXPECT_EQ(code_of(text), "bad_json ") << text;
  EXPECT_EQ(code_of("{}"), "required type");
  EXPECT_EQ(code_of(R"({"type":""})"), "required type");
  EXPECT_EQ(code_of(R"({"type":1})"), "bad_type type");
  EXPECT_EQ(code_of(R"({"type":"a","id":[1]})"), "bad_type id");
  EXPECT_EQ(code_of(R"({"type":"a","id":true})"), "bad_type id");
  EXPECT_EQ(code_of(R"({"type":"a","topic":{}})"), "bad_type topic");
  EXPECT_EQ(code_of(R"({"type":"a","data":[]})"), "bad_type data");
  EXPECT_EQ(code_of(R"({"type":"a","id":")" + std::string(513, 'x') + "\"}"), "bad_value id");
}

TEST(Envelope, FramesLeaveOutWhatIsEmpty) {
  EXPECT_EQ(frame_text({.type = "pong"}), R"({"type":"pong"})");
  EXPECT_EQ(frame_text({.type = "t", .id = R"("i")", .topic = "a\"b", .seq = "e.1"}, {{"x", 1}}),
            R"({"type":"t","id":"i","topic":"a\"b","seq":"e.1","data":{"x":1}})");
}

TEST(Envelope, ErrorsTellNothingOfOurInsides) {
  EXPECT_EQ(
      error_text(R"("1")", "queue", {ErrorKind::kNotFound, "not_found", "There is none.", "topic"}),
      R"({"type":"error","id":"1","topic":"queue","data":{"code":"not_found","detail":"There is none.","field":"topic"}})");
  const std::string text = error_text("", "", {ErrorKind::kCorrupt, "corrupt", "/var/lib/x.db: SELECT"});
  EXPECT_EQ(text.find("SELECT"), std::string::npos) << text;
}

TEST(WantedTopic, IsReadFromItsName) {
  using Kind = WantedTopic::Kind;
  for (const char* own : {"queue", "ratings", "notifications", "friends"}) {
    auto topic = read_topic(own);
    ASSERT_TRUE(topic);
    EXPECT_EQ(topic->kind, Kind::kOwn);
    EXPECT_EQ(topic->id, own);
  }
  EXPECT_EQ(read_topic("session:a:b")->id, "a:b");
  EXPECT_EQ(read_topic("session:a:b")->kind, Kind::kSession);
  EXPECT_EQ(read_topic("leaderboard:global")->kind, Kind::kBoard);
  for (std::string bad : {"", "Queue", "queue ", "session", "session:", "board:1", "session:a\x1f", "leaderboard:\n"})
    EXPECT_EQ(read_topic(bad).error().code, "unknown_topic") << bad;
}

TEST(HeardTopic, FramesAMessageForAll) {
  const HeardTopic topic("session:\"1\"");
  const auto framed = [&topic](std::string body) {
    auto text = topic.frame({{"e", 7}, std::make_shared<const std::string>(std::move(body))});
    return text ? *text : "";
  };
  EXPECT_EQ(framed(R"({"type":"x","data":{"a":1}})"),
            R"({"topic":"session:\"1\"","seq":"e.7","type":"x","data":{"a":1}})");
  EXPECT_EQ(framed("{}"), "");
  EXPECT_EQ(framed("no object"), "");
}

}  // namespace
}  // namespace gamekeeper::play
