"""`make bench ROOM=clustering ARGS="..."`: one of the room's benchmarks, "sum" if none is named."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

BENCHMARKS = {
    "sum": "disagreements beside Leiden: real, planted and very large graphs",
    "minmax": "the correlation metric, min-max clustering and its scale",
    "bounds": "lower bounds of the min-max objective, packings of triangles",
    "exact": "proven optima beside CP-SAT",
    "cubic": "partial optimality of cubic problems",
    "ecc": "edge-coloured hypergraphs beside HiGHS",
    "hash": "graph hashing beside scikit-network",
    "io": "graph readers",
}


def main() -> None:
    arguments = sys.argv[1:]
    if arguments in (["--help"], ["-h"]):
        print(f'usage: run.py [{"|".join(BENCHMARKS)}] [options]; "run.py NAME --help" lists the options\n')
        for name, text in BENCHMARKS.items():
            print(f"  {name:8} {text}")
        return
    name = arguments.pop(0) if arguments and arguments[0] in BENCHMARKS else "sum"
    if arguments and not arguments[0].startswith("-"):
        sys.exit(f"unknown benchmark {arguments[0]!r}; there are {', '.join(BENCHMARKS)}")
    script = Path(__file__).with_name(f"bench_{name}.py")
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.parent))
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main()
