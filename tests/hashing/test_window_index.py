import os
import signal
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayseer.hashing import WindowIndex

METHODS = ("auto", "prefilter", "postfilter", "super", "tree", "split", "joint")
METRICS = ("l2", "inner_product", "cosine")


def distances(X, q, metric):
    X, q = X.astype(np.float64), q.astype(np.float64)
    if metric == "l2":
        return ((X - q) ** 2).sum(axis=1)
    if metric == "inner_product":
        return -(X @ q)
    norms = np.linalg.norm(X, axis=1) * np.linalg.norm(q)
    return 1 - np.divide(X @ q, norms, out=np.zeros(len(X)), where=norms > 0)


def brute_force(X, labels, q, window, k, metric="l2"):
    """Ids and distances of the k nearest, in order, among those in the window."""
    ids = np.flatnonzero((labels >= window[0]) & (labels <= window[1]))
    d = distances(X[ids], q, metric)
    nearest = np.lexsort((ids, d))[:k]
    return ids[nearest], d[nearest]


def check_rows(ids, dist, k):
    """What every answer keeps: ascending, padded at the end, no id twice."""
    assert ids.dtype == np.int64
    assert dist.dtype == np.float32
    assert ids.shape == dist.shape == (len(ids), k)
    assert ((ids == -1) == np.isinf(dist)).all()
    for row, of in zip(ids, dist, strict=True):
        found = row[row >= 0]
        assert (row[: len(found)] == found).all()
        assert len(set(found)) == len(found)
        assert (np.diff(of[: len(found)]) >= 0).all()


def recall(dist, exact):
    """The share of the true neighbours, or others as near."""
    wanted = np.isfinite(exact)
    limit = np.where(wanted, exact, -np.inf).max(axis=1, keepdims=True)
    return (np.isfinite(dist) & (dist <= limit + 1e-6 * np.abs(limit))).sum() / wanted.sum()


@pytest.fixture(scope="module")
def clustered():
    """Vectors of low intrinsic dimension in clusters, as embeddings are."""
    random = np.random.default_rng(0)
    to_space = random.standard_normal((8, 24))
    centres = random.standard_normal((30, 8)) * 2

    def draw(n):
        latent = centres[random.integers(0, 30, n)] + random.standard_normal((n, 8))
        return (latent @ to_space + random.standard_normal((n, 24)) / 10).astype(np.float32)

    X = draw(6000)
    return X, random.random(6000), draw(60)


@pytest.fixture(scope="module")
def graphs(clustered):
    X, labels, _ = clustered
    return WindowIndex(X, labels, leaf_cutoff=200)


def random_windows(random, n, fraction):
    low = random.random(n) * (1 - fraction)
    return np.stack((low, low + fraction), axis=1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("exponent", range(-10, 1))
def test_recall_at_every_window_fraction(clustered, graphs, method, exponent):
    _, _, Q = clustered
    windows = random_windows(np.random.default_rng(-exponent), len(Q), 2.0**exponent)
    _, exact = graphs.search(Q, windows, 10, method="prefilter")
    ids, dist = graphs.search(Q, windows, 10, method=method)
    check_rows(ids, dist, 10)
    assert ((ids >= 0).sum(axis=1) == np.isfinite(exact).sum(axis=1)).all()
    if np.isfinite(exact).any():
        assert recall(dist, exact) >= 0.95


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("inner", ["flat", "hnsw"])
def test_metrics(clustered, metric, inner):
    X, labels, Q = clustered
    X, labels = X[:3000], labels[:3000]
    index = WindowIndex(X, labels, metric, inner, leaf_cutoff=400)
    windows = random_windows(np.random.default_rng(1), len(Q), 0.4)
    exact = np.array(
        [brute_force(X, labels, q, w, 10, metric)[1] for q, w in zip(Q, windows, strict=True)], np.float32
    )
    for method in METHODS:
        ids, dist = index.search(Q, windows, 10, beam=200, method=method)
        check_rows(ids, dist, 10)
        for q, row, of in zip(Q, ids, dist, strict=True):
            np.testing.assert_allclose(of, distances(X[row], q, metric), rtol=1e-4, atol=1e-4)
        if inner == "flat":
            np.testing.assert_allclose(dist, exact, rtol=1e-4, atol=1e-4)
        else:
            assert recall(dist - 1e-4 * np.abs(dist), exact) >= 0.9


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_flat_is_brute_force(data):
    # Whole numbers: distances are exact, and ties are many.
    n = data.draw(st.integers(0, 60))
    d = data.draw(st.integers(1, 3))
    values = st.integers(-3, 3)
    X = np.array(data.draw(st.lists(values, min_size=n * d, max_size=n * d)), np.float32).reshape(n, d)
    labels = np.array(data.draw(st.lists(st.integers(-5, 5), min_size=n, max_size=n)), np.int64)
    kind = data.draw(st.sampled_from(["i8", "f8", "i2", "f4"]))
    index = WindowIndex(
        X,
        labels.astype(kind),
        inner="flat",
        leaf_cutoff=data.draw(st.integers(1, 20)),
        split=data.draw(st.integers(2, 4)),
        shift=data.draw(st.sampled_from([None, 0.5, 0.25, 0.3, 0.9])),
    )
    windows = data.draw(st.lists(st.tuples(st.integers(-7, 7), st.integers(-7, 7)), min_size=1, max_size=5))
    Q = np.array([data.draw(st.lists(values, min_size=d, max_size=d)) for _ in windows], np.float32)
    k = data.draw(st.integers(1, 8))
    method = data.draw(st.sampled_from(METHODS))
    ids, dist = index.search(Q, windows, k, beam=data.draw(st.integers(1, 10)), method=method)
    check_rows(ids, dist, k)
    for q, window, row, of in zip(Q, windows, ids, dist, strict=True):
        best, exact = brute_force(X, labels, q, window, k)
        assert (row[: len(best)] == best).all()
        assert (of[: len(best)] == exact.astype(np.float32)).all()
        assert (row[len(best) :] == -1).all()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_graphs_stay_in_the_window_and_find_k(data):
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    n = data.draw(st.integers(0, 400))
    X = random.integers(-3, 4, (n, 3)).astype(np.float32)  # copies of points, too
    labels = random.integers(0, 50, n)
    index = WindowIndex(
        X,
        labels,
        leaf_cutoff=data.draw(st.integers(1, 60)),
        split=data.draw(st.integers(2, 4)),
        shift=data.draw(st.sampled_from([None, 0.5, 0.3])),
        ef_construction=40,
        costs=(1, data.draw(st.sampled_from([0, 100]))),
    )
    low, high = random.integers(-2, 52, 8), random.integers(-2, 52, 8)
    Q = random.standard_normal((8, 3))
    k = data.draw(st.sampled_from([1, 3, 10, 100]))
    ids, dist = index.search(Q, np.stack((low, high), 1), k, 1, data.draw(st.sampled_from(METHODS)))
    check_rows(ids, dist, k)
    for q, a, b, row, of in zip(Q, low, high, ids, dist, strict=True):
        inside = np.flatnonzero((labels >= a) & (labels <= b))
        found = row[row >= 0]
        assert len(found) == min(k, len(inside))
        assert set(found) <= set(inside)
        np.testing.assert_allclose(of[: len(found)], distances(X[found], q, "l2"), rtol=1e-5, atol=1e-6)


def test_equal_labels_and_vectors():
    X = np.repeat(np.eye(4, dtype=np.float32), 500, axis=0)
    labels = np.tile([2, 1], 1000)
    index = WindowIndex(X, labels, leaf_cutoff=100)
    for method in METHODS:
        ids, dist = index.search(X[::500], [(1, 1)] * 4, 5, method=method)
        assert (dist == 0).all(), method
        assert (ids // 500 == np.arange(4)[:, None]).all()
        assert (labels[ids] == 1).all()
    ids, _ = index.search(X[0], (1, 2), 3, method="prefilter")
    assert ids.tolist() == [0, 1, 2]


def test_one_query(graphs, clustered):
    _, _, Q = clustered
    many, far = graphs.search(Q[:1], [(0.2, 0.7)], 4)
    for window in ((0.2, 0.7), [(0.2, 0.7)], np.array([[0.2, 0.7]])):
        ids, dist = graphs.search(Q[0], window, 4)
        assert ids.shape == dist.shape == (4,)
        assert (ids == many[0]).all()
        assert (dist == far[0]).all()


def test_empty_windows_and_few_vectors():
    index = WindowIndex([[0.0], [1.0], [2.0]], [10, 20, 30])
    ids, dist = index.search([[0], [0], [0]], [(25, 15), (11, 19), (15, 40)], 3)
    assert ids.tolist() == [[-1] * 3, [-1] * 3, [1, 2, -1]]
    assert dist.tolist() == [[np.inf] * 3, [np.inf] * 3, [1, 4, np.inf]]
    none = WindowIndex(np.empty((0, 5), np.float32), [])
    assert len(none) == 0
    ids, dist = none.search(np.zeros(5), (0, 1), 2)
    assert ids.tolist() == [-1, -1]
    assert none.search(np.empty((0, 5)), np.empty((0, 2)), 2)[0].shape == (0, 2)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i8", "u8", "f4", "f8", "M8[D]", "M8[ns]", "m8[s]", "?"])
def test_label_dtypes(dtype):
    labels = np.array([1, 0, 1, 0, 1]).astype(dtype)
    index = WindowIndex(np.arange(5.0)[:, None], labels)
    one = np.array([[1, 1]]).astype(dtype)
    assert index.search([[0.0]], one, 5)[0].tolist() == [[0, 2, 4, -1, -1]]


def test_bounds_compare_exactly():
    big = 2**53
    index = WindowIndex(np.zeros((3, 1)), [big, big + 1, big + 2])
    assert sorted(index.search([0], [big + 1, big + 2], 3)[0].tolist()) == [-1, 1, 2]
    small = WindowIndex(np.arange(3.0)[:, None], [-1, 0, 1])
    assert small.search([0], [-0.5, 1.5], 3)[0].tolist() == [1, 2, -1]
    assert small.search([0], [-np.inf, np.inf], 3)[0].tolist() == [0, 1, 2]
    assert small.search([0], [0.2, 0.8], 3)[0].tolist() == [-1] * 3
    assert small.search([0], [1e300, np.inf], 3)[0].tolist() == [-1] * 3
    assert small.search([0], np.array([0, 2**64 - 1], np.uint64), 3)[0].tolist() == [1, 2, -1]
    days = WindowIndex(np.arange(3.0)[:, None], np.array(["2024-01-01", "2024-02-01", "2024-03-01"], "M8[D]"))
    assert days.search([0], ["2024-01-15", "2024-02-01"], 3)[0].tolist() == [1, -1, -1]
    end = np.array(["2024-01-01T00:00:01", "2024-02-01T00:00:00"], "M8[s]")
    assert days.search([0], end, 3)[0].tolist() == [1, -1, -1]


def test_seed_and_threads(clustered):
    X, labels, Q = clustered
    windows = random_windows(np.random.default_rng(3), len(Q), 0.3)
    results = []
    for seed, threads in ((5, 1), (5, 1), (5, 3), (6, 1)):
        index = WindowIndex(X, labels, leaf_cutoff=500, seed=seed, threads=threads, costs=(1, 1))
        results.append([index.search(Q, windows, 10, 12, method) for method in METHODS])
        parallel = [index.search(Q, windows, 10, 12, method, threads=4) for method in METHODS]
        for (ids, dist), (ids2, dist2) in zip(results[-1], parallel, strict=True):
            assert (ids == ids2).all()
            assert (dist == dist2).all()
    for again in results[1:3]:
        for (ids, _), (ids2, _) in zip(results[0], again, strict=True):
            assert (ids == ids2).all()
    assert any((a[0] != b[0]).any() for a, b in zip(results[0], results[3], strict=True))


def test_many_threads_share_an_index(graphs, clustered):
    _, _, Q = clustered
    windows = random_windows(np.random.default_rng(3), len(Q), 0.3)
    expected = graphs.search(Q, windows, 10)[0]
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(graphs.search(Q, windows, 10)[0])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all((ids == expected).all() for ids in found)


def test_final_multiply_widens_the_beam(graphs, clustered):
    _, _, Q = clustered
    windows = random_windows(np.random.default_rng(4), len(Q), 0.5)
    _, exact = graphs.search(Q, windows, 10, method="prefilter")
    narrow = graphs.search(Q, windows, 10, 10, "super")[1]
    wide = graphs.search(Q, windows, 10, 10, "super", final_multiply=16)
    assert recall(wide[1], exact) >= max(recall(narrow, exact), 0.99)
    assert (wide[0] == graphs.search(Q, windows, 10, 160, "super")[0]).all()


def test_automatic_choice_follows_the_costs(clustered):
    X, labels, Q = clustered
    windows = random_windows(np.random.default_rng(4), len(Q), 0.5)
    for costs, method in (((1, 1e9), "prefilter"), ((1, 0), "joint")):
        index = WindowIndex(X, labels, costs=costs, shift=None)
        assert index.costs == costs
        auto = index.search(Q, windows, 10, 10)
        assert (auto[0] == index.search(Q, windows, 10, 10, method)[0]).all()
    shifted = WindowIndex(X, labels, costs=(1, 0))
    full = np.tile((0.0, 1.0), (len(Q), 1))
    auto = shifted.search(Q, full, 10, 10)
    assert (auto[0] == shifted.search(Q, full, 10, 10, "super")[0]).all()
    fitted = WindowIndex(X, labels).costs
    assert all(np.isfinite(fitted))
    assert min(fitted) > 0


def test_memory(clustered):
    X, labels, _ = clustered
    flat = WindowIndex(X, labels, inner="flat")
    tree = WindowIndex(X, labels, shift=None)
    both = WindowIndex(X, labels)
    assert flat.index_bytes == 4 * len(X)
    assert tree.index_bytes < both.index_bytes < len(X) * 2 * 3 * 80
    assert repr(flat) == "WindowIndex(6000 vectors of 24 dimensions, l2, flat)"
    assert (flat.dim, flat.metric, flat.inner, len(flat)) == (24, "l2", "flat", 6000)


def test_progress(clustered):
    X, labels, _ = clustered
    seen = []
    WindowIndex(X, labels, leaf_cutoff=20, threads=2, progress=lambda *of: seen.append(of))
    assert seen
    assert seen == sorted(seen)
    assert all(0 <= done <= total for done, total in seen)
    assert len({total for _, total in seen}) == 1

    def fail(done, total):
        raise RuntimeError(f"{done} of {total}")

    with pytest.raises(RuntimeError, match="of"):
        WindowIndex(X, labels, leaf_cutoff=20, progress=fail)


@pytest.mark.parametrize("threads", [1, 2])
def test_interrupt(threads):
    X = np.random.default_rng(0).standard_normal((40_000, 32)).astype(np.float32)
    sent = []

    def send():
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.3, send)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        WindowIndex(X, np.arange(len(X)), threads=threads)
    stopped = time.monotonic()
    timer.join()
    assert stopped - sent[0] < 5  # within 0.1 s on a machine of its own


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": [[1, np.nan], [0, 0]]}, r"X\[0, 1\] is nan; all entries must be finite"),
        ({"X": [[1, 0], [0, np.inf]]}, r"X\[1, 1\] is inf"),
        ({"X": [[1e39, 0], [0, 0]]}, "X holds inf.*allowed is up to"),
        ({"X": [[1e19, 0], [0, 0]]}, r"X holds 1e\+19.*allowed is up to"),
        ({"X": [1, 2]}, r"X must have two dimensions \(n, d\), got shape \(2,\)"),
        ({"X": np.empty((2, 0))}, "X has vectors of 0 dimensions"),
        ({"X": [[1], [2, 3]]}, "X: rows have different lengths"),
        ({"labels": [1, np.nan]}, r"labels\[1\] is nan"),
        ({"labels": [1, np.inf]}, r"labels\[1\] is inf"),
        ({"labels": [1, 2, 3]}, r"labels must have shape \(2,\).*got \(3,\)"),
        ({"labels": [[1, 2]]}, r"labels must have shape \(2,\).*got \(1, 2\)"),
        ({"labels": np.array(["2024", "NaT"], "M8[Y]")}, r"labels\[1\] is NaT"),
        ({"labels": np.array([1, 2**63], np.uint64)}, "labels holds 9223372036854775808"),
        ({"metric": "l1"}, "unknown metric 'l1'; allowed are l2, inner_product, cosine"),
        ({"inner": "lsh"}, "unknown inner 'lsh'"),
        ({"leaf_cutoff": 0}, "leaf_cutoff"),
        ({"split": 1}, "split"),
        ({"shift": 0}, "shift must be None or above 0 and below 1, got 0"),
        ({"shift": 1}, "shift must be None or above 0 and below 1, got 1"),
        ({"shift": np.nan}, "shift must be finite"),
        ({"seed": -1}, "seed"),
        ({"threads": 0}, "threads"),
        ({"ef_construction": 0}, "ef_construction"),
        ({"costs": (1,)}, "costs must be two numbers"),
        ({"costs": (1, -1)}, r"costs\[1\]"),
    ],
)
def test_wrong_input(change, message):
    arguments = {"X": [[0, 0], [1, 1]], "labels": [1, 2]} | change
    with pytest.raises(ValueError, match=message):
        WindowIndex(**arguments)


@pytest.mark.parametrize(
    "change",
    [
        {"X": [["a", "b"], ["c", "d"]]},
        {"X": np.zeros((2, 2), complex)},
        {"labels": ["a", "b"]},
        {"labels": [1j, 2]},
        {"leaf_cutoff": 1.5},
        {"split": 2.5},
        {"shift": "half"},
        {"metric": 2},
        {"threads": True},
        {"progress": 3},
    ],
)
def test_wrong_types(change):
    arguments = {"X": [[0, 0], [1, 1]], "labels": [1, 2]} | change
    with pytest.raises(TypeError):
        WindowIndex(**arguments)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Q": [[0, 0, 0]]}, "Q has vectors of 3 dimensions, the index has 2"),
        ({"Q": [[0, np.nan]]}, r"Q\[0, 1\] is nan"),
        ({"Q": [[0, 1e30]]}, r"Q holds 1e\+30"),
        ({"Q": 3}, r"Q must have shape \(nq, d\) or \(d,\), got \(\)"),
        ({"Q": [[[0, 0]]]}, "Q must have shape"),
        ({"windows": [[0, np.nan]]}, r"windows\[0\] holds NaN"),
        ({"windows": [[0, 1], [0, 1]]}, r"windows must have shape \(1, 2\).*got \(2, 2\)"),
        ({"windows": [0, 1]}, r"windows must have shape \(1, 2\).*got \(2,\)"),
        ({"windows": [[0, 1, 2]]}, "windows must have shape"),
        ({"k": 0}, "k"),
        ({"beam": 0}, "beam"),
        ({"final_multiply": 0}, "final_multiply"),
        ({"threads": 0}, "threads"),
        ({"method": "best"}, "unknown method 'best'; allowed are auto, prefilter"),
    ],
)
def test_wrong_queries(change, message):
    index = WindowIndex([[0, 0], [1, 1]], [1, 2])
    arguments = {"Q": [[0, 0]], "windows": [[0, 1]], "k": 1} | change
    with pytest.raises(ValueError, match=message):
        index.search(**arguments)


def test_wrong_types_of_queries():
    index = WindowIndex([[0, 0], [1, 1]], [1, 2])
    for windows in ([["a", "b"]], np.array([["2024", "2025"]], "M8[Y]")):
        with pytest.raises(TypeError, match="windows"):
            index.search([[0, 0]], windows, 1)
    for k in (1.0, True, "1"):
        with pytest.raises(TypeError, match="k must be an integer"):
            index.search([[0, 0]], [[0, 1]], k)
    days = WindowIndex([[0, 0], [1, 1]], np.array(["2024", "2025"], "M8[Y]"))
    with pytest.raises(TypeError, match="windows has dtype int64, labels have datetime64"):
        days.search([[0, 0]], [[0, 1]], 1)
    with pytest.raises(ValueError, match="NaT"):
        days.search([[0, 0]], np.array([["2024", "NaT"]], "M8[Y]"), 1)
