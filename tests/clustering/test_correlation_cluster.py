"""Sum objectives: methods against all partitions, limits, reproducibility, wrong input."""

import threading
import time

import networkx as nx
import numpy as np
import pytest
import scipy.sparse

import wayseer.clustering as wc

from .partitions import check, least_cost, random_graph

METHODS = ["pivot", "pivot_lp", "multilevel", "ils", "exact", "auto"]


def cliques(sizes):
    blocks = [np.ones((s, s)) - np.eye(s) for s in sizes]
    return wc.from_scipy(scipy.sparse.block_diag(blocks))


@pytest.mark.parametrize("method", METHODS)
def test_perfect_clusters_cost_nothing(method):
    graph = cliques([5, 1, 3, 8, 2])
    result = wc.correlation_cluster(graph, method=method)
    assert result.objective == 0
    assert result.n_clusters == 5


@pytest.mark.parametrize("method", METHODS)
def test_no_method_beats_the_optimum(method):
    rng = np.random.default_rng(1)
    for _ in range(20):
        graph = random_graph(rng, 7)
        result = wc.correlation_cluster(graph, method=method, best_of=3)
        check(result, graph, wc.evaluate(graph, result.labels))
        assert result.objective >= 2 * least_cost(graph) - 1e-9


def test_auto_finds_the_optimum():
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(60):
        graph = random_graph(rng, 8)
        found += wc.correlation_cluster(graph).objective == 2 * least_cost(graph)
    assert found >= 57


@pytest.mark.parametrize("method", ["multilevel", "ils"])
def test_weights_and_resolution(method):
    rng = np.random.default_rng(3)
    exact = 0
    for round_ in range(40):
        graph = random_graph(rng, 7, low=1, high=6)
        k = rng.integers(0, 4, 7).astype(float) if round_ % 2 else None
        resolution = float(rng.uniform(0, 1.5))
        result = wc.correlation_cluster(graph, method=method, resolution=resolution, node_weights=k)
        best = least_cost(graph, resolution, k)
        value = wc.evaluate(graph, result.labels, "cost", resolution=resolution, node_weights=k)
        check(result, graph, value)
        same = wc.evaluate(graph, result.labels, resolution=resolution, node_weights=k)
        assert same == value
        assert result.objective >= best - 1e-9
        exact += result.objective < best + 1e-9
    assert exact >= (38 if method == "ils" else 20)


def test_modularity_is_that_of_networkx():
    graph = nx.karate_club_graph()
    for _, _, data in graph.edges(data=True):
        data.pop("weight")
    g = wc.from_networkx(graph)
    result = wc.correlation_cluster(graph, resolution=1 / (2 * g.m), node_weights="degree")
    communities = [set(np.flatnonzero(result.labels == c)) for c in range(result.n_clusters)]
    # Modularity counts pairs v-v, Q does not.
    loops = (g.degrees**2).sum() / (2 * g.m) ** 2
    quality = nx.community.modularity(graph, communities)
    assert result.stats["quality"] / g.m - loops == pytest.approx(quality)
    assert quality == pytest.approx(0.4197896, abs=1e-6)  # the known optimum


def test_disagreements_are_twice_the_cost():
    graph = random_graph(np.random.default_rng(4), 20, 0.3)
    result = wc.correlation_cluster(graph)
    assert result.objective == 2 * result.stats["cost"] == graph.m - 2 * result.stats["quality"]


def test_node_names_come_back():
    graph = nx.Graph([("a", "b"), ("b", "c"), ("a", "c"), ("d", "e")])
    assert wc.correlation_cluster(graph).as_dict() == {"a": 0, "b": 0, "c": 0, "d": 1, "e": 1}


@pytest.mark.parametrize("method", ["pivot", "multilevel", "ils", "auto"])
def test_same_seed_same_labels_for_all_threads(method):
    graph = random_graph(np.random.default_rng(5), 300, 0.05)
    limit = {"max_iterations": 30}
    one = wc.correlation_cluster(graph, method=method, seed=7, **limit)
    two = wc.correlation_cluster(graph, method=method, seed=7, threads=2, **limit)
    assert one.labels.tobytes() == two.labels.tobytes()
    assert one.objective == two.objective


@pytest.mark.parametrize("method", ["multilevel", "ils", "auto"])
def test_a_start_is_never_made_worse(method):
    rng = np.random.default_rng(6)
    graph = random_graph(rng, 80, 0.15)
    good = wc.correlation_cluster(graph, method="ils", max_iterations=3000)
    again = wc.correlation_cluster(
        graph, method=method, init=good.labels.astype(np.int64) * 1000 - 5, max_iterations=1
    )
    assert again.objective <= good.objective


def test_relabelled_vertices_and_isolated_ones():
    rng = np.random.default_rng(7)
    graph = random_graph(rng, 8, 0.5)
    u, v, _ = graph.edges()
    order = rng.permutation(8)
    shuffled = wc.from_edges(order[u], order[v], n=8)
    larger = wc.from_edges(u, v, n=11)
    best = wc.correlation_cluster(graph).objective
    assert wc.correlation_cluster(shuffled).objective == best
    assert wc.correlation_cluster(larger).objective == best


def test_pivot_lp_is_within_its_factor_of_its_bound():
    rng = np.random.default_rng(12)
    for _ in range(5):
        graph = random_graph(rng, 8)
        values = []
        for seed in range(100):
            result = wc.correlation_cluster(graph, method="pivot_lp", seed=seed)
            values.append(result.objective)
            assert result.lower_bound <= 2 * least_cost(graph)
        lp = result.stats["lp_value"]
        assert np.mean(values) <= 2.06 * lp + 3 * np.std(values) / 10 + 1e-9
    many = wc.correlation_cluster(graph, method="pivot_lp", best_of=100)
    assert many.objective <= np.mean(values)


@pytest.mark.parametrize("bound", ["triangles", "lp"])
def test_bounds_are_below_and_proofs_are_said(bound):
    rng = np.random.default_rng(13)
    for _ in range(20):
        graph = random_graph(rng, 8)
        result = wc.correlation_cluster(graph, method="multilevel", bound=bound)
        assert result.lower_bound <= 2 * least_cost(graph)
        assert (result.status == "optimal") == (result.lower_bound == result.objective)
        assert result.gap == (result.objective - result.lower_bound) / max(1, result.objective)
        if bound == "triangles" and result.certificate is not None:
            assert wc.verify_packing(graph, result.certificate) <= result.lower_bound + 1e-9


def test_exact_proves_the_optimum():
    rng = np.random.default_rng(14)
    for round_ in range(12):
        graph = random_graph(rng, 8, low=1 if round_ % 2 else 0, high=4 if round_ % 2 else 0)
        resolution = 0.4 if round_ % 2 else 0.5
        for method in ("exact", "auto"):
            result = wc.correlation_cluster(graph, method=method, resolution=resolution)
            least = least_cost(graph, resolution) * (1 if round_ % 2 else 2)
            assert result.status == "optimal"
            assert result.objective == pytest.approx(least)
            assert result.lower_bound == result.objective


@pytest.mark.parametrize("objective", ["min_max", "lp"])
@pytest.mark.parametrize("method", ["auto", "metric", "greedy", "local_search"])
def test_other_norms(objective, method):
    graph = random_graph(np.random.default_rng(15), 30, 0.2)
    result = wc.correlation_cluster(graph, objective, method, p=3.0, max_iterations=2000)
    value = wc.evaluate(graph, result.labels, objective, p=3.0)
    check(result, graph, value)
    assert (result.lower_bound is not None) == (objective == "min_max" and method == "auto")
    none = wc.correlation_cluster(graph, objective, method, p=3.0, max_iterations=2000, bound=None)
    assert none.lower_bound is None or none.status == "optimal"


@pytest.mark.parametrize("method", ["pivot", "pivot_lp"])
def test_a_start_that_is_better_than_a_rounding_is_kept(method):
    graph = wc.datasets.planted(60, 5, 0.9, 0.02, 1)
    planted = np.arange(60) % 5
    result = wc.correlation_cluster(graph, method=method, init=planted)
    assert result.objective <= wc.evaluate(graph, planted)


@pytest.mark.parametrize(
    "arguments",
    [
        {"method": "exact", "time_limit": 60},
        {"objective": "min_max", "time_limit": 60},
        {"time_limit": 60, "bound": "triangles"},
    ],
)
def test_a_callback_that_says_stop_is_heard_in_every_phase(arguments):
    graph = random_graph(np.random.default_rng(16), 300, 0.1)
    started = time.perf_counter()
    result = wc.correlation_cluster(graph, callback=lambda s, value: False, **arguments)
    assert result.status == "interrupted"
    assert time.perf_counter() - started < 30
    check(result, graph, wc.evaluate(graph, result.labels, arguments.get("objective", "disagreements")))


def test_best_of_is_no_worse():
    graph = random_graph(np.random.default_rng(8), 100, 0.1)
    runs = [wc.correlation_cluster(graph, method="pivot", best_of=k).objective for k in (1, 10, 100)]
    assert runs == sorted(runs, reverse=True)
    assert runs[2] < runs[0]


def test_target_ends_the_run():
    graph = random_graph(np.random.default_rng(9), 200, 0.1)
    result = wc.correlation_cluster(graph, target=1e9)
    assert result.status == "feasible"
    assert result.iterations == 0


def test_time_limit_and_callback():
    graph = random_graph(np.random.default_rng(10), 500, 0.05)
    result = wc.correlation_cluster(graph, time_limit=0.3)
    assert result.status == "time_limit"
    assert 0.25 < result.seconds < 5
    seen = []
    stopped = wc.correlation_cluster(
        graph, time_limit=60, callback=lambda s, value: seen.append((s, value)) or False
    )
    assert stopped.status == "interrupted"
    assert len(seen) == 1
    assert stopped.objective <= seen[0][1]
    with pytest.raises(ZeroDivisionError):
        wc.correlation_cluster(graph, time_limit=60, callback=lambda s, value: 1 / 0)


def test_the_interpreter_is_free_during_a_run():
    graph = random_graph(np.random.default_rng(11), 500, 0.05)
    worker = threading.Thread(target=wc.correlation_cluster, args=(graph,), kwargs={"time_limit": 0.5})
    started = time.perf_counter()
    worker.start()
    steps = 0
    while worker.is_alive() and time.perf_counter() - started < 30:
        steps += 1
    worker.join()
    assert steps > 1000


@pytest.mark.parametrize("method", METHODS)
def test_empty_graphs(method):
    empty = wc.from_edges([], [], n=0)
    result = wc.correlation_cluster(empty, method=method)
    assert (result.n, result.n_clusters, result.objective, result.status) == (0, 0, 0, "optimal")
    assert wc.correlation_cluster(wc.from_edges([], [], n=3), method=method).n_clusters == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "louvain"}, "unknown method 'louvain'; allowed are auto, pivot"),
        ({"objective": "modularity"}, "unknown objective 'modularity'; allowed are disagreements"),
        ({"resolution": -1.0}, "resolution must be at least 0"),
        ({"resolution": float("nan")}, "resolution must be finite"),
        ({"node_weights": [1.0, -1.0, 1.0]}, r"node_weights\[1\] is -1"),
        ({"node_weights": [1.0]}, r"node_weights has shape \(1,\); the graph has 3"),
        ({"node_weights": "size"}, "unknown node_weights 'size'"),
        ({"time_limit": 0}, "time_limit must be positive"),
        ({"max_iterations": -1}, "max_iterations must be at least 0"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"threads": 0}, "threads must be at least 1"),
        ({"init": [0, 1]}, r"init has shape \(2,\); the graph has 3"),
        ({"best_of": 0}, "best_of must be at least 1"),
        ({"bound": "magic"}, "unknown bound 'magic'"),
        ({"method": "pivot", "resolution": 0.2}, "method 'pivot' is for plain disagreements"),
        ({"resolution": 1e200}, "resolution must be at most"),
        ({"node_weights": [1e200] * 3}, "node_weights: the largest is 1e"),
        ({"bound": "lp", "resolution": 0.2}, "bound 'lp' is for plain disagreements"),
        ({"objective": "min_max", "bound": "triangles"}, "unknown bound 'triangles'; allowed are auto, lp"),
        ({"objective": "min_max", "method": "ils"}, "unknown method 'ils'; allowed are metric, greedy"),
        ({"objective": "lp", "p": 0.5}, "p must be at least 1"),
        ({"objective": "lp", "bound": "lp"}, "no bound for objective 'lp'"),
        ({"objective": "min_max", "r1": 0.8, "r2": 0.5}, "r1"),
        ({"objective": "min_max", "resolution": 0.2}, "takes neither resolution nor node_weights"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        wc.correlation_cluster(wc.from_edges([0, 1], [1, 2]), **arguments)


@pytest.mark.parametrize("method", ["exact", "pivot_lp"])
def test_proofs_of_large_graphs_need_a_time_limit(method):
    large = wc.from_edges([0], [1], n=401)
    with pytest.raises(ValueError, match="needs a time_limit above 400 vertices; the graph has 401"):
        wc.correlation_cluster(large, method=method)
    assert wc.correlation_cluster(large, method=method, time_limit=60).objective == 0
    with pytest.raises(ValueError, match="'exact' needs a time_limit"):
        wc.multicut(large, "exact")


def test_wrong_types():
    graph = wc.from_edges([0, 1], [1, 2])
    with pytest.raises(TypeError, match="labels must be integers"):
        wc.correlation_cluster(graph, init=[0.5, 1.0, 2.0])
    with pytest.raises(TypeError, match="callback must be callable"):
        wc.correlation_cluster(graph, callback=3)
    with pytest.raises(ValueError, match=r"edge 0-1 has the negative weight -2; use multicut"):
        wc.correlation_cluster(wc.from_edges([0], [1], [-2.0]))


REFERENCE = {  # the best of igraph's Leiden over 20 seeds, which the memetic search must not miss
    "ca-HepTh": 16152,
    "lastfm-asia": 22090,
    "ca-GrQc": 6149,
    "ego-facebook-107": 18333,
    "ego-facebook-1912": 13730,
    "cora-correlation": 9426,
}


@pytest.mark.parametrize("name", REFERENCE)
def test_real_graphs(name, data_dir):
    graph = wc.read_graph(data_dir / "clustering" / "snap" / f"{name}.txt.gz")
    result = wc.correlation_cluster(graph, max_iterations=3000)
    assert result.objective <= REFERENCE[name]
    assert result.objective == wc.evaluate(graph, result.labels)
