"""Edge assembly crossover on a population of k-opt optima, with its sizes in the caller's hand."""

from __future__ import annotations

import time
from typing import Any

from numpy.typing import ArrayLike

from wayseer import _core
from wayseer._common.arrays import integer, number, permutation
from wayseer._common.limits import (
    Callback,
    checked_callback,
    checked_count,
    checked_flag,
    checked_seed,
    checked_time_limit,
    remaining,
)
from wayseer.tsp.core import core_problem, result_of
from wayseer.tsp.problem import as_instance
from wayseer.tsp.result import TSPResult


def eax(
    x: Any,
    population: int | None = None,
    generations: int | None = None,
    *,
    metric: str | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    init: ArrayLike | None = None,
    max_kicks: int | None = None,
    threads: int = 1,
    callback: Callback | None = None,
    target: float | None = None,
    memory_limit: int = 4 << 30,
    raise_on_interrupt: bool = False,
) -> TSPResult:
    """A population of k-opt optima recombined by multi-commit edge assembly crossover.

    What `wayseer.tsp.solve` runs as "eax", with the size of the population chosen by the caller. Each pair's
    AB-cycles are scored by gain per loss of edge entropy and the better half of the improving ones applied.

    Parameters
    ----------
    population : int, optional
        Number of members, at least 2. None: by the time limit, or by n without one.
    generations : int, optional
        Generations over all rounds; one generation improves every member once. None: until the population
        agrees or no longer improves.
    x, metric, time_limit, seed, init, max_kicks, threads, callback, target, memory_limit, raise_on_interrupt
        As for `wayseer.tsp.solve`.

    Returns
    -------
    TSPResult
        ``iterations`` counts generations. A descent and kicks follow the last round; ``max_kicks=0`` leaves
        the kicks out.

    Raises
    ------
    ValueError, TypeError
        As `wayseer.tsp.solve`.

    Notes
    -----
    Source: Y. Nagata, S. Kobayashi, "A powerful genetic algorithm using edge assembly crossover for the
    traveling salesman problem" (2013). Many commits per pair are ours: a generation costs about
    O(n + total length of AB-cycles) per member, and some tens of generations suffice.
    """
    started = time.perf_counter()
    instance = as_instance(x, metric)
    found = _core.tsp.solve(
        core_problem(instance),
        time_limit=remaining(checked_time_limit(time_limit), started),
        seed=checked_seed(seed),
        init=None if init is None else permutation(init, "init", instance.n),
        candidates=None,
        heatmap=None,
        method="eax",
        threads=integer(threads, "threads", 1, 1024),
        max_kicks=checked_count(max_kicks, "max_kicks"),
        max_iterations=checked_count(generations, "generations"),
        callback=checked_callback(callback),
        target=None if target is None else number(target, "target"),
        bound=False,
        memory_limit=integer(memory_limit, "memory_limit", 0, 2**63 - 1),
        population=None if population is None else integer(population, "population", 2, 10_000),
        raise_on_interrupt=checked_flag(raise_on_interrupt, "raise_on_interrupt"),
    )
    return result_of(found, instance, seed, started)
