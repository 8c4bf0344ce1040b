"""The immutable input of every TSP solver: points under a metric, or a matrix of costs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer._common.arrays import (
    INT32_MAX,
    check_finite,
    exact_float64,
    id_array,
    integer,
    permutation,
    real_array,
)
from wayseer.tsp.metrics import DIMENSIONS, EXPLICIT, metric_name, point_distances

# Solvers add and subtract a few tour lengths; int64 leaves them this much.
_LARGEST_LENGTH = 2**61
_ENTRIES_AT_ONCE = 1 << 20
_MATRIX_TYPES = (np.int32, np.int64, np.float32, np.float64)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TSPInstance:
    """A travelling salesman problem, checked once, when it is made.

    Parameters
    ----------
    name, comment : str
        For people.
    metric : str
        A TSPLIB name (EUC_2D, EUC_3D, CEIL_2D, ATT, GEO, MAX_2D, MAX_3D, MAN_2D, MAN_3D: integer distances),
        "euclid" (not rounded) or "explicit" (the matrix holds the costs).
    points : array (n, 2) or (n, 3), float64, or None
        Coordinates; None exactly if the metric is "explicit". Integers are converted, and must be below 2^53.
    matrix : array (n, n) of int32, int64, float32 or float64, or None
        ``matrix[i, j]`` is the cost from i to j, at least 0. Kept without a copy if C-contiguous and of one
        of these types. The diagonal has no meaning and may hold anything.
    display : array (n, 2), float64, or None
        Where to draw the nodes of an explicit instance.

    Raises
    ------
    ValueError
        NaN or infinity, a negative cost, a wrong shape, an unknown metric, n = 0, or integer costs so large
        that a tour's length could pass int64.
    TypeError
        Booleans, complex numbers, text or objects.

    Notes
    -----
    Checking takes O(n) for points and O(n^2) time for a matrix, without a second matrix in memory.
    """

    name: str = "unnamed"
    comment: str = ""
    metric: str = "euclid"
    points: NDArray[np.float64] | None = None
    matrix: NDArray[Any] | None = None
    display: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__  # the dataclass is frozen
        for field in ("name", "comment"):
            if not isinstance(getattr(self, field), str):
                raise TypeError(f"{field} must be a string, got {getattr(self, field)!r}")
        put(self, "metric", metric_name(self.metric))
        if self.metric == EXPLICIT:
            if self.matrix is None or self.points is not None:
                raise ValueError("metric 'explicit' takes a matrix and no points (where to draw: display)")
            put(self, "matrix", _checked_matrix(self.matrix))
        else:
            if self.points is None or self.matrix is not None:
                raise ValueError(f"metric '{self.metric}' takes points and no matrix")
            put(self, "points", _checked_points(self.points, self.metric))
        if self.display is not None:
            display = exact_float64(real_array(self.display, "display"), "display")
            if display.shape != (self.n, 2):
                raise ValueError(f"display has shape {display.shape}; allowed is ({self.n}, 2)")
            check_finite(display, "display")
            put(self, "display", _read_only(display))

    @classmethod
    def from_points(cls, points: ArrayLike, metric: str = "euclid", *, name: str = "unnamed") -> TSPInstance:
        """An instance of points (n, 2) or (n, 3) under a metric; see the class for what is checked."""
        return cls(name=name, metric=metric, points=points)  # type: ignore[arg-type]

    @classmethod
    def from_matrix(cls, matrix: ArrayLike, *, name: str = "unnamed") -> TSPInstance:
        """An instance of costs (n, n), symmetric or not; see the class for what is checked."""
        return cls(name=name, metric=EXPLICIT, matrix=matrix)  # type: ignore[arg-type]

    @property
    def n(self) -> int:
        """Number of nodes."""
        array = self.matrix if self.points is None else self.points
        assert array is not None
        return len(array)

    @property
    def integer(self) -> bool:
        """Whether all costs, and so all lengths, are integers."""
        return self.metric != "euclid" if self.matrix is None else self.matrix.dtype.kind == "i"

    @cached_property
    def symmetric(self) -> bool:
        """Whether i to j costs what j to i does: exactly for integers, to a relative 1e-12 for floats."""
        return self.matrix is None or _is_symmetric(self.matrix)

    def distance(self, i: int, j: int) -> int | float:
        """The cost from node i to node j, an int where costs are integers; 0 for i = j."""
        pair = [integer(k, label, 0, self.n - 1) for k, label in ((i, "i"), (j, "j"))]
        cost: int | float = self.distances(np.array(pair[:1]), np.array(pair[1:]))[0].item()
        return cost

    def distances(self, i: ArrayLike, j: ArrayLike) -> NDArray[Any]:
        """The costs from the nodes ``i`` to the nodes ``j``, broadcast against each other.

        Returns
        -------
        array of int64 where costs are integers, else float64
            0 where i = j.

        Raises
        ------
        ValueError, TypeError
            An id is out of range or not an integer.
        """
        start, end = np.broadcast_arrays(id_array(i, "i", self.n), id_array(j, "j", self.n))
        if self.matrix is not None:
            costs: NDArray[Any] = self.matrix[start, end].astype(np.int64 if self.integer else np.float64)
        else:
            assert self.points is not None
            a, b = self.points[start.ravel()], self.points[end.ravel()]
            costs = point_distances(self.metric, a, b).reshape(start.shape)
        costs[start == end] = 0
        return costs

    def __repr__(self) -> str:
        kind = "" if self.points is None else f", {self.points.shape[1]}-D"
        return f"TSPInstance({self.name!r}, n={self.n}, metric={self.metric!r}{kind})"


def as_instance(x: Any, metric: str | None = None) -> TSPInstance:
    """A `TSPInstance` of whatever the solvers take.

    Parameters
    ----------
    x : TSPInstance or array
        An instance is returned as it is. An array (n, 2) or (n, 3) is points, (2, 2) and (3, 3) included; any
        other square array, or a square array with ``metric="explicit"``, is a matrix of costs.
    metric : str, optional
        None: "euclid" for points, "explicit" for a matrix, an instance's own.

    Raises
    ------
    ValueError, TypeError
        As `TSPInstance`; also if ``metric`` is not the instance's own, or does not suit the array.
    """
    wanted = None if metric is None else metric_name(metric)
    if isinstance(x, TSPInstance):
        if wanted is not None and wanted != x.metric:
            raise ValueError(f"metric is {wanted!r}, but the instance has its own: {x.metric!r}")
        return x
    array = real_array(x, "x")
    square = array.ndim == 2 and array.shape[0] == array.shape[1]
    pointlike = array.ndim == 2 and array.shape[1] in (2, 3)
    if not square and not pointlike:
        raise ValueError(
            f"x has shape {array.shape}; allowed are points (n, 2) or (n, 3) and a matrix (n, n)"
        )
    if wanted == EXPLICIT or not pointlike:
        if wanted not in (None, "euclid", EXPLICIT):  # "euclid" is the solvers' default, not a wish
            raise ValueError(f"metric {wanted!r} takes points; x has shape {array.shape}, a matrix of costs")
        return TSPInstance.from_matrix(array)
    return TSPInstance.from_points(array, wanted or "euclid")


def tour_length(x: Any, tour: ArrayLike, metric: str | None = None) -> int | float:
    """The length of a closed tour.

    Parameters
    ----------
    x, metric
        As for `as_instance`: points, a matrix or a `TSPInstance`.
    tour : array (n,) of integers
        A permutation of 0..n-1; the step from the last node to the first counts too.

    Returns
    -------
    int where costs are integers, else float
        Floats are summed without rounding errors (`math.fsum`).

    Raises
    ------
    ValueError, TypeError
        As `as_instance`; or ``tour`` is not a permutation (the message names the id missing or given twice).
    """
    instance = as_instance(x, metric)
    order = permutation(tour, "tour", instance.n)
    costs = instance.distances(order, np.roll(order, -1))
    return int(costs.sum()) if instance.integer else math.fsum(costs)


def extent(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sides of the points' bounding box; axis by axis, which is ten times as fast as ``axis=0``."""
    return np.array([np.ptp(coordinate) for coordinate in points.T])


def renamed(instance: TSPInstance, name: str) -> TSPInstance:
    """The same instance under another name."""
    return replace(instance, name=name)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


def _check_count(n: int, name: str) -> None:
    if n == 0:
        raise ValueError(f"{name} is empty; an instance has at least one node")
    if n > INT32_MAX:
        raise ValueError(f"{name} has {n} nodes; at most {INT32_MAX} are allowed")


def _checked_points(x: Any, metric: str) -> NDArray[np.float64]:
    points = real_array(x, "points")
    allowed = DIMENSIONS[metric]
    if points.ndim != 2 or points.shape[1] not in allowed:
        shapes = " or ".join(f"(n, {d})" for d in allowed)
        raise ValueError(f"points has shape {points.shape}; metric {metric} takes {shapes}")
    _check_count(len(points), "points")
    check_finite(points, "points")
    points = exact_float64(points, "points")
    with np.errstate(over="ignore"):
        side = extent(points)
        squared = float((side * side).sum())
    if not math.isfinite(squared):
        raise ValueError(
            "points lie so far apart that their squared distances overflow; scale the coordinates down"
        )
    # No metric gives more than the sum of the box's sides (GEO: half the equator).
    largest = 20100.0 if metric == "GEO" else float(side.sum()) + 1.0
    if metric != "euclid" and len(points) * largest >= _LARGEST_LENGTH:
        raise ValueError(
            f"points: {len(points)} integer distances of up to {largest:.3g} may sum beyond int64 "
            f"(the limit is 2^61); scale the coordinates down"
        )
    return _read_only(points)


def _checked_matrix(x: Any) -> NDArray[Any]:
    matrix = real_array(x, "matrix")
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"matrix has shape {matrix.shape}; it must be square, (n, n)")
    n = len(matrix)
    _check_count(n, "matrix")
    if matrix.dtype == np.uint64 and int(matrix.max()) > np.iinfo(np.int64).max:
        raise ValueError(f"matrix holds {int(matrix.max())}, beyond int64; scale the entries down")
    if matrix.dtype.type not in _MATRIX_TYPES:
        fitting = np.float32 if matrix.dtype.kind == "f" else np.promote_types(matrix.dtype, np.int32)
        matrix = matrix.astype(
            np.int64 if fitting == np.float64 else fitting
        )  # float64: NumPy's answer for uint64
    matrix = np.ascontiguousarray(matrix)
    largest = _largest_cost(matrix)
    if not math.isfinite(float(largest) * (n + 1)):
        raise ValueError(
            f"matrix: {n} entries of up to {float(largest):.3g} may sum beyond the range of a float; "
            "scale the entries down"
        )
    if matrix.dtype.kind == "i" and n * int(largest) >= _LARGEST_LENGTH:
        raise ValueError(
            f"matrix: {n} entries of up to {int(largest)} may sum beyond int64 (the limit is 2^61); "
            f"scale the entries down"
        )
    return _read_only(matrix)


def _largest_cost(matrix: NDArray[Any]) -> int | float:
    """The largest entry off the diagonal, after checking that all are finite and not negative."""
    n = len(matrix)
    rows = max(1, _ENTRIES_AT_ONCE // n)
    largest: int | float = 0
    for start in range(0, n, rows):
        block = matrix[start : start + rows]
        low, high = block.min().item(), block.max().item()
        if not (low >= 0 and high < math.inf and high <= largest):  # NaN fails both
            # Look again without the diagonal, which may be the cause.
            block = block.copy()
            k = np.arange(len(block))
            block[k, start + k] = 0
            _check_costs(block, start)
            high = block.max().item()
        largest = max(largest, high)
    return largest


def _check_costs(block: NDArray[Any], start: int) -> None:
    wrong = ~((block >= 0) & (block < np.inf)) if block.dtype.kind == "f" else block < 0
    if not wrong.any():
        return
    i, j = (int(k) for k in np.unravel_index(int(np.argmax(wrong)), block.shape))
    value = block[i, j]
    where = f"matrix[{start + i}, {j}] is {value}"
    if value < 0 and value > -np.inf:
        raise ValueError(
            f"{where}; costs must not be negative: add a constant to all entries, "
            "the optimal tour stays the same"
        )
    hint = "; give a forbidden edge a large cost instead" if value == np.inf else ""
    raise ValueError(f"{where}; all costs must be finite{hint}")


def _is_symmetric(matrix: NDArray[Any]) -> bool:
    n = len(matrix)
    size = 512  # two blocks of 2 MB: both stay in the cache
    for i in range(0, n, size):
        for j in range(i, n, size):
            a = matrix[i : i + size, j : j + size]
            b = matrix[j : j + size, i : i + size].T
            if matrix.dtype.kind == "i":
                same = a == b
            else:
                a, b = a.astype(np.float64), b.astype(np.float64)
                with np.errstate(invalid="ignore"):  # the diagonal may be infinite
                    same = np.abs(a - b) <= 1e-12 * np.maximum(np.abs(a), np.abs(b))
            if i == j:
                np.fill_diagonal(same, True)
            if not same.all():
                return False
    return True
