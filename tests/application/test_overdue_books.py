"""A hidden trade of another login that leads back to an earlier figure of our own fills: words that stay honest.

The position book then looks like one that is late, and the fills decide. A reply that calls the position flat, or says
that its target is held, has both figures once a late book would have shown the last fill.
"""

from decimal import Decimal

import pytest

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.application.close_all.report import CloseReport, LegState
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.positions.net_position import Trust
from tests.application.trading import PACED_BROKER, Market, Trader
from tests.fakes.broker.portfolio import trade

WORDS = (
    "the position book shows an earlier figure again or still: it is late, or another login has traded "
    "(by fills +0, by the position book -5); close-all --trust positions closes by the book"
)
REPORT = f"0 of 1 positions closed; SBIN MIS unknown: {WORDS}"
ANSWER = f"Position already 0, but {WORDS}."


@pytest.fixture(params=["feed", "books", "another process"])
def fooled(request: pytest.FixtureRequest) -> Trader:
    """A trader whose fills went from 0 to -5 and back, and whose position another login has sold again, unseen."""
    trader = Trader()
    trader.market.broker.books.hides_other_logins = True
    if request.param == "feed":
        trader.app.follow_orders()(lambda _event: None)
        trader.clock.advance(2.0)
    trader.smart(-5)
    trader.smart(0)
    trader.clock.advance(60.0)
    sell_elsewhere(trader)
    return trader.beside() if request.param == "another process" else trader


def sell_elsewhere(trader: Trader, units: int = 5) -> None:
    listing = trader.exchange.find(Exchange.NSE, "SBIN-EQ")
    trade(trader.exchange, trader.booked_to, listing, "MIS", -units, "OTHER01")


def close(trader: Trader, trust: Trust | None = None) -> CloseReport:
    return trader.app.close_all_positions(trader.session, trust=trust).unwrap()


def own_orders(trader: Trader) -> int:
    return sum(order.intake.login != "OTHER01" for order in trader.orders())


def test_a_close_is_not_flat_and_names_both_figures_within_seconds(fooled: Trader) -> None:
    began = fooled.clock.monotonic()

    report = close(fooled)

    assert (report.message, report.is_flat) == (REPORT, False)
    assert [(leg.net, leg.remaining, leg.state) for leg in report.legs] == [(-5, None, LegState.UNKNOWN)]
    assert (own_orders(fooled), fooled.net()) == (2, -5)
    assert fooled.clock.monotonic() - began < 5.0


def test_a_close_by_the_book_closes_what_it_shows(fooled: Trader) -> None:
    report = close(fooled, Trust.POSITIONS)

    assert (report.is_flat, fooled.net(), own_orders(fooled)) == (True, 0, 3)
    assert report.note.startswith("the positions were trusted for 3045 MIS")


def test_a_close_by_the_orders_is_flat_and_says_whose_choice_that_was(fooled: Trader) -> None:
    report = close(fooled, Trust.ORDERS)

    assert (report.is_flat, report.legs, fooled.net(), own_orders(fooled)) == (True, (), -5, 2)
    assert report.message.startswith("No open positions; the orders were trusted for 3045 MIS")
    assert "(by fills +0, by the position book -5)" in report.message


def test_a_rehearsal_is_not_empty(fooled: Trader) -> None:
    plan = fooled.app.close_all_positions.plan(fooled.session).unwrap()

    assert (plan.is_empty, [(skip.net, skip.reason, skip.is_open) for skip in plan.skipped]) == (
        False,
        [(-5, WORDS, False)],
    )


def test_a_smart_order_says_so_once_the_book_was_read_in_the_background(fooled: Trader) -> None:
    fooled.smart(0)
    fooled.clock.advance(10.0)

    answer = fooled.smart(0).unwrap()

    assert (answer.message, own_orders(fooled)) == (ANSWER, 2)


def test_a_book_that_catches_up_ends_it(fooled: Trader) -> None:
    close(fooled)
    sell_elsewhere(fooled, -5)

    assert (close(fooled), fooled.net()) == (CloseReport(()), 0)
    assert fooled.smart(0).unwrap().message == "Position already 0. No action needed."


@pytest.mark.parametrize("lag", [4.0, 20.0])
@pytest.mark.parametrize("product", ["MIS", "NRML", "CNC"])
def test_a_book_that_is_only_late_is_named_by_no_close(product: str, lag: float) -> None:
    trader = Trader(market=lagging(lag))
    trader.smart(10, product=product)
    trader.smart(0, product=product)
    for seconds in (0.0, 1.0, lag / 2, lag):
        trader.clock.advance(seconds)
        for process in (trader, trader.beside()):
            assert close(process) == CloseReport(())
            assert process.smart(0, product=product).unwrap().message == "Position already 0. No action needed."


def test_a_book_that_is_late_for_minutes_is_named() -> None:
    trader = Trader(market=lagging(120.0))
    trader.smart(-5)
    trader.clock.advance(150.0)
    trader.smart(0)
    trader.clock.advance(25.0)
    before = close(trader)
    trader.clock.advance(10.0)

    assert (before, close(trader).message) == (CloseReport(()), REPORT)
    trader.clock.advance(120.0)
    assert close(trader) == CloseReport(())


def test_one_read_of_an_earlier_figure_is_a_slip(fooled: Trader) -> None:
    sell_elsewhere(fooled, -5)
    close(fooled)
    shown = fooled.market.broker.books
    shown.positions = lambda rows: [row._replace(net=-5) for row in rows]
    fooled.clock.call_later(0.5, lambda: setattr(shown, "positions", None))

    assert close(fooled) == CloseReport(())


def lagging(seconds: float) -> Market:
    market = Market()
    market.broker.books.position_lag = seconds
    market.broker.exchange.set_funds("*****", Decimal(10**12))
    return market


class TestEmptyAccount:
    """Nothing open by the state is confirmed by a position book that was read after the call began."""

    def test_a_hidden_trade_of_the_last_second_is_closed(self, trader: Trader) -> None:
        trader.market.broker.books.hides_other_logins = True
        trader.app.follow_orders()(lambda _event: None)
        trader.smart(10)
        trader.smart(0)
        trader.clock.advance(60.0)
        assert close(trader) == CloseReport(())
        sell_elsewhere(trader, 7)

        report = close(trader)

        assert (report.is_flat, trader.net(), [leg.net for leg in report.legs]) == (True, 0, [-7])

    def test_orders_that_could_open_a_position_are_cancelled_though_it_cannot_be_read(self, trader: Trader) -> None:
        trader.app.follow_orders()(lambda _event: None)
        trader.smart(10)
        trader.smart(0)
        order_id = trader.rest()
        trader.clock.advance(60.0)
        trader.strike(FaultKind.SERVER_ERROR, "dealer_positions", times=None)

        report = close(trader)

        assert (report.cancelled, report.is_flat, trader.exchange.working_orders()) == ((order_id,), False, [])
        assert report.message.startswith("the last look at the books failed")

    def test_a_hidden_trade_beside_such_an_order_is_closed(self, trader: Trader) -> None:
        trader.market.broker.books.hides_other_logins = True
        trader.app.follow_orders()(lambda _event: None)
        trader.smart(10)
        trader.smart(0)
        order_id = trader.rest()
        trader.clock.advance(60.0)
        sell_elsewhere(trader, 7)

        report = close(trader)

        assert (report.cancelled, report.is_flat, trader.net()) == ((order_id,), True, 0)

    @pytest.mark.parametrize("verb", ["close", "plan"])
    def test_another_process_reads_the_position_book_once(self, verb: str) -> None:
        """A second read would have to wait for its turn of the rate chart."""
        trader = Trader(config=PACED_BROKER)
        trader.smart(10, product="NRML")
        trader.smart(0, product="NRML")
        trader.clock.advance(60.0)
        process = trader.beside()
        before, began = trader.sent("dealer_positions"), trader.clock.monotonic()

        if verb == "close":
            assert close(process) == CloseReport(())
        else:
            assert process.app.close_all_positions.plan(process.session).unwrap().is_empty
        assert (trader.sent("dealer_positions") - before, trader.clock.monotonic() - began < 0.2) == (1, True)

    def test_it_takes_one_read_of_each_book(self, trader: Trader) -> None:
        trader.app.follow_orders()(lambda _event: None)
        trader.smart(10)
        trader.smart(0)
        trader.clock.advance(60.0)
        books = ("dealer_positions", "dealer_order_book")
        before, began = [trader.sent(book) for book in books], trader.clock.monotonic()

        assert close(trader) == CloseReport(())
        assert [trader.sent(book) - count for book, count in zip(books, before, strict=True)] == [1, 1]
        assert trader.clock.monotonic() - began < 0.1
