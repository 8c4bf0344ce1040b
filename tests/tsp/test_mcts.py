"""Heatmap + MCTS: the two engines agree, presets, options, predictions of every quality, stopping, errors."""

import math
import os
import signal
import threading

import numpy as np
import pytest
import scipy.sparse

import wayseer.tsp as tsp
from wayseer.tsp.mcts import PRESETS, preset_settings


@pytest.fixture(scope="module")
def points():
    return tsp.random_uniform(150, seed=7)


def check(points, result, metric=None):
    n = len(points)
    assert sorted(result.tour.tolist()) == list(range(n))
    assert result.length == pytest.approx(tsp.tour_length(points, result.tour, metric), rel=1e-12)
    assert result.method == "mcts"
    assert result.trace[-1][1] == result.length
    lengths = [length for _, length in result.trace]
    assert lengths == sorted(lengths, reverse=True)


def tour_heatmap(tour):
    n = len(tour)
    following = np.roll(tour, -1)
    rows, columns = np.concatenate((tour, following)), np.concatenate((following, tour))
    return scipy.sparse.coo_array((np.ones(2 * n), (rows, columns)), shape=(n, n))


@pytest.mark.parametrize("preset", PRESETS)
def test_engines_agree_on_every_preset(points, preset):
    fast = tsp.mcts(points, preset=preset, max_iterations=3000, seed=5)
    check(points, fast)
    assert fast.status == "max_iterations"
    assert fast.iterations == 3000
    slow = tsp.mcts(points, preset=preset, max_iterations=3000, seed=5, compat=True, truncated_sampling=False)
    np.testing.assert_array_equal(fast.tour, slow.tour)
    assert fast.length == slow.length
    assert [length for _, length in fast.trace] == [length for _, length in slow.trace]
    reference = tsp.mcts(points, preset=preset, max_iterations=3000, seed=5, compat=True)
    check(points, reference)


def test_same_seed_same_result(points):
    runs = [tsp.mcts(points, max_iterations=2000, seed=seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0].tour, runs[1].tour)
    assert runs[0].tour.tolist() != runs[2].tour.tolist()


def test_symmetrized_and_raw_heatmaps_differ_unless_symmetric(points):
    prior = tsp.gt_prior_heatmap(points)
    both = (prior + prior.T) / 2
    given = tsp.mcts(points, both, max_iterations=1500, symmetrize=False)
    same = tsp.mcts(points, both, max_iterations=1500)
    np.testing.assert_array_equal(given.tour, same.tour)
    raw = tsp.mcts(points, prior, max_iterations=1500, symmetrize=False)
    assert raw.tour.tolist() != tsp.mcts(points, prior, max_iterations=1500).tour.tolist()


def test_predictions_of_every_quality(points):
    best = tsp.mcts(points, max_iterations=100_000, seed=1)
    perfect = tsp.mcts(points, tour_heatmap(best.tour), max_iterations=100, seed=1)
    assert perfect.length <= best.length * (1 + 1e-12)
    rng = np.random.default_rng(1)
    n = len(points)
    far = 1 - tour_heatmap(best.tour).toarray()
    np.fill_diagonal(far, 0)
    for heatmap in (rng.random((n, n)), far, np.ones((n, n))):
        check(points, tsp.mcts(points, heatmap, max_iterations=300))
    with pytest.warns(UserWarning, match="150 of 150 rows"):
        zero = tsp.mcts(points, np.zeros((n, n)), preset="zero", max_iterations=300)
    np.testing.assert_array_equal(zero.tour, tsp.mcts(points, preset="zero", max_iterations=300).tour)


def test_default_heatmaps_of_presets(points):
    def tour(**arguments):
        return tsp.mcts(points, max_iterations=500, **arguments).tour.tolist()

    assert tour() == tour(heatmap=tsp.gt_prior_heatmap(points), preset="gt-prior")
    assert tour(preset="softdist") == tour(heatmap=tsp.softdist_heatmap(points), preset="softdist")
    assert tour(preset="dimes") == tour(heatmap=tsp.gt_prior_heatmap(points), preset="dimes")


def test_presets_by_size_and_time():
    def chosen(*arguments):
        T, s = preset_settings(*arguments)
        return (T, s.alpha, s.beta, s.h_par, s.max_candidates, s.use_heatmap_candidates, s.max_depth)

    assert chosen("gt-prior", 500) == (0.1, 0, 10, 5, 5, True, 200)
    assert chosen("gt-prior", 500, 0.05) == (0.05, 2, 10, 2, 5, True, 200)
    assert chosen("gt-prior", 1000, 1.0) == (0.1, 1, 10, 5, 5, True, 200)
    assert chosen("gt-prior", 1000, 1e-4) == (0.005, 1, 10, 2, 5, True, 50)
    assert chosen("gt-prior", 100_000) == (0.01, 0, 10, 10, 20, False, 200)
    assert chosen("zero", 500) == (0.1, 2, 10, 2, 5, False, 100)
    assert chosen("softdist", 500) == (0.1, 1, 100, 2, 499, True, 200)
    assert chosen("utsp", 10_000) == (0.1, 1, 100, 5, 5, False, 50)
    assert chosen("original", 100_000) == (0.1, 1, 10, 10, 1000, True, 10)
    assert chosen("utsp-search", 200) == (0.08, 0, 50, 2, 5, False, 100)
    assert chosen("utsp-search", 1000) == (0.04, 0, 50, 2, 5, False, 100)
    assert chosen("gt-prior", 20) == (0.1, 0, 10, 5, 5, True, 10)  # max_depth cut to n // 2


def test_arguments_override_the_preset(points):
    prior = tsp.gt_prior_heatmap(points)
    T, s = preset_settings("gt-prior", len(points))
    assert T == 0.1
    by_name = tsp.mcts(points, prior, max_iterations=800)
    by_hand = tsp.mcts(
        points,
        prior,
        "zero",
        s.alpha,
        s.beta,
        s.h_par,
        s.max_candidates,
        s.use_heatmap_candidates,
        s.max_depth,
        max_iterations=800,
    )
    np.testing.assert_array_equal(by_name.tour, by_hand.tour)
    # An explicit candidate rule or depth ends UTSP's redrawing, so nothing but the seed is random.
    fixed = {"use_heatmap_candidates": False, "max_depth": 20, "max_iterations": 800}
    check(points, tsp.mcts(points, preset="utsp-search", **fixed))


def test_metrics_and_small_instances():
    for n in range(1, 12):
        points = (tsp.random_uniform(n, seed=n) * 1000).round()
        for metric in ("euclid", "EUC_2D", "ATT", "MAN_2D"):
            result = tsp.mcts(points, metric=metric, max_iterations=300)
            check(points, result, metric)
            assert isinstance(result.length, float if metric == "euclid" else int)
    matrix = np.array([[9, 1, 2, 3], [1, 9, 4, 5], [2, 4, 9, 6], [3, 5, 6, 9]])
    assert tsp.mcts(matrix, max_iterations=100).length == min(1 + 4 + 6 + 3, 1 + 5 + 6 + 2, 2 + 4 + 5 + 3)


def test_solve_runs_it(points):
    prior = tsp.gt_prior_heatmap(points)
    a = tsp.solve(points, method="mcts", heatmap=prior, max_iterations=500, seed=3, alpha=1, max_depth=20)
    b = tsp.mcts(points, prior, max_iterations=500, seed=3, alpha=1, max_depth=20)
    np.testing.assert_array_equal(a.tour, b.tour)


def test_hundred_thousand_nodes_in_little_memory():
    points = tsp.random_uniform(100_000, seed=1)
    result = tsp.mcts(points, preset="original", time_limit=2.0, memory_limit=1 << 30)
    check(points, result)
    assert result.status == "time_limit"
    with pytest.raises(ValueError, match=r"needs about 2\d{11} bytes for n \* n"):
        tsp.mcts(points, compat=True, time_limit=2.0)


def test_time_target_and_callback(points):
    timed = tsp.mcts(points, T=0.1 / 150)
    assert timed.status == "time_limit"
    check(points, timed)
    assert tsp.mcts(points, time_limit=0.05, T=1.0).status == "time_limit"
    reached = tsp.mcts(points, target=timed.length * 1.05, time_limit=60)
    assert reached.status == "target"
    assert reached.length <= timed.length * 1.05
    calls = []

    def callback(elapsed, length):
        calls.append((elapsed, length))
        return len(calls) < 2

    assert tsp.mcts(points, time_limit=60, callback=callback).status == "interrupted"
    assert len(calls) == 2

    def failing(elapsed, length):
        raise RuntimeError("from the callback")

    with pytest.raises(RuntimeError, match="from the callback"):
        tsp.mcts(points, time_limit=60, callback=failing)


def test_keyboard_interrupt_returns_the_best_tour(points):
    for compat in (False, True):
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        result = tsp.mcts(points, time_limit=60, compat=compat)
        timer.join()
        assert result.status == "interrupted"
        check(points, result)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        tsp.mcts(points, time_limit=60, raise_on_interrupt=True)
    timer.join()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"preset": "best"}, ValueError, "unknown preset 'best'.*gt-prior.*utsp-search"),
        ({"preset": 3}, TypeError, "preset"),
        ({"alpha": -1}, ValueError, "alpha"),
        ({"alpha": math.nan}, ValueError, "alpha"),
        ({"beta": "big"}, TypeError, "beta"),
        ({"h_par": 0}, ValueError, "h_par"),
        ({"h_par": 1.5}, TypeError, "h_par"),
        ({"max_candidates": 0}, ValueError, "max_candidates"),
        ({"max_depth": 0}, ValueError, "max_depth"),
        ({"max_depth": 76}, ValueError, r"max_depth is 76; at most n // 2 = 75"),
        ({"T": 0}, ValueError, "T must be positive"),
        ({"T": math.inf}, ValueError, "T must be finite"),
        ({"time_limit": -1.0}, ValueError, "time_limit"),
        ({"max_iterations": -1}, ValueError, "max_iterations"),
        ({"seed": -1}, ValueError, "seed"),
        ({"callback": 3}, TypeError, "callback"),
        ({"target": math.nan}, ValueError, "target"),
        ({"truncated_sampling": True}, ValueError, "truncated_sampling"),
        ({"compat": True, "memory_limit": 400_000}, ValueError, r"needs about \d+ bytes.*allows 400000"),
        ({"memory_limit": 1000}, ValueError, r"bytes.*1000"),
        ({"metric": "GEO3"}, ValueError, "metric"),
    ],
)
def test_errors(points, arguments, error, message):
    with pytest.raises(error, match=message):
        tsp.mcts(points, **({"max_iterations": 1} | arguments))


def test_asymmetric_costs_are_refused():
    matrix = np.arange(25).reshape(5, 5)
    with pytest.raises(ValueError, match="asymmetric"):
        tsp.mcts(matrix, max_iterations=1)
