"""Disagreements and the LambdaCC cost: the methods behind `correlation_cluster` for sum objectives."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wayseer import _core
from wayseer.clustering.bounds import triangle_packing
from wayseer.clustering.cutting_plane import Stopped
from wayseer.clustering.exact import FREE_LIMIT, exact_disagreements, lp_bound, lp_distances
from wayseer.clustering.objective import counts_disagreements, quality_and_cost
from wayseer.clustering.pivot_lp import round_distances
from wayseer.clustering.problem import Graph
from wayseer.clustering.result import ClusteringResult, check_objective, status_of, trajectory_of
from wayseer.clustering.run import RunOptions

METHODS = ("auto", "pivot", "pivot_lp", "multilevel", "ils", "exact")
EXACT_FIRST = 60  # vertices up to which "auto" tries to prove its answer
_SEARCH_SHARE = 0.25  # of the time limit, before a proof
_PROOF_SECONDS = 5.0  # that "auto" without a time limit gives to a proof
_SOLVER_SHARE = 0.75  # of the time limit, before a bound
_PROOF_PATIENCE = 2000  # perturbations without gain, before a proof


@dataclass(frozen=True)
class SumProblem:
    """A graph of positive weights, gamma and k; see `wayseer.clustering.evaluate`."""

    graph: Graph
    resolution: float = 0.5
    node_weights: NDArray[np.float64] | None = None

    @property
    def counts_disagreements(self) -> bool:
        """True for the plain problem, whose objective is a count of pairs."""
        return counts_disagreements(self.graph, self.resolution, self.node_weights)

    def objective(self, labels: NDArray[np.int32]) -> float:
        """Of checked labels."""
        cost = quality_and_cost(self.graph, labels, self.resolution, self.node_weights)[1]
        return 2.0 * cost if self.counts_disagreements else cost

    def core_arguments(self) -> dict[str, Any]:
        """How the core's solvers are told of it."""
        return {
            "graph": self.graph.core,
            "problem": "disagreements" if self.counts_disagreements else "cost",
            "gamma": self.resolution,
            "node_weights": self.node_weights,
        }


def solve_sum(
    problem: SumProblem,
    method: str,
    run: RunOptions,
    init: NDArray[np.int32] | None,
    best_of: int,
    bound: str | None,
) -> ClusteringResult:
    """One method of `METHODS` and one bound; all arguments are of the right types."""
    if method in ("pivot", "pivot_lp") and not problem.counts_disagreements:
        raise ValueError(
            f"method {method!r} is for plain disagreements: no weights, no node_weights, resolution 0.5"
        )
    if bound is not None and not problem.counts_disagreements:
        raise ValueError(
            f"bound {bound!r} is for plain disagreements: no weights, no node_weights, resolution 0.5"
        )
    if "lp" in (bound, method.removeprefix("pivot_")) or method == "exact":
        check_exact_size(problem.graph.n, "exact" if method == "exact" else "lp", run)
    if problem.graph.n == 0:
        return sum_result(problem, np.empty(0, np.int32), run, status="optimal", lower_bound=0.0)
    result = _solved(problem, method, run if bound is None else run.part(_SOLVER_SHARE), init, best_of)
    return result if bound is None or result.status == "optimal" else _bounded(problem, result, run, bound)


def check_exact_size(n: int, name: str, run: RunOptions) -> None:
    """ValueError for large graphs without a time limit: nobody knows how long a proof takes."""
    if n > FREE_LIMIT and run.time_limit is None:
        raise ValueError(f"{name!r} needs a time_limit above {FREE_LIMIT} vertices; the graph has {n}")


def _solved(
    problem: SumProblem, method: str, run: RunOptions, init: NDArray[np.int32] | None, best_of: int
) -> ClusteringResult:
    if method in ("pivot", "pivot_lp"):
        rounded = (_pivot if method == "pivot" else _pivot_lp)(problem, run, best_of)
        if init is None or problem.objective(init) >= rounded.objective:
            return rounded
        facts = {name: getattr(rounded, name) for name in ("status", "lower_bound", "iterations", "stats")}
        return sum_result(problem, init, run, **facts)
    if method == "multilevel":
        found = _core.clustering.multilevel(
            **problem.core_arguments(),
            init=init,
            seed=run.seed,
            threads=run.threads,
            limits=run.above_zero().core(),
        )
        return _from_core(problem, found, run, "multilevel")
    unlimited = run.max_iterations is None and run.target is None
    proving = method == "exact" or (method == "auto" and unlimited and problem.graph.n <= EXACT_FIRST)
    if not proving:
        return _ils(problem, run, init, run.patience)
    searched = _ils(problem, run.part(_SEARCH_SHARE), init, _PROOF_PATIENCE)
    if searched.status in ("interrupted", "optimal"):
        return searched
    left = run.remaining()
    return _proven(problem, searched, run, _PROOF_SECONDS if left is None and method == "auto" else left)


def _proven(
    problem: SumProblem, searched: ClusteringResult, run: RunOptions, time_limit: float | None
) -> ClusteringResult:
    """The exact method from the search's answer."""
    plain = problem.counts_disagreements
    try:
        exact = exact_disagreements(
            problem.graph,
            init=searched.labels,
            resolution=None if plain else problem.resolution,
            node_weights=problem.node_weights,
            time_limit=time_limit,
            callback=run.callback,
        )
    except KeyboardInterrupt:
        return replace(searched, status="interrupted", seconds=time.perf_counter() - run.started)
    bound = exact.lower_bound
    if plain and exact.status != "optimal":  # early on the greedy packing proves more than the programs
        bound = max(bound or 0.0, float(triangle_packing(problem.graph, max_rounds=0).bound))
    before = searched.seconds
    trajectory = searched.trajectory + tuple(
        (before + seconds, value) for seconds, value in exact.trajectory if value < searched.objective
    )
    status = exact.status
    if bound is not None and bound >= problem.objective(exact.labels):
        status = "optimal"
    elif run.time_limit is None and status == "time_limit":
        status = "feasible"
    return sum_result(
        problem,
        exact.labels,
        run,
        status=status,
        lower_bound=bound,
        iterations=searched.iterations,
        trajectory=trajectory,
        stats=exact.stats | {"method": "exact"},
    )


def _bounded(problem: SumProblem, result: ClusteringResult, run: RunOptions, bound: str) -> ClusteringResult:
    """The result with a lower bound; optimal if they meet."""
    certificate: Any = None
    status = result.status
    value = 0.0
    try:
        if bound == "triangles":
            certificate = triangle_packing(problem.graph, time_limit=run.remaining(), seed=run.seed)
            value = float(certificate.bound)
            stopped = certificate.status
        else:
            relaxed = lp_bound(problem.graph, time_limit=run.remaining())
            value = max(0.0, float(relaxed.bound))
            stopped = relaxed.status
        if stopped == "interrupted":
            status = stopped
    except KeyboardInterrupt:
        status = "interrupted"
    return replace(
        result,
        lower_bound=value,
        certificate=certificate,
        status="optimal" if value >= result.objective else status,
        seconds=time.perf_counter() - run.started,
    )


def sum_result(
    problem: SumProblem, labels: NDArray[np.int32], run: RunOptions, **facts: Any
) -> ClusteringResult:
    """A result of checked labels; objective, quality and cost recomputed."""
    quality, cost = quality_and_cost(problem.graph, labels, problem.resolution, problem.node_weights)
    stats = {"quality": quality, "cost": cost, "seed": run.seed} | facts.pop("stats", {})
    return ClusteringResult(
        labels=labels,
        objective=2.0 * cost if problem.counts_disagreements else cost,
        n_clusters=int(labels.max(initial=-1)) + 1,
        seconds=time.perf_counter() - run.started,
        stats=stats,
        names=problem.graph.names,
        **facts,
    )


def _from_core(
    problem: SumProblem, found: Mapping[str, Any], run: RunOptions, method: str
) -> ClusteringResult:
    result = sum_result(
        problem,
        found["labels"],
        run,
        status=status_of(found["status"]),
        iterations=found["iterations"],
        trajectory=trajectory_of(found, run.started),
        stats={"method": method},
    )
    check_objective(result.objective, found["objective"], result.stats["quality"])
    if result.objective == 0.0:
        return replace(result, status="optimal", lower_bound=0.0)
    return result


def _pivot(problem: SumProblem, run: RunOptions, best_of: int) -> ClusteringResult:
    found = _core.clustering.pivot(
        problem.graph.core, seed=run.seed, runs=best_of, threads=run.threads, limits=run.core()
    )
    return _from_core(problem, found, run, "pivot")


def _pivot_lp(problem: SumProblem, run: RunOptions, best_of: int) -> ClusteringResult:
    try:
        distances, value = lp_distances(problem.graph, run.remaining(), run.callback)
    except Stopped as stop:  # no distances: plain PIVOT is quick
        return replace(_pivot(problem, run.part(1.0, callback=None), best_of), status=str(stop))
    roundings = (
        _core.clustering.renumber(round_distances(problem.graph, distances, run.seed, i))[0]
        for i in range(best_of)
    )
    labels = min(roundings, key=problem.objective)
    bound = float(math.ceil(value - 1e-5))
    return sum_result(
        problem,
        labels,
        run,
        status="optimal" if problem.objective(labels) <= bound else "feasible",
        lower_bound=bound,
        iterations=best_of,
        stats={"method": "pivot_lp", "lp_value": value},
    )


def _ils(
    problem: SumProblem, run: RunOptions, init: NDArray[np.int32] | None, patience: int
) -> ClusteringResult:
    found = _core.clustering.ils(
        **problem.core_arguments(),
        init=init,
        seed=run.seed,
        threads=run.threads,
        population=4,
        patience=patience,
        limits=run.above_zero().core(),
    )
    return _from_core(problem, found, run, "ils")
