"""What an order feed makes of events that are not understood."""

import logging

import pytest

from jainam_prop.adapters.xts.stream.conversation import SocketEvent
from jainam_prop.adapters.xts.stream.order_feed import XtsOrderFeed
from tests.adapters.xts.stream.standin import QUICK, ScaledClock, Store


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
