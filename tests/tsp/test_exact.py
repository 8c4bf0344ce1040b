"""Small problems: every method finds a shortest tour."""

import numpy as np
import pytest

from wayseer.tsp import TSPInstance, solve, tour_length

from .oracles import brute_force, check, cost_matrix, held_karp

pytestmark = pytest.mark.filterwarnings("ignore:metric .* rounds distances")


def _asymmetric(rng, n):
    return TSPInstance.from_matrix(rng.integers(0, 100, (n, n)))


def _symmetric(rng, n):
    costs = rng.random((n, n))
    return TSPInstance.from_matrix(costs + costs.T)


def _points(metric, points):
    return TSPInstance.from_points(points, metric)


KINDS = {
    "uniform": lambda rng, n: _points("euclid", rng.random((n, 2))),
    "space": lambda rng, n: _points("euclid", rng.normal(size=(n, 3))),
    "rounded": lambda rng, n: _points("EUC_2D", rng.integers(0, 1000, (n, 2))),
    "coarsely rounded": lambda rng, n: _points("CEIL_2D", rng.random((n, 2)) * 150),
    "pseudo-euclidean": lambda rng, n: _points("ATT", rng.integers(0, 500, (n, 2))),
    "earth": lambda rng, n: _points("GEO", rng.uniform(-80, 80, (n, 2)).round(2)),
    "maximum": lambda rng, n: _points("MAX_2D", rng.integers(0, 200, (n, 2))),
    "manhattan": lambda rng, n: _points("MAN_3D", rng.integers(0, 200, (n, 3))),
    "grid": lambda rng, n: _points("euclid", rng.integers(0, 4, (n, 2))),
    "line": lambda rng, n: _points("euclid", rng.integers(0, 50, (n, 1)) * [[1, 2]]),
    "few places": lambda rng, n: _points("EUC_2D", rng.integers(0, 1000, (2, 2))[rng.integers(0, 2, n)]),
    "one place": lambda rng, n: _points("euclid", np.full((n, 2), 0.3)),
    "symmetric": _symmetric,
    "asymmetric": _asymmetric,
    "asymmetric floats": lambda rng, n: TSPInstance.from_matrix(
        rng.exponential(size=(n, n)).astype(np.float32)
    ),
    "mostly free": lambda rng, n: TSPInstance.from_matrix(
        rng.integers(0, 2, (n, n)) * rng.integers(0, 9, (n, n))
    ),
    "equal": lambda rng, n: TSPInstance.from_matrix(np.full((n, n), 7)),
}


def _instances(kind, n, count):
    rng = np.random.default_rng(n)
    return [KINDS[kind](rng, n) for _ in range(count)]


@pytest.mark.parametrize("kind", KINDS)
def test_up_to_nine_nodes_are_solved_as_by_trying_all_tours(kind):
    for n in range(2, 10):
        for instance in _instances(kind, n, 3 if n < 9 else 1):
            expected = brute_force(cost_matrix(instance))
            for method in ("auto", "exact"):
                result = check(solve(instance, method=method), instance)
                assert result.length == pytest.approx(expected, rel=1e-12)
                assert result.lower_bound == result.length
                assert result.status == "optimal"
                assert result.method == "exact"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [10, 11, 12])
def test_up_to_twelve_nodes_are_solved_as_by_dynamic_programming(kind, n):
    instances = _instances(kind, n, 4)
    expected = held_karp(np.array([cost_matrix(instance) for instance in instances]))
    for instance, optimum in zip(instances, expected, strict=True):
        result = check(solve(instance), instance)
        assert result.length == pytest.approx(optimum, rel=1e-12)
        assert result.lower_bound == result.length
        assert (result.status, result.method) == ("optimal", "exact")


@pytest.mark.parametrize("kind", ["uniform", "few places", "asymmetric", "mostly free"])
def test_exact_goes_beyond_twelve_nodes(kind):
    for n in (13, 15):
        (instance,) = _instances(kind, n, 1)
        result = check(solve(instance, method="exact"), instance)
        assert result.status == "optimal"
        assert result.length == pytest.approx(held_karp(cost_matrix(instance)[None])[0], rel=1e-12)


@pytest.mark.parametrize("method", ["ils", "eax"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_heuristics_reach_the_optimum_of_small_problems(kind, method):
    for n in range(4, 13):
        instances = _instances(kind, n, 2)
        expected = held_karp(np.array([cost_matrix(instance) for instance in instances]))
        for instance, optimum in zip(instances, expected, strict=True):
            result = check(solve(instance, method=method, max_kicks=2000), instance)
            assert result.length == pytest.approx(optimum, rel=1e-9)


def test_one_node_has_a_tour_of_length_zero():
    for x in ([[3.0, 4.0]], np.array([[3, 4, 5]])):
        result = check(solve(x), x)
        assert result.length == 0
        assert result.tour.tolist() == [0]
        assert result.status == "optimal"


@pytest.mark.parametrize("method", ["auto", "exact", "ils", "eax"])
def test_the_diagonal_is_ignored(method):
    rng = np.random.default_rng(3)
    for n in (1, 2, 5, 9, 14):
        costs = rng.integers(1, 50, (n, n))
        loops = costs.copy()
        np.fill_diagonal(loops, rng.integers(0, 1000, n))
        own = np.eye(n, dtype=bool)
        plain = solve(TSPInstance.from_matrix(np.where(own, 0, costs)), method=method, max_kicks=50)
        for filled in (
            loops,
            np.where(own, -3, costs),
            np.where(own, np.inf, costs),
            np.where(own, np.nan, costs),
        ):
            instance = TSPInstance.from_matrix(filled)
            result = check(solve(instance, method=method, max_kicks=50), instance)
            assert result.length == plain.length


def test_two_nodes_cost_there_and_back():
    assert solve([[0, 0], [3, 4]]).length == 10.0
    assert solve([[0, 2], [5, 0]], metric="explicit").length == 7


def test_three_nodes_are_tried_in_both_directions():
    costs = np.array([[0, 1, 50], [50, 0, 1], [1, 50, 0]])
    for x in (costs, costs.T):
        result = solve(x, metric="explicit")
        assert result.length == 3
        assert tour_length(x, result.tour, metric="explicit") == 3


def test_square_arrays_of_two_or_three_columns_are_points():
    assert solve([[0, 1], [1, 0]]).length == pytest.approx(2 * 2**0.5)
    assert solve(np.eye(3)).length == pytest.approx(3 * 2**0.5)
