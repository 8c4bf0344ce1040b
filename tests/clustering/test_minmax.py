"""Min-max and l_p clustering: published values, small optima, planted clusters, limits."""

from __future__ import annotations

import gzip
import itertools
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wayseer.clustering as wc
from wayseer.clustering.minmax import minmax_cluster

METHODS = ("metric", "greedy", "local_search", "auto")

# File: metric at r = 0.7, best of the sweep, greedy A*, a value the search reaches soon.
TABLE = {
    "ego-facebook-0": (49, 49, 44, 43),
    "ego-facebook-107": (152, 134, 122, 119),
    "ego-facebook-348": (72, 71, 50, 48),
    "ego-facebook-414": (34, 33, 27, 25),
    "ego-facebook-686": (47, 47, 43, 38),
    "ego-facebook-698": (20, 18, 16, 14),
    "ego-facebook-1684": (93, 93, 78, 73),
    "ego-facebook-1912": (220, 187, 163, 150),
    "ego-facebook-3437": (107, 79, 57, 56),
    "ego-facebook-3980": (12, 12, 11, 10),
    "lastfm-asia": (216, 172, 116, 113),
    "ca-HepTh": (65, 60, 42, 39),
    "ca-GrQc": (45, 45, 36, 36),
}


def load(data_dir: Path, name: str) -> wc.Graph:
    with gzip.open(data_dir / "clustering" / "snap" / f"{name}.txt.gz", "rt") as file:
        edges = np.loadtxt(file, dtype=np.int64, ndmin=2)
    return wc.from_edges(edges[:, 0], edges[:, 1])


def random_graph(n: int, density: float, seed: int) -> wc.Graph:
    rng = np.random.default_rng(seed)
    u, v = np.nonzero(np.triu(rng.random((n, n)) < density, 1))
    return wc.from_edges(u, v, n=n)


def partitions(n: int) -> Iterator[list[int]]:
    def extend(labels: list[int], used: int) -> Iterator[list[int]]:
        if len(labels) == n:
            yield labels
            return
        for c in range(used + 1):
            yield from extend([*labels, c], max(used, c + 1))

    return extend([], 0)


def optimum(g: wc.Graph, objective: str, p: float) -> float:
    return min(wc.evaluate(g, labels, objective, p=p) for labels in partitions(g.n))


@pytest.mark.parametrize("name", TABLE)
def test_values_of_the_table(data_dir: Path, name: str) -> None:
    g = load(data_dir, name)
    metric, sweep, greedy, search = TABLE[name]
    assert minmax_cluster(g, method="metric").objective == metric
    assert minmax_cluster(g, method="greedy").objective == greedy
    r = minmax_cluster(g, method="auto", max_iterations=1)
    assert r.stats["starts"] == {"metric": sweep, "greedy": greedy}
    assert r.objective <= min(sweep, greedy)
    # Moves, not seconds: the machine's speed does not matter.
    assert minmax_cluster(g, max_iterations=500_000, target=search).objective <= search


@pytest.mark.parametrize(("objective", "p"), [("min_max", None), ("lp", 1), ("lp", 3.5)])
@pytest.mark.parametrize("method", METHODS)
def test_small_graphs_against_all_partitions(method: str, objective: str, p: float | None) -> None:
    reached = 0
    for seed in range(12):
        g = random_graph(2 + seed % 5, 0.2 + 0.05 * seed, seed)
        best = optimum(g, objective, p or 1.0)
        r = minmax_cluster(g, objective=objective, p=p, method=method)
        assert r.objective >= best - 1e-9
        assert r.objective == pytest.approx(wc.evaluate(g, r.labels, objective, p=p or 1.0))
        reached += r.objective <= best + 1e-9
    assert method in ("metric", "greedy") or reached == 12


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("metric", ["plain", "adjusted"])
def test_planted_clusters_cost_nothing(method: str, metric: str) -> None:
    sizes = [1, 6, 3, 1, 9]
    ends = np.cumsum([0, *sizes])
    pairs = [e for a, b in itertools.pairwise(ends) for e in itertools.combinations(range(a, b), 2)]
    g = wc.from_edges([u for u, _ in pairs], [v for _, v in pairs], n=int(ends[-1]))
    r = minmax_cluster(g, method=method, metric=metric)
    assert r.objective == 0
    assert r.status == "optimal"
    assert r.labels.tolist() == np.repeat(np.arange(5), sizes).tolist()


@settings(max_examples=40)
@given(st.integers(1, 25), st.floats(0, 1), st.integers(0, 100), st.sampled_from(["metric", "greedy"]))
def test_an_isolated_vertex_stays_alone_and_costs_nothing(
    n: int, density: float, seed: int, method: str
) -> None:
    g = random_graph(n, density, seed)
    u, v, _ = g.edges()
    more = wc.from_edges(u, v, n=n + 1)
    r, s = minmax_cluster(g, method=method), minmax_cluster(more, method=method)
    assert s.objective == r.objective
    assert s.labels.tolist() == [*r.labels.tolist(), r.n_clusters]


@settings(max_examples=15)
@given(st.integers(1, 7), st.floats(0, 1), st.integers(0, 100), st.randoms(use_true_random=False))
def test_numbering_does_not_change_the_optimum(n: int, density: float, seed: int, random: Any) -> None:
    g = random_graph(n, density, seed)
    order = list(range(n))
    random.shuffle(order)
    u, v, _ = g.edges()
    other = wc.from_edges(np.array(order)[u], np.array(order)[v], n=n)
    assert minmax_cluster(g).objective == minmax_cluster(other).objective


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_same_result_at_any_number_of_threads(method: str) -> None:
    g = random_graph(70, 0.15, 4)
    runs = [
        minmax_cluster(g, method=method, seed=9, threads=threads, max_iterations=3000)
        for threads in (1, 2, 1)
    ]
    assert all(np.array_equal(runs[0].labels, r.labels) for r in runs)
    assert len({r.iterations for r in runs}) == 1


def test_theory_keeps_its_ratio_and_sets_the_radii() -> None:
    for seed in range(15):
        g = random_graph(6, 0.5, seed)
        r = minmax_cluster(g, method="metric", theory=True)
        assert r.objective <= 40 * optimum(g, "min_max", 1.0)
        same = minmax_cluster(g, method="metric", r1=0.2, r2=0.4)
        assert np.array_equal(r.labels, same.labels)


def test_large_p_is_nearly_the_maximum() -> None:
    g = random_graph(40, 0.2, 1)
    r = minmax_cluster(g, objective="lp", p=300.0, max_iterations=3000)
    largest = float(wc.evaluate(g, r.labels, "min_max"))
    assert largest <= r.objective <= largest * 40 ** (1 / 300) + 1e-9
    assert minmax_cluster(g, objective="lp", p=math.inf, max_iterations=3000).objective == pytest.approx(
        minmax_cluster(g, max_iterations=3000).objective
    )


def test_never_worse_than_what_it_is_given() -> None:
    g = random_graph(60, 0.1, 2)
    good = minmax_cluster(g, max_iterations=20_000)
    for method in METHODS:
        r = minmax_cluster(g, method=method, init=good.labels + 5, max_iterations=1)
        assert r.objective <= good.objective
    r = minmax_cluster(g, extra_starts=[np.zeros(60, int), good.labels], max_iterations=1)
    assert r.objective <= good.objective
    assert set(r.stats["starts"]) == {"extra_starts[0]", "extra_starts[1]", "metric", "greedy"}


def test_a_bound_that_is_reached_proves_the_optimum() -> None:
    g = random_graph(7, 0.5, 3)
    best = optimum(g, "min_max", 1.0)
    r = minmax_cluster(g, lower_bound=lambda _: best)
    assert (r.status, r.lower_bound, r.gap) == ("optimal", best, 0)
    r = minmax_cluster(g, lower_bound=lambda _: best - 1)
    assert (r.status, r.lower_bound) == ("feasible", best - 1)


def test_limits_and_target() -> None:
    g = random_graph(150, 0.3, 5)
    r = minmax_cluster(g, time_limit=0.3)
    assert r.status == "time_limit"
    assert r.objective == wc.evaluate(g, r.labels, "min_max")
    values = [value for _, value in r.trajectory]
    assert values == sorted(values, reverse=True)
    assert values[-1] == r.objective
    r = minmax_cluster(g, method="local_search", max_iterations=50)
    assert r.iterations <= 50
    aim = minmax_cluster(g, method="greedy").objective
    r = minmax_cluster(g, target=aim)
    assert r.objective <= aim
    assert r.status == "feasible"


@pytest.mark.parametrize("method", METHODS)
def test_a_tiny_time_limit_still_returns_a_clustering(method: str) -> None:
    g = random_graph(400, 0.2, 6)
    r = minmax_cluster(g, method=method, time_limit=1e-6)
    assert r.status == "time_limit"
    assert len(r.labels) == 400
    assert r.objective == wc.evaluate(g, r.labels, "min_max")


def test_callback_sees_progress_and_may_stop() -> None:
    g = random_graph(200, 0.3, 7)
    calls: list[tuple[float, float]] = []

    def stop(seconds: float, objective: float) -> bool:
        calls.append((seconds, objective))
        return False

    r = minmax_cluster(g, time_limit=60, callback=stop)
    assert len(calls) == 1
    assert r.status == "interrupted"
    assert r.objective <= calls[0][1]

    def fail(seconds: float, objective: float) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        minmax_cluster(g, time_limit=60, callback=fail)


@pytest.mark.skipif(os.name == "nt", reason="sends itself a signal")
def test_interrupt_returns_the_best_so_far() -> None:
    g = random_graph(300, 0.3, 8)
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    started = time.perf_counter()
    r = minmax_cluster(g, time_limit=120)
    assert r.status == "interrupted"
    assert time.perf_counter() - started < 60
    assert r.objective == wc.evaluate(g, r.labels, "min_max")


def test_empty_graphs() -> None:
    for method in METHODS:
        r = minmax_cluster(wc.from_edges([], []), method=method)
        assert (r.objective, r.n_clusters, r.status) == (0, 0, "optimal")
        r = minmax_cluster(wc.from_edges([], [], n=3), method=method)
        assert (r.objective, r.n_clusters) == (0, 3)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda g: minmax_cluster(g, r1=0.8, r2=0.7), ValueError, "r1 = 0.8 is larger than r2 = 0.7"),
        (lambda g: minmax_cluster(g, r1=0.0), ValueError, "r1 must be between"),
        (lambda g: minmax_cluster(g, r2=1.0), ValueError, "r2 must be between"),
        (lambda g: minmax_cluster(g, r1=0.2, theory=True), ValueError, "theory=True sets both radii"),
        (lambda g: minmax_cluster(g, theory=1), TypeError, "theory must be True or False"),
        (
            lambda g: minmax_cluster(g, method="magic"),
            ValueError,
            "unknown method 'magic'; allowed are metric",
        ),
        (lambda g: minmax_cluster(g, objective="sum"), ValueError, "unknown objective 'sum'"),
        (lambda g: minmax_cluster(g, p=2), ValueError, "p is for objective 'lp'"),
        (lambda g: minmax_cluster(g, objective="lp", p=0.5), ValueError, "p must be at least 1"),
        (lambda g: minmax_cluster(g, objective="lp", p=math.nan), ValueError, "p must be finite"),
        (lambda g: minmax_cluster(g, time_limit=0), ValueError, "time_limit must be positive"),
        (lambda g: minmax_cluster(g, max_iterations=-1), ValueError, "max_iterations must be at least 0"),
        (lambda g: minmax_cluster(g, target="low"), TypeError, "target must be a number"),
        (lambda g: minmax_cluster(g, seed=0.5), TypeError, "seed must be an integer"),
        (lambda g: minmax_cluster(g, threads=0), ValueError, "threads must be at least 1"),
        (lambda g: minmax_cluster(g, init=[0, 1]), ValueError, "init has shape"),
        (lambda g: minmax_cluster(g, init=[0.0, 1.0, 2.0]), TypeError, "init has dtype float64"),
        (lambda g: minmax_cluster(g, extra_starts=[[0, 1]]), ValueError, r"extra_starts\[0\] has shape"),
        (lambda g: minmax_cluster(g, lower_bound=3), TypeError, "lower_bound must be callable"),
        (lambda g: minmax_cluster(g, callback=3), TypeError, "callback must be callable"),
        (lambda g: minmax_cluster(wc.from_edges([0], [1], [-2.0])), ValueError, "multicut"),
        (lambda g: minmax_cluster(wc.from_edges([0], [1], [2.0])), ValueError, "without weights"),
    ],
)
def test_wrong_input(call: Callable[[wc.Graph], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call(wc.from_edges([0, 1], [1, 2]))
