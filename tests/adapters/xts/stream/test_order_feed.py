"""What an order feed makes of events that are not understood."""

import json
import logging
from dataclasses import replace

import pytest

from jainam_prop.adapters.xts.stream.conversation import SocketEvent
from jainam_prop.adapters.xts.stream.order_feed import XtsOrderFeed
from jainam_prop.domain.positions.position import OrderFeedEvent
from jainam_prop.domain.sessions.session import Account, AccountKind
from tests.adapters.xts.stream.standin import QUICK, ScaledClock, Store, session_of, until
from tests.adapters.xts.wire.test_order_events import ROW


@pytest.fixture
def feed() -> XtsOrderFeed:
    return XtsOrderFeed(Store(), lambda _session: "http://127.0.0.1:9/interactive", ScaledClock(1.0), rule=QUICK)


@pytest.mark.parametrize("payload", ["{", "[]", '{"ExchangeSegment": "NSECM"}'])
def test_an_order_that_is_not_understood_counts_as_missed(feed: XtsOrderFeed, payload: str) -> None:
    for _ in range(3):
        feed.heard(SocketEvent("order", payload), 1.0)

    assert feed.health().unreadable == 3


def test_a_position_that_is_not_understood_hides_no_order_and_is_logged_once(
    feed: XtsOrderFeed, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(1_000):
            feed.heard(SocketEvent("position", '{"NetPosition": "NaN"}'), 1.0)

    assert (feed.health().unreadable, len(caplog.records)) == (0, 1)


def test_a_desk_hears_nothing_of_its_clients() -> None:
    shown: set[str] = set()
    feed = XtsOrderFeed(
        Store(), lambda _session: "http://127.0.0.1:9/interactive", ScaledClock(1.0), rule=QUICK, shown=shown
    )
    desk = replace(session_of("t0"), account=Account(AccountKind.PRO, "*****"), client_codes=("CLIENT02",))
    heard: list[OrderFeedEvent] = []
    feed.start(heard.append, lambda _session: None)
    feed.joined(desk, 1.0, same_token=False)
    for client in ("CLIENT02", "Pro"):
        feed.heard(SocketEvent("order", json.dumps(ROW | {"ClientID": client, "AppOrderID": len(client)})), 1.0)
    shown.add("client02")
    feed.heard(SocketEvent("order", json.dumps(ROW | {"ClientID": "CLIENT02", "AppOrderID": 9})), 1.0)
    feed.flush()
    until(lambda: len(heard) == 2)
    feed.close()

    assert [getattr(event, "order_id", None) for event in heard] == ["3", "9"]
