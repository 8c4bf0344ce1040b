"""Random instances of cubic correlation clustering: those of the study of partial optimality.

D. Stein, S. Di Gregorio, B. Andres, "Partial optimality in cubic correlation clustering" (2023).
"""

from __future__ import annotations

import itertools

import numpy as np

from wayseer._common.arrays import integer, number
from wayseer._common.limits import checked_seed
from wayseer.clustering.cubic import CubicProblem

_MIDPOINTS = ((0.0, 1.0), (0.5, 0.55), (1.5, -0.7))
_RADII = (1.1 / 3**0.5, 0.9 / 3**0.5, 1.0 / 3**0.5)
_OFFSETS = (80.0, -110.0, 60.0)  # degrees


def cubic_partition(n0: int, alpha: float, beta: float, seed: int = 0) -> CubicProblem:
    """Costs around a partition into four clusters of n0, 2 n0, 2 n0 and 3 n0 elements, in this order.

    Parameters
    ----------
    n0 : int
        At least 1; n = 8 n0.
    alpha : float
        Noise, 0 to 1. Costs inside clusters have mean -1 + alpha, between them 1 - alpha, both the standard
        deviation 0.1 + 0.3 alpha; a triple is inside if all three are in one cluster.
    beta : float
        0 to 1: pair costs are multiplied by 1 - beta, triple costs by beta.
    seed : int
    """
    n0 = integer(n0, "n0", 1, 10_000)
    alpha = number(alpha, "alpha", 0.0, 1.0)
    beta = number(beta, "beta", 0.0, 1.0)
    rng = np.random.default_rng(checked_seed(seed))
    labels = np.repeat(np.arange(4), np.array([1, 2, 2, 3]) * n0)
    n = len(labels)
    deviation = 0.1 + alpha * (0.4 - 0.1)
    i, j = np.triu_indices(n, 1)
    pair_mean = np.where(labels[i] == labels[j], -1.0 + alpha, 1.0 - alpha)
    pairs = rng.normal(pair_mean, deviation) * (1.0 - beta)
    a, b, c = _triples(n)
    together = (labels[a] == labels[b]) & (labels[a] == labels[c])
    triples = rng.normal(np.where(together, -1.0 + alpha, 1.0 - alpha), deviation) * beta
    return CubicProblem(pairs, triples)


def cubic_triangles(k: int, sigma: float, seed: int = 0) -> CubicProblem:
    """Noisy points at the corners of three equilateral triangles, to be clustered by triangle.

    Three points are cheap together if they are near each other or look like an equilateral triangle.

    Parameters
    ----------
    k : int
        At least 2; k - 2 to k points at each corner, n = 9 k - 9.
    sigma : float
        Standard deviation of a point along each axis, positive.
    seed : int
    """
    k = integer(k, "k", 2, 1000)
    sigma = number(sigma, "sigma")
    if sigma <= 0:
        raise ValueError(f"sigma must be positive, got {sigma}")
    rng = np.random.default_rng(checked_seed(seed))
    per_corner = ((k - 2, k - 1, k), (k - 1, k, k - 1), (k - 2, k - 2, k))
    corners = []
    for midpoint, radius, offset, counts in zip(_MIDPOINTS, _RADII, _OFFSETS, per_corner, strict=True):
        for corner, count in enumerate(counts):
            angle = np.deg2rad(offset + 120.0 * corner)
            position = np.array(midpoint) + radius * np.array([np.cos(angle), np.sin(angle)])
            corners.append(np.tile(position, (count, 1)))
    points = np.concatenate(corners)
    points = points + rng.normal(0.0, sigma, points.shape)
    n = len(points)
    distance = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    i, j = np.triu_indices(n, 1)
    near = 4.0 * sigma
    pairs = np.where(distance[i, j] < near, -3.0 * (1.0 - distance[i, j] / near), 0.0)

    a, b, c = _triples(n)
    sides = np.stack([distance[b, c], distance[a, c], distance[a, b]])
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.zeros(sides.shape[1])
        for x, y, z in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
            cosine = (sides[y] ** 2 + sides[z] ** 2 - sides[x] ** 2) / (2.0 * sides[y] * sides[z])
            deviation += np.abs(np.arccos(np.clip(cosine, -1.0, 1.0)) - np.pi / 3.0)
    shape = -3.0 + 18.0 / np.pi * deviation
    triples = np.where(
        sides.max(axis=0) < near,
        -3.0 * (1.0 - sides.max(axis=0) / near),
        np.where(sides.min(axis=0) < near, 0.0, np.where(shape > 0, shape / 7.0, shape)),
    )
    return CubicProblem(pairs, triples)


def _triples(n: int) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
    """The triples i < j < k < n in lexicographic order, as an array (3, t)."""
    flat = itertools.chain.from_iterable(itertools.combinations(range(n), 3))
    return np.fromiter(flat, dtype=np.intp, count=n * (n - 1) * (n - 2) // 2).reshape(-1, 3).T
