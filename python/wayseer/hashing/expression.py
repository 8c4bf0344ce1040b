"""Expressions: trees of NumPy functions over arguments and constants."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wayseer._common.arrays import integer, shown
from wayseer._core import hashing as _core

_OPS = tuple(_core.expression_ops())
_CODES = {name: code for code, name in enumerate(_OPS)}
_INPUT, _CONSTANT = _CODES["input"], _CODES["constant"]
_FIRST_BINARY = _CODES["add"]
#: The functions of an expression, by NumPy name.
FUNCTIONS = _OPS[2:]
_ALIASES = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "**": "power",
    "abs": "absolute",
    "neg": "negative",
    "min": "minimum",
    "max": "maximum",
    "atan": "arctan",
    "true_divide": "divide",
    "fabs": "absolute",
    "pow": "power",
}


class Expr:
    """An expression; immutable.

    Made from `Expr.inputs` or `Expr.parse`, by ``+ - * / **`` and by NumPy functions: ``np.sin(x)`` of an
    expression is an expression, so a function written with NumPy is traced by calling it. `FUNCTIONS` in this
    module lists those that are known. Calling an expression with arrays evaluates it with NumPy.

    ``==`` compares structure: ``x + y == y + x`` is false, though both have one hash under
    `FunctionalHasher.hash_expr`.

    Examples
    --------
    >>> x, y = Expr.inputs(2)
    >>> np.sin(x) * 2 + y
    (add (multiply (sin x0) 2.0) x1)
    >>> Expr.parse(("+", ("*", ("sin", "x"), 2), "y")) == np.sin(x) * 2 + y
    True
    """

    __array_priority__ = 1000
    __slots__ = ("_hash", "args", "op", "size", "value")

    op: str
    args: tuple[Expr, ...]
    value: float
    size: int
    _hash: int

    def __init__(self, op: str, args: Sequence[Expr] = (), value: float = 0.0) -> None:
        if op not in _CODES:
            raise ValueError(f"unknown function {shown(op)}; allowed are {', '.join(FUNCTIONS)}")
        code = _CODES[op]
        wanted = 0 if code < 2 else 1 if code < _FIRST_BINARY else 2
        if len(args) != wanted:
            raise ValueError(f"{op} takes {wanted} arguments, got {len(args)}")
        if not all(isinstance(a, Expr) for a in args):
            raise TypeError(f"{op}: arguments must be expressions, got {shown(args)}")
        set_ = object.__setattr__
        set_(self, "op", op)
        set_(self, "args", tuple(args))
        set_(self, "value", value)
        set_(self, "size", 1 + sum(a.size for a in args))
        set_(self, "_hash", hash((op, value if value == value else "nan", *[a._hash for a in args])))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"expressions are immutable: {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, _table([self]))

    @staticmethod
    def input(index: int) -> Expr:
        """The argument number ``index``, from 0."""
        return Expr("input", (), integer(index, "index", 0, 2**31 - 1))

    @staticmethod
    def inputs(count: int) -> tuple[Expr, ...]:
        """The first ``count`` arguments."""
        return tuple(Expr.input(i) for i in range(integer(count, "count", 0)))

    @staticmethod
    def constant(value: float) -> Expr:
        """A number, as float64.

        Raises
        ------
        TypeError
            Not a real number.
        ValueError
            An integer that float64 cannot hold.
        """
        if not isinstance(value, numbers.Real):
            raise TypeError(f"value must be a real number, got {shown(value)} ({type(value).__name__})")
        try:
            converted = float(value)
        except OverflowError:
            raise ValueError(f"value {shown(value)} is too large for float64") from None
        if isinstance(value, numbers.Integral) and int(value) != converted:
            raise ValueError(f"value {shown(value)} is no float64")
        return Expr("constant", (), converted)

    @staticmethod
    def parse(tree: Any, names: Sequence[str] = ("x", "y", "z")) -> Expr:
        """An expression from nested tuples in prefix order.

        Parameters
        ----------
        tree : tuple, str, number or Expr
            A tuple ``(function, argument, ...)``; functions have NumPy names or are ``+ - * / ** abs neg min
            max``, and ``-`` of one argument is ``negative``. A string is one of ``names``.
        names : sequence of str
            Of the arguments.

        Raises
        ------
        ValueError
            Unknown function or name, wrong number of arguments.
        TypeError
            Something else in the tree.
        """
        if isinstance(tree, Expr):
            return tree
        if isinstance(tree, str):
            if tree not in names:
                raise ValueError(f"unknown argument {shown(tree)}; names are {', '.join(names)}")
            return Expr.input(list(names).index(tree))
        if isinstance(tree, tuple | list):
            if not tree or not isinstance(tree[0], str):
                raise TypeError(f"tree: a tuple must begin with a function's name, got {shown(tree)}")
            args = [Expr.parse(part, names) for part in tree[1:]]
            if tree[0] == "-" and len(args) == 1:
                return Expr("negative", args)
            return Expr(_ALIASES.get(tree[0], tree[0]), args)
        return Expr.constant(tree)

    def __call__(self, *inputs: Any) -> Any:
        """The value at arrays, by NumPy."""
        ops, left, right, _, constants = _table([self])
        values: list[Any] = []
        for op, a, b in zip(ops.tolist(), left.tolist(), right.tolist(), strict=True):
            if op == _INPUT:
                if a >= len(inputs):
                    raise TypeError(f"the expression uses argument {a}, {len(inputs)} are given")
                values.append(inputs[a])
            elif op == _CONSTANT:
                values.append(constants[a])
            elif op < _FIRST_BINARY:
                values.append(getattr(np, _OPS[op])(values[a]))
            else:
                values.append(getattr(np, _OPS[op])(values[a], values[b]))
        return values[-1]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        name = _ALIASES.get(ufunc.__name__, ufunc.__name__)
        if method != "__call__" or kwargs or name not in FUNCTIONS:
            return NotImplemented
        return Expr(name, [_as_expr(a) for a in inputs])

    def __add__(self, other: Any) -> Expr:
        return _binary("add", self, other)

    def __radd__(self, other: Any) -> Expr:
        return _binary("add", other, self)

    def __sub__(self, other: Any) -> Expr:
        return _binary("subtract", self, other)

    def __rsub__(self, other: Any) -> Expr:
        return _binary("subtract", other, self)

    def __mul__(self, other: Any) -> Expr:
        return _binary("multiply", self, other)

    def __rmul__(self, other: Any) -> Expr:
        return _binary("multiply", other, self)

    def __truediv__(self, other: Any) -> Expr:
        return _binary("divide", self, other)

    def __rtruediv__(self, other: Any) -> Expr:
        return _binary("divide", other, self)

    def __pow__(self, other: Any) -> Expr:
        return _binary("power", self, other)

    def __rpow__(self, other: Any) -> Expr:
        return _binary("power", other, self)

    def __neg__(self) -> Expr:
        return Expr("negative", (self,))

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return Expr("absolute", (self,))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expr):
            return NotImplemented
        if self is other:
            return True
        if self._hash != other._hash or self.size != other.size:
            return False
        mine: tuple[NDArray[Any], ...] = _table([self])
        others: tuple[NDArray[Any], ...] = _table([other])
        return all(
            np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(mine, others, strict=True)
        )

    def __repr__(self) -> str:
        if self.size > 1000:
            return f"<Expr {self.op}, {self.size} nodes>"
        parts: list[str] = []
        ops, left, right, _, constants = _table([self])
        for op, a, b in zip(ops.tolist(), left.tolist(), right.tolist(), strict=True):
            if op == _INPUT:
                parts.append(f"x{a}")
            elif op == _CONSTANT:
                parts.append(repr(float(constants[a])))
            else:
                second = "" if op < _FIRST_BINARY else f" {parts[b]}"
                parts.append(f"({_OPS[op]} {parts[a]}{second})")
        return parts[-1]


Table = tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]


def expression_table(expressions: Iterable[Expr]) -> Table:
    """Expressions end to end as arrays: functions, left and right arguments, starts and constants.

    Equal subexpressions of one expression are one node; arguments precede their function and are counted
    from their expression's start.
    """
    return _table(expressions)


def _table(expressions: Iterable[Expr]) -> Table:
    ops: list[int] = []
    left: list[int] = []
    right: list[int] = []
    starts = [0]
    constants: dict[float | str, int] = {}
    values: list[float] = []
    for root in expressions:
        if not isinstance(root, Expr):
            raise TypeError(f"expected an expression, got {shown(root)} ({type(root).__name__})")
        start = len(ops)
        by_identity: dict[int, int] = {}
        by_content: dict[tuple[int, int, int], int] = {}
        stack = [root]
        while stack:  # no recursion: trees may be deep
            node = stack[-1]
            if id(node) in by_identity:
                stack.pop()
                continue
            waiting = [a for a in reversed(node.args) if id(a) not in by_identity]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            code = _CODES[node.op]
            if code == _INPUT:
                a, b = int(node.value), 0
            elif code == _CONSTANT:
                key = node.value.hex()
                a, b = constants.setdefault(key, len(values)), 0
                if a == len(values):
                    values.append(node.value)
            else:
                a = by_identity[id(node.args[0])]
                b = by_identity[id(node.args[1])] if len(node.args) == 2 else 0
            content = (code, a, b)
            at = by_content.get(content)
            if at is None:
                at = by_content[content] = len(ops) - start
                ops.append(code)
                left.append(a)
                right.append(b)
            by_identity[id(node)] = at
        starts.append(len(ops))
    return (
        np.array(ops, np.uint8),
        np.array(left, np.int32),
        np.array(right, np.int32),
        np.array(starts, np.int64),
        np.array(values, np.float64),
    )


def _rebuild(
    ops: NDArray[Any], left: NDArray[Any], right: NDArray[Any], starts: NDArray[Any], constants: NDArray[Any]
) -> Expr:
    nodes: list[Expr] = []
    for op, a, b in zip(ops.tolist(), left.tolist(), right.tolist(), strict=True):
        if op == _INPUT:
            nodes.append(Expr.input(a))
        elif op == _CONSTANT:
            nodes.append(Expr.constant(float(constants[a])))
        else:
            nodes.append(Expr(_OPS[op], [nodes[a]] if op < _FIRST_BINARY else [nodes[a], nodes[b]]))
    return nodes[-1]


def _as_expr(value: Any) -> Expr:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    return value if isinstance(value, Expr) else Expr.constant(value)


def _binary(op: str, left: Any, right: Any) -> Expr:
    for value in (left, right):
        if not isinstance(value, Expr | numbers.Real):
            return NotImplemented  # type: ignore[no-any-return]
    if op == "power" and not isinstance(right, Expr) and math.isclose(right, 2, rel_tol=0, abs_tol=0):
        return Expr("square", (left,))
    return Expr(op, (_as_expr(left), _as_expr(right)))
