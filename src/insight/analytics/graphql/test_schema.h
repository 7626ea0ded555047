#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "insight/analytics/graphql/graphql.h"

namespace gamekeeper::graphql::testing {

/// Runs a task to its end on a loop of its own.
template <class T>
T run(Task<T> task) {
  asio::io_context io(1);
  std::optional<T> out;
  std::exception_ptr failure;
  asio::co_spawn(
      io,
      [](Task<T> inner, std::optional<T>& slot) -> Task<void> { slot.emplace(co_await std::move(inner)); }(
                                                    std::move(task), out),
      [&](std::exception_ptr error) { failure = error; });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*out);
}

inline std::shared_ptr<const Schema> build(const SchemaBuilder& builder) {
  auto schema = builder.build();
  EXPECT_TRUE(schema) << schema.error().message;
  return schema ? *schema : nullptr;
}

/// The body of a query against `engine`.
inline Response ask(const Engine& engine, std::string query, std::string_view variables = "{}",
                    std::string operation = "") {
  Request request{std::move(query), std::move(operation), boost::json::parse(variables).as_object()};
  return run(engine.execute(std::move(request), nullptr));
}

/// The messages of a response's errors.
inline std::vector<std::string> messages(const Response& response) {
  std::vector<std::string> out;
  auto body = boost::json::parse(response.body).as_object();
  if (const auto* errors = body.if_contains("errors"))
    for (const auto& error : errors->as_array()) out.emplace_back(error.at("message").as_string());
  return out;
}

/// The schema of the specification's examples, extended by what they do not reach.
inline constexpr std::string_view kPetSdl = R"(
scalar DateTime @specifiedBy(url: "https://scalars.graphql.org/andimarek/date-time")
type Query {
  dog: Dog
  cat: Cat
  pet: Pet
  catOrDog: CatOrDog
  human(id: ID): Human
  findDog(searchBy: FindDogInput): Dog
  booleanList(booleanListArg: [Boolean!]): Boolean
  arguments: Arguments
  echo(value: Everything): String
  number: Int
  at(time: DateTime): DateTime
  old(gone: Int @deprecated(reason: "unused")): Int @deprecated(reason: "use number")
}
type Mutation { first: Int second: Int }
type Subscription { newMessage(room: ID = "lobby"): Message disallowedSecondRootField: Boolean }
type Message { body: String! sender: String }
enum DogCommand { SIT DOWN HEEL }
enum CatCommand { JUMP }
input FindDogInput { name: String! owner: String }
input Everything {
  int: Int = 3
  float: Float
  text: String!
  flag: Boolean
  id: ID
  command: DogCommand
  list: [Int!]
  matrix: [[Int]]
  nested: Everything
}
interface Sentient { name: String! }
interface Pet { name: String! }
type Dog implements Pet {
  name: String!
  nickname: String
  barkVolume: Int
  doesKnowCommand(dogCommand: DogCommand!): Boolean!
  isHouseTrained(atOtherHomes: Boolean): Boolean!
  owner: Human
}
type Cat implements Pet {
  name: String!
  nickname: String
  doesKnowCommand(catCommand: CatCommand!): Boolean!
  meowVolume: Int
}
union CatOrDog = Cat | Dog
type Human implements Sentient { name: String! pets: [Pet!] friends(first: Int): [Human!] }
type Arguments {
  multipleRequirements(x: Int!, y: Int!): Int!
  booleanArgField(booleanArg: Boolean): Boolean
  nonNullBooleanArgField(nonNullBooleanArg: Boolean!): Boolean!
  optionalNonNullBooleanArgField(optionalBooleanArg: Boolean! = false): Boolean!
  booleanListArgField(booleanListArg: [Boolean]!): [Boolean]
  intArgField(intArg: Int): Int
  floatArgField(floatArg: Float): Float
}
)";

}  // namespace gamekeeper::graphql::testing
