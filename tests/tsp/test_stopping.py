"""When a run ends, what it says about it, and what repeats."""

import _thread
import itertools
import json
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from wayseer.tsp import k_opt, or_opt, solve, tour_length

from .oracles import check

POINTS = np.random.default_rng(0).random((1000, 2))
METHODS = ["auto", "ils", "eax", "mcts"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [10, 1000])
def test_the_time_limit_ends_the_run(method, n):
    started = time.perf_counter()
    result = check(solve(POINTS[:n], time_limit=0.3, method=method), POINTS[:n])
    assert time.perf_counter() - started < 3  # a tenth of a second over on a quiet machine
    if n == 10 and method == "auto":
        assert result.status == "optimal"
    else:
        assert result.status == "time_limit"
        assert result.seconds >= 0.3  # it is used up


@pytest.mark.parametrize("limit", [1e-300, 1e-9, 1e-3])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [2, 9, 16, 1000])
def test_the_shortest_time_limit_still_gives_a_tour(method, n, limit):
    check(solve(POINTS[:n], time_limit=limit, method=method), POINTS[:n])


def test_an_infinite_time_limit_is_none():
    a = solve(POINTS[:100], time_limit=float("inf"), max_kicks=10)
    b = solve(POINTS[:100], max_kicks=10)
    assert (a.status, a.length) == (b.status, b.length) == ("converged", b.length)


def test_an_exact_run_cut_short_returns_a_good_tour():
    result = check(solve(POINTS[:20], method="exact", time_limit=1e-3), POINTS[:20])
    assert result.status == "time_limit"
    assert result.lower_bound is None
    assert result.length <= 1.2 * solve(POINTS[:20], max_kicks=100).length


@pytest.mark.parametrize("method", METHODS)
def test_a_target_ends_the_run(method):
    plain = solve(POINTS[:200], method=method, max_iterations=500)
    target = (plain.trace[0][1] + plain.length) / 2
    result = check(solve(POINTS[:200], method=method, target=target, time_limit=60), POINTS[:200])
    assert result.status == "target"
    assert result.length <= target
    assert all(length > target for _, length in result.trace[:-1])


@pytest.mark.parametrize("kind", ["points", "matrix", "asymmetric"])
def test_the_length_of_a_known_tour_is_a_target_that_is_met(kind):
    rng = np.random.default_rng(1)
    for seed in range(8):
        x = rng.random((30, 2 if kind == "points" else 30))
        if kind == "matrix":
            x += x.T
        known = solve(x, seed=seed)
        result = solve(x, seed=seed + 1, target=known.length, time_limit=3)
        assert result.length <= known.length * (1 + 1e-12)
        assert result.status == "target"
        assert solve(x, init=known.tour, target=known.length, time_limit=3).status == "target"


def test_max_iterations_counts_kicks_generations_and_actions():
    for method, limits in {"ils": (0, 1, 5, 100), "eax": (0, 1, 2), "mcts": (1, 7, 100)}.items():
        for limit in limits:
            result = check(solve(POINTS[:200], method=method, max_iterations=limit), POINTS[:200])
            assert result.iterations == limit
            assert result.status == "max_iterations"
            assert method != "ils" or result.kicks == limit


@pytest.mark.parametrize("method", ["ils", "eax"])
def test_max_kicks_bounds_the_kicks(method):
    for limit in (0, 1, 16, 50):
        result = check(solve(POINTS[:200], method=method, max_kicks=limit), POINTS[:200])
        assert result.kicks == limit
        assert result.status == "converged"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["points", "asymmetric"])
def test_a_seed_repeats_a_run_bit_for_bit(method, kind):
    x = POINTS[:150] if kind == "points" else np.random.default_rng(2).random((60, 60))
    if kind == "asymmetric" and method == "mcts":
        x += x.T
    options = {"method": method, "max_iterations": 40 if method in ("ils", "mcts") else 3}
    runs = [
        solve(x, seed=7, **options),
        solve(x, seed=7, **options),
        solve(x, seed=7, time_limit=1000, **options),
    ]
    for run in runs[1:]:
        assert np.array_equal(run.tour, runs[0].tour)
        assert [length for _, length in run.trace] == [length for _, length in runs[0].trace]
        assert (run.kicks, run.iterations, run.status) == (runs[0].kicks, runs[0].iterations, runs[0].status)
        assert run.seed == 7
    others = [solve(x, seed=seed, **options).tour for seed in (0, 1, 2**64 - 1)]
    assert any(not np.array_equal(other, runs[0].tour) for other in others)


def test_the_number_of_threads_does_not_change_the_result():
    for options in (
        {"max_iterations": 3},
        {"max_iterations": 3, "heatmap": np.random.default_rng(3).random((150, 150))},
    ):
        one, two, three = (solve(POINTS[:150], threads=threads, **options) for threads in (1, 2, 3))
        assert np.array_equal(one.tour, two.tour)
        assert np.array_equal(one.tour, three.tour)


@pytest.mark.parametrize("method", METHODS)
def test_the_callback_sees_the_incumbent_at_most_ten_times_a_second(method):
    calls = []
    result = solve(POINTS, method=method, time_limit=1.5, callback=lambda *report: calls.append(report))
    assert calls
    assert len(calls) <= 10 * result.seconds + 1
    assert all(b - a > 0.09 for (a, _), (b, _) in itertools.pairwise(calls))
    lengths = [length for _, length in calls]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] >= result.length * (1 - 1e-9)
    assert all(type(length) is float for length in lengths)
    assert 0 < calls[0][0] <= calls[-1][0] <= result.seconds


def test_the_callback_gets_integers_where_lengths_are_integers():
    calls = []
    solve(POINTS * 1e4, metric="EUC_2D", time_limit=0.5, callback=lambda *report: calls.append(report))
    assert calls
    assert all(type(length) is int for _, length in calls)


@pytest.mark.parametrize("method", METHODS)
def test_a_callback_that_returns_false_ends_the_run(method):
    result = check(solve(POINTS, method=method, time_limit=60, callback=lambda *_: False), POINTS)
    assert result.status == "interrupted"
    assert result.seconds < 30


@pytest.mark.parametrize("method", METHODS)
def test_an_exception_in_the_callback_ends_the_run_and_propagates(method):
    def fail(seconds, length):
        raise LookupError("of the callback")

    with pytest.raises(LookupError, match="of the callback"):
        solve(POINTS, method=method, time_limit=60, callback=fail)


def test_other_values_of_a_callback_mean_go_on():
    for value in (None, 0, "", [], True):
        assert solve(POINTS, time_limit=0.3, callback=lambda *_, value=value: value).status == "time_limit"


def test_a_callback_may_solve():
    inner = []
    solve(POINTS, time_limit=0.5, callback=lambda *_: inner.append(solve(POINTS[:8]).status))
    assert set(inner) == {"optimal"}


@pytest.mark.parametrize("method", METHODS)
def test_ctrl_c_in_a_callback_interrupts_or_raises(method):
    def interrupt(seconds, length):
        signal.raise_signal(signal.SIGINT)
        return True

    result = check(solve(POINTS, method=method, time_limit=60, callback=interrupt), POINTS)
    assert result.status == "interrupted"
    with pytest.raises(KeyboardInterrupt):
        solve(POINTS, method=method, time_limit=60, callback=interrupt, raise_on_interrupt=True)


INTERRUPTED = """
import json, sys, time
import numpy as np
from wayseer.tsp import solve
n, method = int(sys.argv[1]), sys.argv[2]
x = np.random.default_rng(0).random((n, 2 if n != 300 else n))
if method == "exact":  # without a callback: it reports nothing before its end
    print("running", flush=True)
    result = solve(x, method=method, time_limit=600)
else:
    result = solve(x, method=method, time_limit=600, callback=lambda *_: print("running", flush=True))
valid = bool(np.array_equal(np.sort(result.tour), np.arange(n)))
print(json.dumps({"status": result.status, "valid": valid, "length": float(result.length)}))
"""


@pytest.mark.parametrize(
    ("n", "method"),
    [(1000, "ils"), (1000, "eax"), (1000, "mcts"), (300, "auto"), (30_000, "auto"), (13, "ils")],
)
def test_ctrl_c_returns_the_best_tour_so_far(n, method):
    command = [sys.executable, "-c", INTERRUPTED, str(n), method]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "running\n"
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=60)  # within 0.1 s on a quiet machine
        finally:
            process.kill()
    found = json.loads(output.splitlines()[-1])
    assert found["status"] == "interrupted"
    assert found["valid"]


@pytest.mark.parametrize("delay", [0.0, 0.005, 0.02, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("init", [None, np.arange(100_000)])
def test_ctrl_c_in_set_up_returns_a_tour(delay, init):
    points = np.random.default_rng(6).random((100_000, 2))
    timer = threading.Timer(delay, _thread.interrupt_main)
    try:
        timer.start()
        result = solve(points, time_limit=600, init=init)
    except KeyboardInterrupt:  # it came before the solver's own watch began
        return
    assert check(result, points).status == "interrupted"
    assert init is None or result.length <= tour_length(points, init)


@pytest.mark.parametrize("limit", [1e-6, 0.005, 0.02, 0.05, 0.1])
def test_time_limits_shorter_than_set_up(limit):
    points = np.random.default_rng(7).random((100_000, 2))
    start = np.random.default_rng(8).permutation(100_000)
    for result in (
        solve(points, time_limit=limit),
        solve(points * 1e6, metric="EUC_2D", time_limit=limit),
        solve(points, init=start, time_limit=limit),
        or_opt(points, start, time_limit=limit),
        k_opt(points, start, time_limit=limit),
    ):
        assert np.array_equal(np.sort(result.tour), np.arange(100_000))
        assert result.status == "time_limit"


@pytest.mark.parametrize("search", [or_opt, k_opt])
def test_a_descent_keeps_its_time_limit(search):
    points = np.random.default_rng(4).random((20_000, 2))
    start = np.random.default_rng(5).permutation(20_000)
    started = time.perf_counter()
    result = check(search(points, start, time_limit=0.05), points)
    assert time.perf_counter() - started < 10
    assert result.length <= tour_length(points, start)
