"""Orders, books and positions, exactly as OpenAlgo's services call them."""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from returns.pipeline import is_successful
from returns.result import Failure, Result

from jainam_prop.application.orders.place import Placement
from jainam_prop.application.ports.runtime import StoreUnreadableError
from jainam_prop.domain.errors import BrokerError, Invalid, NotConfigured, Unreadable
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.orders.ticket import TicketReader, read_change, read_smart_ticket, read_ticket
from jainam_prop.domain.positions.smart_order import NoTrade
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.openalgo import replies
from jainam_prop.entrypoints.openalgo.runtime import follow_orders, trading_app

if TYPE_CHECKING:
    from jainam_prop.entrypoints.trading_app import TradingApp

_LOG = logging.getLogger(__name__)
_Outcome = TypeVar("_Outcome")
_LARGEST_ID: Final = 10**30
_NOTHING: Final[Mapping[str, object]] = {}

Placed: TypeAlias = tuple[replies.Reply, replies.Body, str | None]
Smart: TypeAlias = tuple[replies.Reply | None, replies.Body, str | None]


def place_order_api(data: Mapping[str, object], auth: str) -> Placed:
    """Place one order.

    Args:
        data: the host's order; it is not changed.
        auth: what `authenticate_broker` gave the host.

    Returns:
        A reply whose ``status`` is 200 only with an order id, a body with ``message``, and the order id as text. A
        sliced order answers with its first id and names all of them in ``orderids``.
    """
    outcome = _with_session(
        "place_order_api", auth, lambda app, session: app.place_order(session, read_ticket(data)), data
    )
    if not is_successful(outcome):
        return _refused(outcome.failure())
    placement = outcome.unwrap()
    return replies.OK, _placed_body(placement), placement.order_id


def place_smartorder_api(data: Mapping[str, object], auth: str) -> Smart:
    """Take a position to ``position_size``; when it is there already, no order is placed and the message says so."""
    ticket, target = read_smart_ticket(data)
    outcome = _with_session(
        "place_smartorder_api", auth, lambda app, session: app.smart_order(session, ticket, target), data
    )
    if not is_successful(outcome):
        return _refused(outcome.failure())
    done = outcome.unwrap()
    if isinstance(done, NoTrade):
        return None, {"status": "success", "message": done.message}, None
    return replies.OK, _placed_body(done), done.order_id


def modify_order(data: Mapping[str, object], auth: str) -> tuple[replies.Body, int]:
    """Give a working order new terms; 200 only when the order book shows them."""
    order_id = _order_id(data.get("orderid"))
    outcome = _with_session(
        "modify_order", auth, lambda app, session: app.modify_order(session, order_id, read_change(data)), data
    )
    return _done(outcome)


def cancel_order(orderid: str, auth: str) -> tuple[replies.Body, int]:
    """Cancel one order; 200 only when the order book shows it cancelled."""
    return _done(
        _with_session("cancel_order", auth, lambda app, session: app.cancel_orders.one(session, _order_id(orderid)))
    )


def cancel_all_orders_api(data: Mapping[str, object], auth: str) -> tuple[list[str], list[str]]:
    """Cancel everything that can still trade.

    Returns:
        The ids of the orders that were seen cancelled, and of the others.

    Raises:
        BrokerUnavailableError: the order book cannot be read; two empty lists would be shown as success.
    """
    del data
    outcome = _with_session("cancel_all_orders_api", auth, lambda app, session: app.cancel_orders.all(session))
    if not is_successful(outcome):
        raise replies.BrokerUnavailableError(outcome.failure().message)
    for order_id, error in outcome.unwrap().failed:
        _LOG.warning("order %s was not cancelled: %s", order_id, error.message)
    return list(outcome.unwrap().cancelled), [order_id for order_id, _ in outcome.unwrap().failed]


def close_all_positions(current_api_key: str, auth: str) -> tuple[replies.Body, int]:
    """Square off every open position; 200 only when the books were seen flat.

    Any other status comes with a one-line ``message``, and with what became of each position in ``data``.
    """
    del current_api_key
    outcome = _with_session("close_all_positions", auth, lambda app, session: app.close_all_positions(session))
    if not is_successful(outcome):
        return replies.failure_body(outcome.failure()), replies.status_of(outcome.failure())
    report = outcome.unwrap()
    body: replies.Body = {
        "status": "success" if report.is_flat else "error",
        "message": "All Open Positions Squared Off" if report.is_flat and report.legs else report.message,
        "data": [
            {
                "symbol": leg.symbol,
                "exchange": leg.key.instrument.exchange.value,
                "product": leg.key.product,
                "quantity": leg.net,
                "remaining": leg.remaining,
                "orderids": list(leg.order_ids),
                "state": leg.state.value,
                "reason": leg.reason,
            }
            for leg in report.legs
        ],
        "cancelled": list(report.cancelled),
    }
    return body, 200 if report.is_flat else 502


@replies.also_named({"tradingsymbol": "symbol", "producttype": "product", "auth_token": "auth"})
def get_open_position(symbol: str, exchange: str, product: str, auth: str) -> str:
    """Return the signed net units of one position as text.

    "0" also means "could not be read", with an ERROR record; nothing here ever decides on this text.
    """
    live = _live_session(auth)
    outcome = _open_position(*live.unwrap(), symbol, exchange, product) if is_successful(live) else live
    if is_successful(outcome):
        _LOG.debug("position of %s %s %s is %s", exchange, symbol, product, outcome.unwrap())
        return str(outcome.unwrap())
    _LOG.error("position of %s could not be read, 0 is a placeholder: %s", symbol, outcome.failure().message)
    return "0"


@replies.also_named({"auth_token": "auth"})
def get_order_book(auth: str) -> list[dict[str, Any]] | replies.Body:
    """Return the day's orders as rows for `map_order_data`, or an error body; never an empty book for a failure."""
    return _book("get_order_book", auth, lambda app, session: app.read_books.orders(session).map(app.rows.orders))


@replies.also_named({"auth_token": "auth"})
def get_trade_book(auth: str) -> list[dict[str, Any]] | replies.Body:
    """Return the day's executions; as `get_order_book`."""
    return _book("get_trade_book", auth, lambda app, session: app.read_books.trades(session).map(app.rows.trades))


@replies.also_named({"auth_token": "auth"})
def get_positions(auth: str) -> list[dict[str, Any]] | replies.Body:
    """Return the net positions; as `get_order_book`."""
    return _book("get_positions", auth, lambda app, session: app.read_books.positions(session).map(app.rows.positions))


@replies.also_named({"auth_token": "auth"})
def get_holdings(auth: str) -> list[dict[str, Any]] | replies.Body:
    """Return the holdings; as `get_order_book`."""
    return _book("get_holdings", auth, lambda app, session: app.read_account.holdings(session).map(app.rows.holdings))


def _order_id(value: object) -> str:
    """Read an id that a host may hand over as a number; what is neither number nor text is no id."""
    return value if isinstance(value, str) else str(value) if type(value) is int and 0 < value < _LARGEST_ID else ""


def _with_session(
    function: str,
    auth: str,
    call: Callable[["TradingApp", Session], Result[_Outcome, BrokerError]],
    data: Mapping[str, object] = _NOTHING,
) -> Result[_Outcome, BrokerError]:
    """Call the trading app with the session that an auth string stands for; a failure is logged."""
    live = _live_session(auth)
    try:
        outcome = call(*live.unwrap()) if is_successful(live) else Failure(live.failure())
    except StoreUnreadableError as error:
        outcome = Failure(Unreadable(f"the store: {error}"))
    if not is_successful(outcome):
        replies.log_failure(
            function, outcome.failure(), symbol=data.get("symbol", ""), exchange=data.get("exchange", "")
        )
    return outcome


def _live_session(auth: str) -> Result[tuple["TradingApp", Session], BrokerError]:
    """Return the trading app with the session of an auth string, for which its recovery is started."""
    try:
        app = trading_app()
    except ValueError as error:
        return Failure(NotConfigured(str(error)))
    found = app.sessions.session_for(auth)
    if is_successful(found):
        app.recovery.start(found.unwrap())
        follow_orders(found.unwrap())
    return found.map(lambda session: (app, session))


def _open_position(
    app: "TradingApp", session: Session, symbol: str, exchange: str, product: str
) -> Result[int, BrokerError]:
    reader = TicketReader({"symbol": symbol, "exchange": exchange, "product": product})
    what, where, how = reader.text("symbol"), reader.exchange(), reader.word("product", Product)
    if what is None or where is None or how is None:
        return Failure(Invalid(reader.problems))
    return app.read_books.net_position(session, what, where, how)


def _refused(error: BrokerError) -> Placed:
    return replies.Reply(replies.status_of(error)), replies.failure_body(error), None


def _placed_body(placement: Placement) -> replies.Body:
    ids = list(placement.order_ids)
    body: replies.Body = {"status": "success", "orderid": ids[0], "orderids": ids, "message": placement.message}
    return body | ({"cancelled": list(placement.cancelled)} if placement.cancelled else {})


def _done(outcome: Result[str, BrokerError]) -> tuple[replies.Body, int]:
    if is_successful(outcome):
        return {"status": "success", "orderid": outcome.unwrap()}, 200
    return replies.failure_body(outcome.failure()), replies.status_of(outcome.failure())


def _book(
    function: str, auth: str, read: Callable[["TradingApp", Session], Result[list[dict[str, Any]], BrokerError]]
) -> list[dict[str, Any]] | replies.Body:
    outcome = _with_session(function, auth, read)
    return outcome.unwrap() if is_successful(outcome) else replies.failure_body(outcome.failure())
