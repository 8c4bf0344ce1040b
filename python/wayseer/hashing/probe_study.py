"""What an operation costs in each scheme, in slots or cache lines examined, at several loads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wayseer._common.arrays import choice, integer, number, shown
from wayseer._core.hashing import strata_probes
from wayseer.hashing.reference import (
    DoubleHashTable,
    ElasticTable,
    FunnelTable,
    LinearTable,
    QuadraticTable,
    UniformTable,
)

LAST_KEYS = 10_000


@dataclass(frozen=True)
class Cost:
    """What one kind of operation costs.

    Attributes
    ----------
    mean, max : float
        Over all keys.
    last : float or None
        Mean over the last 10,000 keys inserted; None where it was not measured.
    """

    mean: float
    max: int
    last: float | None = None


#: Builds a table of n slots, fills it to the load and returns the cost of each kind of operation:
#: ``measure(n, load, seed) -> {"insert": Cost(...), ...}``.
Measure = Callable[[int, float, int], Mapping[str, Cost]]


@dataclass(frozen=True)
class ProbeRow:
    """One cost of one scheme in one run of `probe_study`.

    Attributes
    ----------
    scheme : str
    operation : str
        "insert", in slots; for greedy schemes a hit costs the same. Elastic: "hit", "hit, calibrated" and
        "miss". Funnel: "insert, buckets". Strata and single level, tables of 56-slot buckets with levels and
        without: "hit, buckets" and "miss, buckets".
    n : int
    load : float
    seed : int
    mean, max, last
        As in `Cost`.
    """

    scheme: str
    operation: str
    n: int
    load: float
    seed: int
    mean: float
    max: int
    last: float | None


def probe_study(
    schemes: Iterable[str],
    n: int,
    loads: Iterable[float],
    seeds: Iterable[int] = (1, 2, 3, 4, 5),
    *,
    callback: Callable[[int, int], object] | None = None,
) -> list[ProbeRow]:
    """Fill tables and count.

    Parameters
    ----------
    schemes : iterable of str
        Names of `SCHEMES`.
    n : int
        Slots.
    loads : iterable of float
        Each in (0, 1); 1 - load is the delta of the scheme.
    seeds : iterable of int
        One run each.
    callback : callable, optional
        ``callback(done, total)`` before each run and at the end.

    Returns
    -------
    list of ProbeRow
        By scheme, load and seed, in the order given.

    Raises
    ------
    ValueError, TypeError, OverflowError, MemoryError
        An unknown scheme, or an argument that a scheme does not allow; found before the first run where it
        can be.

    Notes
    -----
    Keys are 0, 1, 2, ... times an odd constant, mod 2^64. At n = 2^24 a run takes 2 to 4 s and 0.5 GB.
    """
    names = _checked(schemes, "schemes", _scheme)
    shares = _checked(loads, "loads", _load)
    numbers = _checked(seeds, "seeds", lambda seed: integer(seed, "seed", 0, 2**64 - 1))
    n = integer(n, "n", 1)
    runs = [(name, load, seed) for name in names for load in shares for seed in numbers]
    rows: list[ProbeRow] = []
    for done, (name, load, seed) in enumerate(runs):
        if callback is not None:
            callback(done, len(runs))
        for operation, cost in SCHEMES[name](n, load, seed).items():
            rows.append(ProbeRow(name, operation, n, load, seed, cost.mean, cost.max, cost.last))
    if callback is not None:
        callback(len(runs), len(runs))
    return rows


def over_seeds(rows: Iterable[ProbeRow]) -> dict[tuple[str, str, float], Cost]:
    """Rows by (scheme, operation, load): means of the means and of the last keys, the largest maximum."""
    groups: dict[tuple[str, str, float], list[ProbeRow]] = {}
    for row in rows:
        groups.setdefault((row.scheme, row.operation, row.load), []).append(row)
    return {
        group: Cost(
            fmean(row.mean for row in runs),
            max(row.max for row in runs),
            fmean([row.last for row in runs if row.last is not None])
            if all(row.last is not None for row in runs)
            else None,
        )
        for group, runs in groups.items()
    }


def _greedy(table_type: Callable[[int, float, int], Any]) -> Measure:
    def measure(n: int, load: float, seed: int) -> Mapping[str, Cost]:
        return {"insert": _insert_all(table_type(n, 1.0 - load, seed))[0]}

    return measure


def _elastic(n: int, load: float, seed: int) -> Mapping[str, Cost]:
    table = ElasticTable(n, 1.0 - load, seed=seed)
    insert, keys = _insert_all(table)
    counts = table.pairs()[:, 2]
    hit = _of_histogram(counts)
    return {
        "insert": insert,
        "hit": Cost(hit.mean, hit.max, float(table.find(keys[-LAST_KEYS:])[1].mean())),
        "hit, calibrated": _of_histogram(np.sort(counts)[::-1]),
        "miss": Cost(float(len(counts)), len(counts)),
    }


def _funnel(n: int, load: float, seed: int) -> Mapping[str, Cost]:
    table = FunnelTable(n, 1.0 - load, seed=seed)
    keys = distinct_keys(table.capacity)
    before_last = max(0, len(keys) - LAST_KEYS)
    probes = table.insert(keys[:before_last], check=False)
    buckets = table.bucket_counts()
    probes = np.concatenate([probes, table.insert(keys[before_last:], check=False)])
    all_buckets = table.bucket_counts()
    cost = _of_histogram(all_buckets[1:])
    last = _of_histogram((all_buckets - np.pad(buckets, (0, len(all_buckets) - len(buckets))))[1:])
    return {"insert": _of_probes(probes), "insert, buckets": Cost(cost.mean, cost.max, last.mean)}


def _strata(*, levels: bool) -> Measure:
    def measure(n: int, load: float, seed: int) -> Mapping[str, Cost]:
        hits, last, misses = (_of_histogram(c[1:]) for c in strata_probes(n, load, seed, levels, LAST_KEYS))
        return {"hit, buckets": Cost(hits.mean, hits.max, last.mean), "miss, buckets": misses}

    return measure


#: The schemes of `probe_study` by name; add to it what else should be measured.
SCHEMES: dict[str, Measure] = {
    "uniform": _greedy(UniformTable),
    "double": _greedy(DoubleHashTable),
    "quadratic": _greedy(QuadraticTable),
    "linear": _greedy(LinearTable),
    "elastic": _elastic,
    "funnel": _funnel,
    "strata": _strata(levels=True),
    "single level": _strata(levels=False),
}


def distinct_keys(count: int) -> NDArray[np.int64]:
    """``count`` different keys all over int64."""
    return (np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)).view(np.int64)


def _insert_all(table: Any) -> tuple[Cost, NDArray[np.int64]]:
    keys = distinct_keys(table.capacity)
    return _of_probes(table.insert(keys, check=False)), keys


def _of_probes(probes: NDArray[np.int64]) -> Cost:
    return Cost(float(probes.mean()), int(probes.max()), float(probes[-LAST_KEYS:].mean()))


def _of_histogram(counts: NDArray[np.int64]) -> Cost:
    """Of keys that cost 1, 2, 3, ..."""
    costs = np.arange(1, len(counts) + 1)
    return Cost(float((costs * counts).sum() / counts.sum()), int(costs[counts > 0].max()))


def _checked(values: Any, name: str, check: Callable[[Any], Any]) -> list[Any]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{name} must be a list, got {shown(values)}")
    checked = [check(value) for value in values]
    if not checked:
        raise ValueError(f"{name} is empty; at least one is needed")
    return checked


def _scheme(name: Any) -> str:
    return choice(name, "scheme", SCHEMES)


def _load(value: Any) -> float:
    load = number(value, "load")
    if not 0.0 < load < 1.0:
        raise ValueError(f"load must be above 0 and below 1, got {load}")
    return load
