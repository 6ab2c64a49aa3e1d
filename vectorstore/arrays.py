"""NumPy arrays to .npy files and back, where no pickle can hide."""

from __future__ import annotations

import math
import os
import re
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from vectorstore.errors import InvalidInput

KINDS = "biuf"  # booleans, integers, floats: nothing that needs pickle

_MAGIC = b"\x93NUMPY\x01\x00"
# The headers that NumPy writes for these kinds, and no other; nothing is evaluated.
_HEADER = re.compile(
    rb"\{'descr': '([<>|][biuf]\d{1,2})', 'fortran_order': False, 'shape': "
    rb"\(((?:\d{1,19}, ?)*(?:\d{1,19})?)\), \} *\n"
)


def freeze(name: str, array: npt.ArrayLike) -> npt.NDArray[Any]:
    """Give a C-ordered array that nobody can write to; copies unless it is one already.

    Raises:
        InvalidInput: the array holds something else than booleans, integers or floats.
    """
    given = np.asarray(array)
    if given.dtype.kind not in KINDS:
        raise InvalidInput(
            f"The array {name!r} has dtype {given.dtype}.", "Give booleans, integers or floats."
        )
    if not given.flags.writeable and given.flags.c_contiguous:
        return given
    frozen = np.array(given, order="C", copy=True)
    frozen.flags.writeable = False
    return frozen


def write(file: IO[bytes], array: npt.NDArray[Any]) -> None:
    """Write the array in the .npy format, version 1.0."""
    np.lib.format.write_array(file, array, version=(1, 0), allow_pickle=False)


def read(file: IO[bytes], *, mmap: bool) -> npt.NDArray[Any]:
    """Read an array that nobody can write to.

    The header is checked against the file's size before a byte is allocated for the data.

    Args:
        file: A real file, at any position.
        mmap: Leave the data on disk, to be paged in where it is used.

    Raises:
        ValueError: not what `write` writes.
    """
    file.seek(0)
    magic, length = file.read(8), int.from_bytes(file.read(2), "little")
    match = _HEADER.fullmatch(file.read(length))
    if magic != _MAGIC or not match:
        raise ValueError("has no .npy header as it is saved here")
    try:
        dtype = np.dtype(match[1].decode())
    except TypeError as error:
        raise ValueError(f"has an unknown dtype ({error})") from error
    shape = tuple(int(number) for number in match[2].replace(b",", b" ").split())
    start = 10 + length
    size = math.prod(shape)  # of Python integers: a hostile shape can't overflow
    if start + size * dtype.itemsize != os.fstat(file.fileno()).st_size:
        raise ValueError(f"has a size that doesn't fit its shape {shape}")
    array: npt.NDArray[Any]
    if mmap and size:
        array = np.memmap(file, dtype, "r", start, shape).view(np.ndarray)
    else:
        array = np.fromfile(file, dtype, size).reshape(shape)
        array.flags.writeable = False
    return array
