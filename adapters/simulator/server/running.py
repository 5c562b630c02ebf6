"""The simulator as a program: the settings that lead to it, and serving until a signal."""

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind

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


def serve(config: SimulatorConfig, announce: Callable[[XtsSimulator], object]) -> None:
    """Serve on loopback until SIGINT or SIGTERM; call it from the main thread.

    Args:
        config: the simulator's configuration.
        announce: called with the simulator once it answers.
    """
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with XtsSimulator(config) as simulator, simulator.ticker.running(_TICKS_PER_SECOND):
            announce(simulator)
            while not stop.wait(1.0):  # a bounded wait lets signals through on every platform
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
