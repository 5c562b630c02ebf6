"""Books over HTTP, or from answers that were fetched elsewhere: orders, trades, positions, holdings, funds, margins.

Paths: protocol reference, sections 5.4 and 5.7. A dealer reads the dealer books: on the normal ones XTS answers "Data
Not Available" to a dealer who has orders.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, TypeVar, final

from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.http.api import ApiRequest, XtsApi, XtsPort
from jainam_prop.adapters.xts.http.connections import PoolName
from jainam_prop.adapters.xts.http.orders import ORDERS, not_an_order_id
from jainam_prop.adapters.xts.http.outcomes import NO_SUCH_CALL, Lost, Reply, question_outcome, reading
from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.replies.account import read_funds, read_holdings, read_margin
from jainam_prop.adapters.xts.wire.replies.envelope import (
    Envelope,
    envelope_of,
    is_empty_book,
    is_order_id,
    is_unseen_order,
    refusal,
)
from jainam_prop.adapters.xts.wire.replies.orders import read_orders, read_trades
from jainam_prop.adapters.xts.wire.replies.positions import read_positions
from jainam_prop.adapters.xts.wire.rows import own_rows
from jainam_prop.adapters.xts.wire.words import ORDER_TYPE_BY_PRICE_TYPE, SEGMENT_NUMBER_BY_EXCHANGE
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.orders.order import Order, OrderRequest, Trade
from jainam_prop.domain.positions.position import Funds, Holding, Position
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import Session, name_key

_DEALER_ORDERS: Final = "/orders/dealerorderbook"
_DEALER_TRADES: Final = "/orders/dealertradebook"
_POSITIONS: Final = "/portfolio/positions"
_DEALER_POSITIONS: Final = "/portfolio/dealerpositions"

_read_history: Final = reading("the order history", read_orders)


_Rows = TypeVar("_Rows")


def _own(
    what: str, read: Callable[[object], _Rows], column: str
) -> Callable[[Session, object], Result[_Rows, BrokerError]]:
    """Return a reader of a book that leaves out the rows of a dealer's other clients, whom a column names."""
    return lambda session, rows: reading(what, lambda answer: read(own_rows(answer, column, session)))(rows)


_own_trades: Final = _own("the trade book", read_trades, "ClientID")
_own_positions: Final = _own("the position book", read_positions, "AccountID")


@final
class XtsOrderBook(XtsPort):
    """The `OrderBook` port on XTS's interactive application."""

    def __init__(self, api: XtsApi, shown: set[str] | None = None) -> None:
        """Ask through the API of a server, and note in ``shown`` the clients that the book of one client names."""
        super().__init__(api)
        self._shown = set() if shown is None else shown

    def orders(self, session: Session, timeout_seconds: float) -> Result[tuple[Order, ...], BrokerError]:
        """Return every order of the day; see the port."""
        path = _DEALER_ORDERS if session.account.kind.is_dealer else ORDERS
        question = book_request(path, CallFamily.ORDER_BOOK)
        return self._api.ask(session, question, timeout_seconds, self._own_orders, _is_empty_book)

    def trades(self, session: Session, timeout_seconds: float) -> Result[tuple[Trade, ...], BrokerError]:
        """Return every execution of the day; see the port."""
        path = _DEALER_TRADES if session.account.kind.is_dealer else self._api.server.layout.trades_path
        return self._api.ask(
            session, book_request(path, CallFamily.TRADE_BOOK), timeout_seconds, _own_trades, _is_empty_book
        )

    def history(
        self, session: Session, order_id: str, timeout_seconds: float
    ) -> Result[tuple[Order, ...], BrokerError]:
        """Return the states of one order, oldest first; see the port."""
        if not is_order_id(order_id):
            return Failure(not_an_order_id(order_id))
        question = book_request(ORDERS, CallFamily.ORDER_BOOK, {"appOrderID": order_id})
        return self._api.ask(
            session,
            question,
            timeout_seconds,
            lambda _live, rows: _read_history(rows),
            lambda _live, error: is_unseen_order(error),
        )

    def _own_orders(self, session: Session, answer: object) -> Result[tuple[Order, ...], BrokerError]:
        return reading("the order book", lambda rows: read_orders(self._noted(session, rows)))(answer)

    def _noted(self, session: Session, answer: object) -> object:
        """Return the account's own rows, with the clients that they name noted."""
        rows = own_rows(answer, "ClientID", session)
        if session.account.kind.is_dealer and isinstance(rows, list):
            self._shown.update(map(name_key, {row.get("ClientID") for row in rows if isinstance(row, dict)}))
        return rows


@final
class XtsPositionBook(XtsPort):
    """The `PositionBook` port on XTS's interactive application: net positions, carried ones included or not."""

    def positions(
        self, session: Session, timeout_seconds: float, *, of_today: bool = False
    ) -> Result[tuple[Position, ...], BrokerError]:
        """Return one row per contract and product; see the port.

        Assumed: ``DayWise`` leaves out carried units, as its name says; no document or log at hand shows one.
        """
        path = _DEALER_POSITIONS if session.account.kind.is_dealer else _POSITIONS
        question = book_request(path, CallFamily.POSITIONS, {"dayOrNet": "DayWise" if of_today else "NetWise"})
        return self._api.ask(session, question, timeout_seconds, _own_positions, _is_empty_book)


def book_request(path: str, family: CallFamily, query: dict[str, str] | None = None) -> ApiRequest:
    """Return the question for a book; its connections are those of the books."""
    return ApiRequest("GET", path, query or {}, pool=PoolName.BOOKS, family=family)


def _is_empty_book(session: Session, error: Envelope) -> bool:
    """Recognise an empty book.

    For a dealer without a client "no data" may mean that the request named no account, so that it proves nothing.
    """
    account = session.account
    return not (account.kind.is_dealer and account.client_id is None) and is_empty_book(error)


BALANCE: Final = "/user/balance"
_HOLDINGS: Final = "/portfolio/holdings"
_MARGIN: Final = "/orders/margindetails"
_DAY: Final = 1

_read_funds: Final = reading("the balance", read_funds)
_read_holdings: Final = reading("the holdings", read_holdings)
_read_margin: Final = reading("the margin", read_margin)


@final
class XtsAccount(XtsPort):
    """The `Account` and `Margins` ports on XTS's interactive application."""

    def funds(self, session: Session, timeout_seconds: float) -> Result[Funds, BrokerError]:
        """Return the account's limits; see the port."""
        return self._api.ask(
            session,
            book_request(BALANCE, CallFamily.BALANCE),
            timeout_seconds,
            lambda _live, answer: _read_funds(answer),
            lambda _live, error: is_empty_book(error),
        )

    def holdings(self, session: Session, timeout_seconds: float) -> Result[tuple[Holding, ...], BrokerError]:
        """Return the shares in the depository; see the port."""
        return self._api.ask(
            session,
            book_request(_HOLDINGS, CallFamily.HOLDINGS),
            timeout_seconds,
            lambda _live, answer: _read_holdings(answer),
            lambda _live, error: is_empty_book(error),
        )

    def required(
        self, session: Session, orders: Sequence[OrderRequest], timeout_seconds: float
    ) -> Result[Decimal | None, BrokerError]:
        """Return the rupees for all orders together; see the port."""
        request = ApiRequest("POST", _MARGIN, fields={"portfolio": tuple(map(_leg, orders))}, pool=PoolName.BOOKS)
        return self._api.send(session, request, timeout_seconds, _margin_outcome)


def _margin_outcome(reply: Reply) -> Result[Decimal | None, BrokerError]:
    if isinstance(reply, Lost) and reply.status in NO_SUCH_CALL:
        return Success(None)
    return question_outcome(reply).bind(_read_margin)


def _leg(order: OrderRequest) -> dict[str, object]:
    return {
        "exchange": SEGMENT_NUMBER_BY_EXCHANGE[order.instrument.exchange],
        "exchangeInstrumentId": order.instrument.token,
        "productType": order.product.value,
        "orderType": ORDER_TYPE_BY_PRICE_TYPE[order.price_type],
        "orderSide": order.side.value,
        "quantity": order.quantity,
        "price": float(order.price),
        "stopPrice": float(order.trigger_price),
        "orderSessionType": _DAY,
    }


_BAD_REQUEST: Final = 400
"""The status that errors come with; who hands over an answer has lost it, and no meaning depends on it here."""


@final
class XtsRawBooks:
    """The `RawBooks` port for XTS's answers."""

    def orders(self, answer: object) -> Result[tuple[Order, ...], BrokerError]:
        """Read an order book; see the port."""
        return _read(answer, read_orders)

    def trades(self, answer: object) -> Result[tuple[Trade, ...], BrokerError]:
        """Read a trade book; see the port."""
        return _read(answer, read_trades)

    def positions(self, answer: object) -> Result[tuple[Position, ...], BrokerError]:
        """Read net positions; see the port."""
        return _read(answer, read_positions)

    def holdings(self, answer: object) -> Result[tuple[Holding, ...], BrokerError]:
        """Read holdings; see the port."""
        return _read(answer, read_holdings)


def _read(answer: object, read: Callable[[object], _Rows]) -> Result[_Rows, BrokerError]:
    envelope = envelope_of(answer)
    if envelope is not None and not envelope.succeeded and not is_empty_book(envelope):
        return Failure(refusal(_BAD_REQUEST, envelope))
    try:
        return Success(read(answer if envelope is None else envelope.result or []))
    except UnreadableAnswer as problem:
        return Failure(Unreadable(str(problem)))
