"""Memory at scale, in a process of its own."""

import json
import subprocess
import sys

import pytest

pytest.importorskip("resource")  # not on Windows

PROGRAM = """
import json, resource, sys
import wayseer.clustering as wc
graph = wc.datasets.planted_sparse(1_250_000, 62_500, 10, 6, seed=1, threads=2)
result = wc.correlation_cluster(graph, method="multilevel", threads=2, max_iterations=1)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({
    "m": graph.m,
    "objective": result.objective,
    "evaluated": wc.evaluate(graph, result.labels),
    "GiB": peak / 2**30 if sys.platform == "darwin" else peak / 2**20,
}))
"""


def test_ten_million_edges_in_three_gibibytes():
    found = json.loads(subprocess.check_output([sys.executable, "-c", PROGRAM], text=True))
    assert found["m"] > 9_900_000
    assert found["objective"] == found["evaluated"] < 0.8 * found["m"]
    assert found["GiB"] < 3
