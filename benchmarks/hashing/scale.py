"""`make bench ROOM=hashing ARGS="scale"`: tables of hundreds of millions of keys.

Key i is a mix of i that no two numbers share. Strata tables get theirs piece by piece, so that they have the
memory to themselves. A hit asks for a random key, a miss for a number that was not inserted. Each table is
measured in a process of its own; `bytes` is what that process gained, `peak` the most it ever held.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from wayseer import hashing as wh

PIECE = 1 << 20
QUERIES = 10_000_000


@dataclass(frozen=True)
class Row:
    """One table."""

    table: str
    n: int
    build: float  # CPU ns per key; fresh memory; without making the keys
    hit: float
    miss: float
    bytes: float  # per key, measured
    peak_gib: float


def keys_of(numbers: np.ndarray[Any, np.dtype[np.uint64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """A bijection of 64-bit words (the finaliser of SplitMix64, Steele et al. 2014)."""
    x = numbers + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (x ^ (x >> np.uint64(31))).view(np.int64)


class _Clock:
    """CPU time of what is called through it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, call: Callable[..., Any], *arguments: Any) -> Any:
        begin = time.process_time()
        result = call(*arguments)
        self.seconds += time.process_time() - begin
        return result


def _map(n: int, clock: _Clock) -> tuple[Any, float]:
    keys = keys_of(np.arange(n, dtype=np.uint64))
    before = _resident()
    table = clock(wh.HashMap, keys, keys)
    return table, _resident() - before


def _strata(n: int, clock: _Clock, max_load: float, value_dtype: str | None) -> tuple[Any, float]:
    piece = np.arange(PIECE, dtype=np.uint64)
    keys_of(piece)  # what NumPy takes for itself is there before
    before = _resident()
    table = clock(lambda: wh.StrataMap(n, value_dtype=value_dtype, max_load=max_load))
    for start in range(0, n, PIECE):
        keys = keys_of(piece[: n - start] + np.uint64(start))
        clock(table.insert, keys, None if value_dtype is None else keys.astype(value_dtype))
    return table, _resident() - before


TABLES: dict[str, tuple[Callable[[int, _Clock], tuple[Any, float]], int]] = {
    "HashMap int64 -> int64": (_map, 100_000_000),
    "StrataMap set, load .99": (lambda n, clock: _strata(n, clock, 0.99, None), 400_000_000),
    "StrataMap int64 -> int32, load .97": (lambda n, clock: _strata(n, clock, 0.97, "int32"), 400_000_000),
}


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def measure(name: str, n: int) -> Row:
    """Builds and queries one table in this process."""
    build = _Clock()
    table, size = TABLES[name][0](n, build)
    if len(table) != n:
        raise SystemExit(f"{name}: {len(table)} keys instead of {n}")
    random = np.random.default_rng(1)

    def per_query(low: int, high: int, present: bool) -> float:
        clock = _Clock()
        for _ in range(QUERIES // PIECE):
            found = clock(table.contains, keys_of(random.integers(low, high, PIECE, dtype=np.uint64)))
            if bool(found.all()) != present or bool(found.any()) != present:
                raise SystemExit(f"{name}: wrong answers")
        return 1e9 * clock.seconds / (QUERIES // PIECE * PIECE)

    hit, miss = per_query(0, n, True), per_query(n, 2**63, False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return Row(name, n, 1e9 * build.seconds / n, hit, miss, size / n, peak)


def main(
    n: Annotated[float, typer.Option(help="Keys of every table; 0: what its row is meant for.")] = 0,
    only: Annotated[str, typer.Option(help="Tables whose name contains this.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of the table.")] = False,
    alone: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Build, hit and miss of very large tables: CPU nanoseconds per key on one thread."""
    if alone:
        json.dump(asdict(measure(alone, int(n))), sys.stdout)
        return
    rows = []
    for name, (_, meant) in TABLES.items():
        if only in name:
            command = [sys.executable, __file__, "--alone", name, "--n", str(int(n) or meant)]
            made = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            rows.append(Row(**json.loads(made.stdout)))
    if as_json:
        json.dump([asdict(row) for row in rows], sys.stdout, indent=1)
        return
    table = Table("table", "n", "build", "hit", "miss", "bytes/key", "peak GiB")
    for row in rows:
        figures = (row.build, row.hit, row.miss, row.bytes, row.peak_gib)
        table.add_row(row.table, f"{row.n:,}", *(f"{figure:.1f}" for figure in figures))
    Console(width=None if sys.stdout.isatty() else 110).print(table)


if __name__ == "__main__":
    typer.run(main)
