"""The state of an account: orders and fills from late, repeated and incomplete sources."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Final

import pytest

from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.orders.order import Order, OrderState, PriceType, Side, Trade
from jainam_prop.domain.positions.account_state import LOST_SECONDS, AccountState, KnownOrder
from jainam_prop.domain.positions.net_position import SEVERAL, Doubtful, Exact, NetPosition, Proof
from tests.domain.samples import NIFTY_MIS, NIFTY_NRML, a_position, an_order

EPOCH: Final = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)

Source = Callable[[AccountState], None]


def stamp(seconds: float) -> datetime:
    """Return the broker's stamp of a moment on the monotonic clock."""
    return (EPOCH + timedelta(seconds=seconds)).astimezone(IST).replace(tzinfo=None)


def row(filled: int, at: float = 10, state: OrderState | None = None, **changes: object) -> Order:
    """Return a row of a purchase of 75 units."""
    word = state or (OrderState.FILLED if filled == 75 else OrderState.PARTIALLY_FILLED if filled else OrderState.NEW)
    left = 75 - filled if word not in {OrderState.CANCELLED, OrderState.REJECTED} else 0
    return an_order(filled=filled, pending=left, quantity=75, state=word, updated_at=stamp(at), **changes)


def trade(number: int, quantity: int) -> Trade:
    known = row(0)
    return Trade(
        f"T{number}",
        known.order_id,
        known.identifier,
        known.instrument,
        known.broker_symbol,
        known.side,
        known.product,
        quantity,
        Decimal(100),
        stamp(10),
    )


def a_state() -> AccountState:
    return AccountState(EPOCH)


def sent(order_id: str = "7", at: float = 5.0) -> KnownOrder:
    return KnownOrder(order_id, "jp1", NIFTY_MIS, 1, 0, 75, PriceType.MARKET, at)


EVENTS: Final[list[Source]] = [
    lambda state: state.see_order(row(0), heard_at=1.0),
    lambda state: state.see_order(row(30, 11), heard_at=2.0),
    lambda state: state.see_trade(trade(1, 30), heard_at=2.0),
    lambda state: state.see_trade(trade(2, 45), heard_at=3.0),
    lambda state: state.see_order(row(75, 12), heard_at=3.0),
    lambda state: state.see_order_book([row(30, 11)], began=3.0),
]


@pytest.mark.parametrize("order", list(permutations(range(len(EVENTS))))[::7])
def test_a_fill_counts_once_however_often_and_in_whichever_order_it_is_heard(order: tuple[int, ...]) -> None:
    state = a_state()
    for index in (*order, *order):
        EVENTS[index](state)

    assert state.position(NIFTY_MIS) == Exact(75, Proof.SETTLED)
    assert state.working(NIFTY_MIS) == ()


def test_an_accepted_order_works_until_a_book_or_an_event_shows_its_end() -> None:
    state = a_state()
    state.accept(sent("7"))
    before = state.working(NIFTY_MIS)
    state.see_order(row(75, order_id="7"))

    assert (before, state.working(NIFTY_MIS), state.filled(NIFTY_MIS)) == ((sent("7"),), (), 75)


def test_an_event_before_the_reply_is_the_same_order() -> None:
    state = a_state()
    state.see_order(row(75, order_id="7"), heard_at=6.0)
    state.accept(sent("7"))

    assert (state.working(NIFTY_MIS), state.filled(NIFTY_MIS), state.orders["7"].sent_at) == ((), 75, 5.0)


@pytest.mark.parametrize(
    ("ended", "late"),
    [
        pytest.param(row(75, 12), row(0, 10), id="an-old-row-of-a-filled-order"),
        pytest.param(row(0, 12, OrderState.CANCELLED), row(0, 10), id="an-old-row-of-a-cancelled-order"),
        pytest.param(row(0, 12, OrderState.REJECTED), row(30, 10), id="a-fill-heard-after-the-end"),
    ],
)
def test_an_order_that_has_ended_stays_ended(ended: Order, late: Order) -> None:
    state = a_state()
    state.see_order(ended)
    state.see_order(late)

    assert state.working(NIFTY_MIS) == ()
    assert state.filled(NIFTY_MIS) == max(ended.filled, late.filled)


def test_a_row_with_another_side_than_the_order_was_sent_with_says_nothing() -> None:
    state = a_state()
    state.accept(sent("7"))
    state.see_order_book([row(75, order_id="7", side=Side.SELL)], began=9.0)

    assert (state.filled(NIFTY_MIS), [order.order_id for order in state.working(NIFTY_MIS)]) == (0, ["7"])


def test_rows_that_come_twice_count_once() -> None:
    state = a_state()
    state.see_order_book([row(75), row(75)], began=1.0)
    state.see_position_book([a_position(NIFTY_MIS, 75), a_position(NIFTY_MIS, 75)], ended=1.0)

    assert state.position(NIFTY_MIS) == Exact(75, Proof.BOTH_BOOKS)


def test_the_fills_of_a_row_that_vanishes_stay_counted() -> None:
    state = a_state()
    state.see_order_book([row(75)], began=1.0)
    state.see_order_book([], began=2.0)

    assert state.position(NIFTY_MIS) == Exact(75, Proof.SETTLED)


@pytest.mark.parametrize(
    ("reads", "seconds", "works"),
    [
        pytest.param(SEVERAL - 1, LOST_SECONDS, True, id="too-few-reads"),
        pytest.param(10 * SEVERAL, LOST_SECONDS - 1, True, id="too-little-time"),
        pytest.param(SEVERAL, LOST_SECONDS, False, id="several-reads-over-the-whole-time"),
    ],
)
def test_a_working_order_that_books_leave_out_ends_by_evidence(reads: int, seconds: float, *, works: bool) -> None:
    state = a_state()
    state.see_order_book([row(30)], began=0.0)
    for index in range(reads):
        state.see_order_book([], began=1.0 + seconds * index / (reads - 1))

    assert bool(state.working(NIFTY_MIS)) is works
    assert state.filled(NIFTY_MIS) == 30


def test_an_order_that_was_accepted_and_never_shown_is_waited_for_longer() -> None:
    state = a_state()
    state.accept(sent("7", at=0.0))
    for moment in range(100):
        state.see_order_book([], began=1.0 + moment)
    still = bool(state.working(NIFTY_MIS))
    for moment in range(100, 130):
        state.see_order_book([], began=1.0 + moment)

    assert (still, state.working(NIFTY_MIS)) == (True, ())


def test_a_missing_order_makes_the_position_book_necessary() -> None:
    state = a_state()
    state.see_order_book([row(0)], began=1.0)
    before = state.is_settled(NIFTY_MIS)
    state.see_order_book([], began=2.0)

    assert (before, state.is_settled(NIFTY_MIS)) == (True, False)


def test_a_fill_of_an_order_that_was_sent_after_the_book_is_no_part_of_it() -> None:
    state = a_state()
    state.see_order_book([], began=1.0)
    state.see_position_book([a_position(NIFTY_NRML, 50)], ended=1.5)
    state.accept(replace(sent("7", at=1.6), key=NIFTY_NRML))
    state.see_order(row(75, 1.7, order_id="7", product="NRML"))

    assert state.position(NIFTY_NRML) == Exact(125, Proof.FILLS)


def test_carried_units_that_a_book_settled_are_handed_on_once() -> None:
    state = a_state()
    state.see_position_book([a_position(NIFTY_NRML, 50)], ended=1.5)

    assert (state.newly_settled(), state.newly_settled()) == ({NIFTY_NRML: (50, 0, 1.5)}, {})


def test_the_version_grows_with_what_is_new_only() -> None:
    state, versions = a_state(), []
    for each in (row(0), row(0), row(30), row(30), row(30, 13, OrderState.CANCELLED)):
        state.see_order(each)
        versions.append(state.version)

    assert versions == [1, 1, 2, 2, 3]


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        pytest.param(1, Doubtful(None, None, "the position book has not been read yet"), id="one-look-may-lose-a-row"),
        pytest.param(2, Exact(75, Proof.SETTLED), id="two-looks-show-that-nothing-was-carried"),
    ],
)
def test_what_whole_books_have_not_shown_was_not_carried(looks: int, expected: NetPosition) -> None:
    state = a_state()
    for _ in range(looks):
        state.see_position_book([a_position(NIFTY_MIS, 50)], ended=1.5)
    state.see_order(row(75, 1.7, product="NRML"))

    assert state.position(NIFTY_NRML) == expected


def test_a_broker_s_clock_that_is_ahead_of_ours_makes_no_old_fill_new() -> None:
    state = a_state()
    state.moment = 20.0
    for ended in (19.0, 20.0):
        state.see_position_book([a_position(net=75, key=NIFTY_MIS)], ended, {})
    state.moment = 21.0
    state.see_order(row(75, at=3_610))

    assert isinstance(state.position(NIFTY_MIS), Doubtful)
