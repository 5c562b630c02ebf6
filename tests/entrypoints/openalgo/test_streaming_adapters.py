"""The two adapters that OpenAlgo makes by name, from `initialize` to `disconnect`, at a broker with real sockets."""

from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Condition
from typing import Any, Final

import pytest

from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, MARKET
from jainam_prop.entrypoints.openalgo.order_api import cancel_order, place_order_api
from jainam_prop.entrypoints.openalgo.order_updates import OrderUpdates, create_jainam_prop_order_adapter
from jainam_prop.entrypoints.openalgo.plugin.streaming.jainam_prop_adapter import Jainam_propWebSocketAdapter
from jainam_prop.entrypoints.openalgo.runtime import close_trading_app
from tests.e2e.world import SBIN, World, a_world, order

SECONDS: Final = 10.0
Update = dict[str, Any]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as made:
        yield made


class Adapter(Jainam_propWebSocketAdapter):
    """One whose bus a test can wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.came = Condition()
        self.published: list[tuple[str, Update]] = []

    def publish_market_data(self, topic: str, data: Update) -> None:
        with self.came:
            self.published.append((topic, data))
            self.came.notify_all()

    def wait_for_price(self, topic: str, price: float) -> None:
        with self.came:
            assert self.came.wait_for(
                lambda: any(said == topic and data.get("ltp") == price for said, data in self.published), SECONDS
            ), self.published


def connected(world: World) -> Adapter:
    adapter = Adapter()
    assert adapter.initialize("jainam_prop", "trader", None) == {"status": "success", "message": "Ready"}
    joins = world.sim.sockets.joins
    assert adapter.connect() == {"status": "success", "message": "Connecting"}
    assert adapter.connect()["status"] == "success"
    assert adapter.subscribe("SBIN", "NSE", 2, 5)["status"] == "success"  # at once, as the host does
    assert world.sim.sockets.wait_joins(joins + 1, SECONDS)
    assert world.sim.sockets.joins == joins + 1
    return adapter


def test_prices_come_through_a_drop_and_stop_with_the_connection(world: World) -> None:
    adapter = connected(world)
    first, second = world.price("1.01"), world.price("0.98")
    adapter.wait_for_price("NSE_SBIN_QUOTE", float(world.sim.exchange.market(SBIN).last_price))
    world.sim.exchange.move(SBIN, first)
    adapter.wait_for_price("NSE_SBIN_QUOTE", float(first))

    joins = world.sim.sockets.joins
    assert world.sim.sockets.drop(application=MARKET) == 1
    assert world.sim.sockets.wait_joins(joins + 1, SECONDS)
    world.sim.exchange.move(SBIN, second)
    adapter.wait_for_price("NSE_SBIN_QUOTE", float(second))
    is_connected = [adapter.connected]

    adapter.disconnect()
    adapter.disconnect()

    assert [*is_connected, adapter.connected] == [True, False]
    assert world.sim.exchange.requests["market_login"] == 1


def test_without_initialize_every_call_says_so_and_none_raises() -> None:
    adapter = Adapter()
    answers = (adapter.connect(), adapter.subscribe("SBIN", "NSE"), adapter.unsubscribe("SBIN", "NSE"))

    assert {(answer["status"], answer["code"]) for answer in answers} == {("error", "NOT_INITIALIZED")}
    adapter.disconnect()


def test_a_desk_without_settings_names_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JAINAM_INTERACTIVE_API_KEY", raising=False)
    close_trading_app()

    answer = Adapter().initialize("jainam_prop", "trader")

    assert (answer["status"], answer["code"]) == ("error", "NOT_CONFIGURED")
    assert "JAINAM_INTERACTIVE_API_KEY" in answer["message"]
    assert create_jainam_prop_order_adapter("trader") is None


@pytest.fixture
def heard(world: World) -> Iterator["Queue[Update]"]:
    """The updates of a desk that is connected."""
    updates: Queue[Update] = Queue()
    adapter = OrderUpdates(world.desk, updates.put)
    joins = world.sim.sockets.joins
    adapter.connect()
    adapter.connect()
    assert world.sim.sockets.wait_joins(joins + 1, SECONDS)
    yield updates
    adapter.disconnect()
    adapter.disconnect()
    assert not adapter.connected


def until(updates: "Queue[Update]", order_id: str | None, status: str) -> Update:
    """Wait for an order to have a status; what came before it must be of open orders."""
    while True:
        update = updates.get(timeout=SECONDS)
        if update["orderid"] == order_id and update["order_status"] == status:
            return update


def test_a_fill_is_told_with_what_was_filled_in_all(world: World, heard: "Queue[Update]") -> None:
    _, _, order_id = place_order_api(order(), world.auth)

    done = until(heard, order_id, "complete")

    (fill,) = world.sim.exchange.all_orders()
    assert done == {
        "orderid": str(fill.order_id), "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": 10,
        "price": 0.0, "trigger_price": 0.0, "pricetype": "MARKET", "product": "MIS", "order_status": "complete",
        "filled_quantity": 10, "pending_quantity": 0, "average_price": done["average_price"], "rejection_reason": "",
    }  # fmt: skip
    assert done["average_price"] > 0


def test_a_cancel_is_told_once_and_nothing_after_it(world: World, heard: "Queue[Update]") -> None:
    resting = order(pricetype="LIMIT", price=float(world.price("0.95")))
    _, _, order_id = place_order_api(resting, world.auth)
    assert until(heard, order_id, "open")["pending_quantity"] == 10
    cancel_order(str(order_id), world.auth)
    until(heard, order_id, "cancelled")

    joins = world.sim.sockets.joins
    world.sim.sockets.drop(application=INTERACTIVE)  # after it the whole book comes again
    assert world.sim.sockets.wait_joins(joins + 1, SECONDS)
    _, _, other = place_order_api(order(), world.auth)

    told: list[Update] = []
    while not told or (told[-1]["orderid"], told[-1]["order_status"]) != (other, "complete"):
        told.append(heard.get(timeout=SECONDS))
    assert [update for update in told if update["orderid"] == order_id] == []
