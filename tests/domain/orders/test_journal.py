"""The journal: which intents are still open, and what it remembers of an order."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from jainam_prop.domain.orders.journal import Intent, IntentState
from jainam_prop.domain.orders.order import PriceType, Product, Side
from tests.domain.samples import NIFTY_NRML, a_request

NOON = datetime(2026, 3, 10, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "is_open"),
    [
        pytest.param(IntentState.INTENDED, True, id="intended"),
        pytest.param(IntentState.SENT, True, id="sent"),
        pytest.param(IntentState.UNKNOWN, True, id="unknown"),
        pytest.param(IntentState.ACCEPTED, False, id="accepted"),
        pytest.param(IntentState.REJECTED, False, id="rejected"),
        pytest.param(IntentState.NOT_SENT, False, id="not-sent"),
        pytest.param(IntentState.RESOLVED, False, id="resolved"),
    ],
)
def test_an_intent_is_open_until_its_fate_is_known(state: IntentState, *, is_open: bool) -> None:
    assert state.is_open is is_open


def test_an_intent_knows_the_position_that_its_fills_go_to() -> None:
    assert Intent.of(a_request(product=Product.NRML), NOON).position == NIFTY_NRML


def test_an_intent_remembers_all_that_is_needed_to_find_its_order() -> None:
    order = a_request(
        side=Side.SELL,
        product=Product.NRML,
        price_type=PriceType.SL,
        quantity=150,
        price=Decimal(99),
        trigger_price=Decimal(100),
        identifier="jp0mmk4mv1loxyydezgf",
    )

    assert Intent.of(order, NOON) == Intent(
        identifier="jp0mmk4mv1loxyydezgf",
        exchange="NFO",
        token=35001,
        symbol="NIFTY31MAR26FUT",
        side="SELL",
        product="NRML",
        price_type="SL",
        quantity=150,
        price=Decimal(99),
        trigger_price=Decimal(100),
        made_at=NOON,
    )
