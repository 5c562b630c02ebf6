"""The library for programs: one object that trades, with typed results and exceptions in place of `Result`.

An exception carries the error of the trading core. `OutcomeUnknownError` stays what it is: the order may be live.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from jainam_prop.application.instruments.find import FindInstrument
from jainam_prop.domain.market_data.history import INTERVALS
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode, Tick
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.orders.ticket import read_smart_ticket, read_ticket
from jainam_prop.entrypoints.exceptions import invalid, or_raise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from decimal import Decimal

    from jainam_prop.application.close_all.report import CloseReport
    from jainam_prop.application.orders.cancel import Cancellations
    from jainam_prop.application.orders.place import Placement
    from jainam_prop.domain.instruments.instrument import Instrument
    from jainam_prop.domain.market_data.quote import Quote
    from jainam_prop.domain.positions.net_position import Trust
    from jainam_prop.domain.positions.position import Funds, OrderFeedEvent, Position
    from jainam_prop.domain.positions.smart_order import NoTrade
    from jainam_prop.domain.sessions.session import Session
    from jainam_prop.entrypoints.settings import Settings
    from jainam_prop.entrypoints.trading_app import TradingApp


@final
class JainamBroker:
    """One account, logged in. Safe to call from many threads; closed by the block that opened it."""

    def __init__(self, app: TradingApp) -> None:
        """Trade with an app, which stays its owner's to close."""
        self._app = app
        self._feeds: list[Any] = []

    def place(self, symbol: str, action: str, quantity: int, **terms: str | int | Decimal) -> Placement:
        """Place an order, and return the ids of its slices.

        Args:
            symbol: ``NSE:SBIN``, or a symbol of NSE alone.
            action: BUY or SELL.
            quantity: units, not lots.
            terms: ``product`` (MIS), ``pricetype`` (MARKET), ``price`` and ``trigger_price`` in rupees,
                ``disclosed_quantity``.

        Raises:
            JainamError: see the exceptions of this module.
        """
        ticket = read_ticket({**_contract(symbol), "action": action, "quantity": quantity, **terms})
        return or_raise(self._app.place_order(self._session(), ticket))

    def smart(self, symbol: str, target: int, **terms: str | int | Decimal) -> Placement | NoTrade:
        """Take a position to a target in signed units; `NoTrade` where it is there already.

        Raises:
            JainamError: see `place`.
        """
        ticket, wanted = read_smart_ticket({**_contract(symbol), "position_size": target, **terms})
        return or_raise(self._app.smart_order(self._session(), ticket, wanted))

    def cancel(self, order_id: str) -> str:
        """Cancel an order, and return its id once the broker's book shows it cancelled.

        Raises:
            JainamError: it was not, or that is not known.
        """
        return or_raise(self._app.cancel_orders.one(self._session(), order_id))

    def cancel_all(self) -> Cancellations:
        """Cancel every order that can still trade; each has its own outcome.

        Raises:
            JainamError: the order book could not be read.
        """
        return or_raise(self._app.cancel_orders.all(self._session()))

    def close_all(self, products: frozenset[str] | None = None, *, trust: Trust | None = None) -> CloseReport:
        """Square off every open position; ``is_flat`` of the report is true only when the books showed it.

        ``trust`` says which book counts where position book and order book contradict each other.

        Raises:
            JainamError: the positions could not be read, so that nothing was done.
        """
        return or_raise(self._app.close_all_positions(self._session(), products, trust=trust))

    def orders(self) -> tuple[Order, ...]:
        """Return the day's orders.

        Raises:
            JainamError: they could not be read.
        """
        return or_raise(self._app.read_books.orders(self._session()))

    def positions(self) -> tuple[Position, ...]:
        """Return the net positions, those that were closed today included.

        Raises:
            JainamError: they could not be read.
        """
        return or_raise(self._app.read_books.positions(self._session()))

    def funds(self) -> Funds:
        """Return the account's limits, in rupees.

        Raises:
            JainamError: they could not be read.
        """
        return or_raise(self._app.read_account.funds(self._session()))

    def quote(self, symbol: str) -> Quote:
        """Return the prices of a contract at this moment.

        Raises:
            JainamError: it is not listed, or could not be read.
        """
        return or_raise(self._app.read_quotes.one(self._session(), self.instrument(symbol).key))

    def history(self, symbol: str, interval: str, first: date, last: date) -> Any:  # noqa: ANN401 (pandas is optional)
        """Return the bars of some days, oldest first: a pandas DataFrame where pandas is installed, else `Bar` rows.

        Args:
            symbol: ``NSE:SBIN``, or a symbol of NSE alone.
            interval: one of `INTERVALS`, such as ``5m`` or ``D``.
            first: the first Indian day.
            last: the last one, included.

        Raises:
            JainamError: something is unknown, or could not be read.
        """
        if interval not in INTERVALS:
            problem = f"interval {interval!r} is unknown: use one of {', '.join(INTERVALS)}"
            raise invalid(problem)
        key, length = self.instrument(symbol).key, INTERVALS[interval]
        bars = or_raise(self._app.read_history(self._session(), key, length, first, last))
        try:
            from pandas import DataFrame  # noqa: PLC0415 (an extra)
        except ImportError:
            return bars
        return DataFrame([bar._asdict() for bar in bars])

    def instrument(self, symbol: str) -> Instrument:
        """Look a contract up.

        Raises:
            InvalidError: it is not listed; the nearest symbols are named.
        """
        written = _contract(symbol)
        return or_raise(FindInstrument(self._app.instruments)(written["symbol"], written["exchange"]))

    def on_tick(self, symbols: Sequence[str], handler: Callable[[Instrument, Tick], object]) -> None:
        """Call a handler with every tick of some contracts, from a thread of the feed, until the broker is closed.

        Raises:
            InvalidError: one is not listed.
        """
        listed = {instrument.key: instrument for instrument in map(self.instrument, symbols)}
        feed = self._app.open_market_feed()
        self._feeds.append(feed)
        for key in listed:
            feed.want(key, FeedMode.QUOTE)

        def hear(event: FeedEvent) -> None:
            if isinstance(event, Tick):
                handler(listed[event.instrument], event)

        feed.start(hear)

    def on_order(self, handler: Callable[[Order], object]) -> None:
        """Call a handler with every change of an order, from a thread of the feed, until the broker is closed.

        Raises:
            JainamError: there is no session.
        """

        def hear(event: OrderFeedEvent) -> None:
            if isinstance(event, Order):
                handler(event)

        self._feeds.append(self._app.follow_orders()(hear))

    def close(self) -> None:
        """Close the feeds; calls that only read or trade still work until the block ends."""
        while self._feeds:
            self._feeds.pop().close()

    def _session(self) -> Session:
        return or_raise(self._app.sessions.newest())


@contextmanager
def connect(
    settings: Settings | None = None, *, env_file: str | Path | None = None, profile: str | None = None
) -> Iterator[JainamBroker]:
    """Open an account for the length of a block; logs in only where there is no session of the day.

    Args:
        settings: read from ``.env``, the user's file and the environment if not given.
        env_file: read this file instead.
        profile: server and account type, such as ``B-PRO``.

    Raises:
        JainamError: the login was refused.
        SettingsError: settings are missing or wrong; no value is shown.
    """
    from jainam_prop.entrypoints.configuration import places_for  # noqa: PLC0415 (importing the library stays light)
    from jainam_prop.entrypoints.container import open_container  # noqa: PLC0415
    from jainam_prop.entrypoints.settings import read_settings  # noqa: PLC0415

    places = places_for(None if env_file is None else Path(env_file), profile)
    container = open_container(settings or read_settings(places))
    broker = JainamBroker(container.app().build())
    try:
        or_raise(container.app().sessions.newest())
        yield broker
    finally:
        broker.close()
        container.shutdown_resources()


def _contract(symbol: str) -> dict[str, str]:
    exchange, colon, name = symbol.partition(":")
    return {"exchange": exchange, "symbol": name} if colon else {"exchange": "NSE", "symbol": symbol}
