#include "adapters/postgres/write_group.h"

#include <gtest/gtest.h>

namespace gamekeeper::adapters::postgres {
namespace {

using ports::Put;
using ports::WriteSet;

Put put(std::string id, std::vector<ports::IndexEntry> entries = {}, std::optional<uint64_t> expected = {}) {
  return {.collection = "c", .id = std::move(id), .body = "body", .entries = std::move(entries), .expected = expected};
}
Put gone(std::string id) { return {.collection = "c", .id = std::move(id), .remove = true}; }

struct Tried {
  explicit Tried(std::vector<WriteSet> given) : sets(std::move(given)), group((look(), views)) {}
  void look() {
    for (const WriteSet& set : sets) views.push_back(&set);
  }
  /// "ok" or the code of each set.
  std::string outcomes() {
    std::string out;
    for (const CommitOutcome& o : group.apply()) out += (out.empty() ? "" : " ") + (o ? "ok" : o.error().code);
    return out;
  }
  std::vector<WriteSet> sets;
  std::vector<const WriteSet*> views;
  WriteGroup group;
};

TEST(WriteGroup, SetsOfOneDocumentFollowOneAnother) {
  Tried t({{{put("1", {}, 0)}, {}}, {{put("1", {}, 0)}, {}}, {{put("1", {}, 1)}, {}}, {{put("1", {}, 1)}, {}}});
  EXPECT_EQ(t.group.documents().size(), 1u);
  EXPECT_EQ(t.outcomes(), "ok exists ok version");
  const auto changes = t.group.changes();
  EXPECT_EQ(changes.written.versions, std::vector<int64_t>{2}) << "only the last of them is written";
}

TEST(WriteGroup, ARefusedSetLeavesNothingBehind) {
  Tried t({{{put("1", {{"name", "ann", true}}), put("2", {}, 7)}, {{"p", "fact"}}},
           {{put("3", {{"name", "ann", true}})}, {}}});
  EXPECT_EQ(t.outcomes(), "version ok") << "the name was given back";
  const auto changes = t.group.changes();
  ASSERT_EQ(changes.written.ids.size(), 1u);
  EXPECT_EQ(changes.written.ids[0], "3");
  EXPECT_TRUE(changes.facts.keys.empty());
}

TEST(WriteGroup, AKeyGoesOnWhenItsHolderLeavesOrChanges) {
  Tried t({{{put("new", {{"name", "ann", true}})}, {}},
           {{put("old", {{"name", "bob", true}})}, {}},
           {{put("new", {{"name", "ann", true}})}, {}},
           {{put("third", {{"name", "ann", true}})}, {}},
           {{gone("new"), put("third", {{"name", "ann", true}})}, {}}});
  const auto& documents = t.group.documents();
  const auto old = std::find(documents.begin(), documents.end(), WriteGroup::DocumentName{"c", "old"});
  t.group.has_version(static_cast<size_t>(old - documents.begin()), 4);
  t.group.has_entry(static_cast<size_t>(old - documents.begin()), "name", "ann", true);
  const auto& keys = t.group.keys();
  ASSERT_EQ(keys[0].key, "ann");
  t.group.is_held_by(0, "old");
  EXPECT_EQ(t.outcomes(), "unique ok ok unique ok");
  const auto changes = t.group.changes();
  EXPECT_EQ(changes.dropped.keys, std::vector<std::string_view>{"ann"});
  EXPECT_EQ(changes.dropped.ids, std::vector<std::string_view>{"old"});
  EXPECT_EQ(changes.added.keys.size(), 2u) << "bob, and ann of the third";
  EXPECT_TRUE(changes.removed.ids.empty()) << "what came and went in one group was never there";
}

TEST(WriteGroup, WritesOnlyTheEntriesThatDiffer) {
  Tried t({{{put("1", {{"by", "a"}, {"by", "c"}, {"by", "c"}, {"once", "x", true}})}, {}}});
  t.group.has_version(0, 1);
  t.group.has_entry(0, "by", "a", false);
  t.group.has_entry(0, "by", "b", false);
  t.group.has_entry(0, "once", "x", false);
  t.group.is_held_by(0, "1");
  EXPECT_EQ(t.outcomes(), "ok");
  const auto changes = t.group.changes();
  EXPECT_EQ(changes.dropped.keys, std::vector<std::string_view>{"b"});
  EXPECT_EQ(changes.added.keys, (std::vector<std::string_view>{"c", "x"})) << "x is now unique";
  EXPECT_EQ(changes.added.single, (std::vector<bool>{false, true}));
}

TEST(WriteGroup, RemovingSaysTheLastVersionAndForgetsIt) {
  Tried t({{{gone("1")}, {}}, {{put("1", {}, 0)}, {}}, {{gone("1")}, {}}, {{gone("never")}, {}}});
  t.group.has_version(0, 5);
  t.group.has_entry(0, "by", "a", false);
  const auto outcomes = t.group.apply();
  EXPECT_EQ(*outcomes[0], std::vector<uint64_t>{5});
  EXPECT_EQ(*outcomes[1], std::vector<uint64_t>{1});
  EXPECT_EQ(*outcomes[3], std::vector<uint64_t>{0});
  const auto changes = t.group.changes();
  EXPECT_EQ(changes.removed.ids, std::vector<std::string_view>{"1"});
  EXPECT_EQ(changes.dropped.keys, std::vector<std::string_view>{"a"});
  EXPECT_TRUE(changes.written.ids.empty());
}

}  // namespace
}  // namespace gamekeeper::adapters::postgres
