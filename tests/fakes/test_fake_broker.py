"""The fake broker: the ports straight on the exchange, with faults as the errors that the ports name."""

import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
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
from jainam_prop.domain.positions.position import Funds, Holding, PositionKey
from jainam_prop.domain.sessions.session import Account, AccountChoice, AccountKind, Session
from tests.contracts.broker import SECONDS
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
        self.broker = FakeBroker(
            choice, config=config or SimulatorConfig(instruments=300, rate_limits=False), clock=self.clock
        )
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
def desk() -> Desk:
    return Desk()


def test_an_order_goes_in_and_shows_in_every_book(desk: Desk) -> None:
    order_id = desk.place().unwrap()

    (order,) = desk.orders().unwrap()
    (trade,) = desk.broker.order_book.trades(desk.session, 5).unwrap()
    (position,) = desk.positions().unwrap()
    assert (order.order_id, order.identifier, order.state, order.filled) == (order_id, "mark0001", "Filled", 10)
    assert (order.instrument, order.average_price) == (SBIN.key, Decimal("780.15"))
    assert (trade.order_id, trade.quantity, trade.price) == (order_id, 10, Decimal("780.15"))
    assert (position.key, position.net) == (PositionKey(SBIN.key, "MIS"), 10)
    assert order.placed_at == desk.clock.now().replace(tzinfo=None, hour=9, minute=30)


def test_the_history_has_every_state_and_is_empty_for_an_order_that_does_not_show(desk: Desk) -> None:
    order_id = desk.place().unwrap()
    history = desk.broker.order_book.history

    assert [row.state for row in history(desk.session, order_id, 5).unwrap()] == ["PendingNew", "New", "Filled"]
    assert history(desk.session, "42", 5) == Success(())
    assert history(desk.session, "4x2", 5) == Failure(Invalid(("orderid '4x2' is not a number",)))


def test_orders_are_modified_and_cancelled(desk: Desk) -> None:
    order_id = desk.place(LIMIT).unwrap()
    change = OrderChange(order_id, SBIN, Product.MIS, PriceType.LIMIT, 20, Decimal(771))

    assert desk.broker.order_gateway.modify(desk.session, change, 5) == Success(order_id)
    assert desk.broker.order_gateway.cancel(desk.session, order_id, 5) == Success(order_id)

    (order,) = desk.orders().unwrap()
    assert (order.quantity, order.price, order.state) == (20, 771, OrderState.CANCELLED)


def test_what_is_refused_at_once_is_rejected_and_what_is_rejected_later_is_accepted_first(desk: Desk) -> None:
    unknown = replace(MARKET, instrument=SBIN._replace(token=99_999_999))
    off_tick = replace(LIMIT, price=Decimal("770.01"))

    assert desk.place(unknown) == Failure(Rejected("Invalid ExchangeInstrumentID", "e-orders-0003"))
    assert desk.place(off_tick).unwrap()
    assert [order.state for order in desk.orders().unwrap()] == [OrderState.REJECTED]


def test_a_barred_session_reads_and_cancels_but_does_not_trade(desk: Desk) -> None:
    order_id = desk.place(LIMIT).unwrap()
    desk.session = replace(desk.session, account=Account(AccountKind.PRO, "*****", "settings contradict the login"))

    assert desk.place() == Failure(Blocked("settings contradict the login"))
    assert desk.broker.order_gateway.cancel(desk.session, order_id, 5) == Success(order_id)


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
def test_a_fault_becomes_what_the_caller_can_know(desk: Desk, fault: Fault, error: type, held: int) -> None:
    desk.broker.faults.add(fault)

    found = desk.place().failure()

    assert (type(found), desk.held()) == (error, held)
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
def test_a_question_that_goes_unanswered_is_unreadable_never_empty(desk: Desk, kind: FaultKind, error: type) -> None:
    desk.place()
    desk.broker.faults.add(Fault(kind, on="dealer_positions"))

    assert type(desk.positions().failure()) is error


def test_a_reply_within_the_timeout_counts(desk: Desk) -> None:
    desk.broker.faults.add(Fault(FaultKind.SLOW, seconds=4))

    assert desk.place(timeout=5).unwrap()


def test_a_held_answer_is_as_old_as_the_question(desk: Desk) -> None:
    desk.broker.faults.add(Fault(FaultKind.HOLD, on="dealer_positions"))
    seen: list[object] = []
    reader = threading.Thread(target=lambda: seen.append(desk.positions()))
    reader.start()
    assert desk.broker.faults.wait_holding(SECONDS)

    desk.place()
    desk.broker.faults.release()
    reader.join(SECONDS)

    assert seen == [Success(())]


def test_delays_and_lags_hide_what_is_true(desk: Desk) -> None:
    desk.broker.faults.add(Fault(FaultKind.BOOK_DELAY, seconds=2, times=1))
    desk.broker.faults.add(Fault(FaultKind.POSITION_LAG, seconds=3))
    desk.place()

    assert (desk.orders(), desk.positions(), desk.held()) == (Success(()), Success(()), 1)
    desk.clock.advance(2)
    assert (len(desk.orders().unwrap()), desk.positions()) == (1, Success(()))
    desk.clock.advance(1)
    assert len(desk.positions().unwrap()) == 1


def test_a_false_empty_book_looks_empty_once(desk: Desk) -> None:
    desk.place()
    desk.broker.faults.add(Fault(FaultKind.FALSE_EMPTY, on="dealer_positions"))

    assert [len(desk.positions().unwrap()) for _ in range(2)] == [0, 1]


def test_funds_and_holdings(desk: Desk) -> None:
    desk.place()

    funds = desk.broker.account.funds(desk.session, 5)
    shares = desk.broker.account.holdings(desk.session, 5).unwrap()

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
        (AccountChoice(AccountKind.PRO, rules=JAINAM.accounts), Account(AccountKind.PRO, "*****")),
    ],
)
def test_every_kind_of_account_trades_for_itself(choice: AccountChoice, account: Account) -> None:
    desk = Desk(choice)
    desk.place()

    (slot,) = desk.broker.exchange.positions()
    assert desk.session.account == account
    assert slot.account == (account.client_id or "INVEST01")
    assert len(desk.orders().unwrap()) == len(desk.positions().unwrap()) == 1


def test_a_second_login_ends_the_first(desk: Desk) -> None:
    again = desk.broker.login.log_in().unwrap()

    assert desk.broker.login.is_alive(desk.session) == Success(False)  # noqa: FBT003
    assert desk.broker.login.is_alive(again) == Success(True)  # noqa: FBT003
    assert isinstance(desk.place().failure(), SessionExpired)


def test_each_session_is_renewed_alone(desk: Desk) -> None:
    orders = desk.broker.login.log_in_interactive(desk.session).unwrap()
    prices = desk.broker.login.log_in_market(orders).unwrap()

    assert orders.interactive_token != desk.session.interactive_token
    assert orders.market_token == desk.session.market_token
    assert (prices.interactive_token, prices.market_token != orders.market_token) == (orders.interactive_token, True)


def test_logging_out_twice_is_fine(desk: Desk) -> None:
    for _ in range(2):
        assert desk.broker.login.log_out(desk.session) == Success(None)
    assert desk.broker.login.is_alive(desk.session) == Success(False)  # noqa: FBT003


def test_without_market_data_trading_goes_on(desk: Desk) -> None:
    desk.broker.faults.add(Fault(FaultKind.REFUSED, on="market_login", text="down for maintenance"))
    session = desk.broker.login.log_in().unwrap()

    assert (session.market_token, "down for maintenance" in session.market_problem) == (None, True)
    assert isinstance(desk.broker.market_data.quotes(session, [SBIN.key], 5).failure(), Unreadable)


def test_a_session_lives_a_day(desk: Desk) -> None:
    desk.clock.advance(86_400)

    assert desk.session.is_over(desk.clock.now())
    assert isinstance(desk.place().failure(), SessionExpired)


def test_instruments_are_listed_per_exchange_with_their_indices(desk: Desk) -> None:
    source = desk.broker.instrument_source
    lists = {exchange: source.download(exchange).unwrap() for exchange in source.exchanges()}

    assert set(lists) == {Exchange.NSE, Exchange.NFO, Exchange.CDS, Exchange.BSE, Exchange.BFO, Exchange.MCX}
    by_key = {item.key: item.symbol for item in lists[Exchange.NSE].instruments}
    assert (by_key[SBIN.key], by_key[InstrumentKey(Exchange.NSE_INDEX, 26000)]) == ("SBIN", "NIFTY")
    for listed in lists.values():
        assert len({(item.exchange, item.symbol) for item in listed.instruments}) == len(listed.instruments)
        assert len({item.key for item in listed.instruments}) == len(listed.instruments)


def test_a_master_that_does_not_come_is_unreadable(desk: Desk) -> None:
    desk.broker.faults.add(Fault(FaultKind.SERVER_ERROR, on="master"))

    assert isinstance(desk.broker.instrument_source.download(Exchange.NSE).failure(), Unreadable)


def test_quotes_come_for_what_is_known(desk: Desk) -> None:
    index, nothing = InstrumentKey(Exchange.NSE_INDEX, 26000), InstrumentKey(Exchange.NSE, 1)

    quotes = desk.broker.market_data.quotes(desk.session, [SBIN.key, index, nothing], 5).unwrap()

    assert set(quotes) == {SBIN.key, index}
    assert (quotes[SBIN.key].bids[0].price, quotes[SBIN.key].asks[0].price) == (Decimal("780.05"), Decimal("780.15"))
    assert (quotes[index].last_price, quotes[index].bids) == (Decimal("25012.35"), ())
