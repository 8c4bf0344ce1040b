"""Whatever the number of threads, the results are those of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from wayseer import hashing as wh

N = 150_000
THREADS = [2, 3, 8]
rng = np.random.default_rng(3)
INPUTS: dict[str, Any] = {
    "empty": np.empty(0, np.int64),
    "tiny": np.array([3, 1, 3]),
    "scalar": np.float64(2.5),
    "constant": np.full(N, 7, np.int32),
    "sorted": np.sort(rng.integers(0, N, N)),
    "few": rng.choice(rng.integers(-(2**62), 2**62, 100), N),
    "many": rng.integers(-(2**62), 2**62, N),
    "small range": rng.permutation(N).astype(np.int32),
    "floats": np.where(rng.random(N) < 0.1, np.nan, rng.integers(0, 30_000, N) / 7),
    "instants": rng.integers(0, 10**6, N).astype("M8[s]"),
    "few strings": np.array(["tea", "", "a rather longer drink", "water\0"], object)[rng.integers(0, 4, N)],
    "many strings": rng.integers(0, 10**6, N).astype("U"),
    "bytes": rng.integers(0, 5_000, N).astype("S"),
    "two dimensions": rng.integers(0, 2**50, (300, 500)),
}


def same(a: Any, b: Any) -> None:
    if isinstance(a, tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same(x, y)
    elif a is None:
        assert b is None
    else:
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("name", INPUTS)
def test_grouping_is_the_same(name: str, threads: int) -> None:
    a = INPUTS[name]
    same(wh.unique(a, True, True, True), wh.unique(a, True, True, True, threads=threads))
    same(wh.unique(a), wh.unique(a, threads=threads))
    same(wh.unique(a, sort=True), wh.unique(a, sort=True, threads=threads))
    same(wh.factorize(a), wh.factorize(a, threads=threads))
    same(wh.factorize(a, nan_equal=False), wh.factorize(a, nan_equal=False, threads=threads))
    same(wh.value_counts(a, "count"), wh.value_counts(a, "count", threads=threads))
    columns = [a, np.arange(np.size(a)).reshape(np.shape(a)) % 3]
    same(wh.group_ids(columns), wh.group_ids(columns, threads=threads))


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("name", INPUTS)
def test_looking_up_is_the_same(name: str, threads: int) -> None:
    a = INPUTS[name]
    b = np.asarray(a).ravel()[::3]
    same(wh.isin(a, b), wh.isin(a, b, threads=threads))
    same(wh.isin(b, a, nan_equal=False), wh.isin(b, a, nan_equal=False, threads=threads))
    m = wh.HashMap(b)
    same(m.get(a, -5), m.get(a, -5, threads=threads))
    same(m.contains(a), m.contains(a, threads=threads))
    m = wh.HashMap(b, np.arange(b.size, dtype=np.float32))
    same(m.get(a, -5), m.get(a, -5, threads=threads))
    same(wh.HashSet(b).contains(a), wh.HashSet(b).contains(a, threads=threads))


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize(
    "name", [name for name in INPUTS if np.asarray(INPUTS[name]).dtype.kind not in "OUS"]
)
def test_strata_are_the_same(name: str, threads: int) -> None:
    a = INPUTS[name]
    b = np.asarray(a).ravel()[::3]
    s = wh.StrataMap(N, b.dtype, "int32")
    s.insert(b, np.arange(b.size, dtype=np.int32))
    same(s.slots(a), s.slots(a, threads=threads))
    same(s.get(a, 9), s.get(a, 9, threads=threads))
    same(s.contains(a), s.contains(a, threads=threads))


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("how", ["inner", "left", "semi", "anti"])
def test_joining_is_the_same(how: str, threads: int) -> None:
    left = [rng.integers(0, 500, N), rng.integers(0, 300, N).astype("U")]
    right = [rng.integers(0, 500, N // 2).astype(np.int32), rng.integers(0, 300, N // 2).astype("U")]
    same(wh.join_indices(left, right, how), wh.join_indices(left, right, how, threads=threads))
    same(
        wh.join_indices(left[1], left[1][:0], how),
        wh.join_indices(left[1], left[1][:0], how, threads=threads),
    )


_map = wh.HashMap([1, 2])
_strata = wh.StrataMap(5)
CALLS: list[Callable[..., Any]] = [
    lambda **k: wh.unique([1], **k),
    lambda **k: wh.factorize([1], **k),
    lambda **k: wh.value_counts([1], **k),
    lambda **k: wh.isin([1], [1], **k),
    lambda **k: wh.group_ids([[1]], **k),
    lambda **k: wh.join_indices([1], [1], **k),
    lambda **k: _map.get([1], **k),
    lambda **k: _map.contains([1], **k),
    lambda **k: wh.HashSet([1]).contains([1], **k),
    lambda **k: _strata.get([1], **k),
    lambda **k: _strata.slots([1], **k),
    lambda **k: _strata.contains([1], **k),
]


@pytest.mark.parametrize("call", CALLS)
def test_wrong_numbers_of_threads(call: Callable[..., Any]) -> None:
    call(threads=np.int32(2))
    for wrong in (0, -1, 2000):
        with pytest.raises(ValueError, match="threads"):
            call(threads=wrong)
    with pytest.raises(TypeError, match="threads"):
        call(threads=1.5)
