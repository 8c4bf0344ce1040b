"""Pictures of tours and of runs, with matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer._common.arrays import number, permutation
from wayseer._common.figures import FAINT, LINE, NODE, TEXT, frame, matplotlib, new_axes
from wayseer.tsp.metrics import geo_degrees
from wayseer.tsp.problem import TSPInstance, as_instance, tour_length
from wayseer.tsp.result import TSPResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEAST_SPACING = 3.0  # closer together, nodes hide the tour
_MOST_VECTORS = 20_000  # in a PDF or SVG; above, the tour is a picture inside it
_NODES_PER_PATH = 2_000  # the renderer cannot fill one path of a million nodes


def plot(x: Any, tour: ArrayLike | TSPResult, ax: Axes | None = None) -> Axes:
    """Draw a tour.

    Parameters
    ----------
    x : points, TSPInstance
        As for `wayseer.tsp.solve`. GEO is drawn as longitude and latitude in true degrees, an explicit
        instance at its ``display`` coordinates, 3-D points from above.
    tour : array (n,) of integers, or TSPResult
    ax : matplotlib Axes, optional
        A new figure with the shape of the point set if None.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        There are no coordinates to draw, or ``tour`` is not a permutation.
    ImportError
        matplotlib is missing: ``pip install "wayseer[plot]"``.

    Notes
    -----
    Linear in n; a million nodes take a few seconds to draw and to save.
    """
    instance = as_instance(x)
    points = _positions(instance)
    order = permutation(tour.tour if isinstance(tour, TSPResult) else tour, "tour", instance.n)
    collections = matplotlib("collections")
    is_geo = instance.metric == "GEO"
    low, high = points.min(axis=0), points.max(axis=0)
    # Degrees of longitude shrink towards the poles.
    aspect = 1.0 / max(0.05, np.cos(np.radians((low[1] + high[1]) / 2.0))) if is_geo else 1.0
    width, height = high[0] - low[0], (high[1] - low[1]) * aspect
    if ax is None:
        ax = new_axes(width, height)

    inches = ax.get_position().size * ax.figure.get_size_inches()  # type: ignore[union-attr]
    scale = 72.0 * min(inches[0] / (width or 1.0), inches[1] / (height or 1.0))
    closed = points[np.append(order, order[0])]
    steps = np.hypot(*(np.diff(closed, axis=0) * (1.0, aspect)).T)
    spacing = scale * float(np.median(steps))  # of neighbours, in typographic points
    if is_geo:
        closed = _cut_at_date_line(closed)
    pieces = [closed[k : k + _NODES_PER_PATH + 1] for k in range(0, len(closed) - 1, _NODES_PER_PATH)]
    ax.add_collection(
        collections.LineCollection(
            pieces,
            colors=LINE,
            linewidths=float(np.clip(0.15 * spacing, 0.2, 1.5)),
            capstyle="round",
            joinstyle="round",
            rasterized=instance.n > _MOST_VECTORS,
            zorder=2,
        )
    )
    if spacing >= _LEAST_SPACING or instance.n < 20:
        size = float(np.clip(0.28 * spacing, 1.0, 5.0)) ** 2
        ax.scatter(points[:, 0], points[:, 1], s=size, c=NODE, linewidths=0, zorder=3)

    margin = 0.03 * (max(high[0] - low[0], high[1] - low[1]) or 1.0)
    ax.set_xlim(low[0] - margin, high[0] + margin)
    ax.set_ylim(low[1] - margin, high[1] + margin)
    ax.set_aspect(aspect)
    for spine in ax.spines.values():
        spine.set(color=FAINT, linewidth=0.6)
    ax.tick_params(colors=FAINT, labelsize=8, width=0.6, length=3)
    if is_geo:
        ax.set_xlabel("longitude (degrees)", color=FAINT, fontsize=8)
        ax.set_ylabel("latitude (degrees)", color=FAINT, fontsize=8)
    else:
        ax.set(xticks=[], yticks=[])
    length = _shown(tour_length(instance, order))
    name = "" if instance.name == "unnamed" else f"{instance.name}: "
    nodes = "node" if instance.n == 1 else "nodes"
    ax.set_title(f"{name}{instance.n:,} {nodes}, length {length}", color=TEXT, fontsize=11, pad=8)
    return ax


def plot_convergence(result: TSPResult, ax: Axes | None = None, optimum: float | None = None) -> Axes:
    """Draw the length of the best tour over time.

    Parameters
    ----------
    result : TSPResult
    ax : matplotlib Axes, optional
        A new figure if None.
    optimum : float, optional
        Draw the gap to it in per cent instead of the length. Without it, a lower bound of the result is drawn
        as a line.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        The result has no trace, or ``optimum`` is not positive.
    ImportError
        matplotlib is missing: ``pip install "wayseer[plot]"``.
    """
    if not result.trace:
        raise ValueError("the result has no trace")
    ticker = matplotlib("ticker")
    seconds = np.array([s for s, _ in result.trace])
    values = np.array([float(length) for _, length in result.trace])
    if ax is None:
        ax = new_axes(1.0, 0.6)
    if optimum is not None:
        reference = number(optimum, "optimum")
        if reference <= 0:
            raise ValueError(f"optimum must be positive, got {reference}")
        values = 100.0 * (values / reference - 1.0)
    end = max(result.seconds, float(seconds[-1]))
    times, steps = np.append(seconds, end), np.append(values, values[-1])
    ax.step(times, steps, where="post", color=LINE, linewidth=1.6, zorder=3)
    ax.plot(times[-1:], steps[-1:], "o", color=NODE, markersize=4, zorder=4, clip_on=False)
    if end > 20.0 * max(seconds[0], 1e-9) and seconds[0] > 0:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    if optimum is not None:
        positive = values[values > 0]
        if len(positive) and positive.max() > 10.0 * positive.min():
            # Logarithmic down to the smallest gap met, linear from there to 0.
            ax.set_yscale("symlog", linthresh=float(positive.min()), linscale=0.4)
            ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
        if (values >= 0).all():
            ax.set_ylim(bottom=0.0)
        ax.set_ylabel("gap to the optimum (%)", color=TEXT)
    else:
        ax.yaxis.set_major_formatter(
            ticker.StrMethodFormatter("{x:,.0f}" if abs(values[-1]) >= 1000 else "{x:g}")
        )
        ax.margins(y=0.08)
        ax.set_ylabel("length", color=TEXT)
        if result.lower_bound is not None:
            ax.axhline(result.lower_bound, color=FAINT, linewidth=1.0, linestyle=(0, (4, 3)), zorder=2)
            ax.annotate(
                "lower bound",
                (1.0, result.lower_bound),
                (-4, 3),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="right",
                color=FAINT,
                fontsize=8,
            )
    ax.set_xlabel("seconds", color=TEXT)
    frame(ax)
    title = (
        f"{result.n:,} nodes, {result.method}: length {_shown(result.length)} after {result.seconds:.3g} s"
    )
    ax.set_title(title, color=TEXT, fontsize=11, pad=8)
    return ax


def _positions(instance: TSPInstance) -> NDArray[np.float64]:
    points = instance.display if instance.points is None else instance.points
    if points is None:
        raise ValueError("the instance has no coordinates to draw: give it display coordinates (n, 2)")
    if instance.metric == "GEO":
        return geo_degrees(points)[:, ::-1]  # TSPLIB: latitude first
    return points[:, :2]


def _cut_at_date_line(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges that are shorter across longitude 180 leave the map on one side and come back on the other."""
    step = np.diff(path[:, 0])
    crossing = np.flatnonzero(np.abs(step) > 180.0)
    if crossing.size == 0:
        return path
    side = np.where(step[crossing] < 0, 180.0, -180.0)  # where the edge leaves
    to_border = side - path[crossing, 0]
    whole = 360.0 - np.abs(step[crossing])
    rise = path[crossing + 1, 1] - path[crossing, 1]
    latitude = path[crossing, 1] + rise * np.abs(to_border) / np.where(whole > 0, whole, 1.0)
    gap = np.full(crossing.size, np.nan)
    cuts = np.stack([np.c_[side, latitude], np.c_[gap, gap], np.c_[-side, latitude]], axis=1)
    return np.insert(path, np.repeat(crossing + 1, 3), cuts.reshape(-1, 2), axis=0)


def _shown(length: int | float) -> str:
    return f"{length:,}" if isinstance(length, int) else f"{length:,.6g}"
