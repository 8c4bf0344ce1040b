"""Runs a list of trials, one at a time, and keeps what they give in a JSON-lines file.

Records are appended as they arrive, so a session that was cut off goes on where it stopped. A record is
valid as long as the method's package has not changed; the last one of a trial counts.
"""

from __future__ import annotations

import json
import os
import platform
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from instances import Case
from methods import METHODS, version
from rich.console import Console
from trial import Outcome, Trial, measure

#: CPU and wall time of a valid run differ by at most this share.
NOISE = 0.02
_TRIAL_FIELDS = tuple(Trial.__dataclass_fields__)


@dataclass(frozen=True)
class Record:
    trial: Trial
    outcome: Outcome
    version: str
    attempts: int = 1

    @property
    def noisy(self) -> bool:
        return self.outcome.status == "ok" and self.outcome.noise > NOISE

    def line(self) -> str:
        fields = asdict(self.trial) | asdict(self.outcome)
        if self.outcome.tour is None:
            del fields["tour"]
        return json.dumps(fields | {"version": self.version, "attempts": self.attempts, "noisy": self.noisy})

    @classmethod
    def parse(cls, fields: dict[str, Any]) -> Record:
        outcome = {name: fields[name] for name in Outcome.__dataclass_fields__ if name in fields}
        trial = Trial(**{name: fields[name] for name in _TRIAL_FIELDS})
        return cls(trial, Outcome(**outcome), fields["version"], fields["attempts"])


@dataclass
class Store:
    """The records of one JSON-lines file; lines of kind "machine" say where and when they were made."""

    path: Path
    records: dict[tuple[object, ...], Record] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> Store:
        store = cls(path)
        if path.exists():
            for number, text in enumerate(path.read_text().splitlines(), 1):
                try:
                    fields = json.loads(text)
                    if fields["kind"] != "machine":
                        store._keep(Record.parse(fields))
                except (ValueError, KeyError, TypeError) as error:
                    raise SystemExit(
                        f"{path}, line {number}: not a record of these benchmarks ({error})"
                    ) from None
        path.parent.mkdir(parents=True, exist_ok=True)
        return store

    def add(self, record: Record) -> None:
        self._keep(record)
        self._append(record.line())

    def note_machine(self) -> None:
        self._append(
            json.dumps({"kind": "machine", "time": datetime.now().isoformat(timespec="seconds"), **machine()})
        )

    def valid(self, kind: str = "run") -> list[Record]:
        """The records of each method's newest version."""
        newest = {record.trial.method: record.version for record in self.records.values()}
        return [
            r for r in self.records.values() if r.trial.kind == kind and r.version == newest[r.trial.method]
        ]

    def find(self, trial: Trial) -> Record | None:
        """The record of a trial, if the method's version is still the one it was made with."""
        record = self.records.get(trial.key)
        current = record is not None and record.version == version(trial.method)
        return record if current and record is not None and record.outcome.status != "error" else None

    def overrun(self, trial: Trial) -> str | None:
        """Why a trial is hopeless: its method could not keep as large a budget on the same instance."""
        for record in self.records.values():
            other = record.trial
            if (
                record.outcome.status == "n/a"
                and (other.instance, other.method, other.prior) == (trial.instance, trial.method, trial.prior)
                and other.budget >= trial.budget
                and record.version == version(trial.method)
            ):
                return record.outcome.reason
        return None

    def _keep(self, record: Record) -> None:
        self.records.pop(record.trial.key, None)  # the newest version is the last one
        self.records[record.trial.key] = record

    def _append(self, line: str) -> None:
        with self.path.open("a") as file:
            file.write(line + "\n")


@dataclass
class Session:
    """Where and how trials are run."""

    data: Path
    store: Store
    cases: dict[str, Case]
    console: Console
    retries: int = 3
    order: int = 1  # seed of the shuffle

    def run(
        self, trials: Iterable[Trial], oracle: Callable[[str], list[int] | None] = lambda name: None
    ) -> bool:
        """Run what the store does not hold yet, in a shuffled order. False if Ctrl-C ended it."""
        waiting = [trial for trial in trials if self.store.find(trial) is None]
        random.Random(self.order).shuffle(waiting)
        if not waiting:
            self.console.print("all runs are there already")
            return True
        self.store.note_machine()
        self.console.print(f"{len(waiting)} runs, {duration(sum(t.budget for t in waiting))} at least")
        started = time.monotonic()
        try:
            for done, trial in enumerate(waiting, 1):
                record = self.measure(trial, oracle(trial.instance))
                left = (time.monotonic() - started) / done * (len(waiting) - done)
                self.console.print(
                    f"[{done}/{len(waiting)}, {duration(left)} left] {describe(record)}",
                    markup=False,
                    highlight=False,
                    soft_wrap=True,
                )
        except KeyboardInterrupt:
            self.console.print(f"interrupted; `--json {self.store.path}` goes on from here", markup=False)
            return False
        return True

    def measure(self, trial: Trial, oracle: list[int] | None = None, keep_tour: bool = False) -> Record:
        """One record: of the attempt during which the machine was quietest."""
        case, method = self.cases[trial.instance], METHODS[trial.method]
        refusal = method.refusal(case.n, symmetric=case.group != "ATSP") or self.store.overrun(trial)
        attempts = 0
        if refusal is not None:
            best = Outcome("n/a", refusal)
        else:
            best = measure(trial, self.data, oracle, keep_tour)
            attempts = 1
            while best.status == "ok" and best.noise > NOISE and attempts <= self.retries:
                again = measure(trial, self.data, oracle, keep_tour)
                attempts += 1
                if again.status != "ok" or again.noise < best.noise:
                    best = again
        if best.status == "ok" and case.kind == "optimum" and best.length < (case.reference or 0):
            best = Outcome("error", f"length {best.length} is below the optimum {case.reference}")
        record = Record(trial, best, version(trial.method) or "", attempts)
        self.store.add(record)
        return record


def describe(record: Record) -> str:
    trial, outcome = record.trial, record.outcome
    prior = "" if trial.prior == "none" else f" with {trial.prior}"
    what = f"{trial.instance}: {trial.method}{prior}, {trial.budget:g} s, seed {trial.seed}: "
    if outcome.status != "ok":
        return what + f"{outcome.status}: {outcome.reason}"
    noisy = f", noisy after {record.attempts} attempts" if record.noisy else ""
    return what + f"{outcome.length} (cpu {outcome.cpu:.2f}, wall {outcome.wall:.2f}{noisy})"


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def machine() -> dict[str, str | int | None]:
    processor = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip()
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        processor = names[0] if names else processor
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def default_file(name: str) -> Path:
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    return Path(__file__).parents[2] / "build" / "benchmarks" / f"tsp-{name}-{stamp}.jsonl"
