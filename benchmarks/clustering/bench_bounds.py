"""Lower bounds of the min-max objective and packings of bad triangles (target T6).

    python benchmarks/clustering/bench_bounds.py --data DIR

DIR holds snap/*.txt.gz. The reference for CLB follows its definition for each d: ordered maps of pairs, all
computed anew.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from clb_reference import clb_reference
from report import data_folder, environment, print_table, write_json

import wayseer.clustering as wc

EGO = ("0", "107", "348", "414", "686", "698", "1684", "1912", "3437", "3980")
LARGE = ("lastfm-asia", "ca-HepTh", "ca-GrQc")
PACKED = ("ego-facebook-107", "ego-facebook-1912", *LARGE, "cora-correlation")


def load(data: Path, name: str) -> wc.Graph:
    with gzip.open(data / "snap" / f"{name}.txt.gz", "rt") as file:
        edges = np.loadtxt(file, dtype=np.int64)
    ids, edges = np.unique(edges, return_inverse=True)
    edges = edges.reshape(-1, 2)
    return wc.from_edges(edges[:, 0], edges[:, 1], n=len(ids))


def timed(function: Any, *args: Any, repeat: int = 1, **kwargs: Any) -> tuple[Any, float]:
    seconds = []
    for _ in range(repeat):
        started = time.perf_counter()
        result = function(*args, **kwargs)
        seconds.append(time.perf_counter() - started)
    return result, statistics.median(seconds)


def bound_row(data: Path, name: str, reference: bool) -> dict[str, Any]:
    g = load(data, name)
    plain, seconds = timed(wc.clb, g, repeat=5)
    row: dict[str, Any] = {"graph": name, "n": g.n, "m": g.m, "CLB": int(plain), "CLB s": seconds}
    if reference:
        value, row["reference s"] = clb_reference(g)
        assert value == int(plain)
        row["ratio"] = row["reference s"] / seconds
    propagated, row["CLB+ s"] = timed(wc.clb_plus, g, probing=False, branching=False, lp=False, repeat=3)
    row["CLB+"] = int(propagated)
    if g.n <= 200:
        probed, row["probing s"] = timed(wc.clb_plus, g, probing=True, branching=False, lp=False, repeat=3)
        row["probing"] = int(probed)
    if g.n <= 64:
        branched, row["branching s"] = timed(wc.clb_plus, g, repeat=3)
        row["branching"] = f"{int(branched)}{' (optimal)' if branched.optimal else ''}"
    return row


def packing_row(data: Path, name: str, seed: int) -> dict[str, Any]:
    g = load(data, name)
    greedy, greedy_seconds = timed(wc.triangle_packing, g, max_rounds=0, seed=seed, repeat=3)
    packing, seconds = timed(wc.triangle_packing, g, seed=seed)
    proven, check_seconds = timed(wc.verify_packing, g, packing)
    assert packing.bound - 1 < proven <= packing.bound
    return {
        "graph": name,
        "m": g.m,
        "greedy": greedy.bound,
        "greedy s": greedy_seconds,
        "packing": packing.bound,
        "packing s": seconds,
        "verify s": check_seconds,
        "m / 2": g.m / 2,
        "seed": seed,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", help="folder with snap/")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-reference", action="store_true", help="leave out the slow reference")
    parser.add_argument("--json", default="bench_bounds.json")
    options = parser.parse_args()
    data = data_folder(options.data)
    print(environment()["cpu"], "\n")
    names = [f"ego-facebook-{name}" for name in EGO] + list(LARGE)
    bounds = [bound_row(data, name, not options.no_reference) for name in names]
    print_table(bounds)
    print()
    packings = [packing_row(data, name, options.seed) for name in PACKED]
    print_table(packings)
    write_json(options.json, bounds + packings)


if __name__ == "__main__":
    main()
