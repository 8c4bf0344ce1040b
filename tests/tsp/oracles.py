"""Slow and simple answers that the tests of the tsp room compare with."""

import itertools
import json
import math

import numpy as np
import pytest

from wayseer.tsp import TSPInstance, read_tsplib, tour_length


def cost_matrix(instance):
    nodes = np.arange(instance.n)
    return instance.distances(nodes[:, None], nodes[None, :])


def brute_force(costs):
    """The length of a shortest tour, by trying all of them."""
    n = len(costs)
    orders = np.array(list(itertools.permutations(range(1, n))), dtype=int).reshape(-1, n - 1)
    tours = np.hstack([np.zeros((len(orders), 1), dtype=int), orders])
    return costs[tours, np.roll(tours, -1, axis=1)].sum(axis=1).min()


def held_karp(costs):
    """The lengths of shortest tours of many instances (instances, n, n) at once; M. Held, R. Karp (1962)."""
    m = costs.shape[1] - 1
    inner = costs[:, 1:, 1:]
    big = math.inf if costs.dtype.kind == "f" else np.iinfo(costs.dtype).max // 4
    # path[:, S, j]: the shortest way from node 0 through the set S of the others, ending in j of S
    path = np.full((len(costs), 1 << m, m), big, dtype=costs.dtype)
    nodes = np.arange(m)
    path[:, 1 << nodes, nodes] = costs[:, 0, 1:]
    for visited in range(1, 1 << m):
        outside = nodes[(visited >> nodes) & 1 == 0]
        inside = nodes[(visited >> nodes) & 1 == 1]
        steps = path[:, visited, inside, None] + inner[:, inside[:, None], outside[None, :]]
        path[:, visited | (1 << outside), outside] = steps.min(axis=1, initial=big)
    return (path[:, -1, :] + costs[:, 1:, 0]).min(axis=1)


def check(result, x, metric=None):
    """What holds for every result: a tour, its length, and a trace that leads to it."""
    instance = x if isinstance(x, TSPInstance) else None
    length = tour_length(x, result.tour) if instance else tour_length(x, result.tour, metric=metric)
    assert result.tour.dtype == np.int32
    assert np.array_equal(np.sort(result.tour), np.arange(len(result.tour)))
    assert type(result.length) is type(length)
    if isinstance(length, int):
        assert result.length == length
    else:
        assert result.length == pytest.approx(length, rel=1e-12, abs=1e-300)
    seconds = [s for s, _ in result.trace]
    lengths = [found for _, found in result.trace]
    assert lengths[-1] == result.length
    assert all(type(found) is type(length) for found in lengths)
    assert seconds == sorted(seconds)
    assert seconds[0] >= 0
    assert seconds[-1] <= result.seconds
    # The engines compare fixed-point lengths, so that floats may differ in their last digits.
    slack = 0 if isinstance(length, int) else 1e-12 * abs(length)
    assert all(a > b - slack for a, b in itertools.pairwise(lengths))
    assert result.lower_bound is None or result.lower_bound <= result.length
    assert result.status in ("optimal", "target", "time_limit", "max_iterations", "converged", "interrupted")
    return result


def tsplib(data_dir, name):
    """A TSPLIB instance and its published optimum."""
    directory = data_dir / "tsp" / "tsplib"
    for path in (directory / f"{name}.tsp.gz", directory / f"{name}.atsp.gz"):
        if path.is_file():
            return read_tsplib(path), json.loads((directory / "optima.json").read_text())[name]
    return pytest.skip(f"skipped: no data ({name})")
