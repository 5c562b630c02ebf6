"""The emergency exit against the exchange's own positions."""

import pytest

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.application.close_all.report import CloseReport, LegState
from tests.application.trading import RELIANCE, SBIN, TCS, Trader, states


def test_a_flat_account_is_flat(trader: Trader) -> None:
    assert (trader.close_all(), trader.sent()) == (CloseReport(()), 0)


def test_longs_and_shorts_are_closed(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.place(symbol="RELIANCE", action="SELL", quantity=30)

    report = trader.close_all()

    assert report.is_flat
    assert [(leg.symbol, leg.net, leg.remaining, leg.state) for leg in report.legs] == [
        ("SBIN", 75, 0, LegState.CLOSED),
        ("RELIANCE", -30, 0, LegState.CLOSED),
    ]
    assert (trader.net(), trader.net(RELIANCE)) == (0, 0)


def test_one_refused_leg_is_named_and_the_rest_is_closed(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.place(symbol="RELIANCE", quantity=30)
    trader.strike(FaultKind.RMS_REJECT, text="RMS: blocked", where={"exchangeInstrumentID": "2885"})

    report = trader.close_all()

    told = {leg.symbol: (leg.state, leg.remaining, leg.reason) for leg in report.legs}
    assert told == {"SBIN": (LegState.CLOSED, 0, ""), "RELIANCE": (LegState.REJECTED, 30, "RMS: blocked")}
    assert report.message == "1 of 2 positions closed; RELIANCE MIS rejected: RMS: blocked"
    assert not report.is_flat


def test_every_refused_leg_is_named(trader: Trader) -> None:
    for symbol in ("SBIN", "RELIANCE", "TCS"):
        trader.place(symbol=symbol)
    trader.strike(FaultKind.RMS_REJECT, times=3, text="RMS: margin exceeds")

    report = trader.close_all()

    assert states(report) == dict.fromkeys(("SBIN", "RELIANCE", "TCS"), LegState.REJECTED)
    assert report.message.count("RMS: margin exceeds") == 3
    assert [trader.net(key) for key in (SBIN, RELIANCE, TCS)] == [10, 10, 10]


def test_a_lost_reply_of_one_leg_does_not_stop_the_others(trader: Trader) -> None:
    for symbol in ("SBIN", "RELIANCE", "TCS"):
        trader.place(symbol=symbol)
    trader.strike(FaultKind.REPLY_LOST)

    assert trader.close_all().is_flat
    assert [trader.net(key) for key in (SBIN, RELIANCE, TCS)] == [0, 0, 0]
    assert trader.sent() == 6


def test_a_contract_that_the_master_does_not_list_is_skipped_and_said(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.carry(75, trader.unlisted(), price=10)

    report = trader.close_all()

    assert (report.is_flat, trader.net()) == (False, 0)
    assert set(states(report).values()) == {LegState.CLOSED, LegState.SKIPPED}


def test_a_resting_stop_is_cancelled_before_it_can_reverse(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.protect(75)

    report = trader.close_all()
    trader.move("0.97")

    assert (report.is_flat, trader.net(), trader.exchange.working_orders()) == (True, 0, [])


def test_a_stop_that_cannot_be_cancelled_keeps_its_units(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.protect(75)
    trader.strike(FaultKind.REFUSED, "cancel", times=None, code="e-orders-0021", text="Not now")

    report = trader.close_all()
    trader.move("0.97")

    assert (report.is_flat, report.legs[0].state, trader.net()) == (False, LegState.UNKNOWN, 0)


def test_a_book_that_lags_is_not_sold_twice(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.strike(FaultKind.POSITION_LAG, seconds=1.0)

    first, second = trader.close_all(), trader.close_all()

    assert (first.is_flat, second.is_flat, trader.net()) == (True, True, 0)


def test_what_a_thin_market_leaves_is_closed_in_a_second_pass(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.exchange.set_levels(SBIN, bids=[(trader.price("0.99"), 50)], asks=[])

    report = trader.close_all()

    assert trader.net() >= 0
    assert report.is_flat or report.legs[0].state is LegState.UNKNOWN


@pytest.mark.parametrize(("product", "other"), [("MIS", "NRML"), ("NRML", "MIS")])
def test_only_the_products_that_are_named_are_closed(trader: Trader, product: str, other: str) -> None:
    trader.place(quantity=75)
    trader.place(quantity=75, product="NRML")

    report = trader.app.close_all_positions(trader.session, products=frozenset({product})).unwrap()

    assert {leg.key.product: leg.state for leg in report.legs} == {product: LegState.CLOSED, other: LegState.SKIPPED}
    assert (report.is_flat, trader.net(product=product), trader.net(product=other)) == (False, 0, 75)


def test_a_dry_run_says_what_a_close_would_do_and_does_nothing(trader: Trader) -> None:
    trader.place(quantity=75)
    stop = trader.protect(75)
    entry = trader.rest(symbol="TCS", price=trader.price("0.98", TCS))
    rehearsal = trader.beside(JAINAM_DRY_RUN="true")
    sent, began = trader.sent(), trader.clock.monotonic()

    report = rehearsal.close_all()

    assert report.message == (
        f"0 of 1 positions closed; SBIN MIS not sent: dry run: SELL 75 at market would be sent, once {stop} is "
        f"cancelled; dry run: orders of flat contracts would be cancelled: {entry}"
    )
    assert (trader.net(), trader.sent(), trader.sent("cancel")) == (75, sent, 0)
    assert trader.clock.monotonic() - began < 1.0


def test_a_plan_names_what_a_close_would_do_and_does_nothing(trader: Trader) -> None:
    trader.place(quantity=75)
    stop = trader.protect(75)

    plan = trader.app.close_all_positions.plan(trader.session).unwrap()

    assert [(leg.instrument.symbol, leg.net) for leg in plan.legs] == [("SBIN", 75)]
    assert [order.order_id for order in plan.cancels] == [stop]
    assert (trader.sent(), trader.sent("cancel")) == (2, 0)
