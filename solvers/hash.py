"""``wayseer hash``: probes."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from wayseer import hashing
from wayseer.hashing.probe_study import SCHEMES, over_seeds
from wayseer.solvers.outputs import check_outputs, check_picture, write_picture

app = typer.Typer(help="Hash tables.", no_args_is_help=False, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
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
