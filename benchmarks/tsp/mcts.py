"""Heatmap + Monte Carlo tree search: the published settings, and what the fast engine gains at equal results.

Three tables. Quality: gaps to the best tours known, for three kinds of heatmap at their published settings,
as the reference works (compat) and fast, after T * n CPU seconds. Speed: both engines for the same seed and
number of actions; their tours must be equal. Large: the fast engine on 10,000 and 100,000 nodes.

Budgets are CPU seconds (the search is told to stop by its callback, ten times a second), so a busy machine
costs cache misses only. Lengths are measured on coordinates in units of 1e-6, rounded as TSPLIB's EUC_2D.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

import numpy as np
import typer
from instances import SIDE, Case, catalogue, default_data, has_data, load
from report import interval, number, table
from rich.console import Console
from rich.table import Table
from session import machine

from wayseer.tsp import TSPResult, gt_prior_heatmap, mcts, softdist_heatmap, tour_length

HEATMAPS = ("gt-prior", "softdist", "zero")


class Part(StrEnum):
    quality = "quality"
    speed = "speed"
    large = "large"


@dataclass(frozen=True)
class Run:
    part: str
    instance: str
    n: int
    preset: str
    mode: str
    budget: float | None  # CPU seconds
    seed: int
    length: int
    gap: float  # %
    actions: int
    cpu: float
    wall: float


class Problem:
    """An instance in the unit square, and the length by which its tours are judged."""

    def __init__(self, case: Case, data: Path) -> None:
        self.case = case
        self.judge = load(case.name, data)
        assert self.judge.points is not None
        self.points = self.judge.points / SIDE
        self._heatmaps: dict[str, Any] = {}

    def heatmap(self, preset: str) -> Any:
        if preset == "zero":
            return None
        if preset not in self._heatmaps:
            make = softdist_heatmap if preset == "softdist" else gt_prior_heatmap
            self._heatmaps[preset] = make(self.points)
        return self._heatmaps[preset]

    def run(
        self,
        part: Part,
        preset: str,
        mode: str,
        seed: int,
        *,
        T: float | None = None,
        actions: int | None = None,
    ) -> tuple[Run, TSPResult]:
        """One run of T * n CPU seconds, or of so many actions."""
        heatmap = self.heatmap(preset)
        budget = None if T is None else T * self.case.n
        wall, cpu = time.perf_counter(), time.process_time()
        limits: dict[str, Any]
        if budget is None:
            limits = {"max_iterations": actions}
        else:
            # The setting is chosen by T, but the clock is the process's.
            limits = {"T": T, "callback": lambda *_: time.process_time() - cpu < budget}
        if mode == "compat, exact sampling":
            limits["truncated_sampling"] = False
        result = _without_wall_limit(
            self.points, heatmap, preset, compat=mode.startswith("compat"), seed=seed, **limits
        )
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        length = int(tour_length(self.judge, result.tour))
        reference = self.case.reference or math.nan
        gap = 100 * (length / reference - 1)
        n = self.case.n
        return Run(
            part, self.case.name, n, preset, mode, budget, seed, length, gap, result.iterations, cpu, wall
        ), result


def _without_wall_limit(points: Any, heatmap: Any, preset: str, **arguments: Any) -> TSPResult:
    """`mcts` with the settings of the preset at T, but no limit of T * n wall seconds."""
    from wayseer.tsp.mcts import preset_settings

    T = arguments.pop("T", None)
    _, s = preset_settings(preset, len(points), T)
    settings = asdict(s)
    if T is not None:
        arguments["time_limit"] = 20 * T * len(points) + 60
    return mcts(points, heatmap, preset, **settings, **arguments)


def quality(
    console: Console, data: Path, sizes: list[int], instances: int, times: list[float], seeds: int
) -> list[Run]:
    runs = []
    for case in _cases(data, sizes, instances):
        problem = Problem(case, data)
        for preset in HEATMAPS:
            for T in times:
                for mode in ("compat", "fast"):
                    for seed in range(1, seeds + 1):
                        run, _ = problem.run(Part.quality, preset, mode, seed, T=T)
                        _note(console, run)
                        runs.append(run)
    return runs


def speed(console: Console, data: Path, sizes: list[int], actions: int) -> tuple[list[Run], bool]:
    runs, equal = [], True
    for case in _cases(data, sizes, 1):
        problem = Problem(case, data)
        for preset in HEATMAPS:
            results = []
            for mode in ("compat, exact sampling", "fast"):
                run, result = problem.run(Part.speed, preset, mode, 1, actions=actions)
                _note(console, run)
                runs.append(run)
                results.append(result)
            same = np.array_equal(results[0].tour, results[1].tour)
            if not same:
                console.print(f"[red]{case.name}, {preset}: the engines' tours differ")
            equal = equal and same
    return runs, equal


def large(console: Console, data: Path, seconds: list[float]) -> list[Run]:
    runs = []
    for case in _cases(data, [10_000, 100_000], 1):
        problem = Problem(case, data)
        for preset in HEATMAPS:
            for budget in seconds:
                run, _ = problem.run(Part.large, preset, "fast", 1, T=budget / case.n)
                _note(console, run)
                runs.append(run)
    return runs


def _cases(data: Path, sizes: list[int], count: int) -> list[Case]:
    # Generated instances without a reference length are left out.
    uniform = [c for c in catalogue(data).values() if c.name.startswith(("tsp", "random")) and c.reference]
    return [case for n in sizes for case in [c for c in uniform if c.n == n][:count]]


def _note(console: Console, run: Run) -> None:
    console.print(
        f"{run.instance}: {run.preset}, {run.mode}: gap {run.gap:.3f} %, {run.actions} actions "
        f"(cpu {run.cpu:.1f}, wall {run.wall:.1f})",
        highlight=False,
    )


def quality_table(runs: list[Run]) -> Table:
    made = table(
        "Published settings: mean gap to the best tour known, 95 % interval over runs",
        ["n", "heatmap"],
        ["CPU s", "T", "runs", "compat %", "fast %", "compat actions/s", "fast actions/s"],
    )
    for n, preset, budget in dict.fromkeys((r.n, r.preset, r.budget) for r in runs):
        here = [r for r in runs if (r.n, r.preset, r.budget) == (n, preset, budget)]
        by_mode = {mode: [r for r in here if r.mode == mode] for mode in ("compat", "fast")}
        gaps = {mode: [r.gap for r in found] for mode, found in by_mode.items()}
        assert budget is not None
        made.add_row(
            str(n),
            preset,
            f"{budget:g}",
            f"{budget / n:g}",
            str(len(gaps["fast"])),
            *(number(fmean(g), interval(g)) for g in gaps.values()),
            *(f"{fmean(r.actions / r.cpu for r in found):,.0f}" for found in by_mode.values()),
        )
    return made


def speed_table(runs: list[Run]) -> Table:
    made = table(
        "Equal seed, equal number of actions, equal tours: actions per CPU second",
        ["n", "heatmap"],
        ["actions", "compat", "fast", "ratio", "gap %"],
    )
    for slow, fast in zip(runs[::2], runs[1::2], strict=True):
        rates = slow.actions / slow.cpu, fast.actions / fast.cpu
        made.add_row(
            str(fast.n),
            fast.preset,
            str(fast.actions),
            *(f"{rate:,.0f}" for rate in rates),
            f"{rates[1] / rates[0]:.1f}",
            number(fast.gap),
        )
    return made


def large_table(runs: list[Run]) -> Table:
    made = table(
        "Large instances, fast engine (100,000 nodes: gap to .7124 sqrt(n A))",
        ["n", "heatmap"],
        ["CPU s", "gap %", "actions", "actions/s"],
    )
    for run in runs:
        made.add_row(
            str(run.n),
            run.preset,
            f"{run.cpu:.0f}",
            number(run.gap),
            f"{run.actions:,}",
            f"{run.actions / run.cpu:,.0f}",
        )
    return made


def main(
    part: Annotated[list[Part] | None, typer.Option(help="Tables to make; all if not given.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder with the supplied instances.")] = None,
    size: Annotated[list[int] | None, typer.Option(help="Nodes: 500, 1000.")] = None,
    instances: Annotated[int, typer.Option(min=1, help="Instances per size.")] = 2,
    seeds: Annotated[int, typer.Option(min=1, help="Runs per instance.")] = 1,
    time_per_node: Annotated[
        list[float] | None, typer.Option("--T", help="CPU seconds per node; published: 0.1 to 0.005.")
    ] = None,
    actions: Annotated[int, typer.Option(min=1, help="Actions of the speed table.")] = 10_000,
    large_seconds: Annotated[list[float] | None, typer.Option(help="CPU seconds on large instances.")] = None,
    json_file: Annotated[Path | None, typer.Option(help="Write all runs there.")] = None,
) -> None:
    console = Console(markup=True)
    folder = data or default_data()
    if not has_data(folder):
        console.print(f"skipped: no data in {folder}")
        return
    parts, sizes = part or list(Part), size or [500, 1000]
    runs: list[Run] = []
    tables: list[Table] = []
    equal = True
    if Part.speed in parts:
        found, equal = speed(console, folder, sizes, actions)
        runs += found
        tables.append(speed_table(found))
    if Part.quality in parts:
        found = quality(console, folder, sizes, instances, time_per_node or [0.02], seeds)
        runs += found
        tables.append(quality_table(found))
    if Part.large in parts:
        found = large(console, folder, large_seconds or [60.0])
        runs += found
        tables.append(large_table(found))
    for made in tables:
        console.print(made)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(
            json.dumps({"machine": machine(), "runs": [asdict(run) for run in runs]}, indent=1)
        )
    if not equal:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
