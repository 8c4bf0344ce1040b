"""What the pictures of all rooms have in common: matplotlib on demand, colours, frames."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TEXT, FAINT, GRID = "#22262b", "#8b949e", "#e6e9ed"
COLORS = ("#1f5fa8", "#d1495b", "#2a9d6f", "#e09f3e", "#7b4fa3", "#3aa6b9", "#8c564b", "#5b6770")
LINE, NODE = COLORS[:2]


def matplotlib(module: str) -> Any:
    """``matplotlib.<module>``; an ImportError that says how to install it."""
    try:
        return importlib.import_module(f"matplotlib.{module}")
    except ImportError as error:
        raise ImportError('plotting needs matplotlib: pip install "wayseer[plot]"') from error


def new_axes(width: float, height: float) -> Axes:
    """Axes in a new figure as wide or as high as the drawing needs, within limits."""
    pyplot = matplotlib("pyplot")
    ratio = float(np.clip((height or 1.0) / (width or 1.0), 0.4, 1.6))
    side = 7.5
    size = (side, side * ratio + 0.4) if ratio <= 1.0 else (side / ratio + 0.4, side)
    _, ax = pyplot.subplots(figsize=size, dpi=160, layout="constrained")
    axes: Axes = ax
    return axes


def frame(ax: Axes) -> None:
    """Grid, spines and ticks of a chart."""
    ax.grid(color=GRID, linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
    for side, spine in ax.spines.items():
        spine.set(color=FAINT, linewidth=0.6, visible=side in ("left", "bottom"))
    ax.tick_params(colors=FAINT, labelcolor=TEXT, labelsize=9, width=0.6, length=3, which="both")
