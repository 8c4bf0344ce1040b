"""The instances of the tsp benchmarks: those of a data folder, and generated ones that need none."""

from __future__ import annotations

import functools
import gzip
import json
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wayseer.tsp import TSPInstance, read_tsplib

SIDE = 10**6
#: The optimal tour of uniform points in a square of area A is about .7124 sqrt(n A) long (D. S. Johnson,
#: L. A. McGeoch, E. E. Rothberg, 1996).
CONSTANT = 0.7124

#: size -> number of generated instances. 500 and 1000 stand in for the supplied sets when there is no data.
GENERATED = {500: 16, 1000: 8, 2392: 4, 10_000: 4, 100_000: 2, 200_000: 1, 1_000_000: 1}
SMALL = (13, 20, 50, 100, 150, 200)
SMALL_EACH = 4
GROUPS = ("small", "500", "1000", "2392", "10k", "100k", "200k", "1M", "TSPLIB", "ATSP")

_LABELS = {10_000: "10k", 100_000: "100k", 200_000: "200k", 1_000_000: "1M"}
_SUPPLIED = {"500": "uniform500", "1000": "uniform1000", "10k": "uniform10000_0"}
_GENERATED_NAME = re.compile(r"random(\d+)_(\d+)")


@dataclass(frozen=True)
class Case:
    """One instance, known before it is loaded."""

    name: str
    n: int
    group: str
    reference: int | None  # length that gaps are measured from; None: the best tour of the run
    kind: str  # "optimum" (nothing is shorter), "best" (the run may improve on it) or "constant"


def default_data() -> Path:
    """$WAYSEER_DATA, else ../shared/data beside the repository."""
    return Path(os.environ.get("WAYSEER_DATA", Path(__file__).parents[3] / "shared" / "data"))


def has_data(data: Path) -> bool:
    return (data / "tsp").is_dir()


@functools.cache
def catalogue(data: Path) -> dict[str, Case]:
    """All instances by name, in the order of the groups."""
    cases = _supplied(data) + _tsplib(data) if has_data(data) else []
    covered = {case.group for case in cases} & {"500", "1000"}
    for n, count in GENERATED.items():
        if label(n) not in covered:
            kind, reference = ("constant", uniform_constant(n)) if n >= 100_000 else ("best", None)
            cases += [Case(f"random{n}_{k}", n, label(n), reference, kind) for k in range(count)]
    cases += [Case(f"random{n}_{k}", n, "small", None, "best") for n in SMALL for k in range(SMALL_EACH)]
    cases.sort(key=lambda case: (GROUPS.index(case.group), case.name.startswith("random")))
    return {case.name: case for case in cases}


def load(name: str, data: Path) -> TSPInstance:
    """The instance of a catalogue's name."""
    if generated := _GENERATED_NAME.fullmatch(name):
        n, k = (int(part) for part in generated.groups())
        points = np.random.default_rng([n, k]).integers(0, SIDE, size=(n, 2), endpoint=True)
        return TSPInstance.from_points(points, "EUC_2D", name=name)
    for suffix in (".tsp.gz", ".atsp.gz"):
        path = data / "tsp" / "tsplib" / (name + suffix)
        if path.exists():
            return read_tsplib(path)
    n = int(name.removeprefix("tsp").split("_")[0])
    record = next(r for r in _records(data, label(n)) if r["name"] == name)
    points = np.rint(np.array(record["coords"]) * SIDE)
    return TSPInstance.from_points(points, "EUC_2D", name=name)


def optimal_tour_file(name: str, data: Path) -> Path | None:
    path = data / "tsp" / "tsplib" / f"{name}.opt.tour"
    return path if path.exists() else None


def label(n: int) -> str:
    return _LABELS.get(n, str(n))


def uniform_constant(n: int) -> int:
    return round(CONSTANT * math.sqrt(n) * SIDE)


@functools.cache
def _records(data: Path, group: str) -> list[dict[str, Any]]:
    with gzip.open(data / "tsp" / f"{_SUPPLIED[group]}.json.gz", "rt") as file:
        records = json.load(file)
    return [records] if isinstance(records, dict) else list(records)


def _supplied(data: Path) -> list[Case]:
    return [
        Case(record["name"], len(record["coords"]), group, int(record["best_scaled_1e6"]), "best")
        for group, name in _SUPPLIED.items()
        if (data / "tsp" / f"{name}.json.gz").exists()
        for record in _records(data, group)
    ]


def _tsplib(data: Path) -> list[Case]:
    folder = data / "tsp" / "tsplib"
    if not (folder / "optima.json").exists():
        return []
    cases = []
    for name, optimum in json.loads((folder / "optima.json").read_text()).items():
        asymmetric = (folder / f"{name}.atsp.gz").exists()
        if not asymmetric and not (folder / f"{name}.tsp.gz").exists():
            continue
        n = load(name, data).n
        if asymmetric:
            group = "ATSP"
        elif n <= 200:
            group = "small"
        else:
            group = "2392" if n == 2392 else "TSPLIB"
        cases.append(Case(name, n, group, int(optimum), "optimum"))
    return sorted(cases, key=lambda case: case.n)
