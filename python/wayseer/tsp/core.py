"""Between the Python face of the tsp room and its C++ core: problems in, results out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from wayseer import _core
from wayseer._common.arrays import id_array
from wayseer.tsp.problem import TSPInstance
from wayseer.tsp.result import TSPResult


def core_problem(instance: TSPInstance) -> _core.tsp.Problem:
    """The C++ view of an instance; borrows its arrays."""
    if instance.matrix is not None:
        return _core.tsp.Problem.from_matrix(instance.matrix)
    assert instance.points is not None
    return _core.tsp.Problem.from_points(instance.points, instance.metric)


def result_of(found: Mapping[str, Any], instance: TSPInstance, seed: int, started: float) -> TSPResult:
    """A `TSPResult` of what the core returned; times count from ``started``, when the call was entered."""
    seconds = time.perf_counter() - started
    before = max(0.0, seconds - found["seconds"])
    as_length = round if instance.integer else float
    trace = tuple((before + s, as_length(length)) for s, length in found["trace"])
    return TSPResult(
        tour=found["tour"],
        length=found["length"],
        lower_bound=found["lower_bound"],
        status=found["status"],
        trace=trace,
        seed=seed,
        kicks=found["kicks"],
        iterations=found["iterations"],
        seconds=seconds,
        method=found["method"],
    )


def candidate_array(candidates: Any, n: int) -> NDArray[np.int32]:
    """Candidate edges as an (n, K) table padded with -1: from such a table, or from a sparse pattern."""
    if scipy.sparse.issparse(candidates):
        if candidates.shape != (n, n):
            raise ValueError(f"candidates must have shape ({n}, {n}), got {candidates.shape}")
        pattern = scipy.sparse.csr_array(candidates)
        counts = np.diff(pattern.indptr)
        table = np.full((n, int(counts.max(initial=1))), -1, dtype=np.int32)
        rows = np.repeat(np.arange(n), counts)
        table[rows, np.arange(len(rows)) - np.repeat(pattern.indptr[:-1], counts)] = pattern.indices
        return table
    table = id_array(candidates, "candidates", n, padding=True)
    if table.ndim != 2 or len(table) != n:
        raise ValueError(f"candidates must have shape ({n}, K), got {table.shape}")
    return table
