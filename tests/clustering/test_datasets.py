"""Random graphs are what they say: the right law, valid, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import wayseer.clustering as wc
from wayseer.clustering import datasets
from wayseer.clustering.problem import Graph

MAKERS: dict[str, Callable[[int], Graph]] = {
    "planted": lambda seed: datasets.planted(900, 7, 0.3, 0.01, seed),
    "planted_sparse": lambda seed: datasets.planted_sparse(900, 90, 6, 3, seed),
    "rmat": lambda seed: datasets.rmat(10, 8, seed=seed),
    "power_law": lambda seed: datasets.power_law(900, 12, 2.5, seed),
    "random_signed": lambda seed: datasets.random_signed(900, 4000, seed),
}


@pytest.mark.parametrize("name", MAKERS)
def test_the_seed_decides(name: str) -> None:
    a, b, c = MAKERS[name](1), MAKERS[name](1), MAKERS[name](2)
    assert np.array_equal(a.offsets, b.offsets)
    assert np.array_equal(a.targets, b.targets)
    assert not np.array_equal(a.targets, c.targets)


@pytest.mark.parametrize("name", MAKERS)
def test_graphs_are_valid(name: str) -> None:
    for seed in range(3):
        g = MAKERS[name](seed)
        u, v, w = g.edges()
        again = wc.from_edges(u, v, w, g.n)  # refuses loops and parallel edges
        assert np.array_equal(again.offsets, g.offsets)
        assert np.array_equal(again.targets, g.targets)


def test_threads_change_nothing() -> None:
    for make in (
        lambda threads: datasets.planted(3000, 7, 0.1, 0.01, 5, threads=threads),
        lambda threads: datasets.rmat(11, 8, seed=5, threads=threads),
        lambda threads: datasets.power_law(3000, 12, 2.5, 5, threads=threads),
    ):
        assert np.array_equal(make(1).targets, make(2).targets)


def within(observed: float, p: float, trials: float) -> bool:
    """A count of successes that is no more than six standard deviations off."""
    return abs(observed - p * trials) <= 6 * np.sqrt(p * (1 - p) * trials) + 1e-9


@pytest.mark.parametrize("k", [1, 2, 7, 50, 100, 300])
@pytest.mark.parametrize(("p_in", "p_out"), [(0.5, 0.05), (1.0, 0.0), (0.0, 1.0), (0.02, 0.3)])
def test_planted_pairs_have_their_probabilities(k: int, p_in: float, p_out: float) -> None:
    n = 100
    counts = np.zeros((n, n))
    rounds = 20
    for seed in range(rounds):
        counts += datasets.planted(n, k, p_in, p_out, seed).to_scipy().toarray()
    same = np.equal.outer(np.arange(n) % k, np.arange(n) % k)
    upper = np.triu(np.ones((n, n), bool), 1)
    u, v = np.indices((n, n))
    for pairs, p in ((same & upper, p_in), (~same & upper, p_out)):
        assert within(counts[pairs].sum(), p, rounds * pairs.sum())
        for part in (u + v < n, v - u > n / 2):  # no corner is left out
            chosen = pairs & part
            assert within(counts[chosen].sum(), p, rounds * chosen.sum())


def test_planted_sparse_has_its_degrees() -> None:
    n, k = 30000, 3000
    g = datasets.planted_sparse(n, k, 7.0, 4.0, 3)
    u, v, _ = g.edges()
    inside = int((u % k == v % k).sum())
    assert inside == pytest.approx(n * 7 / 2, rel=0.02)
    assert g.m - inside == pytest.approx(n * 4 / 2, rel=0.02)
    full = datasets.planted_sparse(40, 4, 9, 0)
    assert wc.evaluate(full, np.arange(40) % 4) == 0


def test_rmat_quadrants() -> None:
    g = datasets.rmat(12, 4, 0.5, 0.2, 0.2, seed=2)
    u, v, _ = g.edges()
    half = g.n // 2
    both_low = int(((u < half) & (v < half)).sum())
    both_high = int(((u >= half) & (v >= half)).sum())
    assert both_low > 2 * both_high  # a = 0.5 against d = 0.1, less what repetitions cost
    assert 0.5 * 4 * g.n < g.m <= 4 * g.n
    with pytest.raises(ValueError, match=r"a \+ b \+ c is 1.1"):
        datasets.rmat(3, 4, 0.5, 0.3, 0.3)
    uniform = datasets.rmat(6, 0.5, 0.25, 0.25, 0.25, seed=1)
    assert uniform.n == 64


def test_power_law_has_its_average_a_tail_and_communities() -> None:
    n = 20000
    g = datasets.power_law(n, 16, 2.4, 1)
    degrees = g.degrees
    assert degrees.mean() == pytest.approx(16, rel=0.08)
    assert degrees.max() > 10 * degrees.mean()
    # The tail: the share of vertices above d falls as d^(1 - exponent).
    share = [(degrees >= d).mean() for d in (32, 128)]
    assert 4**1.1 < share[0] / share[1] < 4**1.7
    a = g.to_scipy()
    closed = float((a @ a).multiply(a).sum())
    assert closed / float((degrees * (degrees - 1)).sum()) > 0.1  # a Chung-Lu graph has less than 0.02
    assert datasets.power_law(5, 0, 2.5, 1).m == 0


def test_random_signed_takes_distinct_pairs_evenly() -> None:
    for n, m in ((0, 0), (1, 0), (2, 1), (6, 15), (6, 9), (6, 3), (2000, 3000)):
        g = datasets.random_signed(n, m, 1)
        assert (g.n, g.m) == (n, m)
        assert g.weights is not None
        assert (np.abs(g.weights) <= 1).all()
    counts = sum(datasets.random_signed(6, 4, seed).to_scipy().toarray() != 0 for seed in range(600))
    for pair in zip(*np.triu_indices(6, 1), strict=True):
        assert within(counts[pair], 4 / 15, 600)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: datasets.planted(-1, 2, 0.5, 0.5), "n must be at least 0, got -1"),
        (lambda: datasets.planted(5, 0, 0.5, 0.5), "k must be at least 1, got 0"),
        (lambda: datasets.planted(5, 2, 1.5, 0.5), "p_in must be at most 1.0, got 1.5"),
        (lambda: datasets.planted(5, 2, 0.5, float("nan")), "p_out must be finite"),
        (lambda: datasets.planted(2**31 - 2, 2, 0.5, 0.5), "would have about"),
        (lambda: datasets.planted(5, 2, 0.5, 0.5, -1), "seed must be at least 0"),
        (lambda: datasets.planted(5, 2, 0.5, 0.5, threads=0), "threads must be at least 1"),
        (lambda: datasets.planted_sparse(10, 5, 2, 1), r"degree_in must be at most n / k - 1 = 1, got 2"),
        (lambda: datasets.planted_sparse(10, 5, 1, 9), r"degree_out must be at most n - n / k = 8, got 9"),
        (lambda: datasets.rmat(31), "scale must be at most 30"),
        (lambda: datasets.power_law(100, 10, 2.0), "exponent must be above 2, got 2"),
        (lambda: datasets.power_law(100, 30), "average_degree must be at most n / 4 = 25, got 30"),
        (lambda: datasets.random_signed(4, 7), "m must be at most 6, got 7"),
    ],
)
def test_arguments_are_checked(call: Callable[[], Graph], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
