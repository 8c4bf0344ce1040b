"""One measured run: what it is, what comes out, and how it gets a process of its own."""

from __future__ import annotations

import json
import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

#: A run that takes more CPU time than this many budgets does not count as a run under that budget.
OVERRUN = 3.0
_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA")


@dataclass(frozen=True)
class Trial:
    instance: str
    method: str
    budget: float  # seconds
    seed: int
    prior: str = "none"
    kind: str = "run"

    @property
    def key(self) -> tuple[object, ...]:
        return tuple(asdict(self).values())


@dataclass(frozen=True)
class Outcome:
    status: str  # "ok", "n/a" or "error"
    reason: str = ""
    length: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    peak_mb: float = 0.0  # memory of the process, Python and the instance included
    tour: list[int] | None = field(default=None, repr=False)

    @property
    def noise(self) -> float:
        """Share of the wall time, beyond 10 ms, in which the processor did something else."""
        return max(0.0, self.wall - self.cpu - 0.01) / max(self.cpu, 1e-9)


class NotApplicableError(Exception):
    """The method cannot run this instance under this budget; the message says why, for the table."""


def measure(trial: Trial, data: Path, oracle: list[int] | None = None, keep_tour: bool = False) -> Outcome:
    """Run a trial in a new process."""
    with tempfile.TemporaryDirectory(prefix="wayseer-bench-") as scratch:
        return _measure(trial, data, oracle, keep_tour, scratch)


def _measure(trial: Trial, data: Path, oracle: list[int] | None, keep_tour: bool, scratch: str) -> Outcome:
    request = {"trial": asdict(trial), "data": str(data), "oracle": oracle, "keep_tour": keep_tour}
    environment = os.environ | {f"{name}_NUM_THREADS": "1" for name in _THREADS} | {"TMPDIR": scratch}
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("worker.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
        start_new_session=True,  # Ctrl-C reaches the benchmark alone, which then ends the whole group
    )
    patience = 900 + 60 * trial.budget
    try:
        answer, messages = process.communicate(json.dumps(request), timeout=patience)
    except subprocess.TimeoutExpired:
        return Outcome("error", f"no answer after {patience:.0f} s")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode == -signal.SIGXCPU:
        return _overrun(OVERRUN * trial.budget)
    if process.returncode != 0:
        last = (messages.strip().splitlines() or [f"exit status {process.returncode}"])[-1]
        return Outcome("error", last[:200])
    outcome = Outcome(**json.loads(answer))
    if outcome.status == "ok" and outcome.cpu > OVERRUN * trial.budget:
        return _overrun(outcome.cpu)
    return outcome


def limit_cpu(seconds: float) -> None:
    """End this process (SIGXCPU) when it has used so many seconds more than now."""
    used = time.process_time()
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used + seconds) + 1, hard))


def cpu_seconds() -> float:
    """CPU time of this process and of those it has waited for."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


def _overrun(seconds: float) -> Outcome:
    return Outcome("n/a", f"takes over {seconds:.3g} s")
