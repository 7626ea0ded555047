#include "insight/analytics/metrics/selection.h"

#include <gtest/gtest.h>

namespace gamekeeper::analytics {
namespace {

constexpr TupleView kA{"start", "ios", "DE", "1"}, kB{"start", "pc", "FR", "1"}, kC{"end", "pc", "DE", "2"};

TEST(TupleGroups, SplitsByADimension) {
  TupleGroups groups({.group_by = Dimension::kCountry});
  EXPECT_EQ(groups.group_of(kA), 0);
  EXPECT_EQ(groups.group_of(kB), 1);
  EXPECT_EQ(groups.group_of(kC), 0);
  EXPECT_EQ(groups.keys(), (std::vector<std::string>{"DE", "FR"}));
}

TEST(TupleGroups, AllFiltersMustHold) {
  TupleGroups groups(
      {.event = "start", .filters = {{Dimension::kCountry, {"DE", "FR"}}, {Dimension::kPlatform, {"pc"}}}});
  EXPECT_EQ(groups.group_of(kA), TupleGroups::kNone);
  EXPECT_EQ(groups.group_of(kB), 0);
  EXPECT_EQ(groups.group_of(kC), TupleGroups::kNone);
}

TEST(TupleGroups, AnEmptyListLeavesNothing) {
  TupleGroups groups({.filters = {{Dimension::kVersion, {}}}});
  EXPECT_EQ(groups.group_of(kA), TupleGroups::kNone);
}

TEST(Selection, TextsTellSelectionsApart) {
  const Selection a{.event = "a"}, b{.filters = {{Dimension::kEvent, {"a"}}}}, c{.group_by = Dimension::kEvent};
  EXPECT_NE(a.text(), b.text());
  EXPECT_NE(b.text(), c.text());
  EXPECT_EQ(a.text(), Selection{.event = "a"}.text());
}

TEST(Greatest, TiesGoByKey) {
  EXPECT_EQ(greatest(std::vector<int>{1, 5, 5, 0}, {"a", "z", "b", "c"}, 3), (std::vector<size_t>{2, 1, 0}));
}

}  // namespace
}  // namespace gamekeeper::analytics
