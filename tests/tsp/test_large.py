"""Large problems: valid tours within the memory that the documentation promises."""

import json
import subprocess
import sys

import pytest

MEASURED = """
import json, resource, sys
import numpy as np
from wayseer.tsp import solve, tour_length
n, limit, method = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
x = np.random.default_rng(0).random((n, 2))
solve(x[:1000], max_iterations=1, max_kicks=1)  # what importing and starting up need
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
result = solve(x, time_limit=limit, method=method)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({
    "valid": bool(np.array_equal(np.sort(result.tour), np.arange(n))),
    "off": abs(result.length - tour_length(x, result.tour)) / result.length,
    "ratio": result.length / (0.7124 * n**0.5),
    "solver": (peak - before) * 1024,
    "peak": peak * 1024 - x.nbytes,
    "status": result.status,
    "seconds": result.seconds,
}))
"""


def measured(n, limit, method="auto"):
    command = [sys.executable, "-c", MEASURED, str(n), str(limit), method]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    found = json.loads(done.stdout)
    assert found["valid"]
    assert found["off"] < 1e-9
    assert found["status"] == "time_limit"
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux")
@pytest.mark.parametrize("method", ["ils", "eax"])
def test_200_000_points_take_less_than_300_megabytes(method):
    found = measured(200_000, 5, method)
    assert found["solver"] < 300e6
    assert found["ratio"] < 2


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux")
def test_a_million_points_take_less_than_a_gibibyte():
    found = measured(1_000_000, 8)
    assert found["peak"] < 2**30
    assert found["solver"] < 450e6
    assert found["ratio"] < 2


def test_100_000_points_end_near_their_time_limit():
    assert measured(100_000, 2)["seconds"] < 12  # 0.1 s and 1 % over on a quiet machine
