"""Books, account and prices as they are read for a person: right, or openly unknown."""

from datetime import date
from decimal import Decimal

import pytest
from returns.pipeline import is_successful
from returns.result import Failure, Success

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import Invalid, Unreadable
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.history import INTERVALS
from jainam_prop.domain.orders.order import OrderState, Product, Side
from jainam_prop.domain.orders.ticket import read_ticket
from jainam_prop.domain.positions.position import Funds, PositionKey
from jainam_prop.domain.sessions.session import AccountKind
from tests.application.trading import QUICK_BROKER, RELIANCE, SBIN, Market, Trader, error_of, order


class TestBooks:
    """Orders, trades and positions."""

    @pytest.mark.parametrize("account", list(AccountKind))
    def test_an_order_shows_in_all_three(self, account: AccountKind) -> None:
        trader = Trader(account)
        order_id = trader.place(quantity=75, action="SELL").unwrap().order_id

        (row,) = trader.app.read_books.orders(trader.session).unwrap()
        (trade,) = trader.app.read_books.trades(trader.session).unwrap()
        (position,) = trader.app.read_books.positions(trader.session).unwrap()

        assert (row.order_id, row.side, row.state, row.filled) == (order_id, Side.SELL, OrderState.FILLED, 75)
        assert (trade.order_id, trade.quantity) == (order_id, 75)
        assert (position.key, position.net) == (PositionKey(SBIN, "MIS"), -75)

    @pytest.mark.parametrize("endpoint", ["dealer_order_book", "dealer_trade_book", "dealer_positions"])
    def test_a_book_that_cannot_be_read_is_no_empty_one(self, trader: Trader, endpoint: str) -> None:
        trader.place()
        trader.strike(FaultKind.SERVER_ERROR, endpoint, times=None)
        books = trader.app.read_books
        read = {"dealer_order_book": books.orders, "dealer_trade_book": books.trades}.get(endpoint, books.positions)

        assert error_of(read(trader.session)) is Unreadable

    @pytest.mark.parametrize(("product", "net"), [(Product.MIS, 75), (Product.NRML, 0)])
    def test_one_position_is_looked_up_by_its_product(self, trader: Trader, product: Product, net: int) -> None:
        trader.place(quantity=75)

        assert trader.app.read_books.net_position(trader.session, "SBIN", Exchange.NSE, product) == Success(net)

    def test_a_position_of_no_contract_is_refused(self, trader: Trader) -> None:
        outcome = trader.app.read_books.net_position(trader.session, "SBINN", Exchange.NSE, Product.MIS)

        assert outcome == Failure(Invalid(("symbol 'SBINN' is not listed on NSE",)))


class TestAccount:
    """Funds, holdings and margins."""

    def test_funds_are_in_rupees(self, trader: Trader) -> None:
        trader.place()

        utilised = Decimal("0.20") * Decimal("7801.5")
        zero = Decimal(0)
        assert trader.app.read_account.funds(trader.session) == Success(
            Funds(Decimal(100_000_000) - utilised, zero, zero, zero, utilised)
        )

    def test_funds_that_cannot_be_read_are_not_zero(self, trader: Trader) -> None:
        trader.strike(FaultKind.SERVER_ERROR, "balance", times=None)

        assert error_of(trader.app.read_account.funds(trader.session)) is Unreadable

    def test_holdings_are_quoted(self, trader: Trader) -> None:
        held = trader.app.read_account.holdings(trader.session).unwrap()

        assert [(one.holding.isin, one.holding.quantity) for one in held] == [
            ("INE062A01020", 10),
            ("INE000000Q11", 25),
        ]
        assert held[0].last_price == Decimal("780.10")
        assert trader.sent("quotes") == 1

    def test_a_second_look_at_the_holdings_within_ten_seconds_is_answered_from_the_first(self) -> None:
        trader = Trader(config=SimulatorConfig(instruments=QUICK_BROKER.instruments))  # one read in ten seconds
        began = trader.clock.monotonic()
        first, second = (trader.app.read_account.holdings(trader.session) for _ in range(2))

        assert (first, trader.sent("holdings"), trader.clock.monotonic() - began < 1.0) == (second, 1, True)

    def test_without_quotes_holdings_have_no_price(self, trader: Trader) -> None:
        trader.strike(FaultKind.SERVER_ERROR, "quotes", times=None)

        held = trader.app.read_account.holdings(trader.session).unwrap()

        assert [one.last_price for one in held] == [None, None]

    def test_holdings_that_cannot_be_read_are_not_none(self, trader: Trader) -> None:
        trader.strike(FaultKind.SERVER_ERROR, "holdings", times=None)

        assert error_of(trader.app.read_account.holdings(trader.session)) is Unreadable

    def test_a_server_without_the_call_knows_no_margin(self, trader: Trader) -> None:
        assert trader.app.read_account.margin(trader.session, [read_ticket(order())]) == Success(None)

    def test_the_margin_of_a_basket_is_summed(self) -> None:
        config = SimulatorConfig(instruments=300, rate_limits=False, margin_calculator=True)
        trader = Trader(market=Market(config=config))
        basket = [read_ticket(order(quantity=units)) for units in (10, 20)]

        margin = trader.app.read_account.margin(trader.session, basket)

        assert margin == Success(Decimal("0.20") * 30 * Decimal("780.10"))

    def test_every_problem_of_every_leg_is_named(self, trader: Trader) -> None:
        basket = [read_ticket(order()), read_ticket(order(quantity=0)), read_ticket(order(symbol="NOPE"))]

        error = trader.app.read_account.margin(trader.session, basket).failure()

        assert isinstance(error, Invalid)
        assert [problem.split(":")[0] for problem in error.problems] == ["position 2", "position 3"]
        assert error_of(trader.app.read_account.margin(trader.session, [])) is Invalid


class TestPrices:
    """Quotes and bars."""

    def test_each_contract_has_its_quote_or_why_there_is_none(self, trader: Trader) -> None:
        index, nothing = InstrumentKey(Exchange.NSE_INDEX, 26000), InstrumentKey(Exchange.NSE, 1)
        future = trader.nifty_future().key

        quoted = trader.app.read_quotes(trader.session, [SBIN, index, nothing, future, SBIN])

        assert quoted[SBIN].unwrap().last_price == Decimal("780.10")
        assert quoted[index].unwrap().bids == ()
        assert quoted[nothing] == Failure(Unreadable("the broker has no quote for it"))
        assert quoted[SBIN].unwrap().open_interest is None
        assert quoted[future].unwrap().open_interest is not None

    def test_a_price_without_open_interest_is_better_than_neither(self, trader: Trader) -> None:
        future = trader.nifty_future().key
        trader.strike(FaultKind.SERVER_ERROR, "quotes", skip=1, times=None)

        quote = trader.app.read_quotes.one(trader.session, future).unwrap()

        assert (quote.last_price is not None, quote.open_interest) == (True, None)

    def test_quotes_that_cannot_be_read_leave_none(self, trader: Trader) -> None:
        trader.strike(FaultKind.SERVER_ERROR, "quotes", times=None)

        quoted = trader.app.read_quotes(trader.session, [SBIN, RELIANCE])

        assert [type(one.failure()) for one in quoted.values()] == [Unreadable, Unreadable]

    def test_a_market_session_that_died_is_renewed(self, trader: Trader) -> None:
        trader.strike(FaultKind.TOKEN_KILLED, "quotes")

        assert is_successful(trader.app.read_quotes.one(trader.session, SBIN))
        assert (trader.sent("market_login"), trader.sent("login")) == (2, 1)

    def test_daily_bars_end_with_the_day_that_is_forming(self, trader: Trader) -> None:
        first, today = date(2026, 8, 17), date(2026, 8, 20)

        bars = trader.app.read_history(trader.session, SBIN, INTERVALS["D"], first, today).unwrap()

        assert len(bars) == 4
        assert [bar.at for bar in bars] == sorted(bar.at for bar in bars)
        assert bars[-1].close == float(trader.exchange.market(SBIN).last_price)

    def test_two_years_come_without_today_when_its_quote_cannot_be_read(
        self, trader: Trader, caplog: pytest.LogCaptureFixture
    ) -> None:
        first, today = date(2024, 8, 20), date(2026, 8, 20)
        with_today = trader.app.read_history(trader.session, SBIN, INTERVALS["D"], first, today).unwrap()
        trader.strike(FaultKind.SERVER_ERROR, "quotes", times=None)

        bars = trader.app.read_history(trader.session, SBIN, INTERVALS["D"], first, today).unwrap()

        assert len(bars) > 450
        assert bars == with_today[:-1]
        assert "the daily bars of NSE 3045 lack today's" in caplog.text

    def test_a_part_that_cannot_be_read_fails_the_whole(self, trader: Trader) -> None:
        trader.strike(FaultKind.SERVER_ERROR, "ohlc", skip=1, times=None)

        outcome = trader.app.read_history(trader.session, SBIN, INTERVALS["1m"], date(2026, 6, 1), date(2026, 8, 19))

        assert error_of(outcome) is Unreadable
