"""The simulator as a program: print how to reach it, and serve until told to stop."""

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

from jainam_prop.adapters.simulator.config import FULL_UNIVERSE, SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind

_GENTLE: Final = 4.0
"""Ticks a second over everything that somebody has subscribed; without a subscription no price moves."""


def settings_lines(simulator: XtsSimulator, account: AccountKind = AccountKind.PRO) -> tuple[str, ...]:
    """Return the settings, as ``KEY=value``, that make this project's commands and other clients use a simulator.

    Args:
        simulator: the simulator.
        account: the kind of login to use.
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


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()  # whoever reads the settings through a pipe waits for them


def run_simulator(
    port: int = 0,
    account: AccountKind = AccountKind.PRO,
    instruments: int = FULL_UNIVERSE,
    *,
    print_env: bool = False,
    echo: Callable[[str], object] | None = None,
) -> None:
    """Serve on loopback until SIGINT or SIGTERM; call it from the main thread.

    Args:
        port: 0 picks a free one.
        account: whose settings are printed.
        instruments: how many are listed.
        print_env: print the settings alone, one a line, instead of a sentence.
        echo: prints one line and flushes it; left out, standard output does.
    """
    say = echo or _say

    def announce(simulator: XtsSimulator) -> None:
        greeting = (f"Simulated XTS server on {simulator.base_url}; stop it with Ctrl-C.",)
        for line in settings_lines(simulator, account) if print_env else greeting:
            say(line)

    serve(SimulatorConfig(port=port, instruments=instruments), announce)


def serve(config: SimulatorConfig, announce: Callable[[XtsSimulator], object]) -> None:
    """Serve on loopback until SIGINT or SIGTERM; call it from the main thread.

    Args:
        config: what is served.
        announce: told of the simulator as soon as it answers.
    """
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with XtsSimulator(config) as simulator, simulator.ticker.running(_GENTLE):
            announce(simulator)
            while not stop.wait(1.0):  # a bounded wait lets signals through on every platform
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
