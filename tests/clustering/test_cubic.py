"""Cubic correlation clustering: what is proven is true, what is solved is best, wrong input is refused."""

import contextlib
import itertools
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayseer import FormatError
from wayseer.clustering import CubicProblem, read_cubic, write_cubic
from wayseer.clustering.cubic import CRITERIA
from wayseer.clustering.cubic_costs import triple_places
from wayseer.clustering.cubic_datasets import cubic_partition, cubic_triangles


def partitions(n):
    """All label vectors, numbered in order of first appearance."""
    rows = [[]]
    for _ in range(n):
        rows = [[*row, c] for row in rows for c in range(max(row, default=-1) + 2)]
    return np.array(rows, dtype=np.int32).reshape(-1, n)


PARTITIONS = {n: partitions(n) for n in range(1, 7)}


def random_problem(rng, n):
    """Integer costs around a hidden partition."""
    hidden = rng.integers(0, rng.integers(1, 4), n)
    noise, shift = rng.integers(1, 6), rng.integers(-2, 3)
    i, j = np.triu_indices(n, 1)
    triples = np.array(list(itertools.combinations(range(n), 3)), dtype=np.int64).reshape(-1, 3)
    together = np.concatenate(
        [hidden[i] == hidden[j], (hidden[triples] == hidden[triples[:, :1]]).all(axis=1)]
    )
    costs = np.where(together, -2, 2) + shift + rng.integers(-noise, noise + 1, len(together))
    costs[rng.random(len(costs)) < rng.choice([0.0, 0.5])] = 0
    return CubicProblem(costs[: len(i)], costs[len(i) :] * rng.integers(0, 3), constant=7.0)


def value_by_definition(problem, labels):
    total = problem.constant
    for place, (i, j) in enumerate(itertools.combinations(range(problem.n), 2)):
        total += problem.pair_costs[place] * (labels[i] == labels[j])
    if problem.triple_costs.size:
        for place, (i, j, k) in enumerate(itertools.combinations(range(problem.n), 3)):
            total += problem.triple_costs[place] * (labels[i] == labels[j] == labels[k])
    return total


def agreeing(found, labels):
    """Which of the label vectors (rows) agree with all that is reported."""
    n = labels.shape[1]
    keep = np.ones(len(labels), dtype=bool)
    for i, j in itertools.combinations(range(n), 2):
        same = labels[:, i] == labels[:, j]
        if found.joined_labels[i] == found.joined_labels[j]:
            keep &= same
        if found.subproblem_labels[i] != found.subproblem_labels[j]:
            keep &= ~same
    for i, j in found.cut_pairs:
        keep &= labels[:, i] != labels[:, j]
    for i, j, k in found.cut_triples:
        keep &= ~((labels[:, i] == labels[:, j]) & (labels[:, i] == labels[:, k]))
    return keep


@pytest.mark.parametrize("seed", range(4))
def test_an_optimal_partition_agrees_with_all_that_is_reported(seed):
    rng = np.random.default_rng(seed)
    for _ in range(100):
        problem = random_problem(rng, int(rng.integers(2, 7)))
        labels = PARTITIONS[problem.n]
        values = np.array([problem.evaluate(row) for row in labels])
        for criteria in ("all", ["S", rng.choice(CRITERIA)], rng.choice(CRITERIA, 3, replace=False).tolist()):
            found = problem.persistency(criteria, relaxed=bool(rng.integers(2)))
            assert found.status == "complete"
            assert values[agreeing(found, labels)].min() == values.min()


def test_float_costs_are_never_fixed_wrongly():
    rng = np.random.default_rng(9)
    for _ in range(150):
        integers = random_problem(rng, int(rng.integers(3, 7)))
        # Thirds and sevenths of integers: many ties, none of them exact.
        problem = CubicProblem(integers.pair_costs / 3, integers.triple_costs / 7)
        labels = PARTITIONS[problem.n]
        values = np.array([problem.evaluate(row) for row in labels])
        found = problem.persistency()
        assert values[agreeing(found, labels)].min() == pytest.approx(values.min(), abs=1e-9)


def test_the_value_is_that_of_the_definition():
    rng = np.random.default_rng(1)
    for _ in range(30):
        problem = random_problem(rng, 6)
        labels = rng.integers(0, 4, 6)
        assert problem.evaluate(labels) == value_by_definition(problem, labels)


def test_small_problems_are_solved_to_the_optimum():
    rng = np.random.default_rng(2)
    for round_ in range(100):
        problem = random_problem(rng, int(rng.integers(1, 7)))
        best = min(problem.evaluate(row) for row in PARTITIONS[problem.n])
        result = problem.solve(persistency=round_ % 2 == 0)
        assert (result.status, result.objective, result.lower_bound) == ("optimal", best, best)
        assert result.gap == 0.0


def test_the_search_finds_the_hidden_partition_under_noise():
    labels = np.repeat(np.arange(4), [4, 8, 8, 12])
    for beta in (0.0, 0.5, 1.0):
        problem = cubic_partition(4, 0.5, beta, seed=3)
        result = problem.solve(seed=1)
        assert result.objective <= problem.evaluate(labels) + 1e-9
        assert result.objective == pytest.approx(problem.solve(persistency=False).objective)


def test_the_same_seed_gives_the_same_result():
    problem = cubic_partition(3, 0.7, 0.5, seed=0)
    a, b = (problem.solve(seed=5, max_iterations=20) for _ in range(2))
    assert a.labels.tobytes() == b.labels.tobytes()
    assert (a.objective, a.iterations) == (b.objective, b.iterations) == (a.objective, 20)


def test_limits_target_and_callback():
    problem = cubic_partition(4, 0.7, 0.5, seed=0)
    plain = problem.solve()
    assert plain.status == "feasible"
    assert plain.lower_bound is None
    assert problem.solve(target=plain.objective / 2).objective <= plain.objective / 2
    assert problem.solve(time_limit=1e-6).status == "time_limit"
    assert problem.persistency(time_limit=1e-6).status == "time_limit"
    large = cubic_partition(6, 0.7, 0.5, seed=0)
    calls = []
    assert large.solve(callback=lambda *args: calls.append(args)).status == "feasible"
    objectives = [objective for _, objective in large.solve().trajectory]
    assert objectives == sorted(objectives, reverse=True)


def test_ctrl_c_returns_what_is_known():
    program = (
        "import os, signal, threading, time\n"
        "from wayseer.clustering.cubic_datasets import cubic_partition\n"
        "problem = cubic_partition(20, 0.6, 1.0, 0)\n"
        "threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "result = problem.solve(seed=1, time_limit=60)\n"
        "print(result.status, result.n)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=50)
    assert done.stdout.split() == ["interrupted", "160"], done.stderr


def test_dense_matrix_condensed_dict_and_sparse_are_one_problem():
    rng = np.random.default_rng(3)
    n = 7
    pairs, triples = rng.integers(-5, 6, n * (n - 1) // 2), rng.integers(-5, 6, n * (n - 1) * (n - 2) // 6)
    matrix = np.zeros((n, n), dtype=np.float32)
    matrix[np.triu_indices(n, 1)] = pairs
    matrix += matrix.T + 99 * np.eye(n, dtype=np.float32)
    ids = np.array(list(itertools.combinations(range(n), 3)))
    shuffled = rng.permuted(ids, axis=1)
    order = rng.permutation(len(ids))
    given = {
        tuple(row): cost for row, cost in zip(shuffled[order].tolist(), triples[order].tolist(), strict=True)
    }
    i, j = np.triu_indices(n, 1)
    same = [
        CubicProblem(pairs, triples),
        CubicProblem(matrix, triples.astype(np.float32)),
        CubicProblem(pairs, given),
        CubicProblem.from_sparse(n, np.column_stack([j, i]), pairs, shuffled[order], triples[order]),
    ]
    expected = same[0].persistency()
    for problem in same[1:]:
        found = problem.persistency()
        for name in ("joined_labels", "subproblem_labels", "cut_pairs", "cut_triples", "fixed_fraction"):
            assert np.array_equal(getattr(found, name), getattr(expected, name))
        labels = rng.integers(0, 3, n)
        assert problem.evaluate(labels) == same[0].evaluate(labels)
        assert problem.solve().objective == same[0].solve().objective


def test_a_large_sparse_problem_is_separated_before_it_is_stored():
    rng = np.random.default_rng(4)
    n = 30_000  # a dense one would have 4.5e12 triples
    groups = rng.permutation(n).reshape(-1, 3)
    pairs = groups[:, :2]
    problem = CubicProblem.from_sparse(n, pairs, np.ones(len(pairs)), groups, -2.0 * np.ones(len(groups)))
    found = problem.persistency()
    assert found.subproblem_labels.max() + 1 == n // 3
    result = problem.solve()
    assert (result.status, result.objective) == ("optimal", -float(n // 3))


def test_large_dict_problems_are_stored_sparsely():
    n = 1200
    pairs = np.zeros(n * (n - 1) // 2)
    problem = CubicProblem(pairs, {(5, 3, 1199): -1.0})
    assert problem.pairs is not None
    result = problem.solve()
    assert result.objective == -1.0
    assert result.labels[3] == result.labels[5] == result.labels[1199]


def test_fields_of_the_persistency():
    problem = cubic_partition(3, 0.625, 0.0, seed=3)
    found = problem.persistency()
    n = problem.n
    remaining = 0
    cut = {tuple(pair) for pair in found.cut_pairs.tolist()}
    for i, j in itertools.combinations(range(n), 2):
        joined = found.joined_labels[i] == found.joined_labels[j]
        apart = found.subproblem_labels[i] != found.subproblem_labels[j]
        assert not (joined and apart)
        assert not ((i, j) in cut and (joined or apart))
        remaining += not (joined or apart or (i, j) in cut)
    assert found.fixed_fraction == pytest.approx(1 - remaining / (n * (n - 1) / 2))
    assert 0 < found.fixed_fraction < 1
    assert len(found.cut_pairs)
    assert len(found.cut_triples)
    assert set(found.counts) == set(found.times) == set(CRITERIA)
    for i, j, k in found.cut_triples.tolist():
        assert i < j < k
        assert not cut & {(i, j), (i, k), (j, k)}
    assert list(map(tuple, found.cut_pairs.tolist())) == sorted(cut)
    with pytest.raises(ValueError, match="read-only"):
        found.joined_labels[0] = 1
    only = problem.persistency(["EC"])
    assert set(only.counts) == {"EC"}
    assert len(only.cut_triples) == 0
    assert problem.persistency([]).fixed_fraction == 0.0


def test_direct_flows_give_the_same():
    for beta, alpha in ((0.0, 0.625), (0.5, 0.55), (1.0, 0.525)):
        problem = cubic_partition(3, alpha, beta, seed=1)
        fast, direct = problem.persistency(), problem.persistency(gomory_hu=False)
        for name in ("joined_labels", "subproblem_labels", "cut_pairs", "cut_triples"):
            assert np.array_equal(getattr(fast, name), getattr(direct, name))
        assert fast.counts == direct.counts
        assert fast.flows <= direct.flows


@pytest.mark.parametrize(
    ("n0", "alpha", "beta", "lowest", "highest"),
    [
        (3, 0.325, 0.0, 1.0, 1.0),
        (3, 0.325, 0.5, 0.99, 1.0),
        (3, 0.35, 1.0, 0.87 - 0.05, 1.0),
        (3, 0.525, 0.5, 0.62 - 0.05, 1.0),
        (3, 0.625, 0.5, 0.0, 0.05),
        (3, 0.55, 1.0, 0.0, 0.05),
        (6, 0.325, 0.5, 0.81 - 0.05, 1.0),
        (6, 0.35, 1.0, 0.61 - 0.05, 1.0),
    ],
)
def test_at_least_the_published_share_is_fixed_and_little_under_much_noise(n0, alpha, beta, lowest, highest):
    fixed = [cubic_partition(n0, alpha, beta, seed).persistency().fixed_fraction for seed in range(10)]
    assert lowest <= np.mean(fixed) <= highest


def test_noisy_triangles():
    assert cubic_triangles(6, 0.05).n == 45
    for sigma, lowest in ((0.025, 0.95), (0.05, 0.95)):
        fixed = [cubic_triangles(3, sigma, seed).persistency().fixed_fraction for seed in range(5)]
        assert np.mean(fixed) >= lowest
    # Without noise to speak of, the triangles are the clusters.
    result = cubic_triangles(4, 0.02, seed=0).solve()
    sizes = np.array([(4 - 2) + (4 - 1) + 4, (4 - 1) + 4 + (4 - 1), 2 * (4 - 2) + 4])
    assert result.n_clusters == 3
    assert np.array_equal(result.labels, np.repeat(np.arange(3), sizes))


def test_data_sets_repeat_and_refuse():
    a, b, c = (
        cubic_partition(2, 0.5, 0.5, 1),
        cubic_partition(2, 0.5, 0.5, 1),
        cubic_partition(2, 0.5, 0.5, 2),
    )
    assert np.array_equal(a.triple_costs, b.triple_costs)
    assert not np.array_equal(a.triple_costs, c.triple_costs)
    for call in (
        lambda: cubic_partition(0, 0.5, 0.5),
        lambda: cubic_partition(1, 1.5, 0.5),
        lambda: cubic_partition(1, 0.5, -0.1),
        lambda: cubic_triangles(1, 0.1),
        lambda: cubic_triangles(3, 0.0),
        lambda: cubic_triangles(3, 0.1, -1),
    ):
        with pytest.raises(ValueError, match=r"must be|at least|at most"):
            call()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_the_smallest_problems(n):
    problem = CubicProblem(np.zeros((n, n)) - 1, {}, constant=2.5)
    assert problem.n == n
    found = problem.persistency()
    assert found.fixed_fraction == 1.0
    result = problem.solve()
    assert result.status == "optimal"
    assert result.objective == 2.5 - (n == 2)
    assert result.n_clusters == min(n, 1)


BAD = [
    (lambda: CubicProblem(np.zeros(4)), r"pair_costs has shape \(4,\); allowed are"),
    (lambda: CubicProblem(np.zeros((2, 3))), r"pair_costs has shape \(2, 3\)"),
    (lambda: CubicProblem([[0, 1, 1], [1, 0, 2], [3, 4, 0]]), "not symmetric: 2 pairs differ"),
    (lambda: CubicProblem([0.0, np.nan, 1.0]), r"pair_costs\[1\] is nan"),
    (lambda: CubicProblem([[0, np.inf], [np.inf, 0]]), r"pair_costs\[0, 1\] is inf"),
    (lambda: CubicProblem(["a"]), "pair_costs has dtype"),
    (lambda: CubicProblem([True]), "pair_costs has dtype bool"),
    (lambda: CubicProblem([1e308] * 3), "so large that their sum"),
    (lambda: CubicProblem([0.0] * 3, [1.0, 2.0]), r"triple_costs has shape \(2,\); n = 3 has 1 triples"),
    (lambda: CubicProblem([0.0] * 3, [np.nan]), r"triple_costs\[0\] is nan"),
    (lambda: CubicProblem([0.0] * 3, {(0, 1, 3): 1.0}), r"key \(0, 1, 3\) must be at most 2"),
    (lambda: CubicProblem([0.0] * 3, {(-1, 1, 2): 1.0}), r"key \(-1, 1, 2\) must be at least 0"),
    (lambda: CubicProblem([0.0] * 3, {(0, 1, 1): 1.0}), r"\(0, 1, 1\) has a repeated id"),
    (lambda: CubicProblem([0.0] * 3, {(0, 1, 2): 1.0, (2, 1, 0): 1.0}), r"both \(0, 1, 2\)"),
    (lambda: CubicProblem([0.0] * 3, {(0, 1): 1.0}), r"key \(0, 1\) is no triple"),
    (lambda: CubicProblem([0.0] * 3, {(0, 1.0, 2): 1.0}), "must be an integer"),
    (lambda: CubicProblem([0.0] * 3, {(0, 1, 2): np.nan}), "must be finite"),
    (lambda: CubicProblem([0.0], constant=np.inf), "constant must be finite"),
    (lambda: CubicProblem.from_sparse(3, [[0, 3]], [1.0]), r"pairs\[0, 1\] = 3 is out of range"),
    (lambda: CubicProblem.from_sparse(3, [[1, 1]], [1.0]), r"pairs\[0\] = \(1, 1\) has a repeated id"),
    (
        lambda: CubicProblem.from_sparse(3, [[0, 1], [1, 0]], [1.0, 2.0]),
        r"pairs\[0\] and pairs\[1\] are both",
    ),
    (lambda: CubicProblem.from_sparse(3, [[0, 1]], [1.0, 2.0]), r"pair_costs has shape \(2,\); pairs has 1"),
    (lambda: CubicProblem.from_sparse(3, [[0, 1, 2]], [1.0]), r"pairs has shape \(1, 3\)"),
    (lambda: CubicProblem.from_sparse(3, [[0, 1]], [1.0], [[0, 1, 2]]), "go together"),
    (lambda: CubicProblem.from_sparse(3, [[0.0, 1.0]], [1.0]), "ids must be integers"),
    (lambda: CubicProblem.from_sparse(-1, [], []), "n must be at least 0"),
    (lambda: CubicProblem([0.0]).persistency("EC"), "criteria must be 'all' or a list of S"),
    (lambda: CubicProblem([0.0]).persistency(["XX"]), "unknown criterion 'XX'"),
    (lambda: CubicProblem([0.0]).persistency(3), "criteria must be 'all'"),
    (lambda: CubicProblem([0.0]).persistency(time_limit=0.0), "time_limit must be positive"),
    (lambda: CubicProblem([0.0]).persistency(relaxed=1), "relaxed must be True or False"),
    (lambda: CubicProblem([0.0]).solve(seed=-1), "seed must be at least 0"),
    (lambda: CubicProblem([0.0]).solve(max_iterations=-1), "max_iterations must be at least 0"),
    (lambda: CubicProblem([0.0]).evaluate([0]), r"labels has shape \(1,\)"),
    (
        lambda: CubicProblem.from_sparse(2000, [[0, 1]], [-1.0]).persistency(["EJ"]),
        "2000 elements; without the separation",
    ),
    (
        lambda: CubicProblem.from_sparse(
            2000, [[i, i + 1] for i in range(1999)], -np.ones(1999)
        ).persistency(),
        "subproblem of 2000 elements",
    ),
]


@pytest.mark.parametrize(("call", "message"), BAD, ids=[message for _, message in BAD])
def test_wrong_input_is_refused(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_files_come_back_as_written(tmp_path):
    rng = np.random.default_rng(6)
    dense = random_problem(rng, 6)
    for problem in (
        dense,
        CubicProblem(dense.pair_costs),
        CubicProblem(np.zeros((0, 0)), constant=1.0),
        CubicProblem([]),
        CubicProblem.from_sparse(9, [[8, 1], [2, 3]], [1.5, -2.0], [[0, 5, 4]], [3.0], 0.25),
        CubicProblem.from_sparse(4, [], []),
    ):
        write_cubic(tmp_path / "p.npz", problem)
        read = read_cubic(tmp_path / "p.npz")
        assert (read.n, read.constant) == (problem.n, problem.constant)
        for name in ("pair_costs", "triple_costs", "pairs", "triples"):
            ours, theirs = getattr(problem, name), getattr(read, name)
            assert (ours is None) == (theirs is None)
            assert ours is None or np.array_equal(ours, theirs)
    assert [path.name for path in tmp_path.iterdir()] == ["p.npz"]
    with pytest.raises(TypeError, match="problem must be a CubicProblem"):
        write_cubic(tmp_path / "p.npz", 3)


def test_files_by_others(tmp_path):
    np.savez(tmp_path / "p.npz", pair_costs=np.array([[0, -1], [-1, 0]]))
    assert read_cubic(tmp_path / "p.npz").solve().objective == -1.0
    for arrays, message in (
        ({}, "pair_costs is missing"),
        ({"pair_costs": np.zeros(3), "more": np.zeros(1)}, "unknown array 'more'"),
        ({"pair_costs": np.zeros(3), "n": 4}, "n is 4, pair_costs has the pairs of 3"),
        ({"pair_costs": np.zeros(1), "pairs": np.array([[0, 1]])}, "n is missing"),
        ({"pair_costs": np.zeros(3), "constant": np.zeros(2)}, "constant has shape"),
        ({"pair_costs": np.full(3, np.nan)}, r"pair_costs\[0\] is nan"),
        ({"pair_costs": np.array([object()] * 3)}, "not a cubic problem"),
    ):
        np.savez(tmp_path / "bad.npz", **arrays)
        with pytest.raises(FormatError, match=message):
            read_cubic(tmp_path / "bad.npz")
    with pytest.raises(FileNotFoundError):
        read_cubic(tmp_path / "none.npz")


@given(st.integers(0, 10_000), st.integers(0, 255), st.booleans())
def test_damaged_files_are_a_format_error_or_another_problem(tmp_path_factory, place, byte, cut):
    path = tmp_path_factory.mktemp("cubic") / "p.npz"
    write_cubic(path, CubicProblem.from_sparse(9, [[8, 1], [2, 3]], [1.5, -2.0], [[0, 5, 4]], [3.0]))
    data = bytearray(path.read_bytes())
    place %= len(data)
    if cut:
        del data[place:]
    else:
        data[place] = byte
    path.write_bytes(data)
    with contextlib.suppress(FormatError):
        assert read_cubic(path).n >= 0


def test_places_of_triples():
    for n in range(3, 9):
        triples = np.array(list(itertools.combinations(range(n), 3)))
        assert triple_places(triples[:, ::-1], n).tolist() == list(range(len(triples)))


def test_problems_are_pickled_and_shown():
    problem = CubicProblem([-1.0, 2.0, 2.0], {(0, 1, 2): -0.5})
    copy = pickle.loads(pickle.dumps(problem))
    assert copy.solve().labels.tolist() == problem.solve().labels.tolist() == [0, 0, 1]
    assert repr(problem) == "CubicProblem(n=3, dense, 3 pairs and 1 triples with a cost)"
    assert repr(problem.persistency()).startswith(
        "CubicPersistency(fixed_fraction=1, groups=2, subproblems=2"
    )
