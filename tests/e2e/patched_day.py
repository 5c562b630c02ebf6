"""Orders, streams and a close in one process, which `test_eventlet` patches as gunicorn's eventlet worker does.

The settings come from the environment; what was seen goes to standard output as JSON.
"""

import json
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode, Tick
from jainam_prop.entrypoints.openalgo.auth_api import BROKER, authenticate_broker
from jainam_prop.entrypoints.openalgo.order_api import close_all_positions, place_order_api, place_smartorder_api
from jainam_prop.entrypoints.openalgo.order_updates import OrderUpdates
from jainam_prop.entrypoints.openalgo.runtime import close_trading_app, trading_app

SBIN: Final = InstrumentKey(Exchange.NSE, 3045)
THREADS: Final = 8
SECONDS: Final = 30.0
ORDER: Final = {"symbol": "SBIN", "exchange": "NSE", "action": "BUY", "pricetype": "MARKET", "product": "MIS"}


class HostBus:
    """OpenAlgo's event bus: ten threads work off what is published; beyond a thousand waiting, updates are dropped."""

    def __init__(self, awaited: int) -> None:
        self.delivered = self.dropped = 0
        self.complete = threading.Event()
        self._awaited = awaited
        self._pending = 0
        self._lock = threading.Lock()
        self._workers = ThreadPoolExecutor(max_workers=10)

    def publish(self, _update: object) -> None:
        with self._lock:
            if self._pending >= 1000:
                self.dropped += 1
                return
            self._pending += 1
        self._workers.submit(self._deliver)

    def _deliver(self) -> None:
        with self._lock:
            self._pending -= 1
            self.delivered += 1
        if self.delivered >= self._awaited:
            self.complete.set()


def main(orders_before: int) -> None:
    """Follow the orders of the day so far, take a tick, trade from many threads at once, and close."""
    app = trading_app()
    app.sync_instruments().unwrap()
    auth = authenticate_broker(BROKER)[0] or ""
    bus = HostBus(orders_before)
    updates = OrderUpdates(app, bus.publish)
    updates.connect()
    followed = bus.complete.wait(SECONDS)
    ticks, ticked = app.open_market_feed(), threading.Event()

    def hear(event: FeedEvent) -> None:
        if isinstance(event, Tick):
            ticked.set()

    ticks.want(SBIN, FeedMode.QUOTE)
    ticks.start(hear)
    seen: dict[str, Any] = {"followed": followed, "dropped": bus.dropped, "ticked": ticked.wait(SECONDS)}
    placed = at_once(lambda: place_order_api(ORDER | {"quantity": 1}, auth)[0].status)
    smart = place_smartorder_api(ORDER | {"quantity": 0, "position_size": 3}, auth)[1]
    closed, _ = close_all_positions("", auth)
    ticks.close()
    updates.disconnect()
    close_trading_app()
    sys.stdout.write(json.dumps(seen | {"placed": placed, "smart": smart["status"], "closed": closed["status"]}))


def at_once(call: Callable[[], Any]) -> list[Any]:
    """Make a call from several threads at the same time and return the answers."""
    starting, answers = threading.Barrier(THREADS), list[Any]()

    def run() -> None:
        starting.wait(SECONDS)
        answers.append(call())

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
