"""Correlation clustering of positive graphs: one call for every objective and method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer._common.arrays import choice, integer
from wayseer._common.limits import Callback
from wayseer.clustering.bounds import clb, clb_plus
from wayseer.clustering.minmax import METHODS as MIN_MAX_METHODS
from wayseer.clustering.minmax import minmax_cluster
from wayseer.clustering.objective import node_weight_array, resolution_of
from wayseer.clustering.problem import Graph, label_array, positive_graph, unweighted_graph
from wayseer.clustering.result import ClusteringResult
from wayseer.clustering.run import RunOptions
from wayseer.clustering.sum_objective import METHODS, SumProblem, solve_sum

CLB_PLUS_LIMIT = 20_000  # vertices; above, the bound for "min_max" is CLB
_BOUND_SHARE = 0.25  # of the time left, for the bound of "min_max"
_START_SHARE = 0.1  # of the time left, for the start from the sum objective


def correlation_cluster(
    graph: Any,
    objective: str = "disagreements",
    method: str = "auto",
    *,
    resolution: float = 0.5,
    node_weights: ArrayLike | str | None = None,
    p: float = 2.0,
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
    best_of: int = 1,
    bound: str | None = "auto",
    callback: Callback | None = None,
) -> ClusteringResult:
    """Cluster a graph whose edges say "together" and whose other pairs say "apart".

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
        Weights, if any, at least 0.
    objective : str
        "disagreements" (pairs wrongly apart or together), "min_max" (the most disagreements at one vertex)
        or "lp" (the p-norm of the disagreements at the vertices).
    method : str
        For "disagreements": "pivot" (3-approximation in expectation, the best of ``best_of``), "pivot_lp"
        (2.06-approximation in expectation, n <= 400), "multilevel" (local moves at all scales), "ils" (a
        population of those, combined and perturbed), "exact", or "auto": "ils", and for n <= 60 "exact" from
        its answer, for at most 5 s if there is no limit. For "min_max" and "lp": "metric" (balls of the
        correlation metric), "greedy" (greedy joining, 24 variants), "local_search", or "auto", all of them.
    resolution : float
        gamma of LambdaCC; a pair attracts with ``w_uv - gamma k_u k_v``. 0.5 without weights is plain
        correlation clustering. With any other, or with weights, the objective is the LambdaCC cost.
    node_weights : array (n,), "degree" or None
        k; None: 1 for all. "degree" with ``resolution = 1 / (2 m)`` is modularity.
    p : float
        For "lp", at least 1.
    r1, r2, theory, metric, engine
        Radii of the balls, or the proven ones, the metric ("plain" or "adjusted") and how near pairs are
        found; see `correlation_metric`. For "min_max" and "lp".
    time_limit : float, optional
        Seconds. Without it and without ``max_iterations`` every method ends by its own rule.
    max_iterations : int, optional
        Perturbations ("ils"), cycles ("multilevel"), runs ("pivot"), moves ("local_search").
    target : float, optional
        Stop when the objective is at most this.
    seed : int
        The result of a run that no time limit ends depends on it alone.
    threads : int
        The result does not depend on it.
    init : array (n,) of int, optional
        Labels to start from; the result is never worse.
    best_of : int
        Runs of "pivot".
    bound : str, optional
        "triangles" (packing of bad triangles, with a certificate) or "lp" (lazy triangle inequalities) for
        "disagreements"; "auto": None for "disagreements", CLB+ for "min_max".
    callback : callable (seconds, objective) -> object, optional
        Called at most 10 times a second; returning False ends the run (status "interrupted").

    Returns
    -------
    ClusteringResult
        ``stats`` has "method", for sums also "quality" (Q) and "cost" (LambdaCC).

    Raises
    ------
    ValueError, TypeError
        Wrong input; among others negative weights, which are for `multicut`.

    Notes
    -----
    "multilevel" is O(m) a sweep and needs 4 bytes an arc and about 40 bytes a vertex. Sources: N. Bansal,
    A. Blum, S. Chawla (2004) for the problem; N. Veldt, D. Gleich, A. Wirth, "A correlation clustering
    framework for community detection" (2018) for LambdaCC; the headers of the C++ library name those of each
    method.

    Examples
    --------
    >>> import wayseer.clustering as wc
    >>> g = wc.from_edges([0, 0, 1, 3], [1, 2, 2, 4])  # a triangle and an edge
    >>> wc.correlation_cluster(g).labels
    array([0, 0, 0, 1, 1], dtype=int32)
    """
    run = RunOptions.checked(
        time_limit=time_limit,
        max_iterations=max_iterations,
        target=target,
        seed=seed,
        threads=threads,
        callback=callback,
    )
    choice(objective, "objective", ("disagreements", "min_max", "lp"))
    if objective == "disagreements":
        choice(method, "method", METHODS)
        best_of = integer(best_of, "best_of", 1, 2**31 - 1)
        if bound is not None:
            choice(bound, "bound", ("auto", "triangles", "lp"))
        g = positive_graph(graph)
        problem = SumProblem(g, resolution_of(resolution), node_weight_array(g, node_weights))
        start = None if init is None else label_array(init, "init", g.n)
        return solve_sum(problem, method, run, start, best_of, None if bound == "auto" else bound)
    choice(method, "method", MIN_MAX_METHODS)
    if resolution != 0.5 or node_weights is not None:
        raise ValueError(f"objective {objective!r} takes neither resolution nor node_weights")
    if bound is not None:
        choice(bound, "bound", ("auto", "lp"))
    if objective == "lp" and bound == "lp":
        raise ValueError("there is no bound for objective 'lp'; allowed is None")
    g = unweighted_graph(graph)
    starts: list[NDArray[np.int32]] | None = None
    if method in ("auto", "local_search") and g.n > 0:
        found = _sum_start(g, run)
        starts = [found.labels]
        if found.status == "interrupted":
            held = minmax_cluster(
                g, objective=objective, p=p if objective == "lp" else None, init=found.labels, time_limit=1e-6
            )
            return replace(held, status="interrupted")
    bounded = objective == "min_max" and (bound == "lp" or (bound == "auto" and method == "auto"))
    return minmax_cluster(
        g,
        objective=objective,
        p=p if objective == "lp" else None,
        method=method,
        r1=r1,
        r2=r2,
        theory=theory,
        metric=metric,
        engine=engine,
        time_limit=run.time_limit,
        max_iterations=run.max_iterations,
        target=run.target,
        seed=run.seed,
        threads=run.threads,
        init=init,
        lower_bound=_min_max_bound(run, bound) if bounded else None,
        callback=run.callback,
        extra_starts=starts,
    )


def _min_max_bound(run: RunOptions, bound: str | None) -> Callable[[Graph], float]:
    """CLB+, on large graphs CLB; with "lp" also the linear program."""

    def lower_bound(graph: Graph) -> float:
        limit = run.part(_BOUND_SHARE).remaining()
        if graph.n > CLB_PLUS_LIMIT:
            return float(clb(graph, time_limit=limit).bound)
        return float(clb_plus(graph, lp=True if bound == "lp" else "auto", time_limit=limit).bound)

    return lower_bound


def _sum_start(graph: Graph, run: RunOptions) -> ClusteringResult:
    """A clustering of few disagreements in all: often the best start."""
    part = run.part(_START_SHARE, max_iterations=None, target=None)
    return solve_sum(SumProblem(graph), "multilevel", part, None, 1, None)
