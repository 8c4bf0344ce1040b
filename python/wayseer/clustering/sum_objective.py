"""Disagreements and the LambdaCC cost: the methods behind `correlation_cluster` for sum objectives."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wayseer import _core
from wayseer.clustering.objective import counts_disagreements, quality_and_cost
from wayseer.clustering.problem import Graph
from wayseer.clustering.result import ClusteringResult, check_objective, status_of, trajectory_of
from wayseer.clustering.run import RunOptions

METHODS = ("auto", "pivot", "pivot_lp", "multilevel", "ils", "exact")
EXACT_FIRST = 60  # vertices up to which "auto" tries to prove its answer
_PATIENCE = 2000  # perturbations without gain that end "ils" where nothing else does


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
        """Recomputed from checked labels."""
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
    problem: SumProblem, method: str, run: RunOptions, init: NDArray[np.int32] | None, best_of: int
) -> ClusteringResult:
    """One method of `METHODS`; all arguments are checked."""
    if problem.graph.n == 0:
        return sum_result(problem, np.empty(0, np.int32), run, status="optimal", lower_bound=0.0)
    if method == "pivot":
        return _pivot(problem, run, best_of)
    if method == "multilevel":
        found = _core.clustering.multilevel(
            **problem.core_arguments(), init=init, seed=run.seed, threads=run.threads, limits=run.core()
        )
        return _from_core(problem, found, run, "multilevel")
    return _ils(problem, run, init)


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
    return result


def _pivot(problem: SumProblem, run: RunOptions, best_of: int) -> ClusteringResult:
    if not problem.counts_disagreements:
        raise ValueError(
            "method 'pivot' is for plain disagreements: no weights, no node_weights, resolution 0.5"
        )
    found = _core.clustering.pivot(
        problem.graph.core, seed=run.seed, runs=best_of, threads=run.threads, limits=run.core()
    )
    return _from_core(problem, found, run, "pivot")


def _ils(problem: SumProblem, run: RunOptions, init: NDArray[np.int32] | None) -> ClusteringResult:
    found = _core.clustering.ils(
        **problem.core_arguments(),
        init=init,
        seed=run.seed,
        threads=run.threads,
        population=4,
        patience=_PATIENCE,
        limits=run.core(),
    )
    return _from_core(problem, found, run, "ils")
