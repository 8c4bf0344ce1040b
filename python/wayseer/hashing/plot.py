"""Pictures of probe counts, with matplotlib."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from wayseer._common.figures import COLORS, TEXT, frame, matplotlib
from wayseer.hashing.probe_study import Cost, ProbeRow, over_seeds

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DASHES: tuple[Any, ...] = ("-", (0, (4, 2)), (0, (1, 1.5)), (0, (5, 1.5, 1, 1.5)))


def plot_probes(rows: Iterable[ProbeRow], axes: tuple[Axes, Axes] | None = None) -> tuple[Axes, Axes]:
    """Draw the average and the largest cost of each scheme against the load.

    Parameters
    ----------
    rows : iterable of ProbeRow
        From `probe_study`; one colour for each scheme, one line for each of its operations.
    axes : two matplotlib Axes, optional
        For averages and maxima. A new figure if None.

    Returns
    -------
    tuple of two matplotlib Axes

    Raises
    ------
    ValueError
        There are no rows.
    ImportError
        matplotlib is missing: ``pip install "wayseer[plot]"``.
    """
    rows = list(rows)
    if not rows:
        raise ValueError("there are no rows to draw")
    ticker = matplotlib("ticker")
    if axes is None:
        axes = _new_axes()
    lines: dict[tuple[str, str], list[tuple[float, Cost]]] = {}
    for (scheme, operation, load), cost in sorted(over_seeds(rows).items(), key=lambda item: item[0][2]):
        lines.setdefault((scheme, operation), []).append((load, cost))
    schemes = list(dict.fromkeys(row.scheme for row in rows))
    loads = sorted({row.load for row in rows})
    for scheme in schemes:
        operations = [operation for name, operation in lines if name == scheme]
        for k, operation in enumerate(dict.fromkeys(operations)):
            points = lines[scheme, operation]
            x = [1.0 / (1.0 - load) for load, _ in points]
            style = {
                "color": COLORS[schemes.index(scheme) % len(COLORS)],
                "linestyle": _DASHES[k % len(_DASHES)],
                "linewidth": 1.6,
                "marker": "o",
                "markersize": 3.5,
                "label": f"{scheme}: {operation}",
            }
            axes[0].plot(x, [cost.mean for _, cost in points], **style)
            axes[1].plot(x, [cost.max for _, cost in points], **style)
    n = ", ".join(f"{n:,}" for n in sorted({row.n for row in rows}))
    for ax, title in zip(axes, ("average", "maximum"), strict=True):
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xticks([1.0 / (1.0 - load) for load in loads], [_shown_load(load) for load in loads])
        ax.xaxis.set_minor_locator(ticker.NullLocator())
        ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))
        ax.set_xlabel("load", color=TEXT)
        ax.set_title(f"{title}, n = {n}", color=TEXT, fontsize=11, pad=8)
        frame(ax)
    axes[0].set_ylabel("slots or buckets examined", color=TEXT)
    axes[1].legend(
        fontsize=8,
        frameon=False,
        labelcolor=TEXT,
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        handlelength=3,
    )
    return axes


def _shown_load(load: float) -> str:
    """0.99, but 1 - 2^-14 as that."""
    text = f"{load:.10g}"
    power = (1.0 - load).hex()  # 0x1.0000000000000p-14 for a power of two
    if len(text) > 6 and power.startswith("0x1.0000000000000p-"):
        return rf"$1-2^{{{power.partition('p')[2]}}}$"
    return text


def _new_axes() -> tuple[Axes, Axes]:
    pyplot = matplotlib("pyplot")
    _, axes = pyplot.subplots(1, 2, figsize=(11.0, 4.6), dpi=160, layout="constrained")
    return axes[0], axes[1]
