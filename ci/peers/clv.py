"""Lowest and median time of a fit of CDNOW by lifetimes, after one fit to warm up."""
import statistics
import sys
import time
import warnings

import lifetimes
import pandas

warnings.filterwarnings("ignore")
customers = pandas.read_csv(sys.argv[1])
for name, fitter, fits in (
    ("bgnbd", lifetimes.BetaGeoFitter, 15),
    ("paretonbd", lifetimes.ParetoNBDFitter, 5),
    ("mbgnbd", lifetimes.ModifiedBetaGeoFitter, 15),
):
    times = []
    for _ in range(fits + 1):
        model = fitter(penalizer_coef=0)
        started = time.perf_counter()
        model.fit(customers.x, customers.t_x_weeks, customers.T_weeks)
        times.append(time.perf_counter() - started)
    fitted = {name: round(float(value), 6) for name, value in model.params_.items()}
    print(f"lifetimes {lifetimes.__version__} {name}: lowest {min(times[1:]) * 1e3:.1f} ms, median {statistics.median(times[1:]) * 1e3:.1f} ms, {fitted}")
