"""`make bench ROOM=hashing ARGS="functional"`: expression hashes per second, beside NumPy and Python's hash.

Random trees over + - * sin and two arguments, 16 inputs, CPU time of one thread, the best of the rounds. The
core takes trees that are arrays already; the row with Python objects shows what making the arrays costs.
NumPy evaluates each tree by itself and hashes the bytes of the unrounded values: the plain way.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from wayseer import hashing as wh
from wayseer.hashing.expression import expression_table

LEAVES = wh.Expr.inputs(2)


def random_tree(nodes: int, rng: np.random.Generator) -> wh.Expr:
    """A tree of exactly so many nodes; a fifth of the inner ones are sines, more where the parity asks."""
    if nodes == 1:
        return LEAVES[rng.integers(2)]
    if nodes == 2 or rng.random() < 0.2:
        return wh.Expr("sin", [random_tree(nodes - 1, rng)])
    left = int(rng.integers(1, nodes - 1))
    op = ("add", "subtract", "multiply")[rng.integers(3)]
    return wh.Expr(op, [random_tree(left, rng), random_tree(nodes - 1 - left, rng)])


def best(call: Callable[[], Any], rounds: int) -> float:
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        seconds.append(time.process_time() - start)
    return min(seconds)


def main(
    n: Annotated[int, typer.Option(help="Different trees.")] = 100_000,
    nodes: Annotated[int, typer.Option(min=1, help="Of each tree.")] = 16,
    points: Annotated[int, typer.Option(min=1, help="Canonical inputs.")] = 16,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of the table.")] = False,
) -> None:
    """Expression hashes per second."""
    rng = np.random.default_rng(1)
    trees = list({random_tree(nodes, rng) for _ in range(n)})
    inputs = wh.canonical_inputs(2, n=points)
    table = expression_table(trees)
    evaluated = wh.FunctionalHasher(inputs)
    evaluated.hash_table(*table)
    few = trees[: max(1, n // 50)]

    def numpy_way() -> None:
        with np.errstate(all="ignore"):
            for tree in few:
                values = np.broadcast_to(np.asarray(tree(*inputs), float), points)
                hashlib.blake2b(values.tobytes(), digest_size=16).digest()

    # a new hasher each time: its memory of subexpressions is empty
    ways: dict[str, tuple[int, Callable[[], Any]]] = {
        "core, trees as arrays": (len(trees), lambda: wh.FunctionalHasher(inputs).hash_table(*table)),
        "core, trees as objects": (len(trees), lambda: wh.FunctionalHasher(inputs).hash_exprs(trees)),
        "one hash_expr call each": (len(few), lambda: [evaluated.hash_expr(t) for t in few]),
        "hash(callable), check off": (
            len(few),
            lambda: [wh.FunctionalHasher(inputs, check=False).hash(t) for t in few],
        ),
        "numpy + blake2b": (len(few), numpy_way),
    }
    rows = []
    for way, (count, call) in ways.items():
        seconds = best(call, rounds)
        rows.append({"way": way, "trees": count, "ns_per_tree": 1e9 * seconds / count})
    if as_json:
        json.dump(rows, sys.stdout, indent=1)
        return
    evaluations = evaluated._expressions.evaluations / len(trees)
    shown = Table("way", "trees", "ns/tree", "trees/s")
    for row in rows:
        shown.add_row(
            row["way"],
            f"{row['trees']:,}",
            f"{row['ns_per_tree']:,.0f}",
            f"{1e9 / row['ns_per_tree']:,.0f}",
        )
    console = Console()
    console.print(shown)
    distinct = len({int(h) for h in evaluated.hash_exprs(trees)})
    mean_nodes = len(table[0]) / len(trees)
    console.print(
        f"{len(trees):,} different trees of {nodes} nodes ({mean_nodes:.1f} after merging within a tree), "
        f"{points} inputs: {evaluations:.1f} nodes evaluated per tree, {distinct:,} classes"
    )


if __name__ == "__main__":
    typer.run(main)
