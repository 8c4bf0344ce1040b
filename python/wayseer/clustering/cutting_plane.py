"""Linear programs over clusterings whose rows are found as they are violated, and the search that ends them.

A variable is 1 where a pair of vertices is apart. `PairModel` has a variable for each pair of the complete
model that an optimum may join, `EdgeModel` one for each edge of the sparse signed model. `minimize` solves
either: linear programs with violated rows until none is left, then integer programs on what reduced costs
leave open.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse.csgraph import connected_components

from wayseer import _core
from wayseer._common.limits import Callback, remaining

Floats = NDArray[np.float64]
Labels = NDArray[np.int32]
Rows = tuple[scipy.sparse.csr_array, Floats]  # A x <= b

_ROWS = 20000  # added in one round at most
_TRIANGLES_PER_PAIR = 5
_STARS = 6000
_TOLERANCE = 1e-6
_STAR_TOLERANCE = 1e-3
_SLACK = 1e-2  # rows with more are dropped when the bound has risen
_MOVES_LIMIT = 1000  # vertices
_FIRST_SLICE = 20.0  # seconds of an integer program; doubled when they were not enough
_STALL_ROUNDS, _STALL_GAIN = 8, 1e-4


class Stopped(Exception):
    """The time limit, an interrupt or the callback ended the work; the argument is the status."""


@dataclass
class Clock:
    """The limits of one call. Solvers run in threads of their own, so that Ctrl-C is answered at once; the
    thread ends with the program it is solving, which is why integer programs get slices of time."""

    time_limit: float | None = None
    callback: Callback | None = None
    started: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started

    @property
    def left(self) -> float | None:
        return remaining(self.time_limit, self.started)

    def check(self) -> None:
        if self.time_limit is not None and self.seconds >= self.time_limit:
            raise Stopped("time_limit")

    def report(self, objective: float) -> None:
        if self.callback is not None and self.callback(self.seconds, objective) is False:
            raise Stopped("interrupted")

    def run(self, solve: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What ``solve`` returns; Stopped if the time runs out before, or at Ctrl-C."""
        outcome: list[Any] = []

        def work() -> None:
            try:
                outcome.append((solve(*args, **kwargs), None))
            except BaseException as error:
                outcome.append((None, error))

        thread = threading.Thread(target=work)  # a daemon would be torn down inside the solver
        try:
            thread.start()
            while thread.is_alive():
                thread.join(0.02 if self.left is None else min(0.02, max(self.left, 1e-4)))
                if thread.is_alive():
                    self.check()
        except KeyboardInterrupt:
            raise Stopped("interrupted") from None
        result, error = outcome[0]
        if error is not None:
            raise error
        return result


class Model(Protocol):
    """What `minimize` needs to know: minimise ``cost @ x + constant``."""

    cost: Floats
    constant: float

    def separate(self, x: Floats, *, stars: bool, clock: Clock) -> Rows: ...
    def labels(self, x: Floats) -> Labels: ...
    def value(self, labels: Labels) -> float: ...
    def improve(self, labels: Labels) -> Labels: ...


def local_moves(gain: Floats, labels: Labels, clock: Clock) -> Labels:
    """Single moves of vertices, the best first, until none helps; ``gain`` is what a pair together is worth.

    O(n k) for each move.
    """
    n = len(gain)
    labels = labels.copy()
    member = np.zeros((n, n))
    member[np.arange(n), labels] = 1.0
    worth = gain @ member
    sizes = np.bincount(labels, minlength=n)
    while n:
        clock.check()
        better = worth - worth[np.arange(n), labels][:, None]
        flat = int(better.argmax())
        v, target = divmod(flat, n)
        if better[v, target] <= 1e-9 * max(1.0, float(np.abs(gain).max())):
            break
        worth[:, labels[v]] -= gain[:, v]
        worth[:, target] += gain[:, v]
        sizes[labels[v]] -= 1
        sizes[target] += 1
        labels[v] = target
    return np.asarray(_core.clustering.renumber(labels)[0])


class PairModel:
    """The complete model: ``gain[u, v]`` (symmetric, zero diagonal) is lost if u, v are apart and positive,
    or paid (as its absolute value) if they are together and it is negative. Pairs outside ``open_pairs`` are
    apart."""

    def __init__(self, gain: Floats, open_pairs: NDArray[np.bool_], clock: Clock) -> None:
        self.gain, self.clock = gain, clock
        self.n = len(gain)
        self.u, self.v = np.nonzero(np.triu(open_pairs, 1))
        self.index = np.full((self.n, self.n), -1, np.int64)
        self.index[self.u, self.v] = self.index[self.v, self.u] = np.arange(len(self.u))
        self.cost = gain[self.u, self.v]
        self.constant = float(-self.cost[self.cost < 0].sum())
        closed = np.triu(~open_pairs, 1)
        self.constant += float(gain[closed][gain[closed] > 0].sum())

    def matrix(self, x: Floats) -> Floats:
        full = np.ones((self.n, self.n))
        np.fill_diagonal(full, 0.0)
        full[self.u, self.v] = full[self.v, self.u] = np.clip(x, 0.0, 1.0)
        return full

    def separate(self, x: Floats, *, stars: bool, clock: Clock) -> Rows:
        full = self.matrix(x)
        _, items, _ = _core.clustering.violated_triangles(
            full, tolerance=_TOLERANCE, per_pair=_TRIANGLES_PER_PAIR, limit=_ROWS, time_limit=clock.left
        )
        triangles = items.reshape(-1, 3).astype(np.int64)
        count = len(triangles)
        row = [np.repeat(np.arange(count), 3)]
        one = [triangles[:, [0, 0, 2]].ravel()]
        other = [triangles[:, [1, 2, 1]].ravel()]
        coefficient = [np.tile([1.0, -1.0, -1.0], count)]
        bounds = [np.zeros(count)]
        if stars and count < len(x):
            offsets, items, _ = _core.clustering.violated_stars(
                full, tolerance=_STAR_TOLERANCE, limit=_STARS, time_limit=clock.left
            )
            for i in range(len(offsets) - 1):
                centre, *leaves = items[offsets[i] : offsets[i + 1]].tolist()
                k = len(leaves)
                first, second = np.triu_indices(k, 1)
                leaf = np.array(leaves)
                row.append(np.full(k + len(first), count + i))
                one.append(np.concatenate([np.full(k, centre), leaf[first]]))
                other.append(np.concatenate([leaf, leaf[second]]))
                coefficient.append(np.concatenate([-np.ones(k), np.ones(len(first))]))
                bounds.append(np.array([1 - k + k * (k - 1) / 2]))
        rows, values = np.concatenate(row), np.concatenate(coefficient)
        column = self.index[np.concatenate(one), np.concatenate(other)]
        right = np.concatenate(bounds)
        fixed = column < 0  # x = 1
        np.subtract.at(right, rows[fixed], values[fixed])
        keep = ~fixed
        return (
            scipy.sparse.csr_array((values[keep], (rows[keep], column[keep])), shape=(len(right), len(x))),
            right,
        )

    def labels(self, x: Floats) -> Labels:
        near = x < 0.5
        joined = scipy.sparse.coo_array(
            (np.ones(int(near.sum())), (self.u[near], self.v[near])), shape=(self.n, self.n)
        )
        return np.asarray(connected_components(joined, directed=False)[1], dtype=np.int32)

    def value(self, labels: Labels) -> float:
        together = labels[:, None] == labels[None, :]
        positive = float(np.where(together, 0.0, np.maximum(self.gain, 0.0)).sum())
        negative = float(np.where(together, np.maximum(-self.gain, 0.0), 0.0).sum())
        return (positive + negative) / 2

    def improve(self, labels: Labels) -> Labels:
        return labels if self.n > _MOVES_LIMIT else local_moves(self.gain, labels, self.clock)


class EdgeModel:
    """The sparse signed model on the edges of a graph with weights; minimises the weight of cut edges."""

    def __init__(self, graph: Any, clock: Clock) -> None:
        self.graph, self.clock = graph, clock
        self.u, self.v, weights = graph.edges()
        self.cost = np.ones(len(self.u)) if weights is None else weights.astype(np.float64)
        self.constant = 0.0

    def separate(self, x: Floats, *, stars: bool, clock: Clock) -> Rows:
        offsets, items, _ = _core.clustering.violated_cycles(
            self.graph.core,
            np.ascontiguousarray(x),
            tolerance=_TOLERANCE,
            limit=_ROWS,
            time_limit=clock.left,
        )
        values = -np.ones(len(items))
        values[offsets[:-1]] = 1.0
        matrix = scipy.sparse.csr_array((values, items, offsets), shape=(len(offsets) - 1, len(x)))
        return matrix, np.zeros(len(offsets) - 1)

    def labels(self, x: Floats) -> Labels:
        near = x < 0.5
        joined = scipy.sparse.coo_array(
            (np.ones(int(near.sum())), (self.u[near], self.v[near])), shape=(self.graph.n, self.graph.n)
        )
        return np.asarray(connected_components(joined, directed=False)[1], dtype=np.int32)

    def value(self, labels: Labels) -> float:
        return float(self.cost[labels[self.u] != labels[self.v]].sum())

    def improve(self, labels: Labels) -> Labels:
        if self.graph.n > _MOVES_LIMIT:
            return labels
        gain = np.zeros((self.graph.n, self.graph.n))
        gain[self.u, self.v] = gain[self.v, self.u] = self.cost
        return local_moves(gain, labels, self.clock)


@dataclass
class Search:
    """What `minimize` has found; readable at any time, also after Stopped."""

    labels: Labels
    value: float
    bound: float = -math.inf
    rounds: int = 0
    mips: int = 0
    lp_value: float = -math.inf
    fixed: int = 0
    trajectory: list[tuple[float, float]] = field(default_factory=list)


def minimize(model: Model, search: Search, clock: Clock, *, stars: bool = True) -> None:
    """Improve ``search`` until its labels are proven optimal; may raise Stopped."""
    integral = bool((model.cost == np.round(model.cost)).all()) and float(model.constant).is_integer()
    # Only solutions better by this much are looked for.
    step = 1.0 if integral else 1e-7 * max(1.0, float(np.abs(model.cost).max(initial=0.0)))
    solution = solve_relaxation(model, search, clock, stars=stars, step=step)
    if solution is None:
        return
    rows, result = solution
    below = np.asarray(result.lower.marginals)
    above = -np.asarray(result.upper.marginals)
    room = search.value - step + 1e-6 * min(1.0, step) - (result.fun + model.constant)
    low, high = (above > room).astype(np.float64), 1.0 - (below > room).astype(np.float64)
    if (low > high).any():
        search.bound = search.value
        return
    search.fixed = int((low == high).sum())
    slice_seconds = _FIRST_SLICE
    while True:
        clock.check()
        search.mips += 1
        slice_ends = clock.left is None or clock.left > slice_seconds
        mip = clock.run(
            milp,
            model.cost,
            integrality=np.ones(len(model.cost)),
            bounds=Bounds(low, high),
            constraints=[LinearConstraint(rows[0], ub=rows[1])] if len(rows[1]) else [],
            options={"time_limit": slice_seconds if slice_ends else clock.left, "mip_rel_gap": 0.0},
        )
        if mip.mip_dual_bound is not None:
            # What was fixed is no better than search.value - step.
            _raise_bound(search, min(mip.mip_dual_bound + model.constant, search.value), step)
        if mip.status == 2:  # nothing better is left
            search.bound = search.value
            return
        if mip.x is not None:
            _offer(model, search, clock, model.labels(mip.x))
        if search.bound >= search.value - step * (1 - 1e-6):
            search.bound = search.value
            return
        if mip.status == 1:
            if not slice_ends:
                raise Stopped("time_limit")
            slice_seconds *= 2
        elif mip.status != 0:
            raise RuntimeError(f"internal error: the integer program ended with {mip.message!r}")
        if mip.x is None:
            continue
        more = model.separate(np.round(mip.x), stars=False, clock=clock)
        if not len(more[1]):
            if mip.status == 1:
                continue
            search.bound = search.value  # x is a clustering, the best of those that reduced costs allow
            return
        rows = (scipy.sparse.vstack([rows[0], more[0]], format="csr"), np.concatenate([rows[1], more[1]]))


def solve_relaxation(
    model: Model,
    search: Search,
    clock: Clock,
    *,
    stars: bool,
    step: float,
    extra: Rows | None = None,
    prune: bool = True,
) -> tuple[Rows, Any] | None:
    """Rounds of linear program and violated rows; None once the bound meets the value (with ``prune``)."""
    count = len(model.cost)
    rows: Rows = (scipy.sparse.csr_array((0, count)), np.empty(0))
    permanent = 0
    if extra is not None:
        rows, permanent = extra, len(extra[1])
    history: list[float] = []
    x = np.where(model.cost > 0, 0.0, 1.0)
    result: Any = None
    while True:
        if result is not None or extra is None:
            more = model.separate(x, stars=stars, clock=clock)
            clock.check()
            if not len(more[1]) and result is not None:
                return rows, result
            rows = (scipy.sparse.vstack([rows[0], more[0]], format="csr"), np.concatenate([rows[1], more[1]]))
        options = {} if clock.left is None else {"time_limit": clock.left}
        search.rounds += 1
        result = clock.run(
            linprog,
            model.cost,
            A_ub=rows[0] if len(rows[1]) else None,
            b_ub=rows[1] if len(rows[1]) else None,
            bounds=(0.0, 1.0) if extra is None else [(0.0, 1.0)] * (count - 1) + [(0.0, None)],
            method="highs-ipm" if count > 400 else "highs-ds",
            options=options,
        )
        if result.status == 1:
            raise Stopped("time_limit")
        if result.status != 0:
            raise RuntimeError(f"internal error: the linear program ended with {result.message!r}")
        x = result.x
        value = result.fun + model.constant
        search.lp_value = max(search.lp_value, value)
        _raise_bound(search, value, step)
        if prune:
            _offer(model, search, clock, model.labels(x))
            if search.bound >= search.value - step * (1 - 1e-6):
                search.bound = search.value
                return None
        if history and value > max(history) + 1e-9:
            keep = np.asarray(result.ineqlin.residual) < _SLACK
            keep[:permanent] = True
            rows = (rows[0][keep], rows[1][keep])
        history.append(value)
        # Stars that gain next to nothing are left to the integer program.
        if len(history) > _STALL_ROUNDS and prune:
            stars = stars and value - history[-_STALL_ROUNDS] > _STALL_GAIN * max(1.0, abs(value))


def _raise_bound(search: Search, value: float, step: float) -> None:
    bound = math.ceil(value - 1e-5) if step == 1.0 else value - 1e-7 * max(1.0, abs(value))
    search.bound = max(search.bound, min(bound, search.value))


def _offer(model: Model, search: Search, clock: Clock, labels: Labels) -> None:
    for candidate in (labels, model.improve(labels)):
        value = model.value(candidate)
        if value < search.value - 1e-9 * max(1.0, abs(value)):
            search.labels, search.value = candidate, value
            search.trajectory.append((clock.seconds, value))
            clock.report(value)
