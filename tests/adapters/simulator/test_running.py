"""The simulator as a program: the settings it prints, and how it stops."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx
import pytest
import websocket

from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.domain.sessions.session import AccountKind
from tests.adapters.simulator.http_client import SECONDS
from tests.children import COMMAND, Child, start_child

WORDS: Final = ("simulate", "--account", "normal", "--instruments", "2000")


HAS_SIGNALS: Final = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a program outright")


@contextmanager
def served() -> Iterator[tuple[Child, dict[str, str]]]:
    """Run the program, and return it with the settings that it prints."""
    strict = {**os.environ, "PYTHONWARNINGS": "error"}  # noqa: TID251 (handed on)
    with start_child(COMMAND, *WORDS, "--print-env", environment=strict) as program:
        yield program, dict(program.stdout.readline().rstrip().split("=", 1) for _ in range(11))


@pytest.mark.parametrize("account", list(AccountKind))
def test_settings_lead_to_the_simulator(simulator: XtsSimulator, account: AccountKind) -> None:
    settings = dict(line.split("=", 1) for line in settings_lines(simulator, account))
    login = simulator.credentials[account]

    assert settings == {
        "JAINAM_BASE_URL": simulator.base_url,
        "JAINAM_ACTIVE_ACCOUNT_TYPE": str(account),
        "JAINAM_INTERACTIVE_API_KEY": login.interactive.key,
        "JAINAM_INTERACTIVE_API_SECRET": login.interactive.secret,
        "JAINAM_MARKET_API_KEY": login.market.key,
        "JAINAM_MARKET_API_SECRET": login.market.secret,
        "BROKER_API_KEY": login.interactive.key,
        "BROKER_API_SECRET": login.interactive.secret,
        "BROKER_API_KEY_MARKET": login.market.key,
        "BROKER_API_SECRET_MARKET": login.market.secret,
        **({"JAINAM_CLIENT_ID": "CLIENT01"} if account is AccountKind.NORMAL else {}),
    }


def test_invented_keys_look_like_real_ones(simulator: XtsSimulator) -> None:
    for login in simulator.credentials.values():
        for keys in (login.interactive, login.market):
            assert (len(keys.key), len(keys.secret)) == (22, 10)
            int(keys.key, 16)


@HAS_SIGNALS
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_its_settings_at_once_serves_and_stops_when_told(number: signal.Signals) -> None:
    with served() as (program, settings):
        keys = {"appKey": settings["BROKER_API_KEY"], "secretKey": settings["BROKER_API_SECRET"]}
        reply = httpx.post(f"{settings['JAINAM_BASE_URL']}/interactive/user/session", json=keys, timeout=SECONDS)
        program.send_signal(number)
        status = program.wait(SECONDS)

    assert (reply.json()["result"]["userID"], settings["JAINAM_CLIENT_ID"]) == ("DEALER01", "CLIENT01")
    assert status == 0


INTERRUPTED: Final = """
import os, signal, sys, threading
from contextlib import nullcontext
from jainam_prop.adapters.simulator.server.server import serve

def interrupt(*_):
    os.kill(os.getpid(), signal.SIGINT)

seen = []

def trace(frame, event, _):
    if frame.f_code is not threading.Event.wait.__code__:
        return None
    seen.append(event)
    if seen == ["call", "line", "line"]:  # the wait has its lock
        interrupt()
    return trace

def announce(_):
    threading.Timer(0.2, interrupt).start()
    sys.settrace(trace)

serve(nullcontext(), announce)
"""


@HAS_SIGNALS
def test_a_signal_in_the_middle_of_the_wait_for_it_ends_the_program() -> None:
    with start_child(INTERRUPTED) as program:
        try:
            assert program.wait(20) == 0
        finally:
            program.kill()


def test_without_settings_it_says_where_it_is() -> None:
    with start_child(COMMAND, *WORDS) as program:
        line = program.stdout.readline()
        program.send_signal(signal.SIGTERM)

    assert re.match(r"Simulated exchange with [\d,]+ instruments on http://127\.0\.0\.1:\d+\.", line)


@HAS_SIGNALS
def test_prices_of_what_is_subscribed_walk_gently() -> None:
    sbin = [{"exchangeSegment": 1, "exchangeInstrumentID": 3045}]
    with served() as (program, settings):
        keys = {"appKey": settings["JAINAM_MARKET_API_KEY"], "secretKey": settings["JAINAM_MARKET_API_SECRET"]}
        with httpx.Client(base_url=f"{settings['JAINAM_BASE_URL']}/apimarketdata", timeout=SECONDS) as http:
            token = http.post("/auth/login", json=keys).json()["result"]["token"]
            wanted = {"instruments": sbin, "xtsMessageCode": 1512}
            http.post("/instruments/subscription", json=wanted, headers={"Authorization": token})
        address = settings["JAINAM_BASE_URL"].replace("http", "ws")
        ticks = websocket.create_connection(f"{address}/apimarketdata/socket.io/?token={token}", timeout=SECONDS)
        heard = [ticks.recv() for _ in range(5)][3:]
        ticks.shutdown()
        program.send_signal(signal.SIGTERM)
        status = program.wait(SECONDS)

    assert [str(frame)[:20] for frame in heard] == ['42["1512-json-full",'] * 2
    assert status == 0
