"""Probe counts of every scheme beside the values expected.

Two tables: the published schemes in slots (funnel also in buckets) at n = 2^24, and tables of 56-slot
buckets in buckets. Means are over all keys and seeds 1, 2, ...; a maximum is judged by its median over the
seeds, since the expected ones come from single runs. Expected values of another n are shown and not judged.
Counts depend on the seeds alone, never on the machine. All of it takes about 10 minutes; --n 1048576 shows
the same picture in one.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from wayseer._common.files import replace_file, replace_text
from wayseer.hashing.plot import plot_probes
from wayseer.hashing.probe_study import SCHEMES, ProbeRow, probe_study

LOADS = (0.9, 0.99, 0.999, 1 - 2**-14)


@dataclass(frozen=True)
class Expected:
    """What one run is expected to give."""

    scheme: str
    operation: str
    n: int
    load: float
    mean: float | None = None
    max: float | None = None
    last: float | None = None  # mean of the last 10,000 keys


def _column(scheme: str, operation: str, *costs: tuple[float, float]) -> list[Expected]:
    return [
        Expected(scheme, operation, 2**24, load, mean, largest)
        for load, (mean, largest) in zip(LOADS, costs, strict=True)
    ]


SLOTS = [
    *_column("uniform", "insert", (2.56, 117), (4.65, 983), (6.91, 8901), (9.68, 160_944)),
    *_column("double", "insert", (2.56, 112), (4.65, 964), (6.92, 8237), (9.75, 92_143)),
    *_column("quadratic", "insert", (2.88, 111), (5.50, 977), (8.25, 9639), (11.2, 91_439)),
    *_column("linear", "insert", (5.49, 1504), (52.9, 68_128), (403, 1.7e6), (1822, 1.6e7)),
    *_column("elastic", "insert", (3.14, 47), (5.31, 50), (7.59, 42), (10.3, 49)),
    *_column("elastic", "hit", (6.9, 178), (12.8, 288), (18.0, 368), (23.4, 489)),
    Expected("elastic", "hit, calibrated", 2**24, 0.99, 9.9),
    Expected("elastic", "hit, calibrated", 2**24, LOADS[-1], 13.4),
    Expected("elastic", "miss", 2**24, 0.99, 288),
    Expected("elastic", "miss", 2**24, LOADS[-1], 489),
    *_column("funnel", "insert", (22.5, 94), (48.8, 297), (70.4, 583), (98.5, 1103)),
    *_column("funnel", "insert, buckets", (3.64, 14), (3.95, 22), (3.99, 30), (4.00, 40)),
]
LAST = {  # at load 1 - 2^-14
    ("uniform", "insert"): 3942,
    ("double", "insert"): 4069,
    ("linear", "insert"): 2.1e6,
    ("elastic", "insert"): 12.4,
    ("elastic", "hit"): 77.5,
    ("funnel", "insert"): 812,
    ("funnel", "insert, buckets"): 29,
}
BUCKETS = [
    Expected("single level", "hit, buckets", 2**24, 0.99, 1.163, 70, 7.5),
    Expected("single level", "miss, buckets", 2**24, 0.99, 1.145, 7),
    Expected("single level", "hit, buckets", 2**20, 0.999, 1.31, 383, 16.6),
    Expected("single level", "miss, buckets", 2**20, 0.999, 1.30, 9),
    Expected("single level", "hit, buckets", 2**24, LOADS[-1], 1.456, 4409, 212),
    Expected("single level", "miss, buckets", 2**24, LOADS[-1], 1.48, 11),
    Expected("strata", "hit, buckets", 2**22, 0.99, 1.17, 5, 3.7),
    Expected("strata", "miss, buckets", 2**22, 0.99, 1.16, 5),
    Expected("strata", "hit, buckets", 2**22, 0.999, 1.366, 12, 8.5),
    Expected("strata", "miss, buckets", 2**22, 0.999, 1.374, 9),
    Expected("strata", "hit, buckets", 2**22, LOADS[-1], 1.69, 59, 17),
    Expected("strata", "miss, buckets", 2**22, LOADS[-1], 1.82, 17),
]


def _power(n: int) -> str:
    return f"2^{n.bit_length() - 1}" if n.bit_count() == 1 else f"{n:,}"


def tolerance(expected: Expected) -> float:
    """Of means. The clusters of linear probing are few and long: its mean differs from run to run."""
    if expected.scheme == "linear" and expected.load > 0.9:
        return 0.1 if expected.load < 0.999 else 0.25
    if expected.operation == "miss":  # the number of pairs in use, an extreme value
        return 0.4
    return 0.02 if expected.scheme == "funnel" else 0.01


def main(
    schemes: Annotated[str, typer.Option(help="Separated by commas. Default: all there are.")] = "",
    n: Annotated[int | None, typer.Option(help="Slots, instead of those of the expected values.")] = None,
    seeds: Annotated[int, typer.Option(help="Runs of each, with seeds 1, 2, ...")] = 5,
    plot: Annotated[Path | None, typer.Option(help="Draw averages and maxima against the load.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all rows.")] = None,
) -> None:
    console = Console(width=None if sys.stdout.isatty() else 150)  # a file has no width: cut nothing
    wanted = schemes.split(",") if schemes else list(SCHEMES)
    rows: list[ProbeRow] = []
    for title, values in (("slots examined", SLOTS), ("buckets of 56 slots examined", BUCKETS)):
        runs = dict.fromkeys((row.scheme, n or row.n, row.load) for row in values if row.scheme in wanted)
        found = _measure([run for run in runs if run[0] in SCHEMES], seeds, console)
        rows += found
        if runs:
            _print(title, found, values, wanted, console)
    if json_file is not None:
        with replace_text(json_file) as out:
            out.write(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    if plot is not None and rows:
        figure = plot_probes(rows)[0].get_figure(root=True)
        assert figure is not None
        with replace_file(plot) as picture:
            figure.savefig(picture, format=plot.suffix.lstrip("."))


def _measure(runs: list[tuple[str, int, float]], seeds: int, console: Console) -> list[ProbeRow]:
    rows: list[ProbeRow] = []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("tables", total=len(runs) * seeds)
        for scheme, n, load in runs:
            for seed in range(1, seeds + 1):
                rows += probe_study([scheme], n, [load], [seed])
                bar.advance(task)
    return rows


def _print(
    title: str, rows: list[ProbeRow], values: list[Expected], wanted: list[str], console: Console
) -> None:
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    for name in ("scheme", "operation"):
        table.add_column(name)
    for name in ("load", "n", "mean", "exp.", "", "max", "median", "exp.", "", "last 10k", "exp.", ""):
        table.add_column(name, justify="right")
    expected = {(row.scheme, row.operation, row.load): row for row in values}
    groups: dict[tuple[str, str, float], list[ProbeRow]] = {}
    for row in rows:
        groups.setdefault((row.scheme, row.operation, row.load), []).append(row)
    verdicts: list[bool] = []

    def cells(found: float, aim: float | None, share: float, judged: bool) -> list[str]:
        if aim is None:
            return [f"{found:,.5g}", "", ""]
        off = found / aim - 1
        verdict = ""
        if judged:
            verdicts.append(abs(off) <= share)
            verdict = "ok" if verdicts[-1] else f"[red]{100 * off:+.1f} %[/]"
        return [f"{found:,.5g}", f"{aim:,.5g}", verdict]

    for (scheme, operation, load), runs in groups.items():
        known = expected.get((scheme, operation, load), Expected(scheme, operation, 0, load))
        judged = known.n == runs[0].n
        lasts = [row.last for row in runs if row.last is not None]
        last = known.last if known.last or load != LOADS[-1] else LAST.get((scheme, operation))
        share = tolerance(known)
        maxima = [row.max for row in runs]
        table.add_row(
            scheme,
            operation,
            f"{load:.6g}",
            _power(runs[0].n),
            *cells(sum(row.mean for row in runs) / len(runs), known.mean, share, judged),
            f"{max(maxima):,}",
            *cells(median(maxima), known.max, 0.4, judged),
            *(cells(sum(lasts) / len(lasts), last, max(share, 0.1), judged) if lasts else ["", "", ""]),
        )
    console.print(table)
    for scheme in dict.fromkeys(row.scheme for row in values):
        if scheme in wanted and scheme not in SCHEMES:
            console.print(f"{scheme}: not among the schemes of this version")
    console.print(f"{sum(verdicts)} of {len(verdicts)} values as expected\n")


if __name__ == "__main__":
    typer.run(main)
