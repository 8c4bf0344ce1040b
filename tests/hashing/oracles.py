"""What the vectorised operations must give, by way of Python's dict."""

import numpy as np


def plain(x):
    """A NumPy scalar as something that equals itself exactly when the keys are equal."""
    if isinstance(x, np.datetime64 | np.timedelta64):
        return (x.dtype.str, int(x.astype(np.int64)))
    x = x.item() if isinstance(x, np.generic) else x
    return "nan" if isinstance(x, float) and x != x else x


def groups(a):
    """Codes, first positions and counts of equal keys, in order of first appearance."""
    number, first, counts, codes = {}, [], [], []
    for i, x in enumerate(np.asarray(a).ravel()):
        code = number.setdefault(plain(x), len(first))
        if code == len(first):
            first.append(i)
            counts.append(0)
        counts[code] += 1
        codes.append(code)
    return np.array(codes, np.int64), np.array(first, np.int64), np.array(counts, np.int64)


def pairs(left, right, how):
    """Rows of equal keys; each side a list of tuples."""
    where = {}
    for j, key in enumerate(right):
        where.setdefault(key, []).append(j)
    result = []
    for i, key in enumerate(left):
        matches = where.get(key, [])
        result += [(i, j) for j in matches]
        if not matches and how == "left":
            result.append((i, -1))
    if how in ("semi", "anti"):
        return [i for i, key in enumerate(left) if (key in where) == (how == "semi")], None
    return [i for i, _ in result], [j for _, j in result]
