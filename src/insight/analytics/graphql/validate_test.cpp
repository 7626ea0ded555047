#include "insight/analytics/graphql/validate.h"

#include "insight/analytics/graphql/parser.h"
#include "insight/analytics/graphql/test_schema.h"

namespace gamekeeper::graphql {
namespace {

std::shared_ptr<const Schema> pet_schema() {
  static const auto schema = testing::build(SchemaBuilder(std::string(testing::kPetSdl)));
  return schema;
}

GraphErrors errors_of(std::string source, ValidationOptions options = {}) {
  auto document = parse_document(std::move(source), 100'000);
  EXPECT_TRUE(document) << document.error().message;
  return document ? validate(*pet_schema(), **document, options) : GraphErrors{};
}

/// The first error's message, or nothing for a valid document.
std::string problem(std::string source) {
  GraphErrors errors = errors_of(std::move(source));
  return errors.empty() ? "" : errors.front().message;
}

TEST(Validate, Operations) {
  EXPECT_EQ(problem("query A { number } query B { number }"), "");
  EXPECT_EQ(problem("query A { number } mutation A { first }"), "There can be only one operation named \"A\".");
  EXPECT_EQ(problem("{ number } query B { number }"), "This anonymous operation must be the only defined operation.");
  EXPECT_EQ(problem("fragment F on Dog { name }"), "The document has no operation.");
}

TEST(Validate, SubscriptionsHaveOneRootField) {
  std::string two = "A subscription must select only one top level field.";
  EXPECT_EQ(problem("subscription { newMessage { body sender } }"), "");
  EXPECT_EQ(problem("subscription S { ...F } fragment F on Subscription { newMessage { body } }"), "");
  EXPECT_EQ(problem("subscription { newMessage { body } disallowedSecondRootField }"), two);
  EXPECT_EQ(problem("subscription S { ...F } fragment F on Subscription { newMessage { body } "
                    "disallowedSecondRootField }"),
            two);
  EXPECT_EQ(problem("subscription { a: newMessage { body } b: newMessage { body } }"), two);
  EXPECT_EQ(problem("subscription { __typename }"), "A subscription must not select an introspection top level field.");
}

TEST(Validate, FieldsExistAndLeavesAreLeaves) {
  EXPECT_EQ(problem("{ dog { meowVolume } }"), "Cannot query field \"meowVolume\" on type \"Dog\".");
  EXPECT_EQ(problem("{ pet { nickname } }"), "Cannot query field \"nickname\" on type \"Pet\".");
  EXPECT_EQ(problem("{ catOrDog { name } }"), "Cannot query field \"name\" on type \"CatOrDog\".");
  EXPECT_EQ(problem("{ catOrDog { __typename ... on Pet { name } ... on Dog { barkVolume } } }"), "");
  EXPECT_EQ(problem("{ dog { barkVolume { sinceWhen } } }"),
            "Field \"barkVolume\" must not have a selection since type \"Int\" has no subfields.");
  EXPECT_EQ(problem("{ human }"), "Field \"human\" of type \"Human\" must have a selection of subfields.");
  EXPECT_EQ(problem("{ dog { __schema { description } } }"), "Cannot query field \"__schema\" on type \"Dog\".");
  EXPECT_EQ(problem("mutation { third }"), "Cannot query field \"third\" on type \"Mutation\".");
}

TEST(Validate, ReportsEveryErrorWithItsPlace) {
  GraphErrors errors = errors_of("{ dog { a\n  b } }");
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].locations[0], (Location{1, 9}));
  EXPECT_EQ(errors[1].locations[0], (Location{2, 3}));
  EXPECT_EQ(errors[1].code, kValidationFailed);
  EXPECT_EQ(errors_of("{ a b c d e f }", {.errors_max = 3}).size(), 3u);
}

TEST(Validate, IntrospectionCanBeOff) {
  ValidationOptions off{.introspection = false};
  EXPECT_EQ(errors_of("{ __schema { description } }", off).at(0).message, "GraphQL introspection is not allowed.");
  EXPECT_EQ(errors_of("{ __type(name: \"Dog\") { name } }", off).size(), 1u);
  EXPECT_TRUE(errors_of("{ __typename dog { __typename } }", off).empty());
}

TEST(Validate, Arguments) {
  EXPECT_EQ(problem("{ dog { doesKnowCommand(dogCommand: SIT) isHouseTrained(atOtherHomes: true) } }"), "");
  EXPECT_EQ(problem("{ dog { doesKnowCommand(command: SIT, dogCommand: SIT) } }"),
            "Unknown argument \"command\" on Field \"Dog.doesKnowCommand\".");
  EXPECT_EQ(problem("{ dog { isHouseTrained(atOtherHomes: true) @include(unless: false, if: true) } }"),
            "Unknown argument \"unless\" on Directive \"@include\".");
  EXPECT_EQ(problem("{ arguments { multipleRequirements(y: 1, x: 2) } }"), "");
  EXPECT_EQ(problem("{ arguments { multipleRequirements(y: 1, y: 2, x: 3) } }"),
            "There can be only one argument named \"y\".");
  EXPECT_EQ(problem("{ arguments { nonNullBooleanArgField } }"),
            "Field \"Arguments.nonNullBooleanArgField\" argument \"nonNullBooleanArg\" of type \"Boolean!\" "
            "is required, but "
            "it was not provided.");
  EXPECT_EQ(problem("{ arguments { optionalNonNullBooleanArgField } }"), "");
  EXPECT_EQ(problem("{ arguments { nonNullBooleanArgField(nonNullBooleanArg: null) } }"),
            "Expected value of type \"Boolean!\", found null.");
}

TEST(Validate, Fragments) {
  EXPECT_EQ(problem("{ dog { ...F } } fragment F on Dog { name } fragment F on Dog { nickname }"),
            "There can be only one fragment named \"F\".");
  EXPECT_EQ(problem("{ dog { ...F } } fragment F on NotInSchema { name }"), "Unknown type \"NotInSchema\".");
  EXPECT_EQ(problem("{ dog { ... on NotInSchema { name } } }"), "Unknown type \"NotInSchema\".");
  EXPECT_EQ(problem("{ dog { ...F } } fragment F on Int { name }"),
            "Fragment \"F\" cannot condition on non composite type \"Int\".");
  EXPECT_EQ(problem("{ dog { ... on Boolean { name } } }"),
            "Fragment cannot condition on non composite type \"Boolean\".");
  EXPECT_EQ(problem("{ dog { name } } fragment F on Dog { name }"), "Fragment \"F\" is never used.");
  EXPECT_EQ(problem("{ dog { ...Missing } }"), "Unknown fragment \"Missing\".");
  EXPECT_EQ(problem("{ dog { ...A } } fragment A on Dog { ...B } fragment B on Dog { ...A }"),
            "Cannot spread fragment \"A\" within itself.");
  EXPECT_EQ(problem("{ dog { ...A } } fragment A on Dog { owner { pets { ... on Dog { ...A } } } }"),
            "Cannot spread fragment \"A\" within itself.");
}

TEST(Validate, SpreadsMustBePossible) {
  EXPECT_EQ(problem("{ dog { ... on Pet { name } ... on CatOrDog { ... on Cat { meowVolume } } } }"), "");
  EXPECT_EQ(problem("{ dog { ... on Cat { meowVolume } } }"),
            "Fragment cannot be spread here as objects of type \"Dog\" can never be of type \"Cat\".");
  EXPECT_EQ(problem("{ pet { ...F } } fragment F on Sentient { name }"),
            "Fragment \"F\" cannot be spread here as objects of type \"Pet\" can never be of type \"Sentient\".");
}

TEST(Validate, Values) {
  EXPECT_EQ(problem("{ arguments { intArgField(intArg: \"3\") } }"), "Int cannot represent non-integer value: \"3\"");
  EXPECT_EQ(problem("{ arguments { intArgField(intArg: 3.0) } }"), "Int cannot represent non-integer value: 3.0");
  EXPECT_EQ(problem("{ arguments { intArgField(intArg: 2147483648) } }"),
            "Int cannot represent non 32-bit signed integer value: 2147483648");
  EXPECT_EQ(problem("{ arguments { floatArgField(floatArg: 3) } }"), "");
  EXPECT_EQ(problem("{ arguments { floatArgField(floatArg: 1e999) } }").substr(0, 5), "Float");
  EXPECT_EQ(problem("{ dog { doesKnowCommand(dogCommand: \"SIT\") } }"),
            "Enum \"DogCommand\" cannot represent non-enum value: \"SIT\".");
  EXPECT_EQ(problem("{ dog { doesKnowCommand(dogCommand: JUMP) } }"),
            "Value \"JUMP\" does not exist in \"DogCommand\" enum.");
  EXPECT_EQ(problem("{ booleanList(booleanListArg: true) }"), "");
  EXPECT_EQ(problem("{ booleanList(booleanListArg: [true, null]) }"),
            "Expected value of type \"Boolean!\", found null.");
  EXPECT_EQ(problem("{ human(id: 1) { name } }"), "");
  EXPECT_EQ(problem("{ human(id: 1.5) { name } }"), "ID cannot represent a non-string and non-integer value: 1.5");
}

TEST(Validate, InputObjects) {
  EXPECT_EQ(problem("{ findDog(searchBy: { name: \"Fido\" }) { name } }"), "");
  EXPECT_EQ(problem("{ findDog(searchBy: { favoriteCookieFlavor: \"Bacon\", name: \"a\" }) { name } }"),
            "Field \"favoriteCookieFlavor\" is not defined by type \"FindDogInput\".");
  EXPECT_EQ(problem("{ findDog(searchBy: { name: \"a\", name: \"b\" }) { name } }"),
            "There can be only one input field named \"name\".");
  EXPECT_EQ(problem("{ findDog(searchBy: { owner: \"a\" }) { name } }"),
            "Field \"FindDogInput.name\" of required type \"String!\" was not provided.");
  EXPECT_EQ(problem("{ findDog(searchBy: 3) { name } }"), "Expected value of type \"FindDogInput\", found 3.");
  EXPECT_EQ(problem("{ echo(value: {text: \"\", nested: {text: \"\", matrix: [[1], [\"x\"]]}}) }"),
            "Int cannot represent non-integer value: \"x\"");
}

TEST(Validate, Directives) {
  EXPECT_EQ(problem("{ number @unknown }"), "Unknown directive \"@unknown\".");
  EXPECT_EQ(problem("query @skip(if: true) { number }"), "Directive \"@skip\" may not be used on QUERY.");
  EXPECT_EQ(problem("{ number @deprecated }"), "Directive \"@deprecated\" may not be used on FIELD.");
  EXPECT_EQ(problem("query ($b: Boolean!) { number @skip(if: $b) @skip(if: true) }"),
            "The directive \"@skip\" can only be used once at this location.");
  EXPECT_EQ(problem("query ($b: Boolean!) { number @skip(if: $b) number @skip(if: $b) @include(if: true) }"), "");
  EXPECT_EQ(problem("{ number @skip }"),
            "Directive \"@skip\" argument \"if\" of type \"Boolean!\" is required, but it was not provided.");
}

TEST(Validate, Variables) {
  EXPECT_EQ(problem("query ($a: Int, $a: Int) { arguments { intArgField(intArg: $a) } }"),
            "There can be only one variable named \"$a\".");
  EXPECT_EQ(problem("query ($a: Dog) { echo(value: $a) }"), "Variable \"$a\" cannot be non-input type \"Dog\".");
  EXPECT_EQ(problem("query ($a: What) { number }"), "Unknown type \"What\".");
  EXPECT_EQ(problem("query ($a: Int = \"x\") { arguments { intArgField(intArg: $a) } }"),
            "Int cannot represent non-integer value: \"x\"");
  EXPECT_EQ(problem("{ arguments { intArgField(intArg: $a) } }"), "Variable \"$a\" is not defined.");
  EXPECT_EQ(problem("query Q { dog { ...F } } fragment F on Dog { isHouseTrained(atOtherHomes: $b) }"),
            "Variable \"$b\" is not defined by operation \"Q\".");
  EXPECT_EQ(problem("query ($b: Boolean) { dog { ...F } } fragment F on Dog { ...G } fragment G on Dog { "
                    "isHouseTrained(atOtherHomes: $b) }"),
            "");
  EXPECT_EQ(problem("query ($a: Int) { number }"), "Variable \"$a\" is never used.");
  EXPECT_EQ(problem("query A($b: Boolean) { dog { ...F } } query B { dog { ...F } } fragment F on Dog { "
                    "isHouseTrained(atOtherHomes: $b) }"),
            "Variable \"$b\" is not defined by operation \"B\".");
  EXPECT_EQ(problem("query ($t: String!) { echo(value: {text: $t, list: [1]}) }"), "");
}

TEST(Validate, VariableUsesFitTheirPlace) {
  auto wrong = [](std::string name, std::string type, std::string place) {
    return "Variable \"$" + name + "\" of type \"" + type + "\" used in position expecting type \"" + place + "\".";
  };
  EXPECT_EQ(problem("query ($a: Int) { arguments { booleanArgField(booleanArg: $a) } }"), wrong("a", "Int", "Boolean"));
  EXPECT_EQ(problem("query ($a: [Boolean]) { arguments { booleanArgField(booleanArg: $a) } }"),
            wrong("a", "[Boolean]", "Boolean"));
  EXPECT_EQ(problem("query ($a: Boolean) { arguments { nonNullBooleanArgField(nonNullBooleanArg: $a) } }"),
            wrong("a", "Boolean", "Boolean!"));
  EXPECT_EQ(problem("query ($a: Boolean = true) { arguments { nonNullBooleanArgField(nonNullBooleanArg: $a) } }"), "");
  EXPECT_EQ(problem("query ($a: Boolean) { arguments { optionalNonNullBooleanArgField(optionalBooleanArg: $a) } }"),
            "");
  EXPECT_EQ(problem("query ($a: [Boolean]!) { arguments { booleanListArgField(booleanListArg: $a) } }"), "");
  EXPECT_EQ(problem("query ($a: [Boolean]) { arguments { booleanListArgField(booleanListArg: $a) } }"),
            wrong("a", "[Boolean]", "[Boolean]!"));
  EXPECT_EQ(problem("query ($a: [Boolean!]) { booleanList(booleanListArg: $a) }"), "");
  EXPECT_EQ(problem("query ($a: [Boolean]) { booleanList(booleanListArg: $a) }"),
            wrong("a", "[Boolean]", "[Boolean!]"));
  EXPECT_EQ(problem("query ($a: Boolean) { number @skip(if: $a) }"), wrong("a", "Boolean", "Boolean!"));
}

TEST(Validate, OverlappingFieldsMustMerge) {
  auto conflicts = [](std::string source) { return problem(std::move(source)).starts_with("Fields \""); };
  EXPECT_FALSE(conflicts("{ dog { name name otherName: name otherName: name } }"));
  EXPECT_TRUE(conflicts("{ a: number a: old }"));  // one shape, two fields
  EXPECT_TRUE(conflicts("{ pet { ... { x: __typename } ... on Dog { x: name } } }"));
  EXPECT_TRUE(conflicts("{ dog { name: nickname name } }"));
  EXPECT_FALSE(
      conflicts("query ($c: DogCommand!) { dog { doesKnowCommand(dogCommand: $c) doesKnowCommand(dogCommand: $c) } }"));
  EXPECT_TRUE(conflicts("{ dog { doesKnowCommand(dogCommand: SIT) doesKnowCommand(dogCommand: HEEL) } }"));
  EXPECT_TRUE(
      conflicts("query ($c: DogCommand!) { dog { doesKnowCommand(dogCommand: SIT) "
                "doesKnowCommand(dogCommand: $c) } }"));
  EXPECT_TRUE(conflicts("{ dog { isHouseTrained(atOtherHomes: true) isHouseTrained } }"));
  EXPECT_FALSE(conflicts("{ pet { ... on Dog { volume: barkVolume } ... on Cat { volume: meowVolume } } }"));
  EXPECT_FALSE(
      conflicts("{ pet { ... on Dog { doesKnowCommand(dogCommand: SIT) } ... on Cat { "
                "doesKnowCommand(catCommand: JUMP) } } }"));
  EXPECT_TRUE(conflicts("{ pet { ... on Dog { someValue: nickname } ... on Cat { someValue: meowVolume } } }"));
  EXPECT_TRUE(conflicts("{ pet { ... on Dog { x: name } ... on Cat { x: nickname } } }"));  // String! and String
  EXPECT_TRUE(conflicts("{ pet { name ... on Dog { name: nickname } } }"));
  EXPECT_TRUE(conflicts("{ dog { owner { name } } dog { owner { name: friends { name } } } }"));
  EXPECT_TRUE(conflicts("{ dog { ...A ...B } } fragment A on Dog { x: name } fragment B on Dog { x: nickname }"));
  EXPECT_TRUE(conflicts("{ human { friends(first: 1) { name } friends { name } } }"));
  EXPECT_FALSE(conflicts("{ echo(value: {text: \"a\", int: 1}) echo(value: {int: 1, text: \"a\"}) }"));
}

std::string fragment_bomb(int levels) {
  std::string out = "{ human { ...F0 } }";
  for (int i = 0; i < levels; ++i)
    out += fmt::format(" fragment F{} on Human {{ a: friends {{ ...F{} }} b: friends {{ ...F{} }} }}", i, i + 1, i + 1);
  return out + fmt::format(" fragment F{} on Human {{ name }}", levels);
}

/// A walk that takes a fragment anew wherever it is spread would not end before the test's deadline.
TEST(Validate, BombsAreCheap) {
  EXPECT_EQ(problem(fragment_bomb(100)), "");
  std::string wide = "{";
  for (int i = 0; i < 900; ++i) wide += " number";
  EXPECT_EQ(problem(wide + "}"), "");
  std::string tower = "{ dog { ...F0 } }";  // every fragment spreads all later ones
  for (int i = 0; i < 40; ++i) {
    tower += fmt::format(" fragment F{} on Dog {{ name", i);
    for (int k = i + 1; k < 40; ++k) tower += fmt::format(" ...F{}", k);
    tower += " }";
  }
  EXPECT_EQ(problem(tower), "");
  std::string nested;  // the same deep field many times over, its fragments differing
  for (int i = 0; i < 60; ++i)
    nested += fmt::format(" human {{ friends {{ ...F{} friends {{ ...F{} }} }} }}", i, 59 - i);
  nested = "{" + nested + "}";
  for (int i = 0; i < 60; ++i)
    nested += fmt::format(" fragment F{} on Human {{ friends {{ friends {{ name }} }} }}", i);
  EXPECT_EQ(problem(nested), "");
}

TEST(Validate, GivesUpOnEndlessOverlaps) {
  GraphErrors errors = errors_of(fragment_bomb(20), {.overlap_steps_max = 50});
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].code, kTooComplex);
}

}  // namespace
}  // namespace gamekeeper::graphql
