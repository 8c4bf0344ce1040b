"""Scores by functional hash, of bounded number."""

from __future__ import annotations

import io
import json
import math
import os
import threading
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wayseer._common.arrays import choice, integer, shown
from wayseer._common.errors import FormatError
from wayseer._common.files import Pathish, replace_file

_VERSION = 1
_POLICIES = ("lru", "fifo")
_AGGREGATES = ("mean", "first", "max")


class DualHash(int):
    """Two hashes, under two roundings; the int is the first.

    Attributes
    ----------
    shifted : int
        The second.
    """

    shifted: int

    def __new__(cls, primary: int, shifted: int) -> DualHash:
        result = super().__new__(cls, primary)
        result.shifted = shifted
        return result

    def __reduce__(self) -> tuple[Any, ...]:
        return DualHash, (int(self), self.shifted)

    def matches(self, other: DualHash) -> bool:
        """Whether either hash agrees. Not transitive."""
        return int(self) == int(other) or self.shifted == other.shifted


@dataclass(frozen=True)
class CachedScore:
    """What is known of one hash.

    Attributes
    ----------
    count : int
        Evaluations.
    mean, m2, first, max : float
        Of their values; ``m2`` is the sum of squared deviations from the mean.
    """

    count: int
    mean: float
    m2: float
    first: float
    max: float

    @property
    def variance(self) -> float:
        """The sample variance; NaN of one value."""
        return self.m2 / (self.count - 1) if self.count > 1 else math.nan

    def with_value(self, value: float) -> CachedScore:
        """After one more evaluation (B. P. Welford, 1962)."""
        count = self.count + 1
        delta = value - self.mean
        mean = self.mean + delta / count
        highest = value if value > self.max or value != value else self.max
        return CachedScore(count, mean, self.m2 + delta * (value - mean), self.first, highest)


class EquivalenceCache:
    """Scores by functional hash.

    Parameters
    ----------
    max_size : int, optional
        Hashes that are kept; None: all.
    policy : {"lru", "fifo"}
        Which is dropped for a new one: the least recently used or the oldest. A use is a `get` that finds a
        score, or an `add`.
    evals_per_key : int
        How many candidates of one hash are really evaluated before their aggregate answers; above 1 for noisy
        scores.
    aggregate : {"mean", "first", "max"}
        Of those evaluations.

    Attributes
    ----------
    hits, misses, evictions : int
        Answers from the cache, requests without one, and dropped hashes.

    Notes
    -----
    Any number of threads may use one cache. `evaluate` runs outside the lock, at most ``evals_per_key``
    evaluations of one hash at a time; further threads wait for their result.
    """

    def __init__(
        self,
        max_size: int | None = None,
        policy: str = "lru",
        evals_per_key: int = 1,
        aggregate: str = "mean",
    ) -> None:
        self.max_size = None if max_size is None else integer(max_size, "max_size", 1)
        self.policy = choice(policy, "policy", _POLICIES)
        self.evals_per_key = integer(evals_per_key, "evals_per_key", 1)
        self.aggregate = choice(aggregate, "aggregate", _AGGREGATES)
        self.hits = self.misses = self.evictions = 0
        self._scores: OrderedDict[int, CachedScore] = OrderedDict()  # next to drop first
        self._by_shifted: dict[int, int] = {}
        self._shifted: dict[int, int] = {}
        self._running: dict[int, list[int]] = {}  # threads that evaluate a hash
        self._changed = threading.Condition(threading.RLock())

    def __len__(self) -> int:
        return len(self._scores)

    def __contains__(self, key: object) -> bool:
        """Whether a candidate of this hash has been evaluated; no use, and not counted."""
        if not isinstance(key, int):
            return False
        with self._changed:
            return self._stored(key) in self._scores

    def __repr__(self) -> str:
        return (
            f"EquivalenceCache({self.max_size}, {self.policy!r}, {self.evals_per_key}, {self.aggregate!r}): "
            f"{len(self)} hashes, {self.hits} hits, {self.misses} misses, {self.evictions} evictions"
        )

    def keys(self) -> list[int]:
        """The hashes, the next to be dropped first."""
        with self._changed:
            return [self._full(key) for key in self._scores]

    def clear(self) -> None:
        """Drop all hashes, and set the counters to 0."""
        with self._changed:
            self._scores.clear()
            self._by_shifted.clear()
            self._shifted.clear()
            self.hits = self.misses = self.evictions = 0
            self._changed.notify_all()

    def score(self, key: int) -> CachedScore | None:
        """What is known of a hash; no use, and not counted."""
        with self._changed:
            return self._scores.get(self._stored(_key(key)))

    def get(self, key: int) -> float | None:
        """The aggregate, or None if fewer than ``evals_per_key`` evaluations are known."""
        with self._changed:
            found = self._find(_key(key))
            if found is None:
                self.misses += 1
                return None
            self.hits += 1
            return found

    def add(self, key: int, value: float) -> float:
        """Take in one evaluation, and return the aggregate of all so far."""
        value = float(value)
        with self._changed:
            return self._add(_key(key), value)

    def evaluate(self, key: int, score: Callable[[], float]) -> float:
        """The aggregate if enough is known, else the value of ``score()``, which is then taken in.

        What ``score`` raises is raised, and nothing is taken in.
        """
        key = _key(key)
        me = threading.get_ident()
        with self._changed:
            while True:
                found = self._find(key)
                if found is not None:
                    self.hits += 1
                    return found
                known = self._scores.get(self._stored(key))
                running = self._running.setdefault(int(key), [])
                # a score that asks for its own hash must not wait for itself
                if me in running or (known.count if known else 0) + len(running) < self.evals_per_key:
                    break
                self._changed.wait()
            self.misses += 1
            running.append(me)
        value: float | None = None
        try:
            value = float(score())
        finally:
            with self._changed:
                running = self._running[int(key)]
                running.remove(me)
                if not running:
                    del self._running[int(key)]
                if value is not None:
                    self._add(key, value)
                self._changed.notify_all()
        return value

    def save(self, path: Pathish) -> None:
        """Write settings and scores to a ``.npz`` or ``.json`` file, replacing an older one when complete.

        Raises
        ------
        ValueError
            Another ending.
        OSError
            The file cannot be written.
        """
        form = _form(path)
        with self._changed:
            keys = list(self._scores)
            scores = list(self._scores.values())
            shifted = [self._shifted.get(key) for key in keys]
            settings = {
                "version": _VERSION,
                "max_size": self.max_size,
                "policy": self.policy,
                "evals_per_key": self.evals_per_key,
                "aggregate": self.aggregate,
            }
        names = [
            f"{key:x}" if other is None else f"{key:x}/{other:x}"
            for key, other in zip(keys, shifted, strict=True)
        ]
        columns = {
            name: [getattr(s, name) for s in scores] for name in ("count", "mean", "m2", "first", "max")
        }
        with replace_file(path) as out:
            if form == "json":
                # hexadecimal floats: exact, and NaN and infinities are no JSON numbers
                text = {k: v if k == "count" else [x.hex() for x in v] for k, v in columns.items()}
                out.write(json.dumps({**settings, "keys": names, **text}, indent=1).encode())
            else:
                arrays: dict[str, Any] = {
                    k: np.array(v, np.int64 if k == "count" else np.float64) for k, v in columns.items()
                }
                packed = io.BytesIO()
                arrays |= {"settings": np.array(json.dumps(settings)), "keys": np.array(names, "U65")}
                np.savez(packed, **arrays)
                out.write(packed.getvalue())

    @staticmethod
    def load(path: Pathish) -> EquivalenceCache:
        """A cache from a file of `save`; counters start at 0.

        Raises
        ------
        FormatError
            The file is no such file, is damaged or of another version.
        ValueError
            A name that ends in neither ``.npz`` nor ``.json``.
        OSError
            The file cannot be read.
        """
        form = _form(path)
        with open(path, "rb") as raw:
            data = raw.read()
        try:
            content = _read_json(data) if form == "json" else _read_npz(data)
            return _build(content)
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise FormatError(
                f"no cache of functional hashes: {' '.join(str(error).split())}", path
            ) from None
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise FormatError(f"damaged file: {' '.join(str(error).split())}", path) from None

    def _stored(self, key: int) -> int:
        if isinstance(key, DualHash) and int(key) not in self._scores:
            return self._by_shifted.get(key.shifted, int(key))
        return int(key)

    def _full(self, key: int) -> int:
        return DualHash(key, self._shifted[key]) if key in self._shifted else key

    def _find(self, key: int) -> float | None:
        stored = self._stored(key)
        known = self._scores.get(stored)
        if known is None or known.count < self.evals_per_key:
            return None
        if self.policy == "lru":
            self._scores.move_to_end(stored)
        return self._value(known)

    def _value(self, known: CachedScore) -> float:
        return {"mean": known.mean, "first": known.first, "max": known.max}[self.aggregate]

    def _add(self, key: int, value: float) -> float:
        stored = self._stored(key)
        known = self._scores.get(stored)
        if known is not None:
            after = known.with_value(value)
        else:
            if self.max_size is not None and len(self._scores) >= self.max_size:
                self._drop()
            after = CachedScore(1, value, 0.0, value, value)
            if isinstance(key, DualHash):
                self._shifted[stored] = key.shifted
                self._by_shifted.setdefault(key.shifted, stored)
        self._scores[stored] = after
        if self.policy == "lru":
            self._scores.move_to_end(stored)
        return self._value(after)

    def _drop(self) -> None:
        key, _ = self._scores.popitem(last=False)
        shifted = self._shifted.pop(key, None)
        if shifted is not None and self._by_shifted.get(shifted) == key:
            del self._by_shifted[shifted]
        self.evictions += 1


def _key(key: Any) -> int:
    if isinstance(key, DualHash):
        return key
    return integer(key, "key", 0, 2**128 - 1)


def _form(path: Pathish) -> str:
    name = os.fspath(path)
    for form in ("npz", "json"):
        if name.endswith(f".{form}"):
            return form
    raise ValueError(f"path must end in .npz or .json, got {shown(name)}")


def _read_json(data: bytes) -> dict[str, Any]:
    content = json.loads(data.decode())
    if not isinstance(content, dict):
        raise ValueError("expected an object")
    for name in ("mean", "m2", "first", "max"):
        content[name] = [float.fromhex(x) for x in content[name]]
    return content


def _read_npz(data: bytes) -> dict[str, Any]:
    if not data.startswith(b"PK"):
        raise ValueError("not a zip file")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        content: dict[str, Any] = {name: arrays[name].tolist() for name in arrays.files}
    settings = json.loads(content.pop("settings"))
    if not isinstance(settings, dict):
        raise ValueError("settings: expected an object")
    return {**content, **settings}


def _build(content: dict[str, Any]) -> EquivalenceCache:
    if content["version"] != _VERSION:
        raise ValueError(f"version {shown(content['version'])}, this reads {_VERSION}")
    cache = EquivalenceCache(
        content["max_size"], content["policy"], content["evals_per_key"], content["aggregate"]
    )
    columns = [content[name] for name in ("keys", "count", "mean", "m2", "first", "max")]
    if not all(isinstance(c, list) for c in columns) or len({len(c) for c in columns}) != 1:
        raise ValueError("keys and columns of different lengths")
    if cache.max_size is not None and len(columns[0]) > cache.max_size:
        raise ValueError(f"{len(columns[0])} hashes, max_size is {cache.max_size}")
    for name, count, *values in zip(*columns, strict=True):
        if not isinstance(name, str):
            raise ValueError(f"key {shown(name)} is no text")
        parts = [_key(int(part, 16)) for part in name.split("/")]
        if len(parts) > 2 or parts[0] in cache._scores:
            raise ValueError(f"key {shown(name)} is given twice or has more than two parts")
        cache._scores[parts[0]] = CachedScore(integer(count, "count", 1), *(float(x) for x in values))
        if len(parts) == 2:
            cache._shifted[parts[0]] = parts[1]
            cache._by_shifted.setdefault(parts[1], parts[0])
    return cache
