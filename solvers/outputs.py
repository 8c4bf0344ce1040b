"""Output files of commands: what would spoil the end of a run is found out before it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wayseer._common.files import check_writable, replace_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def check_outputs(outputs: dict[str, Path | None], inputs: tuple[Path | None, ...]) -> None:
    """Refuse outputs, by option, that cannot be written or would overwrite an input or each other."""
    taken = {os.path.realpath(path): f"the input {path}" for path in inputs if path is not None}
    for option, path in outputs.items():
        if path is None:
            continue
        real = os.path.realpath(path)
        if real in taken and (not path.exists() or path.is_file()):
            raise ValueError(f"{option} {path} would overwrite {taken[real]}")
        taken[real] = f"the output of {option}"
        check_writable(path)


def check_picture(path: Path) -> None:
    """Refuse a picture that matplotlib cannot write."""
    try:
        import matplotlib
    except ImportError:
        raise ImportError('plotting needs matplotlib: pip install "wayseer[plot]"') from None
    from matplotlib.backend_bases import FigureCanvasBase

    matplotlib.use("Agg")
    allowed = FigureCanvasBase.get_supported_filetypes()
    if path.suffix.lower().lstrip(".") not in allowed:
        raise ValueError(f"{path}: unknown kind of picture; allowed are {', '.join(sorted(allowed))}")


def write_picture(path: Path, ax: Axes) -> None:
    """Write the figure of ``ax``."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    with replace_file(path) as out:
        figure.savefig(out, format=path.suffix.lower().lstrip("."))
