"""`make bench ROOM=hashing ARGS="vector_ops"`: vectorised operations beside their peers.

Every call is charged its CPU time; all libraries run on one thread. Each round runs every method once, so
that what else the machine does meets all of them; the table gives medians and their ratio to wayseer's.
"""

from __future__ import annotations

import gzip
import json
import os
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from wayseer import hashing as wh
from wayseer.hashing.bench import contenders, cpu_seconds, installed, limit_threads, version_of

limit_threads()

OURS = "wayseer"
#: Timed calls and packages, by operation. A call that returns a number gives its own seconds.
Call = Callable[[], Any]


@dataclass(frozen=True)
class Row:
    """One method's times for one operation."""

    operation: str
    n: int
    method: str
    version: str
    ns: float  # CPU time per key, median
    best: float
    ratio: float = 1.0  # of medians, to wayseer's


def _module(name: str) -> Any:
    module = installed(name)
    if name == "pyarrow" and module is not None:
        module.set_cpu_count(1)
        installed("pyarrow.compute")
    return module


class Inputs:
    """Keys and what the peers' own types make of them, made when first asked for."""

    def __init__(self, n: int, data: Path) -> None:
        random = np.random.default_rng(1)
        self.n = n
        self.distinct = random.integers(-(2**63), 2**63 - 1, n)
        self.tenth = random.integers(-(2**63), 2**63 - 1, n // 10)[random.integers(0, n // 10, n)]
        self.hits = self.distinct[random.permutation(n)]
        self.misses = random.integers(-(2**63), 2**63 - 1, n)
        words = data / "hashing" / "words_en.txt.gz"
        self.words: list[str] | None = None
        if words.exists():
            self.words = gzip.decompress(words.read_bytes()).decode().split("\n")[:-1]
        self.drawn = None if self.words is None else random.integers(0, len(self.words), n // 2)


def operations(inputs: Inputs) -> dict[str, tuple[int, dict[str, Call]]]:
    """Operation -> keys per call, and method -> call."""
    pd, pl, pa, duckdb = map(_module, ("pandas", "polars", "pyarrow", "duckdb"))
    n, keys, tenth = inputs.n, inputs.distinct, inputs.tenth
    table: dict[str, tuple[int, dict[str, Call]]] = {}

    build: dict[str, Call] = {}
    hit: dict[str, Call] = {}
    miss: dict[str, Call] = {}
    for name, contender in contenders("int64", ("pandas", "hirola"))[0].items():
        if name == "dict":
            continue
        method = {"HashMap": OURS, "StrataMap .99": "wayseer StrataMap .99"}.get(name, name)
        make = partial(contender.build, keys)
        build[method] = make
        hit[method] = _with(make, partial(_find, contender.find, inputs.hits))
        miss[method] = _with(make, partial(_find, contender.find, inputs.misses))
    opthash = _module("opthash")  # elastic and funnel tables whose only call is for one key
    if opthash is not None:
        few = keys[: min(n, 1_000_000)]
        one_by_one = few.tolist()
        present: dict[str, Call] = {OURS: _with(lambda: wh.HashMap(few), lambda m: m.get(few))}
        for name in ("ElasticHashMap", "FunnelHashMap"):
            kind = getattr(opthash, name)
            present[f"opthash {name}"] = _with(
                lambda kind=kind: kind(zip(one_by_one, one_by_one, strict=True)),
                lambda m: [m.get(key) for key in one_by_one],
            )
        table["get, present, up to 1M"] = (len(few), present)
    unique: dict[str, Call] = {OURS: lambda: wh.unique(tenth), "numpy": lambda: np.unique(tenth)}
    factorize: dict[str, Call] = {
        OURS: lambda: wh.factorize(tenth),
        "numpy": lambda: np.unique(tenth, return_inverse=True),
    }
    counts: dict[str, Call] = {OURS: lambda: wh.value_counts(tenth)}
    isin: dict[str, Call] = {
        OURS: lambda: wh.isin(inputs.hits, tenth),
        "numpy": lambda: np.isin(inputs.hits, tenth),
    }
    if pd is not None:
        unique["pandas"] = lambda: pd.unique(tenth)
        factorize["pandas"] = lambda: pd.factorize(tenth)
        counts["pandas"] = lambda: pd.Series(tenth).value_counts(sort=False)
        isin["pandas"] = lambda: pd.Series(inputs.hits).isin(tenth)
    if pl is not None:
        series = pl.Series(tenth)
        unique["polars"] = lambda: series.unique(maintain_order=True)
        unique["polars, any order"] = lambda: series.unique()
        counts["polars"] = lambda: series.value_counts()
    if pa is not None:
        array = pa.array(tenth)
        unique["pyarrow"] = lambda: pa.compute.unique(array)
        factorize["pyarrow"] = lambda: array.dictionary_encode()
        counts["pyarrow"] = lambda: pa.compute.value_counts(array)
    if duckdb is not None and pa is not None:
        connection = duckdb.connect()
        connection.execute("SET threads = 1")
        connection.register("keys", pa.table({"k": tenth}))
        unique["duckdb"] = lambda: connection.execute("SELECT DISTINCT k FROM keys").fetchnumpy()
    table["build"] = (n, build)
    table["get, present"] = (n, hit)
    table["get, absent"] = (n, miss)
    table["unique, 10 % distinct"] = (n, unique)
    table["factorize, 10 % distinct"] = (n, factorize)
    table["value_counts, 10 % distinct"] = (n, counts)
    table["isin"] = (n, isin)
    if inputs.words is not None and inputs.drawn is not None:
        words = np.array(inputs.words, object)[inputs.drawn]
        texts: dict[str, Call] = {}
        if pa is not None:
            strings = pa.array(words, pa.string())
            texts[OURS] = lambda: wh.factorize(strings)
            texts["pyarrow"] = lambda: strings.dictionary_encode()
        if pl is not None:
            column = pl.Series(words.tolist(), dtype=pl.String)
            texts["polars Categorical"] = lambda: column.cast(pl.Categorical)
        if pd is not None:
            if pa is not None:
                series_pa = pd.Series(strings.to_pandas(), dtype="string[pyarrow]")
                texts["pandas string[pyarrow]"] = lambda: pd.factorize(series_pa)
            texts["pandas object"] = lambda: pd.factorize(words)
        texts["wayseer, object array"] = lambda: wh.factorize(words)
        fixed = words.astype("U")
        texts["wayseer, dtype U"] = lambda: wh.factorize(fixed)
        table["factorize words"] = (len(words), texts)
    return table


def _with(make: Callable[[], Any], use: Callable[[Any], Any]) -> Call:
    """A call that is charged for ``use`` only; what ``make`` gives is made once."""
    made: list[Any] = []

    def call() -> float:
        if not made:
            made.append(make())
        return cpu_seconds(lambda: use(made[0]))

    return call


def _find(find: Callable[[Any, Any], Any], queries: Any, table: Any) -> Any:
    return find(table, queries)


def measure(operation: str, n: int, calls: dict[str, Call], rounds: int) -> list[Row]:
    """Medians over the rounds, ours first."""
    times: dict[str, list[float]] = {method: [] for method in calls}
    for _ in range(rounds):
        for method, call in calls.items():
            answers: list[Any] = []
            whole = cpu_seconds(lambda call=call, answers=answers: answers.append(call()))  # type: ignore[misc]
            seconds = answers[0] if isinstance(answers[0], float) else whole
            times[method].append(1e9 * seconds / n)
    reference = statistics.median(times[OURS]) if OURS in times else float("nan")
    return [
        Row(
            operation,
            n,
            method,
            version_of(method.split(",")[0].split(" ")[0]),
            statistics.median(of),
            min(of),
            statistics.median(of) / reference,
        )
        for method, of in times.items()
    ]


def main(
    n: Annotated[float, typer.Option(help="Keys; strings: half as many.")] = 1e7,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    only: Annotated[str, typer.Option(help="Operations whose name contains this.")] = "",
    data: Annotated[Path | None, typer.Option(help="Default: $WAYSEER_DATA, else ../shared/data.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of the table.")] = False,
) -> None:
    """Vectorised hashing beside its peers: CPU nanoseconds per key, one thread each."""
    repository = Path(__file__).resolve().parents[2]
    folder = data or Path(os.environ.get("WAYSEER_DATA", repository.parent / "shared" / "data"))
    console = Console(stderr=as_json, width=None if sys.stdout.isatty() else 120)
    for peer in ("pandas", "polars", "pyarrow", "duckdb", "hirola", "opthash"):
        if _module(peer) is None:
            console.print(f"{peer}: not installed, skipped")
    inputs = Inputs(int(n), folder)
    if inputs.words is None:
        console.print(f"strings: skipped, no data at {folder}")
    rows: list[Row] = []
    for operation, (size, calls) in operations(inputs).items():
        if only in operation:
            console.print(f"[dim]{operation} ...")
            rows += measure(operation, size, calls, rounds)
    if as_json:
        json.dump([asdict(row) for row in rows], sys.stdout, indent=1)
        return
    table = Table("operation", "n", "method", "version", "ns/key", "best", "x wayseer")
    for i, row in enumerate(rows):
        if i and row.operation != rows[i - 1].operation:
            table.add_section()
        table.add_row(
            row.operation,
            f"{row.n:,}",
            row.method,
            row.version,
            f"{row.ns:.1f}",
            f"{row.best:.1f}",
            f"{row.ratio:.2f}",
        )
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
