"""Books and logins that say odd things: the exchange still holds what the trader meant, and the truth is told."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, TypeAlias

import pytest

from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.application.close_all.report import LegState
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.errors import Blocked, Invalid, Unreadable
from jainam_prop.domain.exchange import UNLISTED_EXCHANGES, Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import Order, OrderState, Side
from jainam_prop.domain.positions.position import Position
from jainam_prop.domain.positions.smart_order import NoTrade
from jainam_prop.domain.sessions.session import AccountKind
from tests.application.trading import RELIANCE, SBIN, TCS, Market, Trader, error_of

Edit: TypeAlias = Callable[[Sequence[Order]], Sequence[Order]]

LIMBO: Final = [(Side.BUY, 0), (Side.SELL, 75)]
"""The side of an order in limbo, and what a close must leave of 75 units."""


class TestLogins:
    """The account that a login acts for, when that changes or is not certain."""

    def test_a_dealer_without_a_client_is_never_flat(self) -> None:
        trader = Trader(market=Market(AccountKind.NORMAL, client=""))
        for endpoint in ("dealer_positions", "dealer_order_book"):
            trader.strike(FaultKind.REFUSED, endpoint, times=None, code="e-portfolio-0005", text="Data Not Available")

        error = trader.app.close_all_positions(trader.session).failure()

        assert "must name its client" in error.message
        assert error_of(trader.app.read_books.positions(trader.session)) is not None
        assert error_of(trader.cancel_all()) is not None


class TestPositionBooks:
    """Position books that say more than what is held."""

    def test_a_contract_that_is_listed_nowhere_stands_in_no_way(self, trader: Trader) -> None:
        slot = trader.carry(100)

        def added(rows: Sequence[Position]) -> Sequence[Position]:
            unknown = InstrumentKey(Exchange.NSE, 99)
            return [*rows, *(row._replace(key=row.key._replace(instrument=unknown)) for row in rows)]

        trader.market.broker.books.positions = added

        report = trader.close_all()

        assert (report.is_flat, trader.exchange.net(*slot[:1], slot.key, slot.product)) == (False, 0)
        assert sorted(leg.state for leg in report.legs) == [LegState.CLOSED, LegState.SKIPPED]


class TestOrderBooks:
    """Order books whose rows contradict themselves, or whose states never end."""

    def test_an_order_that_works_counts_whatever_is_left_of_it_by_the_book(self, trader: Trader) -> None:
        trader.market.broker.books.orders = lambda rows: [row._replace(pending=0) for row in rows]
        trader.rest(quantity=75)

        outcome = trader.smart(75, pricetype="LIMIT", price=trader.price("0.99")).unwrap()

        assert (type(outcome), trader.sent()) == (NoTrade, 1)

    @pytest.mark.parametrize(("side", "left_of_it"), LIMBO)
    def test_an_order_in_limbo_for_ever_costs_no_reversal_and_is_not_called_flat(
        self, trader: Trader, side: Side, left_of_it: int
    ) -> None:
        def limbo(rows: Sequence[Order]) -> Sequence[Order]:
            new = OrderState.NEW
            return [row._replace(state=OrderState.PENDING_REPLACE) if row.state is new else row for row in rows]

        trader.market.broker.books.orders = limbo
        trader.place(quantity=75)
        trader.rest("0.98" if side is Side.BUY else "1.02", quantity=75, action=side)
        trader.strike(FaultKind.REFUSED, "cancel", times=None, text="Not now")

        report = trader.close_all()

        assert (report.is_flat, trader.net(), report.legs[0].state) == (False, left_of_it, LegState.UNKNOWN)


class TestHeldBack:
    """Nothing is taken out of the way for an order that may not follow."""

    @pytest.mark.parametrize("state", ["HALT", "REDUCE"])
    def test_a_halted_close_leaves_the_stops_alone(self, trader: Trader, state: str) -> None:
        trader.place(quantity=75)
        trader.protect(75)
        held_back = trader.beside(JAINAM_TRADING_STATE=state)

        outcome = held_back.app.close_all_positions(held_back.session)

        expected = (Blocked, 75, 1) if state == "HALT" else (None, 0, 0)
        assert (error_of(outcome), trader.net(), len(trader.exchange.working_orders())) == expected

    @pytest.mark.parametrize("state", ["HALT", "REDUCE"])
    def test_a_smart_order_that_may_not_go_leaves_a_resting_exit_alone(self, trader: Trader, state: str) -> None:
        trader.place(quantity=75)
        trader.rest("1.02", quantity=75, action="SELL")
        held_back = trader.beside(JAINAM_TRADING_STATE=state)

        outcome = held_back.smart(150)

        assert (error_of(outcome), trader.net(), len(trader.exchange.working_orders())) == (Blocked, 75, 1)

    @pytest.mark.parametrize(
        ("factor", "quantity", "error"),
        [
            pytest.param("1.01", 75, Blocked, id="into-the-market"),
            pytest.param("0.96", 50, Blocked, id="smaller-but-closer"),
            pytest.param("0.95", 50, None, id="smaller"),
        ],
    )
    def test_a_resting_entry_is_not_chased_into_the_market_while_only_exits_pass(
        self, trader: Trader, factor: str, quantity: int, error: type[Blocked] | None
    ) -> None:
        order_id = trader.rest("0.95", quantity=75)
        reduced = trader.beside(JAINAM_TRADING_STATE="REDUCE")

        outcome = reduced.modify(order_id, quantity=quantity, pricetype="LIMIT", price=trader.price(factor))

        assert (error_of(outcome), trader.net()) == (error, 0)

    def test_a_resting_exit_may_be_brought_into_the_market_while_only_exits_pass(self, trader: Trader) -> None:
        trader.place(quantity=75)
        order_id = trader.rest("1.05", quantity=75, action="SELL")
        reduced = trader.beside(JAINAM_TRADING_STATE="REDUCE")
        terms = {"action": "SELL", "pricetype": "LIMIT", "price": trader.price("0.99")}

        refused = reduced.modify(order_id, quantity=150, **terms)
        heard = reduced.modify(order_id, quantity=75, **terms)

        assert (error_of(refused), error_of(heard), trader.net()) == (Blocked, None, 0)


class TestStopsThatOutliveTheirPosition:
    """A smart order that ends a position takes its stop along."""

    @pytest.mark.parametrize("target", [0, -75])
    def test_the_stop_of_a_position_that_ends_does_not_fire_afterwards(self, trader: Trader, target: int) -> None:
        trader.place(quantity=75)
        trader.protect(75)

        outcome = trader.smart(target)
        trader.move("0.97")

        assert (error_of(outcome), trader.net()) == (None, target)

    @pytest.mark.parametrize(("target", "terms"), [(0, {"pricetype": "LIMIT"}), (25, {})], ids=str)
    def test_a_stop_that_is_still_needed_stays(self, trader: Trader, target: int, terms: dict[str, object]) -> None:
        trader.place(quantity=75)
        stop_id = trader.protect(75)
        price = {"price": trader.price("1.02")} if terms else {}

        outcome = trader.smart(target, **terms | price)

        assert error_of(outcome) is None
        assert stop_id in {str(each.order_id) for each in trader.exchange.working_orders()}

    def test_a_stop_that_cannot_be_cancelled_keeps_its_position(self, trader: Trader) -> None:
        trader.place(quantity=75)
        trader.protect(75)
        trader.strike(FaultKind.REFUSED, "cancel", times=None, text="Not now")

        outcome = trader.smart(0)
        trader.move("0.97")

        assert (error_of(outcome) is None, trader.net(), trader.sent()) == (False, 0, 2)


@pytest.mark.parametrize("endpoint", ["dealer_positions", "dealer_order_book"])
def test_what_was_read_before_the_machine_slept_is_not_traded_upon(trader: Trader, endpoint: str) -> None:
    trader.strike(FaultKind.SLOW, endpoint, seconds=4.0)
    trader.clock.call_later(2.0, lambda: trader.clock.jump(8 * 3600))

    outcome = trader.smart(75, product="NRML")

    assert (error_of(outcome) is None, trader.sent()) == (False, 0)


class TestVanishingRows:
    """Rows stay in the books for the day; what a book has shown once is not forgotten when it leaves it out."""

    def test_a_carried_position_whose_row_goes_after_the_plan_is_closed_by_its_fill(self) -> None:
        trader = Trader(timing=replace(Timing(), poll=0.001))
        reads = iter([False])

        def vanish(rows: Sequence[Position]) -> Sequence[Position]:
            is_later = next(reads, True)
            return [row for row in rows if not is_later or row.key.instrument != RELIANCE]

        trader.carry(10, SBIN, price=700)
        slot = trader.carry(100)
        trader.market.broker.books.positions = vanish

        report = trader.close_all()

        assert slot not in trader.left()
        assert (report.is_flat, trader.left()) == (True, {})


class TestUnlistedExchanges:
    """Contracts of exchanges that are not listed here are in the books as well, from other terminals of the account."""

    @pytest.mark.parametrize(
        ("exchange", "segment"),
        [(each, "NSECO" if each == Exchange.NCO else each) for each in sorted(UNLISTED_EXCHANGES)],
    )
    def test_a_position_there_is_shown_and_the_rest_is_closed(
        self, trader: Trader, exchange: Exchange, segment: str
    ) -> None:
        trader.place(quantity=75)
        slot = Slot(trader.booked_to, "NRML", InstrumentKey(exchange, 912345))
        share = trader.exchange.find(Exchange.NSE, "SBIN-EQ")
        listing = share._replace(key=slot.key, segment=segment, display_name="PEPPER 20JAN2027")
        trader.exchange.carry_in(slot, 5, Decimal(600), listing)

        report = trader.close_all()

        assert (report.is_flat, trader.left()) == (False, {slot: 5})
        assert report.message.startswith("1 of 2 positions closed; PEPPER 20JAN2027 NRML skipped")

    def test_an_order_there_is_cancelled_and_smart_orders_elsewhere_go_on(self, trader: Trader) -> None:
        def moved(rows: Sequence[Order]) -> Sequence[Order]:
            there = InstrumentKey(Exchange.NCO, TCS.token)
            return [row._replace(instrument=there) if row.instrument == TCS else row for row in rows]

        trader.market.broker.books.orders = moved
        trader.place(symbol="TCS", pricetype="LIMIT", price=trader.price("0.99", TCS))

        trader.smart(20).unwrap()
        done = trader.cancel_all().unwrap()

        assert (trader.net(), len(done.cancelled), done.failed) == (20, 1, ())
        assert trader.exchange.working_orders() == []

    @pytest.mark.parametrize("exchange", sorted(UNLISTED_EXCHANGES))
    def test_nothing_can_be_ordered_there(self, trader: Trader, exchange: Exchange) -> None:
        error = trader.place(symbol="PEPPER", exchange=str(exchange)).failure()

        assert (type(error), trader.sent()) == (Invalid, 0)
        assert f"exchange '{exchange}' is unknown" in error.message


@pytest.mark.parametrize("session", ["", " ", "jp1.", "jp1.e30"])
def test_an_auth_string_that_is_none_is_a_session_that_expired(trader: Trader, session: str) -> None:
    error = trader.app.sessions.session_for(session).failure()

    assert "Session expired" in error.message
    assert error_of(trader.app.sessions.session_for(None)) is type(error) is not Unreadable
