"""``wayseer hash``: probes, bench, dedup, index build, index query."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
import typer
from numpy.typing import NDArray

from wayseer import FormatError, hashing
from wayseer._common.files import replace_file
from wayseer._core.hashing import DistinctLines, random_seed
from wayseer.hashing.bench import OPERATIONS, PEERS, contenders, limit_threads
from wayseer.hashing.probe_study import SCHEMES, over_seeds
from wayseer.solvers.outputs import check_outputs, check_picture, write_picture

app = typer.Typer(help="Hash tables.", no_args_is_help=False, rich_markup_mode=None)
index = typer.Typer(help="Tables on disk.", no_args_is_help=False, rich_markup_mode=None)
app.add_typer(index, name="index")

_BLOCK = 1 << 20  # bytes of lines at a time


@app.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@index.callback(invoke_without_command=True)
def _index_root(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def probes(
    scheme: Annotated[
        str, typer.Option(metavar="NAMES", help="Separated by commas. Default: all.")
    ] = ",".join(SCHEMES),
    n: Annotated[
        str, typer.Option("--n", "-n", metavar="SLOTS", help="Such as 2^20, 1e6 or 1000000.")
    ] = "2^20",
    load: Annotated[
        str, typer.Option(metavar="LOADS", help="Separated by commas, such as 0.9,0.99,1-2^-14.")
    ] = "0.9,0.99,0.999",
    seeds: Annotated[int, typer.Option(help="Runs of each, with seeds 1, 2, ...")] = 5,
    plot: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Draw averages and maxima (.png, .pdf, .svg).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Fill tables to a load and count the slots that insertions and look-ups examine.

    Means are over all keys and seeds, maxima the largest of any seed.
    """
    if seeds < 1:
        raise ValueError(f"--seeds must be at least 1, got {seeds}")
    names = scheme.split(",")
    slots = _count(n, "--n")
    loads = [_load(text) for text in load.split(",")]
    check_outputs({"--plot": plot}, inputs=())
    if plot is not None:
        check_picture(plot)
    with _progress(shown=not quiet) as callback:
        rows = hashing.probe_study(names, slots, loads, range(1, seeds + 1), callback=callback)
    if plot is not None:
        write_picture(plot, hashing.plot_probes(rows)[0])
    if as_json:
        typer.echo(json.dumps({"n": slots, "rows": [asdict(row) for row in rows]}))
    elif not quiet:
        _print_table(rows)


@app.command()
def bench(
    n: Annotated[
        str, typer.Option("--n", "-n", metavar="KEYS", help="Separated by commas, such as 2^20,1e7.")
    ] = "1e6",
    keys: Annotated[str, typer.Option(metavar="int64|str", help="What the keys are.")] = "int64",
    peers: Annotated[
        str, typer.Option(metavar="NAMES", help='Other libraries, separated by commas; "" for none.')
    ] = ",".join(PEERS),
    rounds: Annotated[int, typer.Option(help="The best of so many.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Build tables, look up keys that are there and keys that are not: CPU ns per key on one thread.

    HashMap, StrataMap at load .99, dict, and the peers that are installed.
    """
    if rounds < 1:
        raise ValueError(f"--rounds must be at least 1, got {rounds}")
    sizes = [_count(text, "--n") for text in n.split(",")]
    for size in sizes:
        if size < 1:
            raise ValueError(f"--n must be at least 1, got {size}")
    names = peers.split(",") if peers else []
    limit_threads()
    _, notes = contenders(keys, names)
    rows: list[hashing.BenchRow] = []
    with _progress(shown=not as_json) as callback:
        for size in sizes:
            rows += hashing.table_bench(size, keys, names, rounds=rounds, callback=callback)
    if as_json:
        typer.echo(json.dumps({"keys": keys, "rows": [asdict(row) for row in rows], "notes": notes}))
        return
    _print_bench(rows)
    for note in notes:
        typer.echo(note)


@app.command()
def dedup(
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="Default: standard input.")] = "-",
    counts: Annotated[
        bool, typer.Option("--count", "-c", help="Put before each line how often it occurs.")
    ] = False,
    repeated: Annotated[
        bool, typer.Option("--repeated", "-d", help="Print only lines that occur more than once.")
    ] = False,
) -> None:
    """Print the distinct lines of a file, in order of first appearance.

    Lines are bytes that end at LF; CR and NUL are bytes like others. Every line printed ends in LF. Memory is
    needed for the distinct lines only. Without -c and -d a line is printed when it first appears.
    """
    out = sys.stdout.buffer
    whole = counts or repeated
    lines = DistinctLines(whole, random_seed())
    with (
        contextlib.nullcontext(cast(io.BufferedReader, sys.stdin.buffer))
        if file == "-"
        else open(file, "rb") as source
    ):
        while block := source.read1(_BLOCK):
            fresh = lines.feed(block)
            if not whole and fresh:
                out.write(fresh)
                out.flush()
    fresh = lines.finish()
    if not whole:
        out.write(fresh)
    start = 0
    while whole and start < len(lines):
        text, start = lines.lines(start, _BLOCK, counts, repeated)
        out.write(text)
    out.flush()


@index.command()
def build(
    file: Annotated[Path, typer.Argument(metavar="FILE.npy", help="Keys: an array of numbers or instants.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="T.wsh", help="The index.")],
    load: Annotated[float, typer.Option(help="How full the table is, above 0 and at most 1.")] = 0.99,
    seed: Annotated[int | None, typer.Option(help="Of the hash function; default: drawn anew.")] = None,
) -> None:
    """Put the distinct keys of an array into a table on disk, each in a slot of its own."""
    check_outputs({"--output": output}, inputs=(file,))
    keys = _array(file)
    distinct = hashing.unique(keys)
    table = hashing.StrataMap(max(1, len(distinct)), keys.dtype, None, max_load=load, seed=seed)
    table.insert(distinct)
    table.save(output)


@index.command("query")
def query_index(
    table: Annotated[Path, typer.Argument(metavar="T.wsh", help="An index that build has made.")],
    file: Annotated[Path, typer.Argument(metavar="Q.npy", help="Keys to look up.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="SLOTS.npy", help="int64, in the shape of the keys.")
    ],
    verify: Annotated[str, typer.Option(help="What of the index to check: header, meta or all.")] = "meta",
) -> None:
    """Write the slot of every key, -1 where the index does not hold it."""
    check_outputs({"--output": output}, inputs=(table, file))
    index = hashing.open(table, mmap=True, verify=verify)
    if not isinstance(index, hashing.StrataMap):
        raise FormatError(f"holds a {type(index).__name__}, whose keys have no lasting slots", table)
    slots = index.slots(_array(file))
    with replace_file(output) as out:
        np.save(out, slots, allow_pickle=False)


def _array(path: Path) -> NDArray[Any]:
    """The array in an .npy file, mapped."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise FormatError(f"not a .npy file of numbers ({error})", path) from None
    if not isinstance(array, np.ndarray):
        raise FormatError("not a .npy file but an archive", path)
    return array


def _count(text: str, option: str) -> int:
    """2^20, 1e6 or 1000000."""
    if power := re.fullmatch(r"(\d{1,4})\^(\d{1,2})", text):
        return int(int(power[1]) ** int(power[2]))
    try:
        value = float(text)
        return int(text) if text.isdecimal() else _whole(value)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{option} must be a whole number such as 2^20, 1e6 or 1000000, got {text}"
        ) from None


def _whole(value: float) -> int:
    if not value.is_integer():
        raise ValueError(value)
    return int(value)


def _load(text: str) -> float:
    """0.99 or 1-2^-14."""
    if power := re.fullmatch(r"1-2\^-(\d{1,2})", text):
        return 1.0 - 2.0 ** -int(power[1])
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"--load must be numbers such as 0.99 or 1-2^-14, got {text}") from None


def _print_bench(rows: list[hashing.BenchRow]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("table")
    table.add_column("version")
    for name in ("n", *OPERATIONS):
        table.add_column(name, justify="right")
    costs: dict[tuple[int, str, str], dict[str, float]] = {}
    for row in rows:
        costs.setdefault((row.n, row.table, row.version), {})[row.operation] = row.ns
    for (size, name, version), cost in costs.items():
        table.add_row(name, version, f"{size:,}", *(f"{cost[operation]:.1f}" for operation in OPERATIONS))
    typer.echo(f"CPU ns per key, {rows[0].keys}")
    console = Console()
    console.print(table, width=None if console.is_terminal else 120)


def _print_table(rows: list[hashing.ProbeRow]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("scheme")
    table.add_column("operation")
    for name in ("load", "mean", "max", "last 10,000"):
        table.add_column(name, justify="right")
    for (scheme, operation, load), cost in over_seeds(rows).items():
        last = "" if cost.last is None else f"{cost.last:,.4g}"
        table.add_row(scheme, operation, f"{load:.8g}", f"{cost.mean:,.4g}", f"{cost.max:,}", last)
    typer.echo(f"n = {rows[0].n:,}")
    console = Console()
    console.print(table, width=None if console.is_terminal else 120)  # a file has no width: cut nothing


@contextlib.contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A callback that moves a bar on standard error, or None if that is not a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not shown or not console.is_terminal:
        yield None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("tables", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
