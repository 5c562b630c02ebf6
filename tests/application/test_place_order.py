"""Placing orders: what the exchange then holds, the journal knows and the caller hears."""

import pytest
from returns.result import Failure, Success

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import Blocked, NotSent, OutcomeUnknown, PartlyPlaced, RateLimited, Rejected
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import AccountKind
from tests.application.trading import SBIN, Trader, error_of


@pytest.mark.parametrize("account", list(AccountKind))
def test_an_order_is_journalled_sent_and_settled(account: AccountKind) -> None:
    trader = Trader(account)

    placed = trader.place(quantity=75).unwrap()

    (held,) = trader.orders()
    (entry,) = trader.market.journal.recent()
    assert (placed.order_ids, placed.quantity) == ((str(held.order_id),), 75)
    assert (entry.state, entry.order_id, entry.intent.identifier) == (
        IntentState.ACCEPTED,
        placed.order_id,
        held.intake.identifier,
    )
    assert (trader.net(), held.state) == (75, OrderState.FILLED)


def test_an_order_that_cannot_be_journalled_is_not_sent(trader: Trader) -> None:
    trader.market.journal.broken = "database or disk is full"

    error = trader.place().failure()

    assert error == Blocked("the order journal cannot be written: database or disk is full")
    assert trader.sent() == 0


def test_an_order_does_not_leave_long_after_it_was_wanted_because_the_look_up_was_slow(trader: Trader) -> None:
    trader.place(quantity=10)
    trader.market.instruments.seconds = 115.0

    entry, leaving = trader.place(quantity=5), trader.place(quantity=10, action="SELL")

    assert entry == Failure(Blocked("SBIN was looked up for 115 s, too long for an order"))
    assert error_of(leaving) is None
    assert (trader.net(), trader.sent()) == (0, 2)


def test_an_order_waits_for_a_journal_that_another_process_holds_and_no_longer(trader: Trader) -> None:
    trader.market.journal.lock(1.0)
    assert error_of(trader.place()) is None

    trader.market.journal.lock(60.0)
    assert (error_of(trader.place()), trader.sent()) == (Blocked, 1)


def test_an_outcome_that_cannot_be_journalled_is_heard_all_the_same(trader: Trader) -> None:
    trader.strike(FaultKind.SLOW, seconds=1.0)
    trader.clock.call_later(0.5, lambda: setattr(trader.market.journal, "broken", "database or disk is full"))

    placed = trader.place().unwrap()

    assert placed.order_id == str(trader.orders()[0].order_id)
    assert [entry.state for entry in trader.market.journal.open_entries()] == [IntentState.INTENDED]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (FaultKind.RMS_REJECT, (None, 2, OrderState.REJECTED)),
        (FaultKind.REFUSED, (PartlyPlaced, 1, OrderState.FILLED)),
        (FaultKind.RESET, (PartlyPlaced, 1, OrderState.FILLED)),
    ],
)
def test_slices_stop_at_the_first_that_is_not_taken(
    trader: Trader, kind: FaultKind, expected: tuple[type | None, int, OrderState]
) -> None:
    future = trader.nifty_future()
    assert future.largest_order is not None
    trader.strike(kind, skip=1)

    wanted = {"symbol": future.symbol, "exchange": "NFO", "product": "NRML"}
    outcome = trader.place(quantity=2 * future.largest_order, **wanted)

    error, held, state = expected
    assert (error_of(outcome), len(trader.orders()), trader.orders()[-1].state) == (error, held, state)
    if error is PartlyPlaced:
        told = outcome.failure()
        assert isinstance(told, PartlyPlaced)
        assert (told.placed, told.wanted) == (future.largest_order, 2 * future.largest_order)
        assert isinstance(told.cause, Rejected if kind is FaultKind.REFUSED else OutcomeUnknown)


def test_what_provably_never_left_is_sent_again_as_often_as_the_settings_say(trader: Trader) -> None:
    trader.market.broker.be_away(3.5)

    assert error_of(trader.place()) is None
    assert len(trader.orders()) == 1

    trader.market.broker.be_away(60.0)
    assert error_of(trader.place()) is NotSent


def test_a_broker_that_keeps_calling_it_too_fast_is_heard(trader: Trader) -> None:
    trader.strike(FaultKind.RATE_LIMITED, times=None)

    assert (error_of(trader.place()), trader.orders()) == (RateLimited, [])


class TestOnlyExits:
    """While the trading state is REDUCE, or HALT."""

    def test_an_exit_passes_and_an_entry_does_not(self, trader: Trader) -> None:
        trader.place(quantity=75)
        reduced = trader.beside(JAINAM_TRADING_STATE="REDUCE")

        assert error_of(reduced.place(quantity=10)) is Blocked
        assert error_of(reduced.place(quantity=100, action="SELL")) is Blocked
        assert error_of(reduced.place(quantity=75, action="SELL")) is None
        assert trader.net() == 0

    def test_an_exit_beyond_what_other_orders_leave_does_not_pass(self, trader: Trader) -> None:
        trader.place(quantity=75)
        trader.rest("1.02", quantity=50, action="SELL")
        reduced = trader.beside(JAINAM_TRADING_STATE="REDUCE")

        assert error_of(reduced.place(quantity=50, action="SELL")) is Blocked
        assert error_of(reduced.place(quantity=25, action="SELL")) is None

    def test_an_exit_of_a_position_that_cannot_be_read_does_not_pass(self, trader: Trader) -> None:
        trader.place(quantity=75)
        reduced = trader.beside(JAINAM_TRADING_STATE="REDUCE")
        trader.strike(FaultKind.SERVER_ERROR, "dealer_order_book", times=None)

        assert (error_of(reduced.place(quantity=75, action="SELL")), trader.net()) == (Blocked, 75)

    def test_an_intraday_exit_passes_by_the_order_book_alone(self, trader: Trader) -> None:
        trader.place(quantity=75)
        reduced = trader.beside(JAINAM_TRADING_STATE="REDUCE")
        trader.strike(FaultKind.SERVER_ERROR, "dealer_positions", times=None)

        assert (error_of(reduced.place(quantity=75, action="SELL")), trader.net()) == (None, 0)

    def test_an_exit_waits_for_another_decision_about_its_position(self, trader: Trader) -> None:
        trader.place(quantity=75)
        trader.market.guard.held_elsewhere.add(PositionKey(SBIN, "MIS"))
        reduced = trader.beside(JAINAM_TRADING_STATE="REDUCE")

        assert reduced.place(quantity=75, action="SELL") == Failure(
            Blocked("another order for SBIN is still being decided")
        )

    def test_halted_nothing_passes(self, trader: Trader) -> None:
        trader.place(quantity=75)
        halted = trader.beside(JAINAM_TRADING_STATE="HALT")

        assert (error_of(halted.place(quantity=75, action="SELL")), trader.net()) == (Blocked, 75)


class TestDryRun:
    """Every check, every answer, and nothing sent."""

    def test_an_order_is_checked_journalled_and_not_sent(self) -> None:
        trader = Trader(JAINAM_DRY_RUN="true")

        placed = trader.place(quantity=75).unwrap()

        (entry,) = trader.market.journal.recent()
        assert placed.order_id.startswith("DRYRUN-")
        assert (entry.state, trader.sent(), trader.orders()) == (IntentState.NOT_SENT, 0, [])
        assert "quantity 0 must be above zero" in trader.place(quantity=0).failure().message

    def test_changes_and_cancels_are_not_sent(self, trader: Trader) -> None:
        order_id = trader.rest(quantity=75)
        dry = trader.beside(JAINAM_DRY_RUN="true")

        changed = dry.modify(order_id, quantity=50, pricetype="LIMIT", price=trader.price("0.98"))
        cancelled = dry.cancel(order_id)

        assert (error_of(changed), error_of(cancelled)) == (None, None)
        assert (trader.sent("modify"), trader.sent("cancel")) == (0, 0)
        assert [held.left for held in trader.exchange.working_orders()] == [75]

    def test_a_smart_order_and_a_close_move_nothing(self, trader: Trader) -> None:
        trader.place(quantity=75)
        dry = trader.beside(JAINAM_DRY_RUN="true")

        assert error_of(dry.smart(0)) is None
        report = dry.close_all()

        assert (report.is_flat, trader.net(), trader.sent()) == (False, 75, 1)


class TestCircuit:
    """A broker whose answers get lost is left alone, but for exits."""

    def test_after_many_lost_replies_entries_wait_for_a_read_that_works(self, trader: Trader) -> None:
        trader.place(quantity=75)
        trader.strike(FaultKind.RESET, times=20)
        trader.strike(FaultKind.SERVER_ERROR, "dealer_order_book", times=None)
        while error_of(trader.place()) is OutcomeUnknown:
            assert trader.sent() < 20
        sent = trader.sent()

        assert (error_of(trader.place()), trader.sent()) == (Blocked, sent)
        trader.exchange.faults.clear()
        trader.clock.advance(60)

        assert error_of(trader.place()) is None


def test_an_identifier_is_never_used_twice(trader: Trader) -> None:
    for _ in range(20):
        trader.place(quantity=1)

    assert len(trader.per_identifier()) == 20
    assert all(len(held) == 1 for held in trader.per_identifier().values())


def test_a_price_out_of_the_band_is_accepted_and_refused_afterwards(trader: Trader) -> None:
    order_id = trader.place(pricetype="LIMIT", price=trader.price("3.0")).unwrap().order_id

    (row,) = trader.app.read_books.orders(trader.session).unwrap()
    assert (row.order_id, row.state) == (order_id, OrderState.REJECTED)
    assert trader.app.read_books.order_history(trader.session, order_id).map(len) == Success(2)
