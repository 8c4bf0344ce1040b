"""Edge-coloured clustering against exhaustive search, proven ratios and published values."""

import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wayseer.clustering as wc

METHODS = ("auto", "majority", "match", "pitt", "hybrid", "lp", "local_search", "exact")


def cost_of(h, labels, weights=None):
    """The weight of mistakes, from the definition."""
    masses = weights if weights is not None else np.ones(h.m) if h.weights is None else h.weights
    return sum(masses[e] for e in range(h.m) if any(labels[v] != h.colors[e] for v in h.edge(e)))


def optimum_of(h):
    """The smallest cost over all n_colors ** n labels."""
    k = max(1, h.n_colors)
    labels = np.array(list(itertools.product(range(k), repeat=h.n)), np.int32).reshape(-1, h.n)
    cost = np.zeros(len(labels))
    for e in range(h.m):
        weight = 1.0 if h.weights is None else h.weights[e]
        cost += weight * (labels[:, h.edge(e)] != h.colors[e]).any(axis=1)
    return cost.min()


@st.composite
def hypergraphs(draw, weights=True):
    """Up to 7 vertices and 3 colours; hyperedges repeat, vertices may be in none."""
    n = draw(st.integers(1, 7))
    k = draw(st.integers(1, 3))
    edge = st.lists(st.integers(0, n - 1), min_size=1, max_size=min(n, 4), unique=True)
    edges = draw(st.lists(edge, max_size=14))
    colors = draw(st.lists(st.integers(0, k - 1), min_size=len(edges), max_size=len(edges)))
    kinds = [st.none()]
    if weights:
        size = {"min_size": len(edges), "max_size": len(edges)}
        kinds += [st.lists(st.integers(0, 5), **size), st.lists(st.floats(0, 3, width=32), **size)]
    masses = draw(st.one_of(kinds))
    return wc.EdgeColoredHypergraph.from_lists(edges, colors, masses, n, k)


def random_hypergraph(seed, n, m, k, r=3, weights=False):
    rng = np.random.default_rng(seed)
    edges = [rng.choice(n, rng.integers(2, r + 1), replace=False) for _ in range(m)]
    masses = rng.integers(1, 6, m) if weights else None
    return wc.EdgeColoredHypergraph.from_lists(edges, rng.integers(0, k, m), masses, n, k)


@given(hypergraphs())
@settings(max_examples=150)
def test_all_methods_against_exhaustive_search(h):
    optimum = optimum_of(h)
    rank = max(1, h.rank)
    for method in METHODS:
        result = wc.edge_colored_cluster(h, method=method, best_of=2)
        assert result.labels.dtype == np.int32
        assert result.labels.shape == (h.n,)
        assert ((result.labels >= 0) & (result.labels < h.n_colors)).all()
        assert result.objective == pytest.approx(cost_of(h, result.labels), abs=1e-9)
        assert result.objective >= optimum - 1e-9
        assert result.n_clusters == len(set(result.labels.tolist()))
        if result.lower_bound is not None:
            assert result.lower_bound <= optimum + 1e-6
        if result.status == "optimal":
            assert result.objective == pytest.approx(optimum, abs=1e-6)
        if method == "majority":
            assert result.objective <= rank * optimum + 1e-9
        if method in ("match", "hybrid"):
            assert result.objective <= 2 * optimum + 1e-9
        if method == "exact":
            assert result.objective == pytest.approx(optimum, abs=1e-6)
            assert result.status == "optimal"
        if method == "lp":
            assert result.stats["lp_value"] <= optimum + 1e-6
        if result.certificate is not None:
            assert result.certificate.verify(h)


@given(hypergraphs(), st.integers(0, 2**32))
@settings(max_examples=100)
def test_auto_finds_the_optimum_of_small_problems(h, seed):
    result = wc.edge_colored_cluster(h, seed=seed)
    assert result.objective == pytest.approx(optimum_of(h), abs=1e-6)


@given(hypergraphs())
@settings(max_examples=60)
def test_dual_bound_reaches_the_linear_program(h):
    optimum = optimum_of(h)
    lp = wc.edge_colored_cluster(h, method="lp").stats["lp_value"]
    certificate = wc.ecc_dual_bound(h)
    total = h.total_weight
    assert certificate.verify(h)
    assert certificate.bound <= lp + 1e-6 <= optimum + 2e-6
    assert certificate.bound >= lp - 0.01 * max(1.0, total)
    sums = [certificate.lambdas[a:b].sum() for a, b in itertools.pairwise(h.offsets)]
    masses = np.ones(h.m) if h.weights is None else h.weights
    np.testing.assert_allclose(sums, masses, rtol=1e-9, atol=1e-12)


def test_two_colours_are_solved_by_a_cut():
    for seed in range(60):
        h = random_hypergraph(seed, 8, 25, 2, r=4, weights=seed % 2 == 1)
        result = wc.edge_colored_cluster(h)
        assert result.status == "optimal"
        assert result.stats["dual_steps"] == 0
        assert result.objective == optimum_of(h)


def test_pitt_is_a_2_approximation_in_expectation():
    for seed in range(10):
        h = random_hypergraph(seed, 7, 14, 3, weights=True)
        mean = wc.edge_colored_cluster(h, method="pitt", best_of=2000, seed=seed).stats["mean"]
        assert mean <= 2 * optimum_of(h)


@pytest.mark.parametrize(("k", "r"), [(3, 2), (3, 4), (5, 2), (5, 4)])
def test_lp_rounding_keeps_its_guarantee(k, r):
    for seed in range(8):
        h = random_hypergraph(seed, 30, 80, k, r)
        result = wc.edge_colored_cluster(h, method="lp", seed=seed)
        value = result.stats["lp_value"]
        assert value <= result.objective + 1e-6
        assert result.stats["guarantee"] <= min(2 - 2 / k, 2 - 2 / (r + 1)) + 1e-12
        assert result.objective <= result.stats["guarantee"] * value + 1e-6


def test_lp_value_is_that_of_the_canonical_program():
    # A triangle of three colours: every vertex between two hyperedges. x_e = 1/2 costs 3/2, integers cost 2.
    h = wc.EdgeColoredHypergraph.from_lists([[0, 1], [1, 2], [2, 0]], [0, 1, 2])
    result = wc.edge_colored_cluster(h, method="lp")
    assert result.stats["lp_value"] == pytest.approx(1.5)
    assert result.objective == 2 == result.lower_bound
    assert wc.ecc_dual_bound(h).bound == pytest.approx(1.5, abs=1e-3)


def test_exact_closes_what_the_dual_leaves_open():
    open_gaps = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        edges = [rng.choice(24, 2, replace=False) for _ in range(110)]
        h = wc.EdgeColoredHypergraph.from_lists(edges, rng.integers(0, 6, 110), rng.random(110), 24, 6)
        searched = wc.edge_colored_cluster(h)
        result = wc.edge_colored_cluster(h, method="exact")
        assert result.status == "optimal"
        assert result.gap == pytest.approx(0, abs=1e-9)
        assert result.objective <= searched.objective + 1e-9
        assert searched.lower_bound <= result.objective + 1e-9
        open_gaps += searched.status != "optimal"
    assert open_gaps > 0  # else this tests nothing


@given(hypergraphs(weights=False))
@settings(max_examples=60)
def test_equal_hyperedges_are_one_of_their_weight(h):
    pairs = {}
    for e in range(h.m):
        key = (tuple(sorted(h.edge(e).tolist())), int(h.colors[e]))
        pairs[key] = pairs.get(key, 0) + 1
    merged = wc.EdgeColoredHypergraph.from_lists(
        [edge for edge, _ in pairs], [c for _, c in pairs], list(pairs.values()), h.n, h.n_colors
    )
    for method in ("majority", "match", "exact"):
        once = wc.edge_colored_cluster(merged, method=method)
        twice = wc.edge_colored_cluster(h, method=method)
        assert once.objective == twice.objective


def test_weights_argument_replaces_those_of_the_hypergraph():
    h = wc.EdgeColoredHypergraph.from_lists([[0, 1], [1, 2]], [0, 1], [1, 5])
    assert wc.edge_colored_cluster(h).labels[1] == 1
    heavy = wc.edge_colored_cluster(h, weights=[7.5, 2])
    assert heavy.labels[1] == 0
    assert heavy.objective == 2.0
    assert wc.ecc_dual_bound(h, weights=[7.5, 2]).verify(h, weights=[7.5, 2])


@pytest.mark.parametrize("factor", [2.0**-60, 2.0**60])
def test_the_unit_of_weights_does_not_matter(factor):
    h = random_hypergraph(7, 25, 120, 5)
    weights = np.random.default_rng(0).random(120)
    for method in METHODS:
        options = {"method": method, "max_iterations": 50}
        plain = wc.edge_colored_cluster(h, weights=weights, **options)
        scaled = wc.edge_colored_cluster(h, weights=weights * factor, **options)
        assert scaled.objective == pytest.approx(plain.objective * factor)
        assert scaled.status == plain.status
        if scaled.certificate is not None:
            assert scaled.certificate.verify(h, weights=weights * factor)
            assert not wc.EccCertificate(scaled.certificate.lambdas, 1.01 * scaled.objective).verify(
                h, weights=weights * factor
            )


def test_ties_go_to_the_smallest_colour_and_lonely_vertices_to_colour_0():
    h = wc.EdgeColoredHypergraph.from_lists([[1, 2], [1, 2]], [3, 1], n=4)
    for method in METHODS:
        result = wc.edge_colored_cluster(h, method=method)
        assert result.labels[[0, 3]].tolist() == [0, 0], method
        assert result.objective == 1
    assert wc.edge_colored_cluster(h, method="majority").labels.tolist() == [0, 1, 1, 0]
    assert wc.edge_colored_cluster(h, method="exact").labels.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("method", METHODS)
def test_empty_problems(method):
    empty = wc.EdgeColoredHypergraph.from_lists([], [], n=0)
    result = wc.edge_colored_cluster(empty, method=method)
    assert result.labels.shape == (0,)
    assert (result.objective, result.n_clusters) == (0, 0)
    lonely = wc.EdgeColoredHypergraph.from_lists([], [], n=5)
    result = wc.edge_colored_cluster(lonely, method=method)
    assert result.labels.tolist() == [0] * 5
    assert wc.ecc_dual_bound(empty).verify(empty)


def test_satisfied_edges_are_found_at_no_cost():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 6, 200)
    edges = [rng.choice(np.flatnonzero(labels == c), 4, replace=False) for c in range(6) for _ in range(60)]
    h = wc.EdgeColoredHypergraph.from_lists(edges, np.repeat(np.arange(6), 60), n=200)
    for method in METHODS:
        result = wc.edge_colored_cluster(h, method=method)
        assert result.objective == 0
        assert result.stats["satisfaction"] == 1
        assert result.stats["satisfied"] == 360


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_same_bytes(method):
    h = random_hypergraph(3, 60, 300, 4, weights=True)
    options = {"max_iterations": 300, "seed": 11, "best_of": 5, "method": method}
    if method == "exact":
        options["time_limit"] = None
    first, second = (wc.edge_colored_cluster(h, **options) for _ in range(2))
    assert first.labels.tobytes() == second.labels.tobytes()
    assert first.iterations == second.iterations


def test_relabelled_vertices_cost_the_same():
    h = random_hypergraph(8, 40, 160, 4)
    order = np.random.default_rng(0).permutation(40)
    other = wc.EdgeColoredHypergraph.from_arrays(h.offsets, order[h.members], h.colors, n=40, n_colors=4)
    assert wc.edge_colored_cluster(h, "exact").objective == wc.edge_colored_cluster(other, "exact").objective


def test_limits_and_callback():
    # Rainbow triangles: the bound is 3/2 of each, the optimum 2, so the search never ends by itself.
    edges = [[3 * t + a, 3 * t + b] for t in range(200) for a, b in ((0, 1), (1, 2), (0, 2))]
    h = wc.EdgeColoredHypergraph.from_lists(edges, np.tile([0, 1, 2], 200))
    start = time.perf_counter()
    result = wc.edge_colored_cluster(h, time_limit=0.3, method="local_search")
    assert time.perf_counter() - start > 0.3
    assert result.status == "time_limit"
    assert (result.objective, result.lower_bound) == (400, 300)
    assert [c for _, c in result.trajectory] == sorted((c for _, c in result.trajectory), reverse=True)
    assert result.trajectory[-1][1] == result.objective
    assert wc.edge_colored_cluster(h, max_iterations=7).iterations <= 7
    assert wc.edge_colored_cluster(h, max_iterations=0).iterations == 0
    assert wc.edge_colored_cluster(h, "pitt", max_iterations=3, best_of=10).iterations == 3
    assert wc.edge_colored_cluster(h).status == "feasible"
    easy = wc.edge_colored_cluster(h, target=400, time_limit=60)
    assert (easy.status, easy.objective) == ("feasible", 400)
    calls = []

    def stop(seconds, cost):
        calls.append((seconds, cost))
        return False

    stopped = wc.edge_colored_cluster(h, callback=stop, time_limit=60)
    assert stopped.status == "interrupted"
    assert len(calls) == 1

    def fail(seconds, cost):
        raise RuntimeError("from the callback")

    with pytest.raises(RuntimeError, match="from the callback"):
        wc.edge_colored_cluster(h, callback=fail, time_limit=60)


def test_forged_certificates_are_refused():
    h = random_hypergraph(2, 12, 40, 3)
    good = wc.ecc_dual_bound(h)
    assert good.verify(h)
    assert not wc.EccCertificate(good.lambdas, good.bound + 0.01).verify(h)
    assert not wc.EccCertificate(good.lambdas * 0.5, good.bound).verify(h)
    negative = good.lambdas.copy()
    negative[0], negative[1] = negative[0] + 5, negative[1] - 5
    assert not wc.EccCertificate(negative, 0.0).verify(h)
    with pytest.raises(ValueError, match="lambdas has shape"):
        wc.EccCertificate(good.lambdas[:-1], good.bound).verify(h)
    with pytest.raises(ValueError, match="read-only"):
        good.lambdas[0] = 1


def test_wrong_input_is_named():
    h = random_hypergraph(0, 10, 30, 3)
    with pytest.raises(TypeError, match="EdgeColoredHypergraph"):
        wc.edge_colored_cluster([[0, 1]])
    with pytest.raises(ValueError, match="unknown method 'best'; allowed are auto"):
        wc.edge_colored_cluster(h, method="best")
    with pytest.raises(ValueError, match="best_of must be at least 1"):
        wc.edge_colored_cluster(h, best_of=0)
    with pytest.raises(ValueError, match=r"weights\[3\] is -1"):
        wc.edge_colored_cluster(h, weights=[1] * 3 + [-1] + [1] * 26)
    with pytest.raises(ValueError, match=r"weights\[2\] is nan"):
        wc.edge_colored_cluster(h, weights=[1, 1, math.nan] + [1] * 27)
    with pytest.raises(ValueError, match="30 hyperedges"):
        wc.edge_colored_cluster(h, weights=[1])
    with pytest.raises(ValueError, match="time_limit must be positive"):
        wc.edge_colored_cluster(h, time_limit=0)
    with pytest.raises(TypeError, match="seed"):
        wc.edge_colored_cluster(h, seed=1.5)
    with pytest.raises(ValueError, match="time_limit is missing"):
        wc.edge_colored_cluster(random_hypergraph(0, 900, 9000, 3), method="exact")


@pytest.fixture(scope="module")
def read(data_dir):
    if not hasattr(wc, "read_ecc"):
        pytest.skip("no reader of hypergraphs")
    return lambda name: wc.read_ecc(data_dir / "clustering" / "ecc" / f"{name}.txt.gz")


# name, size, majority, optimum, mean of match and of pitt with the open vertices uncoloured
PUBLISHED = [
    ("Brain", (638, 21180, 2), 7649, 7554, 8148, 8064),
    ("DAWN", (2109, 87104, 10), 44989, 41274, 65075, 64861),
    ("MAG-10", (80198, 51889, 10), 23191, 19711, 29307, 27316),
]


@pytest.mark.parametrize(("name", "size", "majority", "optimum", "match", "pitt"), PUBLISHED)
def test_published_values(read, name, size, majority, optimum, match, pitt):
    h = read(name)
    assert (h.n, h.m, h.n_colors) == size
    assert wc.edge_colored_cluster(h, method="majority").objective == majority
    for method, mean in (("match", match), ("pitt", pitt)):
        result = wc.edge_colored_cluster(h, method=method, best_of=50, seed=1)
        assert result.stats["mean_unvoted"] == pytest.approx(mean, rel=0.015)
        assert result.objective <= result.stats["mean"] <= result.stats["mean_unvoted"]
        if method == "match":
            assert result.lower_bound <= optimum
    result = wc.edge_colored_cluster(h)
    assert (result.objective, result.lower_bound, result.status) == (optimum, optimum, "optimal")
    if result.certificate is not None:
        assert result.certificate.verify(h)
        assert math.ceil(result.certificate.bound - 1e-6) == optimum
