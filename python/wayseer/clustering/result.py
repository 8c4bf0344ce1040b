"""What every solver of the clustering room returns."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FEASIBLE = ("converged", "target", "max_iterations")  # of the core: all mean that nothing is proven


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ClusteringResult:
    """A clustering, what it costs, and what is proven about it.

    Attributes
    ----------
    labels : array (n,), int32
        The cluster of each vertex, 0..k-1 in order of first appearance; read-only.
    objective : float
        Recomputed from the labels.
    n_clusters : int
    lower_bound : float or None
        No clustering costs less; None if not computed.
    status : str
        "optimal" (proven), "feasible", "time_limit" or "interrupted".
    seconds : float
        Wall time.
    iterations : int
    trajectory : tuple of (float, float)
        (seconds, objective) of each improvement.
    stats : dict
        Figures of the method; each solver's docstring names them.
    certificate : object or None
        What proves the lower bound, for those who want to check it.
    names : tuple or None
        The nodes of a networkx graph.
    """

    labels: NDArray[np.int32]
    objective: float
    n_clusters: int
    lower_bound: float | None = None
    status: str = "feasible"
    seconds: float = 0.0
    iterations: int = 0
    trajectory: tuple[tuple[float, float], ...] = ()
    stats: dict[str, Any] = field(default_factory=dict)
    certificate: Any = None
    names: tuple[Any, ...] | None = None

    def __post_init__(self) -> None:
        labels = np.ascontiguousarray(self.labels, dtype=np.int32).view()
        labels.flags.writeable = False
        object.__setattr__(self, "labels", labels)

    @property
    def n(self) -> int:
        """Number of vertices."""
        return len(self.labels)

    @property
    def gap(self) -> float | None:
        """(objective - lower_bound) / max(1, |objective|); None without a bound."""
        if self.lower_bound is None:
            return None
        return (self.objective - self.lower_bound) / max(1.0, abs(self.objective))

    def as_dict(self) -> dict[Any, int]:
        """Label by vertex: by node for a networkx graph, else by number."""
        keys = range(self.n) if self.names is None else self.names
        return dict(zip(keys, self.labels.tolist(), strict=True))

    def __repr__(self) -> str:
        bound = "" if self.lower_bound is None else f", lower_bound={self.lower_bound:g}"
        return (
            f"ClusteringResult(n={self.n}, n_clusters={self.n_clusters}, objective={self.objective:.12g}"
            f"{bound}, status={self.status!r}, seconds={self.seconds:.3f})"
        )


def status_of(core_status: str) -> str:
    """The status of a run of the core as a result's."""
    return "feasible" if core_status in _FEASIBLE else core_status


def trajectory_of(found: Mapping[str, Any], started: float) -> tuple[tuple[float, float], ...]:
    """The core's trajectory with times counted from ``started``, when the call was entered."""
    before = max(0.0, time.perf_counter() - started - found["seconds"])
    return tuple((before + seconds, objective) for seconds, objective in found["trajectory"])


def check_objective(recomputed: float, claimed: float, scale: float) -> None:
    """Raise if a solver's own objective differs from the evaluator's by more than rounding."""
    if abs(recomputed - claimed) > 1e-6 * max(1.0, scale, abs(recomputed)):
        raise RuntimeError(f"internal error: the solver reports {claimed}, its labels cost {recomputed}")
