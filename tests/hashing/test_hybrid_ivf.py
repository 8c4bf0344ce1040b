"""HybridIVF: as brute force with a mask, whole files, and an error for everything else."""

import os
import pickle
import signal
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wayseer
from wayseer import hashing as wh

METRICS = ("l2", "inner_product", "cosine")
INT64 = np.iinfo(np.int64)


def data(n=3000, d=8, seed=0):
    """Clustered vectors, and attributes of every width."""
    random = np.random.default_rng(seed)
    centers = random.normal(size=(12, d)) * 3
    X = (centers[random.integers(0, 12, n)] + random.normal(size=(n, d))).astype(np.float32)
    attrs = {
        "color": random.integers(-3, 9, n).astype(np.int8),
        "year": random.integers(1000, 5000, n).astype(np.uint16),
        "price": random.integers(0, 10**8, n),
        "id": random.integers(INT64.min, INT64.max, n, endpoint=True),
        "sold": random.random(n) < 0.1,
    }
    return X, attrs


X, ATTRS = data()
QUERIES = data(40, seed=1)[0]
INDEX = {metric: wh.HybridIVF(X, ATTRS, metric=metric) for metric in METRICS}


def mask(attrs, conditions):
    """Which vectors pass, in NumPy's own words."""
    passes = np.ones(len(next(iter(attrs.values()))), bool)
    for name, condition in (conditions or {}).items():
        values = [int(v) for v in attrs[name]]
        if isinstance(condition, tuple):
            low, high = condition
            one = [(low is None or v >= low) and (high is None or v <= high) for v in values]
        elif isinstance(condition, list | set | frozenset | range | np.ndarray):
            among = {int(v) for v in condition}
            one = [v in among for v in values]
        else:
            one = [v == int(condition) for v in values]
        passes &= np.array(one)
    return passes


def exact_distances(x, q, metric):
    x, q = x.astype(float), q.astype(float)
    if metric == "l2":
        return ((x - q) ** 2).sum(1)
    if metric == "cosine":
        lengths = np.linalg.norm(x, axis=1) * np.linalg.norm(q)
        return 1 - np.divide(x @ q, lengths, out=np.zeros(len(x)), where=lengths != 0)
    return -(x @ q)


def check(found, x, q, passes, metric, k):
    """Exact but for the order of what float32 cannot tell apart."""
    ids, dist = found
    assert (ids.dtype, dist.dtype, ids.shape, dist.shape) == (np.int64, np.float32, (k,), (k,))
    expected = exact_distances(x, q, metric)
    count = min(k, int(passes.sum()))
    assert (ids[count:] == -1).all()
    assert np.isinf(dist[count:]).all()
    ids, dist = ids[:count], dist[:count]
    assert len(set(ids.tolist())) == count
    assert passes[ids].all()
    scale = 1e-5 * (1 + np.abs(expected).max())
    np.testing.assert_allclose(dist, expected[ids], atol=scale)
    np.testing.assert_allclose(dist, np.sort(expected[passes])[:count], atol=scale)
    assert (np.lexsort((ids, dist)) == np.arange(count)).all()


CONDITIONS = {
    "color": st.integers(-5, 11)
    | st.tuples(st.none() | st.integers(-5, 11), st.none() | st.integers(-5, 11))
    | st.lists(st.integers(-5, 11))
    | st.sets(st.integers(-5, 11))
    | st.builds(range, st.integers(-5, 11), st.integers(-5, 11), st.integers(1, 3)),
    "year": st.sampled_from(ATTRS["year"].tolist())
    | st.tuples(st.none() | st.integers(900, 5100), st.none() | st.integers(900, 5100))
    | st.lists(st.sampled_from(ATTRS["year"].tolist()), max_size=200),
    "price": st.tuples(st.none() | st.integers(-1, 10**8), st.none() | st.integers(-1, 10**8))
    | st.lists(st.sampled_from(ATTRS["price"].tolist()), max_size=200).map(np.array)
    | st.sampled_from(ATTRS["price"]),
    "id": st.tuples(st.none() | st.integers(-(2**70), 2**70), st.none() | st.integers(-(2**70), 2**70))
    | st.sampled_from(ATTRS["id"].tolist())
    | st.integers(-(2**70), 2**70)
    | st.lists(st.sampled_from(ATTRS["id"].tolist()) | st.integers(-(2**70), 2**70), max_size=30),
    "sold": st.booleans() | st.sampled_from([[True], [0, 1], {False}, np.array([True, False])]),
}
FILTERS = st.none() | st.fixed_dictionaries({}, optional=CONDITIONS)


@settings(max_examples=150, deadline=None)
@given(
    conditions=FILTERS, q=st.integers(0, 39), k=st.sampled_from([1, 10, 150]), which=st.sampled_from(METRICS)
)
def test_all_lists_are_exact(conditions, q, k, which):
    passes = mask(ATTRS, conditions)
    for nprobe in ("all", None, 10**12):
        found = INDEX[which].search(QUERIES[q], conditions, k, nprobe)
        check(found, X, QUERIES[q], passes, which, k)


@settings(max_examples=60, deadline=None)
@given(
    filters=st.lists(FILTERS, min_size=40, max_size=40),
    nprobe=st.sampled_from([1, 3, 16, None]),
    which=st.sampled_from(METRICS),
)
def test_one_filter_for_each_query(filters, nprobe, which):
    index = INDEX[which]
    ids, dist = index.search(QUERIES, filters, 5, nprobe)
    again = index.search(QUERIES, tuple(filters), 5, nprobe, threads=3)
    np.testing.assert_array_equal(again[0], ids)
    np.testing.assert_array_equal(again[1], dist)
    for q in range(0, 40, 7):
        alone = index.search(QUERIES[q], filters[q], 5, nprobe)
        np.testing.assert_array_equal(alone[0], ids[q])
        np.testing.assert_array_equal(alone[1], dist[q])
        assert mask(ATTRS, filters[q])[alone[0][alone[0] >= 0]].all()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 60),
    d=st.integers(1, 20),
    spread=st.sampled_from([0, 1, 300, 70_000, 2**33]),
    which=st.sampled_from(METRICS),
    data_=st.data(),
)
def test_small_indices(seed, n, d, spread, which, data_):
    random = np.random.default_rng(seed)
    x = random.integers(-2, 3, (n, d)).astype(np.float32)  # many ties
    attrs = {"a": random.integers(-spread, spread + 1, n), "b": random.integers(0, 2, n)}
    nlist = data_.draw(st.none() | st.integers(1, n))
    index = wh.HybridIVF(x, attrs, nlist=nlist, metric=which, seed=seed)
    assert len(index) == n
    assert index.nlist == (max(1, n // 8) if nlist is None else nlist)  # 4 sqrt(n) is more up to 1024
    low = data_.draw(st.integers(-spread, spread))
    conditions = data_.draw(
        st.sampled_from(
            [None, {"a": (low, None)}, {"a": low, "b": 1}, {"a": [low, int(attrs["a"][0])]}, {"b": 0}]
        )
    )
    q = random.integers(-2, 3, d).astype(np.float32)
    check(index.search(q, conditions, 7, None), x, q, mask(attrs, conditions), which, 7)


def test_recall_grows_with_lists_at_every_selectivity():
    x, _ = data(20_000, 16, seed=3)
    q = data(50, 16, seed=3)[0]
    share = np.random.default_rng(4).random(20_000)
    index = wh.HybridIVF(x, {"share": (share * 1000).astype(int)})
    for below in (500, 100, 10, 1):
        truth = index.search(q, {"share": (0, below - 1)}, 10, None)[0]
        recalls = []
        for nprobe in (1, 16, 128, index.nlist):
            ids = index.search(q, {"share": (0, below - 1)}, 10, nprobe)[0]
            recalls.append(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(ids, truth, strict=True)]))
        assert recalls == sorted(recalls)
        assert recalls[2] >= 0.95
        assert recalls[3] == 1


def test_lists_where_nothing_passes_do_not_count():
    cluster = np.repeat(np.arange(50), 40)
    x = np.random.default_rng(0).normal(size=(2000, 4)) + cluster[:, None] * 100
    index = wh.HybridIVF(x, {"cluster": cluster, "odd": np.arange(2000) % 2}, nlist=50)
    for wanted in (0, 17, 49):
        ids, _ = index.search([0, 0, 0, 0], {"cluster": wanted, "odd": 1}, 5, nprobe=1)
        assert (ids >= 0).any()
        assert (cluster[ids[ids >= 0]] == wanted).all()


def test_seeds_and_threads():
    queries = QUERIES
    for metric in METRICS:
        made = [wh.HybridIVF(X, ATTRS, metric=metric, seed=s, threads=t) for s, t in ((1, 1), (1, 3), (2, 1))]
        found = [index.search(queries, {"color": (0, 3)}, 10, 2)[0] for index in made]
        assert (found[0] == found[1]).all()
        assert (found[0] != found[2]).any()


def test_inputs_are_copied_and_of_any_kind():
    x = X.copy()
    attrs = {name: values.tolist() for name, values in ATTRS.items()}
    index = wh.HybridIVF(x, attrs)
    x[:] = 0
    expected = INDEX["l2"].search(QUERIES, {"sold": True}, 5)
    for queries in (QUERIES, QUERIES.astype(float), np.asfortranarray(QUERIES), QUERIES.tolist()):
        found = index.search(queries, {"sold": 1}, 5)
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])
    assert index.search(np.zeros((0, 8)), None, 5)[0].shape == (0, 5)
    assert index.search(np.zeros((0, 8)), [], 5)[0].shape == (0, 5)


def test_what_an_index_says():
    index = INDEX["cosine"]
    assert (len(index), index.dim, index.metric, index.nlist) == (3000, 8, "cosine", 219)
    assert index.attributes == {name: (int(a.min()), int(a.max())) for name, a in ATTRS.items()}
    assert repr(index) == (
        "HybridIVF(3000 vectors of 8 dimensions, cosine, 219 lists, attributes: color, year, price, id, sold)"
    )
    plain = wh.HybridIVF(X[:10])
    assert plain.attributes == {}
    assert "attributes: none" in repr(plain)


def test_memory():
    n, d = 200_000, 16
    random = np.random.default_rng(0)
    x = random.normal(size=(n, d)).astype(np.float32)
    attrs = {"a": random.integers(0, 200, n), "b": random.integers(0, 10**4, n)}
    index = wh.HybridIVF(x, attrs, nlist=800)
    assert index.nbytes <= n * (4 * d + 1 + 2 + 16)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"X": [[1, NAN]]}, ValueError, r"X\[0, 1\] is nan"),
        ({"X": [[1, INF]]}, ValueError, r"X\[0, 1\] is inf"),
        ({"X": [[1, 1e30]]}, ValueError, "X holds 1e\\+30 .*allowed is up to"),
        ({"X": [[1, 1e300]], "metric": "cosine"}, ValueError, "X holds inf"),
        ({"X": [1, 2]}, ValueError, r"X must have two dimensions \(n, d\), got shape \(2,\)"),
        ({"X": 1.0}, ValueError, r"X must have two dimensions"),
        ({"X": np.zeros((3, 0))}, ValueError, "X has vectors of 0 dimensions"),
        ({"X": np.zeros((0, 3))}, ValueError, "X has 0 vectors"),
        ({"X": np.zeros((1, 65537))}, ValueError, "65537 dimensions; allowed are 1 to 65536"),
        ({"X": [["a"]]}, TypeError, "X has dtype <U1"),
        ({"X": [[1, 2], [3]]}, ValueError, "X: rows have different lengths"),
        ({"attrs": [1]}, TypeError, "attrs must be a mapping of names to arrays, got list"),
        ({"attrs": {1: [1, 2]}}, TypeError, r"attrs has the name 1 \(int\); names must be strings"),
        ({"attrs": {"\ud800": [1, 2]}}, ValueError, "which is not Unicode"),
        ({"attrs": {"a": [1.0, 2.0]}}, TypeError, r"attrs\['a'\] has dtype float64; allowed are integers"),
        ({"attrs": {"a": ["x", "y"]}}, TypeError, r"attrs\['a'\] has dtype <U1"),
        (
            {"attrs": {"a": [1]}},
            ValueError,
            r"attrs\['a'\] must have shape \(2,\) like X has rows, got \(1,\)",
        ),
        ({"attrs": {"a": [[1], [2]]}}, ValueError, r"got \(2, 1\)"),
        ({"attrs": {"a": np.array([1, 2**63], np.uint64)}}, ValueError, "holds 9223372036854775808; allowed"),
        ({"attrs": {"a": [1, 2**64]}}, TypeError, "dtype object"),
        ({"attrs": {"a": np.ma.masked_less([1, 2], 2)}}, ValueError, r"attrs\['a'\] has masked entries"),
        ({"nlist": 0}, ValueError, "nlist must be at least 1, got 0"),
        ({"nlist": 3}, ValueError, "nlist must be at most 2, got 3"),
        ({"nlist": 1.0}, TypeError, "nlist must be an integer, got 1.0"),
        ({"metric": "l1"}, ValueError, "unknown metric 'l1'; allowed are l2, inner_product, cosine"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
        ({"threads": 0}, ValueError, "threads must be at least 1"),
    ],
)
def test_wrong_input_to_build(arguments, error, words):
    with pytest.raises(error, match=words):
        wh.HybridIVF(**{"X": [[1, 2], [3, 4]], **arguments})


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"Q": [1, 2, 3]}, ValueError, "Q has vectors of 3 dimensions, the index has 8"),
        ({"Q": np.zeros((2, 2, 2))}, ValueError, r"Q must have shape \(nq, d\) or \(d,\)"),
        ({"Q": 1.0}, ValueError, "Q must have shape"),
        ({"Q": [NAN] * 8}, ValueError, r"Q\[0\] is nan"),
        ({"Q": [-1e30] * 8}, ValueError, "Q holds 1e"),
        ({"k": 0}, ValueError, "k must be at least 1, got 0"),
        ({"k": 2**31}, ValueError, "k must be at most"),
        ({"k": 2.0}, TypeError, "k must be an integer"),
        ({"nprobe": 0}, ValueError, "nprobe must be at least 1, got 0"),
        ({"nprobe": 1.5}, TypeError, "nprobe must be an integer, got 1.5"),
        ({"nprobe": "some"}, ValueError, "nprobe must be a number of lists, 'all' or None, got 'some'"),
        ({"threads": -1}, ValueError, "threads must be at least 1"),
        ({"filter": {"colour": 1}}, ValueError, "unknown attribute 'colour'; allowed are color, year"),
        ({"filter": {1: 1}}, ValueError, "unknown attribute 1; allowed are color"),
        (
            {"filter": "color"},
            TypeError,
            "filter must be a mapping, a sequence of mappings or None, got 'color'",
        ),
        ({"filter": 3}, TypeError, r"filter must be a mapping.*got 3 \(int\)"),
        ({"filter": [{}, {}]}, ValueError, "filter has 2 entries for 1 queries; allowed is one for each"),
        ({"filter": [3]}, TypeError, r"filter\[0\] must be a mapping or None, got 3"),
        ({"filter": [{"x": 3}]}, ValueError, r"filter\[0\] has unknown attribute 'x'"),
        ({"filter": {"color": 1.0}}, TypeError, r"filter\['color'\] must be an integer, got 1.0"),
        ({"filter": {"color": None}}, TypeError, r"filter\['color'\] must be an integer, got None"),
        ({"filter": {"color": "red"}}, TypeError, r"filter\['color'\] must be an integer, got 'red'"),
        ({"filter": {"color": {}}}, TypeError, r"filter\['color'\] must be an integer, got {}"),
        (
            {"filter": {"color": (1,)}},
            ValueError,
            r"filter\['color'\] is a tuple of 1.*allowed is \(lo, hi\)",
        ),
        ({"filter": {"color": (1, 2, 3)}}, ValueError, "is a tuple of 3"),
        ({"filter": {"color": (1, 2.5)}}, TypeError, r"filter\['color'\]\[1\] must be an integer, got 2.5"),
        ({"filter": {"color": (NAN, 2)}}, TypeError, r"filter\['color'\]\[0\] must be an integer, got nan"),
        ({"filter": {"color": [1, 2.0]}}, TypeError, r"an entry of filter\['color'\] must be an integer"),
        ({"filter": {"color": np.array([1.5])}}, TypeError, r"filter\['color'\] has dtype float64"),
        ({"filter": {"color": np.array([[1]])}}, TypeError, r"filter\['color'\] has dtype int64 and shape"),
    ],
)
def test_wrong_input_to_search(arguments, error, words):
    with pytest.raises(error, match=words):
        INDEX["l2"].search(**{"Q": QUERIES[:1], **arguments})


@pytest.mark.parametrize("n", [1, 3000])
@pytest.mark.parametrize("nlist", [None, 1])  # one list of 3000 begins at a page
def test_opened_indices_are_the_same(tmp_path, n, nlist):
    path = tmp_path / "x.wsi"
    index = wh.HybridIVF(X[:n], {name: a[:n] for name, a in ATTRS.items()}, nlist, "cosine")
    index.save(path)
    assert os.listdir(tmp_path) == ["x.wsi"]
    filters = [{"color": i % 12 - 3, "year": (None, 4000)} for i in range(40)]
    expected = index.search(QUERIES, filters, 10, 3)
    for mmap in (True, False):
        for verify in ("header", "meta", "all"):
            again = wh.HybridIVF.open(path, mmap=mmap, verify=verify)
            assert repr(again) == repr(index)
            assert (again.attributes, again.nbytes) == (index.attributes, index.nbytes)
            found = again.search(QUERIES, filters, 10, 3)
            np.testing.assert_array_equal(found[0], expected[0])
            np.testing.assert_array_equal(found[1], expected[1])
            again.save(tmp_path / "y.wsi")
            assert (tmp_path / "y.wsi").read_bytes() == path.read_bytes()
            (tmp_path / "y.wsi").unlink()
    mapped = wh.HybridIVF.open(path)
    mapped.save(path)  # onto what it is mapped from
    np.testing.assert_array_equal(mapped.search(QUERIES, filters, 10, 3)[0], expected[0])


def test_names_of_attributes_survive(tmp_path):
    names = ["", "ä ö", "a" * 3000, "x\ny", "\0"]
    index = wh.HybridIVF(X[:5], {name: np.arange(5) for name in names})
    index.save(tmp_path / "x")
    again = wh.HybridIVF.open(tmp_path / "x")
    assert list(again.attributes) == names
    assert again.search(X[0], {"\0": 3}, 1)[0].tolist() == [3]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "x.wsi"
    wh.HybridIVF(X[:50, :3], {"a": np.arange(50) % 7, "b": np.arange(50) * 1000}).save(path)
    return path, path.read_bytes()


def refused(path, verify="all", content=None):
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(wayseer.FormatError, match="at byte") as caught:
        wh.HybridIVF.open(path, verify=verify)
    assert caught.value.path == str(path)
    assert isinstance(caught.value.offset, int)
    assert "expected" in str(caught.value)
    assert "found" in str(caught.value)
    return caught.value


def test_damage_is_found(saved, tmp_path):
    _, good = saved
    path = tmp_path / "bad.wsi"
    path.write_bytes(good)
    with open(path, "r+b", buffering=0) as file:
        for at in [*range(4096), *range(4096, len(good), 97)]:
            os.pwrite(file.fileno(), bytes([good[at] ^ 1 << at % 8]), at)
            error = refused(path, "header" if at < 4096 else "all")
            assert error.offset <= at or error.offset == 4088
            os.pwrite(file.fileno(), good[at : at + 1], at)
    wh.HybridIVF.open(path, verify="all")
    for size in [*range(0, len(good), 501), len(good) - 1]:
        refused(path, "header", good[:size])
    refused(path, "header", good + b"\0" * 4096)
    assert refused(path, content=b"\x89PNG" + good[4:]).offset == 0
    wh.HybridIVF.open(saved[0], verify="all")


def test_foreign_files_are_refused(saved, tmp_path):
    path = tmp_path / "table.wsh"
    wh.StrataMap(10).save(path)
    with pytest.raises(wayseer.FormatError, match="magic at byte 0: expected 'WSHIVF01', found 'WSHASH01'"):
        wh.HybridIVF.open(path)
    with pytest.raises(wayseer.FormatError, match="magic at byte 0"):
        wh.open(saved[0])
    with pytest.raises(FileNotFoundError):
        wh.HybridIVF.open(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        wh.HybridIVF.open(tmp_path)
    with pytest.raises(ValueError, match="unknown verify 'some'"):
        wh.HybridIVF.open(saved[0], verify="some")
    with pytest.raises(FileNotFoundError):
        INDEX["l2"].save(tmp_path / "none" / "x")


@settings(max_examples=100, deadline=None)
@given(changes=st.dictionaries(st.integers(4096, 4096 * 9), st.binary(min_size=1, max_size=9), max_size=4))
def test_unchecked_damage_never_crashes(saved, tmp_path_factory, changes):
    bad = bytearray(saved[1])
    for at, what in changes.items():
        bad[at : at + len(what)] = what
    path = tmp_path_factory.mktemp("index") / "bad.wsi"
    path.write_bytes(bytes(bad[: len(saved[1])]))
    try:
        index = wh.HybridIVF.open(path, verify="header")
        names = list(index.attributes)
    except wayseer.FormatError:
        return
    for conditions in ({}, {names[0]: (1, 5)}, {names[-1]: range(0, 50_000, 3000)}):
        index.search(X[:3, :3], conditions, 5, None)


def test_indices_can_be_used_by_many_threads_and_processes(saved):
    index = wh.HybridIVF.open(saved[0])
    expected = index.search(X[:20, :3], {"a": (0, 3)}, 5)[0]
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(index.search(X[:20, :3], {"a": (0, 3)}, 5)[0]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((found == expected).all() for found in results)
    with pytest.raises(TypeError):
        pickle.dumps(index)


@pytest.mark.parametrize("threads", [1, 3])
def test_ctrl_c_ends_building_and_searching(threads):
    x = np.random.default_rng(0).normal(size=(60_000, 96)).astype(np.float32)
    small = wh.HybridIVF(x[:20_000], nlist=100)
    for call in (
        lambda: wh.HybridIVF(x, nlist=20_000, threads=threads),
        lambda: small.search(x, None, 10, None, threads=threads),
    ):
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            call()
        timer.join()
        assert time.monotonic() - started < 5
