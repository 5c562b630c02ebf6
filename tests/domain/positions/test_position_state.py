"""The state of one position: which orders could still change it, and what may be closed without a reversal."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.journal import Intent, IntentState, JournalEntry
from jainam_prop.domain.orders.order import Order, OrderState, PriceType, Side
from jainam_prop.domain.positions.account_state import AccountState
from jainam_prop.domain.positions.lost_orders import UnresolvedOrder
from jainam_prop.domain.positions.position import PositionKey, key_of
from jainam_prop.domain.positions.position_state import (
    VISIBLE_WITHIN,
    PositionState,
    Urgency,
    WorkingOrder,
    unseen,
    working_order,
)
from tests.domain.samples import BANKNIFTY_KEY, NIFTY_FUTURE, NIFTY_MIS, NIFTY_NRML, an_order

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


def _look(orders: Iterable[Order] = (), entries: Iterable[JournalEntry] = (), net: int = 0) -> PositionState:
    """Put the orders of a book and the journal together as the reconciler does."""
    rows, state = list(orders), AccountState(NOON)
    if len({order.order_id for order in rows}) < len(rows):
        rows = [order._replace(order_id=str(number)) for number, order in enumerate(rows)]
    state.see_order_book(rows, began=0.0)
    accepted = unseen(entries, rows, NOON)
    shown = tuple(replace(working_order(order), row=None) for order in state.working(NIFTY_MIS))
    return PositionState(net, working=(*shown, *accepted))


def _way(units: int, order_id: str = SAMPLE_ID, *, waits: bool = False, is_unseen: bool = False) -> WorkingOrder:
    return WorkingOrder(order_id, units, Urgency.WAITING if waits else Urgency.RESTING, is_unseen=is_unseen)


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
        pytest.param(_entry(IntentState.UNKNOWN), PositionState(0), id="unknown-outcome"),
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
    assert _look(entries=[entry]) == expected


def test_an_order_that_the_book_shows_is_not_counted_from_the_journal_too() -> None:
    seen = _look([an_order(identifier="jp1")], [_entry(), _entry(IntentState.UNKNOWN)])

    assert seen == PositionState(0, working=(_way(75),))


def test_an_order_is_known_by_its_id_where_a_book_leaves_out_identifiers() -> None:
    seen = _look([an_order(identifier="", order_id="77"), an_order(identifier="", order_id="78")], [_entry()])

    assert seen.working == (_way(75, "77"), _way(75, "78"))


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
