"""Correlation clustering with costs for pairs and triples: partial optimality, then a good partition."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer import _core
from wayseer._common.arrays import INT32_MAX, integer, number, shown
from wayseer._common.limits import (
    Callback,
    checked_flag,
    checked_time_limit,
    remaining,
)
from wayseer.clustering.cubic_costs import (
    condensed_pairs,
    cost_array,
    distinct_rows,
    triple_places,
    triples_of,
)
from wayseer.clustering.problem import label_array
from wayseer.clustering.result import ClusteringResult, check_objective, status_of, trajectory_of
from wayseer.clustering.run import RunOptions

CRITERIA = ("S", "SJ", "EJ", "TEJ", "ES", "TS", "TJ", "EC", "TC")


class CubicProblem:
    """Elements to partition, at a cost for every pair and every triple that is in one cluster.

    The least of ``constant + sum_ij c_ij x_ij + sum_ijk c_ijk x_ij x_jk x_ik`` is wanted, where ``x_ij`` is 1
    for elements in the same cluster; costs have any sign.

    Parameters
    ----------
    pair_costs : array (n, n) or (n (n - 1) / 2,) of numbers
        A symmetric matrix, the diagonal ignored, or the pairs i < j row by row (an empty one: n = 1).
        float64 in the second form is not copied.
    triple_costs : array (n (n - 1) (n - 2) / 6,) of numbers, or dict {(i, j, k): cost}, optional
        The triples i < j < k in lexicographic order, or those that cost something, ids in any order. float32
        is converted.
    constant : float

    Raises
    ------
    ValueError, TypeError
        Shapes that fit no n, NaN or infinite costs, a matrix that is not symmetric (with the number of
        pairs that differ), a triple out of range, with a repeated id or given twice.

    Attributes
    ----------
    n : int
    pair_costs, triple_costs : arrays, float64, read-only
        Of the pairs and triples in order, or of those in ``pairs`` and ``triples``. ``triple_costs`` is empty
        if there are none.
    pairs, triples : arrays (m, 2) and (t, 3), int32, or None
        For a sparse problem; all others cost nothing.
    constant : float

    Notes
    -----
    A dense problem of n = 500 takes 166 MB. Subproblems that no negative cost holds together are separated
    before anything is stored densely; each may have at most 1000 elements.

    Examples
    --------
    >>> from wayseer.clustering import CubicProblem
    >>> problem = CubicProblem([-1.0, 2.0, 2.0], {(0, 1, 2): -0.5})
    >>> problem.solve().labels.tolist()
    [0, 0, 1]
    """

    def __init__(
        self,
        pair_costs: ArrayLike,
        triple_costs: ArrayLike | Mapping[tuple[int, int, int], float] | None = None,
        constant: float = 0.0,
    ) -> None:
        n, pairs = condensed_pairs(pair_costs)
        if isinstance(triple_costs, Mapping):
            ids, costs = triples_of(triple_costs, n)
            if n > _core.clustering.CUBIC_LARGEST:
                i, j = np.triu_indices(n, 1)
                listed = np.flatnonzero(pairs)
                pair_ids = np.column_stack([i[listed], j[listed]]).astype(np.int32)
                self._set(n, pairs[listed], costs, pair_ids, ids, constant)
                return
            triples = np.zeros(math.comb(n, 3))
            triples[triple_places(ids, n)] = costs
        elif triple_costs is None:
            triples = np.empty(0)
        else:
            triples = cost_array(triple_costs, "triple_costs")
            if triples.shape != (math.comb(n, 3),):
                raise ValueError(
                    f"triple_costs has shape {triples.shape}; n = {n} has {math.comb(n, 3)} triples"
                )
        self._set(n, pairs, triples, None, None, constant)

    @classmethod
    def from_sparse(
        cls,
        n: int,
        pairs: ArrayLike,
        pair_costs: ArrayLike,
        triples: ArrayLike | None = None,
        triple_costs: ArrayLike | None = None,
        constant: float = 0.0,
    ) -> CubicProblem:
        """A problem in which only the listed pairs and triples cost something.

        Parameters
        ----------
        n : int
            Number of elements.
        pairs, triples : arrays (m, 2) and (t, 3) of int
            Ids in any order, each pair and triple once.
        pair_costs, triple_costs : arrays (m,) and (t,) of numbers
        constant : float

        Raises
        ------
        ValueError, TypeError
            An id out of range or repeated, a pair or triple given twice, lengths that differ, costs that are
            not finite.
        """
        n = integer(n, "n", 0, INT32_MAX - 1)
        pair_ids = distinct_rows(pairs, "pairs", n, 2)
        if (triples is None) != (triple_costs is None):
            raise ValueError("triples and triple_costs go together, only one is given")
        triple_ids = distinct_rows(() if triples is None else triples, "triples", n, 3)
        costs = []
        for values, ids, name in (
            (pair_costs, pair_ids, "pair_costs"),
            (() if triple_costs is None else triple_costs, triple_ids, "triple_costs"),
        ):
            array = cost_array(values, name)
            if array.shape != (len(ids),):
                raise ValueError(
                    f"{name} has shape {array.shape}; {name.removesuffix('_costs')}s has {len(ids)} rows"
                )
            costs.append(array)
        problem = cls.__new__(cls)
        problem._set(n, costs[0], costs[1], pair_ids, triple_ids, constant)
        return problem

    def _set(
        self,
        n: int,
        pair_costs: NDArray[np.float64],
        triple_costs: NDArray[np.float64],
        pairs: NDArray[np.int32] | None,
        triples: NDArray[np.int32] | None,
        constant: float,
    ) -> None:
        self.n = n
        self.constant = number(constant, "constant")
        self.pair_costs = _read_only(pair_costs)
        self.triple_costs = _read_only(triple_costs)
        self.pairs = None if pairs is None else _read_only(pairs)
        self.triples = None if triples is None else _read_only(triples)
        with np.errstate(over="ignore"):
            self._scale = float(sum(np.abs(c).sum() for c in (self.pair_costs, self.triple_costs)))
        if not math.isfinite(self._scale + abs(self.constant)):
            raise ValueError("the costs are so large that their sum is not finite")

    @cached_property
    def core(self) -> _core.clustering.CubicProblem:
        """The C++ view of the problem; borrows its arrays."""
        ids = (None, None) if self.pairs is None or self.triples is None else (self.pairs, self.triples)
        return _core.clustering.CubicProblem(
            self.n, self.pair_costs, self.triple_costs, ids[0], ids[1], self.constant
        )

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "core"}

    def __repr__(self) -> str:
        kind = "dense" if self.pairs is None else "sparse"
        return (
            f"CubicProblem(n={self.n}, {kind}, {np.count_nonzero(self.pair_costs)} pairs and "
            f"{np.count_nonzero(self.triple_costs)} triples with a cost)"
        )

    def evaluate(self, labels: ArrayLike) -> float:
        """What a partition costs, from its labels (n,) alone; O(size of the problem)."""
        return _core.clustering.cubic_value(self.core, label_array(labels, "labels", self.n))

    def persistency(
        self,
        criteria: str | Iterable[str] = "all",
        *,
        gomory_hu: bool = True,
        relaxed: bool = False,
        time_limit: float | None = None,
    ) -> CubicPersistency:
        """Pairs and triples of which some optimal partition is known to join or to separate them.

        All that is reported holds in one and the same optimal partition.

        Parameters
        ----------
        criteria : "all" or names
            Of S (subset separation), SJ (subset join), EJ, TJ (pair and triple join), TEJ (pair join by way
            of a triple), ES, TS (pair and triple subgraph), EC, TC (pair and triple cut). S comes first when
            listed; joins are applied one after the other with contracted costs until none is left, cuts are
            tested last.
        gomory_hu : bool
            False: a whole maximum flow for every pair and triple, instead of bounds, one tree, and flows
            stopped early for the rest. The same result, slower; to compare with.
        relaxed : bool
            Test TEJ without the triples that have two elements inside. It fires more often, and no
            counterexample is known; but no proof either.
        time_limit : float, optional
            Wall seconds; what is proven until then is returned. Ctrl-C does the same.

        Returns
        -------
        CubicPersistency

        Notes
        -----
        SJ also takes subsets with positive costs inside, if the negative ones outweigh them, which the
        published criterion does not. Integer costs are tested exactly. Otherwise every test must hold by
        1e-9 times the largest absolute cost, so that rounding never makes one hold that does not. O(n^3) for
        a pass of most criteria, a minimum cut of n nodes for what bounds leave open, O(n^2 s^3) for SJ and
        subsets of size s. Sources: B. H. Lange, B. Andres, P. Swoboda, "Combinatorial persistency criteria
        for multicut and max-cut" (2019); D. Stein, S. Di Gregorio, B. Andres, "Partial optimality in cubic
        correlation clustering" (2023).
        """
        started = time.perf_counter()
        names = _criteria(criteria)
        gomory_hu = checked_flag(gomory_hu, "gomory_hu")
        relaxed = checked_flag(relaxed, "relaxed")
        limit = checked_time_limit(time_limit)
        self._check_size("S" in names)
        found = _core.clustering.cubic_persistency(
            self.core,
            criteria=names,
            gomory_hu=gomory_hu,
            relaxed=relaxed,
            time_limit=remaining(limit, started),
        )
        total = math.comb(self.n, 2)
        return CubicPersistency(
            joined_labels=found["joined_labels"],
            subproblem_labels=found["subproblem_labels"],
            cut_pairs=found["cut_pairs"],
            cut_triples=found["cut_triples"],
            fixed_fraction=1.0 - found["remaining"] / total if total else 1.0,
            counts=found["count"],
            times=found["criterion_seconds"],
            flows=found["flows"],
            status="complete" if found["status"] == "converged" else found["status"],
            seconds=time.perf_counter() - started,
        )

    def solve(
        self,
        persistency: bool = True,
        time_limit: float | None = None,
        seed: int = 0,
        max_iterations: int | None = None,
        target: float | None = None,
        callback: Callback | None = None,
    ) -> ClusteringResult:
        """A good partition; a proven optimum where partial optimality leaves little to decide.

        Parameters
        ----------
        persistency : bool
            Contract and separate by `persistency` first.
        time_limit : float, optional
            Wall seconds, persistency included. None: run to the method's own end.
        seed : int
            Same seed and problem, same result, bit for bit, unless the clock ends the run.
        max_iterations : int, optional
            Random changes of the local search.
        target : float, optional
            Stop as soon as the objective is <= target.
        callback : callable (seconds, objective) -> object, optional
            Called at most 10 times a second; returning False stops the run (status "interrupted").

        Returns
        -------
        ClusteringResult
            "optimal", with ``lower_bound``, if every subproblem was small enough (14 elements after
            contraction) to be solved exactly. ``stats``: "fixed_fraction" (of pairs, before the search,
            without cuts), "subproblems", "exact_subproblems", "largest_subproblem".

        Notes
        -----
        Subproblems of at most 14 elements: dynamic programming over subsets, O(3^n). Larger ones: iterated
        local search with moves of elements, joins of clusters and chains of moves (B. W. Kernighan, S. Lin,
        1970); ends after 200 random changes of a subproblem without gain.
        """
        run = RunOptions.checked(
            time_limit=time_limit,
            max_iterations=max_iterations,
            target=target,
            seed=seed,
            callback=callback,
        )
        persistency = checked_flag(persistency, "persistency")
        self._check_size(persistency)
        found = _core.clustering.cubic_solve(
            self.core,
            persistency=persistency,
            seed=run.seed,
            time_limit=run.remaining(),
            max_iterations=run.max_iterations,
            target=run.target,
            callback=run.callback,
        )
        labels = found["labels"]
        objective = self.evaluate(labels)
        check_objective(objective, found["objective"], self._scale)
        status = status_of(found["status"])
        total = math.comb(self.n, 2)
        return ClusteringResult(
            labels=labels,
            objective=objective,
            n_clusters=int(labels.max(initial=-1)) + 1,
            lower_bound=objective if status == "optimal" else None,
            status=status,
            seconds=time.perf_counter() - run.started,
            iterations=found["iterations"],
            trajectory=trajectory_of(found, run.started),
            stats={
                "fixed_fraction": found["fixed_pairs"] / total if total else 1.0,
                "subproblems": found["pieces"],
                "exact_subproblems": found["exact_pieces"],
                "largest_subproblem": found["largest_piece"],
            },
        )

    def _check_size(self, separated: bool) -> None:
        largest = _core.clustering.CUBIC_LARGEST
        if self.n > largest and not separated:
            raise ValueError(
                f"the problem has {self.n} elements; without the separation into subproblems at most "
                f"{largest} are allowed"
            )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CubicPersistency:
    """What is known of some optimal partition; see `CubicProblem.persistency`.

    Attributes
    ----------
    joined_labels : array (n,), int32
        The same label: together. Numbered in order of first appearance.
    subproblem_labels : array (n,), int32
        Different labels: apart.
    cut_pairs : array (m, 2), int32
        Pairs i < j apart by EC, within one subproblem.
    cut_triples : array (t, 3), int32
        Triples i < j < k not all three together by TC; none with a pair of ``cut_pairs`` in it.
    fixed_fraction : float
        1 - remaining / (n (n - 1) / 2), where remaining counts the pairs of one subproblem that are neither
        joined nor cut.
    counts : dict
        By criterion: subproblems gained (S), joins (SJ, EJ, TEJ, ES, TS, TJ), cuts of groups (EC, TC).
    times : dict
        Seconds by criterion.
    flows : int
        Maximum flows computed.
    status : str
        "complete", "time_limit" or "interrupted".
    seconds : float
    """

    joined_labels: NDArray[np.int32]
    subproblem_labels: NDArray[np.int32]
    cut_pairs: NDArray[np.int32]
    cut_triples: NDArray[np.int32]
    fixed_fraction: float
    counts: dict[str, int]
    times: dict[str, float]
    flows: int
    status: str
    seconds: float

    def __post_init__(self) -> None:
        for name in ("joined_labels", "subproblem_labels", "cut_pairs", "cut_triples"):
            object.__setattr__(self, name, _read_only(getattr(self, name)))

    def __repr__(self) -> str:
        groups = int(self.joined_labels.max(initial=-1)) + 1
        subproblems = int(self.subproblem_labels.max(initial=-1)) + 1
        return (
            f"CubicPersistency(fixed_fraction={self.fixed_fraction:.4g}, groups={groups}, "
            f"subproblems={subproblems}, cut_pairs={len(self.cut_pairs)}, "
            f"cut_triples={len(self.cut_triples)}, status={self.status!r}, seconds={self.seconds:.3f})"
        )


def _criteria(criteria: Any) -> list[str]:
    allowed = f"'all' or a list of {', '.join(CRITERIA)}"
    if isinstance(criteria, str):
        if criteria != "all":
            raise ValueError(f"criteria must be {allowed}, got {shown(criteria)}")
        return list(CRITERIA)
    if not isinstance(criteria, Iterable):
        raise TypeError(f"criteria must be {allowed}, got {shown(criteria)}")
    names = list(criteria)
    for name in names:
        if not isinstance(name, str) or name not in CRITERIA:
            raise ValueError(f"unknown criterion {shown(name)}; allowed are {allowed}")
    return names


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
