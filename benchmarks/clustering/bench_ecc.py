"""Edge-coloured clustering (T9): majority, the covers, the linear program by HiGHS, local search and the dual
certificate on the same hypergraphs in one run.

"value" is the weight of mistakes, "bound" what the method proves, "gap %" between the two. Of the covers
"mean" is over all runs and "unvoted" the mean with the open vertices left uncoloured, which is how published
figures count. Seconds are wall time, "ms/run" of the covers CPU time. HiGHS solves the whole linear program
("as given") and the reduced one that method "lp" uses; on large hypergraphs both take minutes, so they need
--lp.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import scipy.optimize
import scipy.sparse
from report import data_folder, print_table, write_json

import wayseer.clustering as wc

COLUMNS = ("data", "n", "m", "k", "method", "value", "bound", "gap %", "status", "seconds")
COLUMNS += ("mean", "unvoted", "ms/run")
NAMES = ("Brain", "DAWN", "MAG-10")
SMALL = ("Brain", "MAG-10")  # where HiGHS takes seconds


def shape(h: wc.EdgeColoredHypergraph, name: str, seed: int) -> dict[str, Any]:
    return {"data": name, "n": h.n, "m": h.m, "k": h.n_colors, "seed": seed}


def solved(h: wc.EdgeColoredHypergraph, method: str, seed: int, time_limit: float | None) -> dict[str, Any]:
    """One row of a method that runs once."""
    result = wc.edge_colored_cluster(h, method=method, seed=seed, time_limit=time_limit)
    if result.certificate is not None and not result.certificate.verify(h):
        raise SystemExit(f"{method}: the certificate does not prove its bound")
    gap = None if result.gap is None else 100 * result.gap
    return {
        "method": method,
        "value": result.objective,
        "bound": result.lower_bound,
        "gap %": gap,
        "status": result.status,
        "seconds": result.seconds,
    }


def covered(h: wc.EdgeColoredHypergraph, method: str, runs: int, seed: int) -> dict[str, Any]:
    """The best and the means of many runs of a cover."""
    wall, begin = time.perf_counter(), time.process_time()
    result = wc.edge_colored_cluster(h, method=method, best_of=runs, seed=seed)
    cpu = time.process_time() - begin
    return {
        "method": f"{method} x{runs}",
        "value": result.objective,
        "bound": result.lower_bound,
        "gap %": None if result.gap is None else 100 * result.gap,
        "status": result.status,
        "seconds": time.perf_counter() - wall,
        "mean": result.stats["mean"],
        "unvoted": result.stats["mean_unvoted"],
        "ms/run": 1000 * cpu / runs,
    }


def certified(h: wc.EdgeColoredHypergraph, value: float, seconds: float) -> dict[str, Any]:
    """The bound alone, until it proves ``value`` (rounded up) or the time is over."""
    begin = time.perf_counter()
    certificate = wc.ecc_dual_bound(h, target=value, time_limit=seconds)
    elapsed = time.perf_counter() - begin
    if not certificate.verify(h):
        raise SystemExit("the certificate does not prove its bound")
    bound = float(np.ceil(certificate.bound - 1e-6))
    return {
        "method": "dual certificate",
        "value": value,
        "bound": bound,
        "gap %": 100 * (value - bound) / max(1.0, value),
        "seconds": elapsed,
    }


def highs(h: wc.EdgeColoredHypergraph, seconds: float) -> dict[str, Any]:
    """The canonical linear program as it is given, by HiGHS."""
    begin = time.perf_counter()
    k = h.n_colors
    edge = np.repeat(np.arange(h.m), h.sizes)
    rows = np.arange(len(h.members))
    width = h.n * k + h.m
    x = h.members.astype(np.int64) * k + h.colors[edge]
    ones = np.ones(len(rows))
    below = scipy.sparse.csr_array(
        (np.concatenate([ones, -ones]), (np.concatenate([rows, rows]), np.concatenate([x, h.n * k + edge]))),
        shape=(len(rows), width),
    )
    simplex = scipy.sparse.csr_array(
        (np.ones(h.n * k), (np.repeat(np.arange(h.n), k), np.arange(h.n * k))), shape=(h.n, width)
    )
    cost = np.zeros(width)
    cost[h.n * k :] = 1 if h.weights is None else h.weights
    found = scipy.optimize.linprog(
        cost,
        A_ub=below,
        b_ub=np.zeros(len(rows)),
        A_eq=simplex,
        b_eq=np.full(h.n, k - 1),
        bounds=(0, 1),
        method="highs",
        options={"time_limit": seconds},
    )
    return {
        "method": "HiGHS, LP as given",
        "bound": None if found.status else float(found.fun),
        "status": "optimal" if found.status == 0 else "time_limit",
        "seconds": time.perf_counter() - begin,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--data", help="folder with ecc/")
    parser.add_argument("--names", nargs="+", default=list(NAMES), choices=NAMES)
    parser.add_argument("--time-limit", type=float, default=5.0, help="seconds of search and certificate")
    parser.add_argument("--runs", type=int, default=100, help="runs of each cover")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lp", action="store_true", help="the linear programs of large hypergraphs too")
    parser.add_argument("--lp-limit", type=float, default=600.0, help="seconds of each linear program")
    parser.add_argument("--json", default="bench_ecc.json")
    args = parser.parse_args()
    folder = data_folder(args.data) / "ecc"
    rows: list[dict[str, Any]] = []
    for name in args.names:
        h = wc.read_ecc(folder / f"{name}.txt.gz")
        found = [solved(h, "majority", args.seed, None)]
        found += [covered(h, method, args.runs, args.seed) for method in ("match", "pitt", "hybrid")]
        search = solved(h, "local_search", args.seed, args.time_limit)
        found += [search, solved(h, "auto", args.seed, args.time_limit)]
        found.append(certified(h, search["value"], args.time_limit))
        if args.lp or name in SMALL:
            found.append(solved(h, "lp", args.seed, args.lp_limit))
        if args.lp or name == "Brain":
            found.append(highs(h, args.lp_limit))
        rows += [shape(h, name, args.seed) | row for row in found]
    print_table(rows, COLUMNS)
    write_json(args.json, rows)


if __name__ == "__main__":
    main()
