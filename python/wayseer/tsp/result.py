"""What every TSP solver returns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TSPResult:
    """A tour and how it was found.

    Attributes
    ----------
    tour : array (n,), int32
        A permutation of 0..n-1; read-only.
    length : int or float
        Of the closed tour, in the instance's own costs; int where they are integers.
    lower_bound : int, float or None
        No tour is shorter; None if not computed.
    status : str
        "optimal", "target", "time_limit", "max_iterations", "converged" or "interrupted".
    trace : tuple of (float, int or float)
        (seconds, length) of each improvement; the first is the start tour, the last the result.
    seed, kicks, iterations : int
        ``iterations`` counts what ``max_iterations`` limits: kicks, generations or actions, by method.
    seconds : float
        Wall time.
    method : str
        The algorithm that ran.
    """

    tour: NDArray[np.int32]
    length: int | float
    lower_bound: int | float | None = None
    status: str
    trace: tuple[tuple[float, int | float], ...] = ()
    seed: int = 0
    kicks: int = 0
    iterations: int = 0
    seconds: float = 0.0
    method: str

    def __post_init__(self) -> None:
        tour = np.ascontiguousarray(self.tour, dtype=np.int32).view()
        tour.flags.writeable = False
        object.__setattr__(self, "tour", tour)
        object.__setattr__(self, "trace", tuple((float(s), length) for s, length in self.trace))

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.tour)

    @property
    def gap(self) -> float | None:
        """length / lower_bound - 1, at least 0; None without a bound."""
        if self.lower_bound is None:
            return None
        excess = self.length - self.lower_bound
        if excess <= 0:
            return 0.0
        return excess / self.lower_bound if self.lower_bound > 0 else math.inf

    def __repr__(self) -> str:
        gap = "" if self.gap is None else f", gap={self.gap:.3%}"
        return (
            f"TSPResult(n={self.n}, length={self.length}{gap}, status={self.status!r}, "
            f"method={self.method!r}, seconds={self.seconds:.3f}, seed={self.seed})"
        )
