"""Closing a position of which fills and position book contradict each other: what both allow, or as a person chose."""

import pytest

from jainam_prop.application.close_all.report import CloseReport, LegState
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.positions.net_position import Trust
from tests.application.trading import Trader, states
from tests.fakes.broker.portfolio import trade

BOUGHT, BOUGHT_ELSEWHERE = 10, 4


@pytest.fixture
def doubting(trader: Trader) -> Trader:
    """A trader whose position another login has made larger, which no order book shows."""
    trader.market.broker.books.hides_other_logins = True
    trader.place(quantity=BOUGHT)
    trader.clock.advance(1.0)
    listing = trader.exchange.find(Exchange.NSE, "SBIN-EQ")
    trade(trader.exchange, trader.booked_to, listing, "MIS", BOUGHT_ELSEWHERE, "OTHER01")
    account = trader.container.trading.reconciler()
    account.settle_in_background(trader.session)
    trader.clock.advance(2.0)
    return trader


def close(trader: Trader, trust: Trust | None = None) -> CloseReport:
    return trader.app.close_all_positions(trader.session, trust=trust).unwrap()


def sold(trader: Trader) -> list[int]:
    """Return the units of the closing orders."""
    return [order.terms.quantity for order in trader.orders() if order.intake.login != "OTHER01"][1:]


def test_what_both_figures_hold_is_closed_at_once_and_the_rest_when_they_agree(doubting: Trader) -> None:
    began = doubting.clock.monotonic()
    held: list[tuple[float, int]] = []
    report = doubting.app.close_all_positions(
        doubting.session, progress=lambda _: held.append((doubting.clock.monotonic() - began, doubting.net()))
    ).unwrap()

    assert min(at for at, net in held if net == BOUGHT_ELSEWHERE) < 1.5
    assert (sold(doubting), doubting.net(), report.is_flat) == ([BOUGHT, BOUGHT_ELSEWHERE], 0, True)


def test_the_report_names_both_figures_while_they_contradict_each_other(doubting: Trader) -> None:
    reports: list[CloseReport] = []
    doubting.app.close_all_positions(doubting.session, progress=reports.append)

    assert any("by fills +10, by the position book +14" in report.message for report in reports)


@pytest.mark.parametrize(
    ("trust", "units", "note"),
    [
        (Trust.POSITIONS, 14, "the positions were trusted for 3045 MIS"),
        (Trust.ORDERS, 10, "the orders were trusted for 3045 MIS"),
    ],
)
def test_a_person_may_choose_which_book_counts(doubting: Trader, trust: Trust, units: int, note: str) -> None:
    report = close(doubting, trust)

    assert sold(doubting) == [units]
    assert states(report) == {"SBIN": LegState.CLOSED}
    assert report.note.startswith(note)
    assert "(by fills +10, by the position book +14)" in report.note


@pytest.mark.parametrize("lag", [0.0, 5.0, 60.0])
@pytest.mark.parametrize("product", ["MIS", "NRML", "CNC"])
def test_a_second_close_agrees_with_the_first_and_with_the_book_at_once(
    trader: Trader, product: str, lag: float
) -> None:
    trader.market.broker.books.position_lag = lag
    trader.place(product=product)
    trader.clock.advance(1.0)
    first = trader.beside().close_all()
    began = trader.clock.monotonic()

    second, third = trader.beside(), trader.beside()
    plan = second.app.close_all_positions.plan(second.session).unwrap()
    report = third.close_all()

    assert (first.is_flat, plan.is_empty, report.is_flat, report.legs) == (True, True, True, ())
    assert trader.clock.monotonic() - began < 3.0


@pytest.mark.parametrize("confirm", [True, False])
def test_a_close_that_waits_for_the_position_book_goes_on_where_it_contradicts(
    trader: Trader, *, confirm: bool
) -> None:
    """Another login sells in the same second as the close, which no order book shows."""
    trader.market.broker.books.hides_other_logins = True
    trader.place(quantity=BOUGHT)
    trader.clock.advance(8.0)
    listing = trader.exchange.find(Exchange.NSE, "SBIN-EQ")

    def trade_too(report: CloseReport) -> None:
        if report.is_flat and len(trader.orders()) == 2:
            trade(trader.exchange, trader.booked_to, listing, "MIS", -BOUGHT, "OTHER01")

    report = trader.app.close_all_positions(trader.session, progress=trade_too, confirm=confirm).unwrap()

    assert (report.is_flat, trader.net()) == ((True, 0) if confirm else (True, -BOUGHT))
