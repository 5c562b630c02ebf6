"""Several accounts in one process: a PRO desk, two clients of a dealer and a second server, at once, on one store."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from jainam_prop.adapters.simulator.config import PRO_CLIENT, SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.domain.orders.order import Order, OrderState
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.library import JainamBroker, connect
from jainam_prop.entrypoints.settings import Settings, settings_from


class Desk(NamedTuple):
    """One account that trades, with the exchange that its orders reach."""

    broker: JainamBroker
    server: XtsSimulator
    account: str


class OrdersHeard:
    """The orders that the events of one desk show filled."""

    def __init__(self, expected: int) -> None:
        self.filled: set[str] = set()
        self.all_filled = threading.Event()
        self._expected = expected

    def __call__(self, order: Order) -> None:
        if order.state is OrderState.FILLED:
            self.filled.add(order.order_id)
        if len(self.filled) >= self._expected:
            self.all_filled.set()


def settings_of(server: XtsSimulator, kind: AccountKind, client: str | None, folder: Path) -> Settings:
    lines = dict(line.split("=", 1) for line in settings_lines(server, kind))
    own = {
        "JAINAM_DATABASE_URL": f"sqlite:///{folder / 'store.db'}",
        "JAINAM_TOKEN_KEY": "a key for tests only",
        "JAINAM_ORDER_RATE": "25",
    }
    return settings_from(lines | own | ({} if client is None else {"JAINAM_CLIENT_ID": client}))


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[list[Desk]]:
    with ExitStack() as stack:
        config = SimulatorConfig(instruments=300, rate_limits=False)
        first, second = (stack.enter_context(XtsSimulator(config)) for _ in range(2))
        accounts = [
            (first, AccountKind.PRO, None),
            (first, AccountKind.NORMAL, "CLIENT01"),
            (first, AccountKind.NORMAL, "CLIENT02"),
            (second, AccountKind.PRO, None),
        ]
        found = [(settings_of(server, kind, client, tmp_path), server, client) for server, kind, client in accounts]
        container = open_container(found[0][0])
        container.app().sync_instruments().unwrap()
        container.shutdown_resources()
        yield [
            Desk(stack.enter_context(connect(settings)), server, client or PRO_CLIENT)
            for settings, server, client in found
        ]


def at_once(desks: list[Desk], quantities: list[int]) -> None:
    """Let every desk buy its quantity at the same moment, in orders of one unit."""
    start = threading.Barrier(len(desks))

    def trade(desk: Desk, quantity: int) -> None:
        start.wait(10)
        for _ in range(quantity):
            desk.broker.place("NSE:SBIN", "BUY", 1, product="MIS")

    threads = [threading.Thread(target=trade, args=pair) for pair in zip(desks, quantities, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_accounts_trade_at_once_and_see_nothing_of_each_other(desks: list[Desk]) -> None:
    quantities = [4, 3, 2, 5]
    heard = [OrdersHeard(count) for count in quantities]
    for desk, listener in zip(desks, heard, strict=True):
        desk.broker.on_order(listener)
    at_once(desks, quantities)
    key = desks[0].broker.instrument("SBIN").key

    assert all(listener.all_filled.wait(10) for listener in heard)
    assert [len(listener.filled) for listener in heard] == quantities
    assert [desk.server.exchange.net(desk.account, key, "MIS") for desk in desks] == quantities
    assert [[position.net for position in desk.broker.positions()] for desk in desks] == [[each] for each in quantities]
    assert [len(desk.broker.orders()) for desk in desks] == quantities


def test_an_emergency_exit_of_one_account_leaves_the_others_alone(desks: list[Desk]) -> None:
    at_once(desks, [2, 2, 2, 2])
    report = desks[1].broker.close_all()
    key = desks[0].broker.instrument("SBIN").key

    assert report.is_flat
    assert [desk.server.exchange.net(desk.account, key, "MIS") for desk in desks] == [2, 0, 2, 2]


def test_clients_of_one_dealer_share_its_login_and_servers_do_not(desks: list[Desk]) -> None:
    first, second = desks[0].server.exchange, desks[3].server.exchange

    assert [(server.requests["login"], server.requests["market_login"]) for server in (first, second)] == [
        (2, 2),  # the PRO desk's and the dealer's
        (1, 1),
    ]
