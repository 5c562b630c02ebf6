"""The trading app of this process: built from the settings at the first call, shared by all threads.

A host imports every broker's modules at its start, so the database, HTTP and settings are imported at that first call.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jainam_prop.domain.sessions.session import Session
    from jainam_prop.entrypoints.container import Container
    from jainam_prop.entrypoints.trading_app import TradingApp

_lock = threading.Lock()
_container: "Container | None" = None
_app: "TradingApp | None" = None
_is_own = False


def trading_app() -> "TradingApp":
    """Return the trading app of this process.

    Raises:
        ValueError: settings are missing or contradict each other; all of them are named, no value is shown.
    """
    global _container, _app, _is_own  # noqa: PLW0603 (one trading app a process is the point of this module)
    if _app is None:
        with _lock:
            if _app is None:
                from jainam_prop.entrypoints.container import open_container  # noqa: PLC0415

                _container = open_container()
                _app, _is_own = _container.app().build(), True
    return _app


def follow_orders(session: "Session") -> None:
    """Start the order feed of the app that this process built from its settings; the next calls cost nothing.

    For the process that decides: one that only streams prices needs none.
    """
    if _is_own and _app is not None:
        _app.follow_orders().start(session)


def close_trading_app() -> None:
    """Close connections and files; the next `trading_app` is built from the settings as they are then."""
    global _container, _app, _is_own
    with _lock:
        if _app is not None and _is_own:
            _app.follow_orders().close()
        if _container is not None:
            _container.shutdown_resources()
        _container, _app, _is_own = None, None, False


@contextmanager
def using_container(container: "Container") -> Iterator["TradingApp"]:
    """Let the OpenAlgo functions use another container for the length of a block (tests, demo)."""
    global _container, _app, _is_own
    with _lock:
        kept = _container, _app, _is_own
        _container, _app, _is_own = container, container.app().build(), False
    try:
        yield _app
    finally:
        with _lock:
            _container, _app, _is_own = kept
