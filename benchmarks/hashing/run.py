"""`make bench ROOM=hashing ARGS="..."`: one of the room's benchmarks, the probe tables if none is named."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

BENCHMARKS = {
    "probes": "slots and buckets that insertions and look-ups examine, by scheme and load",
    "vector_ops": "unique, factorize, maps and strings beside pandas, polars, pyarrow and others",
    "scale": "tables of 100 and 400 million keys: time and memory",
    "functional": "expression hashes per second, beside NumPy",
    "hybrid_ivf": "nearest neighbours under attribute filters, beside post-filtering and faiss",
    "window": "nearest neighbours in windows of labels, beside hnswlib and NumPy",
}


def main() -> None:
    arguments = sys.argv[1:]
    if arguments in (["--help"], ["-h"]):
        print(f'usage: run.py [{"|".join(BENCHMARKS)}] [options]; "run.py NAME --help" lists the options\n')
        for name, text in BENCHMARKS.items():
            print(f"  {name:11} {text}")
        return
    name = arguments.pop(0) if arguments and arguments[0] in BENCHMARKS else "probes"
    if arguments and not arguments[0].startswith("-"):
        sys.exit(f"unknown benchmark {arguments[0]!r}; there are {', '.join(BENCHMARKS)}")
    script = Path(__file__).with_name(f"{name}.py")
    sys.argv = [str(script), *arguments]
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main()
