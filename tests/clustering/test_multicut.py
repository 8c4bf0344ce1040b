"""Multicut of signed graphs: methods against all partitions, limits, wrong input."""

import numpy as np
import pytest

import wayseer.clustering as wc

from .partitions import check, least_multicut, random_graph

METHODS = ["gaec", "klj", "local_moves", "auto", "exact"]


@pytest.mark.parametrize("method", METHODS)
def test_no_method_beats_the_optimum(method):
    rng = np.random.default_rng(1)
    optimal = 0
    for _ in range(40):
        graph = random_graph(rng, 7, 0.7, -5, 5)
        result = wc.multicut(graph, method)
        check(result, graph, wc.evaluate(graph, result.labels, "multicut"))
        best = least_multicut(graph)
        assert result.objective >= best - 1e-9
        optimal += result.objective < best + 1e-9
        if method == "exact":
            assert result.status == "optimal"
            assert result.lower_bound == result.objective
    assert optimal >= (40 if method in ("auto", "exact") else 20)


def test_disagreements_count_what_goes_against_its_sign():
    rng = np.random.default_rng(2)
    graph = random_graph(rng, 30, 0.3, -5, 5)
    result = wc.multicut(graph)
    u, v, w = graph.edges()
    cut = result.labels[u] != result.labels[v]
    assert result.stats["disagreements_weighted"] == w[cut & (w > 0)].sum() - w[~cut & (w < 0)].sum()


def test_cliques_with_negative_edges_between_them():
    labels = np.repeat(np.arange(6), 5)
    u, v = np.triu_indices(30, 1)
    w = np.where(labels[u] == labels[v], 1.0, -0.5)
    for method in METHODS:
        result = wc.multicut(wc.from_edges(u, v, w), method)
        assert result.labels.tolist() == labels.tolist()
        assert result.stats["disagreements_weighted"] == 0


@pytest.mark.parametrize("method", METHODS[:-1])
def test_seeds_threads_starts(method):
    rng = np.random.default_rng(3)
    graph = random_graph(rng, 200, 0.05, -5, 5)
    one = wc.multicut(graph, method, seed=3, max_iterations=50)
    two = wc.multicut(graph, method, seed=3, threads=2, max_iterations=50)
    assert one.labels.tobytes() == two.labels.tobytes()
    better = wc.multicut(graph, method, init=one.labels, max_iterations=50)
    assert better.objective <= one.objective


def test_edges_without_weights_attract():
    assert wc.multicut(wc.from_edges([0, 1], [1, 2])).n_clusters == 1


def test_limits():
    graph = random_graph(np.random.default_rng(4), 300, 0.1, -5, 5)
    assert wc.multicut(graph, time_limit=0.2).status == "time_limit"
    assert wc.multicut(graph, target=-1).status == "feasible"
    assert wc.multicut(graph, time_limit=60, callback=lambda s, value: False).status == "interrupted"
    with pytest.raises(ValueError, match="unknown method 'gaek'"):
        wc.multicut(graph, "gaek")
    with pytest.raises(ValueError, match=r"w\[0\] is inf"):
        wc.from_edges([0], [1], [np.inf])


def test_empty():
    result = wc.multicut(wc.from_edges([], [], n=0))
    assert (result.n, result.objective, result.status) == (0, 0, "optimal")
    assert wc.multicut(wc.from_edges([], [], n=4)).objective == 0


def test_bitcoin_otc(data_dir):
    graph = wc.read_graph(data_dir / "clustering" / "signed" / "soc-sign-bitcoin-otc.csv.gz", merge="sum")
    greedy, swapped, best = (wc.multicut(graph, method).objective for method in ("gaec", "klj", "auto"))
    assert best <= swapped <= greedy <= -20380
    assert best <= -20430
