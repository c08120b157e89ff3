"""Memory that is free goes back to the system, so that a long run needs no more of it than a short one."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache

import pyarrow as pa


def give_back() -> None:
    """Return the free pages of both allocators, numpy's and Arrow's.

    The C library keeps what is freed between arrays still in use. Chunk after chunk such gaps add up: without
    this a million series take three tenths more memory than a quarter of a million, with it a fifth. Where
    the C library is not glibc nothing is done: the numbers do not depend on it.
    """
    trim = _trim()
    if trim is not None:
        trim(0)
    pa.default_memory_pool().release_unused()


@lru_cache(maxsize=1)
def _trim() -> Callable[[int], int] | None:
    """Return `malloc_trim` of the C library, None where it has none."""
    try:
        found = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    found.argtypes, found.restype = [ctypes.c_size_t], ctypes.c_int
    return lambda padding: int(found(padding))
