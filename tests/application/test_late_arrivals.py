"""An order that arrives after reads had shown that it never did: recognised, counted, noted and said."""

import logging
from collections.abc import Callable

import pytest

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import OutcomeUnknown
from jainam_prop.domain.orders.journal import IntentState, JournalEntry
from tests.application.trading import Trader

SETTLED_AFTER, ARRIVES_AFTER = 30.0, 60.0


class Late:
    """A BUY of 75 that waits for a minute in a queue of the broker, and the one that was sent in its place."""

    def __init__(self, *, feed: bool = False) -> None:
        self.trader = Trader()
        if feed:
            self.trader.app.follow_orders()(lambda _event: None)
            self.trader.clock.advance(1.0)
        self.trader.strike(FaultKind.HOLD, times=1, processed=False, seconds=ARRIVES_AFTER)
        lost = self.trader.smart(75).failure()
        assert isinstance(lost, OutcomeUnknown)
        self.identifier = lost.identifier
        self.trader.clock.advance(SETTLED_AFTER)
        self.settled = self.entry.state
        self.trader.smart(75).unwrap()

    @property
    def entry(self) -> JournalEntry:
        """What the journal has of it."""
        entries = self.trader.market.journal.recent()
        return next(entry for entry in entries if entry.intent.identifier == self.identifier)

    @property
    def words(self) -> str:
        """How it is said that it has arrived."""
        (order,) = self.trader.exchange.orders_by_identifier(self.identifier)
        return f"rder {order.order_id} (BUY 75), taken for never arrived, has arrived"

    def arrive(self) -> int:
        """Let it arrive, and return what is held then."""
        self.trader.clock.advance(ARRIVES_AFTER)
        return self.trader.net()


@pytest.mark.parametrize("feed", [False, True], ids=["books", "feed"])
def test_the_next_smart_order_brings_the_position_right_and_says_so(
    caplog: pytest.LogCaptureFixture, *, feed: bool
) -> None:
    late = Late(feed=feed)
    held = late.arrive()

    answer, again = late.trader.smart(75).unwrap(), late.trader.smart(75).unwrap()

    assert (late.settled, held, late.trader.net()) == (IntentState.NEVER_ARRIVED, 150, 75)
    assert answer.message == f"Order placed. O{late.words}."
    assert again.message == "Position already 75. No action needed."
    state = "PendingNew" if feed else "Filled"  # as it was shown first
    assert (late.entry.state, late.entry.note) == (IntentState.RESOLVED, f"arrived late: {state}")
    assert late.entry.order_id in late.words
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == [f"order {late.identifier} arrived late: {state}; it comes on top of one sent in its place"]


def test_a_close_counts_it_and_says_so() -> None:
    late = Late()
    held = late.arrive()

    report = late.trader.close_all()

    assert (held, late.trader.net(), report.is_flat) == (150, 0, True)
    assert report.message == f"1 of 1 positions closed; o{late.words}"


def test_a_target_that_it_reaches_is_held_with_the_reason() -> None:
    late = Late()
    late.arrive()

    answer = late.trader.smart(150).unwrap()

    assert answer.message == f"Position already 150; o{late.words}. No action needed."


def test_a_decision_whose_order_is_refused_names_it_too() -> None:
    late = Late()
    late.arrive()
    late.trader.strike(FaultKind.REFUSED, code="e-orders-0009", text="Not now")

    error = late.trader.smart(75).failure()

    assert error.message == f"Not now (e-orders-0009). O{late.words}."


def test_with_an_order_feed_it_is_noted_and_logged_when_it_arrives(caplog: pytest.LogCaptureFixture) -> None:
    late = Late(feed=True)
    late.trader.clock.advance(ARRIVES_AFTER)

    assert (late.entry.state, late.entry.note) == (IntentState.RESOLVED, "arrived late: PendingNew")
    assert "it comes on top of one sent in its place" in caplog.text


def test_without_a_feed_it_is_looked_for_in_the_background_for_two_minutes() -> None:
    late = Late()
    before = late.trader.sent("dealer_order_book")
    late.arrive()
    seen = late.entry.state
    late.trader.clock.advance(3600.0)

    assert seen is IntentState.RESOLVED
    assert late.trader.sent("dealer_order_book") - before <= 10


@pytest.mark.parametrize("see", [Trader.close_all, lambda one: one.smart(75).unwrap()], ids=["close", "smart-order"])
def test_another_process_recognises_it_by_the_journal(see: Callable[[Trader], object]) -> None:
    late = Late()
    late.arrive()

    answer = see(late.trader.beside())

    assert late.words in answer.message  # type: ignore[attr-defined]
    assert late.entry.state is IntentState.RESOLVED


def test_one_that_is_refused_when_it_arrives_comes_on_top_of_nothing(caplog: pytest.LogCaptureFixture) -> None:
    late = Late()
    late.trader.strike(FaultKind.RMS_REJECT, text="RMS: margin")
    held = late.arrive()

    answer = late.trader.smart(75).unwrap()

    assert (held, answer.message) == (75, "Position already 75. No action needed.")
    assert (late.entry.state, late.entry.note) == (IntentState.REJECTED, "RMS: margin")
    assert "on top of" not in caplog.text
