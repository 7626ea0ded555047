"""What the table says about figures."""
import unittest

from rows import alternate, goal, row, rounded, table


class Rows(unittest.TestCase):
    def test_a_ratio_is_taken_from_value_and_peer_and_judged(self):
        r = row("ingest", 900.0, "events/s", goal("ratio", ">=", 0.5), "control", 2000.0)
        self.assertEqual((r["ratio"], r["met"], r["goal"]), (0.45, False, "ratio >= 0.5"))
        self.assertTrue(row("ingest", 1000.0, "events/s", goal("ratio", ">=", 0.5), "control", 2000.0)["met"])

    def test_a_limit_on_the_value(self):
        self.assertTrue(row("p99", 10.0, "ms", goal("value", "<=", 10))["met"])
        self.assertFalse(row("p99", 10.1, "ms", goal("value", "<=", 10))["met"])

    def test_what_else_must_hold_can_fail_a_row(self):
        self.assertFalse(row("live", 9e5, "events/s", goal("value", ">=", 4e5), and_also=False)["met"])

    def test_a_row_without_the_number_its_goal_needs_is_not_met(self):
        self.assertFalse(row("get", 1.0, "/s", goal("ratio", ">=", 1))["met"])

    def test_rounds_alternate_and_the_ratio_is_the_median_of_the_rounds(self):
        order, ours, theirs = [], iter([10.0, 5.0, 30.0]), iter([10.0, 10.0, 10.0])

        def product():
            order.append("us")
            return next(ours)

        def peer():
            order.append("them")
            return next(theirs)

        result = alternate(3, product, peer)
        self.assertEqual(order, ["us", "them", "them", "us", "us", "them"])
        self.assertEqual((result["value"], result["peer_value"], result["ratio"]), (10.0, 10.0, 1.0))

    def test_shown(self):
        self.assertEqual(rounded(123456.0), 123500.0)
        text = table([row("a", 1234567.0, "events/s", goal("value", ">=", 1))])
        self.assertIn("1 235 000 events/s", text)
        self.assertIn("yes", text)


if __name__ == "__main__":
    unittest.main()
