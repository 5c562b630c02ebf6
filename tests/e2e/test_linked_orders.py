"""Cover and bracket orders against the exchange: sent once, found when the reply is lost, and plainly refused."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.errors import BrokerError, Rejected
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.linked_order import CoverIds
from jainam_prop.domain.orders.order import OrderState, PriceType
from jainam_prop.domain.orders.ticket import read_bracket, read_bracket_change, read_ticket
from jainam_prop.domain.sessions.session import AccountKind, Session
from tests.e2e.world import World, a_world

COVER = {
    "symbol": "SBIN",
    "exchange": "NSE",
    "action": "BUY",
    "quantity": "10",
    "pricetype": "LIMIT",
    "price": "780.15",
    "trigger_price": "770.00",
}
BRACKET = {
    "symbol": "SBIN",
    "exchange": "NSE",
    "action": "BUY",
    "quantity": "10",
    "price": "780.15",
    "target": "8",
    "stop_loss": "4",
    "trailing_stop": "1",
}
RESTING = {"price": "775.00"}


def session(world: World) -> Session:
    return world.desk.sessions.session_for(world.auth).unwrap()


def cover(world: World, **changes: str) -> Result[CoverIds, BrokerError]:
    return world.desk.cover_orders.place(session(world), read_ticket(COVER | changes))


def bracket(world: World, changes: Mapping[str, object] | None = None) -> Result[str, BrokerError]:
    return world.desk.bracket_orders.place(session(world), read_bracket(BRACKET | dict(changes or {})))


def held(world: World) -> list[SimOrder]:
    return world.sim.exchange.all_orders()


def fate(world: World) -> tuple[str, IntentState, str]:
    """Return product, state and order id of the latest intent."""
    entry = world.desk.journal.recent(1)[0]
    return entry.intent.product, entry.state, entry.order_id


@pytest.mark.parametrize("account", list(AccountKind))
def test_a_cover_order_enters_and_its_exit_ends_it(tmp_path: Path, account: AccountKind) -> None:
    with a_world(tmp_path, account) as world:
        ids = cover(world).unwrap()
        entry, stop = held(world)

        assert ids == CoverIds(str(entry.order_id), str(stop.order_id))
        assert (entry.state, stop.terms.price_type, stop.terms.trigger) == (
            OrderState.FILLED,
            PriceType.SL_M,
            Decimal("770.00"),
        )
        assert (world.net(product="CO"), fate(world)) == (10, ("CO", IntentState.ACCEPTED, ids.entry))
        assert world.desk.cover_orders.exit(session(world), ids.exit) == Success(ids.exit)
        assert world.net(product="CO") == 0


@pytest.mark.parametrize("account", list(AccountKind))
def test_a_bracket_order_enters_with_its_exits_and_is_cancelled_by_its_entry(
    tmp_path: Path, account: AccountKind
) -> None:
    with a_world(tmp_path, account) as world:
        entry_id = bracket(world, RESTING).unwrap()
        entry, target, stop = held(world)

        assert (str(entry.order_id), entry.state) == (entry_id, OrderState.NEW)
        assert (target.terms.price, stop.terms.trigger) == (Decimal("783.00"), Decimal("771.00"))
        assert fate(world) == ("BO", IntentState.ACCEPTED, entry_id)
        assert world.desk.bracket_orders.cancel(session(world), entry_id) == Success(entry_id)
        assert world.sim.exchange.working_orders() == []


def test_a_bracket_is_modified_and_what_is_left_out_stays(world: World) -> None:
    entry_id = bracket(world, RESTING).unwrap()
    change = read_bracket_change({"price": "776.05", "stop_loss": "5"})

    outcome = world.desk.bracket_orders.modify(session(world), entry_id, change)

    entry, target, stop = held(world)
    assert (outcome, entry.terms.quantity, entry.terms.price) == (Success(entry_id), 10, Decimal("776.05"))
    assert (target.terms.price, stop.terms.trigger) == (Decimal("784.05"), Decimal("771.05"))


def test_both_numbers_of_a_cover_order_are_found_when_its_reply_is_lost(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="cover_place"))

    ids = cover(world).unwrap()

    assert ids == CoverIds(*(str(one.order_id) for one in held(world)))
    assert world.sim.exchange.requests["cover_place"] == 1


@pytest.mark.parametrize(("endpoint", "what"), [("cover_place", "cover orders"), ("bracket_place", "bracket orders")])
def test_a_server_without_the_call_has_refused_it(world: World, endpoint: str, what: str) -> None:
    world.sim.faults.add(Fault(FaultKind.NOT_FOUND, on=endpoint))

    outcome = cover(world) if endpoint == "cover_place" else bracket(world)

    assert outcome == Failure(Rejected(f"this server has no {what}: it answered HTTP 404"))


def test_the_source_of_orders_is_named_only_when_it_is_set(tmp_path: Path) -> None:
    with a_world(tmp_path / "named", JAINAM_API_ORDER_SOURCE="desk7") as world:
        cover(world)
        bracket(world)
        assert {one.intake.source for one in held(world)} == {"desk7"}

    with a_world(tmp_path / "unnamed") as world:
        bracket(world)
        assert {one.intake.source for one in held(world)} == {""}
