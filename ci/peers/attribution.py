"""Exact Markov credit against ChannelAttribution on the same data, in one run: prints a table for docs/benchmarks.md.

The peer runs with its default settings, called in this process on a table that is in memory already. Ours runs as a Go benchmark (paths in
memory, to credit) and as a whole command (reading the file and writing the result included). The peer's whole command is a program that
reads the same file, computes and prints. Times are medians.
"""

import argparse
import csv
import io
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

import ChannelAttribution
import pandas


def median(run, times):
    """The median seconds of run, and its last result."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), result


def peer(table, order, value="total_conversion_value"):
    return ChannelAttribution.markov_model(
        table, "path", "total_conversions", var_value=value, var_null="total_null", order=order, verbose=False, flg_pro=False
    )


PROGRAM = """
import sys, pandas, ChannelAttribution
table = pandas.read_csv(sys.argv[1], sep=";")
print(ChannelAttribution.markov_model(table, "path", "total_conversions", var_value="total_conversion_value", var_null="total_null",
    order=int(sys.argv[2]), verbose=False, flg_pro=False).to_csv(index=False))
"""


def peer_program(path, order):
    subprocess.run([sys.executable, "-c", PROGRAM, path, str(order)], check=True, capture_output=True)


def ours(tieback, path, order):
    out = subprocess.run(
        [tieback, "study", "attribution", "--input", path, "--models", "markov", "--order", str(order), "--format", "csv"],
        check=True, capture_output=True, text=True,
    ).stdout
    return {row["channel"]: float(row["conversions"]) for row in csv.DictReader(io.StringIO(out))}


def farthest(simulated, exact):
    """The largest difference of a channel's credit, relative to all conversions."""
    total = sum(exact.values())
    found = dict(zip(simulated["channel_name"], simulated["total_conversions"]))
    return max(abs(found.get(name, 0) - credit) for name, credit in exact.items()) / total


def benchmark():
    """Seconds of BenchmarkMarkovOrder3, medians of 5."""
    env = dict(os.environ)
    env.setdefault("GOFLAGS", "-tags=duckdb_arrow")
    out = subprocess.run(
        ["go", "test", "./metrics/attribution", "-run", "^$", "-bench", "Order3$", "-count", "5"],
        check=True, capture_output=True, text=True, env=env,
    ).stdout
    found = [float(n) for n in re.findall(r"^BenchmarkMarkovOrder3\S*\s+\d+\s+([\d.]+) ns/op", out, re.M)]
    return statistics.median(found) / 1e9 if found else None


def synthetic(path, rows):
    """Paths of 50 channels, 6 touches on average, a quarter of which convert."""
    rnd = random.Random(50)
    with open(path, "w", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(["path", "total_conversions", "total_conversion_value", "total_null"])
        for _ in range(rows):
            at = rnd.randrange(50)
            touches = [f"channel{at}"]
            while len(touches) < 30 and rnd.random() < 5 / 6:
                at = (at + rnd.randrange(50) * rnd.randrange(50) // 50) % 50
                touches.append(f"channel{at}")
            converts = rnd.randrange(4) == 0
            out.writerow([" > ".join(touches), int(converts), f"{rnd.random() * 100:.2f}" if converts else 0, int(not converts)])


def line(what, theirs, program, whole, inside, difference):
    shown = "" if inside is None else f"{inside * 1000:,.1f} ms ({theirs / inside:.0f}×)"
    print(f"| {what} | {theirs * 1000:,.0f} ms | {shown} | {program * 1000:,.0f} ms | {whole * 1000:,.0f} ms ({program / whole:.0f}×) | {difference:.2%} |")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", required=True, help="PathData, separated by semicolons")
    arguments.add_argument("--tieback", required=True, help="our binary")
    arguments.add_argument("--million", action="store_true", help="also 1,000,000 synthetic paths of 50 channels at order 2")
    options = arguments.parse_args()
    print(f"ChannelAttribution {ChannelAttribution.__version__}" if hasattr(ChannelAttribution, "__version__") else "ChannelAttribution")
    print("| data | peer, its default settings, table in memory | ours, paths in memory | peer, whole program | ours, whole command | largest difference of a credit, of all conversions |")
    print("|---|---|---|---|---|---|")
    table = pandas.read_csv(options.data, sep=";")
    for order in (1, 3):
        theirs, simulated = median(lambda: peer(table, order), 7)
        program, _ = median(lambda: peer_program(options.data, order), 7)
        whole, exact = median(lambda: ours(options.tieback, options.data, order), 7)
        line(f"PathData, order {order}", theirs, program, whole, benchmark() if order == 3 else None, farthest(simulated, exact))
    if options.million:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "million.csv")
            synthetic(path, 1_000_000)
            table = pandas.read_csv(path, sep=";")
            theirs, simulated = median(lambda: peer(table, 2), 1)
            program, _ = median(lambda: peer_program(path, 2), 1)
            whole, exact = median(lambda: ours(options.tieback, path, 2), 3)
            line("1,000,000 synthetic paths of 50 channels, order 2", theirs, program, whole, None, farthest(simulated, exact))


if __name__ == "__main__":
    main()
