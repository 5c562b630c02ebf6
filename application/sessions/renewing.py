"""Ports that survive a dead token: they delegate, renew the session once when the broker says it expired, and repeat.

Repeating is safe for orders too: SessionExpired means that the broker answered and did nothing.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar, final

from returns.result import Result

from jainam_prop.application.ports.books import Account, Margins, OrderBook, PositionBook
from jainam_prop.application.ports.market_data import MarketData, OpenInterests, PriceHistory, Subscribed, Subscriber
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.sessions import SessionSource
from jainam_prop.application.ports.trading import OrderGateway
from jainam_prop.application.sessions.renewal import RenewedCalls
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.history import Bar, Span
from jainam_prop.domain.market_data.quote import Quote
from jainam_prop.domain.market_data.subscriptions import Batch
from jainam_prop.domain.orders.order import Order, OrderChange, OrderRequest, Trade
from jainam_prop.domain.positions.account_books import Funds, Holding
from jainam_prop.domain.positions.position import Position
from jainam_prop.domain.sessions.session import Application, Session

_Answer = TypeVar("_Answer")


class SessionRetry:
    """Makes a call with the live session, and once more with a new one when that had expired."""

    def __init__(self, keeper: SessionSource, clock: Clock) -> None:
        self._calls = RenewedCalls(keeper, clock)

    def trading(
        self,
        session: Session,
        timeout_seconds: float,
        call: Callable[[Session, float], Result[_Answer, BrokerError]],
    ) -> Result[_Answer, BrokerError]:
        """Call the interactive application; ``call`` gets the session and the seconds it may take."""
        return self._calls(Application.TRADING, session, timeout_seconds, call)

    def market(
        self,
        session: Session,
        timeout_seconds: float,
        call: Callable[[Session, float], Result[_Answer, BrokerError]],
    ) -> Result[_Answer, BrokerError]:
        """Call the market-data application, which has a token of its own and may have none yet."""
        return self._calls(Application.MARKET_DATA, session, timeout_seconds, call)


@final
class RenewingOrderGateway:
    """An `OrderGateway` whose sessions do not expire; one intent is still taken at most once."""

    def __init__(self, inner: OrderGateway, retry: SessionRetry) -> None:
        self._inner = inner
        self._retry = retry

    def place(self, session: Session, order: OrderRequest, timeout_seconds: float) -> Result[str, BrokerError]:
        """Send one order."""
        return self._retry.trading(session, timeout_seconds, lambda live, left: self._inner.place(live, order, left))

    def modify(self, session: Session, change: OrderChange, timeout_seconds: float) -> Result[str, BrokerError]:
        """Send new terms for a working order."""
        return self._retry.trading(session, timeout_seconds, lambda live, left: self._inner.modify(live, change, left))

    def cancel(self, session: Session, order_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for one working order to be cancelled."""
        return self._retry.trading(
            session, timeout_seconds, lambda live, left: self._inner.cancel(live, order_id, left)
        )


@final
class RenewingOrderBook:
    """An `OrderBook` whose sessions do not expire."""

    def __init__(self, inner: OrderBook, retry: SessionRetry) -> None:
        self._inner = inner
        self._retry = retry

    def orders(self, session: Session, timeout_seconds: float) -> Result[tuple[Order, ...], BrokerError]:
        """Return every order of the day."""
        return self._retry.trading(session, timeout_seconds, self._inner.orders)

    def trades(self, session: Session, timeout_seconds: float) -> Result[tuple[Trade, ...], BrokerError]:
        """Return every execution of the day."""
        return self._retry.trading(session, timeout_seconds, self._inner.trades)

    def history(
        self, session: Session, order_id: str, timeout_seconds: float
    ) -> Result[tuple[Order, ...], BrokerError]:
        """Return the states of one order."""
        return self._retry.trading(
            session, timeout_seconds, lambda live, left: self._inner.history(live, order_id, left)
        )


@final
class RenewingPositionBook:
    """A `PositionBook` whose sessions do not expire."""

    def __init__(self, inner: PositionBook, retry: SessionRetry) -> None:
        self._inner = inner
        self._retry = retry

    def positions(self, session: Session, timeout_seconds: float) -> Result[tuple[Position, ...], BrokerError]:
        """Return the net positions."""
        return self._retry.trading(session, timeout_seconds, self._inner.positions)


@final
class RenewingAccount:
    """An `Account` whose sessions do not expire."""

    def __init__(self, inner: Account, retry: SessionRetry) -> None:
        self._inner = inner
        self._retry = retry

    def funds(self, session: Session, timeout_seconds: float) -> Result[Funds, BrokerError]:
        """Return the account's limits."""
        return self._retry.trading(session, timeout_seconds, self._inner.funds)

    def holdings(self, session: Session, timeout_seconds: float) -> Result[tuple[Holding, ...], BrokerError]:
        """Return the shares in the depository."""
        return self._retry.trading(session, timeout_seconds, self._inner.holdings)


@final
class RenewingMarketData:
    """A `MarketData` whose sessions do not expire."""

    def __init__(self, inner: MarketData, retry: SessionRetry) -> None:
        self._inner = inner
        self._retry = retry

    def quotes(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, Quote], BrokerError]:
        """Return a snapshot for each contract that the server answered for."""
        return self._retry.market(session, timeout_seconds, lambda live, left: self._inner.quotes(live, keys, left))


@final
class RenewingOpenInterests:
    """An `OpenInterests` whose sessions do not expire."""

    def __init__(self, inner: OpenInterests, retry: SessionRetry) -> None:
        self._inner = inner
        self._retry = retry

    def open_interest(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, int], BrokerError]:
        """Return the open units of each derivative that the server answered for."""
        return self._retry.market(
            session, timeout_seconds, lambda live, left: self._inner.open_interest(live, keys, left)
        )


@final
class RenewingMargins:
    """A `Margins` whose sessions do not expire."""

    def __init__(self, inner: Margins, retry: SessionRetry) -> None:
        self._inner = inner
        self._retry = retry

    def required(
        self, session: Session, orders: Sequence[OrderRequest], timeout_seconds: float
    ) -> Result[Decimal | None, BrokerError]:
        """Return the rupees for all orders together."""
        return self._retry.trading(
            session, timeout_seconds, lambda live, left: self._inner.required(live, orders, left)
        )


@final
class RenewingPriceHistory:
    """A `PriceHistory` whose sessions do not expire."""

    def __init__(self, inner: PriceHistory, retry: SessionRetry) -> None:
        self._inner = inner
        self._retry = retry

    def bars(
        self, session: Session, key: InstrumentKey, seconds: int, span: Span, timeout_seconds: float
    ) -> Result[tuple[Bar, ...], BrokerError]:
        """Return historical bars as the broker stamped them."""
        return self._retry.market(
            session, timeout_seconds, lambda live, left: self._inner.bars(live, key, seconds, span, left)
        )


@final
class RenewingSubscriber:
    """A `Subscriber` whose sessions do not expire; a renewed one begins without any subscription."""

    def __init__(self, inner: Subscriber, retry: SessionRetry) -> None:
        self._inner = inner
        self._retry = retry

    def subscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        """Subscribe to all of a batch or to nothing of it."""
        return self._retry.market(session, timeout_seconds, lambda live, left: self._inner.subscribe(live, batch, left))

    def unsubscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        """Take subscriptions back."""
        return self._retry.market(
            session, timeout_seconds, lambda live, left: self._inner.unsubscribe(live, batch, left)
        )
