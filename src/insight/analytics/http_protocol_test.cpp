#include "insight/analytics/http_protocol.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace gamekeeper::analytics {
namespace {

TEST(Negotiate, PrefersWhatTheClientPrefers) {
  EXPECT_EQ(negotiate(""), AnswerType::kJson);
  EXPECT_EQ(negotiate("*/*"), AnswerType::kJson);
  EXPECT_EQ(negotiate("application/*"), AnswerType::kJson);
  EXPECT_EQ(negotiate("application/json"), AnswerType::kJson);
  EXPECT_EQ(negotiate("application/graphql-response+json"), AnswerType::kGraphqlResponse);
  EXPECT_EQ(negotiate("application/graphql-response+json, application/json;q=0.9"), AnswerType::kGraphqlResponse);
  EXPECT_EQ(negotiate("application/json, application/graphql-response+json"), AnswerType::kGraphqlResponse);
  EXPECT_EQ(negotiate("application/graphql-response+json;q=0.1, application/json"), AnswerType::kJson);
  EXPECT_EQ(negotiate("application/json; charset=utf-8"), AnswerType::kJson);
  EXPECT_EQ(negotiate("text/html"), std::nullopt);
  EXPECT_EQ(negotiate("application/json;q=0"), std::nullopt);
  EXPECT_EQ(negotiate("text/html, */*;q=0.1"), AnswerType::kJson);
}

TEST(Negotiate, TellsAPageFromAnAnswer) {
  EXPECT_TRUE(wants_page("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
  EXPECT_FALSE(wants_page("application/json, text/html"));
  EXPECT_FALSE(wants_page("*/*"));
  EXPECT_FALSE(wants_page(""));
}

TEST(Negotiate, ReadsJsonInUtf8Only) {
  EXPECT_TRUE(is_json_body("application/json"));
  EXPECT_TRUE(is_json_body("Application/JSON; charset=\"UTF-8\""));
  EXPECT_FALSE(is_json_body(""));
  EXPECT_FALSE(is_json_body("text/plain"));
  EXPECT_FALSE(is_json_body("application/json; charset=iso-8859-1"));
}

TEST(Params, AreReadFromABody) {
  auto params = params_of_body(R"({"query":"{a}","operationName":null,"variables":{"a":[1]},"extensions":{"x":1}})");
  ASSERT_TRUE(params);
  EXPECT_EQ(params->query, "{a}");
  EXPECT_EQ(params->operation_name, "");
  EXPECT_EQ(boost::json::serialize(params->variables), R"({"a":[1]})");
}

TEST(Params, OfTheWrongTypeAreRefused) {
  auto field = [](std::string_view body) { return params_of_body(body).error().field; };
  EXPECT_EQ(params_of_body("{").error().code, "bad_json");
  EXPECT_EQ(params_of_body("[]").error().code, "batch_refused");
  EXPECT_EQ(field("{}"), "query");
  EXPECT_EQ(field(R"({"query":7})"), "query");
  EXPECT_EQ(field(R"({"query":"{a}","operationName":7})"), "operationName");
  EXPECT_EQ(field(R"({"query":"{a}","variables":"{}"})"), "variables");
  EXPECT_EQ(field(R"({"query":"{a}","variables":[]})"), "variables");
  EXPECT_EQ(field(R"({"query":"{a}","extensions":""})"), "extensions");
}

TEST(Params, ErrorsCarryTheirCode) {
  EXPECT_EQ(errors_body(Error{ErrorKind::kInvalid, "bad_json", "This is \"bad\"."}),
            R"({"errors":[{"message":"This is \"bad\".","extensions":{"code":"bad_json"}}]})");
}

}  // namespace
}  // namespace gamekeeper::analytics
