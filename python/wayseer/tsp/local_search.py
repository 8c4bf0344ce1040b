"""The local searches on their own: one descent from a given tour."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike

from wayseer import _core
from wayseer._common.arrays import integer, permutation
from wayseer._common.limits import checked_time_limit, remaining
from wayseer.tsp.core import core_problem, result_of
from wayseer.tsp.problem import as_instance
from wayseer.tsp.result import TSPResult


def or_opt(
    x: Any, tour: ArrayLike, *, metric: str | None = None, time_limit: float | None = None
) -> TSPResult:
    """Descend by 2-opt and Or-opt moves to a local optimum.

    Or-opt moves a run of one to three consecutive nodes elsewhere, either way round. Neighbour lists and a
    work queue; about 5 % above the optimum on uniform points from a greedy tour.

    Parameters
    ----------
    x, metric : as for `wayseer.tsp.solve`
    tour : array (n,) of int
        Where to start. Returned as it is for n < 8.
    time_limit : float, optional
        Wall seconds.

    Raises
    ------
    ValueError, TypeError
        As `wayseer.tsp.solve`.

    Notes
    -----
    Sources: G. Croes (1958), I. Or (1976), J. Bentley, "Fast algorithms for geometric traveling salesman
    problems" (1992).
    """
    started = time.perf_counter()
    instance = as_instance(x, metric)
    order = permutation(tour, "tour", instance.n)
    limit = checked_time_limit(time_limit)
    found = _core.tsp.or_opt(core_problem(instance), order, time_limit=remaining(limit, started))
    return result_of(found, instance, 0, started)


def k_opt(
    x: Any,
    tour: ArrayLike,
    depth: int = 5,
    breadth: Sequence[int] = (8, 5, 3, 2),
    *,
    metric: str | None = None,
    time_limit: float | None = None,
) -> TSPResult:
    """Descend by sequential k-opt moves (which contain 2-opt and Or-opt) to a local optimum.

    Parameters
    ----------
    x, metric : as for `wayseer.tsp.solve`
    tour : array (n,) of int
        Where to start. Returned as it is for n < 8.
    depth : int
        The most edges a move may exchange, 2 to 6.
    breadth : sequence of int
        ``breadth[i]`` neighbours are tried after i + 1 edges have been removed; depth - 1 values.
    time_limit : float, optional
        Wall seconds.

    Raises
    ------
    ValueError, TypeError
        As `wayseer.tsp.solve`.

    Notes
    -----
    Sources: S. Lin, B. Kernighan, "An effective heuristic algorithm for the traveling-salesman problem"
    (1973); K. Helsgaun, "General k-opt submoves for the Lin-Kernighan TSP heuristic" (2009).
    """
    started = time.perf_counter()
    instance = as_instance(x, metric)
    order = permutation(tour, "tour", instance.n)
    limit = checked_time_limit(time_limit)
    depth = integer(depth, "depth", 2, 6)
    try:
        widths = list(breadth)
    except TypeError:
        raise TypeError(f"breadth must be a sequence of integers, got {type(breadth).__name__}") from None
    found = _core.tsp.k_opt(
        core_problem(instance),
        order,
        depth=depth,
        breadth=[integer(b, f"breadth[{i}]", 1, 255) for i, b in enumerate(widths)],
        time_limit=remaining(limit, started),
    )
    return result_of(found, instance, 0, started)
