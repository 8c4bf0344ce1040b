"""The estimator and the pictures."""

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt

import wayseer.clustering as wc

from .partitions import random_graph


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_estimator():
    graph = random_graph(np.random.default_rng(1), 70, 0.2)
    estimator = wc.CorrelationClustering(random_state=3)
    labels = estimator.fit_predict(graph.to_scipy())
    assert np.array_equal(labels, wc.correlation_cluster(graph, seed=3).labels)
    assert estimator.n_clusters_ == labels.max() + 1
    assert estimator.n_features_in_ == 70
    signed = random_graph(np.random.default_rng(2), 40, 0.2, -3, 3)
    assert wc.CorrelationClustering().fit(signed).result_.objective == wc.multicut(signed).objective


def test_estimator_parameters():
    estimator = wc.CorrelationClustering(resolution=0.1)
    copy = type(estimator)(**estimator.get_params())
    assert copy.get_params() == estimator.get_params()
    assert repr(estimator) == "CorrelationClustering(resolution=0.1)"
    assert estimator.set_params(method="pivot").method == "pivot"
    with pytest.raises(ValueError, match="unknown parameter 'gamma'"):
        estimator.set_params(gamma=1)


def test_pictures_show_what_they_should():
    graph = random_graph(np.random.default_rng(3), 61, 0.2)
    result = wc.correlation_cluster(graph)
    ax = wc.plot_disagreements(graph, {"ours": result, "alone": np.arange(61)})
    y = np.sort(wc.disagreement_vector(graph, result.labels))[::-1]
    assert np.array_equal(ax.lines[0].get_ydata(), y)
    assert ax.get_legend().get_texts()[1].get_text().startswith("alone: ")
    ax = wc.plot_trajectory(result)
    assert ax.lines[0].get_ydata()[-1] == result.objective
    ax = wc.plot_sizes(result)
    assert ax.lines[0].get_ydata().sum() == 61
    ax = wc.plot_graph(graph, result)
    assert sum(len(c.get_segments()) for c in ax.collections[:2]) == graph.m
    ax = wc.plot_matrix(graph, result)
    dark = (ax.images[0].get_array() < 1).any(axis=2)
    assert dark.sum() == 2 * graph.m


def test_trajectory_with_bound_and_large_matrix():
    result = wc.ClusteringResult(
        labels=np.zeros(3, np.int32),
        objective=5.0,
        n_clusters=1,
        lower_bound=4.0,
        seconds=1.0,
        trajectory=((0.1, 7.0), (0.5, 5.0)),
    )
    ax = wc.plot_trajectory(result)
    assert any("lower bound 4" in text.get_text() for text in ax.texts)
    graph = random_graph(np.random.default_rng(4), 1500, 0.01)
    assert wc.plot_matrix(graph, np.arange(1500) // 100).images


def test_wrong_input_of_pictures():
    graph = random_graph(np.random.default_rng(5), 10, 0.5)
    with pytest.raises(ValueError, match="labelings is empty"):
        wc.plot_disagreements(graph, {})
    with pytest.raises(ValueError, match="no trajectory"):
        wc.plot_trajectory(wc.ClusteringResult(labels=np.zeros(1, np.int32), objective=0.0, n_clusters=1))
    with pytest.raises(ValueError, match="at most 2000"):
        wc.plot_graph(wc.from_edges([], [], n=2001), np.zeros(2001, int))
    with pytest.raises(ValueError, match=r"positions has shape \(3, 2\)"):
        wc.plot_graph(graph, np.zeros(10, int), positions=np.zeros((3, 2)))
