"""What makes long books quick to read: a bounded memory of a pure function, and a resting garbage collector."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_MOST: Final = 32_768
"""Enough for the two moments of every order of a book of 10,000."""


class Memo(dict[_Key, _Value]):
    """Answers ``memo[key]`` from memory, or computes it and remembers.

    Books repeat themselves (segments, prices, moments), and a hit here costs a fifth of a call through
    ``functools.lru_cache``, which is what keeps a book of 10,000 rows within its time. Nothing is remembered when the
    function raises, and everything is forgotten when the memory is full, so that a long day does not grow it.
    """

    def __init__(self, compute: Callable[[_Key], _Value]) -> None:
        """Remember the results of a function that depends on nothing but its argument."""
        super().__init__()
        self._compute = compute

    def __missing__(self, key: _Key) -> _Value:
        value = self._compute(key)
        if len(self) >= _MOST:
            self.clear()
        self[key] = value
        return value


@contextmanager
def collector_resting() -> Iterator[None]:
    """Let no collection run within the block, in any thread; reference counting goes on as ever.

    The collector would walk over 150,000 new instruments, or the 20,000 rows of a long book, again and again: of the
    instruments that takes as long as reading them does, of a book a sixth of it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
