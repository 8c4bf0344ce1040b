"""Hashes of what a function does: of its rounded outputs on fixed inputs."""

from __future__ import annotations

import contextlib
import contextvars
import ctypes
import functools
import inspect
import numbers
import random
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from wayseer._common.arrays import choice, integer, number, shown
from wayseer._core import hashing as _core
from wayseer.hashing.equivalence_cache import DualHash, EquivalenceCache
from wayseer.hashing.errors import NonDeterministicError
from wayseer.hashing.expression import Expr, expression_table

__all__ = [
    "EquivalenceCache",
    "Expr",
    "FunctionalHasher",
    "cached_evaluation",
    "canonical_inputs",
    "training_errors",
]

# The core's output_kind_float64 is 1; the stored hashes depend on these.
_KINDS = {"f": 1, "c": 2, "i": 3, "u": 4, "b": 5, "U": 6, "S": 7}
_EXCEPTION_KIND = 100
_OUTPUTS_KIND = 101

# Seeding the process-wide generators and running a candidate is one step.
_seeded = threading.RLock()


def canonical_inputs(
    signature: int | Sequence[DTypeLike] | Callable[..., Any], n: int = 16, seed: int = 0
) -> list[NDArray[Any]]:
    """Fixed inputs on which candidates are compared.

    Parameters
    ----------
    signature : int, sequence of dtype or callable
        The number of float64 arguments; the arguments' dtypes (booleans, integers, floats, complex); or a
        function whose positional parameters without defaults are counted.
    n : int
        Points, at least 1. The first half, at most 7 points, is special: 0, 1, -1, a large and a small
        magnitude of both signs, in another order for each argument. The others are standard normals, or
        integers in -100..100 (unsigned: 0..100).
    seed : int

    Returns
    -------
    list of ndarray, shape (n,)
        Floats are whole multiples of 2^-8 below 2^10: few bits, so that sums and products of a few of them
        are exact, and expressions that are equal by algebra are equal bit by bit.

    Examples
    --------
    >>> [x.shape for x in canonical_inputs(2)]
    [(16,), (16,)]
    """
    n, seed = integer(n, "n", 1), integer(seed, "seed", 0)
    dtypes: list[np.dtype[Any]]
    if callable(signature) and not isinstance(signature, type):
        empty = inspect.Parameter.empty
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        parameters = inspect.signature(signature).parameters.values()
        dtypes = [np.dtype(np.float64) for p in parameters if p.kind in kinds and p.default is empty]
    elif isinstance(signature, str | type):
        raise TypeError(
            f"signature must be an int, a sequence of dtypes or a function, got {shown(signature)}"
        )
    elif isinstance(signature, Sequence):
        dtypes = [np.dtype(dtype) for dtype in signature]
    else:
        dtypes = [np.dtype(np.float64)] * integer(signature, "signature", 0)
    rng = np.random.default_rng([seed, 0x57A7])
    return [_points(dtype, i, n, rng) for i, dtype in enumerate(dtypes)]


def _points(dtype: np.dtype[Any], argument: int, n: int, rng: np.random.Generator) -> NDArray[Any]:
    if dtype.kind not in "biufc":
        raise TypeError(f"signature holds dtype {dtype}; allowed are booleans, integers, floats and complex")
    special = min(7, n // 2) if n > 1 else 0
    normals = np.round(rng.standard_normal(n) * 256) / 256
    normals[normals == 0] = 0.75
    if dtype.kind == "b":
        return rng.random(n) < 0.5
    if dtype.kind in "iu":
        values = rng.integers(0 if dtype.kind == "u" else -100, 101, n)
        fixed = [0, 1, 127, 2, 3, 64, 100] if dtype.kind == "u" else [0, 1, -1, 127, -127, 2, -64]
        values[:special] = np.roll(fixed, 3 * argument)[:special]
        return values.astype(dtype)
    normals[:special] = np.roll([0, 1, -1, 997, 5 / 128, -997, -5 / 128], 3 * argument)[:special]
    if dtype.kind == "c":
        return (normals + 1j * rng.permutation(normals)).astype(dtype)
    return normals.astype(dtype)


class FunctionalHasher:
    """Hashes functions by what they return for fixed inputs.

    Parameters
    ----------
    inputs : sequence of array_like
        The positional arguments, such as `canonical_inputs` gives; their shapes must broadcast.
    mantissa_bits : int
        0..52: outputs are rounded to that many bits behind the leading one, to the nearest. 52 compares them
        exactly, but for the sign of 0.0 and the kind of NaN.
    seed : int
        Of the hash, and of ``random`` and ``numpy.random`` before each evaluation (of torch too, if it is
        imported). Their states are restored afterwards.
    check : bool
        Evaluate each function twice from the same seed and compare.
    bits : {128, 64}
        Of the hash. Among N different functions N²/2^129 or N²/2^65 collisions are expected.
    tolerance : {"single", "dual"}
        With "dual", hashes are `DualHash`, which match if either of two roundings agrees, so that a value at
        the edge of a cell does not separate equal functions.
    max_seconds : float, optional
        Of each evaluation; a function that takes longer hashes as one that raised TimeoutError. Each then
        runs in a thread of its own. One that hangs in compiled code cannot be stopped: its thread is left
        behind.

    Raises
    ------
    TypeError, ValueError
        An argument of the wrong type or out of range; inputs that do not broadcast.

    Notes
    -----
    Equal hashes mean equal rounded outputs at these inputs, no more: functions that differ elsewhere only are
    one. Unequal hashes of equal functions come from rounding errors: across an edge (rare: one value in
    2^(52 - mantissa_bits) at an error of the last bit) or where a difference of nearly equal numbers leaves
    few correct bits.

    Examples
    --------
    >>> fh = FunctionalHasher(canonical_inputs(2))
    >>> fh.hash(lambda x, y: x + x + y) == fh.hash(lambda x, y: y + 2 * x)
    True
    """

    def __init__(
        self,
        inputs: Sequence[ArrayLike],
        mantissa_bits: int = 24,
        seed: int = 0,
        check: bool = True,
        *,
        bits: int = 128,
        tolerance: str = "single",
        max_seconds: float | None = None,
    ) -> None:
        if isinstance(inputs, str | bytes) or not hasattr(inputs, "__iter__"):
            raise TypeError(f"inputs must be a list of arrays, got {shown(inputs)}")
        self._inputs = [np.array(x) for x in inputs]
        for i, x in enumerate(self._inputs):
            if x.dtype.kind not in _KINDS:
                raise TypeError(f"inputs[{i}] has dtype {x.dtype}, which cannot be hashed")
        try:
            self._shape = np.broadcast_shapes(*(x.shape for x in self._inputs))
        except ValueError:
            shapes = ", ".join(str(x.shape) for x in self._inputs)
            raise ValueError(f"inputs: shapes {shapes} do not broadcast") from None
        self._mantissa_bits = integer(mantissa_bits, "mantissa_bits", 0, 52)
        self._seed = integer(seed, "seed", 0, 2**64 - 1)
        self._check = bool(check)
        self._bits = integer(bits, "bits")
        if self._bits not in (64, 128):
            raise ValueError(f"bits must be 64 or 128, got {bits}")
        self._dual = choice(tolerance, "tolerance", ("single", "dual")) == "dual"
        self._max_seconds = None if max_seconds is None else number(max_seconds, "max_seconds", 0)
        self._expressions: Any = None

    @property
    def inputs(self) -> list[NDArray[Any]]:
        """Copies of the inputs."""
        return [x.copy() for x in self._inputs]

    def hash(self, candidate: Callable[..., Any]) -> int:
        """The hash of a function.

        Parameters
        ----------
        candidate : callable
            Takes the inputs (fresh copies each time) and returns an array or number, or a tuple or list of
            them. Each output whose shape broadcasts to that of the inputs is broadcast to it; Python's
            ``int`` and ``float`` then count as float64 if an input is floating.

        Returns
        -------
        int
            128 or 64 bits. Of the exception's type alone if the function raises one.

        Raises
        ------
        NonDeterministicError
            Two evaluations from one seed differ.
        TypeError
            ``candidate`` is not callable, or returns what is no array of numbers or text.
        """
        if not callable(candidate):
            raise TypeError(
                f"candidate must be callable, got {shown(candidate)} ({type(candidate).__name__})"
            )
        first = self._observe(candidate)
        if self._check and not isinstance(first, TimeoutError):
            second = self._observe(candidate)
            if isinstance(second, TimeoutError):
                first = second
            elif self._digest(first) != self._digest(second):
                name = getattr(candidate, "__name__", type(candidate).__name__)
                raise NonDeterministicError(
                    f"{name} gave different outputs in two evaluations from seed {self._seed}; "
                    "check=False would accept that"
                )
        return self._digest(first)

    def hash_outputs(self, outputs: Sequence[ArrayLike]) -> int:
        """The hash of outputs, as `hash` would give for a function that returns them.

        Parameters
        ----------
        outputs : sequence of array_like
            Booleans, integers, floats, complex numbers or text. Their order, kinds and shapes count; float32
            is float64 of the same values, and so for all widths.
        """
        if not isinstance(outputs, list | tuple | np.ndarray):
            raise TypeError(f"outputs must be a list of arrays, got {shown(outputs)}")
        return self._digest([self._as_output(x) for x in outputs])

    def hash_expr(self, expr: Expr) -> int:
        """The hash of an expression, evaluated in compiled code; equal to ``hash(expr)`` but for rounding.

        Inputs are taken as float64.

        Raises
        ------
        TypeError
            No expression; complex or text inputs.
        ValueError
            The expression uses an argument that is not among the inputs.
        """
        return self.hash_exprs([expr])[0]

    def hash_exprs(self, exprs: Iterable[Expr]) -> list[int]:
        """`hash_expr` of many; subexpressions that they share are evaluated once."""
        rows, shifted = self.hash_table(*expression_table(exprs))
        primary = self._to_ints(rows)
        if shifted is None:
            return primary
        return [DualHash(a, b) for a, b in zip(primary, self._to_ints(shifted), strict=True)]

    def hash_table(
        self,
        ops: NDArray[np.uint8],
        left: NDArray[np.int32],
        right: NDArray[np.int32],
        starts: NDArray[np.int64],
        constants: NDArray[np.float64],
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint64] | None]:
        """`hash_expr` of expressions that are arrays already, without Python objects in between.

        Parameters
        ----------
        ops, left, right, starts, constants : ndarray
            As `wayseer.hashing.expression.expression_table` makes them.

        Returns
        -------
        digests : ndarray of uint64, shape (expressions, 2)
            High and low halves.
        shifted : ndarray or None
            Those of the second rounding if ``tolerance="dual"``.

        Raises
        ------
        ValueError
            The arrays are no expressions over these inputs.
        TypeError
            Arrays of other dtypes.
        """
        if self._expressions is None:
            self._expressions = self._expression_hasher()
        digests, shifted = self._expressions.hash(ops, left, right, starts, constants, self._dual)
        return digests, shifted

    def _expression_hasher(self) -> Any:
        for i, x in enumerate(self._inputs):
            if x.dtype.kind not in "biuf":
                raise TypeError(f"inputs[{i}] has dtype {x.dtype}; expressions take real numbers")
        size = int(np.prod(self._shape, dtype=np.int64))
        rows = np.empty((len(self._inputs), size))
        for row, x in zip(rows, self._inputs, strict=True):
            row[:] = np.broadcast_to(x, self._shape).reshape(-1)
        return _core.ExpressionHasher(rows, list(self._shape), self._seed, self._mantissa_bits)

    def _to_ints(self, rows: NDArray[np.uint64]) -> list[int]:
        low = rows[:, 1].tolist()
        if self._bits == 64:
            return [int(w) for w in low]
        return [int(high) << 64 | int(w) for high, w in zip(rows[:, 0].tolist(), low, strict=True)]

    def _observe(self, candidate: Callable[..., Any]) -> list[NDArray[Any]] | Exception:
        """The outputs, or what the candidate raised."""

        def evaluate() -> Any:
            with np.errstate(all="ignore"):
                return candidate(*self.inputs)

        with _seeded, _seeds(self._seed):
            try:
                limit = self._max_seconds
                result = evaluate() if limit is None else _run_within(evaluate, limit)
            except Exception as error:
                return error
        if isinstance(result, tuple | list):
            return [self._as_output(x) for x in result]
        return [self._as_output(result)]

    def _as_output(self, x: Any) -> NDArray[Any]:
        weak = isinstance(x, numbers.Real) and not isinstance(x, bool | np.generic)
        try:
            array = np.asarray(x)
        except ValueError:
            raise TypeError(f"an output is no array: {shown(x)}") from None
        if weak and array.dtype.kind in "iuO" and any(a.dtype.kind in "fc" for a in self._inputs):
            with contextlib.suppress(OverflowError):
                array = np.asarray(float(x))
        if array.dtype.kind not in _KINDS:
            raise TypeError(
                f"an output has dtype {array.dtype}; allowed are booleans, integers, floats, complex and text"
            )
        with contextlib.suppress(ValueError):
            array = np.broadcast_to(array, self._shape)
        return array

    def _digest(self, observed: list[NDArray[Any]] | Exception) -> int:
        primary = self._fold(observed, False)
        return DualHash(primary, self._fold(observed, True)) if self._dual else primary

    def _fold(self, observed: list[NDArray[Any]] | Exception, shifted: bool) -> int:
        fold = _core.OutputFold(self._seed, self._mantissa_bits, shifted)
        if isinstance(observed, Exception):
            kind = type(observed)
            name = np.frombuffer(f"{kind.__module__}.{kind.__qualname__}".encode(), np.uint8)
            fold.begin(_EXCEPTION_KIND, list(name.shape))
            fold.add_words(name.astype(np.uint64))
        else:
            if len(observed) != 1:
                fold.begin(_OUTPUTS_KIND, [len(observed)])
            for array in observed:
                _fold_array(fold, array)
        high, low = fold.finish()
        return int(low) if self._bits == 64 else int(high) << 64 | int(low)


def _fold_array(fold: Any, array: NDArray[Any]) -> None:
    kind = array.dtype.kind
    fold.begin(_KINDS[kind], list(array.shape))
    if kind == "f":
        fold.add(np.ascontiguousarray(array, np.float64).reshape(-1))
    elif kind == "c":
        fold.add(np.ascontiguousarray(array, np.complex128).reshape(-1).view(np.float64))
    elif kind in "ib":
        fold.add_words(np.ascontiguousarray(array, np.int64).reshape(-1).view(np.uint64))
    elif kind == "u":
        fold.add_words(np.ascontiguousarray(array, np.uint64).reshape(-1))
    else:
        for text in array.reshape(-1).tolist():
            raw = np.frombuffer(text.encode("utf-8", "surrogatepass") if kind == "U" else text, np.uint8)
            fold.begin(len(raw), [])
            fold.add_words(raw.astype(np.uint64))


@contextlib.contextmanager
def _seeds(seed: int) -> Iterator[None]:
    """The process-wide generators, seeded; afterwards they go on as if nothing had happened."""
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    torch = sys.modules.get("torch")
    torch_state = torch.random.get_rng_state() if torch is not None else None
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    if torch is not None:
        torch.manual_seed(seed % 2**63)
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002
        if torch is not None:
            torch.random.set_rng_state(torch_state)


class _Stop(SystemExit):
    """Ends a candidate that runs too long: no ``except Exception`` swallows it, and threads end silently."""


def _run_within(evaluate: Callable[[], Any], seconds: float) -> Any:
    """``evaluate()``, or TimeoutError after ``seconds``."""
    outcome: list[tuple[bool, Any]] = []
    context = contextvars.copy_context()

    def work() -> None:
        with contextlib.suppress(_Stop):
            try:
                outcome.append((True, context.run(evaluate)))
            except BaseException as error:
                if not isinstance(error, _Stop):
                    outcome.append((False, error))

    worker = threading.Thread(target=work, name="wayseer candidate", daemon=True)
    worker.start()
    try:
        worker.join(seconds)
    finally:  # also when the caller is interrupted
        if worker.is_alive() and worker.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident), ctypes.py_object(_Stop))
    if not outcome:
        raise TimeoutError(f"the candidate took longer than {seconds} s")
    returned, value = outcome[0]
    if returned:
        return value
    raise value


def training_errors(
    make: Callable[[], tuple[Callable[[Any, Any], Any], Callable[[Any, Any], float]]],
    x: NDArray[Any],
    y: NDArray[Any],
    *,
    train: int = 10,
    checkpoints: Sequence[int] = (1, 2, 5, 10),
) -> NDArray[np.float64]:
    """What a trainable candidate is hashed by: its errors after a few steps on a fixed mini-batch.

    Parameters
    ----------
    make : callable
        Takes nothing and returns a new model as two functions: ``step(x, y)`` trains it by one step, and
        ``error(x, y)`` returns its error.
    x, y : ndarray
        Examples along the first axis, such as 20 canonical inputs.
    train : int
        How many of them, the first, are trained on; the others are for validation.
    checkpoints : sequence of int
        After which numbers of steps the errors are taken, ascending.

    Returns
    -------
    ndarray of float64, shape (2 * len(checkpoints),)
        Training and validation error of each checkpoint in turn.

    Examples
    --------
    >>> def make():
    ...     w = np.zeros(1)
    ...     def step(x, y):
    ...         w[0] += 0.1 * np.mean((y - w[0] * x) * x)
    ...     return step, lambda x, y: np.mean((y - w[0] * x) ** 2)
    >>> fh = FunctionalHasher(canonical_inputs(2, n=20))
    >>> key = fh.hash(lambda x, y: training_errors(make, x, y))
    """
    train = integer(train, "train", 1, len(x) - 1)
    if len(y) != len(x):
        raise ValueError(f"x has {len(x)} examples, y has {len(y)}")
    ascending = [integer(c, "checkpoints", 0) for c in checkpoints]
    if sorted(ascending) != ascending:
        raise ValueError(f"checkpoints must ascend, got {shown(checkpoints)}")
    step, error = make()
    errors = []
    done = 0
    for checkpoint in ascending:
        for _ in range(done, checkpoint):
            step(x[:train], y[:train])
        done = max(done, checkpoint)
        errors += [float(error(x[:train], y[:train])), float(error(x[train:], y[train:]))]
    return np.array(errors)


def cached_evaluation(
    cache: EquivalenceCache, hasher: FunctionalHasher
) -> Callable[[Callable[..., float]], Callable[..., float]]:
    """Decorate a score so that candidates that behave alike are scored once.

    Parameters
    ----------
    cache : EquivalenceCache
    hasher : FunctionalHasher

    Returns
    -------
    decorator
        Of a function ``score(candidate, *args, **kwargs) -> float``. The candidate, an `Expr` or a callable,
        alone decides whether a score is reused: use one cache for each setting of the other arguments.

    Examples
    --------
    >>> fh = FunctionalHasher(canonical_inputs(1))
    >>> @cached_evaluation(EquivalenceCache(1000), fh)
    ... def score(candidate):
    ...     print("scored")
    ...     return float(candidate(2.0))
    >>> score(lambda x: x + x), score(lambda x: 2 * x)
    scored
    (4.0, 4.0)
    """

    def decorate(score: Callable[..., float]) -> Callable[..., float]:
        @functools.wraps(score)
        def scored(candidate: Any, *args: Any, **kwargs: Any) -> float:
            key = hasher.hash_expr(candidate) if isinstance(candidate, Expr) else hasher.hash(candidate)
            return cache.evaluate(key, lambda: score(candidate, *args, **kwargs))

        return scored

    return decorate
