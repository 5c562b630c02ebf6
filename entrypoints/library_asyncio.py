"""The library for asyncio: the calls of `JainamBroker` as coroutines."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING, Any, Final, TypeVar, final

from jainam_prop.entrypoints.library import JainamBroker, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from concurrent.futures import Executor
    from datetime import date
    from decimal import Decimal
    from pathlib import Path

    from jainam_prop.application.close_all.report import CloseReport
    from jainam_prop.application.orders.cancel import Cancellations
    from jainam_prop.application.orders.place import Placement
    from jainam_prop.domain.instruments.instrument import Instrument
    from jainam_prop.domain.market_data.quote import Quote
    from jainam_prop.domain.market_data.tick import Tick
    from jainam_prop.domain.orders.order import Order
    from jainam_prop.domain.positions.position import Funds, Position
    from jainam_prop.domain.positions.smart_order import NoTrade
    from jainam_prop.entrypoints.settings import Settings

_Value = TypeVar("_Value")

_THREADS: Final = 16
"""At ten orders a second, the last of sixteen waits less than two of the ten seconds that a call may take."""


@final
class AsyncJainamBroker:
    """`JainamBroker` for asyncio: its calls run in threads, its handlers in the loop.

    Orders wait for the order rate in threads of their own, so that exits and reads do not queue behind them. A call
    that is cancelled before it began sends nothing; one that has begun goes on, and the order book shows its outcome.
    """

    def __init__(self, broker: JainamBroker, entries: Executor, others: Executor) -> None:
        """Work with a broker that is open, in threads that stay their owner's to close."""
        self._broker = broker
        self._entries, self._others = entries, others

    async def place(self, symbol: str, action: str, quantity: int, **terms: str | int | Decimal) -> Placement:
        """Place an order; see `JainamBroker.place`."""
        return await _run(self._entries, partial(self._broker.place, symbol, action, quantity, **terms))

    async def smart(self, symbol: str, target: int, **terms: str | int | Decimal) -> Placement | NoTrade:
        """Take a position to a target; see `JainamBroker.smart`."""
        threads = self._entries if target else self._others
        return await _run(threads, partial(self._broker.smart, symbol, target, **terms))

    async def cancel(self, order_id: str) -> str:
        """Cancel an order; see `JainamBroker.cancel`."""
        return await _run(self._others, partial(self._broker.cancel, order_id))

    async def cancel_all(self) -> Cancellations:
        """Cancel every order that can still trade; see `JainamBroker.cancel_all`."""
        return await _run(self._others, self._broker.cancel_all)

    async def close_all(self, products: frozenset[str] | None = None) -> CloseReport:
        """Square off every open position; see `JainamBroker.close_all`."""
        return await _run(self._others, partial(self._broker.close_all, products))

    async def orders(self) -> tuple[Order, ...]:
        """Return the day's orders; see `JainamBroker.orders`."""
        return await _run(self._others, self._broker.orders)

    async def positions(self) -> tuple[Position, ...]:
        """Return the net positions; see `JainamBroker.positions`."""
        return await _run(self._others, self._broker.positions)

    async def funds(self) -> Funds:
        """Return the account's limits; see `JainamBroker.funds`."""
        return await _run(self._others, self._broker.funds)

    async def quote(self, symbol: str) -> Quote:
        """Return the prices of a contract; see `JainamBroker.quote`."""
        return await _run(self._others, partial(self._broker.quote, symbol))

    async def history(self, symbol: str, interval: str, first: date, last: date) -> Any:  # noqa: ANN401 (as there)
        """Return the bars of some days; see `JainamBroker.history`."""
        return await _run(self._others, partial(self._broker.history, symbol, interval, first, last))

    async def on_tick(self, symbols: Sequence[str], handler: Callable[[Instrument, Tick], object]) -> None:
        """Call a handler in the loop with every tick of some contracts; see `JainamBroker.on_tick`."""
        enqueue = asyncio.get_running_loop().call_soon_threadsafe
        hear = partial(self._broker.on_tick, symbols, lambda *heard: enqueue(partial(handler, *heard)))
        await _run(self._others, hear)

    async def on_order(self, handler: Callable[[Order], object]) -> None:
        """Call a handler in the loop with every change of an order; see `JainamBroker.on_order`."""
        enqueue = asyncio.get_running_loop().call_soon_threadsafe
        await _run(self._others, partial(self._broker.on_order, lambda order: enqueue(partial(handler, order))))


@asynccontextmanager
async def aconnect(
    settings: Settings | None = None, *, env_file: str | Path | None = None, profile: str | None = None
) -> AsyncIterator[AsyncJainamBroker]:
    """Open an account for the length of an asynchronous block; see `connect`."""
    opened = connect(settings, env_file=env_file, profile=profile)
    with ThreadPoolExecutor(_THREADS, "entries") as entries, ThreadPoolExecutor(_THREADS, "others") as others:
        await _start(entries)
        await _start(others)
        broker = await _run(others, opened.__enter__)
        try:
            yield AsyncJainamBroker(broker, entries, others)
        finally:
            await _run(others, partial(opened.__exit__, None, None, None))


async def _start(threads: Executor) -> None:
    """Start every thread, so that no call waits in the loop for one to start."""
    together = Barrier(_THREADS)
    await asyncio.gather(*(_run(threads, together.wait) for _ in range(_THREADS)))


async def _run(threads: Executor, call: Callable[[], _Value]) -> _Value:
    return await asyncio.get_running_loop().run_in_executor(threads, call)
