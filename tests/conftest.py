"""What all tests share: the garbage collector of a process that builds much at its start and then lives for minutes."""

import gc

gc.set_threshold(100_000, 50, 100)


def pytest_collection_finish() -> None:
    """Leave what was collected, which stays until the end, out of every later collection of garbage."""
    gc.freeze()
