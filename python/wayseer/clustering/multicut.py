"""Multicut of sparse signed graphs."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer import _core
from wayseer._common.arrays import choice
from wayseer._common.limits import Callback
from wayseer.clustering.exact import exact_multicut
from wayseer.clustering.objective import negative_weight
from wayseer.clustering.problem import Graph, as_graph, label_array
from wayseer.clustering.result import ClusteringResult, check_objective, status_of, trajectory_of
from wayseer.clustering.run import RunOptions
from wayseer.clustering.sum_objective import check_exact_size

METHODS = ("auto", "gaec", "klj", "local_moves", "exact")
_SEARCH_SHARE = 0.25  # of the time limit, before a proof


def multicut(
    graph: Any,
    method: str = "auto",
    *,
    time_limit: float | None = None,
    max_iterations: int | None = None,
    target: float | None = None,
    seed: int = 0,
    threads: int = 1,
    init: ArrayLike | None = None,
    callback: Callback | None = None,
) -> ClusteringResult:
    """Cluster a signed graph so that the weight of the edges between clusters is least.

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
        Positive weights attract, negative ones repel, pairs without an edge do not count.
    method : str
        "gaec" (greedy additive edge contraction), "klj" (Kernighan-Lin with joins, from "gaec" or ``init``),
        "local_moves" (multilevel), "exact", or "auto": "gaec", local moves, "klj", then a memetic search.
    time_limit, max_iterations, target, seed, threads, init, callback
        As for `correlation_cluster`.

    Returns
    -------
    ClusteringResult
        ``objective`` is the weight of the cut edges, at most 0; ``stats["disagreements_weighted"]`` adds the
        absolute negative weights, so that it counts what is cut or kept against its sign.

    Raises
    ------
    ValueError, TypeError
        Wrong input.

    Notes
    -----
    "gaec" is O(m log^2 n). Sources: M. Keuper et al., "Efficient decomposition of image and mesh graphs by
    lifted multicuts" (2015); S. Chopra, M. Rao, "The partition problem" (1993).

    Examples
    --------
    >>> import wayseer.clustering as wc
    >>> g = wc.from_edges([0, 1, 0], [1, 2, 2], [2.0, 1.0, -3.0])
    >>> wc.multicut(g).objective
    -2.0
    """
    run = RunOptions.checked(
        time_limit=time_limit,
        max_iterations=max_iterations,
        target=target,
        seed=seed,
        threads=threads,
        callback=callback,
    )
    choice(method, "method", METHODS)
    g = as_graph(graph)
    start = None if init is None else label_array(init, "init", g.n)
    if g.n == 0:
        return multicut_result(g, np.empty(0, np.int32), run, status="optimal", lower_bound=0.0)
    if method == "exact":
        check_exact_size(g.n, method, run)
        searched = _searched(g, "auto", run.part(_SEARCH_SHARE), start, patience=2000)
        return searched if searched.status == "interrupted" else _proven(g, searched, run)
    return _searched(g, method, run, start)


def _searched(
    g: Graph,
    method: str,
    run: RunOptions,
    start: NDArray[np.int32] | None,
    patience: int | None = None,
) -> ClusteringResult:
    if method == "local_moves":
        found = _core.clustering.multilevel(
            g.core,
            "multicut",
            gamma=0.0,
            node_weights=None,
            init=start,
            seed=run.seed,
            threads=run.threads,
            limits=run.core(),
        )
    else:
        found = _core.clustering.multicut(
            g.core,
            method=method,
            init=start,
            seed=run.seed,
            threads=run.threads,
            patience=run.patience if patience is None else patience,
            limits=run.core(),
        )
    result = multicut_result(
        g,
        found["labels"],
        run,
        status=status_of(found["status"]),
        iterations=found["iterations"],
        trajectory=trajectory_of(found, run.started),
        stats={"method": method},
    )
    check_objective(result.objective, found["objective"], negative_weight(g))
    return result


def _proven(g: Graph, searched: ClusteringResult, run: RunOptions) -> ClusteringResult:
    """The exact method from the search's answer."""
    try:
        exact = exact_multicut(g, init=searched.labels, time_limit=run.remaining(), callback=run.callback)
    except KeyboardInterrupt:
        return replace(searched, status="interrupted", seconds=time.perf_counter() - run.started)
    bound = -negative_weight(g) if exact.lower_bound is None else exact.lower_bound
    trajectory = searched.trajectory + tuple(
        (searched.seconds + s, value) for s, value in exact.trajectory if value < searched.objective
    )
    return multicut_result(
        g,
        exact.labels,
        run,
        status="optimal" if bound >= exact.objective else exact.status,
        lower_bound=bound,
        iterations=searched.iterations,
        trajectory=trajectory,
        stats=exact.stats | {"method": "exact"},
    )


def multicut_result(g: Graph, labels: NDArray[np.int32], run: RunOptions, **facts: Any) -> ClusteringResult:
    """A result of checked labels; the objective recomputed."""
    value = _core.clustering.multicut_value(g.core, labels)
    stats = {"disagreements_weighted": value + negative_weight(g), "seed": run.seed} | facts.pop("stats", {})
    return ClusteringResult(
        labels=labels,
        objective=value,
        n_clusters=int(labels.max(initial=-1)) + 1,
        seconds=time.perf_counter() - run.started,
        stats=stats,
        names=g.names,
        **facts,
    )
