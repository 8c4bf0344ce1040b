"""The published open addressing schemes, exact, with their probes counted: to reproduce the theory.

All tables share one contract. Keys are int64, any value, and distinct; a key never moves. A probe is one
slot examined, the one taken included. At most ``n - floor(delta n)`` keys fit. Look-ups may run in several
threads at once; an insertion may not run beside anything. These tables are for study: for data, take those
that are made for speed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer import _core
from wayseer._common.arrays import dense_array, integer, number, shown
from wayseer.hashing.errors import NotSupported

MAX_SLOTS = 2**40


class _Table:
    """What the schemes have in common; each holds its table of the C++ core."""

    def __init__(self, core: Any, n: int, delta: float, seed: int) -> None:
        self._core = core
        self.n = n
        self.delta = delta
        self.seed = seed

    def insert(self, keys: ArrayLike, *, check: bool = True) -> NDArray[np.int64]:
        """Insert keys, in order.

        Parameters
        ----------
        keys : integers, any shape
        check : bool
            Look each key up first (uncounted). Without, keys must be distinct, and nothing tells if they
            are not.

        Returns
        -------
        array of int64, shape of ``keys``
            The slots that each insertion examined.

        Raises
        ------
        ValueError
            A key that is in the table already, with its position; the keys before it stay.
        TableFullError
            No slot for a key; the keys before it stay.
        """
        array = _int64_keys(keys)
        probes: NDArray[np.int64] = self._core.insert(array.reshape(-1), check=check)
        return probes.reshape(array.shape)

    def find(self, keys: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Look keys up.

        Parameters
        ----------
        keys : integers, any shape

        Returns
        -------
        slots : array of int64, shape of ``keys``
            -1 where a key is absent.
        probes : array of int64, shape of ``keys``
            The slots that each look-up examined.
        """
        array = _int64_keys(keys)
        slots, probes = self._core.find(array.reshape(-1))
        return slots.reshape(array.shape), probes.reshape(array.shape)

    def levels(self) -> NDArray[np.int64]:
        """The number of slots of each level, or of each part of the table."""
        return np.asarray(self._core.levels())

    @property
    def fill(self) -> NDArray[np.int64]:
        """The number of keys in each of `levels`."""
        return np.asarray(self._core.fill())

    @property
    def capacity(self) -> int:
        """The most keys that the table takes, ``n - floor(delta n)``."""
        return int(self._core.capacity)

    def __len__(self) -> int:
        return int(self._core.size)

    def __contains__(self, key: Any) -> bool:
        return bool(self.find(key)[0] >= 0)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(n={self.n}, delta={self.delta}, seed={self.seed}) with {len(self)} keys"
        )


class UniformTable(_Table):
    """Uniform probing: an independent random slot at each probe.

    Parameters
    ----------
    n : int
        Slots, 1 to 2^40 (8 bytes each).
    delta : float
        The fraction of them that stays free, in (0, 1).
    seed : int
        Of the hash functions; the same seed and keys give the same table everywhere.

    Raises
    ------
    ValueError, TypeError, OverflowError, MemoryError
        An argument out of range, of the wrong type, more than 2^40 slots, or more than there is memory for.

    Notes
    -----
    An insertion at load 1 - d costs 1/d probes in the mean; all together ln(1/delta) / (1 - delta) each. A
    hit costs what its insertion did. A miss ends at the first free slot, in a table without one after as
    many probes as the costliest insertion. Greedy schemes cannot do better in the mean than this one.

    Sources: J. D. Ullman, "A note on the efficiency of hashing functions" (1972); A. C. Yao, "Uniform
    hashing is optimal" (1985).
    """

    def __init__(self, n: int, delta: float, seed: int = 0) -> None:
        n, delta, seed = _shape(n, delta, seed)
        super().__init__(_core.hashing.UniformTable(n=n, delta=delta, seed=seed), n, delta, seed)


class LinearTable(_Table):
    """Linear probing: slot h + t at probe t.

    Parameters
    ----------
    n, delta, seed : as for `UniformTable`

    Notes
    -----
    An insertion at load 1 - d costs (1 + 1/d^2) / 2 probes in the mean, all together (1 + 1/delta) / 2
    each, where n is far above 1/delta^2; look-ups as in `UniformTable`.

    Source: D. E. Knuth, "The Art of Computer Programming", vol. 3, section 6.4.
    """

    def __init__(self, n: int, delta: float, seed: int = 0) -> None:
        n, delta, seed = _shape(n, delta, seed)
        super().__init__(_core.hashing.LinearTable(n=n, delta=delta, seed=seed), n, delta, seed)


class QuadraticTable(_Table):
    """Quadratic probing: slot h + t (t + 1) / 2 at probe t.

    Parameters
    ----------
    n : int
        Slots, a power of two up to 2^40; other sizes would leave slots unreached.
    delta, seed : as for `UniformTable`

    Notes
    -----
    Keys with the same h share their whole sequence, so costs lie a little above those of `UniformTable`.

    Source: D. E. Knuth, "The Art of Computer Programming", vol. 3, section 6.4.
    """

    def __init__(self, n: int, delta: float, seed: int = 0) -> None:
        n, delta, seed = _shape(n, delta, seed)
        super().__init__(_core.hashing.QuadraticTable(n=n, delta=delta, seed=seed), n, delta, seed)


class DoubleHashTable(_Table):
    """Double hashing: slot h + t g at probe t.

    Parameters
    ----------
    n : int
        Slots, a power of two (g is odd then) or a prime, up to 2^40.
    delta, seed : as for `UniformTable`

    Notes
    -----
    Costs are those of `UniformTable` up to lower-order terms.

    Source: L. J. Guibas, E. Szemeredi, "The analysis of double hashing" (1978).
    """

    def __init__(self, n: int, delta: float, seed: int = 0) -> None:
        n, delta, seed = _shape(n, delta, seed)
        super().__init__(_core.hashing.DoubleHashTable(n=n, delta=delta, seed=seed), n, delta, seed)


class ElasticTable(_Table):
    """Elastic hashing: levels that halve, and insertions that pass free slots by.

    Parameters
    ----------
    n, delta, seed : as for `UniformTable`
    c : float
        A key tries c min(log^2(1/e), log(1/delta)) slots of a level whose free fraction is e before it goes
        on to the next. Above 0, up to 2^20. With 1 a few insertions find both levels full and cost 1/delta
        probes and more; larger values make hits dearer.

    Notes
    -----
    Expected probes: an insertion O(log 1/delta); a hit O(1) in the mean over all keys and O(log 1/delta)
    for the worst key; a miss has no bound in theory, here it ends after all pairs (level, probe) that are
    in use. Constants are large: the means lie above those of `UniformTable`, the maxima far below.

    Source: M. Farach-Colton, A. Krapivin, W. Kuszmaul, "Optimal bounds for open addressing without
    reordering" (2025).
    """

    def __init__(self, n: int, delta: float, c: float = 2.0, seed: int = 0) -> None:
        n, delta, seed = _shape(n, delta, seed)
        self.c = number(c, "c")
        core = _core.hashing.ElasticTable(n=n, delta=delta, c=self.c, seed=seed)
        super().__init__(core, n, delta, seed)

    def find_calibrated(self, keys: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """`find`, probing the pairs (level, probe) by decreasing number of keys put there.

        Not from the paper. Hits take a quarter fewer probes at load 0.99, two fifths at 1 - 2^-14.
        """
        array = _int64_keys(keys)
        slots, probes = self._core.find_calibrated(array.reshape(-1))
        return slots.reshape(array.shape), probes.reshape(array.shape)

    def erase(self, keys: ArrayLike) -> int:
        """Elastic hashing is for insertions only: raises NotSupported."""
        raise NotSupported("elastic hashing does not support erase: its guarantees are for insertions only")

    def batches(self) -> NDArray[np.int64]:
        """The number of insertions of batch 0, 1, ... until the table has its capacity.

        After batch i the first i levels have all their keys, ``size - floor(delta size / 2)``, and level i
        + 1 is 3/4 full, rounded up.
        """
        return np.asarray(self._core.batches())

    @property
    def cases(self) -> dict[str, int]:
        """Insertions so far by kind.

        "batch 0"; "case 1": within the tries in level i; "case 1, next level": after them; "case 2": level
        i had its keys; "case 3": level i + 1 was 3/4 full, so level i was probed without bound.
        """
        names = ("batch 0", "case 1", "case 1, next level", "case 2", "case 3")
        return dict(zip(names, self._core.cases(), strict=True))

    def pairs(self) -> NDArray[np.int64]:
        """The pairs that a look-up probes, in its order, by increasing `phi`.

        Returns
        -------
        array (m, 3), int64
            Level and probe, both from 1, and the number of keys put there. A key of row k is found after
            exactly k + 1 probes, and a miss takes m.
        """
        return np.asarray(self._core.pairs())


class FunnelTable(_Table):
    """Funnel hashing: levels of small buckets, one bucket tried in each, and a special array for the rest.

    Parameters
    ----------
    n, seed : as for `UniformTable`
    delta : float
        The fraction of slots that stays free, above 0, up to 1/8.
    alpha : int, optional
        Levels; ceil(4 log2(1/delta) + 10) if None.
    beta : int, optional
        Slots of a bucket; ceil(2 log2(1/delta)) if None.

    Attributes
    ----------
    alpha, beta : int

    Raises
    ------
    ValueError
        As `UniformTable`; also where n slots cannot be divided by the rules: the message names the smallest
        n from there on that can.

    Notes
    -----
    Greedy. Expected probes of an insertion, hit or miss: O(log 1/delta) in the mean, O(log^2 1/delta) for
    the worst key; never more than `most_probes`.

    `levels` gives the slots of A_1 .. A_alpha and of the parts B and C of the special array. `insert`
    raises TableFullError also where a key's places in C are full, which is unlikely, not impossible.

    Source: M. Farach-Colton, A. Krapivin, W. Kuszmaul, "Optimal bounds for open addressing without
    reordering" (2025).
    """

    def __init__(
        self, n: int, delta: float, alpha: int | None = None, beta: int | None = None, seed: int = 0
    ) -> None:
        n, delta, seed = _shape(n, delta, seed)
        levels = None if alpha is None else integer(alpha, "alpha", 1, 2**20)
        slots = None if beta is None else integer(beta, "beta", 1, 2**20)
        core = _core.hashing.FunnelTable(n=n, delta=delta, alpha=levels, beta=slots, seed=seed)
        super().__init__(core, n, delta, seed)
        self.alpha = int(core.alpha)
        self.beta = int(core.beta)

    def erase(self, keys: ArrayLike) -> int:
        """Erase keys; absent ones are ignored.

        Returns
        -------
        int
            The number of keys that were there.

        Notes
        -----
        A tombstone stays, which look-ups pass over and an insertion may take. The guarantees of the theory
        do not hold any more.
        """
        return int(self._core.erase(_int64_keys(keys).reshape(-1)))

    def bucket_counts(self) -> NDArray[np.int64]:
        """Insertions so far by the number of buckets examined, from 0; a slot of B counts as one."""
        return np.asarray(self._core.bucket_counts())

    @property
    def most_probes(self) -> int | None:
        """The most slots that any operation examines; None in small tables: without C there is no bound."""
        bound = self._core.most_probes
        return None if bound is None else int(bound)


def phi(level: int, probe: int) -> int:
    """The place of a probe of a level in the order in which `ElasticTable` looks a key up.

    Parameters
    ----------
    level, probe : int
        From 1.

    Returns
    -------
    int
        With bits a of level and b of probe, most significant first, the number ``1 b1 1 b2 ... 1 bq 0 a1
        ... ap``; O(level probe^2), and no two pairs share one.

    Raises
    ------
    OverflowError
        It needs more than 64 bits.
    """
    return _core.hashing.phi(integer(level, "level", 1, 2**64 - 1), integer(probe, "probe", 1, 2**64 - 1))


def _shape(n: int, delta: float, seed: int) -> tuple[int, float, int]:
    n = integer(n, "n", 1)
    if n > MAX_SLOTS:
        raise OverflowError(f"n must be at most 2^40, got {shown(n)}")
    return n, number(delta, "delta"), integer(seed, "seed", 0, 2**64 - 1)


def _int64_keys(keys: ArrayLike) -> NDArray[np.int64]:
    """``keys`` as contiguous int64; what does not fit is an error, never a cast."""
    array = dense_array(keys, "keys")
    if array.size == 0 and array.dtype.kind == "f":  # an empty list
        array = array.astype(np.int64)
    if array.dtype.kind == "O" and all(type(key) is int for key in array.flat):
        key = next(key for key in array.flat if not -(2**63) <= key < 2**63)
        raise ValueError(f"keys holds {shown(key)}; allowed are integers of 64 bits")
    if array.dtype.kind not in "iu":
        raise TypeError(f"keys has dtype {array.dtype}; keys must be integers")
    if array.dtype == np.uint64 and array.size and int(array.max()) >= 2**63:
        raise ValueError(f"keys holds {array.max()}; allowed are signed integers of 64 bits")
    return np.asarray(array, dtype=np.int64, order="C")
