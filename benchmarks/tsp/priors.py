"""Heatmaps of the value table: those a user can compute, and those that show what a prediction is worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from wayseer.tsp import TSPInstance, gt_prior_heatmap, knn, softdist_heatmap

#: Built from the instance: their time is part of the run.
BUILT = {"gt-prior": gt_prior_heatmap, "softdist": softdist_heatmap}
#: Predictions from outside: they exist before the run begins.
GIVEN = ("oracle", "random", "random-knn", "adversarial")
PRIORS = ("none", *BUILT, *GIVEN)
#: Predictions that are wrong on purpose.
WRONG = ("random", "random-knn", "adversarial")

_NEIGHBOURS = 10


def given(prior: str, instance: TSPInstance, oracle: NDArray[np.int32], seed: int) -> Any:
    """A prediction from outside, in a form that the solvers take.

    oracle: 1 on the edges of the oracle's tour. random: ten random nodes per node, with random values;
    random-knn: random values on the ten nearest neighbours; adversarial: 1 on those of the ten nearest
    neighbours that the oracle does not use, 0 elsewhere.
    """
    n = instance.n
    random = np.random.default_rng([seed, n])
    if prior == "oracle":
        return _tour_edges(oracle)
    width = min(_NEIGHBOURS, n - 1)
    if prior == "random":
        rows = np.arange(n)[:, None]
        steps = np.sort(random.integers(1, n, size=(n, width)), axis=1)
        steps[:, 1:][np.diff(steps, axis=1) == 0] = 0  # drawn twice
        columns = np.where(steps > 0, (rows + steps) % n, -1)
        return columns, random.random((n, width))
    neighbours = knn(instance, width)
    if prior == "random-knn":
        return neighbours, random.random((n, width))
    if prior == "adversarial":
        used = _tour_edges(oracle)[np.repeat(np.arange(n), width), neighbours.ravel()]
        return neighbours, 1.0 - np.asarray(used).reshape(n, width)
    raise ValueError(f"unknown prior {prior!r}; allowed are {', '.join(PRIORS)}")


def _tour_edges(tour: NDArray[np.int32]) -> scipy.sparse.csr_array:
    n = len(tour)
    after = np.roll(tour, -1)
    ones = np.ones(n)
    there = scipy.sparse.coo_array((ones, (tour, after)), shape=(n, n))
    back = scipy.sparse.coo_array((ones, (after, tour)), shape=(n, n))
    return (there.tocsr() + back.tocsr()).tocsr()
