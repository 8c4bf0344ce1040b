"""Heatmap-guided Monte Carlo tree search: the research baseline, with its published settings."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from wayseer import _core
from wayseer._common.arrays import integer, number
from wayseer._common.limits import (
    Callback,
    checked_callback,
    checked_count,
    checked_seed,
    checked_time_limit,
    remaining,
)
from wayseer.tsp.core import core_problem, result_of
from wayseer.tsp.heatmaps import (
    as_edge_values,
    gt_prior_heatmap,
    largest_per_row,
    size_class,
    softdist_heatmap,
)
from wayseer.tsp.problem import as_instance
from wayseer.tsp.result import TSPResult

_INT32_MAX = 2**31 - 1
_RECOMMENDED = 20  # entries per node that UTSP's search reads


@dataclass(frozen=True)
class Settings:
    """One published setting of the search."""

    alpha: float
    beta: float
    h_par: int
    max_candidates: int | None  # None: n
    use_heatmap_candidates: bool
    max_depth: int


def _row(
    alpha: float, beta: float, h_par: int, candidates: int | None, use_heatmap: int, depth: int
) -> Settings:
    return Settings(alpha, beta, h_par, candidates, bool(use_heatmap), depth)


_UTSP = _row(0, 50, 2, 5, 0, 100)
_UTSP_ALTERNATIVE = _row(0, 150, 3, 5, 0, 10)

#: name -> instance size -> T -> settings. Sources: "original": Z.-H. Fu, K.-B. Qiu, H. Zha (2021);
#: "utsp-search" and its alternative for n = 1000: Y. Min, Y. Bai, C. Gomes (2023); all others: the settings
#: that X. Pan et al. (2024) tuned for each kind of heatmap.
PRESETS: MappingProxyType[str, dict[int, dict[float, Settings]]] = MappingProxyType(
    {
        "gt-prior": {
            500: {
                0.1: _row(0, 10, 5, 5, 1, 200),
                0.05: _row(2, 10, 2, 5, 1, 200),
                0.01: _row(0, 10, 2, 5, 1, 200),
                0.005: _row(0, 10, 2, 5, 1, 200),
            },
            1000: {
                0.1: _row(1, 10, 5, 5, 1, 200),
                0.05: _row(0, 10, 2, 5, 1, 200),
                0.01: _row(0, 10, 2, 5, 1, 200),
                0.005: _row(1, 10, 2, 5, 1, 50),
            },
            10000: {0.01: _row(0, 10, 10, 20, 0, 200), 0.005: _row(1, 100, 5, 20, 1, 100)},
        },
        "zero": {
            500: {0.1: _row(2, 10, 2, 5, 0, 100)},
            1000: {0.1: _row(1, 100, 5, 5, 0, 100)},
            10000: {0.01: _row(0, 100, 2, 20, 0, 10)},
        },
        "softdist": {
            500: {0.1: _row(1, 100, 2, None, 1, 200)},
            1000: {0.1: _row(0, 150, 2, 20, 1, 200)},
            10000: {0.01: _row(0, 10, 10, 20, 0, 200)},
        },
        "utsp": {500: {0.1: _row(0, 100, 5, 5, 0, 50)}, 1000: {0.1: _row(1, 100, 5, 5, 0, 50)}},
        "att-gcn": {
            500: {0.1: _row(0, 150, 5, 5, 0, 100)},
            1000: {0.1: _row(0, 150, 5, 5, 0, 200)},
            10000: {0.01: _row(1, 150, 2, 5, 1, 50)},
        },
        "dimes": {
            500: {0.1: _row(0, 100, 5, 5, 0, 200)},
            1000: {0.1: _row(0, 150, 2, 5, 0, 200)},
            10000: {0.01: _row(1, 100, 2, 20, 0, 10)},
        },
        "difusco": {
            500: {0.1: _row(1, 150, 2, 5, 0, 50)},
            1000: {0.1: _row(0, 150, 2, 5, 1, 100)},
            10000: {0.01: _row(0, 100, 5, 20, 0, 50)},
        },
        "original": {500: {0.1: _row(1, 10, 10, 1000, 1, 10)}},
        "utsp-search": {200: {0.08: _UTSP}, 500: {0.04: _UTSP}, 1000: {0.04: _UTSP}},
        "utsp-search-1000": {1000: {0.04: _UTSP_ALTERNATIVE}},
    }
)

_UTSP_SEARCHES = ("utsp-search", "utsp-search-1000")


def preset_settings(name: str, n: int, T: float | None = None) -> tuple[float, Settings]:
    """The T and the settings of a preset that are nearest to an instance of n nodes and a given T.

    The row of 10000 nodes serves from n = 5000, that of 1000 from 750, that of 500 below; where a preset
    has no such row, the nearest it has. Among its values of T the nearest in ratio counts; without one, the
    largest. ``max_depth`` is cut to n // 2 and ``max_candidates`` to n - 1.

    Raises
    ------
    ValueError
        Unknown name; the message lists the names.
    """
    if not isinstance(name, str):
        raise TypeError(f"preset must be one of {', '.join(PRESETS)}, got {name!r}")
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}; allowed are {', '.join(PRESETS)}")
    rows = PRESETS[name]
    size = 200 if 200 in rows and n < 350 else size_class(n)
    by_time = rows[min(rows, key=lambda known: abs(math.log(known / size)))]
    chosen = max(by_time) if T is None else min(by_time, key=lambda known: abs(math.log(known / T)))
    settings = by_time[chosen]
    candidates = n - 1 if settings.max_candidates is None else min(settings.max_candidates, n - 1)
    return chosen, replace(
        settings, max_depth=max(1, min(settings.max_depth, n // 2)), max_candidates=max(1, candidates)
    )


def mcts(
    x: Any,
    heatmap: Any = None,
    preset: str | None = None,
    alpha: float | None = None,
    beta: float | None = None,
    h_par: int | None = None,
    max_candidates: int | None = None,
    use_heatmap_candidates: bool | None = None,
    max_depth: int | None = None,
    T: float | None = None,
    compat: bool = False,
    *,
    metric: str | None = None,
    time_limit: float | None = None,
    max_iterations: int | None = None,
    seed: int = 0,
    callback: Callback | None = None,
    target: float | None = None,
    memory_limit: int = 4 << 30,
    raise_on_interrupt: bool = False,
    truncated_sampling: bool | None = None,
    symmetrize: bool = True,
) -> TSPResult:
    """Heatmap + Monte Carlo tree search, as the literature runs it. A baseline: `solve` is far better.

    Until the time is over: a start tour drawn by the heatmap, 2-opt, then k-opt moves drawn edge by edge with
    probability proportional to W(i, j) / mean W(i, .) + alpha * sqrt(ln(N + 1) / (Q(i, j) + 1)), where W
    starts as 100 times the heatmap and is raised for the edges of improving moves, Q counts visits and N
    actions; a restart after ``h_par`` * n actions without improvement. W, Q and N outlive restarts.

    Parameters
    ----------
    x, metric, seed, callback, target, raise_on_interrupt
        As for `wayseer.tsp.solve`; symmetric costs only.
    heatmap : optional
        In any form that `solve` takes. None: SoftDist for the preset "softdist", nothing for "zero", else the
        rank prior (`gt_prior_heatmap`).
    preset : str, optional
        A published setting, chosen by n and T: "gt-prior" (the default), "zero", "softdist", "utsp",
        "att-gcn", "dimes", "difusco", "original" (the first paper's), "utsp-search" (another search: W = H
        + H', random start tours; on each restart a depth from 10..89 and either the nearest candidates or
        the nearest among the heatmap's 20 largest) and "utsp-search-1000" (its alternative for n = 1000).
        The arguments that follow override it.
    alpha : float
        Weight of exploration, >= 0.
    beta : float
        Reward of an improving move's edges, >= 0.
    h_par : int
        Actions per node before a restart.
    max_candidates : int
        Candidate edges per node.
    use_heatmap_candidates : bool
        The largest entries of the heatmap that are >= 1e-4 (ties: the lower id), or the nearest nodes.
    max_depth : int
        Edges that a move may add, at most n // 2.
    T : float
        Seconds per node: the time limit is T * n. None: the preset's, unless time_limit or max_iterations is
        given.
    compat : bool
        Work as the reference code does, step by step, n x n arrays included (20 n^2 bytes). For comparisons
        only: without it the same decisions are taken 7 to 18 times faster (500 to 10,000 nodes).
    time_limit : float, optional
        Seconds; with T too, the shorter one.
    max_iterations : int, optional
        Actions.
    memory_limit : int
        Bytes that heatmap and search may take.
    truncated_sampling : bool, optional
        Draw by the reference's cumulative probabilities in whole thousandths, whose lost mass falls to the
        last choice. None: in compat mode. Elsewhere it is not available. With ``compat=True,
        truncated_sampling=False`` and without it the results are the same bit for bit.
    symmetrize : bool
        Replace the heatmap by the mean of itself and its transpose first, as the reference code does when
        it reads one. "utsp-search" always adds the two.

    Returns
    -------
    TSPResult
        ``iterations`` counts actions, ``method`` is "mcts".

    Raises
    ------
    ValueError, TypeError
        As `wayseer.tsp.solve`; unknown preset, ``max_depth`` above n // 2, asymmetric costs.

    Notes
    -----
    Decisions are taken on integer distances: unrounded points are scaled so that the unit square (or the
    longer side of the bounding box, if they lie elsewhere) has 100000 units, more above 10000 nodes. 2.718
    stands for e, as in the reference. Where the reference divides 0 by 0 (rows without weights) the ratio
    is 1. A step costs O(candidates + sqrt(n)); memory is O(n * candidates + entries of the heatmap).

    Examples
    --------
    >>> import wayseer.tsp
    >>> points = wayseer.tsp.random_uniform(100, seed=1)
    >>> wayseer.tsp.mcts(points, max_iterations=1000).status
    'max_iterations'
    """
    started = time.perf_counter()
    instance = as_instance(x, metric)
    n = instance.n
    if not instance.symmetric:
        raise ValueError("x is asymmetric; mcts takes symmetric costs only")
    name = "gt-prior" if preset is None else preset
    limit = checked_time_limit(time_limit)
    actions = checked_count(max_iterations, "max_iterations")
    per_node = None if T is None else number(T, "T")
    if per_node is not None and per_node <= 0:
        raise ValueError(f"T must be positive, got {per_node}")
    published, settings = preset_settings(
        name, n, per_node if limit is None else min(per_node or math.inf, limit / n)
    )
    if per_node is None and limit is None and actions is None:
        per_node = published
    if per_node is not None:
        limit = min(per_node * n, math.inf if limit is None else limit)

    alpha = settings.alpha if alpha is None else number(alpha, "alpha", 0)
    beta = settings.beta if beta is None else number(beta, "beta", 0)
    h_par = settings.h_par if h_par is None else integer(h_par, "h_par", 1, _INT32_MAX)
    count = (
        settings.max_candidates if max_candidates is None else integer(max_candidates, "max_candidates", 1)
    )
    assert count is not None
    utsp = name in _UTSP_SEARCHES
    redraw_candidates = utsp and use_heatmap_candidates is None
    redraw_depth = utsp and max_depth is None
    if use_heatmap_candidates is None:
        use_heatmap_candidates = settings.use_heatmap_candidates
    if max_depth is None:
        max_depth = settings.max_depth
    else:
        max_depth = integer(max_depth, "max_depth", 1)
        if max_depth > n // 2:
            raise ValueError(f"max_depth is {max_depth}; at most n // 2 = {n // 2} is allowed")
    if truncated_sampling and not compat:
        raise ValueError("truncated_sampling is the reference's; it needs compat=True")
    memory_limit = integer(memory_limit, "memory_limit", 0)

    explicit = heatmap is not None
    if heatmap is None and name != "zero":
        heatmap = softdist_heatmap(instance) if name == "softdist" else gt_prior_heatmap(instance)
    values = None
    if heatmap is not None:
        values = as_edge_values(heatmap, n, memory_limit, warn_zero_rows=explicit)
        if utsp:
            values = largest_per_row(values, _RECOMMENDED)
    found = _core.tsp.mcts(
        core_problem(instance),
        heatmap=values,
        alpha=alpha,
        beta=beta,
        h_par=h_par,
        max_candidates=min(count, max(1, n - 1)),
        candidates="heatmap" if use_heatmap_candidates else "nearest",
        weights="sum" if utsp else "mean" if symmetrize else "raw",
        start="random" if utsp else "heatmap",
        max_depth=max_depth,
        redraw_depth=redraw_depth,
        redraw_candidates=redraw_candidates,
        compat=bool(compat),
        truncated_sampling=bool(compat if truncated_sampling is None else truncated_sampling),
        time_limit=remaining(limit, started),
        max_iterations=actions,
        seed=checked_seed(seed),
        callback=checked_callback(callback),
        target=None if target is None else number(target, "target"),
        memory_limit=memory_limit,
        raise_on_interrupt=bool(raise_on_interrupt),
    )
    return result_of(found, instance, seed, started)
