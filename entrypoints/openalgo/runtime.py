"""The trading app of this process: built from the settings at the first call, shared by all threads.

A host imports every broker's modules at its start, so the database, HTTP and settings are imported at that first call.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jainam_prop.entrypoints.container import Container
    from jainam_prop.entrypoints.trading_app import TradingApp

_lock = threading.Lock()
_container: "Container | None" = None
_app: "TradingApp | None" = None


def trading_app() -> "TradingApp":
    """Return the trading app of this process.

    Raises:
        ValueError: settings are missing or contradict each other; all of them are named, no value is shown.
    """
    global _container, _app  # noqa: PLW0603 (one trading app a process is the point of this module)
    if _app is None:
        with _lock:
            if _app is None:
                from jainam_prop.entrypoints.container import open_container  # noqa: PLC0415

                _container = open_container()
                _app = _container.app().build()
    return _app


def close_trading_app() -> None:
    """Close connections and files; the next `trading_app` is built from the settings as they are then."""
    global _container, _app  # noqa: PLW0603
    with _lock:
        if _container is not None:
            _container.shutdown_resources()
        _container = _app = None


@contextmanager
def using_container(container: "Container") -> Iterator["TradingApp"]:
    """Let the OpenAlgo functions use another container for the length of a block (tests, demo)."""
    global _container, _app
    with _lock:
        kept = _container, _app
        _container, _app = container, container.app().build()
    try:
        yield _app
    finally:
        with _lock:
            _container, _app = kept
