"""PIVOT led by the distances of the linear program."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayseer.clustering.problem import Graph

_NEAR, _FAR = 0.19, 0.5095  # neighbours nearer are always taken, neighbours farther never


def round_distances(graph: Graph, distances: NDArray[np.float64], seed: int, run: int) -> NDArray[np.int32]:
    """One random rounding of a metric on the vertices.

    Parameters
    ----------
    graph : Graph
    distances : array (n, n)
        A feasible solution of the linear program, 0 together to 1 apart.
    seed, run : int
        Of the random numbers; runs differ.

    Returns
    -------
    array (n,), int32
        Expected disagreements are at most 2.06 times the program's value: vertices are taken by a random
        pivot with the probabilities of S. Chawla, K. Makarychev, T. Schramm, G. Yaroslavtsev, "Near optimal
        LP rounding algorithm for correlation clustering on complete and complete k-partite graphs" (2015).
    """
    rng = np.random.default_rng([seed, run])
    n = graph.n
    cut = distances.copy()
    u = np.repeat(np.arange(n), graph.degrees)
    along = np.clip((distances[u, graph.targets] - _NEAR) / (_FAR - _NEAR), 0.0, 1.0)
    cut[u, graph.targets] = along**2
    labels = np.full(n, -1, np.int32)
    count = 0
    for pivot in rng.permutation(n):
        if labels[pivot] >= 0:
            continue
        taken = (labels < 0) & (rng.random(n) >= cut[pivot])
        taken[pivot] = True
        labels[taken] = count
        count += 1
    return labels
