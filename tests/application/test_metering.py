"""What an operator's counts hear of orders, waits and positions."""

import pytest
from dependency_injector import providers
from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.application.ports.runtime import Unmetered
from jainam_prop.domain.errors import BrokerError, OutcomeUnknown
from tests.application.trading import Trader


class CountingMeter:
    """Keeps everything that it hears of orders and positions."""

    def __init__(self) -> None:
        self.requests: list[tuple[float, float]] = []
        self.outcomes: list[Result[str, BrokerError]] = []
        self.doubts = 0
        self.watch_feed = Unmetered().watch_feed

    def sent(self, waited_seconds: float, took_seconds: float) -> None:
        self.requests.append((waited_seconds, took_seconds))

    def settled(self, outcome: Result[str, BrokerError]) -> None:
        self.outcomes.append(outcome)

    def doubted(self) -> None:
        self.doubts += 1


@pytest.fixture
def meter(trader: Trader) -> CountingMeter:
    """What counts of a trader's doings, from before its first order."""
    meter = CountingMeter()
    trader.container.infra.meter.override(providers.Object(meter))
    return meter


def test_every_order_is_counted_with_its_outcome(trader: Trader, meter: CountingMeter) -> None:
    placed = trader.place().unwrap()
    trader.strike(FaultKind.REFUSED)
    refused = trader.place().failure()

    assert meter.outcomes == [Success(placed.order_id), Failure(refused)]


def test_an_order_without_a_reply_counts_once_as_what_the_book_shows(trader: Trader, meter: CountingMeter) -> None:
    trader.strike(FaultKind.REPLY_LOST)
    placed = trader.place().unwrap()

    assert meter.outcomes == [Success(placed.order_id)]


def test_an_order_of_unknown_outcome_counts_as_that(trader: Trader, meter: CountingMeter) -> None:
    trader.strike(FaultKind.RESET)
    error = trader.place().failure()

    assert isinstance(error, OutcomeUnknown)
    assert meter.outcomes == [Failure(error)]


def test_requests_are_counted_with_their_times_and_retries_by_themselves(trader: Trader, meter: CountingMeter) -> None:
    trader.market.broker.be_away(2.5)
    order_id = trader.rest()
    cancelled = trader.app.cancel_orders.one(trader.session, order_id)

    assert cancelled == Success(order_id)
    assert len(meter.requests) == 4  # two attempts that found nobody, the order, the cancel
    assert all(waited >= 0 and took >= 0 for waited, took in meter.requests)
    assert len(meter.outcomes) == 1
