"""Clustering for the largest disagreement at a vertex, or for an l_p norm of the disagreements."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer import _core
from wayseer._common.arrays import choice
from wayseer._common.limits import (
    Callback,
    checked_flag,
    remaining,
)
from wayseer.clustering.metric import MetricOptions, near_pairs, radii_of, round_metric
from wayseer.clustering.objective import exponent_of, lp_norm
from wayseer.clustering.problem import Graph, label_array, unweighted_graph
from wayseer.clustering.result import ClusteringResult, check_objective, status_of, trajectory_of
from wayseer.clustering.run import RunOptions

METHODS = ("metric", "greedy", "local_search", "auto")
_SWEEP = tuple(round(0.3 + 0.05 * i, 2) for i in range(14))  # 0.30 .. 0.95
_SWEEP_PAIRS = 1 << 24  # 400 MB
_SHARE = 0.2  # of the time limit, for the sweep and for greedy joining each
_LARGE = 10_000_000  # edges; above, the sweep is one radius


def minmax_cluster(
    graph: Any,
    *,
    objective: str = "min_max",
    p: float | None = None,
    method: str = "auto",
    r1: float | None = None,
    r2: float | None = None,
    theory: bool = False,
    metric: str = "plain",
    engine: str = "auto",
    time_limit: float | None = None,
    max_iterations: int | None = None,
    target: float | None = None,
    seed: int = 0,
    threads: int = 1,
    init: ArrayLike | None = None,
    lower_bound: Callable[[Graph], float] | None = None,
    callback: Callback | None = None,
    extra_starts: Iterable[ArrayLike] | None = None,
) -> ClusteringResult:
    """A clustering with few disagreements at every vertex.

    Complete model: pairs without an edge are negative. A vertex disagrees with its neighbours in other
    clusters and with the non-neighbours in its own.

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
        Without weights.
    objective : str
        "min_max" (the largest number of disagreements at a vertex) or "lp" (``(sum_v y_v^p)^(1/p)``).
    p : float, optional
        At least 1, for "lp" only.
    method : str
        "metric": ball growing on the correlation metric, near-linear on sparse graphs, at most 40 times the
        optimum with ``theory=True`` and the plain metric. "greedy": the best of 24 variants of greedy
        joining. "local_search": threshold search from ``init``, ``extra_starts`` and the metric's
        clustering. "auto": all of these, radii 0.30 to 0.95, then threshold search from the best.
    r1, r2 : float, optional
        Radii of "metric" and "local_search", 0 < r1 <= r2 < 1; default 0.7.
    theory : bool
        The radii of the proofs: (0.2, 0.4), adjusted metric (0.14, 0.28).
    metric, engine : str
        As in `correlation_metric`.
    time_limit : float, optional
        Seconds. The search then goes on until it is used up, unless the result is optimal or the target is
        reached; without one it ends after 10 restarts in a row without gain.
    max_iterations : int, optional
        Moves of the search; variants for "greedy".
    target : float, optional
        Stop at this objective.
    seed : int
        Without a time limit, same seed, same result, at any number of threads.
    threads : int
        For the metric and the variants of greedy joining; the search itself is sequential.
    init : array (n,) of int, optional
        A clustering to start from. The result is never worse.
    lower_bound : callable, optional
        Given the graph, a number that no clustering's largest disagreement is below; then the search stops
        when it is reached, with the status "optimal".
    callback : callable (seconds, objective), optional
        Called at most 10 times a second; returning False ends the run (status "interrupted").
    extra_starts : iterable of arrays (n,), optional
        More clusterings to start from; a good one for the sum of disagreements is often the best start.

    Returns
    -------
    ClusteringResult
        ``stats["starts"]``: objective of each start by name; ``stats["radius"]``: the best of the sweep.
        ``trajectory`` counts from the beginning of the call.

    Raises
    ------
    ValueError, TypeError
        Wrong input; the message names the argument.

    Notes
    -----
    Ctrl-C returns the best clustering so far with the status "interrupted". Sources: see
    `correlation_metric`; M. Charikar, N. Gupta, R. Schwartz, "Local guarantees in graph cuts and
    clustering" (2017) for the rounding.
    """
    run = RunOptions.checked(
        time_limit=time_limit,
        max_iterations=max_iterations,
        target=target,
        seed=seed,
        threads=threads,
        callback=callback,
    )
    choice(objective, "objective", ("min_max", "lp"))
    choice(method, "method", METHODS)
    if objective == "lp":
        exponent = exponent_of(2.0 if p is None else p)
    elif p is not None:
        raise ValueError("p is for objective 'lp'")
    else:
        exponent = math.inf
    options = MetricOptions(metric=metric, engine=engine, threads=run.threads, seed=run.seed)
    radii = radii_of(r1, r2, checked_flag(theory, "theory"), metric)
    if lower_bound is not None and not callable(lower_bound):
        raise TypeError(f"lower_bound must be callable, got {type(lower_bound).__name__}")
    g = unweighted_graph(graph)
    given = [] if init is None else [("init", label_array(init, "init", g.n))]
    for i, start in enumerate(() if extra_starts is None else extra_starts):
        given.append((f"extra_starts[{i}]", label_array(start, f"extra_starts[{i}]", g.n)))
    best = _Best(g, exponent, run)
    for name, labels in given:
        best.add(name, labels)
    status, done = "converged", 0
    try:
        if not best.done():
            if method in ("metric", "local_search"):
                rounded = round_metric(g, *radii, options, best.left)
                best.add("metric", rounded, only=method == "metric" and not given)
            elif method == "auto":
                _sweep(best, options)
            if method in ("greedy", "auto") and not best.done():
                share = best.share() if method == "auto" else best.left
                found = _core.clustering.greedy_joining(
                    g.core,
                    p=exponent,
                    threads=options.threads,
                    time_limit=share(),
                    max_iterations=run.max_iterations if method == "greedy" else None,
                    target=run.target,
                    callback=best.callback,
                )
                best.absorb("greedy", found)
                status, done = found["status"], found["iterations"]
            if status != "interrupted" and lower_bound is not None:
                best.bound = float(lower_bound(g))
            if method in ("local_search", "auto") and status != "interrupted" and not best.done():
                found = _core.clustering.minmax_search(
                    g.core,
                    best.starts(),
                    p=exponent,
                    seed=options.seed,
                    time_limit=best.left(),
                    max_iterations=run.max_iterations,
                    target=best.goal(),
                    callback=best.callback,
                )
                best.absorb("search", found)
                status, done = found["status"], found["iterations"]
    except KeyboardInterrupt:
        status = "interrupted"
    return best.result(method, status, done)


class _Best:
    """The best labels of all stages of one call."""

    def __init__(self, g: Graph, p: float, run: RunOptions) -> None:
        self.g, self.p, self.started, self.limit, self.target = g, p, run.started, run.time_limit, run.target
        self.bound: float | None = None
        self.labels: NDArray[np.int32] = np.arange(g.n, dtype=np.int32)
        self.objective = self.cost(self.labels)
        self.trajectory = [(time.perf_counter() - self.started, self.objective)]
        self.values: dict[str, float] = {}
        self.kept: list[NDArray[np.int32]] = []
        self.stats: dict[str, Any] = {"starts": self.values}
        self.callback = None if run.callback is None else self.wrapped(run.callback)

    def cost(self, labels: NDArray[np.int32]) -> float:
        y = _core.clustering.disagreement_vector(self.g.core, labels)
        return float(y.sum()) if self.p == 1.0 else lp_norm(y, self.p)

    def wrapped(self, callback: Callback) -> Callback:
        """A stage's callback, with the time and the best value of the whole call."""
        return lambda _, value: callback(time.perf_counter() - self.started, min(value, self.objective))

    def left(self) -> float | None:
        return remaining(self.limit, self.started)

    def share(self) -> Callable[[], float | None]:
        """What is left of the share of the time limit that begins now."""
        now, limit = time.perf_counter(), self.limit
        part = None if limit is None else min(_SHARE * limit, remaining(limit, self.started) or 0.0)
        return lambda: remaining(part, now)

    def goal(self) -> float | None:
        goals = [value for value in (self.target, self.bound) if value is not None]
        return max(goals) if goals else None

    def done(self) -> bool:
        goal = self.goal()
        return self.objective <= (0.0 if goal is None else max(goal, 0.0))

    def add(self, name: str, labels: NDArray[np.int32] | None, only: bool = False) -> None:
        """A start; None: there was no time for it. ``only``: even if singletons cost less."""
        if labels is None:
            return
        if only:
            self.objective, self.trajectory = math.inf, []
        self.values[name] = self.cost(labels)
        self.kept.append(labels)
        self.offer(labels, self.values[name], time.perf_counter() - self.started)

    def absorb(self, name: str, found: dict[str, Any]) -> None:
        """What a solver of the core has found."""
        cost = self.cost(found["labels"])
        check_objective(cost, found["objective"], 1.0)
        if name != "search":
            self.values[name] = cost
            self.kept.append(found["labels"])
        for seconds, value in trajectory_of(found, self.started)[:-1]:
            if value < self.objective:
                self.objective = value
                self.trajectory.append((seconds, value))
        self.offer(found["labels"], cost, trajectory_of(found, self.started)[-1][0], cost <= self.objective)

    def offer(self, labels: NDArray[np.int32], cost: float, seconds: float, force: bool = False) -> None:
        if cost < self.objective or force:
            if cost < self.objective:
                self.trajectory.append((seconds, cost))
            self.labels, self.objective = labels, cost

    def starts(self) -> list[NDArray[np.int32]]:
        """Different labels only; all singletons where there is nothing else."""
        return list({labels.tobytes(): labels for labels in [*self.kept, self.labels]}.values())

    def result(self, method: str, status: str, iterations: int) -> ClusteringResult:
        bound = self.bound
        if self.objective == 0.0 or (bound is not None and self.objective <= bound):
            status, bound = "optimal", self.objective if bound is None else bound
        elif self.limit is not None and (self.left() or 0.0) <= 1e-6 and status != "interrupted":
            status = "time_limit"
        return ClusteringResult(
            labels=self.labels,
            objective=self.objective,
            n_clusters=int(self.labels.max(initial=-1)) + 1,
            lower_bound=bound,
            status=status_of(status),
            seconds=time.perf_counter() - self.started,
            iterations=iterations,
            trajectory=tuple(self.trajectory),
            stats={"method": method, **self.stats},
            names=self.g.names,
        )


def _sweep(best: _Best, options: MetricOptions) -> None:
    """The best of ball growing at 14 radii, the near pairs found once; at one radius where they are many."""
    g, left = best.g, best.share()
    pairs = None
    radii = _SWEEP
    if g.m <= _LARGE:
        pairs = near_pairs(g, radii[-1], options, _SWEEP_PAIRS, left())
        if pairs is None:
            radii = tuple(r for r in radii if r <= 0.7)
            pairs = near_pairs(g, radii[-1], options, _SWEEP_PAIRS, left())
    if pairs is None:
        best.add("metric", round_metric(g, 0.7, 0.7, options, left))
        return
    found = [(r, pairs.round(r, r, time_limit=left())) for r in radii]
    costs = [(best.cost(labels), r, labels) for r, labels in found if labels is not None]
    if costs:
        _, best.stats["radius"], labels = min(costs, key=lambda entry: entry[:2])
        best.add("metric", labels)
