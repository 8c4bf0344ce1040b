"""What every solver takes: limits, a seed, a callback; each checked the same way."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from wayseer._common.arrays import integer, number, shown

Callback = Callable[[float, float], object]


def remaining(time_limit: float | None, started: float) -> float | None:
    """What is left of a time limit that began at ``started``; never quite nothing."""
    if time_limit is None:
        return None
    return max(1e-6, time_limit - (time.perf_counter() - started))


def checked_time_limit(time_limit: Any) -> float | None:
    if time_limit is None or (isinstance(time_limit, float) and time_limit == math.inf):
        return None
    seconds = number(time_limit, "time_limit")
    if seconds <= 0:
        raise ValueError(f"time_limit must be positive, got {seconds}")
    return seconds


def checked_seed(seed: int) -> int:
    return integer(seed, "seed", 0, 2**64 - 1)


def checked_count(value: int | None, name: str, minimum: int = 0) -> int | None:
    return None if value is None else integer(value, name, minimum, 2**63 - 1)


def checked_callback(callback: Callback | None) -> Callback | None:
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be callable, got {type(callback).__name__}")
    return callback


def checked_flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {shown(value)}")
    return bool(value)
