"""The progress bar of commands that run a solver."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def progress(
    name: str, seconds: float | None, *, shown: bool
) -> Iterator[Callable[[float, float], bool] | None]:
    """A callback that moves a bar on standard error, or None if that is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not shown or not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[objective]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(name, total=seconds, objective="")

        def move(elapsed: float, objective: float) -> bool:
            done = elapsed if seconds is None else min(elapsed, seconds)
            text = f"{objective:,}" if isinstance(objective, int) else f"{objective:,.6g}"
            bar.update(task, completed=done, objective=text)
            return True

        yield move
