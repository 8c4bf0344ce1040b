"""Random graphs for tests and benchmarks: the same arguments give the same graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wayseer import _core
from wayseer._common.arrays import INT32_MAX, integer, number
from wayseer._common.limits import checked_seed
from wayseer.clustering.cubic_datasets import cubic_partition, cubic_triangles
from wayseer.clustering.problem import Graph, from_edges

__all__ = [
    "cubic_partition",
    "cubic_triangles",
    "planted",
    "planted_sparse",
    "power_law",
    "random_signed",
    "rmat",
]

_MOST_EDGES = 2**33  # more would not fit the memory of any machine this is for


def planted(n: int, k: int, p_in: float, p_out: float, seed: int = 0, *, threads: int = 1) -> Graph:
    """A planted partition: vertex v is in cluster ``v % k``.

    Parameters
    ----------
    n, k : int
        Vertices and clusters, which have n // k vertices or one more.
    p_in, p_out : float
        The probability of an edge between two vertices of a cluster, and of different clusters.
    seed : int
    threads : int
        The graph does not depend on it.

    Returns
    -------
    Graph
        Without weights. ``np.arange(n) % k`` are the planted labels.

    Notes
    -----
    O(n + m). A. Condon, R. M. Karp, "Algorithms for graph partitioning on the planted partition model", 2001.
    """
    n = integer(n, "n", 0, INT32_MAX - 1)
    k = integer(k, "k", 1, INT32_MAX - 1)
    inside, outside = _probability(p_in, "p_in"), _probability(p_out, "p_out")
    pairs_inside = sum(
        count * size * (size - 1) / 2 for size, count in ((n // k, k - n % k), (n // k + 1, n % k))
    )
    _check_size(inside * pairs_inside + outside * (n * (n - 1) / 2 - pairs_inside))
    seed, threads = checked_seed(seed), integer(threads, "threads", 1, 4096)
    return _graph(_core.clustering.planted_rows(n, k, inside, outside, seed, threads))


def planted_sparse(
    n: int, k: int, degree_in: float, degree_out: float, seed: int = 0, *, threads: int = 1
) -> Graph:
    """`planted` with given expected degrees instead of probabilities.

    Parameters
    ----------
    n, k : int
        Vertices and clusters; vertex v is in cluster ``v % k``.
    degree_in, degree_out : float
        Expected neighbours of a vertex inside its cluster, at most n / k - 1, and outside, at most
        n - n / k.
    seed, threads : int
        As of `planted`.

    Returns
    -------
    Graph
        With about n (degree_in + degree_out) / 2 edges; 100 million take about a minute.
    """
    n = integer(n, "n", 0, INT32_MAX - 1)
    k = integer(k, "k", 1, INT32_MAX - 1)
    size = n / k
    inside = _share(degree_in, "degree_in", size - 1, "n / k - 1")
    outside = _share(degree_out, "degree_out", n - size, "n - n / k")
    return planted(n, k, inside, outside, seed, threads=threads)


def rmat(
    scale: int,
    edge_factor: float = 16,
    a: float = 0.57,
    b: float = 0.19,
    c: float = 0.19,
    seed: int = 0,
    *,
    threads: int = 1,
) -> Graph:
    """An R-MAT graph: skewed degrees, low ids have the high ones.

    Parameters
    ----------
    scale : int
        The graph has 2^scale vertices, many of them without edges; at most 30.
    edge_factor : float
        Draws of an edge for each vertex; self-loops and repetitions are dropped.
    a, b, c : float
        The probabilities of three quadrants of the adjacency matrix; the fourth has 1 - a - b - c.
    seed, threads : int
        As of `planted`.

    Returns
    -------
    Graph
        Without weights, with somewhat less than edge_factor 2^scale edges.

    Notes
    -----
    O(2^scale + scale m). D. Chakrabarti, Y. Zhan, C. Faloutsos, "R-MAT: a recursive model for graph mining",
    2004.
    """
    scale = integer(scale, "scale", 0, 30)
    factor = number(edge_factor, "edge_factor", 0.0)
    a, b, c = _probability(a, "a"), _probability(b, "b"), _probability(c, "c")
    if a + b + c > 1 + 1e-9:
        raise ValueError(f"a + b + c is {a + b + c:g}; allowed is at most 1")
    edges = factor * 2**scale
    _check_size(edges)
    seed, threads = checked_seed(seed), integer(threads, "threads", 1, 4096)
    return _graph(_core.clustering.rmat_rows(scale, round(edges), a, b, c, seed, threads))


def power_law(
    n: int,
    average_degree: float,
    exponent: float = 2.5,
    seed: int = 0,
    *,
    density: float = 0.95,
    threads: int = 1,
) -> Graph:
    """A graph with power-law degrees and communities, so that neighbours share neighbours.

    Parameters
    ----------
    n : int
    average_degree : float
        Expected; at most n / 4.
    exponent : float
        Of the tail of the degrees, above 2. The largest expected degree is sqrt(n average_degree).
    seed, threads : int
        As of `planted`.
    density : float
        Of the smallest communities, 0..1; one of vertices of degree d has density (2 / d)^(1/8) of it.

    Returns
    -------
    Graph
        Without weights, vertices in random order.

    Notes
    -----
    O(n + m). C. Seshadhri, T. G. Kolda, A. Pinar, "Community structure and scale-free collections of
    Erdos-Renyi graphs", 2012.
    """
    n = integer(n, "n", 0, INT32_MAX - 1)
    average = number(average_degree, "average_degree", 0.0)
    if average > n / 4:
        raise ValueError(f"average_degree must be at most n / 4 = {n / 4:g}, got {average:g}")
    gamma = number(exponent, "exponent")
    if gamma <= 2:
        raise ValueError(f"exponent must be above 2, got {gamma:g}")
    inside = _probability(density, "density")
    _check_size(n * average / 2)
    seed, threads = checked_seed(seed), integer(threads, "threads", 1, 4096)
    if average == 0:
        return from_edges([], [], n=n)
    return _graph(_core.clustering.power_law_rows(n, average, gamma, inside, seed, threads))


def random_signed(n: int, m: int, seed: int = 0) -> Graph:
    """m distinct random edges with weights uniform in -1..1.

    Parameters
    ----------
    n, m : int
        Vertices, and edges: at most n (n - 1) / 2.
    seed : int

    Returns
    -------
    Graph
        With weights.

    Notes
    -----
    Expected O(n + m log m).
    """
    n = integer(n, "n", 0, INT32_MAX - 1)
    pairs = n * (n - 1) // 2
    m = integer(m, "m", 0, min(pairs, _MOST_EDGES))
    random = np.random.default_rng(checked_seed(seed))
    if m > pairs // 2:  # draw those that are left out
        chosen = np.delete(np.arange(pairs), _distinct(random, pairs, pairs - m))
    else:
        chosen = _distinct(random, pairs, m)
    v = ((1.0 + np.sqrt(1.0 + 8.0 * chosen)) / 2.0).astype(np.int64)
    v -= v * (v - 1) // 2 > chosen  # the root is rounded
    v += v * (v + 1) // 2 <= chosen
    u = chosen - v * (v - 1) // 2
    return from_edges(u, v, random.uniform(-1.0, 1.0, m), n)


def _distinct(random: np.random.Generator, limit: int, count: int) -> NDArray[np.int64]:
    """``count`` different numbers below ``limit``, which is at least twice as many; ascending."""
    found = np.empty(0, np.int64)
    while len(found) < count:
        more = random.integers(limit, size=count - len(found) + 16)
        found = np.unique(np.concatenate([found, more]))
    surplus = random.permutation(len(found))[: len(found) - count]
    return np.delete(found, surplus)


def _graph(rows: tuple[Any, Any]) -> Graph:
    return Graph(*rows)


def _probability(value: float, name: str) -> float:
    return number(value, name, 0.0, 1.0)


def _share(degree: float, name: str, most: float, what: str) -> float:
    """An expected degree as a probability; rounding may take it a hair above 1."""
    value = number(degree, name, 0.0)
    most = max(0.0, most)
    if value > most * (1 + 1e-9):
        raise ValueError(f"{name} must be at most {what} = {most:g}, got {value:g}")
    return min(1.0, value / most) if most > 0 else 0.0


def _check_size(edges: float) -> None:
    if edges > _MOST_EDGES:
        raise ValueError(f"the graph would have about {edges:.3g} edges; allowed are {_MOST_EDGES:.3g}")
