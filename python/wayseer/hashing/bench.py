"""What building and searching tables costs, ours beside those of other libraries."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wayseer._common.arrays import choice, integer
from wayseer.hashing.hash_map import HashMap
from wayseer.hashing.strata_map import StrataMap

OPERATIONS = ("build", "hit", "miss")
#: Tables that are always measured, ours first.
OURS = ("HashMap", "StrataMap .99", "dict")
PEERS = ("pandas", "polars", "hirola")
KEYS = ("int64", "str")

# Before the peers are imported: afterwards most of them no longer look.
_ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class BenchRow:
    """What one operation of one table costs.

    Attributes
    ----------
    table, version : str
        The version of the library.
    operation : {"build", "hit", "miss"}
        To insert n distinct keys, to look each up in another order, to look up n others.
    keys : {"int64", "str"}
    n : int
    ns : float
        CPU time per key, nanoseconds: the least of all rounds.
    """

    table: str
    version: str
    operation: str
    keys: str
    n: int
    ns: float


@dataclass(frozen=True)
class Contender:
    """A table to be measured.

    Attributes
    ----------
    build : callable
        Makes a table of keys and their positions.
    find : callable
        Takes the table and queries, gives something for each; None if the library has no look-up of its own.
    package : str
        That it comes with.
    """

    build: Callable[[Any], Any]
    find: Callable[[Any, Any], Any]
    package: str = "wayseer"


def limit_threads() -> None:
    """Hold libraries that are imported from now on to one thread."""
    for variable in _ONE_THREAD:
        os.environ[variable] = "1"


def installed(package: str) -> Any:
    """The package, or None if it is not installed."""
    try:
        return importlib.import_module(package)
    except ImportError:
        return None


def version_of(package: str) -> str:
    """The version of an installed package; "" if there is none such."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return platform.python_version() if package == "python" else ""


def cpu_seconds(call: Callable[[], Any]) -> float:
    """The CPU time of a call, of all threads."""
    started = time.process_time()
    call()
    return time.process_time() - started


def contenders(keys: str, peers: Sequence[str]) -> tuple[dict[str, Contender], list[str]]:
    """The tables for keys of a kind, and what is left out and why.

    Parameters
    ----------
    keys : {"int64", "str"}
    peers : sequence of {"pandas", "polars", "hirola"}

    Returns
    -------
    tables : dict of Contender
    notes : list of str

    Raises
    ------
    ValueError
        An unknown kind of keys or peer.
    """
    choice(keys, "keys", KEYS)
    for peer in peers:
        choice(peer, "peer", PEERS)
    notes: list[str] = []
    tables = {"HashMap": Contender(HashMap, lambda table, queries: table.get(queries))}
    if keys == "int64":
        tables["StrataMap .99"] = Contender(_strata, lambda table, queries: table.get(queries))
    else:
        notes.append("StrataMap: holds no strings, skipped")
    tables["dict"] = Contender(_dict, _dict_find, "python")
    for peer in dict.fromkeys(peers):
        module = installed(peer)
        if module is None:
            notes.append(f"{peer}: not installed, skipped")
        elif peer == "polars":
            notes.append("polars: has no table to look keys up in; hit and miss are left joins")
            tables["polars join"] = Contender(_polars(module), _polars_find(module), peer)
        elif peer == "pandas":
            tables["pandas Index"] = Contender(_pandas(module), _pandas_find, peer)
        else:
            tables["hirola"] = Contender(_hirola(module), _hirola_find, peer)
    return tables, notes


def table_bench(
    n: int,
    keys: str = "int64",
    peers: Sequence[str] = (),
    *,
    rounds: int = 3,
    seed: int = 1,
    callback: Callable[[int, int], None] | None = None,
) -> list[BenchRow]:
    """Build tables of n random keys, look all of them up, and look up as many that are absent.

    Each round runs every table once, so that what else the machine does meets all of them. Keys are given in
    NumPy arrays (for a dict in lists, whose making is not counted), queries in another order than the keys.

    Parameters
    ----------
    n : int
        At least 1.
    keys : {"int64", "str"}
        Random integers, or decimal numbers behind a prefix, 8 to 24 characters.
    peers : sequence of {"pandas", "polars", "hirola"}
        Those that are not installed are left out; see `contenders`.
    rounds : int
    seed : int
        Of the keys.
    callback : callable, optional
        Is told of the tables done and their number in all.

    Returns
    -------
    list of BenchRow
        Table by table.

    Raises
    ------
    ValueError
        n or rounds below 1; an unknown kind of keys or peer.
    MemoryError
        n keys are too many.
    """
    n, rounds = integer(n, "n", 1), integer(rounds, "rounds", 1)
    tables, _ = contenders(keys, peers)
    present, hits, misses = _inputs(n, keys, np.random.default_rng(seed))
    best: dict[tuple[str, str], float] = {}
    done = 0
    for _ in range(rounds):
        for name, contender in tables.items():
            for operation, seconds in _run(contender, name == "dict", present, hits, misses):
                best[name, operation] = min(seconds, best.get((name, operation), seconds))
            done += 1
            if callback is not None:
                callback(done, rounds * len(tables))
    return [
        BenchRow(name, version_of(tables[name].package), operation, keys, n, 1e9 * seconds / n)
        for (name, operation), seconds in best.items()
    ]


def _run(
    contender: Contender, as_lists: bool, present: Any, hits: Any, misses: Any
) -> Iterator[tuple[str, float]]:
    if as_lists:
        present, hits, misses = present.tolist(), hits.tolist(), misses.tolist()
    made: list[Any] = []
    yield "build", cpu_seconds(lambda: made.append(contender.build(present)))
    yield "hit", cpu_seconds(lambda: contender.find(made[0], hits))
    yield "miss", cpu_seconds(lambda: contender.find(made[0], misses))


def _inputs(n: int, keys: str, random: np.random.Generator) -> tuple[Any, Any, Any]:
    """Keys, the same in another order, and others."""
    # An odd factor permutes the 64-bit words: distinct keys without sorting.
    with np.errstate(over="ignore"):
        words = np.arange(2 * n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + random.integers(
            0, 2**63, dtype=np.uint64
        )
    numbers = words.view(np.int64)
    order = random.permutation(n)
    if keys == "int64":
        return numbers[:n], numbers[:n][order], numbers[n:][order]
    prefixes = np.array(["", "key", "key/of/"], object)
    texts = prefixes[random.integers(0, 3, 2 * n)] + numbers.astype("U").astype(object)
    return texts[:n], texts[:n][order], texts[n:][order]


def _strata(keys: Any) -> StrataMap:
    table = StrataMap(len(keys), max_load=0.99)
    table.insert(keys, np.arange(len(keys)))
    return table


def _dict(keys: Any) -> dict[Any, int]:
    return dict(zip(keys, range(len(keys)), strict=True))


def _dict_find(table: dict[Any, int], queries: Any) -> list[int]:
    get = table.get
    return [get(key, -1) for key in queries]


def _pandas(pandas: Any) -> Callable[[Any], Any]:
    def build(keys: Any) -> Any:
        index = pandas.Index(keys)
        index.get_indexer(index[:1])  # builds its table
        return index

    return build


def _pandas_find(table: Any, queries: Any) -> Any:
    return table.get_indexer(queries)


def _polars(polars: Any) -> Callable[[Any], Any]:
    def build(keys: Any) -> Any:
        column = polars.Series("key", keys.tolist() if keys.dtype.kind == "O" else keys)
        return polars.DataFrame([column]).with_row_index("value")

    return build


def _polars_find(polars: Any) -> Callable[[Any, Any], Any]:
    def find(table: Any, queries: Any) -> Any:
        column = polars.Series("key", queries.tolist() if queries.dtype.kind == "O" else queries)
        return polars.DataFrame([column]).join(table, on="key", how="left", maintain_order="left")

    return find


def _hirola(hirola: Any) -> Callable[[Any], Any]:
    def build(keys: Any) -> Any:
        fixed = keys.astype("U") if keys.dtype.kind == "O" else keys
        table = hirola.HashTable(int(1.5 * len(keys)) + 1, fixed.dtype)
        table.add(fixed)
        return table

    return build


def _hirola_find(table: Any, queries: Any) -> Any:
    return table.get(queries.astype(table.dtype, copy=False))
