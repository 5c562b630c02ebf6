"""Whether both sockets connect, take subscriptions, and bring prices while the market trades."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.market_data.feed_state import FeedHealth
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode, Tick
from jainam_prop.domain.positions.position import OrderFeedEvent
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.finding import Finding, caution, good, problem
from jainam_prop.entrypoints.trading_app import TradingApp

_Event = TypeVar("_Event")

_LOOK_SECONDS: Final = 0.05
_WATCH: Final = "jainam-prop watch shows the connection as it changes."


def socket_findings(
    app: TradingApp, session: Session, instruments: Sequence[Instrument], now: datetime, seconds: float
) -> Iterator[Finding]:
    """Connect to both sockets, each for some seconds."""
    if session.market_token is not None:
        yield from _market(app, instruments, now, seconds)
    yield _orders(app, seconds)


def _market(app: TradingApp, instruments: Sequence[Instrument], now: datetime, seconds: float) -> Iterator[Finding]:
    events: SimpleQueue[FeedEvent] = SimpleQueue()
    feed = app.open_market_feed()
    try:
        for instrument in instruments:
            feed.want(instrument.key, FeedMode.DEPTH)
        feed.start(events.put)
        until(lambda: _is_settled(feed.health()), seconds)
        yield _subscribed(feed.health())
        if any(app.trading_calendar.is_trading(instrument.exchange, now) for instrument in instruments):
            yield _ticks(events, seconds)
    finally:
        feed.close()


def _is_settled(health: FeedHealth) -> bool:
    return health.is_connected and health.subscribed == health.wanted > 0


def _subscribed(health: FeedHealth) -> Finding:
    if _is_settled(health):
        return good("price socket", f"connected, {health.subscribed} of {health.wanted} subscribed")
    found = f"{health.state.value}, {health.subscribed} of {health.wanted} subscribed"
    return problem("price socket", "; ".join([found, *health.problems()]), _WATCH)


def _ticks(events: "SimpleQueue[FeedEvent]", seconds: float) -> Finding:
    tick = next_event(events, lambda event: isinstance(event, Tick), seconds)
    if tick is None:
        return caution("live prices", f"none in {seconds:g} s of trading hours", "On a holiday there are none.")
    return good("live prices", "they come")


def _orders(app: TradingApp, seconds: float) -> Finding:
    events: SimpleQueue[OrderFeedEvent] = SimpleQueue()
    feed = app.follow_orders()(events.put)
    try:
        connected = until(lambda: feed.health().is_connected, seconds)
        state = feed.health().state.value
    finally:
        feed.close()
    return good("order socket", "connected") if connected else problem("order socket", state, _WATCH)


def until(look: Callable[[], bool], seconds: float) -> bool:
    """Look again and again until something is so, or the time is up; say whether it is."""
    end = time.monotonic() + seconds
    while not look():
        if time.monotonic() >= end:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def next_event(events: "SimpleQueue[_Event]", fits: Callable[[_Event], bool], seconds: float) -> _Event | None:
    """Return the first event that fits; None when none came in time."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        try:
            event = events.get(timeout=left)
        except Empty:
            return None
        if fits(event):
            return event
    return None
