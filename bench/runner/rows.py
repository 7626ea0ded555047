"""A row of the table: a figure, what it is set beside, and whether its goal is met. Pure."""
import statistics

SIGNS = {">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b}


def goal(what, sign, limit):
    """`what` names the number that has to hold: "value" or "ratio" (value / peer_value)."""
    assert what in ("value", "ratio") and sign in SIGNS
    return what, sign, limit


def row(name, value, unit, wanted, peer=None, peer_value=None, ratio=None, and_also=True, **details):
    """One entry of build/bench.json. `and_also`: what else must hold for the goal to be met (a balanced ledger …)."""
    if ratio is None and peer_value:
        ratio = value / peer_value
    what, sign, limit = wanted
    number = value if what == "value" else ratio
    return {
        "name": name, "value": rounded(value), "unit": unit, "peer": peer, "peer_value": rounded(peer_value),
        "ratio": rounded(ratio), "goal": f"{what} {sign} {limit:,}".replace(",", " "),
        "met": bool(number is not None and SIGNS[sign](number, limit) and and_also),
        "details": {k: rounded(v) for k, v in details.items()},
    }


def rounded(value):
    """Four significant digits: more would be noise."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, (list, tuple)):
        return [rounded(v) for v in value]
    return value


def alternate(rounds, product, peer):
    """Calls both in turn, each round in the other order, so that a slow moment of the machine meets both. Each answers
    a number; the result is the medians and the median of the rounds' ratios."""
    pairs = []
    for n in range(rounds):
        if n % 2 == 0:
            ours, theirs = product(), peer()
        else:
            theirs, ours = peer(), product()
        pairs.append((ours, theirs))
    return {
        "value": statistics.median(p[0] for p in pairs),
        "peer_value": statistics.median(p[1] for p in pairs),
        "ratio": statistics.median(p[0] / p[1] for p in pairs),
        "rounds": pairs,
    }


def table(rows):
    """The rows as lines of text."""
    lines = [("row", "value", "peer", "ratio", "goal", "met")]
    for r in rows:
        peer = f"{r['peer']} {shown(r['peer_value'])}" if r["peer"] else "–"
        lines.append((r["name"], f"{shown(r['value'])} {r['unit']}", peer, shown(r["ratio"]), r["goal"], "yes" if r["met"] else "NO"))
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def shown(number):
    if number is None:
        return "–"
    return f"{number:,.0f}".replace(",", " ") if abs(number) >= 1000 else f"{number:.3g}"
