"""Optimal clusterings, and lower bounds of linear programs."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import connected_components

from wayseer import _core
from wayseer._common.arrays import choice
from wayseer._common.limits import (
    Callback,
    checked_callback,
    checked_flag,
    checked_seed,
    checked_time_limit,
)
from wayseer.clustering.cutting_plane import (
    Clock,
    EdgeModel,
    Floats,
    Model,
    PairModel,
    Rows,
    Search,
    Stopped,
    minimize,
    solve_relaxation,
)
from wayseer.clustering.objective import evaluate, node_weight_array, resolution_of
from wayseer.clustering.problem import Graph, as_graph, label_array, positive_graph, unweighted_graph
from wayseer.clustering.result import ClusteringResult, check_objective

FREE_LIMIT = 400  # vertices that need no time limit
MIN_MAX_LIMIT = 250
PAIR_LIMIT = 4000
DENSE_LIMIT, DENSE_SHARE = 200, 0.25  # vertices, share of pairs: multicut graphs treated as complete


@dataclass(frozen=True)
class RelaxationBound:
    """The value of a linear program, below every clustering's.

    Attributes
    ----------
    value : float
        Of the last program that was solved; -inf if the limit was too short for one.
    bound : float
        ``value``, rounded up where every clustering's value is an integer.
    rounds : int
    status : str
        "optimal" (no row is violated), "time_limit" or "interrupted".
    seconds : float
    """

    value: float
    bound: float
    rounds: int
    status: str
    seconds: float


def exact_disagreements(
    graph: Any,
    *,
    init: ArrayLike | None = None,
    resolution: float | None = None,
    node_weights: ArrayLike | str | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    callback: Callback | None = None,
) -> ClusteringResult:
    """A clustering with the fewest disagreements, proven (complete model).

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
        Without weights unless ``resolution`` is given.
    init : array (n,) of int, optional
        A clustering to start from; the better, the sooner the proof ends.
    resolution, node_weights : optional
        Minimise the LambdaCC cost instead, as `evaluate` defines "cost"; the objective is then a float.
    time_limit : float, optional
        Wall seconds; needed for more than 400 vertices (at most 4000). The result is then the best clustering
        found, with the bound reached.
    seed : int
        Has no influence: the method is deterministic as long as no clock takes part.
    callback : callable (seconds, objective) -> object, optional
        Called at each improvement; returning False stops the run.

    Returns
    -------
    ClusteringResult
        ``stats``: "lp_rounds", "lp_value", "variables", "fixed" (by reduced costs), "integer_programs".

    Notes
    -----
    Linear programs with triangle and star (2-partition) inequalities added as they are violated; then reduced
    costs fix pairs that no better clustering has otherwise, and integer programs decide the rest. Without
    weights only pairs at distance at most 2 have a variable: in an optimal cluster C every vertex has at
    least (\\|C\\| - 1) / 2 neighbours, so two that are not adjacent have a common one. O(n^2) memory; time
    grows exponentially in the worst case. Ctrl-C returns the best clustering at once; a program that is being
    solved at that moment ends in the background. Source: M. Groetschel, Y. Wakabayashi, "A cutting plane
    algorithm for a clustering problem" (1989).
    """
    clock, _ = _limits(time_limit, seed, callback)
    g = unweighted_graph(graph) if resolution is None else positive_graph(graph)
    _check_size(g, clock)
    if resolution is None and node_weights is not None:
        raise ValueError("node_weights need a resolution; for 0.5 give resolution=0.5")
    gamma = None if resolution is None else resolution_of(resolution)
    k = None if gamma is None else node_weight_array(g, node_weights)
    start = _start(g, init)
    model = _pair_model(g, gamma, k, clock)
    search = Search(start, model.value(start))
    status = _solve(model, search, clock)
    if gamma is None:
        objective = evaluate(g, search.labels)
    else:
        objective = evaluate(g, search.labels, "cost", resolution=gamma, node_weights=k)
    check_objective(objective, search.value, float(np.abs(model.cost).sum()))
    return _result(g, search, status, clock, float(objective), 0.0, len(model.cost))


def exact_multicut(
    graph: Any,
    *,
    init: ArrayLike | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    callback: Callback | None = None,
) -> ClusteringResult:
    """A clustering that cuts edges of the least weight, proven (sparse signed model).

    Parameters and result are those of `exact_disagreements`; the objective is `evaluate`'s "multicut". Exact
    reductions shrink the graph first (``stats["vertices"]`` are left); then cycle inequalities are added as
    they are violated.

    Notes
    -----
    Source: S. Chopra, M. R. Rao, "The partition problem" (1993) for the inequalities; J.-H. Lange,
    A. Karrenbauer, B. Andres, "Partial optimality and fast lower bounds for weighted correlation clustering"
    (2018) for the reductions.
    """
    clock, _ = _limits(time_limit, seed, callback)
    g = as_graph(graph)
    _check_size(g, clock)
    labels = _start(g, init)
    reduced, vertex_of, constant = _reduced(g)
    model, offset = _multicut_model(reduced, clock)
    constant += offset
    # Labels of the reduced graph; where init disagrees with a reduction the first vertex of a group decides.
    first = np.zeros(reduced.n, np.int64)
    first[vertex_of[::-1]] = np.arange(g.n)[::-1]
    start = label_array(labels[first[: reduced.n]], "init", reduced.n)
    search = Search(start, model.value(start))
    alone = np.arange(reduced.n, dtype=np.int32)
    if model.value(alone) < search.value:
        search.labels, search.value = alone, model.value(alone)
    status = _solve(model, search, clock)
    lifted = _lift(reduced, search.labels, vertex_of)
    objective = evaluate(g, lifted, "multicut")
    check_objective(objective, search.value + constant, float(np.abs(model.cost).sum()) + abs(constant))
    given = evaluate(g, labels, "multicut")
    if given < objective:  # only where the run was stopped
        lifted, objective = labels, given
    search.labels = lifted
    result = _result(g, search, status, clock, float(objective), constant, len(model.cost))
    result.stats["vertices"] = reduced.n
    return result


def lp_bound(
    graph: Any,
    *,
    model: str = "complete",
    stars: bool = True,
    time_limit: float | None = None,
) -> RelaxationBound:
    """A lower bound on the disagreements ("complete") or the multicut value ("multicut") of any clustering.

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
        Without weights for "complete".
    model : str
    stars : bool
        "complete" only: star inequalities besides the triangles. The bound is far better; False gives the
        linear program of the metric relaxation.
    time_limit : float, optional
        Needed for more than 400 vertices. A bound is valid whenever the run stops.
    """
    choice(model, "model", ("complete", "multicut"))
    stars = checked_flag(stars, "stars")
    clock, _ = _limits(time_limit, 0, None)
    g = unweighted_graph(graph) if model == "complete" else as_graph(graph)
    _check_size(g, clock)
    constant = 0.0
    relaxation: Model
    if model == "complete":
        relaxation = _pair_model(g, None, None, clock)
    else:
        reduced, _, constant = _reduced(g)
        relaxation, offset = _multicut_model(reduced, clock)
        constant += offset
    integral = bool((relaxation.cost == np.round(relaxation.cost)).all()) and constant.is_integer()
    return _relax(relaxation, clock, stars, constant, None, integral)


def lp_distances(g: Graph, time_limit: float | None, callback: Callback | None) -> tuple[Floats, float]:
    """The optimal metric (n, n) of the linear program of disagreements, and its value.

    Raises `Stopped` when time is up or the callback ends the run.
    """
    clock, _ = _limits(time_limit, 0, callback)
    model = _pair_model(g, None, None, clock)
    if not len(model.cost):
        return model.matrix(np.empty(0)), 0.0
    search = Search(np.empty(0, np.int32), math.inf)
    solved = solve_relaxation(model, search, clock, stars=False, step=1.0, prune=False)
    assert solved is not None  # there is nothing to prune by
    return model.matrix(solved[1].x), search.lp_value


def minmax_lp_bound(graph: Any, *, time_limit: float | None = None) -> RelaxationBound:
    """A lower bound on the largest number of disagreements at one vertex, by a linear program.

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
        Without weights; at most 250 vertices.
    time_limit : float, optional
        There is a bound as soon as the first program is solved.

    Notes
    -----
    Minimises t over metrics x in [0, 1] with sum over neighbours of x_uv plus sum over others of 1 - x_uv at
    most t for each u; triangles are added as they are violated. Often weaker than `clb_plus`, which is much
    faster.
    """
    clock, _ = _limits(time_limit, 0, None)
    g = unweighted_graph(graph)
    if g.n > MIN_MAX_LIMIT:
        raise ValueError(f"graph has {g.n} vertices; minmax_lp_bound takes at most {MIN_MAX_LIMIT}")
    model = _MinMaxModel(_gain(g), np.ones((g.n, g.n), bool), clock)
    return _relax(model, clock, False, 0.0, model.vertex_rows(), True)


class _MinMaxModel(PairModel):
    """Pairs as in `PairModel`, one more variable t, which is minimised."""

    def __init__(self, gain: Floats, open_pairs: NDArray[np.bool_], clock: Clock) -> None:
        super().__init__(gain, open_pairs, clock)
        self.signs = self.cost
        self.cost = np.append(np.zeros(len(self.signs)), 1.0)
        self.constant = 0.0

    def vertex_rows(self) -> Rows:
        pairs = np.arange(len(self.signs))
        rows = np.concatenate([self.u, self.v, np.arange(self.n)])
        columns = np.concatenate([pairs, pairs, np.full(self.n, len(pairs))])
        values = np.concatenate([self.signs, self.signs, -np.ones(self.n)])
        negative = (self.gain < 0).sum(axis=1).astype(np.float64)
        shape = (self.n, len(pairs) + 1)
        return scipy.sparse.csr_array((values, (rows, columns)), shape=shape), -negative

    def separate(self, x: Floats, *, stars: bool, clock: Clock) -> Rows:
        matrix, right = super().separate(x[:-1], stars=False, clock=clock)
        column = scipy.sparse.csr_array((matrix.shape[0], 1))
        return scipy.sparse.hstack([matrix, column], format="csr"), right


def _limits(time_limit: Any, seed: Any, callback: Any) -> tuple[Clock, int]:
    started = time.perf_counter()
    limit = checked_time_limit(time_limit)
    return Clock(limit, checked_callback(callback), started), checked_seed(seed)


def _check_size(g: Graph, clock: Clock) -> None:
    if g.n > FREE_LIMIT and clock.time_limit is None:
        raise ValueError(
            f"graph has {g.n} vertices; with more than {FREE_LIMIT} an exact method needs a time_limit"
        )


def _start(g: Graph, init: ArrayLike | None) -> NDArray[np.int32]:
    return np.arange(g.n, dtype=np.int32) if init is None else label_array(init, "init", g.n)


def _gain(g: Graph) -> Floats:
    gain = np.full((g.n, g.n), -1.0)
    u, v, _ = g.edges()
    gain[u, v] = gain[v, u] = 1.0
    np.fill_diagonal(gain, 0.0)
    return gain


def _pair_model(g: Graph, gamma: float | None, k: Floats | None, clock: Clock) -> PairModel:
    if g.n > PAIR_LIMIT:
        raise ValueError(
            f"graph has {g.n} vertices; the complete model holds all pairs, for at most {PAIR_LIMIT}"
        )
    if gamma is None:
        gain = _gain(g)
        adjacent = g.to_scipy()
        near = (adjacent + adjacent @ adjacent).toarray() > 0
        return PairModel(gain, near, clock)
    ones = np.ones(g.n) if k is None else k
    gain = g.to_scipy().toarray() - gamma * np.outer(ones, ones)
    np.fill_diagonal(gain, 0.0)
    part = connected_components(scipy.sparse.csr_array(gain > 0), directed=False)[1]
    return PairModel(gain, part[:, None] == part[None, :], clock)


def _reduced(g: Graph) -> tuple[Graph, NDArray[np.int32], float]:
    offsets, targets, weights, vertex_of, constant = _core.clustering.reduce_multicut(g.core)
    return Graph(offsets, targets, weights), vertex_of, float(constant)


def _multicut_model(g: Graph, clock: Clock) -> tuple[PairModel | EdgeModel, float]:
    """The model, and what its values exceed the multicut's by, negated. Dense graphs have all pairs, since
    stars tell more than cycles."""
    pairs = g.n * (g.n - 1) / 2
    if g.n > DENSE_LIMIT or g.m < DENSE_SHARE * pairs:
        return EdgeModel(g, clock), 0.0
    gain = g.to_scipy().toarray()
    part = connected_components(g.to_scipy(), directed=False)[1]
    return PairModel(gain, part[:, None] == part[None, :], clock), float(np.minimum(gain, 0.0).sum() / 2)


def _lift(reduced: Graph, labels: NDArray[np.int32], vertex_of: NDArray[np.int32]) -> NDArray[np.int32]:
    """Labels of the graph: clusters of the reduced graph that no uncut edge holds together come apart."""
    u, v, _ = reduced.edges()
    kept = labels[u] == labels[v]
    matrix = scipy.sparse.coo_array((np.ones(int(kept.sum())), (u[kept], v[kept])), shape=(reduced.n,) * 2)
    parts = np.asarray(connected_components(matrix, directed=False)[1], dtype=np.int32)
    return np.asarray(_core.clustering.renumber(np.ascontiguousarray(parts[vertex_of]))[0])


def _solve(model: Model, search: Search, clock: Clock) -> str:
    search.trajectory.append((clock.seconds, search.value))
    try:
        improved = model.improve(search.labels)
        if model.value(improved) < search.value:
            search.labels, search.value = improved, model.value(improved)
            search.trajectory.append((clock.seconds, search.value))
            clock.report(search.value)
        if not len(model.cost):
            search.bound = search.value
            return "optimal"
        minimize(model, search, clock)
    except Stopped as stop:
        # Proven before the limit is as good as proven.
        return "optimal" if search.bound >= search.value else str(stop)
    except KeyboardInterrupt:
        return "interrupted"
    return "optimal"


def _result(
    g: Graph,
    search: Search,
    status: str,
    clock: Clock,
    objective: float,
    constant: float,
    variables: int,
) -> ClusteringResult:
    labels, count = _core.clustering.renumber(np.ascontiguousarray(search.labels, np.int32))
    bound = None if math.isinf(search.bound) else search.bound + constant
    return ClusteringResult(
        labels=labels,
        objective=objective,
        n_clusters=count,
        lower_bound=objective if status == "optimal" else bound,
        status=status,
        seconds=clock.seconds,
        iterations=search.rounds,
        trajectory=tuple((seconds, value + constant) for seconds, value in search.trajectory),
        stats={
            "lp_rounds": search.rounds,
            "lp_value": search.lp_value + constant if math.isfinite(search.lp_value) else None,
            "variables": variables,
            "fixed": search.fixed,
            "integer_programs": search.mips,
        },
        names=g.names,
    )


def _relax(
    model: Model, clock: Clock, stars: bool, constant: float, extra: Rows | None, integral: bool
) -> RelaxationBound:
    search = Search(np.empty(0, np.int32), math.inf)
    status = "optimal"
    if not len(model.cost):
        search.lp_value = 0.0
    else:
        try:
            step = 1.0 if integral else 1e-7
            solve_relaxation(model, search, clock, stars=stars, step=step, extra=extra, prune=False)
        except Stopped as stop:
            status = str(stop)
        except KeyboardInterrupt:
            status = "interrupted"
    value = search.lp_value + constant
    bound = float(math.ceil(value - 1e-5)) if integral and math.isfinite(value) else value
    return RelaxationBound(value, bound, search.rounds, status, clock.seconds)
