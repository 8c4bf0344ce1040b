"""What is measured: wayseer's solvers and their peers, each as a preparation and a call, which is charged."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import math
import multiprocessing
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import priors
from numpy.typing import ArrayLike, NDArray
from trial import OVERRUN, NotApplicableError, Trial, cpu_seconds, limit_cpu

from wayseer.tsp import TSPInstance, mcts, read_tour, solve, write_tsplib

_NO_TOUR = "no tour within the budget"

Solve = Callable[[], ArrayLike]
Oracle = NDArray[np.int32] | None


@dataclass(frozen=True)
class Method:
    """`prepare(instance, trial, oracle)` returns the call that is measured; what it returns is the tour."""

    prepare: Callable[[TSPInstance, Trial, Oracle], Solve]
    packages: tuple[str, ...] = ()  # any one of them will do
    repeat: bool = True  # False: no seed and (nearly) the same answer each time, so one run says all
    asymmetric: bool = True
    largest: int = 2**31 - 1
    why: str = ""  # there is no larger n
    largest_matrix: int = 2**31 - 1  # the same for costs that are not EUC_2D

    def refusal(self, n: int, symmetric: bool) -> str | None:
        """Why there is no use in starting this method, if there is none."""
        if n > self.largest:
            return self.why
        if not symmetric and not self.asymmetric:
            return "symmetric costs only"
        return None


# wayseer


def _wayseer(instance: TSPInstance, trial: Trial, oracle: Oracle) -> Solve:
    return lambda: solve(instance, time_limit=trial.budget, seed=trial.seed).tour


def _compat(instance: TSPInstance, trial: Trial, oracle: Oracle) -> Solve:
    return lambda: mcts(instance, compat=True, time_limit=trial.budget, seed=trial.seed).tour


def _engine(engine: str) -> Callable[[TSPInstance, Trial, Oracle], Solve]:
    def prepare(instance: TSPInstance, trial: Trial, oracle: Oracle) -> Solve:
        heatmap: Any = None
        if trial.prior in priors.GIVEN:
            assert oracle is not None
            heatmap = priors.given(trial.prior, instance, oracle, trial.seed)
        build = priors.BUILT.get(trial.prior)
        options: dict[str, Any] = {}
        if engine == "mcts":
            options["preset"] = {"none": "zero", "softdist": "softdist"}.get(trial.prior, "gt-prior")

        def call() -> ArrayLike:
            started = time.perf_counter()
            prediction = heatmap if build is None else build(instance)
            left = max(1e-3, trial.budget - (time.perf_counter() - started))
            return solve(
                instance, method=engine, heatmap=prediction, time_limit=left, seed=trial.seed, **options
            ).tour

        return call

    return prepare


# fast-tsp


def _fast_tsp(instance: TSPInstance, trial: Trial, oracle: Oracle) -> Solve:
    import fast_tsp

    matrix = _matrix(instance, np.float32)
    largest = float(matrix.max())
    if largest > 65535:  # its limit; the tour is measured at full scale
        matrix *= 65535 / largest
    np.rint(matrix, out=matrix)
    distances = matrix.astype(np.uint16)
    del matrix
    return lambda: fast_tsp.find_tour(distances, duration_seconds=trial.budget)


# LKH, as elkai offers it and with a time limit


def _elkai(instance: TSPInstance, trial: Trial, oracle: Oracle) -> Solve:
    """elkai's own call, with as many runs as fit: one run and the second one's cost are timed beforehand."""
    import elkai

    if instance.metric == "EUC_2D":
        assert instance.points is not None
        problem = elkai.Coordinates2D({k: tuple(p) for k, p in enumerate(instance.points.tolist())})
    else:
        problem = elkai.DistanceMatrix(_matrix(instance, np.int64).tolist())

    def call(runs: int) -> ArrayLike:
        return np.array(problem.solve_tsp(runs=runs)[:-1])

    one = _seconds_of(functools.partial(call, 1), OVERRUN * trial.budget)
    if one is None or one > OVERRUN * trial.budget:
        taken = f"over {OVERRUN * trial.budget:.3g}" if one is None else f"{one:.3g}"
        raise NotApplicableError(f"one run takes {taken} s")
    runs = 1
    if one < trial.budget:
        two = _seconds_of(functools.partial(call, 2), OVERRUN * trial.budget)
        if two is not None and two <= trial.budget:
            runs = 2 + math.floor((trial.budget - two) / max(two - one, 0.05 * one))
    return functools.partial(call, runs)


def _lkh(*settings: str) -> Callable[[TSPInstance, Trial, Oracle], Solve]:
    """LKH with its default settings but those given, as many runs as the budget holds, ascent included."""

    def prepare(instance: TSPInstance, trial: Trial, oracle: Oracle) -> Solve:
        folder = Path(tempfile.mkdtemp())  # inside the trial's own, which is removed after it
        problem = folder / "problem.tsp"
        write_tsplib(problem, replace(instance, display=None))  # elkai's reader crashes on DISPLAY_DATA
        lines = [*settings, f"SEED = {trial.seed}", "RUNS = 1000000", f"TOTAL_TIME_LIMIT = {trial.budget}"]
        if binary := os.environ.get("LKH_BIN"):
            return lambda: _lkh_binary(binary, folder, problem, lines)
        return lambda: _lkh_library(problem, lines)

    return prepare


def _lkh_library(problem: Path, lines: list[str]) -> ArrayLike:
    # The LKH 3 inside elkai takes every parameter of the program; only this entry passes them on.
    from elkai import _elkai

    parameters = "\n".join(["PROBLEM_FILE = :stdin:", *lines]) + "\n"
    tour = _elkai.solve_problem(parameters, problem.read_text())
    if not tour:
        raise NotApplicableError(_NO_TOUR)
    return np.array(tour) - 1


def _lkh_binary(binary: str, folder: Path, problem: Path, lines: list[str]) -> ArrayLike:
    parameters, tour = folder / "parameters", folder / "answer.tour"
    files = [f"PROBLEM_FILE = {problem}", f"OUTPUT_TOUR_FILE = {tour}"]
    parameters.write_text("\n".join([*files, *lines]) + "\n")
    ran = subprocess.run([binary, parameters], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if ran.returncode == -signal.SIGXCPU:
        raise NotApplicableError("takes over 3 times the budget")
    if not tour.exists():
        message = (ran.stdout + ran.stderr).strip()[-200:]
        if "TOTAL_TIME_LIMIT" in message:
            raise NotApplicableError("LKH_BIN is older than LKH 3.0.7: no TOTAL_TIME_LIMIT")
        if ran.returncode == 0:
            raise NotApplicableError(_NO_TOUR)
        raise RuntimeError(f"LKH wrote no tour: {message}")
    return read_tour(tour)


# OR-Tools


def _ortools(instance: TSPInstance, trial: Trial, oracle: Oracle) -> Solve:
    """Guided local search of the routing library from PATH_CHEAPEST_ARC; model building is not charged."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    manager = pywrapcp.RoutingIndexManager(instance.n, 1, 0)
    routing = pywrapcp.RoutingModel(manager)
    costs = routing.RegisterTransitMatrix(_matrix(instance, np.int64).tolist())
    routing.SetArcCostEvaluatorOfAllVehicles(costs)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromNanoseconds(round(trial.budget * 1e9))

    def call() -> ArrayLike:
        solution = routing.SolveWithParameters(parameters)
        if solution is None:
            raise NotApplicableError(_NO_TOUR)
        index, tour = routing.Start(0), []
        while not routing.IsEnd(index):
            tour.append(manager.IndexToNode(index))
            index = solution.Value(routing.NextVar(index))
        return np.array(tour)

    return call


_LKH_WHY = "O(n^2) preprocessing"

METHODS: dict[str, Method] = {
    "wayseer": Method(_wayseer),
    "fast-tsp": Method(
        _fast_tsp, ("fast-tsp",), asymmetric=False, largest=12_000, why="needs an n x n matrix"
    ),
    "elkai": Method(_elkai, ("elkai",), repeat=False, largest=200_000, why=_LKH_WHY),
    "lkh": Method(_lkh(), ("LKH_BIN", "elkai"), largest=200_000, why=_LKH_WHY),
    "lkh-short": Method(_lkh("INITIAL_PERIOD = 100"), ("LKH_BIN", "elkai"), largest=200_000, why=_LKH_WHY),
    "lkh-nosub": Method(_lkh("SUBGRADIENT = NO"), ("LKH_BIN", "elkai"), largest=200_000, why=_LKH_WHY),
    "ortools": Method(_ortools, ("ortools",), repeat=False, largest=5_000, why="needs n x n lists"),
    "mcts-compat": Method(_compat, asymmetric=False, largest=5_000, why="needs n x n arrays"),
    "eax": Method(_engine("eax")),
    "ils": Method(_engine("ils")),
    "mcts": Method(_engine("mcts"), asymmetric=False),
}
OURS = "wayseer"
#: The default columns of the anytime table; the others are the engines of the heatmap table.
ANYTIME = (OURS, "fast-tsp", "elkai", "lkh", "lkh-short", "lkh-nosub", "ortools", "mcts-compat")
LKH = ("elkai", "lkh", "lkh-short", "lkh-nosub")


@functools.cache
def version(name: str) -> str | None:
    """What would run under a method's name; None if it is not installed."""
    packages = METHODS[name].packages
    if not packages:
        return _own_version()
    for package in packages:
        if package == "LKH_BIN":
            if binary := os.environ.get("LKH_BIN"):
                return "LKH_BIN " + hashlib.sha256(Path(binary).read_bytes()).hexdigest()[:12]
        else:
            try:
                return f"{package} {importlib.metadata.version(package)}"
            except importlib.metadata.PackageNotFoundError:
                continue
    return None


def _own_version() -> str:
    """The version and a digest of the installed files: another build is another method."""
    package = importlib.util.find_spec("wayseer")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent
    digest = hashlib.sha256()
    for path in [*sorted(folder.glob("_core*.so")), *sorted(folder.glob("tsp/*.py"))]:
        digest.update(path.read_bytes())
    import wayseer

    return f"wayseer {wayseer.__version__} {digest.hexdigest()[:12]}"


def _matrix(instance: TSPInstance, dtype: type[np.generic]) -> NDArray[Any]:
    n = instance.n
    matrix = np.empty((n, n), dtype=dtype)
    rows = max(1, 2_000_000 // n)
    everyone = np.arange(n)
    for start in range(0, n, rows):
        stop = min(n, start + rows)
        matrix[start:stop] = instance.distances(np.arange(start, stop)[:, None], everyone)
    return matrix


def _seconds_of(call: Callable[[], object], limit: float) -> float | None:
    """CPU seconds of a call, made in a forked process; None if it takes more than the limit."""

    def work() -> None:
        limit_cpu(limit)
        call()

    before = cpu_seconds()
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    return cpu_seconds() - before if process.exitcode == 0 else None
