"""The one desk of a process: built at the first call from the settings, shared by every thread after that.

A host imports every broker's modules at its start, so the database, HTTP and settings are imported at that first call.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jainam_prop.entrypoints.container import Container
    from jainam_prop.entrypoints.desk import Desk

_lock = threading.Lock()
_container: "Container | None" = None
_desk: "Desk | None" = None


def desk() -> "Desk":
    """Return the desk of this process.

    Raises:
        ValueError: settings are missing or contradict each other; all of them are named, no value is shown.
    """
    global _container, _desk  # noqa: PLW0603 (one desk a process is the point of this module)
    if _desk is None:
        with _lock:
            if _desk is None:
                from jainam_prop.entrypoints.container import open_container  # noqa: PLC0415

                _container = open_container()
                _desk = _container.desk()
    return _desk


def close_desk() -> None:
    """Close connections and files; the next `desk` is built from the settings as they are then."""
    global _container, _desk  # noqa: PLW0603
    with _lock:
        if _container is not None:
            _container.shutdown_resources()
        _container = _desk = None


@contextmanager
def at_desk_of(container: "Container") -> Iterator["Desk"]:
    """Let the functions of OpenAlgo work at the desk of another container for the length of a block (tests, demo)."""
    global _container, _desk
    with _lock:
        kept = _container, _desk
        _container, _desk = container, container.desk()
    try:
        yield _desk
    finally:
        with _lock:
            _container, _desk = kept
