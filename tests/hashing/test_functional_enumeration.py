"""Classes of all small expressions over {+, -, *, sin, x, y, 1} against evaluation at 50 digits."""

from typing import Any

import numpy as np
import pytest

from wayseer import hashing as wh

mpmath = pytest.importorskip("mpmath", reason="mpmath evaluates the reference")

Value = tuple[Any, ...]
POINTS = ("0.7390851332151606416553120876738734", "-1.3247179572447460259609088544780973")
OTHERS = ("1.2599210498948731647672106072782283", "0.5671432904097838729999686622103555")


def exact(op: str, a: Value, b: Value | None = None) -> Value:
    if op == "sin":
        return tuple(mpmath.sin(x) for x in a)
    assert b is not None
    if op == "add":
        return tuple(x + y for x, y in zip(a, b, strict=True))
    if op == "subtract":
        return tuple(x - y for x, y in zip(a, b, strict=True))
    return tuple(x * y for x, y in zip(a, b, strict=True))


def key(value: Value) -> tuple[str, ...]:
    """Thirty digits; what is below 10^-35 is 0."""
    return tuple("0" if abs(x) < mpmath.mpf(10) ** -35 else mpmath.nstr(x, 30) for x in value)


def grow(terms: list[tuple[wh.Expr, Value]]) -> list[tuple[wh.Expr, Value]]:
    """The leaves, and all functions of the terms."""
    grown = leaves()
    grown += [(wh.Expr("sin", [e]), exact("sin", v)) for e, v in terms]
    for op in ("add", "subtract", "multiply"):
        grown += [(wh.Expr(op, [e, f]), exact(op, v, w)) for e, v in terms for f, w in terms]
    return grown


def leaves() -> list[tuple[wh.Expr, Value]]:
    x, y = wh.Expr.inputs(2)
    one = (mpmath.mpf(1),) * len(POINTS)
    return [
        (x, tuple(map(mpmath.mpf, POINTS))),
        (y, tuple(map(mpmath.mpf, OTHERS))),
        (wh.Expr.constant(1), one),
    ]


@pytest.fixture(scope="module")
def terms() -> list[tuple[wh.Expr, Value]]:
    with mpmath.workdps(50):
        result = grow(grow(leaves()))
    assert len(result) == 3 + 33 + 3 * 33**2
    return result


def errors(expressions: list[wh.Expr], keys: list[tuple[str, ...]]) -> tuple[int, int, int]:
    """Exact classes, those that the hash splits, and hashes that join several."""
    hashes = wh.FunctionalHasher(wh.canonical_inputs(2)).hash_exprs(expressions)
    hashes_of: dict[tuple[str, ...], set[int]] = {}
    keys_of: dict[int, set[tuple[str, ...]]] = {}
    for h, k in zip(hashes, keys, strict=True):
        hashes_of.setdefault(k, set()).add(h)
        keys_of.setdefault(h, set()).add(k)
    split = sum(len(s) > 1 for s in hashes_of.values())
    joined = sum(len(s) > 1 for s in keys_of.values())
    return len(hashes_of), split, joined


def test_all_expressions_of_three_levels(terms: list[tuple[wh.Expr, Value]]) -> None:
    with mpmath.workdps(50):
        keys = [key(v) for _, v in terms]
    classes, split, joined = errors([e for e, _ in terms], keys)
    assert classes == 564
    assert (split, joined) == (0, 0)


def test_a_sample_of_the_32_million_with_one_more_level(terms: list[tuple[wh.Expr, Value]]) -> None:
    rng = np.random.default_rng(5)
    expressions: list[wh.Expr] = []
    keys: list[tuple[str, ...]] = []
    with mpmath.workdps(50):
        # small terms often, so that the sample holds many equal expressions
        for _ in range(30_000):
            i, j = (int(len(terms) * rng.random() ** 3) for _ in range(2))
            op = ("add", "subtract", "multiply")[rng.integers(3)]
            expressions.append(wh.Expr(op, [terms[i][0], terms[j][0]]))
            keys.append(key(exact(op, terms[i][1], terms[j][1])))
    classes, split, joined = errors(expressions, keys)
    assert classes < 25_000
    assert split + joined <= 0.001 * classes
