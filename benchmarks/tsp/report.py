"""From records to rows, comparisons and tables."""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean

import numpy as np
from instances import GROUPS, Case
from methods import METHODS, OURS
from rich import box
from rich.console import Console
from rich.table import Table
from scipy import stats
from session import Record


@dataclass(frozen=True)
class Row:
    """All runs of a method (with a prior) on an instance under a budget."""

    case: Case
    method: str
    prior: str
    budget: float
    reference: float  # what gaps are measured from; NaN if there is nothing
    lengths: dict[int, int]  # by seed; empty if there was no valid run
    cpu: float  # means over the runs
    wall: float
    noisy: int
    failure: str  # why there is no valid run, or what went wrong in some

    @cached_property
    def gaps(self) -> dict[int, float]:
        """% over the reference, by seed."""
        return {seed: 100 * (length / self.reference - 1) for seed, length in self.lengths.items()}

    @property
    def gap(self) -> float:
        return fmean(self.gaps.values())

    @property
    def length(self) -> float:
        return fmean(self.lengths.values())

    @property
    def optimal(self) -> int:
        """Runs that reached the reference.

        A best tour known is reached within a millionth: the values with the supplied sets were found on
        coordinates with more digits and lie up to 3 units of 16 million below what the files' own allow.
        """
        slack = 1e-6 if self.case.kind == "best" else 0
        return sum(length <= self.reference * (1 + slack) for length in self.lengths.values())


@dataclass(frozen=True)
class Comparison:
    """Ours against a peer on the instances that both solved, under one budget."""

    peer: str
    ours_gap: float
    peer_gap: float
    wins: int  # instances on which ours is shorter
    ties: int
    losses: int
    behind: bool  # the peer is better, beyond noise

    @property
    def instances(self) -> int:
        return self.wins + self.ties + self.losses

    @property
    def ratio(self) -> float:
        if self.peer_gap > 0:
            return self.ours_gap / self.peer_gap
        return 1.0 if self.ours_gap <= 0 else math.inf

    @property
    def record(self) -> str:
        return f"{self.wins}/{self.ties}/{self.losses}"


def references(records: Iterable[Record], cases: dict[str, Case]) -> dict[str, float]:
    """What gaps are measured from: the optimum, the constant, or the best tour known, also in the records."""
    best: dict[str, float] = {
        name: case.reference for name, case in cases.items() if case.reference is not None
    }
    for record in records:
        name = record.trial.instance
        if record.outcome.status == "ok" and name in cases and cases[name].kind == "best":
            best[name] = min(best.get(name, math.inf), record.outcome.length)
    return best


def rows_of(records: Sequence[Record], cases: dict[str, Case], best: dict[str, float]) -> list[Row]:
    grouped: dict[tuple[str, float, str, str], list[Record]] = defaultdict(list)
    for record in records:
        trial = record.trial
        if trial.instance in cases:
            grouped[trial.instance, trial.budget, trial.method, trial.prior].append(record)
    rows = [_row(cases[key[0]], key, found, best) for key, found in grouped.items()]
    names, methods = list(cases), list(METHODS)
    rows.sort(key=lambda r: (names.index(r.case.name), r.budget, methods.index(r.method)))
    return rows


def _row(case: Case, key: tuple[str, float, str, str], found: list[Record], best: dict[str, float]) -> Row:
    _, budget, method, prior = key
    valid = [r for r in found if r.outcome.status == "ok"]
    others = sorted({f"{r.outcome.status}: {r.outcome.reason}" for r in found if r.outcome.status != "ok"})
    return Row(
        case,
        method,
        prior,
        budget,
        best.get(case.name, math.nan),
        {r.trial.seed: r.outcome.length for r in valid},
        _mean([r.outcome.cpu for r in valid]),
        _mean([r.outcome.wall for r in valid]),
        sum(r.noisy for r in valid),
        "; ".join(others),
    )


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else math.nan


def interval(values: Sequence[float]) -> float:
    """Half the width of the 95 % t-interval of the mean; NaN for one value."""
    if len(values) < 2:
        return math.nan
    return float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values)))


def group_mean(rows: Sequence[Row]) -> tuple[float, float]:
    """Mean gap over instances, and its 95 % interval over those seeds that every instance has."""
    shared = set.intersection(*(set(row.gaps) for row in rows))
    return fmean(row.gap for row in rows), interval(
        [fmean(row.gaps[s] for row in rows) for s in sorted(shared)]
    )


def optimal_share(rows: Sequence[Row]) -> float:
    return sum(row.optimal for row in rows) / sum(len(row.gaps) for row in rows)


def select(
    rows: Iterable[Row], method: str, group: str | None = None, budget: float | None = None
) -> list[Row]:
    """The rows with valid runs."""
    return [
        row
        for row in rows
        if row.gaps
        and row.method == method
        and group in (None, row.case.group)
        and budget in (None, row.budget)
    ]


def compare(ours: Sequence[Row], peers: Sequence[Row]) -> Comparison | None:
    """On the instances that both have; None if there is none."""
    theirs = {row.case.name: row for row in peers}
    pairs = [(row, theirs[row.case.name]) for row in ours if row.case.name in theirs]
    if not pairs:
        return None
    differences = [a.length - b.length for a, b in pairs]
    if len(pairs) == 1:
        behind = is_above(list(pairs[0][0].gaps.values()), list(pairs[0][1].gaps.values()))
    else:
        behind = is_above([a.gap - b.gap for a, b in pairs], [0.0])
    return Comparison(
        pairs[0][1].method,
        fmean(a.gap for a, _ in pairs),
        fmean(b.gap for _, b in pairs),
        sum(d < 0 for d in differences),
        sum(d == 0 for d in differences),
        sum(d > 0 for d in differences),
        behind,
    )


def is_above(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether the mean of a lies above that of b beyond noise (one-sided t-test, 2.5 %).

    With one value of a there is no telling what noise is: every difference counts.
    """
    if fmean(a) <= fmean(b):
        return False
    if len(a) < 2:
        return True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all values equal
        if len(b) < 2:
            p = stats.ttest_1samp(a, b[0], alternative="greater").pvalue
        else:
            p = stats.ttest_ind(a, b, equal_var=False, alternative="greater").pvalue
    return bool(np.isnan(p) or p < 0.025)


def keys(rows: Iterable[Row]) -> list[tuple[str, float]]:
    """The (group, budget) pairs, in order."""
    return sorted(
        {(row.case.group, row.budget) for row in rows}, key=lambda key: (GROUPS.index(key[0]), key[1])
    )


def methods_of(rows: Iterable[Row]) -> list[str]:
    present = {row.method for row in rows}
    return [method for method in METHODS if method in present]


# Tables


def number(value: float, half: float = math.nan) -> str:
    if math.isnan(value):
        return "-"
    text = f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
    return text if math.isnan(half) else f"{text} ± {half:.3f}"


def table(title: str, left: Sequence[str], right: Sequence[str]) -> Table:
    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name in left:
        made.add_column(name, overflow="fold")
    for name in right:
        made.add_column(name, justify="right", overflow="fold")
    return made


def rows_table(rows: Iterable[Row]) -> Table:
    made = table(
        "All runs: means over seeds, 95 % interval of the gap",
        ["instance", "n", "method"],
        ["budget s", "runs", "CPU s", "wall s", "length", "gap %", "note"],
    )
    for row in rows:
        note = [row.failure] if row.failure else []
        if row.noisy:
            note.append(f"{row.noisy} noisy")
        name = row.method if row.prior == "none" else f"{row.method} + {row.prior}"
        values = list(row.gaps.values())
        made.add_row(
            row.case.name,
            str(row.case.n),
            name,
            f"{row.budget:g}",
            str(len(values)),
            number(row.cpu),
            number(row.wall),
            f"{row.length:.1f}" if values else "-",
            number(row.gap, interval(values)) if values else "-",
            "; ".join(note),
        )
    return made


def gap_table(rows: Sequence[Row]) -> Table:
    methods = methods_of(rows)
    made = table("Mean gap in %, 95 % interval over seeds", ["group", "budget s"], methods)
    for group, budget in keys(rows):
        here = [r for r in rows if (r.case.group, r.budget) == (group, budget)]
        count = len({r.case.name for r in here})
        made.add_row(group, f"{budget:g}", *(_gap_cell(here, method, count) for method in methods))
    return made


def _gap_cell(here: Sequence[Row], method: str, count: int) -> str:
    valid = select(here, method)
    if not valid:
        failures = sorted({row.failure for row in here if row.method == method})
        return failures[0].split(";")[0] if failures else ""
    text = number(*group_mean(valid))
    return text if len(valid) == count else f"{text} ({len(valid)} of {count})"


def optimal_table(rows: Sequence[Row]) -> Table:
    methods = methods_of(rows)
    made = table("Runs that reached the optimum or the best tour known, in %", ["group", "budget s"], methods)
    for group, budget in keys(rows):
        chosen = [select(rows, method, group, budget) for method in methods]
        if any(row.case.kind == "constant" for valid in chosen for row in valid):
            continue
        cells = [f"{100 * optimal_share(valid):.0f}" if valid else "-" for valid in chosen]
        made.add_row(group, f"{budget:g}", *cells)
    return made


def peers_table(rows: Sequence[Row]) -> Table:
    made = table(
        "Ours against the best peer: gaps on the instances both solved; w/t/l: instances on which ours is "
        "shorter/equal/longer",
        ["group", "budget s", "best peer"],
        ["instances", "ours %", "peer %", "ratio", "w/t/l", "fast-tsp w/t/l"],
    )
    for group, budget in keys(rows):
        found = comparisons(rows, group, budget)
        if not found:
            continue
        best = min(found, key=lambda c: (-c.instances, c.peer_gap))
        fast = next((c.record for c in found if c.peer == "fast-tsp"), "-")
        made.add_row(
            group,
            f"{budget:g}",
            best.peer,
            str(best.instances),
            number(best.ours_gap),
            number(best.peer_gap),
            f"{best.ratio:.2f}",
            best.record,
            fast,
        )
    return made


def comparisons(rows: Sequence[Row], group: str, budget: float) -> list[Comparison]:
    ours = select(rows, OURS, group, budget)
    found = [compare(ours, select(rows, m, group, budget)) for m in methods_of(rows) if m != OURS]
    return [c for c in found if c is not None]


def instances_table(rows: Sequence[Row]) -> Table:
    """The gaps of every TSPLIB instance."""
    methods = methods_of(rows)
    made = table("TSPLIB instances: mean gap in %", ["instance", "budget s"], methods)
    chosen = [row for row in rows if row.case.kind == "optimum"]
    for name, budget in dict.fromkeys((row.case.name, row.budget) for row in chosen):
        here = [row for row in chosen if (row.case.name, row.budget) == (name, budget)]
        made.add_row(name, f"{budget:g}", *(_gap_cell(here, method, 1) for method in methods))
    return made


def behind_table(rows: Sequence[Row]) -> Table:
    made = table(
        "Rows on which a peer has the smaller mean gap",
        ["instance", "budget s", "peer"],
        ["ours %", "peer %", "beyond noise"],
    )
    for row in select(rows, OURS):
        here = [
            r for r in rows if r.gaps and r.case == row.case and r.budget == row.budget and r.method != OURS
        ]
        for peer in here:
            comparison = compare([row], [peer])
            assert comparison is not None
            if comparison.losses:
                noise = "yes" if comparison.behind else "one run" if len(row.gaps) < 2 else "no"
                made.add_row(
                    row.case.name, f"{row.budget:g}", peer.method, number(row.gap), number(peer.gap), noise
                )
    if not made.rows:
        made.add_row("none", "", "", "", "", "")
    return made


def show(console: Console, tables: Iterable[Table]) -> None:
    for made in tables:
        if made.rows:
            console.print(made)


def write_markdown(path: Path, heading: str, lines: Sequence[str], tables: Iterable[Table]) -> None:
    """The tables as GitHub's Markdown, under a heading and some lines of text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        console = Console(file=file, width=2000, markup=False, highlight=False, emoji=False)
        console.print(f"# {heading}\n", *lines, sep="\n", soft_wrap=True)
        for made in tables:
            if made.rows:
                console.print(f"\n## {made.title}\n", soft_wrap=True)
                made.title, made.box = None, box.MARKDOWN
                console.print(made)
