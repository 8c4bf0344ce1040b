"""What the benchmarks of this room share: the environment, tables, JSON files, memory, where data lies."""

from __future__ import annotations

import json
import math
import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = (
    "wayseer",
    "numpy",
    "scipy",
    "igraph",
    "leidenalg",
    "networkit",
    "scikit-network",
    "ortools",
    "highspy",
)


def environment() -> dict[str, Any]:
    """Versions, processor and platform of this run."""
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "platform": platform.platform(terse=True),
        "python": platform.python_version(),
        "versions": {name: version for name in PACKAGES if (version := _version(name)) is not None},
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }


def write_json(path: str | os.PathLike[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the environment and the rows to ``path``; the seed is a column of the rows. NaN is null."""
    document = {
        "environment": environment(),
        "rows": [{key: None if _missing(value) else value for key, value in row.items()} for row in rows],
    }
    Path(path).write_text(json.dumps(document, indent=1, default=_plain, allow_nan=False) + "\n")


def print_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] | None = None) -> None:
    """Print a markdown table; a missing entry, None or NaN is "-"."""
    rows = list(rows)
    if columns is None:
        columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [list(columns)] + [[_shown(row.get(column)) for column in columns] for row in rows]
    widths = [max(3, *(len(line[i]) for line in cells)) for i in range(len(columns))]
    right = [rows != [] and all(_numeric(row.get(column)) for row in rows) for column in columns]

    def line(texts: Sequence[str]) -> str:
        padded = (
            text.rjust(width) if flush else text.ljust(width)
            for text, width, flush in zip(texts, widths, right, strict=True)
        )
        return "| " + " | ".join(padded) + " |"

    rule = ("-" * (w - 1) + (":" if flush else "-") for w, flush in zip(widths, right, strict=True))
    print(line(cells[0]), "| " + " | ".join(rule) + " |", *map(line, cells[1:]), sep="\n", flush=True)


def rss_mib() -> float:
    """The largest resident memory of this process so far, in MiB. NaN where the system does not tell."""
    try:
        import resource
    except ImportError:
        return math.nan
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def data_folder(arg: str | os.PathLike[str] | None = None) -> Path:
    """The folder with snap/, signed/ and ecc/: ``arg``, else clustering/ of $WAYSEER_DATA, else of
    ../shared/data beside the repository. Ends the program with a message if it is not there."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    folder = Path(arg) if arg is not None else Path(os.environ.get("WAYSEER_DATA", beside)) / "clustering"
    if not folder.is_dir() and arg is not None:
        sys.exit(f"no folder {folder}")
    if not folder.is_dir():
        sys.exit(f"no data at {folder}; give --data or set WAYSEER_DATA")
    inner = folder / "clustering"
    return inner if inner.is_dir() else folder


def _cpu_model() -> str:
    try:
        for text in Path("/proc/cpuinfo").read_text().splitlines():
            if text.startswith("model name"):
                return text.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _plain(value: Any) -> Any:
    """NumPy's scalars and arrays as JSON knows them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _numeric(value: Any) -> bool:
    return value is None or hasattr(value, "__float__")


def _shown(value: Any) -> str:
    if _missing(value):
        return "-"
    if isinstance(value, float) or (hasattr(value, "dtype") and value.dtype.kind == "f"):
        number = float(value)
        return f"{number:.0f}" if abs(number) >= 1000 else f"{number:.4g}"
    return str(value)
