"""The simulator as a program: the settings that lead to it, and serving until a signal."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Final, TypeVar

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.server.replay import ReplayServer
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind

_Server = TypeVar("_Server")

_TICKS_PER_SECOND: Final = 4.0
"""Over all subscribed instruments together; without a subscription no price moves."""


def settings_lines(simulator: XtsSimulator, account: AccountKind = AccountKind.PRO) -> tuple[str, ...]:
    """Return the settings, ``KEY=value``, that make this project's commands and other clients use a simulator.

    Args:
        simulator: the simulator.
        account: the kind of login.
    """
    login = simulator.credentials[account]
    lines = (
        f"JAINAM_BASE_URL={simulator.base_url}",
        f"JAINAM_ACTIVE_ACCOUNT_TYPE={account}",
        f"JAINAM_INTERACTIVE_API_KEY={login.interactive.key}",
        f"JAINAM_INTERACTIVE_API_SECRET={login.interactive.secret}",
        f"JAINAM_MARKET_API_KEY={login.market.key}",
        f"JAINAM_MARKET_API_SECRET={login.market.secret}",
        f"BROKER_API_KEY={login.interactive.key}",
        f"BROKER_API_SECRET={login.interactive.secret}",
        f"BROKER_API_KEY_MARKET={login.market.key}",
        f"BROKER_API_SECRET_MARKET={login.market.secret}",
    )
    return (*lines, f"JAINAM_CLIENT_ID={login.clients[0]}") if account is AccountKind.NORMAL else lines


def replay_lines(replay: ReplayServer, account: AccountKind) -> tuple[str, ...]:
    """Return the settings that lead to a replay; any keys do.

    Args:
        replay: the replay.
        account: the kind of login, where the transcript does not say it.
    """
    kinds = ("INTERACTIVE_API_KEY", "INTERACTIVE_API_SECRET", "MARKET_API_KEY", "MARKET_API_SECRET")
    return (
        f"JAINAM_BASE_URL={replay.base_url}",
        f"JAINAM_ACTIVE_ACCOUNT_TYPE={replay.about.get('account_type', account.value)}",
        *(f"JAINAM_{kind}=of-a-transcript" for kind in kinds),
    )


@contextmanager
def simulator_with_prices(config: SimulatorConfig) -> Iterator[XtsSimulator]:
    """Open a simulator whose prices move."""
    with XtsSimulator(config) as simulator, simulator.ticker.running(_TICKS_PER_SECOND):
        yield simulator


def serve(opened: AbstractContextManager[_Server], announce: Callable[[_Server], object]) -> None:
    """Serve on loopback until SIGINT or SIGTERM; call it from the main thread.

    Args:
        opened: a server that is about to be opened.
        announce: called with the server once it answers.
    """
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with opened as server:
            announce(server)
            while not stop.wait(1.0):  # a bounded wait lets signals through on every platform
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
