"""Orders: what the words of the trade mean, and which states can still trade."""

from decimal import Decimal

import pytest

from jainam_prop.domain.orders.order import Order, OrderState, PriceType, Side, bearing
from tests.domain.samples import a_change, a_request, an_order


@pytest.mark.parametrize(
    ("state", "working"),
    [
        pytest.param(OrderState.PENDING_NEW, True, id="pending-new"),
        pytest.param(OrderState.NEW, True, id="new"),
        pytest.param(OrderState.PARTIALLY_FILLED, True, id="partially-filled"),
        pytest.param(OrderState.PENDING_REPLACE, True, id="pending-replace"),
        pytest.param(OrderState.REPLACED, True, id="replaced-is-working-after-a-modification"),
        pytest.param(OrderState.PENDING_CANCEL, True, id="pending-cancel"),
        pytest.param(OrderState.UNRECOGNISED, True, id="unrecognised-might-be-live"),
        pytest.param(OrderState.FILLED, False, id="filled"),
        pytest.param(OrderState.CANCELLED, False, id="cancelled"),
        pytest.param(OrderState.REJECTED, False, id="rejected"),
        pytest.param(OrderState.EXPIRED, False, id="expired"),
    ],
)
def test_an_order_works_until_a_terminal_state(state: OrderState, *, working: bool) -> None:
    assert (state.is_working, state.is_terminal, an_order(state=state).is_working) == (working, not working, working)


def test_every_state_is_in_the_table_above() -> None:
    assert sorted(OrderState) == sorted(
        [
            "PendingNew",
            "New",
            "PartiallyFilled",
            "PendingReplace",
            "Replaced",
            "PendingCancel",
            "Filled",
            "Cancelled",
            "Rejected",
            "Expired",
            "Unrecognised",
        ],
    )


@pytest.mark.parametrize(
    ("price_type", "has_limit", "has_trigger"),
    [
        pytest.param(PriceType.MARKET, False, False, id="market"),
        pytest.param(PriceType.LIMIT, True, False, id="limit"),
        pytest.param(PriceType.SL, True, True, id="stop-limit"),
        pytest.param(PriceType.SL_M, False, True, id="stop-market"),
    ],
)
def test_a_price_type_says_which_prices_it_needs(price_type: PriceType, *, has_limit: bool, has_trigger: bool) -> None:
    assert (price_type.has_limit, price_type.has_trigger) == (has_limit, has_trigger)


@pytest.mark.parametrize(
    ("price_type", "filled", "conditional"),
    [
        pytest.param(PriceType.SL, 0, True, id="waiting-stop-limit"),
        pytest.param(PriceType.SL_M, 0, True, id="waiting-stop-market"),
        pytest.param(PriceType.SL, 25, False, id="stop-that-traded-was-triggered"),
        pytest.param(PriceType.LIMIT, 0, False, id="limit"),
        pytest.param(PriceType.MARKET, 0, False, id="market"),
        pytest.param(None, 0, False, id="unknown-price-type-counts-as-intent"),
    ],
)
def test_only_a_stop_that_has_not_traded_waits_for_its_trigger(
    price_type: PriceType | None, filled: int, *, conditional: bool
) -> None:
    order = an_order(price_type=price_type, trigger_price=Decimal(99), filled=filled, pending=75 - filled)

    assert order.is_conditional is conditional


def test_an_order_shows_all_of_itself_unless_it_says_otherwise() -> None:
    assert (a_request().disclosed_quantity, a_change().disclosed_quantity) == (0, 0)


@pytest.mark.parametrize(
    ("side", "sign", "opposite"),
    [pytest.param(Side.BUY, 1, Side.SELL, id="buy"), pytest.param(Side.SELL, -1, Side.BUY, id="sell")],
)
def test_a_side_has_a_sign_and_an_opposite(side: Side, sign: int, opposite: Side) -> None:
    assert (side.sign, side.opposite) == (sign, opposite)


REFUSED = an_order(order_id="1", identifier="jp1", state=OrderState.REJECTED)
FILLED = an_order(order_id="2", identifier="jp1", state=OrderState.FILLED, filled=75, pending=0)
EXIT = an_order(order_id="3", identifier="jp1", side=Side.SELL)
OTHER = an_order(order_id="4", identifier="jp2")


@pytest.mark.parametrize(
    ("orders", "found"),
    [
        pytest.param([OTHER], None, id="not-there"),
        pytest.param([OTHER, FILLED], FILLED, id="by-its-identifier"),
        pytest.param([EXIT, FILLED], FILLED, id="the-entry-of-a-bracket-by-its-side"),
        pytest.param([REFUSED, FILLED], FILLED, id="of-two-the-one-that-was-not-refused"),
        pytest.param([FILLED, REFUSED], FILLED, id="in-whatever-order"),
        pytest.param([REFUSED], REFUSED, id="refused"),
        pytest.param([], None, id="empty-book"),
    ],
)
def test_an_order_is_found_by_the_identifier_it_was_sent_with(orders: list[Order], found: Order | None) -> None:
    assert bearing(orders, "jp1", Side.BUY) == found


@pytest.mark.parametrize(
    ("order", "refused"),
    [
        pytest.param(REFUSED, True, id="rejected"),
        pytest.param(REFUSED._replace(filled=25), False, id="rejected-after-a-part-had-traded"),
        pytest.param(FILLED, False, id="filled"),
    ],
)
def test_only_an_order_that_never_traded_was_refused(order: Order, *, refused: bool) -> None:
    assert order.was_refused is refused
