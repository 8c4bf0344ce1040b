"""FunctionalHasher, canonical inputs and expressions."""

import pickle
import random
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayseer import hashing as wh
from wayseer._core import hashing as core
from wayseer.hashing.expression import FUNCTIONS, expression_table

fh = wh.FunctionalHasher(wh.canonical_inputs(3))
KNOWN = 0x3FC7C43FB97EC81F342B5819AC3BE38C
exact = wh.FunctionalHasher(wh.canonical_inputs(3), mantissa_bits=52)
x, y, z = wh.Expr.inputs(3)


def trees(names: tuple[str, ...] = ("x", "y", "z")) -> st.SearchStrategy[Any]:
    numbers = st.sampled_from([0, 1, -1, 2.5, 1e-3])
    two = st.sampled_from(["add", "subtract", "multiply", "divide", "minimum", "maximum"])
    one = st.sampled_from(["negative", "absolute", "square", "sign", "floor", "sin", "cos"])
    return st.recursive(
        st.sampled_from(names) | numbers,
        lambda t: st.tuples(one, t) | st.tuples(two, t, t),
        max_leaves=12,
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda x, y, z: x + x, lambda x, y, z: 2 * x),
        (lambda x, y, z: x * y, lambda x, y, z: y * x),
        (lambda x, y, z: x - x, lambda x, y, z: 0),
        (lambda x, y, z: x - x, lambda x, y, z: -0.0),
        (lambda x, y, z: 3.0, lambda x, y, z: np.full(16, 3.0)),
        (lambda x, y, z: np.sqrt(-1 - x * x), lambda x, y, z: np.full(16, -np.nan)),
        (lambda x, y, z: (x, y), lambda x, y, z: [x, y]),
        (lambda x, y, z: x, lambda x, y, z: [x]),
        (lambda x, y, z: x, lambda x, y, z: (x * 1e300 * 1e300, x)[1]),  # dead code
    ],
)
def test_equal_functions(one: Any, other: Any) -> None:
    assert exact.hash(one) == exact.hash(other)
    assert fh.hash(one) == fh.hash(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda x, y, z: x * x, lambda x, y, z: abs(x)),
        (lambda x, y, z: x, lambda x, y, z: y),
        (lambda x, y, z: (x, y), lambda x, y, z: (y, x)),
        (lambda x, y, z: x, lambda x, y, z: (x, x)),
        (lambda x, y, z: np.full(16, np.inf), lambda x, y, z: np.full(16, -np.inf)),
        (lambda x, y, z: np.full(16, np.inf), lambda x, y, z: np.full(16, np.finfo(float).max)),
        (lambda x, y, z: x > 0, lambda x, y, z: (x > 0) * 1.0),
        (lambda x, y, z: np.zeros(7), lambda x, y, z: np.zeros(8)),
        (lambda x, y, z: np.zeros((3, 2)), lambda x, y, z: np.zeros((2, 3))),
        (lambda x, y, z: np.array(["ab", "c"]), lambda x, y, z: np.array(["a", "bc"])),
        (lambda x, y, z: x, lambda x, y, z: x + 1e-5),
    ],
)
def test_different_functions(one: Any, other: Any) -> None:
    assert fh.hash(one) != fh.hash(other)


def test_the_order_of_additions_counts_for_52_bits_only() -> None:
    inputs = [np.array([0.1, 0.7]), np.array([0.2, 0.1]), np.array([0.3, 0.3])]
    left = x + y + z
    right = x + (y + z)
    for bits, equal in ((24, True), (52, False)):
        hasher = wh.FunctionalHasher(inputs, mantissa_bits=bits)
        assert (hasher.hash(left) == hasher.hash(right)) is equal
        assert (hasher.hash_expr(left) == hasher.hash_expr(right)) is equal


@given(st.floats(), st.integers(0, 52))
def test_rounding(value: float, bits: int) -> None:
    for shifted in (False, True):
        got = core.round_mantissa(np.array([value]), bits, shifted).view(np.float64)[0]
        if np.isnan(value) or np.isinf(value):
            assert np.array_equal(got, value, equal_nan=True)
            continue
        assert np.isfinite(got)
        assert not (got == 0 and np.signbit(got))
        if abs(value) > 1e-300:
            relative = abs(got / value - 1)
            nearest = not shifted and abs(value) < 8e307
            assert relative <= 2.0**-bits * (0.5 if nearest else 1) * (1 + 1e-9)
        if bits == 52:
            assert got == value
        again = core.round_mantissa(np.array([got]), bits, shifted).view(np.float64)[0]
        assert again == got


def test_sizes_and_seeds() -> None:
    inputs = wh.canonical_inputs(1)
    wide = wh.FunctionalHasher(inputs).hash(np.sin)
    narrow = wh.FunctionalHasher(inputs, bits=64).hash(np.sin)
    assert wide >> 64 != 0
    assert narrow == wide % 2**64
    assert wh.FunctionalHasher(inputs, seed=1).hash(np.sin) != wide
    assert wh.FunctionalHasher(inputs, mantissa_bits=25).hash(np.sin) != wide


def test_stored_hashes_stay_valid() -> None:
    hasher = wh.FunctionalHasher([np.arange(4.0)])
    assert hasher.hash_outputs([np.arange(4.0)]) == hasher.hash(lambda x: x) == hasher.hash_expr(x)
    assert hasher.hash_outputs([np.arange(4.0)]) == KNOWN


def test_dual_tolerance_joins_across_an_edge() -> None:
    edge = 1 + 2.0**-25
    low, high = np.nextafter(edge, 0), np.nextafter(edge, 2)
    single = wh.FunctionalHasher([np.zeros(1)])
    assert single.hash_outputs([[low]]) != single.hash_outputs([[high]])
    dual = wh.FunctionalHasher([np.zeros(1)], tolerance="dual")
    one, other = dual.hash_outputs([[low]]), dual.hash_outputs([[high]])
    assert isinstance(one, wh.DualHash)
    assert isinstance(other, wh.DualHash)
    assert one != other
    assert one.matches(other)
    assert not one.matches(dual.hash_outputs([[2.0]]))  # type: ignore[arg-type]
    cache = wh.EquivalenceCache(tolerance_test_size := 1)
    cache.add(one, 5.0)
    assert cache.get(other) == 5.0
    cache.add(dual.hash_outputs([[2.0]]), 1.0)
    assert cache.get(other) is None
    assert len(cache) == tolerance_test_size
    assert pickle.loads(pickle.dumps(one)).shifted == one.shifted
    assert dual.hash_expr(x) == dual.hash(x)
    assert dual.hash_expr(x).shifted == dual.hash(x).shifted  # type: ignore[attr-defined]


def test_exceptions_hash_to_their_type() -> None:
    def fails(error: Exception) -> Any:
        def candidate(*_: Any) -> None:
            raise error

        return candidate

    assert fh.hash(fails(ValueError("a"))) == fh.hash(fails(ValueError("b")))
    assert fh.hash(fails(ValueError("a"))) != fh.hash(fails(KeyError("a")))
    assert fh.hash(lambda x, y, z: 1 // 0) == fh.hash(fails(ZeroDivisionError()))
    with pytest.raises(KeyboardInterrupt):
        fh.hash(fails(KeyboardInterrupt()))  # type: ignore[arg-type]


def test_unseeded_randomness_is_found() -> None:
    with pytest.raises(wh.NonDeterministicError, match="two evaluations from seed 0"):
        fh.hash(lambda x, y, z: x + np.random.default_rng().normal())
    generator = np.random.default_rng(0)
    with pytest.raises(wh.NonDeterministicError):
        fh.hash(lambda x, y, z: x + generator.normal())
    unchecked = wh.FunctionalHasher(wh.canonical_inputs(3), check=False)
    assert unchecked.hash(lambda x, y, z: x + generator.normal()) >= 0


def test_seeded_randomness_is_accepted_and_leaves_no_trace() -> None:
    random.seed(7)
    np.random.seed(7)  # noqa: NPY002
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002

    def noisy(x: Any, y: Any, z: Any) -> Any:
        return x + np.random.normal() + random.random()  # noqa: NPY002

    assert fh.hash(noisy) == fh.hash(noisy)
    assert fh.hash(noisy) != wh.FunctionalHasher(wh.canonical_inputs(3), seed=2).hash(noisy)
    assert before == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002


def test_candidates_get_copies() -> None:
    def spoils(x: Any, y: Any, z: Any) -> Any:
        x += 1
        return x

    assert fh.hash(spoils) == fh.hash(lambda x, y, z: x + 1) == fh.hash_expr(x + 1)


def test_max_seconds() -> None:
    hasher = wh.FunctionalHasher(wh.canonical_inputs(1), max_seconds=0.05)
    ended = threading.Event()

    def loops(x: Any) -> None:
        try:
            while True:
                pass
        finally:
            ended.set()

    def late(x: Any) -> None:
        raise TimeoutError

    assert hasher.hash(loops) == hasher.hash(late)
    assert ended.wait(30)  # the loop was stopped, not left behind
    start = time.monotonic()
    assert hasher.hash(lambda x: time.sleep(20)) == hasher.hash(loops)
    assert time.monotonic() - start < 15
    patient = wh.FunctionalHasher(wh.canonical_inputs(1), max_seconds=60)
    assert patient.hash(np.sin) == wh.FunctionalHasher(wh.canonical_inputs(1)).hash(np.sin)
    with pytest.raises(wh.NonDeterministicError):
        patient.hash(lambda x: np.random.default_rng().normal())
    with pytest.raises(SystemExit):
        patient.hash(lambda x: sys.exit(3))


def test_threads_do_not_disturb_each_other() -> None:
    def noisy(x: Any, y: Any, z: Any) -> Any:
        return x + np.random.normal()  # noqa: NPY002

    wanted = fh.hash(noisy), fh.hash_expr(np.sin(x) * y)
    found: list[Any] = []

    def work() -> None:
        for _ in range(20):
            found.append((fh.hash(noisy), fh.hash_expr(np.sin(x) * y)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == [wanted] * 80


@given(trees())
def test_expressions_hash_like_their_values(tree: Any) -> None:
    e = wh.Expr.parse(tree)
    with np.errstate(all="ignore"):
        values = [e(*fh.inputs)]
    hasher = wh.FunctionalHasher(wh.canonical_inputs(3), tolerance="dual")
    one, other = hasher.hash_expr(e), hasher.hash_outputs([np.asarray(values[0], float)])
    # NumPy's sine may differ in its last bit, which differences of sines can blow up
    if "sin" not in repr(e) and "cos" not in repr(e):
        assert one == other
        assert fh.hash_expr(e) == fh.hash(e)
    assert pickle.loads(pickle.dumps(e)) == e
    assert hash(pickle.loads(pickle.dumps(e))) == hash(e)


@given(st.lists(trees(), min_size=1, max_size=8))
def test_batches_and_memory_change_nothing(batch: list[Any]) -> None:
    expressions = [wh.Expr.parse(t) for t in batch]
    fresh = [wh.FunctionalHasher(wh.canonical_inputs(3)).hash_expr(e) for e in expressions]
    assert wh.FunctionalHasher(wh.canonical_inputs(3)).hash_exprs(expressions) == fresh
    assert fh.hash_exprs(expressions) == fresh
    many = wh.canonical_inputs(3, n=5000)  # memory for 64 subexpressions only
    large = wh.FunctionalHasher(many)
    together = large.hash_exprs(expressions * 5)
    assert together == [wh.FunctionalHasher(many).hash_expr(e) for e in expressions] * 5


def test_every_function_agrees_with_numpy() -> None:
    inputs = [np.linspace(-30, 30, 601), np.linspace(3, -2, 601)]
    hasher = wh.FunctionalHasher(inputs)._expression_hasher()
    for name in FUNCTIONS:
        ufunc = getattr(np, name)
        traced = ufunc(*(x, y)[: ufunc.nin])
        assert traced == wh.Expr(name, (x, y)[: ufunc.nin])
        (got,) = hasher.evaluate(*expression_table([traced]))
        with np.errstate(all="ignore"):
            wanted = ufunc(*inputs[: ufunc.nin])
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-15, err_msg=name)


def test_sine_over_its_whole_range() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate(
        [rng.uniform(-1e5, 1e5, 20_000), np.pi * np.arange(-50, 50), rng.normal(size=1000)]
    )
    values = np.concatenate([values, [0.0, 1e5, 1e6, -1e15, 1e300, np.inf, np.nan, 1e-300]])
    hasher = wh.FunctionalHasher([values])._expression_hasher()
    for f in (np.sin, np.cos):
        with np.errstate(invalid="ignore"):
            wanted = f(values)
        (got,) = hasher.evaluate(*expression_table([f(x)]))
        np.testing.assert_allclose(got, wanted, rtol=1e-15, atol=2e-16)


def test_building_expressions() -> None:
    built = 2 * np.sin(x) - y / 3 + np.float64(1) - -(x**2) + abs(z)
    tree = (
        "+",
        ("-", ("+", ("-", ("*", 2, ("sin", "x")), ("/", "y", 3)), 1), ("-", ("square", "x"))),
        ("abs", "z"),
    )
    assert built == wh.Expr.parse(tree)
    assert hash(built) == hash(wh.Expr.parse(tree))
    assert built != x
    assert repr(x + 1) == "(add x0 1.0)"
    deep = x
    for _ in range(3000):
        deep = deep + deep  # 2^3000 nodes as a tree, 3001 as a graph
    assert fh.hash_expr(deep) == fh.hash_expr(x * 2.0**1000 * 2.0**1000 * 2.0**1000)
    assert deep == pickle.loads(pickle.dumps(deep))
    with pytest.raises(AttributeError):
        deep.op = "sin"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: wh.Expr.parse(("foo", "x")), ValueError, "unknown function 'foo'"),
        (lambda: wh.Expr.parse("q"), ValueError, "unknown argument 'q'"),
        (lambda: wh.Expr.parse(("+", "x")), ValueError, "add takes 2 arguments, got 1"),
        (lambda: wh.Expr.parse(()), TypeError, "must begin with a function"),
        (lambda: wh.Expr.parse(None), TypeError, "real number"),
        (lambda: wh.Expr.constant(2**53 + 1), ValueError, "is no float64"),
        (lambda: wh.Expr.constant(10**400), ValueError, "too large"),
        (lambda: x + "a", TypeError, "unsupported operand"),
        (lambda: np.add.reduce(x), TypeError, "NotImplemented"),
        (lambda: np.isfinite(x), TypeError, "NotImplemented"),
        (lambda: fh.hash_expr(wh.Expr.input(3)), ValueError, "input 3 of 3"),
        (lambda: fh.hash_expr("x"), TypeError, "expected an expression"),
        (lambda: fh.hash(3), TypeError, "candidate must be callable"),
        (lambda: fh.hash(lambda x, y, z: {}), TypeError, "an output has dtype object"),
        (lambda: fh.hash_outputs(3), TypeError, "outputs must be a list"),
        (lambda: wh.FunctionalHasher([[1, 2], [1, 2, 3]]), ValueError, "do not broadcast"),
        (lambda: wh.FunctionalHasher([None]), TypeError, r"inputs\[0\] has dtype object"),
        (lambda: wh.FunctionalHasher([], mantissa_bits=53), ValueError, "mantissa_bits must be at most 52"),
        (lambda: wh.FunctionalHasher([], bits=32), ValueError, "64 or 128"),
        (lambda: wh.FunctionalHasher([], tolerance="x"), ValueError, "unknown tolerance"),
        (lambda: wh.FunctionalHasher([], seed=-1), ValueError, "seed"),
        (lambda: wh.FunctionalHasher([np.ones(2, complex)]).hash_expr(x), TypeError, "real numbers"),
        (lambda: wh.canonical_inputs("xy"), TypeError, "signature"),
        (lambda: wh.canonical_inputs(2, n=0), ValueError, "n must be at least 1"),
        (lambda: wh.canonical_inputs(["U3"]), TypeError, "signature holds dtype"),
    ],
)
def test_errors(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_the_core_refuses_broken_tables() -> None:
    ops, left, right, starts, constants = expression_table([np.sin(x) + y * 2.0])
    for name, i, value in (
        ("ops", 1, 99),
        ("left", 1, 1),
        ("right", 4, 4),
        ("left", 0, -1),
        ("starts", 1, 9),
    ):
        table = {"ops": ops, "left": left, "right": right, "starts": starts, "constants": constants}
        table[name] = table[name].copy()
        table[name][i] = value
        with pytest.raises(ValueError, match=r"expression 0|starts"):
            fh.hash_table(**table)
    with pytest.raises(ValueError, match="no such constant"):
        fh.hash_table(ops, left, right, starts, constants[:0])


def test_canonical_inputs() -> None:
    a, b = wh.canonical_inputs(2)
    for values in (a, b):
        assert values.shape == (16,)
        assert {0.0, 1.0, -1.0} <= set(values.tolist())
        assert np.abs(values).max() > 100
        assert np.abs(values[values != 0]).min() < 0.05
        assert len(set(values.tolist())) > 12
        assert np.array_equal(values * 2**8, np.round(values * 2**8))
    assert not np.array_equal(a, b)
    again = wh.canonical_inputs(lambda x, y: x)
    assert all(np.array_equal(p, q) for p, q in zip((a, b), again, strict=True))
    assert not np.array_equal(wh.canonical_inputs(1, seed=1)[0], a)
    types = ["bool", "int8", "uint64", "float32", "complex128"]
    for name, values in zip(types, wh.canonical_inputs(types, n=40), strict=True):
        assert values.dtype == name
        assert len(set(values.tolist())) > 1
    assert wh.canonical_inputs(1, n=1)[0].shape == (1,)


def linear_model(rate: float, *, doubled: bool) -> Any:
    """Least squares by gradient steps; ``doubled`` holds half the weight: the same model."""

    def make() -> Any:
        weight = np.zeros(1)
        scale = 2.0 if doubled else 1.0

        def step(x: Any, y: Any) -> None:
            weight[0] += rate * np.mean((y - scale * weight[0] * x) * x) / scale

        return step, lambda x, y: np.mean((y - scale * weight[0] * x) ** 2)

    return make


def test_trainable_candidates() -> None:
    inputs = [v % 3 for v in wh.canonical_inputs(2, n=20)]
    hasher = wh.FunctionalHasher(inputs)

    def key(make: Any) -> int:
        return hasher.hash(lambda x, y: wh.training_errors(make, x, y))

    assert key(linear_model(0.1, doubled=False)) == key(linear_model(0.1, doubled=True))
    assert key(linear_model(0.1, doubled=False)) != key(linear_model(0.2, doubled=False))
    x, y = inputs
    errors = wh.training_errors(linear_model(0.1, doubled=False), x, y, checkpoints=(0, 50))
    assert errors.shape == (4,)
    assert errors[0] == pytest.approx(np.mean(y[:10] ** 2))
    assert errors[2] < errors[0]
    with pytest.raises(ValueError, match="must ascend"):
        wh.training_errors(linear_model(0.1, doubled=False), x, y, checkpoints=(2, 1))
    with pytest.raises(ValueError, match="x has 20 examples, y has 19"):
        wh.training_errors(linear_model(0.1, doubled=False), x, y[:19])
    with pytest.raises(ValueError, match="train must be at most 19"):
        wh.training_errors(linear_model(0.1, doubled=False), x, y, train=20)
