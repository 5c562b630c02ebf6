"""Keeping Python's garbage collector out of the way while very many objects are made that all stay."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_resting() -> Iterator[None]:
    """Let no collection run within the block, in any thread; reference counting goes on as ever.

    The collector would walk over 150,000 new instruments again and again, which takes as long as reading them does.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
