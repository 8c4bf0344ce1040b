"""The process of one trial.

Reads a request as JSON from stdin, loads the instance, lets the method prepare (not charged), solves
(charged), checks the tour with code that is not the solver's, and prints the outcome as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from instances import load
from methods import METHODS
from numpy.typing import NDArray
from trial import OVERRUN, NotApplicableError, Outcome, Trial, cpu_seconds, limit_cpu


def _run(trial: Trial, data: Path, oracle: NDArray[np.int32] | None, keep_tour: bool) -> Outcome:
    instance = load(trial.instance, data)
    try:
        solve = METHODS[trial.method].prepare(instance, trial, oracle)
        limit_cpu(OVERRUN * trial.budget)
        cpu, wall = cpu_seconds(), time.perf_counter()
        found = solve()
        cpu, wall = cpu_seconds() - cpu, time.perf_counter() - wall
    except NotApplicableError as refusal:
        return Outcome("n/a", str(refusal))
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    tour = np.asarray(found, dtype=np.int64)
    if tour.shape != (instance.n,) or not np.array_equal(np.sort(tour), np.arange(instance.n)):
        return Outcome("error", "the answer is not a permutation")
    length = int(instance.distances(tour, np.roll(tour, -1)).sum())
    return Outcome("ok", "", length, cpu, wall, _peak_mb(), tour.tolist() if keep_tour else None)


def _peak_mb() -> float:
    """Peak memory of this process. On Linux not from getrusage, which starts with that of the parent."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _main() -> None:
    request = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # some solvers print
    oracle = request["oracle"]
    outcome = _run(
        Trial(**request["trial"]),
        Path(request["data"]),
        None if oracle is None else np.array(oracle, dtype=np.int32),
        request["keep_tour"],
    )
    with answers:
        json.dump(asdict(outcome), answers)


if __name__ == "__main__":
    _main()
