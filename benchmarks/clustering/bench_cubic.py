"""Partial optimality of cubic clustering: what share of the pairs is fixed, by which criterion, and how fast.

Each row is the mean over the seeds. Beside it, in the same run and on the same instances, the time with a
whole maximum flow for every pair and triple (gomory_hu=False), which must find the same: for all criteria,
and for those that need flows alone (without S and SJ, which leave them less to do). The instances are
generated; those of D. Stein, S. Di Gregorio, B. Andres, "Partial optimality in cubic correlation clustering"
(2023).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from report import print_table, write_json

from wayseer.clustering import CubicPersistency, CubicProblem
from wayseer.clustering.cubic import CRITERIA
from wayseer.clustering.cubic_datasets import cubic_partition, cubic_triangles

QUICK = [("partition", 6, alpha, beta) for beta in (0.5, 1.0) for alpha in (0.325, 0.35, 0.375)]
QUICK += [("partition", n0, alpha, 1.0) for n0 in (3, 6) for alpha in (0.45, 0.5, 0.525, 0.6)]
QUICK += [("partition", n0, 0.6, 0.0) for n0 in (3, 6)]
QUICK += [("partition", 12, 0.35, 0.5), ("partition", 12, 0.6, 0.5)]
QUICK += [("triangles", k, sigma, None) for k in (3, 6) for sigma in (0.0625, 0.0875)]
FLOW_CRITERIA = [criterion for criterion in CRITERIA if criterion not in ("S", "SJ")]
# Every fourth step of the study's grid outside the transition, all of it inside.
ALPHAS = (0.0, 0.1, 0.2, *(0.3 + 0.025 * i for i in range(15)), 0.7, 0.8, 0.9, 1.0)
FULL = [
    ("partition", n0, round(alpha, 3), beta)
    for n0 in (2, 3, 6)
    for beta in (0.0, 0.5, 1.0)
    for alpha in ALPHAS
]
FULL += [
    ("partition", 12, alpha, beta)
    for beta in (0.0, 0.5, 1.0)
    for alpha in (0.3, 0.325, 0.35, 0.375, 0.5, 0.6)
]
FULL += [("triangles", k, 0.00625 * i, None) for k in (3, 6) for i in range(2, 17, 2)]


def instances(kind: str, size: int, noise: float, beta: float | None, seeds: int) -> Iterator[CubicProblem]:
    for seed in range(seeds):
        if beta is None:
            yield cubic_triangles(size, noise, seed)
        else:
            yield cubic_partition(size, noise, beta, seed)


def timed(problem: CubicProblem, **options: Any) -> tuple[CubicPersistency, float]:
    """The result and milliseconds of processor time: others may share the machine."""
    started = time.process_time()
    found = problem.persistency(**options)
    return found, 1e3 * (time.process_time() - started)


def row_of(
    kind: str, size: int, noise: float, beta: float | None, seeds: int, direct_limit: int
) -> dict[str, Any]:
    fixed = []
    ms: dict[str, list[float]] = {"all": [], "all direct": [], "flow": [], "flow direct": []}
    alone: dict[str, list[float]] = {criterion: [] for criterion in CRITERIA}
    n = 0
    for problem in instances(kind, size, noise, beta, seeds):
        n = problem.n
        for name, criteria in (("all", "all"), ("flow", FLOW_CRITERIA)):
            found, spent = timed(problem, criteria=criteria)
            ms[name].append(spent)
            if name == "all":
                fixed.append(found.fixed_fraction)
            if n > direct_limit:
                continue
            other, spent = timed(problem, criteria=criteria, gomory_hu=False)
            ms[f"{name} direct"].append(spent)
            fields = ("joined_labels", "subproblem_labels", "cut_pairs", "cut_triples")
            if not all(np.array_equal(getattr(found, field), getattr(other, field)) for field in fields):
                raise SystemExit(f"direct flows find something else: {kind} n={n} noise={noise} beta={beta}")
        for criterion in CRITERIA:
            one = problem.persistency([criterion])
            triples = n * (n - 1) * (n - 2) / 6
            alone[criterion].append(
                len(one.cut_triples) / triples if criterion == "TC" else one.fixed_fraction
            )
    row: dict[str, Any] = {
        "instances": kind,
        "n": n,
        "noise": noise,
        "beta": beta,
        "seeds": seeds,
        "fixed %": round(100 * float(np.mean(fixed)), 1),
    }
    row |= {f"{criterion} %": round(100 * float(np.mean(share)), 1) for criterion, share in alone.items()}
    row["max ms"] = round(max(ms["all"]), 2)
    for name in ("all", "flow"):
        direct = ms[f"{name} direct"]
        row[f"{name} ms"] = round(float(np.mean(ms[name])), 2)
        row[f"{name} direct ms"] = round(float(np.mean(direct)), 2) if direct else None
        row[f"{name} ratio"] = round(sum(direct) / sum(ms[name]), 1) if direct else None
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="the study's grids (half an hour)")
    parser.add_argument("--seeds", type=int, help="instances of a kind (default 5, with --full 30)")
    parser.add_argument("--direct-limit", type=int, default=48, help="direct flows up to this n (default 48)")
    parser.add_argument("--data", help="not needed: the instances are generated")
    parser.add_argument("--json", default="bench_cubic.json", help="the file to write (default %(default)s)")
    arguments = parser.parse_args()
    seeds = arguments.seeds or (30 if arguments.full else 5)
    rows = []
    for kind, size, noise, beta in FULL if arguments.full else QUICK:
        rows.append(row_of(kind, size, noise, beta, seeds, arguments.direct_limit))
    print_table(rows, list(rows[0]))
    print(
        "\nfixed %: share of the pairs that are joined or separated, all criteria together; a criterion's "
        "column: alone (TC: share of the triples). ms: processor time; flow: all criteria but S and SJ; "
        "direct: with a whole flow for every pair and triple."
    )
    write_json(arguments.json, rows)


if __name__ == "__main__":
    main()
