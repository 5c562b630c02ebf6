"""The fake broker: the ports straight on the exchange, with faults as the errors that the ports name."""

import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.domain.errors import (
    Blocked,
    Invalid,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SessionExpired,
    Unreadable,
)
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey, InstrumentKind
from jainam_prop.domain.orders.order import OrderChange, OrderRequest, OrderState, PriceType, Product, Side
from jainam_prop.domain.positions.account_books import Funds, Holding
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Account, AccountChoice, AccountKind, Session
from tests.adapters.simulator.http_client import SECONDS
from tests.fakes.broker.fake_broker import FakeBroker
from tests.fakes.clock import FakeClock

SBIN = Instrument(
    exchange=Exchange.NSE,
    token=3045,
    symbol="SBIN",
    broker_symbol="SBIN-EQ",
    name="SBIN",
    kind=InstrumentKind.EQUITY,
    lot_size=1,
    tick_size=Decimal("0.05"),
)
MARKET = OrderRequest(SBIN, Side.BUY, Product.MIS, PriceType.MARKET, 10, identifier="mark0001")
LIMIT = replace(MARKET, price_type=PriceType.LIMIT, price=Decimal(770), identifier="mark0002")


class Desk:
    """Somebody who is logged in at a fake broker."""

    def __init__(self, choice: AccountChoice | None = None, config: SimulatorConfig | None = None) -> None:
        self.clock = FakeClock()
        self.broker = FakeBroker(choice, config=config or SimulatorConfig(instruments=300), clock=self.clock)
        self.session: Session = self.broker.login.log_in().unwrap()

    def place(self, order: OrderRequest = MARKET, timeout: float = 5) -> Result[str, Any]:
        return self.broker.order_gateway.place(self.session, order, timeout)

    def orders(self) -> Result[Any, Any]:
        return self.broker.order_book.orders(self.session, 5)

    def positions(self) -> Result[Any, Any]:
        return self.broker.position_book.positions(self.session, 5)

    def held(self) -> int:
        """How many orders the exchange truly holds."""
        return len(self.broker.exchange.all_orders())


@pytest.fixture
def dealer() -> Desk:
    return Desk()


def test_an_order_goes_in_and_shows_in_every_book(dealer: Desk) -> None:
    order_id = dealer.place().unwrap()

    (order,) = dealer.orders().unwrap()
    (trade,) = dealer.broker.order_book.trades(dealer.session, 5).unwrap()
    (position,) = dealer.positions().unwrap()
    assert (order.order_id, order.identifier, order.state, order.filled) == (order_id, "mark0001", "Filled", 10)
    assert (order.instrument, order.average_price) == (SBIN.key, Decimal("780.15"))
    assert (trade.order_id, trade.quantity, trade.price) == (order_id, 10, Decimal("780.15"))
    assert (position.key, position.net) == (PositionKey(SBIN.key, "MIS"), 10)
    assert order.placed_at == dealer.clock.now().replace(tzinfo=None, hour=9, minute=30)


def test_the_history_has_every_state_and_is_empty_for_an_order_that_does_not_show(dealer: Desk) -> None:
    order_id = dealer.place().unwrap()
    history = dealer.broker.order_book.history

    assert [row.state for row in history(dealer.session, order_id, 5).unwrap()] == ["PendingNew", "New", "Filled"]
    assert history(dealer.session, "42", 5) == Success(())
    assert history(dealer.session, "4x2", 5) == Failure(Invalid(("orderid '4x2' is not a number",)))


def test_orders_are_modified_and_cancelled(dealer: Desk) -> None:
    order_id = dealer.place(LIMIT).unwrap()
    change = OrderChange(order_id, SBIN, Product.MIS, PriceType.LIMIT, 20, Decimal(771))

    assert dealer.broker.order_gateway.modify(dealer.session, change, 5) == Success(order_id)
    assert dealer.broker.order_gateway.cancel(dealer.session, order_id, 5) == Success(order_id)

    (order,) = dealer.orders().unwrap()
    assert (order.quantity, order.price, order.state) == (20, 771, OrderState.CANCELLED)


def test_what_is_refused_at_once_is_rejected_and_what_is_rejected_later_is_accepted_first(dealer: Desk) -> None:
    unknown = replace(MARKET, instrument=SBIN._replace(token=99_999_999))
    off_tick = replace(LIMIT, price=Decimal("770.01"))

    assert dealer.place(unknown) == Failure(Rejected("Invalid ExchangeInstrumentID", "e-orders-0003"))
    assert dealer.place(off_tick).unwrap()
    assert [order.state for order in dealer.orders().unwrap()] == [OrderState.REJECTED]


def test_a_barred_session_reads_and_cancels_but_does_not_trade(dealer: Desk) -> None:
    order_id = dealer.place(LIMIT).unwrap()
    dealer.session = replace(dealer.session, account=Account(AccountKind.PRO, "*****", "settings contradict the login"))

    assert dealer.place() == Failure(Blocked("settings contradict the login"))
    assert dealer.broker.order_gateway.cancel(dealer.session, order_id, 5) == Success(order_id)


@pytest.mark.parametrize(
    ("fault", "error", "held"),
    [
        (Fault(FaultKind.REPLY_LOST), OutcomeUnknown, 1),
        (Fault(FaultKind.RESET), OutcomeUnknown, 0),
        (Fault(FaultKind.SERVER_ERROR), OutcomeUnknown, 0),
        (Fault(FaultKind.SERVER_ERROR, processed=True), OutcomeUnknown, 1),
        (Fault(FaultKind.BAD_JSON), OutcomeUnknown, 1),
        (Fault(FaultKind.NOT_FOUND), OutcomeUnknown, 0),
        (Fault(FaultKind.SLOW, seconds=6), OutcomeUnknown, 1),
        (Fault(FaultKind.RATE_LIMITED), RateLimited, 0),
        (Fault(FaultKind.TOKEN_KILLED), SessionExpired, 0),
        (Fault(FaultKind.REFUSED, text="closed"), Rejected, 0),
        (Fault(FaultKind.UNREACHABLE), NotSent, 0),
    ],
)
def test_a_fault_becomes_what_the_caller_can_know(dealer: Desk, fault: Fault, error: type, held: int) -> None:
    dealer.broker.faults.add(fault)

    found = dealer.place().failure()

    assert (type(found), dealer.held()) == (error, held)
    if isinstance(found, OutcomeUnknown):
        assert found.identifier == "mark0001"


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.REPLY_LOST, Unreadable),
        (FaultKind.SERVER_ERROR, Unreadable),
        (FaultKind.REFUSED, Unreadable),
        (FaultKind.RATE_LIMITED, RateLimited),
        (FaultKind.TOKEN_KILLED, SessionExpired),
        (FaultKind.UNREACHABLE, NotSent),
    ],
)
def test_a_question_that_goes_unanswered_is_unreadable_never_empty(dealer: Desk, kind: FaultKind, error: type) -> None:
    dealer.place()
    dealer.broker.faults.add(Fault(kind, on="dealer_positions"))

    assert type(dealer.positions().failure()) is error


def test_a_reply_within_the_timeout_counts(dealer: Desk) -> None:
    dealer.broker.faults.add(Fault(FaultKind.SLOW, seconds=4))

    assert dealer.place(timeout=5).unwrap()


def test_a_held_answer_is_as_old_as_the_question(dealer: Desk) -> None:
    dealer.broker.faults.add(Fault(FaultKind.HOLD, on="dealer_positions"))
    seen: list[object] = []
    reader = threading.Thread(target=lambda: seen.append(dealer.positions()))
    reader.start()
    assert dealer.broker.faults.wait_holding(SECONDS)

    dealer.place()
    dealer.broker.faults.release()
    reader.join(SECONDS)

    assert seen == [Success(())]


def test_delays_and_lags_hide_what_is_true(dealer: Desk) -> None:
    dealer.broker.faults.add(Fault(FaultKind.BOOK_DELAY, seconds=2, times=1))
    dealer.broker.faults.add(Fault(FaultKind.POSITION_LAG, seconds=3))
    dealer.place()

    assert (dealer.orders(), dealer.positions(), dealer.held()) == (Success(()), Success(()), 1)
    dealer.clock.advance(2)
    assert (len(dealer.orders().unwrap()), dealer.positions()) == (1, Success(()))
    dealer.clock.advance(1)
    assert len(dealer.positions().unwrap()) == 1


def test_a_false_empty_book_looks_empty_once(dealer: Desk) -> None:
    dealer.place()
    dealer.broker.faults.add(Fault(FaultKind.FALSE_EMPTY, on="dealer_positions"))

    assert [len(dealer.positions().unwrap()) for _ in range(2)] == [0, 1]


def test_funds_and_holdings(dealer: Desk) -> None:
    dealer.place()

    funds = dealer.broker.account.funds(dealer.session, 5)
    shares = dealer.broker.account.holdings(dealer.session, 5).unwrap()

    utilised = Decimal("0.20") * Decimal("7801.5")
    assert funds == Success(Funds(Decimal(100_000_000) - utilised, Decimal(0), Decimal(0), Decimal(0), utilised))
    assert shares[0] == Holding(
        "INE062A01020",
        (InstrumentKey(Exchange.NSE, 3045), InstrumentKey(Exchange.BSE, 500112)),
        10,
        Decimal("612.35"),
    )
    assert shares[1].instruments == (InstrumentKey(Exchange.BSE, 510001),)


@pytest.mark.parametrize(
    ("choice", "account"),
    [
        (AccountChoice(AccountKind.INVESTOR), Account(AccountKind.INVESTOR)),
        (AccountChoice(AccountKind.NORMAL, "CLIENT02"), Account(AccountKind.NORMAL, "CLIENT02")),
        (AccountChoice(AccountKind.PRO), Account(AccountKind.PRO, "*****")),
    ],
)
def test_every_kind_of_account_trades_for_itself(choice: AccountChoice, account: Account) -> None:
    dealer = Desk(choice)
    dealer.place()

    (slot,) = dealer.broker.exchange.positions()
    assert dealer.session.account == account
    assert slot.account == (account.client_id or "INVEST01")
    assert len(dealer.orders().unwrap()) == len(dealer.positions().unwrap()) == 1


def test_a_second_login_ends_the_first(dealer: Desk) -> None:
    again = dealer.broker.login.log_in().unwrap()

    assert dealer.broker.login.is_alive(dealer.session) == Success(False)  # noqa: FBT003
    assert dealer.broker.login.is_alive(again) == Success(True)  # noqa: FBT003
    assert isinstance(dealer.place().failure(), SessionExpired)


def test_each_session_is_renewed_alone(dealer: Desk) -> None:
    orders = dealer.broker.login.log_in_interactive(dealer.session).unwrap()
    prices = dealer.broker.login.log_in_market(orders).unwrap()

    assert orders.interactive_token != dealer.session.interactive_token
    assert orders.market_token == dealer.session.market_token
    assert (prices.interactive_token, prices.market_token != orders.market_token) == (orders.interactive_token, True)


def test_logging_out_twice_is_fine(dealer: Desk) -> None:
    for _ in range(2):
        assert dealer.broker.login.log_out(dealer.session) == Success(None)
    assert dealer.broker.login.is_alive(dealer.session) == Success(False)  # noqa: FBT003


def test_without_market_data_trading_goes_on(dealer: Desk) -> None:
    dealer.broker.faults.add(Fault(FaultKind.REFUSED, on="market_login", text="down for maintenance"))
    session = dealer.broker.login.log_in().unwrap()

    assert (session.market_token, "down for maintenance" in session.market_problem) == (None, True)
    assert isinstance(dealer.broker.market_data.quotes(session, [SBIN.key], 5).failure(), Unreadable)


def test_a_session_lives_a_day(dealer: Desk) -> None:
    dealer.clock.advance(86_400)

    assert dealer.session.is_over(dealer.clock.now())
    assert isinstance(dealer.place().failure(), SessionExpired)


def test_instruments_are_listed_per_exchange_with_their_indices(dealer: Desk) -> None:
    source = dealer.broker.instrument_source
    lists = {exchange: source.download(exchange).unwrap() for exchange in source.exchanges()}

    assert set(lists) == {Exchange.NSE, Exchange.NFO, Exchange.CDS, Exchange.BSE, Exchange.BFO, Exchange.MCX}
    by_key = {item.key: item.symbol for item in lists[Exchange.NSE].instruments}
    assert (by_key[SBIN.key], by_key[InstrumentKey(Exchange.NSE_INDEX, 26000)]) == ("SBIN", "NIFTY")
    for listed in lists.values():
        assert len({(item.exchange, item.symbol) for item in listed.instruments}) == len(listed.instruments)
        assert len({item.key for item in listed.instruments}) == len(listed.instruments)


def test_a_master_that_does_not_come_is_unreadable(dealer: Desk) -> None:
    dealer.broker.faults.add(Fault(FaultKind.SERVER_ERROR, on="master"))

    assert isinstance(dealer.broker.instrument_source.download(Exchange.NSE).failure(), Unreadable)


def test_quotes_come_for_what_is_known(dealer: Desk) -> None:
    index, nothing = InstrumentKey(Exchange.NSE_INDEX, 26000), InstrumentKey(Exchange.NSE, 1)

    quotes = dealer.broker.market_data.quotes(dealer.session, [SBIN.key, index, nothing], 5).unwrap()

    assert set(quotes) == {SBIN.key, index}
    assert (quotes[SBIN.key].bids[0].price, quotes[SBIN.key].asks[0].price) == (Decimal("780.05"), Decimal("780.15"))
    assert (quotes[index].last_price, quotes[index].bids) == (Decimal("25012.35"), ())
