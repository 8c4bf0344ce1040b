"""The heatmap value table: what predictions of different quality are worth to each engine.

The time to compute a prior (gt-prior, softdist) is part of the run; the oracle and the wrong predictions are
given. Judged are our engines (eax, ils): a wrong prediction must cost next to nothing (robustness), and with
the oracle's tour as the prediction no run may end above that tour (consistency).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Annotated

import priors
import report
import typer
from anytime import split, terminal
from instances import Case, catalogue, default_data, has_data, optimal_tour_file
from methods import OURS
from report import Row
from rich.table import Table
from session import Session, Store, default_file, duration, machine
from trial import Outcome, Trial

from wayseer.tsp import read_tour

ENGINES = ("eax", "ils", "mcts")
JUDGED = ("eax", "ils")
SIZES = ("500", "1000", "10k")
#: Above this gap without a heatmap, the loss is judged as a share of it, below in points.
SMALL_GAP = 0.05
LOSS_SHARE = 0.05
LOSS_POINTS = 0.005


@dataclass
class Oracles:
    """Good tours by instance: TSPLIB's optimal one, else the best of a long own run, kept in the store."""

    session: Session
    seconds: dict[str, float]  # group -> length of the run

    def tour(self, name: str) -> list[int] | None:
        if path := optimal_tour_file(name, self.session.data):
            return list(read_tour(path).tolist())
        outcome = self._outcome(name)
        return None if outcome is None else outcome.tour

    def length(self, name: str) -> int | None:
        if optimal_tour_file(name, self.session.data):
            return self.session.cases[name].reference
        outcome = self._outcome(name)
        return None if outcome is None else outcome.length

    def find(self, names: Sequence[str]) -> None:
        """Make the runs that are missing."""
        for name in names:
            if optimal_tour_file(name, self.session.data) is None and self._outcome(name) is None:
                group = self.session.cases[name].group
                seconds = self.seconds.get(group, 10.0)
                self.session.console.print(f"oracle of {name}: {OURS}, {seconds:g} s")
                self.session.measure(Trial(name, OURS, seconds, 1, kind="oracle"), keep_tour=True)

    def _outcome(self, name: str) -> Outcome | None:
        found = [
            record.outcome
            for record in self.session.store.records.values()
            if record.trial.kind == "oracle" and record.trial.instance == name and record.outcome.tour
        ]
        return min(found, key=lambda outcome: outcome.length, default=None)


def value_table(rows: Sequence[Row], chosen: Sequence[str]) -> Table:
    made = report.table(
        "Mean gap in %, 95 % interval over seeds, by prediction", ["group", "budget s", "engine"], chosen
    )
    for group, budget in report.keys(rows):
        for engine in ENGINES:
            here = report.select(rows, engine, group, budget)
            if here:
                made.add_row(group, f"{budget:g}", engine, *(_cell(here, prior) for prior in chosen))
    return made


def _cell(here: Sequence[Row], prior: str) -> str:
    found = [row for row in here if row.prior == prior]
    return report.number(*report.group_mean(found)) if found else "-"


def robustness_table(rows: Sequence[Row]) -> Table:
    """What wrong predictions cost, by the same instances and seeds without one."""
    made = report.table(
        "Robustness: gap added by a wrong prediction, in points of %",
        ["group", "budget s", "engine", "prediction"],
        ["gap without", "added", "allowed", "verdict"],
    )
    for group, budget in report.keys(rows):
        for engine in JUDGED:
            here = {(row.case.name, row.prior): row for row in report.select(rows, engine, group, budget)}
            for prior in priors.WRONG:
                pairs = [
                    (without.gaps[seed], here[name, prior].gaps[seed])
                    for (name, other), without in here.items()
                    if other == "none" and (name, prior) in here
                    for seed in without.gaps
                    if seed in here[name, prior].gaps
                ]
                if pairs:
                    cells = _judge(pairs)
                    made.add_row(group, f"{budget:g}", engine, prior, *cells)
    return made


def _judge(pairs: Sequence[tuple[float, float]]) -> tuple[str, str, str, str]:
    without = fmean(gap for gap, _ in pairs)
    added = [wrong - gap for gap, wrong in pairs]
    allowed = LOSS_SHARE * without if without >= SMALL_GAP else LOSS_POINTS
    half = report.interval(added)
    if fmean(added) < allowed:
        verdict = "met"
    else:
        verdict = "missed" if not fmean(added) - half < allowed else "missed, within noise"
    return report.number(without), report.number(fmean(added), half), report.number(allowed), verdict


def consistency_table(rows: Sequence[Row], oracles: Oracles) -> Table:
    made = report.table(
        "Consistency: runs with the oracle's edges as prediction that reach its tour",
        ["group", "budget s", "engine"],
        ["runs", "reached", "worst, % above it", "verdict"],
    )
    for group, budget in report.keys(rows):
        for engine in ENGINES:
            found = [r for r in report.select(rows, engine, group, budget) if r.prior == "oracle"]
            if not found:
                continue
            above = [_above_oracle(row, oracles) for row in found]
            excess = [value for values in above for value in values]
            reached = sum(value <= 0 for value in excess)
            verdict = "met" if reached == len(excess) else "missed"
            made.add_row(
                group,
                f"{budget:g}",
                engine,
                str(len(excess)),
                str(reached),
                report.number(max(0.0, *excess)),
                verdict if engine in JUDGED else f"{verdict} (not judged)",
            )
    return made


def _above_oracle(row: Row, oracles: Oracles) -> list[float]:
    """% over the oracle's tour, run by run."""
    oracle = oracles.length(row.case.name)
    assert oracle is not None
    return [100 * (length / oracle - 1) for length in row.lengths.values()]


def main(
    data: Annotated[
        Path | None, typer.Option(help="Instances; default $WAYSEER_DATA, else ../shared/data.")
    ] = None,
    sizes: Annotated[str, typer.Option(help="Groups of instances, comma-separated.")] = ",".join(SIZES),
    engines: Annotated[str, typer.Option(help="Comma-separated.")] = ",".join(ENGINES),
    predictions: Annotated[str, typer.Option("--priors", help="Comma-separated.")] = ",".join(priors.PRIORS),
    budgets: Annotated[str, typer.Option(help="Comma-separated seconds.")] = "1,2",
    seeds: Annotated[int, typer.Option(min=1, help="Seeds per instance.")] = 3,
    instances: Annotated[int, typer.Option(min=1, help="Instances per group.")] = 3,
    names: Annotated[str | None, typer.Option(help="Instances by name instead of --sizes.")] = None,
    oracle_seconds: Annotated[float | None, typer.Option(help="Run that finds the oracle's tour.")] = None,
    json: Annotated[Path | None, typer.Option(help="JSON lines: goes on where it stopped.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the tables as Markdown.")] = None,
    retries: Annotated[int, typer.Option(min=0, help="Further attempts if CPU and wall time differ.")] = 3,
    order: Annotated[int, typer.Option(help="Seed of the shuffle.")] = 1,
) -> None:
    """Measure what predictions of different quality are worth to each engine."""
    console = terminal()
    data = (data or default_data()).resolve()
    if not has_data(data):
        console.print(f"supplied and TSPLIB instances: skipped: no data ({data}/tsp); generated ones only")
    cases = catalogue(data)
    session = Session(data, Store.open(json or default_file("heatmaps")), cases, console, retries, order)
    usual = {"500": 10.0, "1000": 20.0, "10k": 60.0}
    oracles = Oracles(session, usual if oracle_seconds is None else dict.fromkeys(usual, oracle_seconds))
    chosen = _checked(predictions, priors.PRIORS, "--priors")
    wanted = _instances(cases, sizes, names, instances)
    trials = [
        Trial(name, engine, float(budget), seed, prior)
        for name in wanted
        for engine in _checked(engines, ENGINES, "--engines")
        for prior in chosen
        for budget in split(budgets)
        for seed in range(1, seeds + 1)
    ]
    console.print(
        f"{len(trials)} runs, {duration(sum(t.budget for t in trials))}; results in {session.store.path}"
    )
    oracles.find(wanted)
    finished = session.run(trials, oracles.tour)

    records = session.store.valid()
    found = report.rows_of(
        records, cases, report.references([*records, *session.store.valid("oracle")], cases)
    )
    tables = [value_table(found, chosen), robustness_table(found), consistency_table(found, oracles)]
    report.show(console, tables)
    for row in found:
        if row.failure:
            console.print(f"{row.case.name}: {row.method} + {row.prior}: {row.failure}", markup=False)
    if markdown is not None:
        notes = [f"- {key}: {value}" for key, value in machine().items()]
        noisy = sum(record.noisy for record in records)
        notes.append(f"- {noisy} of {len(records)} runs noisy (wall time > CPU time + 2 %)")
        report.write_markdown(markdown, "wayseer.tsp: what a heatmap is worth", notes, tables)
    if not finished:
        raise typer.Exit(130)
    if any(record.outcome.status == "error" for record in records):
        raise typer.Exit(1)


def _checked(text: str, allowed: Sequence[str], option: str) -> list[str]:
    values = split(text)
    if unknown := [value for value in values if value not in allowed]:
        raise typer.BadParameter(f"{option}: unknown {unknown[0]!r}; there are {', '.join(allowed)}")
    return values


def _instances(cases: dict[str, Case], sizes: str, names: str | None, per_group: int) -> list[str]:
    if names is not None:
        return _checked(names, list(cases), "--names")
    groups = _checked(sizes, sorted({case.group for case in cases.values()}), "--sizes")
    return [
        name
        for group in groups
        for name in [name for name, case in cases.items() if case.group == group][:per_group]
    ]


if __name__ == "__main__":
    typer.run(main)
