"""The anytime table: tour quality under equal CPU budgets, wayseer and its peers, one thread.

Every run has a process of its own, and the order is shuffled. Charged: for wayseer everything from the call
on, candidates included; for the others their call, preprocessing included, but not the building of the matrix
or model they take. Tours are checked and measured by code that is not the solvers'.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import report
import typer
from instances import GROUPS, Case, catalogue, default_data, has_data
from methods import ANYTIME, METHODS, version
from rich.console import Console
from session import Session, Store, default_file, describe, duration, machine
from targets import targets_table
from trial import Trial


@dataclass(frozen=True)
class Share:
    """What a profile takes of a group."""

    instances: int
    seeds: int
    budgets: tuple[float, ...]


_ALL = 1000
PROFILES: dict[str, dict[str, Share]] = {
    "quick": {
        "small": Share(6, 1, (0.1,)),
        "500": Share(2, 1, (1,)),
        "1000": Share(2, 1, (1,)),
        "2392": Share(2, 1, (1,)),
        "10k": Share(1, 1, (2,)),
        "100k": Share(1, 1, (10,)),
        "TSPLIB": Share(_ALL, 1, (1,)),
        "ATSP": Share(_ALL, 1, (1,)),
    },
    "standard": {
        "small": Share(_ALL, 3, (0.1,)),
        "500": Share(8, 3, (1, 2, 10)),
        "1000": Share(8, 3, (1, 2, 10)),
        "2392": Share(5, 3, (1, 2, 5, 10)),
        "10k": Share(3, 3, (1, 2, 5, 10)),
        "100k": Share(1, 3, (10, 60)),
        "200k": Share(1, 1, (60,)),
        "1M": Share(1, 3, (10, 60)),
        "TSPLIB": Share(_ALL, 3, (1, 3, 10)),
        "ATSP": Share(_ALL, 3, (1, 5)),
    },
    "full": {
        "small": Share(_ALL, 10, (0.1, 1)),
        "500": Share(_ALL, 10, (1, 2, 10, 60)),
        "1000": Share(_ALL, 10, (1, 2, 10, 60)),
        "2392": Share(_ALL, 10, (1, 2, 5, 10, 60)),
        "10k": Share(_ALL, 3, (1, 2, 5, 10, 60)),
        "100k": Share(_ALL, 3, (10, 60)),
        "200k": Share(_ALL, 3, (10, 60)),
        "1M": Share(_ALL, 3, (10, 60)),
        "TSPLIB": Share(_ALL, 10, (1, 2, 3, 10, 60)),
        "ATSP": Share(_ALL, 10, (1, 5)),
    },
}


def plan(
    profile: dict[str, Share],
    cases: dict[str, Case],
    methods: list[str],
    budgets: list[float] | None = None,
    seeds: int | None = None,
    per_group: int | None = None,
    patterns: list[str] | None = None,
) -> list[Trial]:
    """The trials of a profile; what is given replaces what the profile says."""
    trials = []
    for group, share in profile.items():
        names = [name for name, case in cases.items() if case.group == group]
        if patterns:
            names = [name for name in names if any(fnmatch.fnmatch(name, p) for p in patterns)]
        else:
            names = names[: per_group or share.instances]
        trials += [
            Trial(name, method, budget, seed)
            for name in names
            for method in methods
            for budget in budgets or share.budgets
            for seed in range(1, (seeds or share.seeds if METHODS[method].repeat else 1) + 1)
        ]
    return trials


def chosen_methods(text: str | None, console: Console) -> list[str]:
    """The methods named (default: all) that are installed; says which are not."""
    names = list(ANYTIME) if text is None else split(text)
    if unknown := [name for name in names if name not in METHODS]:
        raise typer.BadParameter(f"unknown method {unknown[0]!r}; there are {', '.join(METHODS)}")
    for name in names:
        if version(name) is None:
            console.print(f"{name}: skipped: not installed ({' or '.join(METHODS[name].packages)})")
    return [name for name in names if version(name) is not None]


def terminal() -> Console:
    """Where tables go; a file or pipe gets lines as long as they need."""
    console = Console()
    return console if console.is_terminal else Console(width=200)


def split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def chosen_groups(profile: str, text: str | None) -> dict[str, Share]:
    if text is None:
        return PROFILES[profile]
    names = split(text)
    if unknown := [name for name in names if name not in GROUPS]:
        raise typer.BadParameter(f"unknown group {unknown[0]!r}; there are {', '.join(GROUPS)}")
    return {name: PROFILES[profile].get(name) or PROFILES["standard"][name] for name in names}


def main(
    data: Annotated[
        Path | None, typer.Option(help="Instances; default $WAYSEER_DATA, else ../shared/data.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="About ten minutes (the default).")] = False,
    standard: Annotated[bool, typer.Option("--standard", help="Some hours.")] = False,
    full: Annotated[bool, typer.Option("--full", help="10 seeds, all instances, up to 60 s: days.")] = False,
    groups: Annotated[str | None, typer.Option(help=f"Comma-separated: {', '.join(GROUPS)}.")] = None,
    methods: Annotated[str | None, typer.Option(help=f"Comma-separated: {', '.join(ANYTIME)}.")] = None,
    budgets: Annotated[str | None, typer.Option(help="Comma-separated seconds, for all groups.")] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Seeds per instance.")] = None,
    instances: Annotated[int | None, typer.Option(min=1, help="Instances per group.")] = None,
    names: Annotated[str | None, typer.Option(help="Instances by name, comma-separated, * allowed.")] = None,
    json: Annotated[Path | None, typer.Option(help="JSON lines: goes on where it stopped.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the summary as Markdown.")] = None,
    rows: Annotated[bool, typer.Option(help="Print the table of all instances, too.")] = True,
    retries: Annotated[int, typer.Option(min=0, help="Further attempts if CPU and wall time differ.")] = 3,
    order: Annotated[int, typer.Option(help="Seed of the shuffle.")] = 1,
    plan_only: Annotated[bool, typer.Option("--plan", help="Say what would run, and stop.")] = False,
    report_only: Annotated[bool, typer.Option("--report", help="Tables of --json, without running.")] = False,
) -> None:
    """Measure wayseer and its peers under equal CPU budgets, one thread."""
    console = terminal()
    if quick + standard + full > 1:
        raise typer.BadParameter("one of --quick, --standard, --full")
    if report_only and (json is None or not json.exists()):
        raise typer.BadParameter("--report needs --json FILE")
    data = (data or default_data()).resolve()
    if not has_data(data):
        console.print(f"supplied and TSPLIB instances: skipped: no data ({data}/tsp); generated ones only")
    cases = catalogue(data)
    profile = "full" if full else "standard" if standard else "quick"
    store = Store.open(json or default_file("anytime"))
    finished = True
    if not report_only:
        trials = plan(
            chosen_groups(profile, groups),
            cases,
            chosen_methods(methods, console),
            [float(b) for b in split(budgets)] if budgets else None,
            seeds,
            instances,
            split(names) if names else None,
        )
        console.print(
            f"{profile}: {len(trials)} runs on {len({t.instance for t in trials})} instances, "
            f"{duration(sum(t.budget for t in trials))} of budgets; results in {store.path}"
        )
        if plan_only:
            return
        finished = Session(data, store, cases, console, retries, order).run(trials)
    failed = _report(store, cases, console, rows, markdown)
    if not finished:
        raise typer.Exit(130)
    if failed:
        raise typer.Exit(1)


def _report(
    store: Store, cases: dict[str, Case], console: Console, details: bool, markdown: Path | None
) -> bool:
    """Print and write the tables; True if a run failed."""
    records = store.valid()
    if not records:
        console.print("no results")
        return False
    found = report.rows_of(records, cases, report.references(records, cases))
    if details:
        report.show(console, [report.rows_table(found)])
    summary = [
        report.gap_table(found),
        report.optimal_table(found),
        report.peers_table(found),
        report.instances_table(found),
        report.behind_table(found),
        targets_table(found),
    ]
    report.show(console, summary)
    notes = [
        *(f"- {key}: {value}" for key, value in machine().items()),
        *(f"- {name}: {version(name)}" for name in report.methods_of(found)),
        f"- {sum(r.noisy for r in records)} of {len(records)} runs noisy (wall time > CPU time + 2 %)",
        "- gaps: to the optimum, to the best tour in the data or this run, from 100k on to .7124 sqrt(nA)",
    ]
    for note in notes:
        console.print(note, markup=False, highlight=False, soft_wrap=True)
    if markdown is not None:
        report.write_markdown(markdown, "wayseer.tsp: anytime table", notes, summary)
    errors = [record for record in records if record.outcome.status == "error"]
    for record in errors:
        console.print(describe(record), markup=False, highlight=False, soft_wrap=True)
    return bool(errors)


if __name__ == "__main__":
    typer.run(main)
