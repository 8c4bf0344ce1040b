"""The limits of one call: checked once, handed on to the core."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any

from wayseer import _core
from wayseer._common.arrays import integer, number
from wayseer._common.limits import (
    Callback,
    checked_callback,
    checked_count,
    checked_seed,
    checked_time_limit,
    remaining,
)


@dataclass(frozen=True)
class RunOptions:
    """When a solver stops, whom it tells, and what its random numbers and threads are."""

    started: float  # time.perf_counter() when the call was entered
    time_limit: float | None = None
    max_iterations: int | None = None
    target: float | None = None
    seed: int = 0
    threads: int = 1
    callback: Callback | None = None

    @classmethod
    def checked(
        cls,
        *,
        time_limit: Any = None,
        max_iterations: Any = None,
        target: Any = None,
        seed: Any = 0,
        threads: Any = 1,
        callback: Any = None,
    ) -> RunOptions:
        """The options as a user gave them; TypeError or ValueError for wrong ones."""
        return cls(
            time.perf_counter(),
            checked_time_limit(time_limit),
            checked_count(max_iterations, "max_iterations"),
            None if target is None else number(target, "target"),
            checked_seed(seed),
            integer(threads, "threads", 1, 1024),
            checked_callback(callback),
        )

    def remaining(self) -> float | None:
        """Seconds left, never quite none; None without a limit."""
        return remaining(self.time_limit, self.started)

    def part(self, share: float, **changes: Any) -> RunOptions:
        """The same run with a share of the time that is left; other fields as given."""
        left = self.remaining()
        if left is None:
            return replace(self, **changes)
        return replace(self, time_limit=time.perf_counter() - self.started + share * left, **changes)

    def above_zero(self) -> RunOptions:
        """The same run for an objective that is never negative: 0 is a target."""
        return replace(self, target=max(0.0, -math.inf if self.target is None else self.target))

    @property
    def patience(self) -> int:
        """Steps without gain after which a search may end: for good where the user sets another limit."""
        return 2000 if self.time_limit is None and self.max_iterations is None else 2**62

    def core(self) -> _core.clustering.Limits:
        """The limits from now on, for one run of the core."""
        return _core.clustering.Limits(self.remaining(), self.max_iterations, self.target, self.callback)
