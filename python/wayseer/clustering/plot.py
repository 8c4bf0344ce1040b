"""Pictures of clusterings and of runs, with matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer._common.figures import COLORS, FAINT, LINE, NODE, TEXT, frame, matplotlib, new_axes
from wayseer.clustering.objective import disagreement_vector
from wayseer.clustering.problem import Graph, as_graph, label_array
from wayseer.clustering.result import ClusteringResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LARGEST_DRAWING = 2000  # vertices that a node-link drawing can show
_CELLS = 1200  # of a matrix picture, in a row


def plot_disagreements(
    graph: Any, labelings: Mapping[str, ArrayLike | ClusteringResult], ax: Axes | None = None
) -> Axes:
    """Draw the disagreements at the vertices, the worst first, one line for each clustering.

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
        Without weights.
    labelings : mapping of name to labels (n,) or ClusteringResult
    ax : matplotlib Axes, optional
        A new figure if None.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        No clustering is given, or labels do not fit the graph.
    ImportError
        matplotlib is missing: ``pip install "wayseer[plot]"``.
    """
    if not isinstance(labelings, Mapping):
        raise TypeError("labelings must map names to clusterings, such as {'mine': labels}")
    if not labelings:
        raise ValueError("labelings is empty; give at least one clustering")
    g = as_graph(graph)
    ax = new_axes(1.0, 0.6) if ax is None else ax
    for i, (name, labels) in enumerate(labelings.items()):
        y = np.sort(disagreement_vector(g, _labels(labels)))[::-1]
        label = f"{name}: largest {y.max(initial=0):,}, sum {y.sum():,}"
        ax.step(np.arange(1, len(y) + 1), y, where="post", color=COLORS[i % len(COLORS)], label=label)
    ax.set_xscale("log")
    ax.set_ylim(bottom=0)
    ax.set_xlabel("vertices, the worst first", color=TEXT)
    ax.set_ylabel("disagreements", color=TEXT)
    ax.legend(fontsize=9, frameon=False, labelcolor=TEXT)
    _title(ax, f"{g.n:,} vertices, {g.m:,} edges")
    frame(ax)
    _plain_ticks(ax)
    return ax


def plot_trajectory(result: ClusteringResult, ax: Axes | None = None) -> Axes:
    """Draw the objective over time, and the lower bound as a line.

    Parameters
    ----------
    result : ClusteringResult
    ax : matplotlib Axes, optional
        A new figure if None.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        The result has no trajectory.
    ImportError
        matplotlib is missing: ``pip install "wayseer[plot]"``.
    """
    if not isinstance(result, ClusteringResult):
        raise TypeError(f"result must be a ClusteringResult, got {type(result).__name__}")
    if not result.trajectory:
        raise ValueError("the result has no trajectory")
    ax = new_axes(1.0, 0.6) if ax is None else ax
    seconds, values = (np.array(column) for column in zip(*result.trajectory, strict=True))
    if len(values) > 2 and values[0] > 2 * abs(values[1]) + 1:  # all vertices apart or together says little
        seconds, values = seconds[1:], values[1:]
    end = max(result.seconds, float(seconds[-1]))
    ax.step(
        np.append(seconds, end),
        np.append(values, values[-1]),
        where="post",
        color=LINE,
        linewidth=1.6,
        zorder=3,
    )
    ax.plot([end], [values[-1]], "o", color=NODE, markersize=4, zorder=4, clip_on=False)
    if end > 20.0 * max(float(seconds[0]), 1e-9) and seconds[0] > 0:
        ax.set_xscale("log")
    if result.lower_bound is not None:
        ax.axhline(result.lower_bound, color=FAINT, linewidth=1.0, linestyle=(0, (4, 3)), zorder=2)
        ax.annotate(
            f"lower bound {_shown(result.lower_bound)}",
            (1.0, result.lower_bound),
            (-4, 3),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            color=FAINT,
            fontsize=8,
        )
    ax.margins(y=0.08)
    ax.set_xlabel("seconds", color=TEXT)
    ax.set_ylabel("objective", color=TEXT)
    _title(
        ax,
        f"{result.n:,} vertices in {result.n_clusters:,} clusters: "
        f"{_shown(result.objective)} after {result.seconds:.3g} s, {result.status}",
    )
    frame(ax)
    _plain_ticks(ax)
    return ax


def plot_sizes(labels: ArrayLike | ClusteringResult, ax: Axes | None = None) -> Axes:
    """Draw the sizes of the clusters, the largest first, both axes logarithmic.

    Parameters
    ----------
    labels : array (n,) of int, or ClusteringResult
    ax : matplotlib Axes, optional
        A new figure if None.

    Returns
    -------
    matplotlib Axes
    """
    array = np.asarray(_labels(labels))
    numbered = (
        label_array(array, "labels", len(array)) if array.ndim == 1 else label_array(array, "labels", 0)
    )
    ax = new_axes(1.0, 0.6) if ax is None else ax
    sizes = np.sort(np.bincount(numbered))[::-1]
    ax.step(np.arange(1, len(sizes) + 1), sizes, where="mid", color=LINE, linewidth=1.6)
    if sizes.size:
        ax.plot([1], sizes[:1], "o", color=NODE, markersize=4)
        ax.set_xscale("log")
        ax.set_yscale("log")
    ax.set_xlabel("clusters, the largest first", color=TEXT)
    ax.set_ylabel("vertices", color=TEXT)
    alone = int((sizes == 1).sum())
    _title(ax, f"{len(array):,} vertices in {len(sizes):,} clusters, {alone:,} of them single vertices")
    frame(ax)
    _plain_ticks(ax)
    return ax


def plot_matrix(graph: Any, labels: ArrayLike | ClusteringResult, ax: Axes | None = None) -> Axes:
    """Draw the adjacency matrix with the vertices sorted by cluster, the largest cluster first.

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
    labels : array (n,) of int, or ClusteringResult
    ax : matplotlib Axes, optional
        A new figure if None.

    Returns
    -------
    matplotlib Axes

    Notes
    -----
    Above 1200 vertices a cell stands for several and is as dark as the share of pairs with an edge; the
    scale is logarithmic there. Repelling edges are red.
    """
    g = as_graph(graph)
    numbered = label_array(_labels(labels), "labels", g.n)
    ax = new_axes(1.0, 1.0) if ax is None else ax
    sizes = np.bincount(numbered, minlength=1)
    rank = np.empty(len(sizes), np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    place = np.empty(g.n, np.int64)
    place[np.argsort(rank[numbered], kind="stable")] = np.arange(g.n)

    cells = min(max(g.n, 1), _CELLS)
    u, v, w = g.edges()
    a, b = (place[ends] * cells // max(g.n, 1) for ends in (u, v))
    signs = np.ones(len(u)) if w is None else np.sign(w)
    density = np.zeros((2, cells, cells))
    for sign in (1, -1):
        chosen = signs == sign
        for x, y in ((a, b), (b, a)):
            np.add.at(density[(1 - sign) // 2], (x[chosen], y[chosen]), 1.0)
    if g.n > cells:
        density = np.log1p(density)
    density /= density.max() or 1.0
    picture = np.ones((cells, cells, 3))
    for plane, color in zip(density, (LINE, NODE), strict=True):
        rgb = np.array([int(color[i : i + 2], 16) / 255.0 for i in (1, 3, 5)])
        picture -= plane[:, :, None] * (1.0 - rgb)
    ax.imshow(picture.clip(0.0, 1.0), extent=(0, g.n or 1, g.n or 1, 0), interpolation="nearest")
    start = 0
    for size in np.sort(sizes)[::-1]:
        if size < max(2, g.n / 200):
            break
        ax.add_patch(
            matplotlib("patches").Rectangle(
                (start, start), size, size, fill=False, edgecolor=TEXT, linewidth=0.6, alpha=0.7
            )
        )
        start += int(size)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(color=FAINT, linewidth=0.6)
    _title(ax, f"{g.n:,} vertices, {g.m:,} edges, {int((sizes > 0).sum()):,} clusters")
    return ax


def plot_graph(
    graph: Any,
    labels: ArrayLike | ClusteringResult,
    positions: ArrayLike | None = None,
    ax: Axes | None = None,
    seed: int = 0,
) -> Axes:
    """Draw a small graph; edges that disagree with the clustering are red.

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
        At most 2000 vertices.
    labels : array (n,) of int, or ClusteringResult
        The eight largest clusters have colours of their own, the others are grey.
    positions : array (n, 2), optional
        Default a force-directed layout.
    ax : matplotlib Axes, optional
        A new figure if None.
    seed : int
        Of the layout.

    Returns
    -------
    matplotlib Axes
    """
    g = as_graph(graph)
    if g.n > _LARGEST_DRAWING:
        raise ValueError(
            f"graph has {g.n} vertices; at most {_LARGEST_DRAWING} can be drawn, see plot_matrix"
        )
    numbered = label_array(_labels(labels), "labels", g.n)
    if positions is None:
        points = _layout(g, numbered, np.random.default_rng(seed))
    else:
        points = np.asarray(positions, dtype=np.float64)
        if points.shape != (g.n, 2):
            raise ValueError(f"positions has shape {points.shape}; allowed is ({g.n}, 2)")
    ax = new_axes(1.0, 0.8) if ax is None else ax
    u, v, w = g.edges()
    attracts = np.ones(len(u), bool) if w is None else w >= 0
    wrong = attracts == (numbered[u] != numbered[v])
    segments = np.stack([points[u], points[v]], axis=1)
    lines = matplotlib("collections").LineCollection
    ax.add_collection(lines(segments[~wrong], colors=FAINT, linewidths=0.5, alpha=0.5, zorder=1))
    ax.add_collection(lines(segments[wrong], colors=NODE, linewidths=0.7, alpha=0.6, zorder=2))
    order = np.argsort(-np.bincount(numbered, minlength=1), kind="stable")[: len(COLORS)]
    colors = np.full(g.n, FAINT, dtype=object)
    for i, label in enumerate(order):
        colors[numbered == label] = COLORS[i]
    size = float(np.clip(3000.0 / max(g.n, 1), 6.0, 60.0))
    ax.scatter(
        points[:, 0], points[:, 1], s=size, c=colors.tolist(), edgecolors="white", linewidths=0.4, zorder=3
    )
    ax.set_aspect("equal")
    ax.set(xticks=[], yticks=[])
    ax.margins(0.04)
    for spine in ax.spines.values():
        spine.set_visible(False)
    _title(
        ax,
        f"{g.n:,} vertices, {int(numbered.max(initial=-1)) + 1:,} clusters, {int(wrong.sum()):,} edges wrong",
    )
    return ax


def _layout(g: Graph, labels: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.float64]:
    """Springs and repulsion (T. Fruchterman, E. Reingold, 1991), edges inside clusters pulling harder."""
    n = g.n
    points = rng.standard_normal((n, 2))
    u, v, _ = g.edges()
    pull = np.where(labels[u] == labels[v], 1.0, 0.15)[:, None]
    ideal = 1.0 / np.sqrt(max(n, 1))
    for heat in np.geomspace(0.2, 0.005, 150):
        apart = points[:, None, :] - points[None, :, :]
        squared = (apart**2).sum(axis=2) + 1e-9
        force = (apart * (ideal**2 / squared)[:, :, None]).sum(axis=1)
        along = points[u] - points[v]
        tension = pull * along * np.linalg.norm(along, axis=1, keepdims=True) / ideal
        np.add.at(force, u, -tension)
        np.add.at(force, v, tension)
        force -= 0.5 * points  # towards the middle, for what no edge holds
        length = np.linalg.norm(force, axis=1, keepdims=True)
        points += force / np.maximum(length, 1e-12) * np.minimum(length, heat)
    return points


def _labels(labels: ArrayLike | ClusteringResult) -> ArrayLike:
    return labels.labels if isinstance(labels, ClusteringResult) else labels


def _title(ax: Axes, text: str) -> None:
    ax.set_title(text, color=TEXT, fontsize=11, pad=8)


def _plain_ticks(ax: Axes) -> None:
    ticker = matplotlib("ticker")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: _shown(value)))
        axis.set_minor_formatter(ticker.NullFormatter())


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"
