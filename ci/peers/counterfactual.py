"""Time the structural time series of metrics/bsts beside its Python peers, on one file and in one run.

    python -m venv PLACE && PLACE/bin/pip install tfcausalimpact bsts-causalimpact    # Python 3.12
    PLACE/bin/python ci/peers/counterfactual.py ../shared/data/causalimpact/google_data.csv

Run from the root of the repository, with GOFLAGS as in the Makefile. Each peer keeps its defaults: tfcausalimpact fits
by variational inference, bsts-causalimpact draws 1,000 after 500 by Gibbs, as ours does. A peer that is not installed is
left out. Imports, and each peer's first call (which may compile), are not timed. The least of the repeats is printed, which
a busy machine disturbs least.
"""

import os
import re
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
PRE, POST = [0, 60], [61, 90]
GO = ["go", "test", "./metrics/bsts", "-run", "^TestGoogleSeriesAsInR$", "-bench", "^BenchmarkGoogle$", "-benchtime", "1x", "-count", "60", "-v"]


def timed(call, times):
    call()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def first_row(text, label):
    """The average's column of a line of a summary."""
    line = next(line for line in text.splitlines() if line.strip().startswith(label))
    return re.split(r"\s{2,}", line.strip())[1]


def ours():
    out = subprocess.run(GO, capture_output=True, text=True, check=True).stdout
    average = re.search(r"average (.*?), cumulative", out).group(1)
    for name in ("one_run", "with_sensitivity"):
        nanoseconds = [float(n) for n in re.findall(rf"BenchmarkGoogle/{name}\S*\s+\d+\s+(\d+) ns/op", out)]
        yield f"metrics/bsts, {name.replace('_', ' ')}", min(nanoseconds) / 1e9, average if name == "one_run" else ""


def peers(data):
    try:
        from causalimpact import CausalImpact as Tensorflow
    except ImportError:
        pass
    else:
        seconds, fit = timed(lambda: Tensorflow(data.astype("float32"), PRE, POST), 3)
        yield "tfcausalimpact", seconds, first_row(fit.summary(), "Absolute effect")
    try:
        from causal_impact import CausalImpact as Rust
    except ImportError:
        pass
    else:
        seconds, fit = timed(lambda: Rust(data, PRE, POST), 60)
        yield "bsts-causalimpact", seconds, first_row(fit.summary(), "Absolute effect")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    import pandas

    data = pandas.read_csv(sys.argv[1])[["y", "x1", "x2"]].astype("float64")
    rows = list(ours()) + list(peers(data))
    base = rows[0][1]
    print("| | ms | times ours | average effect (R: 27 (4.5)) |\n|---|---|---|---|")
    for name, seconds, average in rows:
        print(f"| {name} | {1000 * seconds:,.1f} | {seconds / base:,.1f} | {average} |")


if __name__ == "__main__":
    main()
