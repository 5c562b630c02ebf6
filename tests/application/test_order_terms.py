"""Terms of an order that are mended, refused or warned of before it leaves."""

from decimal import Decimal

import pytest

from jainam_prop.domain.errors import Invalid
from jainam_prop.domain.sessions.session import AccountKind
from tests.application.trading import SBIN, Trader, error_of


@pytest.mark.parametrize("noise", ["0.0000000000001", "-0.0000009"])
def test_a_price_that_misses_its_tick_by_the_noise_of_floats_is_that_tick(trader: Trader, noise: str) -> None:
    exact = trader.price("0.98")

    order_id = trader.rest(price=exact + Decimal(noise))
    trader.modify(order_id, pricetype="LIMIT", price=float(exact) - 0.05 + 1e-9).unwrap()

    assert trader.orders()[0].terms.price == exact - Decimal("0.05")


def test_a_price_that_misses_its_tick_by_more_is_refused(trader: Trader) -> None:
    outcome = trader.place(pricetype="LIMIT", price=trader.price("0.98") + Decimal("0.00001"))

    assert (error_of(outcome), trader.sent()) == (Invalid, 0)


@pytest.mark.parametrize("name", ["clientID", "clientId", "client_id"])
def test_an_order_for_another_client_is_refused(name: str) -> None:
    trader = Trader(AccountKind.NORMAL)

    refused = [trader.place(**{name: "CLIENT99"}), trader.smart(10, **{name: "CLIENT99"})]

    assert [error_of(outcome) for outcome in refused] == [Invalid, Invalid]
    assert "clientID 'CLIENT99' is not the client that this session trades for" in refused[0].failure().message
    assert (trader.sent(), error_of(trader.place(**{name: "client01"}))) == (0, None)


def test_a_price_outside_the_last_known_band_is_sent_with_a_warning(trader: Trader) -> None:
    future = trader.nifty_future()
    assert future.upper_band is not None
    price = (future.upper_band // 10 + 1) * 10
    terms = {"symbol": future.symbol, "exchange": "NFO", "product": "NRML", "quantity": future.lot_size}

    placed = trader.place(action="SELL", pricetype="LIMIT", price=price, **terms).unwrap()

    assert trader.sent() == 1
    assert f"price {price} is outside the last known price band" in placed.message


def test_the_newest_band_of_a_feed_counts(trader: Trader) -> None:
    lower, upper = float(trader.price("0.995")), float(trader.price("1.005"))
    trader.container.trading.bands().note(SBIN, lower, upper)

    outside, inside = (
        trader.place(pricetype="LIMIT", price=trader.price(factor)).unwrap() for factor in ("0.99", "0.997")
    )

    assert f"is outside the last known price band of {lower} to {upper}" in outside.message
    assert inside.message == "Order placed"


def test_a_stop_limit_that_could_only_rest_is_refused(trader: Trader) -> None:
    stop = {"pricetype": "SL", "trigger_price": trader.price("1.02"), "price": trader.price("1.01")}

    outcome = trader.place(**stop)

    assert (error_of(outcome), trader.sent()) == (Invalid, 0)
    assert "must not be below its trigger_price" in outcome.failure().message
