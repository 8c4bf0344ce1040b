"""Asymmetric costs: solved as what they are, in their own direction."""

import numpy as np
import pytest
import scipy.sparse

from wayseer.tsp import TSPInstance, candidates, knn, solve

from .oracles import brute_force, check, tsplib


@pytest.mark.parametrize("name", ["br17", "ftv33", "ft53", "kro124p"])
def test_tsplib_values_are_reached(data_dir, name):
    instance, optimum = tsplib(data_dir, name)
    assert not instance.symmetric
    result = check(solve(instance, target=optimum, time_limit=60), instance)
    assert result.length == optimum
    assert result.status == "target"


@pytest.mark.parametrize("method", ["auto", "exact", "ils", "eax"])
def test_eight_nodes_are_solved_as_by_trying_all_tours(method):
    rng = np.random.default_rng(1)
    for _ in range(10):
        costs = rng.integers(0, 1000, (8, 8))
        result = check(solve(costs, method=method, max_kicks=500), costs)
        assert result.length == brute_force(costs)


@pytest.mark.parametrize("method", ["ils", "eax"])
@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float32, np.float64])
def test_a_one_way_ring_is_followed_in_its_direction(method, dtype):
    n = 60
    ring = np.random.default_rng(0).permutation(n)
    costs = np.full((n, n), 100, dtype=dtype)
    costs[ring, np.roll(ring, -1)] = 1
    for x, order in ((costs, ring), (np.ascontiguousarray(costs.T), ring[::-1])):
        result = check(solve(x, method=method, max_iterations=300), x)
        assert result.length == n
        start = int(np.flatnonzero(order == result.tour[0])[0])
        assert np.array_equal(result.tour, np.roll(order, -start))


def test_one_entry_makes_a_matrix_asymmetric():
    rng = np.random.default_rng(2)
    points = TSPInstance.from_points(rng.random((40, 2)))
    costs = points.distances(np.arange(40)[:, None], np.arange(40))
    tour = solve(costs, max_iterations=20).tour
    costs[tour[0], tour[1]] *= 1 + 1e-9  # dearer this way than the other
    result = check(solve(costs, init=tour, max_iterations=5), costs)
    at = int(np.flatnonzero(result.tour == tour[0])[0])
    assert result.tour[(at + 1) % 40] != tour[1]


def test_differences_of_rounding_do_not_make_a_matrix_asymmetric():
    costs = np.random.default_rng(3).random((30, 30))
    costs += costs.T
    noisy = costs.copy()
    noisy[np.triu_indices(30)] *= 1 + 1e-14
    assert TSPInstance.from_matrix(noisy).symmetric
    check(solve(noisy, max_iterations=3), noisy)


def test_the_candidate_functions_say_that_they_take_symmetric_costs_only():
    costs = np.random.default_rng(4).integers(1, 9, (20, 20))
    with pytest.raises(ValueError, match="symmetric"):
        knn(costs, 3)
    with pytest.raises(ValueError, match="symmetric"):
        candidates(costs)
    with pytest.raises(ValueError, match="asymmetric"):
        solve(costs, method="mcts")


def test_entries_too_large_for_asymmetric_problems_are_refused():
    costs = np.random.default_rng(5).integers(1, 2**54, (30, 30))
    with pytest.raises(ValueError, match="too large for an asymmetric problem"):
        solve(costs)


@pytest.mark.parametrize("forbidden", [1e6, 1e15, 1e30, 1e300])
def test_forbidden_edges_cost_no_precision(forbidden):
    rng = np.random.default_rng(6)
    costs = rng.random((50, 50))
    tour = rng.permutation(50)
    closed = rng.random((50, 50)) < 0.5
    closed[tour, np.roll(tour, -1)] = False
    costs[closed] = forbidden
    result = check(solve(costs, max_iterations=20), costs)
    assert result.length < 50
    best = check(solve(np.where(closed, 1e3, costs), max_iterations=20), np.where(closed, 1e3, costs)).length
    assert result.length <= 1.05 * best


@pytest.mark.parametrize("method", ["ils", "eax"])
def test_a_tour_given_is_never_made_longer(method):
    costs = np.random.default_rng(7).random((60, 60))
    tour = solve(costs, max_iterations=30).tour
    length = costs[tour, np.roll(tour, -1)].sum()
    for options in ({"time_limit": 1e-6}, {"max_iterations": 0}, {"max_kicks": 0}):
        assert check(solve(costs, init=tour, method=method, **options), costs).length <= length * (1 + 1e-15)


@pytest.mark.parametrize("method", ["ils", "eax"])
def test_predictions_are_read_from_row_to_column(method):
    rng = np.random.default_rng(8)
    n = 100
    costs = rng.random((n, n))
    tour = solve(costs, max_iterations=30).tour
    length = costs[tour, np.roll(tour, -1)].sum()
    there = scipy.sparse.csr_array((np.ones(n), (tour, np.roll(tour, -1))), shape=(n, n))
    followed = check(solve(costs, heatmap=there, method=method, max_iterations=0, max_kicks=0), costs)
    assert followed.length <= length * (1 + 1e-12)
    back = scipy.sparse.csr_array(there.T)
    for prediction in ({"heatmap": back}, {"candidates": there}, {"candidates": back}):
        check(solve(costs, **prediction, method=method, max_iterations=3), costs)
