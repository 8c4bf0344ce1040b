"""Cubic problems in files."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wayseer._common.arrays import INT32_MAX, integer, shown
from wayseer._common.errors import FormatError
from wayseer._common.files import Pathish, replace_file
from wayseer.clustering.cubic import CubicProblem


def read_cubic(path: Pathish) -> CubicProblem:
    """Read a problem from an ``.npz`` file.

    Parameters
    ----------
    path : path
        Arrays ``pair_costs`` and, optionally, ``triple_costs`` and ``constant``, as `CubicProblem` takes
        them; or, sparse, ``n``, ``pairs``, ``pair_costs``, ``triples``, ``triple_costs`` as
        `CubicProblem.from_sparse` takes them.

    Raises
    ------
    FormatError
        The file is not such a one; the message says what is wrong.
    OSError
        It cannot be read.
    """
    with open(path, "rb") as raw:  # np.load would leave a damaged file open
        data = raw.read()
    try:
        if not data.startswith(b"PK"):
            raise ValueError("not an .npz file")
        with np.load(io.BytesIO(data), allow_pickle=False) as loaded:
            arrays = {key: loaded[key] for key in loaded.files}
        return _problem_of(arrays)
    except (
        ValueError,
        TypeError,
        EOFError,
        KeyError,
        OSError,
        RuntimeError,
        NotImplementedError,
        MemoryError,
        SyntaxError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FormatError(f"not a cubic problem: {reason}", path) from None


def write_cubic(path: Pathish, problem: CubicProblem) -> None:
    """Write a problem as an ``.npz`` file that `read_cubic` reads; an older file is replaced when complete.

    Keys: ``n``, ``constant``, ``pair_costs``, ``triple_costs`` (left out of a dense problem without triples)
    and, for a sparse problem, ``pairs`` and ``triples``.
    """
    if not isinstance(problem, CubicProblem):
        raise TypeError(f"problem must be a CubicProblem, got {type(problem).__name__}")
    arrays: dict[str, Any] = {
        "n": np.int64(problem.n),
        "constant": np.float64(problem.constant),
        "pair_costs": problem.pair_costs,
    }
    if problem.pairs is not None and problem.triples is not None:
        arrays.update(pairs=problem.pairs, triples=problem.triples)
    if problem.triple_costs.size or problem.pairs is not None:
        arrays["triple_costs"] = problem.triple_costs
    with replace_file(path) as out:
        np.savez_compressed(out, **arrays)


def _problem_of(arrays: dict[str, NDArray[Any]]) -> CubicProblem:
    known = {"n", "constant", "pair_costs", "triple_costs", "pairs", "triples"}
    unknown = sorted(set(arrays) - known)
    if unknown:
        raise ValueError(f"unknown array {shown(unknown[0])}; allowed are {', '.join(sorted(known))}")
    if "pair_costs" not in arrays:
        raise ValueError("pair_costs is missing")
    for key in ("n", "constant"):
        if key in arrays and arrays[key].shape != ():
            raise ValueError(f"{key} has shape {arrays[key].shape}; allowed is a single number")
    constant = arrays["constant"].item() if "constant" in arrays else 0.0
    if "pairs" in arrays or "triples" in arrays:
        missing = [key for key in ("n", "pairs") if key not in arrays]
        if missing:
            raise ValueError(f"{missing[0]} is missing")
        return CubicProblem.from_sparse(
            arrays["n"].item(),
            arrays["pairs"],
            arrays["pair_costs"],
            arrays.get("triples"),
            arrays.get("triple_costs"),
            constant,
        )
    pair_costs = arrays["pair_costs"]
    n = integer(arrays["n"].item(), "n", 0, INT32_MAX - 1) if "n" in arrays else None
    if n == 0 and pair_costs.shape == (0,):
        pair_costs = pair_costs.reshape(0, 0)
    problem = CubicProblem(pair_costs, arrays.get("triple_costs"), constant)
    if n is not None and problem.n != n:
        raise ValueError(f"n is {n}, pair_costs has the pairs of {problem.n} elements")
    return problem
