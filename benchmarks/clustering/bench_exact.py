"""Proven optima of the sum and the min-max objective (target T7).

    python benchmarks/clustering/bench_exact.py --data DIR [--large] [--time-limit S]

The peer is CP-SAT on the full triangle model (package ortools) with 2 workers, in the same run. --large adds
ego networks of 150 and 168 vertices, minutes each.
"""

from __future__ import annotations

import argparse
import itertools
import time
from pathlib import Path
from typing import Any

from bench_bounds import load, timed
from report import data_folder, environment, print_table, write_json

import wayseer.clustering as wc


def cp_sat(g: wc.Graph, time_limit: float, seed: int) -> dict[str, Any]:
    """Every pair a variable, every triangle three clauses."""
    from ortools.sat.python import cp_model

    started = time.perf_counter()
    model = cp_model.CpModel()
    u, v, _ = g.edges()
    edges = set(zip(u.tolist(), v.tolist(), strict=True))
    apart = {pair: model.new_bool_var("") for pair in itertools.combinations(range(g.n), 2)}
    for a, b, c in itertools.combinations(range(g.n), 3):
        triple = [apart[a, b], apart[b, c], apart[a, c]]
        for x in triple:
            others = [y for y in triple if y is not x]
            model.add_bool_or([x.Not(), *others])
    model.minimize(sum(x if pair in edges else 1 - x for pair, x in apart.items()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    solver.parameters.max_time_in_seconds = time_limit
    solver.parameters.random_seed = seed
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return {
        "value": solver.objective_value if found else None,
        "bound": solver.best_objective_bound,
        "status": solver.status_name(status).lower(),
        "s": time.perf_counter() - started,
    }


def ours(g: wc.Graph, time_limit: float | None) -> dict[str, Any]:
    result = wc.exact_disagreements(g, time_limit=time_limit)
    return {
        "value": result.objective,
        "bound": result.lower_bound,
        "status": result.status,
        "s": result.seconds,
        "LP": result.stats["lp_value"],
        "LP rounds": result.stats["lp_rounds"],
    }


def min_max(g: wc.Graph) -> dict[str, Any]:
    bound, seconds = timed(wc.clb_plus, g, branching=False)
    proven, branching_seconds = timed(wc.clb_plus, g, branching=True)
    relaxed = wc.minmax_lp_bound(g)
    return {
        "CLB+ with probing": int(bound),
        "s": seconds,
        "branching": int(proven),
        "optimal": str(proven.optimal),
        "branching s": branching_seconds,
        "LP": relaxed.value,
        "LP s": relaxed.seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", help="folder with snap/")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--time-limit", type=float, default=600.0, help="for --large, seconds")
    parser.add_argument("--peer-time-limit", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", default="bench_exact.json")
    options = parser.parse_args()
    data: Path = data_folder(options.data)
    print(environment()["cpu"], "\n")
    rows: list[dict[str, Any]] = []
    for name in ("3980", "698"):
        g = load(data, f"ego-facebook-{name}")
        head = {"graph": f"ego {name}", "n": g.n, "m": g.m}
        rows.append({**head, "method": "exact_disagreements", **ours(g, None)})
        peer = cp_sat(g, options.peer_time_limit, options.seed)
        rows.append({**head, "method": "CP-SAT, 2 workers", **peer, "seed": options.seed})
    for name in ("414", "686") if options.large else ():
        g = load(data, f"ego-facebook-{name}")
        head = {"graph": f"ego {name}", "n": g.n, "m": g.m}
        rows.append({**head, "method": "exact_disagreements", **ours(g, options.time_limit)})
    print_table(rows)
    print()
    largest = []
    for name in ("3980", "698"):
        g = load(data, f"ego-facebook-{name}")
        largest.append({"graph": f"ego {name}", "objective": "min_max", **min_max(g)})
    print_table(largest)
    write_json(options.json, rows + largest)


if __name__ == "__main__":
    main()
