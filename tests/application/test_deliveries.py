"""Shares sold out of the depository are a delivery, not a short position: nothing buys them back."""

import pytest

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.application.close_all.report import LegState
from jainam_prop.domain.errors import Unreadable
from jainam_prop.domain.positions.smart_order import NoTrade
from tests.application.trading import SBIN, Trader, error_of, states

HELD = 10
"""Shares of SBIN that the depository holds."""


def sell(trader: Trader, quantity: int) -> None:
    trader.place(action="SELL", quantity=quantity, product="CNC").unwrap()


def test_a_close_leaves_a_delivery_alone_and_says_so(trader: Trader) -> None:
    sell(trader, HELD)
    trader.place(symbol="RELIANCE")

    report = trader.close_all()

    assert (report.is_flat, trader.net(SBIN, "CNC"), states(report)) == (True, -HELD, {"RELIANCE": LegState.CLOSED})
    assert "1 sold out of the depository left alone: a delivery is no short position" in report.message


def test_a_close_buys_back_only_what_the_depository_does_not_cover(trader: Trader) -> None:
    sell(trader, HELD + 5)

    report = trader.close_all()

    assert (report.is_flat, trader.net(SBIN, "CNC")) == (True, -HELD)


def test_a_smart_order_does_not_buy_a_delivery_back_and_says_so(trader: Trader) -> None:
    sell(trader, HELD)

    outcome = trader.smart(0, product="CNC").unwrap()

    assert isinstance(outcome, NoTrade)
    assert (trader.net(SBIN, "CNC"), trader.sent()) == (-HELD, 1)
    assert "10 units were sold out of the depository, which is a delivery and no short" in outcome.message


def test_a_smart_order_counts_from_what_is_no_delivery(trader: Trader) -> None:
    sell(trader, HELD + 5)

    trader.smart(20, product="CNC").unwrap()

    assert trader.net(SBIN, "CNC") == 20 - HELD


def test_a_sale_out_of_the_depository_is_not_repeated(trader: Trader) -> None:
    for _ in range(2):
        trader.smart(-HELD, product="CNC").unwrap()

    assert (trader.net(SBIN, "CNC"), trader.sent()) == (-HELD, 1)


def test_without_the_holdings_nothing_is_decided(trader: Trader) -> None:
    sell(trader, HELD)
    trader.strike(FaultKind.SERVER_ERROR, "holdings", times=None)

    report, smart = trader.close_all(), trader.smart(0, product="CNC")

    assert (report.is_flat, states(report), trader.net(SBIN, "CNC")) == (False, {"SBIN-EQ": LegState.SKIPPED}, -HELD)
    assert "whether it is a delivery out of the depository is not known" in report.message
    assert error_of(smart) is Unreadable


@pytest.mark.parametrize("product", ["MIS", "NRML"])
def test_other_products_are_bought_back_and_cost_no_read_of_holdings(trader: Trader, product: str) -> None:
    trader.place(action="SELL", product=product)

    report = trader.close_all()

    assert (report.is_flat, trader.net(SBIN, product), trader.sent("holdings")) == (True, 0, 0)
