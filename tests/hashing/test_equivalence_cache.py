"""EquivalenceCache against a plain model, in threads, and from damaged files."""

import json
import math
import statistics
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayseer import hashing as wh

AGGREGATES = {"mean": statistics.fmean, "first": lambda v: v[0], "max": max}


class Model:
    """A list of (key, values), the next to drop first."""

    def __init__(self, size: int | None, policy: str, evals: int, aggregate: str) -> None:
        self.size, self.policy, self.evals, self.aggregate = size, policy, evals, AGGREGATES[aggregate]
        self.content: list[tuple[int, list[float]]] = []
        self.counters = [0, 0, 0]

    def use(self, key: int) -> list[float] | None:
        for i, (k, values) in enumerate(self.content):
            if k == key:
                if self.policy == "lru":
                    self.content.append(self.content.pop(i))
                return values
        return None

    def known(self, key: int) -> list[float]:
        return next((v for k, v in self.content if k == key), [])

    def get(self, key: int) -> float | None:
        if len(self.known(key)) < self.evals:
            self.counters[1] += 1
            return None
        self.counters[0] += 1
        return float(self.aggregate(self.use(key)))

    def add(self, key: int, value: float) -> float:
        values = self.use(key)
        if values is None:
            if self.size is not None and len(self.content) == self.size:
                self.content.pop(0)
                self.counters[2] += 1
            values = []
            self.content.append((key, values))
        values.append(value)
        return float(self.aggregate(values))


operations = st.lists(
    st.tuples(st.sampled_from(["get", "add", "evaluate"]), st.integers(0, 6), st.floats(-1e6, 1e6)),
    max_size=60,
)


@given(
    operations,
    st.none() | st.integers(1, 4),
    st.sampled_from(["lru", "fifo"]),
    st.integers(1, 3),
    st.sampled_from(sorted(AGGREGATES)),
)
def test_against_a_model(steps: Any, size: int | None, policy: str, evals: int, aggregate: str) -> None:
    cache = wh.EquivalenceCache(size, policy, evals, aggregate)
    model = Model(size, policy, evals, aggregate)
    for step, key, value in steps:
        if step == "add":
            assert cache.add(key, value) == pytest.approx(model.add(key, value), abs=1e-6)
        elif step == "get":
            assert cache.get(key) == pytest.approx(model.get(key), abs=1e-6)
        else:
            wanted = model.get(key)
            if wanted is None:
                model.add(key, value)
                wanted = value
            assert cache.evaluate(key, lambda v=value: v) == pytest.approx(wanted, abs=1e-6)
        assert cache.keys() == [k for k, _ in model.content]
        assert [cache.hits, cache.misses, cache.evictions] == model.counters
    for key, values in model.content:
        score = cache.score(key)
        assert score is not None
        assert (score.count, score.first, score.max) == (len(values), values[0], max(values))
        if len(values) > 1:
            assert score.variance == pytest.approx(statistics.variance(values), rel=1e-6, abs=1e-3)
        assert key in cache
    assert len(cache) == len(model.content)
    cache.clear()
    assert (len(cache), cache.hits, cache.misses) == (0, 0, 0)


def test_noisy_scores_are_averaged() -> None:
    cache = wh.EquivalenceCache(evals_per_key=3)
    scores = iter([1.0, 2.0, 6.0])
    assert [cache.evaluate(5, lambda: next(scores)) for _ in range(5)] == [1.0, 2.0, 6.0, 3.0, 3.0]
    assert (cache.hits, cache.misses) == (2, 3)


@pytest.mark.parametrize("evals", [1, 3])
def test_threads_evaluate_no_key_too_often(evals: int) -> None:
    cache = wh.EquivalenceCache(evals_per_key=evals)
    calls: dict[int, int] = {}
    lock = threading.Lock()
    start = threading.Barrier(8)

    def score(key: int) -> float:
        with lock:
            calls[key] = calls.get(key, 0) + 1
        threading.Event().wait(0.001)
        return float(key)

    def work() -> None:
        start.wait()
        for key in list(range(20)) * 2:
            assert cache.evaluate(key, lambda k=key: score(k)) == key

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert calls == dict.fromkeys(range(20), evals)
    assert cache.misses == 20 * evals
    assert cache.hits + cache.misses == 8 * 40


def test_a_failing_score_leaves_no_trace() -> None:
    cache = wh.EquivalenceCache()

    def fails() -> float:
        raise KeyError("score")

    with pytest.raises(KeyError):
        cache.evaluate(1, fails)
    assert 1 not in cache
    assert cache.evaluate(1, lambda: 2.0) == 2.0
    assert cache.evaluate(2, lambda: cache.evaluate(2, lambda: 7.0)) == 7.0  # asks for itself


def test_a_waiting_thread_takes_over_when_the_score_fails() -> None:
    cache = wh.EquivalenceCache()
    begun, go = threading.Event(), threading.Event()

    def fails() -> float:
        begun.set()
        go.wait(30)
        raise RuntimeError

    def first() -> None:
        with pytest.raises(RuntimeError):
            cache.evaluate(1, fails)

    found: list[float] = []
    one = threading.Thread(target=first)
    one.start()
    begun.wait(30)
    other = threading.Thread(target=lambda: found.append(cache.evaluate(1, lambda: 4.0)))
    other.start()
    go.set()
    one.join()
    other.join()
    assert found == [4.0]


@pytest.mark.parametrize("form", ["npz", "json"])
@given(
    st.lists(st.tuples(st.integers(0, 2**128 - 1), st.floats(), st.booleans()), max_size=12),
    st.none() | st.integers(12, 20),
)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, form: str, entries: list[Any], size: int | None
) -> None:
    cache = wh.EquivalenceCache(size, "fifo", 2, "max")
    for key, value, dual in entries:
        cache.add(wh.DualHash(key, key ^ 1) if dual else key, value)
    path = tmp_path_factory.mktemp("cache") / f"c.{form}"
    cache.save(path)
    again = wh.EquivalenceCache.load(path)
    assert again.keys() == cache.keys()
    assert [type(k) for k in again.keys()] == [type(k) for k in cache.keys()]  # noqa: SIM118
    for key in cache.keys():  # noqa: SIM118
        one, other = cache.score(key), again.score(key)
        assert one is not None
        assert other is not None
        np.testing.assert_array_equal(
            [other.count, other.mean, other.m2, other.first, other.max],
            [one.count, one.mean, one.m2, one.first, one.max],
        )
    assert (again.max_size, again.policy, again.evals_per_key, again.aggregate) == (size, "fifo", 2, "max")


def saved(path: Path) -> Path:
    cache = wh.EquivalenceCache(5)
    cache.add(255, 0.5)
    cache.add(256, math.nan)
    cache.save(path)
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version 2"),
        ({"policy": "random"}, "unknown policy"),
        ({"max_size": 1}, "2 hashes, max_size is 1"),
        ({"max_size": 1.5}, "must be an integer"),
        ({"keys": ["ff"]}, "different lengths"),
        ({"keys": ["ff", "ff"]}, "given twice"),
        ({"keys": ["ff", "-1"]}, "at least 0"),
        ({"keys": ["ff", 7]}, "no text"),
        ({"keys": ["ff", "zz"]}, "invalid literal"),
        ({"count": [1, 0]}, "count must be at least 1"),
        ({"mean": ["0x1p0", "q"]}, "invalid hexadecimal"),
        ({"mean": 3}, "not iterable"),
    ],
)
def test_bad_json(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = saved(tmp_path / "c.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(wh.FormatError, match=message) as error:
        wh.EquivalenceCache.load(path)
    assert error.value.path == str(path)


@pytest.mark.parametrize("form", ["npz", "json"])
@given(st.data())
def test_damaged_files(tmp_path_factory: pytest.TempPathFactory, form: str, data: st.DataObject) -> None:
    path = saved(tmp_path_factory.mktemp("cache") / f"c.{form}")
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        wh.EquivalenceCache.load(path)  # a digit may become another
    except wh.FormatError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.npz or \.json"):
        wh.EquivalenceCache().save(tmp_path / "c.pickle")
    with pytest.raises(FileNotFoundError):
        wh.EquivalenceCache.load(tmp_path / "none.npz")
    for bad in ({"max_size": 0}, {"policy": "mru"}, {"evals_per_key": 0}, {"aggregate": "min"}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            wh.EquivalenceCache(**bad)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="key must be an integer"):
        wh.EquivalenceCache().get("a")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at most"):
        wh.EquivalenceCache().add(2**128, 1.0)


def test_cached_evaluation() -> None:
    cache = wh.EquivalenceCache(100)
    calls: list[Any] = []

    @wh.cached_evaluation(cache, wh.FunctionalHasher(wh.canonical_inputs(1)))
    def score(candidate: Any, scale: float = 1.0) -> float:
        """Doc."""
        calls.append(candidate)
        return float(candidate(3.0)) * scale

    (x,) = wh.Expr.inputs(1)
    assert [score(lambda x: x + x), score(lambda x: 2 * x, scale=5.0), score(x + x)] == [6.0] * 3
    assert len(calls) == 1
    assert score(x * x) == 9.0
    assert (cache.hits, cache.misses) == (2, 2)
    assert score.__doc__ == "Doc."
