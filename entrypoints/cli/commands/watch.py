"""``watch``: live prices and order events, until Ctrl-C."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from queue import Empty, SimpleQueue
from typing import Any, Final

import click
from rich.console import RenderableType
from rich.live import Live

from jainam_prop.application.orders.follow import FollowedOrders
from jainam_prop.application.ports.market_data import MarketFeed
from jainam_prop.domain.errors import Invalid
from jainam_prop.domain.market_data.feed_state import FeedHealth
from jainam_prop.domain.market_data.tick import FeedMode
from jainam_prop.entrypoints.cli.answer import Answer, failure, success
from jainam_prop.entrypoints.cli.command import command
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.symbols import EXCHANGES, Words, Written, find_contracts, written_contracts
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.cli.views.tables import counted
from jainam_prop.entrypoints.cli.views.watch import Board, Event
from jainam_prop.entrypoints.trading_app import TradingApp

_LOOK_SECONDS: Final = 0.25
_MODES: Final = Words([mode.name.lower() for mode in FeedMode])


@dataclass(frozen=True, slots=True)
class _WatchRequest:
    """What to watch, and for how many seconds; None is until interrupted."""

    contracts: Sequence[Written]
    mode: FeedMode
    seconds: float | None


@command("watch SBIN RELIANCE", "watch NSE_INDEX:NIFTY NSE:SBIN --mode depth --seconds 60")
@click.argument("symbols", nargs=-1, required=True)
@click.option("--exchange", "-e", type=EXCHANGES, default="NSE", show_default=True, help="Of symbols without one.")
@click.option("--mode", type=_MODES, default="quote", show_default=True, help="How much of each contract.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Stop by itself after so long.")
def watch(context: CliContext, symbols: tuple[str, ...], exchange: str, mode: str, seconds: float | None) -> Answer:
    """Show live prices of each SYMBOL (or EXCHANGE:SYMBOL), and your orders, until Ctrl-C.

    With --json every event is one line of JSON, and the last line is the answer.
    """
    request = _WatchRequest(written_contracts(symbols, exchange), FeedMode[mode.upper()], seconds)
    return context.with_session(lambda app, _session: _watched(app, request, context.terminal))


def _watched(app: TradingApp, request: _WatchRequest, terminal: Terminal) -> Answer:
    found = find_contracts(app.instruments, request.contracts)
    if isinstance(found, Invalid):
        return failure(found)
    events: SimpleQueue[Event] = SimpleQueue()
    board = Board(found, app.rows, depth=request.mode is FeedMode.DEPTH)
    with ExitStack() as closing:
        market = app.open_market_feed()
        closing.callback(market.close)
        for instrument in found:
            market.want(instrument.key, request.mode)
        market.start(events.put)
        orders = app.follow_orders()(events.put)
        closing.callback(orders.close)
        began = time.monotonic()
        with suppress(KeyboardInterrupt):
            show = closing.enter_context(_shown(board, market, orders, terminal, began))
            _run(board, events, show, None if request.seconds is None else began + request.seconds)
        health = market.health(), orders.health()
    data = {"events": board.events, "prices": _health_document(health[0]), "orders": _health_document(health[1])}
    return replace(success(data, message=f"{counted(board.events, 'event')} seen."), is_line=True)


@contextmanager
def _shown(
    board: Board, market: MarketFeed, orders: FollowedOrders, terminal: Terminal, began: float
) -> Iterator[Callable[[Mapping[str, Any] | None], None]]:
    """Give what is to be called with each event, and with None when there was none for a moment."""
    if terminal.as_json:
        yield lambda line: None if line is None else terminal.line(line)
        return

    def view() -> RenderableType:
        return board.view(market.health(), orders.health(), time.monotonic() - began)

    with Live(view(), console=terminal.watched, get_renderable=view, refresh_per_second=1 / _LOOK_SECONDS):
        yield lambda _line: None


def _run(
    board: Board, events: SimpleQueue[Event], show: Callable[[Mapping[str, Any] | None], None], until: float | None
) -> None:
    while until is None or time.monotonic() < until:
        left = _LOOK_SECONDS if until is None else min(_LOOK_SECONDS, max(0.0, until - time.monotonic()))
        try:
            show(board.take(events.get(timeout=left)))
        except Empty:
            show(None)


def _health_document(health: FeedHealth) -> dict[str, object]:
    counts = {
        name: cell for name, cell in asdict(health).items() if name not in {"state", "refused", "stale", "tick_ages"}
    }
    return {
        "state": health.state.value,
        **counts,
        "refused": {f"{key.exchange.value}:{key.token}": why for key, why in health.refused.items()},
        "stale": [f"{key.exchange.value}:{key.token}" for key in health.stale],
        "tick_ages": {exchange.value: round(age, 1) for exchange, age in health.tick_ages.items()},
        "problems": health.problems(),
    }
