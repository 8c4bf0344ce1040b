"""Min-max clustering: the metric against a plain implementation, quality against greedy joining, scale.

Three tables: the correlation metric and its rounding beside pair_map_reference.cpp on the same files; the
largest disagreement by method on the 13 graphs of the data folder, beside the bounds CLB and CLB+; and, with
``--scale``, exact near pairs and rounding on a power-law graph.
"""

from __future__ import annotations

import argparse
import gzip
import math
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import report

import wayseer.clustering as wc
from wayseer.clustering import datasets
from wayseer.clustering.minmax import minmax_cluster

EGO = ("0", "107", "348", "414", "686", "698", "1684", "1912", "3437", "3980")
GRAPHS = (*(f"ego-facebook-{name}" for name in EGO), "lastfm-asia", "ca-HepTh", "ca-GrQc")
AGAINST_REFERENCE = ("ego-facebook-107", "ego-facebook-1912", "ca-HepTh", "lastfm-asia")
COLUMNS = ("graph", "n", "m", "method", "value", "CLB", "CLB+", "seconds", "RSS")


def load(folder: Path, name: str) -> tuple[wc.Graph, str]:
    with gzip.open(folder / "snap" / f"{name}.txt.gz", "rt") as file:
        text = file.read()
    edges = np.array(text.split(), dtype=np.int64).reshape(-1, 2)
    return wc.from_edges(edges[:, 0], edges[:, 1]), text


def against_reference(folder: Path, repeats: int) -> list[dict[str, Any]]:
    """T3: one thread, median of the repeats; neither counts the reading of the file."""
    compiler = shutil.which("g++") or shutil.which("c++")
    if compiler is None:
        print("no C++ compiler: the reference is left out\n")
        return []
    rows = []
    with tempfile.TemporaryDirectory() as name:
        program, edges = Path(name) / "reference", Path(name) / "edges.txt"
        source = Path(__file__).with_name("pair_map_reference.cpp")
        subprocess.run([compiler, "-O3", "-std=c++20", "-o", program, source], check=True)
        for graph in AGAINST_REFERENCE:
            g, text = load(folder, graph)
            edges.write_text(text)
            ours, theirs, values = [], [], set()
            for _ in range(repeats):
                started = time.perf_counter()
                r = minmax_cluster(g, method="metric")
                ours.append(time.perf_counter() - started)
                run = subprocess.run([program, edges, "0.7"], check=True, capture_output=True, text=True)
                seconds, _, worst = run.stdout.split()
                theirs.append(float(seconds))
                values |= {int(worst), int(r.objective)}
            rows.append(
                {
                    "graph": graph,
                    "n": g.n,
                    "m": g.m,
                    "value": "/".join(map(str, sorted(values))),
                    "pair map ms": 1000 * median(theirs),
                    "wayseer ms": 1000 * median(ours),
                    "ratio": median(theirs) / median(ours),
                }
            )
    return rows


def quality(folder: Path, names: list[str], seconds: float, seed: int) -> list[dict[str, Any]]:
    """T4: every method on every graph, with the bounds where the library has them."""
    rows = []
    logarithms = []
    for name in names:
        g, _ = load(folder, name)
        bounds = {}
        for column, function in (("CLB", "clb"), ("CLB+", "clb_plus")):
            if hasattr(wc, function):
                found = getattr(wc, function)(g)
                bounds[column] = int(getattr(found, "bound", found))
        values = {}
        for label, options in (
            ("metric r=.7", {"method": "metric"}),
            ("metric sweep", {"max_iterations": 0}),
            ("greedy A*", {"method": "greedy"}),
            (f"auto {seconds:g} s", {"time_limit": seconds, "seed": seed}),
        ):
            r = minmax_cluster(g, **options)
            values[label] = r.stats["starts"]["metric"] if label == "metric sweep" else r.objective
            rows.append(
                {
                    "graph": name,
                    "n": g.n,
                    "m": g.m,
                    "method": label,
                    "value": int(values[label]),
                    **bounds,
                    "seconds": None if label == "metric sweep" else r.seconds,
                    "reached": r.trajectory[-1][0],
                    "RSS": report.rss_mib(),
                    "seed": seed,
                }
            )
        logarithms.append(math.log(values[f"auto {seconds:g} s"] / values["greedy A*"]))
    print(f"geometric mean of auto / A*: {math.exp(sum(logarithms) / len(logarithms)):.4f}\n")
    return rows


def scale(n: int, threads: int, seed: int) -> list[dict[str, Any]]:
    """T5: near pairs and rounding at r = 0.7 on a power-law graph of average degree 17.5."""
    g = datasets.power_law(n, 17.5, seed=seed, threads=threads)
    cpu = time.process_time()
    r = minmax_cluster(g, method="metric", threads=threads)
    cpu = time.process_time() - cpu
    return [
        {
            "graph": f"power law, largest degree {g.degrees.max()}",
            "n": g.n,
            "m": g.m,
            "method": f"metric r=.7, {threads} threads",
            "value": int(r.objective),
            "seconds": r.seconds,
            "CPU s": cpu,
            "RSS": report.rss_mib(),
            "seed": seed,
        }
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", help="folder with snap/")
    parser.add_argument("--graphs", nargs="+", default=list(GRAPHS), choices=GRAPHS, metavar="NAME")
    parser.add_argument("--seconds", type=float, default=5.0, help="time limit of auto for each graph")
    parser.add_argument("--repeats", type=int, default=5, help="of the comparison with the reference")
    parser.add_argument(
        "--scale", type=int, metavar="N", help="vertices of the power-law graph, 4000000 for T5"
    )
    parser.add_argument("--threads", type=int, default=2, help="of --scale")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", default="bench_minmax.json")
    options = parser.parse_args()
    if options.scale is not None:
        rows = scale(options.scale, options.threads, options.seed)
        report.print_table(rows, (*COLUMNS[:-1], "CPU s", "RSS"))
        report.write_json(options.json, rows)
        return
    folder = report.data_folder(options.data)
    compared = against_reference(folder, options.repeats)
    report.print_table(compared)
    print()
    rows = quality(folder, options.graphs, options.seconds, options.seed)
    report.print_table(rows, COLUMNS)
    report.write_json(options.json, compared + rows)


if __name__ == "__main__":
    sys.exit(main())
