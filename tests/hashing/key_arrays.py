"""Hypothesis strategies for arrays of keys: every dtype, layout and shape."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

INTEGERS = [np.dtype(f"{kind}{size}") for kind in "iu" for size in (1, 2, 4, 8)]
FLOATS = [np.dtype("f4"), np.dtype("f8")]
TIMES = [np.dtype("M8[ns]"), np.dtype("M8[D]"), np.dtype("m8[us]")]
NUMBERS = [np.dtype("?"), *INTEGERS, *FLOATS, *TIMES]


def special(dtype):
    """Keys that are worth a test of their own."""
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return [0, 1, int(info.min), int(info.max)]
    if dtype.kind == "f":
        info = np.finfo(dtype)
        return [0.0, -0.0, 1.0, np.nan, -np.nan, np.inf, -np.inf, float(info.max), float(info.tiny)]
    if dtype.kind in "mM":
        return [np.array(x, dtype) for x in ("NaT", 0, 1, -1)]
    return [False, True]


@st.composite
def number_arrays(draw, dtypes=NUMBERS, max_side=12, min_dims=0, max_dims=3):
    """Small arrays with many equal keys, of every layout."""
    dtype = draw(st.sampled_from(dtypes))
    shape = draw(hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=0, max_side=max_side))
    some = st.one_of(st.sampled_from(special(dtype)), hnp.from_dtype(dtype))
    pool = draw(st.lists(some, min_size=1, max_size=8))
    array = draw(hnp.arrays(dtype, shape, elements=st.sampled_from(pool), fill=st.nothing()))
    return laid_out(draw, array)


def laid_out(draw, array):
    """The same entries, somehow in memory."""
    match draw(st.sampled_from(["plain", "strided", "reversed", "transposed", "swapped", "read-only"])):
        case "strided" if array.ndim:
            wide = np.repeat(array, 2, axis=-1)
            array = wide[..., ::2]
        case "reversed" if array.ndim:
            array = array[::-1]
        case "transposed":
            array = array.T
        case "swapped":
            array = array.astype(array.dtype.newbyteorder())
        case "read-only":
            array = array.copy()
            array.flags.writeable = False
    return array
