// The body of a POST /graphql when it is one, else a query as it stands: parsed, checked, measured and executed.
#include <boost/json.hpp>

#include "insight/analytics/graphql/graphql.h"
#include "insight/analytics/http_protocol.h"
#include "tests/support/run_task.h"

namespace gamekeeper::fuzz {
namespace {

using graphql::ResolveInfo;
using graphql::Value;

constexpr const char* kSdl = R"(
scalar Moment
enum Step { MINUTE HOUR }
input Filter { in: [String!]! step: Step = HOUR not: Filter limit: Int = 3 }
interface Named { name: String! }
type Player implements Named { name: String! friend: Player score(at: Moment): Float friends(first: Int = 2): [Named!] }
type Team implements Named { name: String! players: [Player] }
union Side = Player | Team
type Point { time: Moment! value: Float }
type Query {
  player(id: ID): Player
  side(filter: [Filter!], weight: Float = 1.5): Side
  points(limit: Int!): [Point!]!
  echo(text: String, numbers: [[Int!]], yes: Boolean): String
  broken: Int!
}
type Subscription { points(step: Step = MINUTE): Point }
)";

Result<Value> player(const ResolveInfo&) {
  return Value::object({{"__typename", "Player"}, {"name", "ann \"\n\x01"}, {"score", 0.5}});
}

graphql::SyncResolver rows() {
  return [](const ResolveInfo& info) -> Result<Value> {
    const int64_t n = std::min<int64_t>(info.argument("limit").is_null() ? 0 : *info.argument("limit").as_int(), 20);
    graphql::Table table{{"time", "value"}, {}};
    for (int64_t i = 0; i < n; ++i)
      table.cells.insert(table.cells.end(), {Value(i), Value(0.25 * static_cast<double>(i))});
    return Value::table(std::move(table));
  };
}

const graphql::Engine& engine() {
  static const graphql::Engine engine(*graphql::SchemaBuilder(kSdl)
                                           .resolve_sync("Query.player", player)
                                           .resolve_sync("Player.friend", player)
                                           .resolve_sync("Query.side", player)
                                           .resolve_sync("Query.points", rows())
                                           .resolve_sync("Query.broken",
                                                         [](const ResolveInfo&) -> Result<Value> {
                                                           return fail(ErrorKind::kUnavailable, "broken",
                                                                       "It always fails.");
                                                         })
                                           .cost("Query.points", {.weight = 1, .multiplier_arguments = {"limit"}})
                                           .build());
  return engine;
}

}  // namespace
}  // namespace gamekeeper::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gamekeeper;
  const std::string text(reinterpret_cast<const char*>(data), size);
  auto params = analytics::params_of_body(text);
  graphql::Request request = params ? std::move(*params) : graphql::Request{.query = text};
  const auto answer = test::run(fuzz::engine().execute(std::move(request), nullptr));
  boost::system::error_code error;
  boost::json::parse_options options;
  options.allow_invalid_utf8 = false;
  options.max_depth = 200;
  const auto body = boost::json::parse(answer.body, error, {}, options);
  GK_CHECK(!error && body.is_object(), "an answer is JSON");
  GK_CHECK((answer.kind == graphql::Response::Kind::kComplete) == !body.as_object().contains("errors"),
           "errors are said");
  return 0;
}
