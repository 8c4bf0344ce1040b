"""The linear and the integer program of edge-coloured clustering, on the reduced problem, by HiGHS."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.optimize
import scipy.sparse
from numpy.typing import NDArray

from wayseer import _core
from wayseer._common.limits import remaining

_ROUND = 1e-9  # values of the linear program closer than this are the same
_GRACE = 0.05  # seconds that HiGHS may be late


@dataclass(frozen=True)
class Relaxed:
    """The optimum of the linear program."""

    value: float
    colors: NDArray[np.float64]  # of slots: 1 - x, the part of the vertex that has the colour
    shares: NDArray[np.float64]  # the dual, parallel to the reduced problem's members


@dataclass(frozen=True)
class Answer:
    """What the integer program found below the cutoff; "optimal": nothing else is better."""

    status: str
    labels: NDArray[np.int32] | None = None
    bound: float | None = None


class EccProgram:
    """A reduced problem in the variables y of its slots (vertex, colour) and z of its hyperedges.

    Maximise ``sum w_e z_e`` with ``z_e <= y_{v, color(e)}`` for v in e and ``sum_c y_{v,c} = 1``; usually
    written with x = 1 - y and 1 - z. A hyperedge of one vertex needs no z. Colours that no hyperedge has at a
    vertex need no y: they are 0 there.
    """

    def __init__(
        self,
        core: _core.clustering.EccHypergraph,
        n_colors: int,
        *,
        persistent: bool = False,
        time_limit: float | None = None,
    ) -> None:
        """``persistent``: also fix what the half-integral relaxation decides, if the time allows."""
        self.reduced = _core.clustering.EccReduced(core, persistent, time_limit)
        self.n: int = self.reduced.n
        self.offsets = self.reduced.offsets
        self.members = self.reduced.members
        self.edge_colors = self.reduced.colors
        self.weights = self.reduced.weights
        self.fixed_cost: float = self.reduced.fixed_cost
        self.m = len(self.edge_colors)
        self.colors_used = len(np.unique(self.edge_colors))
        sizes = np.diff(self.offsets)
        self.rank = int(sizes.max(initial=0))
        # HiGHS has absolute tolerances: weights are scaled to at most 1, except for small integers.
        largest = float(self.weights.max(initial=0))
        whole = bool((self.weights == np.floor(self.weights)).all())
        self.scale = 1.0 if whole and largest <= 1e4 else largest
        self.edge = np.repeat(np.arange(self.m), sizes)
        keys = self.members.astype(np.int64) * max(1, n_colors) + self.edge_colors[self.edge]
        slots, self.slot = np.unique(keys, return_inverse=True)
        self.slot_vertex = slots // max(1, n_colors)
        self.slot_color = slots % max(1, n_colors)
        self.slot_begin = np.searchsorted(self.slot_vertex, np.arange(self.n))
        self.slots = len(slots)
        single = sizes == 1
        self.alone = np.bincount(
            self.slot[single[self.edge]], self.weights[single], minlength=self.slots
        )  # weight of hyperedges of one vertex, by slot
        self.shared = np.flatnonzero(~single)

    @property
    def guarantee(self) -> float:
        """Expected cost of the rounding over that of the linear program."""
        k, r = max(1, self.colors_used), max(1, self.rank)
        return min(2 - 2 / k, 2 - 2 / (r + 1)) if self.m else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the threshold is drawn: wide for graphs and for up to 3 colours."""
        return (0.5, 7 / 8) if self.rank <= 2 or self.colors_used <= 3 else (0.5, 2 / 3)

    def _matrices(self) -> tuple[NDArray[np.float64], scipy.sparse.csr_array, scipy.sparse.csr_array]:
        number = np.full(self.m, -1)
        number[self.shared] = np.arange(len(self.shared))
        inside = np.flatnonzero(number[self.edge] >= 0)
        rows = np.arange(len(inside))
        columns = self.slots + number[self.edge[inside]]
        width = self.slots + len(self.shared)
        below = scipy.sparse.csr_array(
            (
                np.concatenate([np.ones(len(inside)), -np.ones(len(inside))]),
                (np.concatenate([rows, rows]), np.concatenate([columns, self.slot[inside]])),
            ),
            shape=(len(inside), width),
        )
        simplex = scipy.sparse.csr_array(
            (np.ones(self.slots), (self.slot_vertex, np.arange(self.slots))), shape=(self.n, width)
        )
        gain = np.concatenate([self.alone, self.weights[self.shared]]) / self.scale
        return gain, below, simplex

    def relax(self, time_limit: float | None) -> Relaxed | None:
        """The optimum of the linear program; None if HiGHS stopped before."""
        if self.m == 0:
            return Relaxed(self.fixed_cost, np.empty(0), np.empty(0))
        gain, below, simplex = self._matrices()
        options = {} if time_limit is None else {"time_limit": time_limit}
        found = scipy.optimize.linprog(
            -gain,
            A_ub=below,
            b_ub=np.zeros(below.shape[0]),
            A_eq=simplex,
            b_eq=np.ones(self.n),
            bounds=(0, None),
            method="highs",
            options=options,
        )
        if found.status != 0:
            return None
        colors = np.clip(found.x[: self.slots], 0, 1)
        colors = np.round(colors / _ROUND) * _ROUND
        value = self.fixed_cost + float(self.weights.sum()) + self.scale * float(found.fun)
        return Relaxed(value, colors, self._shares(-found.ineqlin.marginals))

    def _shares(self, marginals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Multipliers of the rows as shares: not negative, and exactly the weight of each hyperedge."""
        shares = np.zeros(len(self.members))
        shares[np.diff(self.offsets)[self.edge] > 1] = np.maximum(marginals, 0)
        sums = np.add.reduceat(shares, self.offsets[:-1])
        sizes = np.diff(self.offsets)
        even = sums <= 0
        shares += (even / sizes)[self.edge]
        return shares * (self.weights / np.where(even, 1.0, sums))[self.edge]

    def original_shares(
        self, core: _core.clustering.EccHypergraph, shares: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Shares of the reduced problem as shares of the hypergraph it was made of."""
        return self.reduced.original_shares(core, np.ascontiguousarray(shares))

    def round(
        self, colors: NDArray[np.float64], seed: int, left: Callable[[], float | None]
    ) -> NDArray[np.int32]:
        """The cheapest labels of many thresholds and orders of the colours.

        Colour c wants v if x_{v,c} is below the threshold; v takes the first colour in the order that wants
        it, and its majority if none does. First 10 pairs of threshold and order drawn at random from
        `interval`, which carry the guarantee; then, as long as time is left, the thresholds 1/2 and each
        value of x in [1/2, 7/8] (of more than 100, every so many-th), each with the colours by descending
        weight and 10 random orders.
        """
        if self.m == 0:
            return self.reduced.lift(np.empty(0, np.int32))
        rng = np.random.default_rng(seed)
        x = 1 - colors
        weight = np.bincount(self.edge_colors, self.weights)
        count = len(weight)
        by_weight = np.empty(count, np.int64)
        by_weight[np.argsort(-weight, kind="stable")] = np.arange(count)
        orders = [by_weight] + [rng.permutation(count) for _ in range(10)]
        values = np.unique(x[(x >= 0.5) & (x <= 7 / 8)])
        if values.size:
            values = np.concatenate([values[np.concatenate([[True], np.diff(values) > 2 * _ROUND])], [7 / 8]])
        values = values[:: 1 + len(values) // 100]
        trials = [(rng.uniform(*self.interval), rng.permutation(count)) for _ in range(10)]
        trials += [(rho, order) for rho in (0.5, *values) for order in orders]
        majority = self._majority()
        best, best_cost = majority, self._cost(majority)
        for i, (rho, order) in enumerate(trials):
            seconds = left()
            if i >= 10 and seconds is not None and seconds < 0.01:
                break
            rank = np.where(x < rho, order[self.slot_color], count)
            first = np.minimum.reduceat(rank, self.slot_begin)
            colour = np.concatenate([np.argsort(order), [0]])[first]
            labels = np.where(first < count, colour, majority)
            cost = self._cost(labels)
            if cost < best_cost:
                best, best_cost = labels, cost
        return self.reduced.lift(np.ascontiguousarray(best, dtype=np.int32))

    def _majority(self) -> NDArray[np.int64]:
        sums = np.bincount(self.slot, self.weights[self.edge], minlength=self.slots)
        top = np.maximum.reduceat(sums, self.slot_begin)
        at_top = np.where(sums == top[self.slot_vertex], self.slot_color, np.iinfo(np.int64).max)
        smallest: NDArray[np.int64] = np.minimum.reduceat(at_top, self.slot_begin)
        return smallest

    def _cost(self, labels: NDArray[Any]) -> float:
        wrong = labels[self.members] != self.edge_colors[self.edge]
        return float(self.weights[np.logical_or.reduceat(wrong, self.offsets[:-1])].sum())

    def solve(self, time_limit: float | None, cutoff: float) -> Answer:
        """The integer program: labels that cost at most ``cutoff``, the cheapest."""
        kept = (self.fixed_cost + float(self.weights.sum()) - cutoff) / self.scale
        if self.m == 0:
            return Answer("optimal", self.reduced.lift(np.empty(0, np.int32)), self.fixed_cost)
        gain, below, simplex = self._matrices()
        constraints = [
            scipy.optimize.LinearConstraint(below, -np.inf, 0),
            scipy.optimize.LinearConstraint(simplex, 1, 1),
            scipy.optimize.LinearConstraint(gain[None, :], kept, np.inf),
        ]
        options = {"mip_rel_gap": 0.0} | ({} if time_limit is None else {"time_limit": time_limit})
        binary = np.concatenate([np.ones(self.slots), np.zeros(len(self.shared))])
        found = scipy.optimize.milp(
            -gain,
            constraints=constraints,
            integrality=binary,
            bounds=scipy.optimize.Bounds(0, 1),
            options=options,
        )
        if found.status == 2:  # nothing below the cutoff
            return Answer("optimal")
        labels: NDArray[np.int32] | None = None
        if found.x is not None:
            part = found.x[: self.slots]
            top = np.maximum.reduceat(part, self.slot_begin)
            at_top = np.where(part == top[self.slot_vertex], self.slot_color, np.iinfo(np.int64).max)
            labels = self.reduced.lift(np.minimum.reduceat(at_top, self.slot_begin).astype(np.int32))
        if found.status == 0:
            return Answer("optimal", labels)
        bound = found.get("mip_dual_bound")
        if bound is not None and np.isfinite(bound):
            # Rows of the cutoff hold only below it: whatever costs more is no counter-example.
            bound = min(cutoff, self.fixed_cost + float(self.weights.sum()) + self.scale * float(bound))
            return Answer("time_limit", labels, bound)
        return Answer("time_limit", labels)


class _Abandoned(Exception):
    """Nobody waits for the result any more."""


def in_time(work: Callable[[Callable[[], float | None]], Any], time_limit: float | None) -> tuple[str, Any]:
    """``work(left)`` in a thread of its own, so that Ctrl-C and the time limit end the wait at once: HiGHS
    looks at its time limit now and then and at signals never.

    Returns
    -------
    status : str
        "converged", "time_limit" or "interrupted".
    result : object
        What ``work`` returned, or None. ``left()`` tells it the seconds that are left (None: no limit) and
        ends it, if nobody waits any more.
    """
    started = time.perf_counter()
    abandoned = threading.Event()
    result: list[Any] = []
    error: list[BaseException] = []

    def left() -> float | None:
        if abandoned.is_set():
            raise _Abandoned
        return remaining(time_limit, started)

    def run() -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", scipy.optimize.OptimizeWarning)
                result.append(work(left))
        except BaseException as raised:
            error.append(raised)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.02)
            late = time_limit is not None and time.perf_counter() - started > time_limit + _GRACE
            if late and thread.is_alive():
                return "time_limit", None
    except KeyboardInterrupt:
        return "interrupted", None
    finally:
        abandoned.set()
    if error:
        raise error[0]
    return "converged", result[0]
