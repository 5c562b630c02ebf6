"""Conversion and the broker's own square-off against the exchange's positions: asked once, believed when seen."""

from decimal import Decimal
from pathlib import Path

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.application.close_all.report import CloseReport, LegState
from jainam_prop.application.positions.convert import Converted
from jainam_prop.domain.errors import BrokerError, Rejected
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import AccountKind, Session
from jainam_prop.entrypoints.openalgo.order_api import place_order_api
from tests.e2e.world import BOOKED_TO, RELIANCE, SBIN, World, a_world, order

SBIN_MIS = PositionKey(SBIN, "MIS")


def session(world: World) -> Session:
    return world.desk.sessions.session_for(world.auth).unwrap()


def convert(
    world: World, quantity: int = 75, source: Product = Product.MIS, target: Product = Product.NRML
) -> Result[Converted, BrokerError]:
    instrument = world.desk.instruments.find_key(SBIN)
    assert instrument is not None
    return world.desk.convert_position(session(world), Conversion(instrument, quantity, source, target))


def nets(world: World) -> tuple[int, int]:
    return world.net(product="MIS"), world.net(product="NRML")


def fates(world: World) -> list[tuple[str, str, str, int, IntentState]]:
    """Return what the journal says of conversions and square-offs, by product."""
    intents = [(entry.intent, entry.state) for entry in world.desk.journal.recent()]
    found = [(one.price_type, one.product, one.side, one.quantity, state) for one, state in intents]
    return sorted(row for row in found if row[0] in {"CONVERT", "SQUARE-OFF"})


@pytest.mark.parametrize("account", list(AccountKind))
@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_a_position_is_carried_under_another_product(tmp_path: Path, account: AccountKind, side: str) -> None:
    with a_world(tmp_path, account) as world:
        place_order_api(order(quantity=75, action=side), world.auth)
        sign = 1 if side == "BUY" else -1

        outcome = convert(world, 50)

        assert outcome == Success(Converted(25 * sign, 50 * sign))
        assert nets(world) == (25 * sign, 50 * sign)
        out, into = ("SELL", "BUY") if side == "BUY" else ("BUY", "SELL")
        assert fates(world) == [
            ("CONVERT", "MIS", out, 50, IntentState.RESOLVED),
            ("CONVERT", "NRML", into, 50, IntentState.RESOLVED),
        ]


def test_a_carried_position_is_converted_as_what_it_is(world: World) -> None:
    world.sim.exchange.carry_in(Slot(BOOKED_TO[AccountKind.PRO], "NRML", SBIN), 100, Decimal(800))

    assert convert(world, 40, Product.NRML, Product.CNC) == Success(Converted(60, 40))


def legs(outcome: Result[CloseReport, BrokerError]) -> dict[str, tuple[LegState, int | None]]:
    return {leg.symbol: (leg.state, leg.remaining) for leg in outcome.unwrap().legs}


@pytest.mark.parametrize("account", list(AccountKind))
def test_one_position_is_squared_off_by_the_broker_and_seen_flat(tmp_path: Path, account: AccountKind) -> None:
    with a_world(tmp_path, account, JAINAM_NATIVE_SQUAREOFF="true") as world:
        place_order_api(order(quantity=75), world.auth)
        place_order_api(order(symbol="RELIANCE", quantity=30), world.auth)
        stop = order(quantity=75, action="SELL", pricetype="SL-M", trigger_price=world.price("0.98"))
        place_order_api(stop, world.auth)

        outcome = world.desk.native_square_off.one(session(world), SBIN_MIS)

        assert legs(outcome) == {"SBIN": (LegState.CLOSED, 0)}
        assert outcome.unwrap().is_flat
        assert (world.net(), world.net(RELIANCE), world.sim.exchange.working_orders()) == (0, 30, [])
        assert fates(world) == [("SQUARE-OFF", "MIS", "SELL", 75, IntentState.RESOLVED)]


@pytest.mark.parametrize("account", list(AccountKind))
def test_all_positions_are_squared_off_by_the_broker_and_seen_flat(tmp_path: Path, account: AccountKind) -> None:
    with a_world(tmp_path, account, JAINAM_NATIVE_SQUAREOFF="true") as world:
        place_order_api(order(quantity=75), world.auth)
        place_order_api(order(symbol="RELIANCE", action="SELL", quantity=30), world.auth)

        outcome = world.desk.native_square_off.all(session(world))

        assert legs(outcome) == {"SBIN": (LegState.CLOSED, 0), "RELIANCE": (LegState.CLOSED, 0)}
        assert (world.net(), world.net(RELIANCE), world.sim.exchange.requests["squareoff_all"]) == (0, 0, 1)


def test_a_server_without_the_call_has_refused_it(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_NATIVE_SQUAREOFF="true") as world:
        place_order_api(order(quantity=75), world.auth)
        world.sim.faults.add(Fault(FaultKind.NOT_FOUND, on="squareoff_all"))

        outcome = world.desk.native_square_off.all(session(world))

        assert outcome == Failure(Rejected("this server has no square-off calls: it answered HTTP 404"))
        assert fates(world)[0][-1] is IntentState.REJECTED
