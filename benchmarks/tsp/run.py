"""`make bench ROOM=tsp ARGS="..."`: one of the room's benchmarks, the anytime table if none is named."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

BENCHMARKS = {
    "anytime": "tours under equal CPU budgets, wayseer and its peers",
    "heatmaps": "what predictions of different quality are worth to each engine",
    "mcts": "heatmap + Monte Carlo tree search: published settings, compat and fast mode",
}


def main() -> None:
    arguments = sys.argv[1:]
    if arguments in (["--help"], ["-h"]):
        print('usage: run.py [anytime|heatmaps|mcts] [options]; "run.py NAME --help" lists the options\n')
        for name, text in BENCHMARKS.items():
            print(f"  {name:9} {text}")
        print("\nAll take --data DIR (default: $WAYSEER_DATA, else ../shared/data).")
        return
    name = arguments.pop(0) if arguments and arguments[0] in BENCHMARKS else "anytime"
    if arguments and not arguments[0].startswith("-"):
        sys.exit(f"unknown benchmark {arguments[0]!r}; there are {', '.join(BENCHMARKS)}")
    script = Path(__file__).with_name(f"{name}.py")
    sys.argv = [str(script), *arguments]
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main()
