#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "base/clock.h"
#include "base/currency.h"
#include "base/decimal.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/trace.h"

namespace gamekeeper {
namespace {

TEST(Time, IsWrittenAndReadBack) {
  EXPECT_EQ(format_time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_time(951782400000), "2000-02-29T00:00:00.000Z");
  for (UnixMillis t = -62135596800000; t < 253402300799999; t += 7'777'777'777'777 / 13 + 1)
    EXPECT_EQ(parse_time(format_time(t)), t);
}

TEST(Currency, IsACodeOfTheList) {
  for (const char* code : {"AED", "EUR", "JPY", "USD", "XTS", "ZWL"}) EXPECT_TRUE(is_currency(code)) << code;
  for (const char* code : {"", "EU", "EURO", "eur", "AAA", "ZZZ", "ERE", "EDA", "URU"})
    EXPECT_FALSE(is_currency(code)) << code;
}

TEST(Time, IsReadInAnyOffsetAndFraction) {
  EXPECT_EQ(parse_time("1970-01-01T01:00:00+01:00"), 0);
  EXPECT_EQ(parse_time("1969-12-31T23:30:00.5-00:30"), 500);
  EXPECT_EQ(parse_time("1970-01-01t00:00:00.123999999z"), 123);
  EXPECT_EQ(parse_time("2016-12-31T23:59:60Z"), parse_time("2016-12-31T23:59:59Z"));
  for (const char* bad :
       {"", "1970-01-01", "1970-01-01T00:00:00", "1970-13-01T00:00:00Z", "1970-02-29T00:00:00Z", "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00Zx", "1970-01-01T00:00:00+0100",
        "0000-01-01T00:00:00Z", "1970-01-01T00:00:00+24:00", "1970-1-01T00:00:00.0Z", "+970-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_time(bad)) << bad;
  }
}

TEST(Decimal, IsExact) {
  auto micros = [](std::string_view text) {
    auto d = Decimal::parse(text);
    return d ? std::optional(d->micros) : std::nullopt;
  };
  EXPECT_EQ(micros("12.5"), 12'500'000);
  EXPECT_EQ(micros("-0.000001"), -1);
  EXPECT_EQ(micros("1e3"), 1'000'000'000);
  EXPECT_EQ(micros("1.5E-6"), std::nullopt);
  EXPECT_EQ(micros("1500e-9"), std::nullopt);
  EXPECT_EQ(micros("1000e-9"), 1);
  EXPECT_EQ(micros("0.10000000"), 100'000);
  EXPECT_EQ(micros("9000000000000"), 9'000'000'000'000'000'000);
  for (const char* bad :
       {"", "-", ".5", "1.", "1e", "1e+", "0x1", "1 ", "9000000000001", "1e300", "NaN", "1.0000001", "--1"}) {
    EXPECT_FALSE(Decimal::parse(bad)) << bad;
  }
  for (const char* text : {"0", "12.5", "-3.000001", "0.1", "1000000", "-9000000000000"})
    EXPECT_EQ(to_string(*Decimal::parse(text)), text);
  EXPECT_EQ(format_decimal(static_cast<__int128>(9'000'000'000'000'000'000) * 100), "900000000000000");
}

TEST(Uuid, RisesWithTimeAndNeverRepeats) {
  std::set<Uuid> seen;
  Uuid last{};
  for (int i = 0; i < 20'000; ++i) {  // more than 4096 in one millisecond
    const Uuid id = make_uuid_v7(1000);
    EXPECT_LT(last, id);
    EXPECT_EQ(id.bytes[6] >> 4, 7);
    EXPECT_EQ(id.bytes[8] >> 6, 2);
    seen.insert(last = id);
  }
  EXPECT_EQ(seen.size(), 20'000u);
}

TEST(Uuid, RisesFromThreadToThread) {
  Uuid last{};
  for (int i = 0; i < 300; ++i) {  // many in each millisecond
    Uuid id;
    std::thread([&id] { id = make_uuid_v7(SystemClock().now_ms()); }).join();
    ASSERT_LT(last, id) << "the " << i << "th";
    last = id;
  }
}

TEST(Uuid, IsReadInEitherCaseOnly) {
  const Uuid id = make_uuid_from("a name");
  EXPECT_EQ(id, make_uuid_from("a name"));
  EXPECT_NE(id, make_uuid_from("another"));
  std::string text = to_string(id);
  EXPECT_EQ(parse_uuid(text), id);
  for (char& c : text) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(parse_uuid(text), id);
  text[0] = 'g';
  EXPECT_FALSE(parse_uuid(text));
  EXPECT_FALSE(parse_uuid(to_string(id).substr(1)));
  EXPECT_FALSE(parse_uuid("{" + to_string(id) + "}"));
}

TEST(Token, IsUrlSafe) {
  const std::string token = random_token(32);
  EXPECT_EQ(token.size(), 43u);
  EXPECT_EQ(token.find_first_of("+/="), token.npos);
  EXPECT_NE(token, random_token(32));
}

TEST(Json, EscapesControlsAndQuotes) {
  EXPECT_EQ(json_string("a\"b\\c\n\x01\xC3\xA4"), "\"a\\\"b\\\\c\\n\\u0001\xC3\xA4\"");
  EXPECT_EQ(json_string(""), "\"\"");
}

TEST(Trace, ContinuesAParent) {
  const std::string header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  auto parent = parse_traceparent(header);
  ASSERT_TRUE(parent);
  auto text = format_traceparent(*parent);
  EXPECT_EQ(std::string_view(text.data(), text.size()), header);
  const auto child = make_child(*parent);
  EXPECT_EQ(child.trace_id(), parent->trace_id());
  EXPECT_NE(child.span_id(), parent->span_id());
  EXPECT_NE(make_trace().trace_id(), make_trace().trace_id());
  EXPECT_FALSE(parse_traceparent(header.substr(0, 53) + "00")->sampled);
}

TEST(Trace, RefusesWhatIsNone) {
  const std::string trace = "0af7651916cd43dd8448eb211c80319c", span = "b7ad6b7169203331";
  EXPECT_TRUE(parse_traceparent("01-" + trace + "-" + span + "-00-later"));
  for (const std::string& bad :
       {std::string(), "ff-" + trace + "-" + span + "-00", "00-" + trace + "-" + span + "-00-x",
        "00-" + std::string(32, '0') + "-" + span + "-00", "00-" + trace + "-" + std::string(16, '0') + "-00",
        "00-0AF7651916CD43DD8448EB211C80319C-" + span + "-00", "00-" + trace + "-" + span}) {
    EXPECT_FALSE(parse_traceparent(bad)) << bad;
  }
}

TEST(Metrics, AreExposedOnceANameAndLabel) {
  Metrics metrics;
  metrics.counter("gamekeeper_things_total", "Things.", {{"kind", "a"}}).Increment(2);
  metrics.counter("gamekeeper_things_total", "Things.", {{"kind", "a"}}).Increment();
  metrics.seconds("gamekeeper_wait_seconds", "Waits.").Observe(0.002);
  const std::string text = metrics.expose();
  EXPECT_NE(text.find("gamekeeper_things_total{kind=\"a\"} 3"), std::string::npos) << text;
  EXPECT_NE(text.find("gamekeeper_wait_seconds_bucket{le=\"0.0025\"} 1"), std::string::npos);
}

TEST(Log, WritesTheSeedsLine) {
  ::testing::internal::CaptureStdout();
  log::info("net", "request", {log::text("path", "/a\"b"), log::number("status", int64_t{200})},
            {.player_id = "p", .trace_id = "t"});
  log::write(log::Level::kDebug, "net", "unseen");
  log::info("net", "first");
  log::info("net", "second");
  log::flush();
  const std::string all = ::testing::internal::GetCapturedStdout();
  const std::string line = all.substr(0, all.find('\n') + 1);
  EXPECT_EQ(line.substr(0, 14), "{\"timestamp\":\"");
  EXPECT_EQ(
      line.substr(38),
      R"(","level":"INFO","service":"net","event":"request","player_id":"p","details":{"path":"/a\"b","status":200},"trace_id":"t"})"
      "\n");
  const size_t at = all.find("trace_id", line.size()), again = all.rfind("trace_id");
  ASSERT_NE(at, again) << all;
  EXPECT_EQ(all.substr(at, 46), all.substr(again, 46)) << "lines of no trace share the process's";
  EXPECT_EQ(all.substr(at + 43, 4), "\"}\n{");
}

}  // namespace
}  // namespace gamekeeper
