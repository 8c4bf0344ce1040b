"""Edge-coloured clustering: a colour for each vertex, so that few hyperedges have one of another colour."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer import _core
from wayseer._common.arrays import (
    INT32_MAX,
    check_finite,
    choice,
    dense_array,
    exact_float64,
    integer,
    number,
    real_array,
    shown,
)
from wayseer._common.limits import (
    Callback,
    checked_callback,
    checked_count,
    checked_time_limit,
    remaining,
)
from wayseer.clustering.ecc_program import Answer, EccProgram, Relaxed, in_time
from wayseer.clustering.hypergraph import EdgeColoredHypergraph
from wayseer.clustering.result import ClusteringResult, check_objective, status_of, trajectory_of
from wayseer.clustering.run import RunOptions

METHODS = ("auto", "majority", "match", "pitt", "hybrid", "lp", "local_search", "exact")
EXACT_LIMIT = 400


@dataclass(frozen=True, eq=False)
class EccCertificate:
    """A lower bound that one pass over the hypergraph proves.

    A split of each hyperedge's weight over its vertices. A hyperedge without a mistake has all its shares at
    vertices of its colour, so no labels keep more than the sum over vertices of the largest sum of shares of
    one colour.

    Attributes
    ----------
    lambdas : array (sum of sizes,), float64
        The shares, parallel to ``members`` of the hypergraph; read-only.
    bound : float
        No labels cost less. Not rounded.
    """

    lambdas: NDArray[np.float64]
    bound: float

    def verify(self, h: EdgeColoredHypergraph, *, weights: ArrayLike | None = None) -> bool:
        """Whether the shares prove the bound for ``h``; O(sum of sizes).

        Raises
        ------
        ValueError, TypeError
            The number of shares is not that of the hypergraph's members.
        """
        masses = _masses(_hypergraph(h), weights)
        shares = np.ascontiguousarray(self.lambdas, dtype=np.float64)
        if shares.shape != h.members.shape:
            raise ValueError(
                f"lambdas has shape {shares.shape}, members of the hypergraph has {h.members.shape}"
            )
        if h.m == 0:
            return self.bound <= 0
        w = np.ones(h.m) if masses is None else masses
        sums = np.add.reduceat(shares, h.offsets[:-1])
        if not np.isfinite(shares).all() or shares.min() < 0 or (sums < w * (1 - 1e-9)).any():
            return False
        proven = _core.clustering.ecc_share_bound(_core_of(h, masses), shares)
        return bool(self.bound <= proven + 1e-9 * float(w.sum()))


def edge_colored_cluster(
    h: EdgeColoredHypergraph,
    method: str = "auto",
    *,
    best_of: int = 1,
    weights: ArrayLike | None = None,
    time_limit: float | None = None,
    max_iterations: int | None = None,
    target: float | None = None,
    seed: int = 0,
    callback: Callback | None = None,
) -> ClusteringResult:
    """Give each vertex a colour; a hyperedge is a mistake unless all its vertices have its colour.

    Parameters
    ----------
    h : EdgeColoredHypergraph
    method : str
        "majority": each vertex takes the colour of the largest incident weight; at most r times the optimum
        for hyperedges of up to r vertices. "match" (at most twice the optimum, with a lower bound), "pitt"
        (twice in expectation): vertex covers of the conflicts between hyperedges in linear time; vertices
        they leave open take the majority. "hybrid": match, the open vertices take the majority of the
        hyperedges that are not mistakes yet. "lp": rounding of the canonical linear program, at most
        min(2 - 2/k, 2 - 2/(r+1)) times the optimum in expectation. "local_search": recolouring and flips
        of whole hyperedges with restarts from the dual. "exact": minimum cut for two colours, else an
        integer program after all reductions. "auto": minimum cut for two colours, else local search and
        dual bound in turns.
    best_of : int
        Runs of "match", "pitt" and "hybrid", of which the cheapest is returned; the other methods ignore it.
    weights : array (M,) of numbers, optional
        Instead of ``h.weights``.
    time_limit : float, optional
        Wall seconds. "auto" and "local_search" use it up unless the optimum is proven. Without it (and
        without ``max_iterations``) they end after 2000 steps of the dual and 200 perturbations in a row
        without gain.
    max_iterations : int, optional
        Perturbations ("auto", "local_search") or runs ("match", "pitt", "hybrid").
    target : float, optional
        Stop as soon as the weight of mistakes is <= target.
    seed : int
        Same seed, same result, bit for bit, unless a time limit ends the run.
    callback : callable (seconds, objective) -> object, optional
        Called at most 10 times a second by the iterative methods. Returning False stops the run (status
        "interrupted"), an exception stops it and propagates.

    Returns
    -------
    ClusteringResult
        Status "optimal" if the bound meets the objective. ``labels`` are colours 0..n_colors-1, not
        renumbered (``h.color_ids`` names them); ``n_clusters`` is the number of colours used; ``objective``
        the weight of mistakes. Ties go to the smallest colour,
        a vertex in no hyperedge gets colour 0. ``certificate`` is an `EccCertificate` where the dual gave
        the bound. ``stats``: "satisfaction" (share of the weight without mistakes), "satisfied" (that weight,
        the value of MaxECC), and by method "dual_steps", "core_vertices" and "core_edges" (after reduction),
        "mean" over the runs, "unvoted" (what the labels cost with the open vertices uncoloured, as published
        figures count) and "mean_unvoted", "lp_value", "guarantee".

    Raises
    ------
    ValueError, TypeError
        Wrong input; "exact" without a time limit if more than 400 vertices and two colours are left after
        the reductions.

    Notes
    -----
    Linear time for majority and the covers; O(sum of sizes) for a step of the dual. Sources: I. Amburg,
    N. Veldt, A. Benson, "Clustering in graphs and hypergraphs with categorical edge labels" (2020);
    N. Veldt, "Optimal LP rounding and linear-time approximation algorithms for clustering edge-colored
    hypergraphs" (2023).

    Examples
    --------
    >>> import wayseer.clustering as wc
    >>> h = wc.EdgeColoredHypergraph.from_lists([[0, 1], [1, 2], [0, 2], [2, 3]], [0, 0, 0, 1])
    >>> result = wc.edge_colored_cluster(h)
    >>> result.labels, result.objective, result.status
    (array([0, 0, 0, 1], dtype=int32), 1.0, 'optimal')
    """
    run = RunOptions.checked(
        time_limit=time_limit,
        max_iterations=max_iterations,
        target=target,
        seed=seed,
        callback=callback,
    )
    h = _hypergraph(h)
    choice(method, "method", METHODS)
    draws = integer(best_of, "best_of", 1, 2**31)
    masses = _masses(h, weights)
    core = _core_of(h, masses)
    call = _Call(h, core, masses, run.started, run.time_limit)

    if method == "majority":
        labels = _core.clustering.ecc_majority(core)
        return call.result({"labels": labels, "objective": _core.clustering.ecc_mistakes(core, labels)})
    if method in ("match", "pitt", "hybrid"):
        found = _core.clustering.ecc_cover(
            core, method, draws, run.seed, run.remaining(), run.max_iterations, run.target, run.callback
        )
        stats = {
            "mean": found["mean"],
            "unvoted": found["unvoted_cost"],
            "mean_unvoted": found["mean_unvoted"],
        }
        return call.result(found, None if method == "pitt" else found["bound"], stats)
    if method in ("auto", "local_search"):
        flow = method == "auto"
        found = _core.clustering.ecc_solve(
            core, run.seed, flow, run.remaining(), run.max_iterations, run.target, run.callback
        )
        return call.searched(found)

    if method == "lp":
        return call.rounded(run.seed)
    if run.time_limit is None:
        reduced = EccProgram(core, h.n_colors)
        if reduced.n > EXACT_LIMIT and reduced.colors_used > 2:
            raise ValueError(
                f"time_limit is missing: after reduction {reduced.n} vertices are left, "
                f"method 'exact' runs without one up to {EXACT_LIMIT}"
            )
    first = run.part(1 / 3)
    found = _core.clustering.ecc_solve(
        core, run.seed, True, first.remaining(), run.max_iterations, run.target, run.callback
    )
    heuristic = call.searched(found)
    reached = run.target is not None and heuristic.objective <= run.target
    if heuristic.status in ("optimal", "interrupted") or reached:
        return heuristic
    return call.proven(heuristic)


def ecc_dual_bound(
    h: EdgeColoredHypergraph,
    *,
    weights: ArrayLike | None = None,
    time_limit: float | None = None,
    max_iterations: int | None = None,
    target: float | None = None,
    callback: Callback | None = None,
) -> EccCertificate:
    """A lower bound on the weight of mistakes, with its proof, without an LP solver.

    Parameters
    ----------
    h : EdgeColoredHypergraph
    weights : array (M,) of numbers, optional
        Instead of ``h.weights``.
    time_limit : float, optional
        Wall seconds.
    max_iterations : int, optional
        Steps; default 2000, or as many as the time limit allows.
    target : float, optional
        Stop as soon as the bound, rounded up if all weights are integers, is >= target.
    callback : callable (seconds, bound) -> object, optional

    Returns
    -------
    EccCertificate

    Notes
    -----
    The largest bound of this form is the optimum of the canonical linear program. Mirror descent on the
    smoothed maxima, O(sum of sizes) a step, after an exact reduction. It also ends when colours that cost no
    more than the bound are found (relative difference 1e-8).
    """
    started = time.perf_counter()
    h = _hypergraph(h)
    masses = _masses(h, weights)
    limit = checked_time_limit(time_limit)
    steps = checked_count(max_iterations, "max_iterations")
    if steps is None:
        steps = 2000 if limit is None else 2**62
    enough = math.inf if target is None else number(target, "target")
    checked_callback(callback)
    core = _core_of(h, masses)
    found = _core.clustering.ecc_bound(core, steps, enough, remaining(limit, started), callback)
    return _certificate(found["shares"], found["bound"])


class _Call:
    """What all methods need to shape a result."""

    def __init__(
        self,
        h: EdgeColoredHypergraph,
        core: _core.clustering.EccHypergraph,
        masses: NDArray[np.float64] | None,
        started: float,
        limit: float | None,
    ) -> None:
        self.h = h
        self.core = core
        self.started = started
        self.limit = limit
        self.total = float(h.m) if masses is None else float(masses.sum())
        whole = masses is None or bool((masses == np.floor(masses)).all())
        self.integral = whole and self.total < 2.0**52  # sums are exact

    def result(
        self,
        found: dict[str, Any],
        bound: float | None = None,
        stats: dict[str, Any] | None = None,
        certificate: EccCertificate | None = None,
    ) -> ClusteringResult:
        labels = found["labels"]
        objective = _core.clustering.ecc_mistakes(self.core, labels)
        check_objective(objective, found["objective"], self.total)
        status = status_of(found.get("status", "converged"))
        if bound is not None:
            bound = min(bound, objective)
            if objective - bound <= 1e-9 * objective:
                bound, status = objective, "optimal"
        seconds = time.perf_counter() - self.started
        points = trajectory_of(found, self.started) if "trajectory" in found else ((seconds, objective),)
        satisfied = self.total - objective
        return ClusteringResult(
            labels=labels,
            objective=objective,
            n_clusters=len(np.unique(labels)),
            lower_bound=bound,
            status=status,
            seconds=seconds,
            iterations=found.get("iterations", 0),
            trajectory=points,
            stats={
                "satisfaction": satisfied / self.total if self.total else 1.0,
                "satisfied": satisfied,
                **(stats or {}),
            },
            certificate=certificate,
        )

    def certificate(self, shares: NDArray[np.float64]) -> EccCertificate:
        return _certificate(shares, _core.clustering.ecc_share_bound(self.core, shares))

    def searched(self, found: dict[str, Any]) -> ClusteringResult:
        stats = {name: found[name] for name in ("dual_steps", "core_vertices", "core_edges")}
        certificate = None
        if found["shares"] is not None:
            certificate = self.certificate(found["shares"])
        return self.result(found, found["bound"], stats, certificate)

    def rounded(self, seed: int) -> ClusteringResult:
        """The linear program and its best rounding; the majority if time was up before."""

        def work(left: Callable[[], float | None]) -> tuple[EccProgram, Relaxed, NDArray[np.int32]] | None:
            program = EccProgram(self.core, self.h.n_colors)
            relaxed = program.relax(left())
            return None if relaxed is None else (program, relaxed, program.round(relaxed.colors, seed, left))

        status, done = in_time(work, remaining(self.limit, self.started))
        if done is None:
            labels = _core.clustering.ecc_majority(self.core)
            objective = _core.clustering.ecc_mistakes(self.core, labels)
            status = "interrupted" if status == "interrupted" else "time_limit"
            return self.result({"labels": labels, "objective": objective, "status": status})
        program, relaxed, labels = done
        certificate = self.certificate(program.original_shares(self.core, relaxed.shares))
        stats = {
            "core_vertices": program.n,
            "core_edges": program.m,
            "lp_value": relaxed.value,
            "guarantee": program.guarantee,
        }
        bound = math.ceil(certificate.bound - 1e-6) if self.integral else certificate.bound
        found = {"labels": labels, "objective": _core.clustering.ecc_mistakes(self.core, labels)}
        return self.result(found, bound, stats, certificate)

    def proven(self, heuristic: ClusteringResult) -> ClusteringResult:
        """The integer program, which looks for something better than the heuristic."""
        assert heuristic.lower_bound is not None
        step = 1.0 if self.integral else 1e-9 * self.total

        def work(left: Callable[[], float | None]) -> Answer:
            program = EccProgram(self.core, self.h.n_colors, persistent=True, time_limit=left())
            return program.solve(left(), heuristic.objective - step)

        status, answer = in_time(work, remaining(self.limit, self.started))
        if answer is None:
            answer = Answer(status)
        labels, bound = heuristic.labels, heuristic.lower_bound
        if answer.labels is not None:
            better = _core.clustering.ecc_mistakes(self.core, answer.labels)
            if better < heuristic.objective:
                labels = answer.labels
        objective = _core.clustering.ecc_mistakes(self.core, labels)
        if answer.bound is not None:
            found_bound = math.ceil(answer.bound - 1e-6) if self.integral else answer.bound
            bound = max(bound, min(found_bound, objective))
        found = {
            "labels": np.ascontiguousarray(labels),
            "objective": objective,
            "status": answer.status,
            "iterations": heuristic.iterations,
        }
        if answer.status == "optimal":
            bound = objective
        kept = {name: heuristic.stats[name] for name in ("dual_steps", "core_vertices", "core_edges")}
        result = self.result(found, bound, kept, heuristic.certificate)
        points = heuristic.trajectory
        if objective < heuristic.objective:
            points += ((result.seconds, objective),)
        return replace(result, trajectory=points)


def _certificate(shares: NDArray[np.float64], bound: float) -> EccCertificate:
    shares.flags.writeable = False
    return EccCertificate(shares, bound)


def _hypergraph(h: Any) -> EdgeColoredHypergraph:
    if not isinstance(h, EdgeColoredHypergraph):
        raise TypeError(
            f"h must be an EdgeColoredHypergraph, got {shown(h)}; from_lists and read_ecc make one"
        )
    return h


def _masses(h: EdgeColoredHypergraph, weights: ArrayLike | None) -> NDArray[np.float64] | None:
    if weights is None:
        return h.weights
    array = exact_float64(real_array(dense_array(weights, "weights"), "weights"), "weights")
    if array.shape != (h.m,):
        raise ValueError(f"weights has shape {array.shape}; there are {h.m} hyperedges")
    check_finite(array, "weights")
    if array.size and float(array.min()) < 0:
        at = int(np.argmin(array))
        raise ValueError(f"weights[{at}] is {array[at]:g}; allowed are 0 and more")
    return array


def _core_of(h: EdgeColoredHypergraph, masses: NDArray[np.float64] | None) -> _core.clustering.EccHypergraph:
    if len(h.members) > INT32_MAX:
        raise ValueError(f"h has {len(h.members)} members; allowed are up to {INT32_MAX}")
    return _core.clustering.EccHypergraph(h.offsets, h.members, h.colors, masses, h.n, h.n_colors)
