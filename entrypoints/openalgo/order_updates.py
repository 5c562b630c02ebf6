"""Order updates for OpenAlgo's event bus: fills, rejections and cancels as the broker sends them."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.application.orders.follow import FollowedOrders
from jainam_prop.domain.market_data.backoff import Backoff
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.positions.position import OrderFeedEvent
from jainam_prop.entrypoints.openalgo.runtime import trading_app

if TYPE_CHECKING:
    from jainam_prop.entrypoints.trading_app import TradingApp

_LOG: Final = logging.getLogger(__name__)

_CHANCE: Final = 0.5

BROKER: Final = JAINAM.name

Update: TypeAlias = dict[str, Any]
Publish: TypeAlias = Callable[[Update], object]

_FIELDS: Final = (
    "orderid", "symbol", "exchange", "action", "quantity", "price", "trigger_price", "pricetype", "product",
    "order_status", "filled_quantity", "pending_quantity", "average_price", "rejection_reason",
)  # fmt: skip


def create_jainam_prop_order_adapter(user_id: str) -> "OrderUpdates | None":
    """Return an adapter for the order updates of a user of the host; None where settings are missing.

    Args:
        user_id: the host's name of the user; updates are routed by it.
    """
    try:
        app = trading_app()
    except ValueError as error:
        _LOG.warning("no order updates: %s", error)
        return None
    return OrderUpdates(app, lambda update: _to_bus(update, user_id))


class OrderUpdates:
    """Publishes each change of an order once, in the order in which it happened as far as that can be known.

    Events come twice and late, and the whole book comes after every connection, so what is no news is left out: nothing
    follows a final state, and a fill never shrinks.
    """

    broker_name = BROKER

    def __init__(self, app: "TradingApp", publish: Publish) -> None:
        self._app = app
        self._publish = publish
        self._lock = threading.Lock()
        self._news = OrderNews()
        self._feed: FollowedOrders | None = None
        self._stopped = threading.Event()
        self._stopped.set()

    @property
    def connected(self) -> bool:
        """Whether events come at the moment."""
        feed = self._feed
        return feed is not None and feed.health().is_connected

    def connect(self) -> None:
        """Connect in the background and return at once; it is idempotent. Without a login the feed waits for one."""
        with self._lock:
            if not self._stopped.is_set():
                return
            self._stopped.clear()
        threading.Thread(target=self._open, name="jainam-order-updates", daemon=True).start()

    def disconnect(self) -> None:
        """Disconnect for good; it is idempotent."""
        with self._lock:
            self._stopped.set()
            feed, self._feed = self._feed, None
        if feed is not None:
            feed.close()

    def _open(self) -> None:
        """Start the feed, again and again as long as that fails: a database may be locked when the host starts."""
        backoff = Backoff()
        while not self._stopped.is_set():
            try:
                with self._lock:
                    if not self._stopped.is_set():
                        self._feed = self._app.follow_orders()(self._hear)
            except Exception:
                _LOG.exception("Order updates could not be started; it is tried again")
                backoff = backoff.after(0.0)
                self._stopped.wait(backoff.wait(_CHANCE))
            else:
                return

    def _hear(self, event: OrderFeedEvent) -> None:
        if not isinstance(event, Order) or not self._news.admits(event):
            return
        try:
            (row,) = self._app.rows.orders([event])
            self._publish({name: row[name] for name in _FIELDS})
        except Exception:
            self._news.forget(event)  # the next reading of the books publishes it
            raise
        # Under eventlet the bus works only while its publishers wait, and drops what is above its thousand: a long
        # order book, read after a connection, has more.
        time.sleep(0)


class OrderNews:
    """Remembers the published state of each order of a day; the next day's may have the same ids.

    Safe to call from many threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._published: dict[str, Order] = {}
        self._day = date.min

    def admits(self, order: Order) -> bool:
        """Whether an order's state is news, and if so remember it."""
        stamp = order.updated_at or order.placed_at
        with self._lock:
            if stamp is not None and stamp.date() > self._day:
                self._day = stamp.date()
                self._published.clear()
            before = self._published.get(order.order_id)
            if before is not None and not _is_later(order, before):
                return False
            self._published[order.order_id] = order
            return True

    def forget(self, order: Order) -> None:
        """Take back that an order's state was published."""
        with self._lock:
            self._published.pop(order.order_id, None)


def _is_later(order: Order, before: Order) -> bool:
    if before.state.is_terminal or order.filled < before.filled:
        return False
    if order.state.is_terminal or order.filled > before.filled:
        return True
    if order.updated_at and before.updated_at and order.updated_at < before.updated_at:
        return False
    return _shown(order) != _shown(before)


def _shown(order: Order) -> tuple[object, ...]:
    terms = order.quantity, order.price, order.trigger_price, order.price_type, order.product
    return (*terms, order.state.is_terminal, order.average_price, order.reason)


def _to_bus(update: Update, user_id: str) -> None:
    """Put an update on the host's bus; this runs in the host's own process only, where the bus is."""
    event = import_module("events").OrderUpdateEvent
    routed = {"mode": "live", "broker": BROKER, "api_type": f"{BROKER}.order_update"}
    import_module("utils.event_bus").bus.publish(event(**update, **routed, request_data={"user_id": user_id}))
