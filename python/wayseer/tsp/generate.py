"""Random instances in the unit square, the same for a seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayseer._common.arrays import INT32_MAX, integer


def random_uniform(n: int, seed: int) -> NDArray[np.float64]:
    """Independent uniform points.

    Parameters
    ----------
    n : int
        At least 1.
    seed : int
        At least 0.

    Returns
    -------
    array (n, 2), float64
        In the unit square.
    """
    count = integer(n, "n", 1, INT32_MAX)
    return np.random.Generator(np.random.PCG64(integer(seed, "seed", 0))).random((count, 2))


def random_clustered(n: int, seed: int, clusters: int | None = None) -> NDArray[np.float64]:
    """Points around uniform centres, as in the clustered instances of the DIMACS TSP challenge.

    Each point takes a random centre and a normal offset of standard deviation 1/sqrt(n) in both coordinates;
    what falls outside is reflected at the border.

    Parameters
    ----------
    n : int
        At least 1.
    seed : int
        At least 0.
    clusters : int, optional
        Number of centres, from 1 to n. Default n // 100, at least 1.

    Returns
    -------
    array (n, 2), float64
        In the unit square.

    References
    ----------
    D. S. Johnson, L. A. McGeoch, "Experimental Analysis of Heuristics for the STSP", in The Traveling
    Salesman Problem and Its Variations (2002).
    """
    count = integer(n, "n", 1, INT32_MAX)
    centres = max(1, count // 100) if clusters is None else integer(clusters, "clusters", 1, count)
    random = np.random.Generator(np.random.PCG64(integer(seed, "seed", 0)))
    centre = random.random((centres, 2))
    points = centre[random.integers(centres, size=count)] + random.normal(scale=count**-0.5, size=(count, 2))
    folded = np.abs(points) % 2.0  # a triangle wave of period 2
    return np.minimum(folded, 2.0 - folded)
