"""make bench: measures the rows asked for, prints them, and writes build/bench.json."""
import argparse
import inspect
import json
import os
import sys
import traceback
from dataclasses import dataclass

import answer_rows
import board_rows
import ingest_rows
import play_rows
import player_rows
import realtime_rows
import state_rows
from machine import BUILD, SCRATCH, describe, remove
from rows import table

ROWS = {f.__name__: f for f in (
    ingest_rows.ingest, ingest_rows.live, ingest_rows.paced, state_rows.fold, answer_rows.get, answer_rows.graphql,
    ingest_rows.kafka, answer_rows.retention, state_rows.idle, state_rows.restart, board_rows.board, state_rows.memory,
    realtime_rows.fanout, realtime_rows.sockets, play_rows.results,
    player_rows.devices, player_rows.login, player_rows.sessions, player_rows.reads)}


@dataclass
class Plan:
    """How much of everything."""
    rounds: int = 5             # a figure is the median of so many runs
    seconds: float = 4          # of one run
    paced_seconds: float = 20
    fold_events: int = 8_000_000
    daily_players: int = 10_000_000
    board_players: int = 10_000_000
    log_mb: int = 1024
    memory_seconds: int = 600


QUICK = Plan(rounds=3, seconds=1.5, paced_seconds=6, fold_events=2_000_000, daily_players=1_000_000, board_players=200_000, log_mb=128, memory_seconds=40)


def arguments():
    text = "\n".join(f"  {name:10} {inspect.getdoc(f).splitlines()[0]}" for name, f in ROWS.items())
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures Gamekeeper beside its peers.",
                                     epilog="rows:\n" + text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a short form: smaller and noisier, goals of size not reached")
    parser.add_argument("--rows", default="", help="some of the rows, by commas; default: all")
    found = parser.parse_args()
    found.rows = [r for r in found.rows.split(",") if r] or list(ROWS)
    unknown = [r for r in found.rows if r not in ROWS]
    if unknown:
        parser.error(f"unknown rows: {', '.join(unknown)}; known are {', '.join(ROWS)}")
    return found


def main():
    asked = arguments()
    plan = QUICK if asked.quick else Plan()
    print(f"bench: {describe()}{', quick' if asked.quick else ''}", flush=True)
    measured, broken = [], []
    for name in asked.rows:
        try:
            for row in ROWS[name](plan):
                measured.append(row)
                print(table([row]).splitlines()[1], flush=True)
        except Exception:  # noqa: BLE001 — one row that fails does not cost the others
            traceback.print_exc()
            broken.append(name)
    with open(os.path.join(BUILD, "bench.json"), "w", encoding="utf-8") as f:
        json.dump(measured, f, indent=1, ensure_ascii=False)
    remove(SCRATCH)
    print("\n" + table(measured))
    missed = [r["name"] for r in measured if not r["met"]]
    print(f"\n{len(measured) - len(missed)} of {len(measured)} goals met; all figures in {BUILD}/bench.json")
    if broken:
        print(f"not measured: {', '.join(broken)}")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
