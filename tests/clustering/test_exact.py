"""Exact solvers: equal to exhaustive search; linear programs below it; limits, interrupt, errors."""

import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wayseer.clustering as wc

from .test_bounds import load, partitions, random_graph

EVERY = {n: partitions(n) for n in range(8)}


def signed_graph(n: int, density: float, rng: np.random.Generator, integral: bool) -> wc.Graph:
    u, v = np.triu_indices(n, 1)
    keep = rng.random(len(u)) < density
    w = rng.integers(-4, 5, len(u)).astype(float) if integral else rng.normal(size=len(u))
    return wc.from_edges(u[keep], v[keep], w[keep], n=n)


@settings(max_examples=40)
@given(st.integers(1, 7), st.floats(0, 1), st.integers(0, 10**6))
def test_disagreements_are_the_fewest(n: int, density: float, seed: int) -> None:
    g = random_graph(n, density, seed)
    best = min(wc.evaluate(g, labels) for labels in EVERY[n])
    result = wc.exact_disagreements(g)
    assert result.status == "optimal"
    assert result.objective == result.lower_bound == best == wc.evaluate(g, result.labels)
    for stars in (True, False):
        relaxed = wc.lp_bound(g, stars=stars)
        assert relaxed.value <= best + 1e-6
        assert relaxed.bound <= best


def test_close_vertices_suffice() -> None:
    """In no optimal clustering are two vertices together that are further apart than two edges."""
    for seed in range(60):
        g = random_graph(7, 0.15 + 0.005 * seed, seed)
        near = np.eye(7) + g.to_scipy().toarray()
        near = near @ near > 0
        costs = [wc.evaluate(g, labels) for labels in EVERY[7]]
        for labels, cost in zip(EVERY[7], costs, strict=True):
            if cost == min(costs):
                together = np.array(labels)[:, None] == np.array(labels)[None, :]
                assert not (together & ~near).any()


@settings(max_examples=25)
@given(st.integers(2, 6), st.floats(0.2, 1), st.floats(0, 1.5), st.booleans(), st.integers(0, 10**6))
def test_resolution_and_node_weights(n: int, density: float, gamma: float, weighted: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    plain = random_graph(n, density, seed)
    u, v, _ = plain.edges()
    g = wc.from_edges(u, v, rng.random(len(u)) if weighted else None, n=n)
    k = rng.random(n) * 2
    best = min(wc.evaluate(g, labels, "cost", resolution=gamma, node_weights=k) for labels in EVERY[n])
    result = wc.exact_disagreements(g, resolution=gamma, node_weights=k)
    assert result.status == "optimal"
    assert result.objective == pytest.approx(best, abs=1e-6)


@settings(max_examples=40)
@given(st.integers(1, 7), st.floats(0.2, 1), st.booleans(), st.integers(0, 10**6))
def test_multicut_is_the_cheapest(n: int, density: float, integral: bool, seed: int) -> None:
    g = signed_graph(n, density, np.random.default_rng(seed), integral)
    best = min(wc.evaluate(g, labels, "multicut") for labels in EVERY[n])
    result = wc.exact_multicut(g)
    assert result.status == "optimal"
    assert result.objective == pytest.approx(best, abs=1e-6)
    assert wc.evaluate(g, result.labels, "multicut") == result.objective
    assert wc.lp_bound(g, model="multicut").bound <= best + 1e-6


def test_integer_programs_close_the_gap() -> None:
    """Instances whose relaxations are not tight; the two models of one instance agree."""
    programs = 0
    for seed in range(12):
        g = random_graph(13, 0.5, seed)
        result = wc.exact_disagreements(g)
        u, v = np.triu_indices(13, 1)
        signs = np.where(g.to_scipy().toarray()[u, v] > 0, 1.0, -1.0)
        as_signed = wc.exact_multicut(wc.from_edges(u, v, signs))
        assert result.status == as_signed.status == "optimal"
        assert as_signed.objective == result.objective - (signs < 0).sum()
        programs += result.stats["integer_programs"]
    for seed in range(8):
        g = signed_graph(30, 0.2, np.random.default_rng(seed), True)
        result = wc.exact_multicut(g, time_limit=60)
        every_pair = wc.exact_multicut(padded(g), time_limit=60)
        assert result.status == every_pair.status == "optimal"
        assert result.objective == every_pair.objective
        programs += result.stats["integer_programs"]
    assert programs > 0


def padded(g: wc.Graph) -> wc.Graph:
    """The same graph with an edge of weight 0 for each pair that has none: it is solved as a complete one."""
    u, v = np.triu_indices(g.n, 1)
    return wc.from_edges(u, v, g.to_scipy().toarray()[u, v], n=g.n)


@settings(max_examples=20)
@given(st.integers(1, 6), st.floats(0, 1), st.integers(0, 10**6))
def test_min_max_relaxation_is_below_the_optimum(n: int, density: float, seed: int) -> None:
    g = random_graph(n, density, seed)
    best = min(wc.evaluate(g, labels, "min_max") for labels in EVERY[n])
    relaxed = wc.minmax_lp_bound(g)
    assert relaxed.status == "optimal"
    assert relaxed.value <= best + 1e-6
    assert relaxed.bound <= best


def test_init_is_kept_when_nothing_is_better() -> None:
    g = random_graph(20, 0.4, 5)
    best = wc.exact_disagreements(g)
    again = wc.exact_disagreements(g, init=best.labels)
    assert again.status == "optimal"
    assert (again.labels == best.labels).all()


@pytest.mark.parametrize(("name", "optimum", "metric"), [("3980", 75, 68.5), ("698", 97, 94.0)])
def test_proven_optima(data_dir: Path, name: str, optimum: int, metric: float) -> None:
    g = load(data_dir, f"ego-facebook-{name}")
    result = wc.exact_disagreements(g)
    assert (result.objective, result.status) == (optimum, "optimal")
    assert wc.lp_bound(g, stars=False).value == pytest.approx(metric, abs=1e-6)


def test_published_min_max_relaxation(data_dir: Path) -> None:
    found = wc.minmax_lp_bound(load(data_dir, "ego-facebook-3980"))
    assert found.value == pytest.approx(7.342, abs=1e-3)


def test_time_limit_keeps_a_bound() -> None:
    g = random_graph(120, 0.3, 6)
    started = time.perf_counter()
    result = wc.exact_disagreements(g, time_limit=1.0)
    assert time.perf_counter() - started < 6
    assert result.status == "time_limit"
    assert result.lower_bound is None or result.lower_bound <= result.objective
    assert result.objective == wc.evaluate(g, result.labels)


def test_interrupt_returns_the_best_so_far() -> None:
    g = random_graph(120, 0.3, 6)
    timer = threading.Timer(0.7, signal.raise_signal, [signal.SIGINT])
    timer.start()
    result = wc.exact_disagreements(g, time_limit=30)
    timer.join()
    assert result.status == "interrupted"
    assert result.objective == wc.evaluate(g, result.labels)


def test_callback_sees_improvements_and_can_stop() -> None:
    g = random_graph(20, 0.4, 7)
    seen: list[float] = []
    wc.exact_disagreements(g, callback=lambda seconds, objective: seen.append(objective))
    assert seen
    assert seen == sorted(seen, reverse=True)
    stopped = wc.exact_disagreements(g, callback=lambda seconds, objective: False)
    assert stopped.status == "interrupted"
    with pytest.raises(ZeroDivisionError):
        wc.exact_disagreements(g, callback=lambda seconds, objective: 1 / 0)


def test_trivial_graphs() -> None:
    for n in (0, 1, 4):
        g = wc.from_edges([], [], n=n)
        for result in (wc.exact_disagreements(g), wc.exact_multicut(g)):
            assert (result.objective, result.status, result.n_clusters) == (0, "optimal", n)
        assert wc.lp_bound(g).bound == wc.minmax_lp_bound(g).bound == 0


def test_wrong_arguments() -> None:
    big = wc.from_edges([0], [1], n=401)
    for solve in (wc.exact_disagreements, wc.exact_multicut, wc.lp_bound):
        with pytest.raises(ValueError, match="401 vertices; with more than 400"):
            solve(big)
    assert wc.exact_disagreements(big, time_limit=30).objective == 0
    with pytest.raises(ValueError, match="at most 4000"):
        wc.exact_disagreements(wc.from_edges([0], [1], n=4001), time_limit=1)
    with pytest.raises(ValueError, match="at most 250"):
        wc.minmax_lp_bound(big)
    g = random_graph(6, 0.5, 8)
    with pytest.raises(ValueError, match="init"):
        wc.exact_disagreements(g, init=[0, 1])
    with pytest.raises(ValueError, match="resolution"):
        wc.exact_disagreements(g, resolution=-1)
    with pytest.raises(ValueError, match="node_weights"):
        wc.exact_disagreements(g, node_weights=np.ones(6))
    with pytest.raises(ValueError, match="multicut"):
        wc.exact_disagreements(wc.from_edges([0], [1], [-1.0]))
    with pytest.raises(ValueError, match="without weights"):
        wc.exact_disagreements(wc.from_edges([0], [1], [2.0]))
    with pytest.raises(ValueError, match="model"):
        wc.lp_bound(g, model="sparse")
    with pytest.raises(TypeError, match="callback"):
        wc.exact_multicut(g, callback=3)  # type: ignore[arg-type]
