"""Candidate edges: the neighbours of each node that a search should try."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wayseer import _core
from wayseer._common.arrays import choice, integer
from wayseer.tsp.core import core_problem
from wayseer.tsp.problem import as_instance

METHODS = ("auto", "knn", "quadrant", "alpha", "delaunay")


def knn(x: Any, k: int, *, metric: str | None = None) -> NDArray[np.int32]:
    """The k nearest neighbours of each node.

    Parameters
    ----------
    x, metric : as for `wayseer.tsp.solve`; symmetric costs only
    k : int
        At least 1; cut to n - 1.

    Returns
    -------
    array (n, min(k, n - 1)), int32
        Rows ascend by (distance, id); the node itself is not in its row, coincident others are.

    Raises
    ------
    ValueError, TypeError
        As `wayseer.tsp.solve`.

    Notes
    -----
    O(n k log k) for points (a grid, or a k-d tree where they cluster), O(n^2) for a matrix.
    """
    return candidates(x, "knn", integer(k, "k", 1), metric=metric)


def candidates(
    x: Any, method: str = "auto", k: int | None = None, *, metric: str | None = None
) -> NDArray[np.int32]:
    """Candidate edges by a named method.

    Parameters
    ----------
    x, metric : as for `wayseer.tsp.solve`; symmetric costs only
    method : str
        "auto": what the solver uses - the 7 nearest and the nearest of each quadrant, or on clustered points
        the 5 nearest and 3 per quadrant; for a matrix the 10 nearest. "knn", "quadrant" (points), "alpha"
        (ranked by alpha-nearness: how much longer the minimum 1-tree gets with the edge in it), "delaunay"
        (points in the plane).
    k : int, optional
        At most so many per node. None: 10 for knn and quadrant, 7 for alpha, all for the others.

    Returns
    -------
    array (n, K), int32
        Rows ascend by (distance, id), for "alpha" by (alpha, distance); -1 where a row is shorter.

    Raises
    ------
    ValueError, TypeError
        As `wayseer.tsp.solve`; or a method that does not fit the instance.

    Notes
    -----
    Sources: K. Helsgaun, "An effective implementation of the Lin-Kernighan traveling salesman heuristic"
    (2000) for alpha-nearness; L. Guibas, J. Stolfi (1985) for the triangulation.
    """
    instance = as_instance(x, metric)
    choice(method, "method", METHODS)
    count = None if k is None else min(integer(k, "k", 1), instance.n)  # no list is longer
    table, _ = _core.tsp.candidates(core_problem(instance), method=method, k=count)
    return table
