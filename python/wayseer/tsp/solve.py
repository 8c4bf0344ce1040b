"""The one call: a good tour for whatever is given."""

from __future__ import annotations

import time
import warnings
from typing import Any

from numpy.typing import ArrayLike

from wayseer import _core
from wayseer._common.arrays import choice, integer, number, permutation
from wayseer._common.limits import (
    Callback,
    checked_callback,
    checked_count,
    checked_flag,
    checked_seed,
    checked_time_limit,
    remaining,
)
from wayseer.tsp.core import candidate_array, core_problem, result_of
from wayseer.tsp.heatmaps import as_edge_values
from wayseer.tsp.mcts import mcts
from wayseer.tsp.problem import TSPInstance, as_instance, extent
from wayseer.tsp.result import TSPResult

METHODS = ("auto", "ils", "eax", "mcts", "exact")
EXACT_LIMIT = 20
_ROUNDED_PLANE = ("EUC_2D", "EUC_3D", "CEIL_2D", "ATT", "MAX_2D", "MAX_3D", "MAN_2D", "MAN_3D")


def solve(
    x: Any,
    *,
    metric: str | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    init: ArrayLike | None = None,
    candidates: Any = None,
    heatmap: Any = None,
    method: str = "auto",
    threads: int = 1,
    max_kicks: int | None = None,
    max_iterations: int | None = None,
    callback: Callback | None = None,
    target: float | None = None,
    bound: bool = False,
    memory_limit: int = 4 << 30,
    raise_on_interrupt: bool = False,
    **mcts_options: Any,
) -> TSPResult:
    """Find a short tour.

    Parameters
    ----------
    x : array (n, 2) or (n, 3), array (n, n), or TSPInstance
        Points, or a matrix of costs (``x[i, j]`` from i to j; asymmetric ones are solved as such).
        C-contiguous float64 points and int32, int64, float32 or float64 matrices are not copied.
    metric : str, optional
        "euclid" (the default for points; lengths are floats), a TSPLIB name such as "EUC_2D" (lengths are
        ints), or "explicit".
    time_limit : float, optional
        Wall seconds from the call's beginning, reading and candidates included. It is used up unless the
        status is "optimal" or "target". None: run to the method's own end.
    seed : int
        Same seed and input, same result, bit for bit - as long as no clock takes part: without
        ``time_limit``, or with ``max_iterations`` reached before it. With a time limit alone the sizes of
        the search follow the machine's speed.
    init : array (n,) of int, optional
        A tour to start from. The result is never longer.
    candidates : array (n, K) of int padded with -1, or scipy.sparse pattern (n, n), optional
        Edges to try besides the built-in ones, at most 24 per node in total.
    heatmap : optional
        A prediction of which edges are in a good tour, values >= 0: an array (n, n), a scipy.sparse matrix, a
        tuple (indices (n, K) padded with -1, values (n, K)), or an object with ``to_csr()``. A right one is
        used, a wrong one is dropped after a test that costs little.
    method : str
        "auto", "eax" (population and edge assembly crossover), "ils" (iterated local search), "exact"
        (Held-Karp, n <= 20), or "mcts" (see `wayseer.tsp.mcts`, which gets ``mcts_options``). "auto" is exact
        for n <= 12, "eax" if the time allows for six members or more, else "ils".
    threads : int
        Members of the population are built in parallel. The result does not depend on the number.
    max_kicks, max_iterations : int, optional
        Kicks of the iterated local search, the one after "eax" included; and kicks ("ils"), generations
        ("eax") or actions ("mcts").
    callback : callable (seconds, length) -> object, optional
        Called at most 10 times a second. Returning False stops the run (status "interrupted"); an exception
        stops it and propagates.
    target : float, optional
        Stop as soon as the length is <= target.
    bound : bool
        Also compute a certified lower bound (1-tree with node potentials; symmetric problems), in at most a
        tenth of the time limit; ``lower_bound`` is None if it was not certified in time.
    memory_limit : int
        Bytes that the solver may allocate.
    raise_on_interrupt : bool
        On Ctrl-C raise KeyboardInterrupt instead of returning the best tour with status "interrupted".

    Returns
    -------
    TSPResult

    Raises
    ------
    ValueError, TypeError
        Wrong input; the message names the argument, what was given and what is allowed.

    Notes
    -----
    O(n log n) set-up for points, O(n^2) for a matrix; about 300 bytes per node, and 8 more per node and
    member. Sources: S. Lin, B. Kernighan (1973) and K. Helsgaun (2009) for the k-opt search; Y. Nagata,
    S. Kobayashi (2013) for edge assembly crossover; D. Applegate, W. Cook, A. Rohe (2003) for the kicks;
    M. Held, R. Karp (1962, 1970) for the exact method and the bound.

    Examples
    --------
    >>> import numpy as np, wayseer.tsp
    >>> square = np.array([[0, 0], [1, 1], [1, 0], [0, 1]])
    >>> wayseer.tsp.solve(square).length
    4.0
    """
    started = time.perf_counter()
    instance = as_instance(x, metric)
    choice(method, "method", METHODS)
    limit = checked_time_limit(time_limit)
    checked_callback(callback)
    seed = checked_seed(seed)
    memory_limit = integer(memory_limit, "memory_limit", 0, 2**63 - 1)
    bound = checked_flag(bound, "bound")
    raise_on_interrupt = checked_flag(raise_on_interrupt, "raise_on_interrupt")
    if method == "mcts":
        for name, value in (("init", init), ("candidates", candidates), ("max_kicks", max_kicks)):
            if value is not None:
                raise ValueError(f"{name} has no meaning for method 'mcts'")
        return mcts(
            instance,
            heatmap,
            time_limit=limit,
            max_iterations=max_iterations,
            seed=seed,
            callback=callback,
            target=target,
            memory_limit=memory_limit,
            raise_on_interrupt=raise_on_interrupt,
            **mcts_options,
        )
    if mcts_options:
        raise TypeError(f"solve() got an unexpected argument {next(iter(mcts_options))!r}")
    if method == "exact" and instance.n > EXACT_LIMIT:
        raise ValueError(f"method 'exact' takes at most {EXACT_LIMIT} nodes, got {instance.n}")
    _warn_if_rounding_dominates(instance)
    n = instance.n
    tour = None if init is None else permutation(init, "init", n)
    table = None if candidates is None else candidate_array(candidates, n)
    values = None if heatmap is None else as_edge_values(heatmap, n, memory_limit)
    goal = None if target is None else number(target, "target")
    threads = integer(threads, "threads", 1, 1024)
    kicks = checked_count(max_kicks, "max_kicks")
    iterations = checked_count(max_iterations, "max_iterations")
    problem = core_problem(instance)
    found = _core.tsp.solve(
        problem,
        time_limit=remaining(limit, started),
        seed=seed,
        init=tour,
        candidates=table,
        heatmap=values,
        method=method,
        threads=threads,
        max_kicks=kicks,
        max_iterations=iterations,
        callback=callback,
        target=goal,
        bound=bound,
        memory_limit=memory_limit,
        population=None,
        raise_on_interrupt=raise_on_interrupt,
    )
    return result_of(found, instance, seed, started)


def _warn_if_rounding_dominates(instance: TSPInstance) -> None:
    if instance.points is None or instance.metric not in _ROUNDED_PLANE or instance.n < 2:
        return
    span = float(extent(instance.points).max())
    if 0 < span < 100:
        warnings.warn(
            f"metric {instance.metric} rounds distances to integers, "
            f"and the coordinates span only {span:.3g}: rounding dominates; "
            "scale them up or use metric='euclid'",
            stacklevel=3,
        )
