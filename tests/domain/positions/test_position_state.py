"""Exposure: what the books and the journal together say of one position, and whether it may be traded upon."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.journal import Intent, IntentState, JournalEntry
from jainam_prop.domain.orders.order import Order, OrderState, PriceType, Side
from jainam_prop.domain.positions.position import PositionKey, key_of
from jainam_prop.domain.positions.position_state import (
    VISIBLE_WITHIN,
    PositionState,
    UnresolvedOrder,
    Urgency,
    WorkingOrder,
    agrees,
    carried_at_start,
    may_hide,
    position_state,
)
from tests.domain.samples import BANKNIFTY_KEY, NIFTY_FUTURE, NIFTY_MIS, NIFTY_NRML, a_position, an_order

NOON = datetime(2026, 3, 10, 6, 30, tzinfo=UTC)
NOON_IN_INDIA = datetime(2026, 3, 10, 12, 0)  # noqa: DTZ001 -- the broker's stamps carry no zone
SAMPLE_ID = an_order().order_id
FILLED = {"state": OrderState.FILLED, "filled": 75, "pending": 0}
PARTLY = {"state": OrderState.PARTIALLY_FILLED, "filled": 30, "pending": 45}


def _entry(state: IntentState = IntentState.ACCEPTED, age: timedelta = timedelta(0), **changes: object) -> JournalEntry:
    intent = {
        "identifier": "jp1",
        "exchange": "NFO",
        "token": 35001,
        "symbol": "NIFTY31MAR26FUT",
        "side": "BUY",
        "product": "MIS",
        "price_type": "LIMIT",
        "quantity": 75,
        "price": Decimal("100.05"),
        "trigger_price": Decimal(0),
        "made_at": NOON - age,
    }
    return JournalEntry(Intent(**(intent | changes)), state, "77", "", NOON)  # type: ignore[arg-type]


def _look(
    orders: list[Order] | None = None, entries: list[JournalEntry] | None = None, net: int | None = None
) -> PositionState:
    positions = [] if net is None else [a_position(NIFTY_MIS, net), a_position(NIFTY_NRML, 999)]
    return position_state(NIFTY_MIS, orders or [], positions, entries or [], NOON)


def _way(units: int, order_id: str = SAMPLE_ID, *, waits: bool = False, is_unseen: bool = False) -> WorkingOrder:
    return WorkingOrder(order_id, units, Urgency.WAITING if waits else Urgency.RESTING, is_unseen=is_unseen)


def _bought(fill_age: float, *, listed: bool = True) -> PositionState:
    return PositionState(0, filled=75, traded=75, fill_age=fill_age, listed=listed)


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        pytest.param([], PositionState(75), id="no-order"),
        pytest.param([an_order()], PositionState(75, working=(_way(75),)), id="resting-purchase"),
        pytest.param([an_order(side=Side.SELL)], PositionState(75, working=(_way(-75),)), id="resting-sale"),
        pytest.param(
            [an_order(side=Side.SELL, price_type=PriceType.SL_M)],
            PositionState(75, working=(_way(-75, waits=True),)),
            id="waiting-stop",
        ),
        pytest.param(
            [an_order(**PARTLY, updated_at=NOON_IN_INDIA - timedelta(hours=1))],
            PositionState(75, filled=30, traded=30, working=(_way(45),), fill_age=3600.0),
            id="part-filled-an-hour-ago",
        ),
        pytest.param(
            [an_order(**FILLED, updated_at=NOON_IN_INDIA - timedelta(seconds=299))],
            PositionState(75, filled=75, traded=75, fill_age=0.0),
            id="clocks-may-differ-so-a-young-fill-is-of-this-moment",
        ),
        pytest.param(
            [an_order(**FILLED, updated_at=NOON_IN_INDIA + timedelta(minutes=5))],
            PositionState(75, filled=75, traded=75, fill_age=0.0),
            id="fill-of-the-future",
        ),
        pytest.param(
            [an_order(**FILLED, updated_at=NOON_IN_INDIA - timedelta(minutes=5))],
            PositionState(75, filled=75, traded=75, fill_age=300.0),
            id="five-minutes-is-more-than-clocks-differ",
        ),
        pytest.param(
            [an_order(**FILLED)], PositionState(75, filled=75, traded=75, fill_age=0.0), id="fill-without-a-stamp"
        ),
        pytest.param(
            [
                an_order(**FILLED, updated_at=NOON_IN_INDIA - timedelta(hours=2)),
                an_order(side=Side.SELL, **FILLED, updated_at=NOON_IN_INDIA - timedelta(hours=1)),
            ],
            PositionState(75, filled=0, traded=150, fill_age=3600.0),
            id="the-newest-fill-counts",
        ),
        pytest.param([an_order(state=OrderState.REJECTED)], PositionState(75), id="rejected"),
        pytest.param(
            [an_order(quantity=1, pending=1), an_order(side=Side.SELL, quantity=1, pending=1)],
            PositionState(75, working=(_way(1), _way(-1))),
            id="a-single-unit-on-either-side",
        ),
        pytest.param([an_order(NIFTY_NRML), an_order(NIFTY_NRML, **FILLED)], PositionState(75), id="other-product"),
    ],
)
def test_a_snapshot_adds_up_the_orders_of_its_own_position(orders: list[Order], expected: PositionState) -> None:
    assert _look(orders, net=75) == expected


def test_a_position_without_a_row_holds_nothing() -> None:
    assert _look() == PositionState(0, fill_age=inf, listed=False)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(
            _entry(), PositionState(0, working=(_way(75, "77", is_unseen=True),)), id="accepted-but-not-shown-yet"
        ),
        pytest.param(
            _entry(side="SELL"), PositionState(0, working=(_way(-75, "77", is_unseen=True),)), id="accepted-sale"
        ),
        pytest.param(
            _entry(side="SELL", price_type="SL"),
            PositionState(0, working=(_way(-75, "77", waits=True, is_unseen=True),)),
            id="accepted-stop-limit",
        ),
        pytest.param(
            _entry(side="SELL", price_type="SL-M"),
            PositionState(0, working=(_way(-75, "77", waits=True, is_unseen=True),)),
            id="accepted-stop-market",
        ),
        pytest.param(
            _entry(age=VISIBLE_WITHIN),
            PositionState(0, working=(_way(75, "77", is_unseen=True),)),
            id="accepted-at-the-edge",
        ),
        pytest.param(
            _entry(age=VISIBLE_WITHIN + timedelta(seconds=1)), PositionState(0), id="never-shown-is-not-there"
        ),
        pytest.param(
            _entry(IntentState.UNKNOWN),
            PositionState(0, unresolved=(UnresolvedOrder("jp1", 75),)),
            id="unknown-outcome",
        ),
        pytest.param(
            _entry(IntentState.INTENDED, side="SELL"),
            PositionState(0, unresolved=(UnresolvedOrder("jp1", -75),)),
            id="intended-by-somebody-who-may-have-died",
        ),
        pytest.param(_entry(IntentState.SENT), PositionState(0, unresolved=(UnresolvedOrder("jp1", 75),)), id="sent"),
        pytest.param(_entry(IntentState.REJECTED), PositionState(0), id="rejected"),
        pytest.param(_entry(IntentState.NOT_SENT), PositionState(0), id="not-sent"),
        pytest.param(
            _entry(IntentState.RESOLVED),
            PositionState(0, working=(_way(75, "77", is_unseen=True),)),
            id="found-by-somebody-else-since-the-book-was-read",
        ),
        pytest.param(
            replace(_entry(IntentState.RESOLVED), order_id=""), PositionState(0), id="resolved-without-an-order"
        ),
    ],
)
def test_the_journal_knows_orders_that_the_book_does_not_show_yet(entry: JournalEntry, expected: PositionState) -> None:
    assert _look(entries=[entry]) == replace(expected, listed=False)


def test_an_order_that_the_book_shows_is_not_counted_from_the_journal_too() -> None:
    seen = _look([an_order(identifier="jp1")], [_entry(), _entry(IntentState.UNKNOWN)])

    assert seen == PositionState(0, working=(_way(75),), listed=False)


def test_an_order_is_known_by_its_id_where_a_book_leaves_out_identifiers() -> None:
    seen = _look([an_order(identifier="", order_id="77"), an_order(identifier="", order_id="78")], [_entry()])

    assert seen.working == (_way(75, "77"), _way(75, "78"))


def test_an_order_of_unknown_fate_is_not_taken_for_one_without_an_identifier() -> None:
    seen = _look([an_order(identifier="")], [replace(_entry(IntentState.UNKNOWN), order_id="")])

    assert seen.unresolved == (UnresolvedOrder("jp1", 75),)


@pytest.mark.parametrize(
    ("seen", "proven", "expected"),
    [
        pytest.param(PositionState(0, listed=False), False, False, id="no-row-and-no-trade"),
        pytest.param(_bought(fill_age=0.0, listed=False), False, True, id="bought-just-now-without-a-row"),
        pytest.param(_bought(fill_age=0.0), False, True, id="bought-just-now"),
        pytest.param(_bought(fill_age=0.0), True, False, id="bought-just-now-what-was-carried-short"),
        pytest.param(_bought(fill_age=900.0), False, False, id="bought-long-ago"),
        pytest.param(_bought(fill_age=900.0, listed=False), False, True, id="bought-long-ago-without-a-row"),
        pytest.param(PositionState(0, working=(_way(75),)), False, False, id="a-resting-order-is-no-position"),
        pytest.param(PositionState(0, working=(_way(75, is_unseen=True),)), True, True, id="an-order-not-shown-yet"),
        pytest.param(
            PositionState(0, unresolved=(UnresolvedOrder("jp1", 75),)), True, True, id="an-order-of-unknown-fate"
        ),
    ],
)
def test_what_looks_flat_may_be_open_while_a_fill_may_be_missing(
    seen: PositionState, *, proven: bool, expected: bool
) -> None:
    assert may_hide(seen, is_proven=proven) is expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(PositionState(75), 75, id="long"),
        pytest.param(PositionState(-75), 75, id="short"),
        pytest.param(PositionState(1, working=(_way(5),)), 1, id="a-single-unit-is-long"),
        pytest.param(PositionState(75, working=(_way(-30),)), 45, id="long-with-a-resting-exit"),
        pytest.param(PositionState(-75, working=(_way(30),)), 45, id="short-with-a-resting-exit"),
        pytest.param(PositionState(75, working=(_way(-75, waits=True),)), 0, id="long-with-a-stop-over-all-of-it"),
        pytest.param(PositionState(75, working=(_way(-200), _way(-300))), 0, id="more-exits-than-units"),
        pytest.param(
            PositionState(75, unresolved=(UnresolvedOrder("jp1", -30),)), 45, id="long-with-an-exit-of-unknown-fate"
        ),
        pytest.param(PositionState(75, working=(_way(75),)), 75, id="a-resting-increase-does-not-reverse"),
        pytest.param(PositionState(0, working=(_way(75),)), 0, id="flat"),
    ],
)
def test_a_close_leaves_room_for_every_exit_that_could_still_trade(seen: PositionState, expected: int) -> None:
    assert seen.safe_to_close == expected


@given(st.integers(-500, 500), st.integers(0, 500), st.integers(0, 500))
def test_closing_what_is_safe_reverses_nothing_though_all_exits_trade(
    net: int, open_buys: int, open_sells: int
) -> None:
    safe = PositionState(net, working=(_way(open_buys), _way(-open_sells))).safe_to_close
    exits = open_sells if net > 0 else open_buys

    assert 0 <= safe <= abs(net)
    assert safe == 0 or safe + exits <= abs(net)


@pytest.mark.parametrize(
    ("product", "carried"),
    [
        pytest.param("MIS", 0, id="intraday-brings-nothing-into-the-day"),
        pytest.param("NRML", None, id="carried"),
        pytest.param("CNC", None, id="delivered"),
        pytest.param("CO", None, id="cover"),
    ],
)
def test_only_an_intraday_product_is_known_to_start_flat(product: str, carried: int | None) -> None:
    assert carried_at_start(product) == carried


@pytest.mark.parametrize(
    ("net", "filled", "carried", "expected"),
    [
        pytest.param(75, 75, 0, True, id="every-fill-is-in-the-position"),
        pytest.param(0, 75, 0, False, id="the-position-lags-behind-a-fill"),
        pytest.param(225, 75, 150, True, id="carried-and-filled"),
        pytest.param(75, 75, None, False, id="what-was-carried-is-not-known"),
    ],
)
def test_the_books_agree_when_carried_and_filled_make_the_position(
    net: int, filled: int, carried: int | None, *, expected: bool
) -> None:
    assert agrees(PositionState(net, filled=filled), carried) is expected


@pytest.mark.parametrize(
    ("seen", "has_working"),
    [
        pytest.param(PositionState(75), False, id="nothing"),
        pytest.param(PositionState(75, working=(_way(1),)), True, id="a-purchase"),
        pytest.param(PositionState(75, unresolved=(UnresolvedOrder("jp1", -1),)), True, id="an-order-of-unknown-fate"),
    ],
)
def test_whatever_could_fill_between_two_reads_is_working(seen: PositionState, *, has_working: bool) -> None:
    assert seen.has_working is has_working


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        pytest.param([], 0, id="no-order"),
        pytest.param([an_order()], 75, id="resting-purchase"),
        pytest.param([an_order(side=Side.SELL)], -75, id="resting-sale"),
        pytest.param([an_order(price_type=PriceType.MARKET)], 75, id="market-order-not-yet-traded"),
        pytest.param([an_order(), an_order(side=Side.SELL, quantity=25, pending=25)], 50, id="both-sides-are-netted"),
        pytest.param([an_order(**PARTLY)], 45, id="only-the-rest-of-a-partial-fill"),
        pytest.param([an_order(state=OrderState.PENDING_NEW)], 75, id="not-yet-at-the-exchange"),
        pytest.param([an_order(state=OrderState.REPLACED, quantity=150, pending=150)], 150, id="after-a-modification"),
        pytest.param([an_order(state=OrderState.PENDING_REPLACE)], 75, id="being-modified"),
        pytest.param([an_order(state=OrderState.PENDING_CANCEL)], 75, id="cancel-not-confirmed"),
        pytest.param([an_order(state=OrderState.UNRECOGNISED)], 75, id="unrecognised-state"),
        pytest.param([an_order(price_type=None)], 75, id="unrecognised-price-type"),
        pytest.param([an_order(state=OrderState.FILLED, filled=75, pending=0)], 0, id="filled"),
        pytest.param([an_order(pending=0)], 75, id="working-with-nothing-left-by-its-own-account"),
        pytest.param([an_order(state=OrderState.REJECTED)], 0, id="rejected-rows-keep-their-leaves-quantity"),
        pytest.param([an_order(state=OrderState.CANCELLED, filled=30, pending=45)], 0, id="cancelled-after-a-part"),
        pytest.param([an_order(state=OrderState.EXPIRED)], 0, id="expired"),
        pytest.param([an_order(price_type=PriceType.SL)], 75, id="stop-that-adds-to-the-position-is-an-entry"),
        pytest.param([an_order(side=Side.SELL, price_type=PriceType.SL)], 0, id="protective-stop-limit"),
        pytest.param([an_order(side=Side.SELL, price_type=PriceType.SL_M)], 0, id="protective-stop-market"),
        pytest.param(
            [an_order(side=Side.SELL, price_type=PriceType.SL, **PARTLY)], -45, id="stop-that-is-already-trading"
        ),
        pytest.param([an_order(NIFTY_NRML)], 0, id="other-product"),
        pytest.param([an_order(PositionKey(BANKNIFTY_KEY, "MIS"))], 0, id="other-contract"),
        pytest.param(
            [an_order(PositionKey(InstrumentKey(Exchange.BFO, NIFTY_FUTURE.token), "MIS"))],
            0,
            id="same-number-on-another-exchange",
        ),
    ],
)
def test_in_flight_is_what_working_orders_are_meant_to_add(orders: Iterable[Order], expected: int) -> None:
    assert _look(list(orders), net=75).in_flight == expected


ORDERS = st.builds(
    lambda key, side, state, price_type, filled, pending: an_order(
        key, side=side, state=state, price_type=price_type, filled=filled, pending=pending, quantity=filled + pending
    ),
    st.sampled_from([NIFTY_MIS, NIFTY_NRML]),
    st.sampled_from(Side),
    st.sampled_from(OrderState),
    st.one_of(st.none(), st.sampled_from(PriceType)),
    st.integers(0, 300),
    st.integers(0, 300),
)


@given(st.lists(ORDERS), st.lists(ORDERS))
def test_orders_in_flight_add_up_and_never_leak_into_another_position(first: list[Order], second: list[Order]) -> None:
    together = first + second
    elsewhere = [order for order in together if key_of(order) != NIFTY_MIS]

    assert _look(together, net=75).in_flight == _look(first, net=75).in_flight + _look(second, net=75).in_flight
    assert _look(elsewhere, net=75).in_flight == 0


def test_a_stop_on_a_flat_account_is_an_entry() -> None:
    assert _look([an_order(price_type=PriceType.SL)]).in_flight == 75
