"""An emergency close uses its whole time, and ends with nothing that could open a position, or says so."""

from functools import partial
from typing import Final

import pytest

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.application.close_all.report import CloseReport, LegState
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.sessions.session import AccountKind
from tests.application.trading import RELIANCE, SBIN, TCS, Trader, states

BOTH_SIDES: Final = pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
LOT: Final = 65


class TestEntries:
    def test_orders_of_flat_contracts_are_cancelled_and_named(self, trader: Trader) -> None:
        trader.place(quantity=75)
        entries = {trader.rest(symbol="TCS", price=3000), trader.rest(symbol="RELIANCE", action="SELL", price=1500)}

        report = trader.close_all()

        assert (report.is_flat, trader.left(), trader.exchange.working_orders()) == (True, {}, [])
        assert entries <= set(report.cancelled)

    def test_they_are_cancelled_though_no_position_is_open(self, trader: Trader) -> None:
        entry = trader.rest()

        report = trader.close_all()

        assert (report.is_flat, report.cancelled, trader.exchange.working_orders()) == (True, (entry,), [])
        assert report.message == "No open positions, 1 order cancelled"

    def test_they_may_be_kept(self, trader: Trader) -> None:
        trader.place(quantity=75)
        trader.rest(symbol="TCS", price=3000)

        report = trader.app.close_all_positions(trader.session, keep_entries=True).unwrap()

        assert (report.is_flat, trader.left(), len(trader.exchange.working_orders())) == (True, {}, 1)

    def test_one_that_cannot_be_cancelled_is_no_flat_account(self, trader: Trader) -> None:
        entry = trader.rest()
        trader.strike(FaultKind.REFUSED, "cancel", times=None, code="e-orders-0021", text="Not now")

        report = trader.close_all()

        assert (report.is_flat, report.cancelled) == (False, ())
        assert report.message == f"orders that could open a position still work: {entry}"

    def test_one_that_comes_while_the_close_goes_on_is_cancelled_too(self, trader: Trader) -> None:
        trader.place(symbol="TCS")
        trader.strike(FaultKind.SETTLE_DELAY, "place", seconds=1.0, skip=0)
        other = trader.beside()
        trader.clock.call_later(0.5, other.rest)

        report = trader.close_all()

        assert (report.is_flat, trader.exchange.working_orders()) == (True, [])

    def test_one_that_fills_meanwhile_is_closed_as_well(self, trader: Trader) -> None:
        trader.place(symbol="TCS")
        trader.rest()
        trader.strike(FaultKind.SETTLE_DELAY, "cancel", times=1, seconds=1.0)
        trader.clock.call_later(0.5, lambda: trader.move("0.97"))

        report = trader.close_all()

        assert (report.is_flat, trader.left(), states(report)) == (
            True,
            {},
            {"TCS": LegState.CLOSED, "SBIN": LegState.CLOSED},
        )


@pytest.mark.parametrize("later", [0.0, 0.3, 0.8])
def test_two_closes_at_once_do_not_cancel_each_other_s_orders(trader: Trader, later: float) -> None:
    """The second plans while the closing orders of the first work at the exchange."""
    for symbol in ("SBIN", "TCS", "RELIANCE"):
        trader.place(symbol=symbol)
        trader.protect(10, symbol=symbol, trigger_price=1)
    trader.strike(FaultKind.SETTLE_DELAY, "place", times=None, seconds=1.0)
    other = trader.beside()

    def close_later() -> CloseReport:
        trader.clock.sleep(later)
        return other.close_all()

    reports = trader.clock.together([trader.close_all, close_later])

    closing = [
        order for order in trader.orders() if order.terms.price_type.value == "MARKET" and order.side.value == "SELL"
    ]
    assert ([report.is_flat for report in reports], trader.left()) == ([True, True], {})
    assert [order.state for order in closing] == [OrderState.FILLED] * 3


@pytest.mark.parametrize("kind", [FaultKind.RMS_REJECT, FaultKind.REFUSED])
def test_a_cancel_that_is_refused_once_is_asked_for_again(trader: Trader, kind: FaultKind) -> None:
    trader.place(quantity=75)
    trader.protect(75)
    trader.strike(kind, "cancel", times=1, text="Not now")

    report = trader.close_all()

    assert (report.is_flat, trader.net(), trader.exchange.working_orders()) == (True, 0, [])


def test_closing_orders_that_trade_in_part_are_followed_by_others(trader: Trader) -> None:
    """The exchange ends each one after thirty units."""
    trader.place(quantity=100)
    trader.quote_thinly(30)
    trader.end_market_orders(0.3, units=30)

    report = trader.close_all()

    assert (report.is_flat, trader.net(), len(report.legs[0].order_ids)) == (True, 0, 4)


def test_a_market_without_another_side_is_tried_again_while_there_is_time(trader: Trader) -> None:
    """The exchange ends closing orders of which nothing trades, until somebody buys."""
    trader.place(quantity=100)
    stop = trader.protect(100)
    trader.quote_thinly(0)
    trader.end_market_orders(0.3)
    trader.clock.call_later(20.0, lambda: trader.move("0.99"))

    report = trader.close_all()

    assert (report.is_flat, trader.net(), report.cancelled) == (True, 0, (stop,))
    assert len(report.legs[0].order_ids) < 10


@pytest.mark.parametrize("arrives", [9 + step / 20 for step in range(60)])
def test_an_order_of_unknown_outcome_that_arrives_during_the_close_is_closed_too(
    trader: Trader, arrives: float
) -> None:
    trader.place(quantity=10)
    trader.strike(FaultKind.HOLD, processed=False, seconds=10.0 + arrives)
    trader.strike(FaultKind.SETTLE_DELAY, times=None, seconds=0.1)
    trader.place(quantity=7)

    report = trader.close_all()

    assert (report.is_flat, trader.net()) == (True, 0)


@BOTH_SIDES
@pytest.mark.parametrize(("held", "left"), [(75, 10), (150, 20), (1825, 5)])
def test_whole_lots_are_closed_and_the_odd_rest_is_named(sign: int, held: int, left: int) -> None:
    trader = Trader()
    future = trader.nifty_future()
    trader.carry(sign * held, future.key, "NRML", 25000)
    trader.place()

    report = trader.close_all()

    assert trader.net(future.key, "NRML") == sign * left
    assert trader.net() == 0
    assert f"{sign * left} units remain, less than one lot of {LOT}: they cannot be traded" in report.message
    assert not report.is_flat


@pytest.mark.parametrize("account", list(AccountKind))
def test_one_position_book_without_rows_proves_no_flat_account(account: AccountKind) -> None:
    """The order book names another position, so that the close had something to do and did not look again."""
    trader = Trader(account)
    trader.carry(LOT, trader.nifty_future().key, "NRML", 25000)
    trader.place()
    fresh = trader.beside()
    fresh.strike(FaultKind.FALSE_EMPTY, "positions")

    report = fresh.close_all()

    assert (report.is_flat, fresh.left()) == (True, {})


def test_a_leg_whose_order_never_left_is_not_sent(trader: Trader) -> None:
    trader.place()
    trader.strike(FaultKind.UNREACHABLE, "place", times=None)

    report = trader.close_all()

    assert states(report) == {"SBIN": LegState.NOT_SENT}


class TestStops:
    @BOTH_SIDES
    def test_the_stop_of_a_leg_that_is_refused_is_put_back(self, sign: int) -> None:
        trader = Trader()
        side, other = ("BUY", "SELL") if sign > 0 else ("SELL", "BUY")
        trader.place(quantity=75, action=side)
        trader.protect(75, str(1 - sign * 0.02), action=other)
        trader.strike(FaultKind.RMS_REJECT, text="RMS: margin", times=1)

        report = trader.close_all()

        (stop,) = trader.exchange.working_orders()
        assert (trader.net(), stop.terms.price_type.value, stop.left) == (sign * 75, "SL-M", 75)
        assert f"RMS: margin. Its stop was put back as order {stop.order_id}." in report.message

    @BOTH_SIDES
    def test_a_stop_is_not_put_back_beside_an_exit_that_closes_the_same_units(self, sign: int) -> None:
        trader, side = Trader(), "BUY" if sign > 0 else "SELL"
        trader.place(quantity=75, action=side)
        out = "SELL" if sign > 0 else "BUY"
        limit = trader.rest("1.03" if sign > 0 else "0.97", quantity=75, action=out)
        stop = trader.protect(75, "0.98" if sign > 0 else "1.02", action=out)
        trader.strike(FaultKind.REFUSED, "cancel", times=None, where={"appOrderID": limit}, code="e-orders-0021")

        report = trader.close_all()
        trader.move("0.95" if sign > 0 else "1.05")
        trader.move("1.10" if sign > 0 else "0.90")

        assert report.legs[0].reason.startswith(f"The position has lost protection: stop {stop} was not put back")
        assert (report.is_flat, trader.net()) == (False, 0)

    def test_a_stop_is_not_put_back_while_the_end_of_an_exit_cannot_be_read(self, trader: Trader) -> None:
        trader.place(quantity=75)
        stop = trader.protect(75)
        network = trader.market.broker.network
        trader.clock.call_later(0.2, lambda: trader.strike(FaultKind.SERVER_ERROR, "dealer_order_book", times=None))
        network.latency = 0.05

        report = trader.close_all()
        trader.move("0.95")

        assert (trader.net(), report.is_flat) == (0, False)
        assert f"may have lost protection: stop {stop} was cancelled" in report.legs[0].reason

    def test_a_protection_that_could_not_be_put_back_is_said_first(self, trader: Trader) -> None:
        trader.place(quantity=75)
        stop = trader.protect(75)
        trader.strike(FaultKind.RMS_REJECT, text="RMS: margin", times=1)
        trader.strike(FaultKind.REFUSED, text="RMS: no stops", times=None, skip=1)

        report = trader.close_all()

        (leg,) = report.legs
        assert leg.reason.startswith(f"The position has lost protection: stop {stop} could not be put back.")


AWAY: Final = (5.0, 12.0, 20.0, 30.0, 48.0)
STEPS: Final = (0.0, 0.03, 0.05, 0.07, 0.09, 0.12, 0.2, 0.5)


@pytest.mark.parametrize("silent", [False, True], ids=["refusing", "silent"])
@pytest.mark.parametrize("after", STEPS)
@pytest.mark.parametrize("seconds", AWAY)
def test_a_close_is_flat_when_the_broker_was_there_for_ten_of_its_sixty_seconds(
    seconds: float, after: float, *, silent: bool
) -> None:
    trader = Trader()
    for symbol in ("SBIN", "TCS", "RELIANCE"):
        trader.place(symbol=symbol)
    trader.protect(10, trigger_price=trader.price("0.98"))
    trader.market.broker.be_away(seconds, after=after, silent=silent)
    began = trader.clock.monotonic()

    report = trader.close_all()

    assert trader.clock.monotonic() - began <= 64.0
    assert [trader.net(key) for key in (SBIN, TCS, RELIANCE)] == [0, 0, 0] or not report.is_flat
    if not silent:  # an order into silence may be live, so that nothing may follow it until its fate is known
        assert (report.is_flat, trader.left()) == (True, {})
    stops = sum(order.left for order in trader.exchange.working_orders())
    assert stops <= trader.net() or "protection" in report.message


@pytest.mark.parametrize("after", [0.0, 0.05, 0.1, 0.3])
@pytest.mark.parametrize("seconds", [1.0, 6.0, 30.0])
def test_a_journal_that_is_locked_for_a_while_costs_that_time(seconds: float, after: float) -> None:
    trader = Trader()
    for symbol in ("SBIN", "TCS"):
        trader.place(symbol=symbol)
    trader.protect(10)
    journal = trader.market.journal
    trader.clock.call_later(after, partial(setattr, journal, "broken", "it is locked"))
    trader.clock.call_later(after + seconds, partial(setattr, journal, "broken", None))

    report = trader.close_all()

    assert (report.is_flat, trader.left()) == (True, {})
    assert trader.clock.monotonic() < 62.0


@pytest.mark.parametrize("which", range(4))
@pytest.mark.parametrize("book", ["dealer_positions", "dealer_order_book"])
def test_a_read_that_hangs_once_does_not_end_a_close(book: str, which: int) -> None:
    trader = Trader()
    for symbol in ("SBIN", "TCS"):
        trader.place(symbol=symbol)
    trader.protect(10)
    trader.strike(FaultKind.HOLD, book, times=1, skip=which, seconds=30.0)

    report = trader.close_all()

    assert (report.is_flat, trader.left()) == (True, {})
    assert trader.clock.monotonic() < 20.0


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.SERVER_ERROR])
def test_a_closing_order_that_never_arrived_is_sent_again_once_the_book_proves_it(
    trader: Trader, kind: FaultKind
) -> None:
    trader.place()
    trader.strike(kind, times=1, processed=False)

    report = trader.close_all()

    assert (report.is_flat, trader.net()) == (True, 0)
    assert 15.0 < trader.clock.monotonic() < 30.0


@pytest.mark.parametrize(("arrives", "settles"), [(12.0, "15"), (40.0, "60")])
def test_a_closing_order_that_arrives_before_it_is_settled_is_not_sent_again(arrives: float, settles: str) -> None:
    trader = Trader(JAINAM_SETTLE_SECONDS=settles)
    trader.place()
    trader.strike(FaultKind.HOLD, times=1, processed=False, seconds=arrives)

    report = trader.close_all()

    assert (report.is_flat, trader.net(), trader.sent()) == (True, 0, 2)


def test_a_closing_order_that_was_swallowed_in_silence_is_sent_again(trader: Trader) -> None:
    trader.place()
    trader.strike(FaultKind.HOLD, times=1, processed=False, seconds=600.0)

    report = trader.close_all()

    assert (report.is_flat, trader.net()) == (True, 0)
    assert trader.clock.monotonic() < 30.0


def test_a_book_that_lacks_orders_of_ours_settles_nothing(trader: Trader) -> None:
    trader.place()
    trader.place(symbol="TCS")
    trader.strike(FaultKind.HOLD, times=1, processed=False, seconds=40.0, where={"exchangeInstrumentID": "3045"})
    trader.strike(FaultKind.BOOK_DELAY, times=1, seconds=50.0, where={"exchangeInstrumentID": str(TCS.token)})

    trader.close_all()

    assert (trader.left(), trader.sent()) == ({}, 4)
