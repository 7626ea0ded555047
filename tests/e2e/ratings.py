"""`gamekeeper evaluate ratings` from outside, on made-up histories: figures, shapes, time, queues, errors."""
import csv
import gzip
import json
import math
import os
import random
import subprocess
import tempfile

from gk import BINARY, run

HEADER = ["match_id", "time", "team", "player", "rank", "score", "side"]
CLASSIC = {"elo", "elo-decay", "glicko2", "plackett-luce", "thurstone-mosteller", "elo-mm"}
FIGURES = {"model", "log_loss", "log_loss_decisive", "brier", "accuracy", "calibration_error", "pair_accuracy", "matches_per_second"}


def evaluate(path, *args):
    done = subprocess.run([BINARY, "evaluate", "ratings", path, *args], capture_output=True, text=True, timeout=240)
    return done


def figures(path, *args):
    done = evaluate(path, "--json", *args)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def by_name(result):
    return {m["model"]: m for m in result["models"]}


def write(path, matches, scramble=None):
    opened = gzip.open(path, "wt", newline="") if path.endswith(".gz") else open(path, "w", newline="", encoding="utf-8")
    with opened as f:
        out = csv.writer(f)
        out.writerow(HEADER)
        for rows in matches:
            out.writerows(scramble.sample(rows, len(rows)) if scramble else rows)


def duels(n, seed=1):
    """Strengths are known; the home side has an advantage; the chance of every result is therefore known too."""
    chance = random.Random(seed)
    strength = [chance.gauss(0, 1) for _ in range(60)]
    matches, best = [], 0.0
    for m in range(n):
        a, b = chance.sample(range(60), 2)
        p = 1 / (1 + math.exp(-(strength[a] - strength[b] + 0.5)))
        won = chance.random() < p
        best -= math.log(p if won else 1 - p)
        day = f"{2000 + m * 20 // n}-{1 + m * 240 // n % 12:02}-15"
        matches.append([[f"m{m}", day, f"t{a}", f"player {a}", 1 if won else 2, "", "home"], [f"m{m}", day, f"t{b}", f"player {b}", 2 if won else 1, "", ""]])
    return matches, best / n


def test_duels_approach_what_can_be_known():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "duels.csv.gz")
        matches, best = duels(20000)
        write(path, matches)
        result = figures(path)
        assert result["file"] == path and result["matches"] == 20000 and result["scored"] == 20000, result
        models = by_name(result)
        assert set(models) > CLASSIC and "core" in models, set(models)
        for model in models.values():
            assert set(model) == FIGURES and model["pair_accuracy"] is None, model
            assert model["log_loss"] == model["log_loss_decisive"], model
        assert models["core"]["log_loss"] < best + 0.012, (models["core"], best)
        assert models["core"]["calibration_error"] < 0.02, models["core"]
        assert all(models[name]["log_loss"] < 0.66 for name in CLASSIC), models
        assert min(models.values(), key=lambda m: m["log_loss"])["model"].startswith("core"), models


def test_one_model_from_a_date():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "duels.csv")
        matches, _ = duels(2000)
        write(path, matches)
        result = figures(path, "--model", "glicko2", "--from", "2010-01-01")
        assert [m["model"] for m in result["models"]] == ["glicko2"], result
        assert result["matches"] == 2000 and result["scored"] == 1000, result


def test_order_of_rows_means_nothing():
    with tempfile.TemporaryDirectory() as folder:
        straight, scrambled = os.path.join(folder, "a.csv"), os.path.join(folder, "b.csv")
        matches, _ = duels(3000)
        write(straight, matches)
        write(scrambled, matches, random.Random(2))
        a, b = by_name(figures(straight)), by_name(figures(scrambled))
        for name in a:
            for figure in FIGURES - {"matches_per_second"}:
                assert a[name][figure] == b[name][figure], (name, figure)


def test_races():
    chance = random.Random(3)
    strength = {f"driver {i}": chance.gauss(0, 1) for i in range(40)}
    car = {f"car {i}": chance.gauss(0, 1) for i in range(8)}
    matches = []
    for m in range(800):
        day = f"{2000 + m // 40}-{1 + m % 40 // 4:02}-{1 + m % 4 * 7:02}"
        field = chance.sample(sorted(strength), 20)
        entries = [(d, c := chance.choice(sorted(car)), strength[d] + car[c] + chance.gauss(0, 1)) for d in field]
        entries.sort(key=lambda e: -e[2])
        matches.append([[f"race {m}", day, d, d, place + 1, "", c] for place, (d, c, _) in enumerate(entries)])
    with tempfile.TemporaryDirectory() as folder:
        path, plain = os.path.join(folder, "races.csv"), os.path.join(folder, "plain.csv")
        write(path, matches, chance)
        write(plain, [[[*row[:6], ""] for row in rows] for rows in matches])
        models = by_name(figures(path))
        assert all(m["log_loss"] is None and m["accuracy"] is None and 0.6 < m["pair_accuracy"] < 0.9 for m in models.values()), models
        without = by_name(figures(plain, "--model", "core"))
        assert models["core"]["pair_accuracy"] > without["core"]["pair_accuracy"] + 0.05, "the car counts"


def test_table_and_plot():
    with tempfile.TemporaryDirectory() as folder:
        path, plot = os.path.join(folder, "duels.csv"), os.path.join(folder, "plot.svg")
        matches, _ = duels(500)
        write(path, matches)
        done = evaluate(path, "--plot", plot)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert lines[0] == "500 matches" and lines[1].split()[0] == "model" and lines[2].split()[0] == "core", lines[:3]
        with open(plot, encoding="utf-8") as f:
            assert f.read().startswith("<svg "), "plot"


def test_bad_input_is_named_by_line():
    good = "match_id,time,team,player,rank\nm1,2020-01-01,a,ann,1\nm1,2020-01-01,b,bob,2\n"
    cases = [
        ("match_id,time,team,player\n", ":1: the header has no column rank."),
        ("", ":1: the file is empty."),
        (good + "m2,yesterday,a,ann,1\n", ':4: "yesterday" is not a time.'),
        (good + "m2,2020-01-02,a,ann,-1\n", ':4: "-1" is not a rank'),
        (good + "m2,2020-01-02,a,ann\n", ":4: 4 columns where the header has 5."),
        (good + "m1,2020-01-01,c,ann,3\n", ":4: ann plays twice in match m1."),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bad.csv")
        for text, wanted in cases:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            done = evaluate(path)
            assert done.returncode == 2 and path + wanted in done.stderr and not done.stdout, (text, done)
        cut = os.path.join(folder, "cut.csv.gz")
        whole = gzip.compress((good * 1 + "".join(f"m{i},2020-01-02,a,ann,1\nm{i},2020-01-02,b,bob,2\n" for i in range(2, 5000))).encode())
        with open(cut, "wb") as f:
            f.write(whole[: len(whole) // 2])
        done = evaluate(cut)
        assert done.returncode == 2 and "damaged or cut off" in done.stderr, done
        assert evaluate(os.path.join(folder, "none.csv")).returncode == 2
        with open(path, "w", encoding="utf-8") as f:
            f.write(good)
        done = evaluate(path, "--model", "best")
        assert done.returncode == 2 and "glicko2" in done.stderr, done
        done = evaluate(path, "--from", "soon")
        assert done.returncode == 2 and "soon" in done.stderr, done


run(globals())
