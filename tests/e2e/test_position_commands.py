"""Conversion and the broker's own square-off against the exchange's positions: asked once, believed when seen."""

from decimal import Decimal
from pathlib import Path

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.application.close_all.report import CloseReport, LegState
from jainam_prop.application.positions.convert import Converted
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid, OutcomeUnknown, Rejected, Unreadable
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import AccountKind, Session
from jainam_prop.entrypoints.openalgo.order_api import close_all_positions, place_order_api, place_smartorder_api
from tests.e2e.world import BOOKED_TO, RELIANCE, SBIN, World, a_world, order, smart

SBIN_MIS = PositionKey(SBIN, "MIS")


def session(world: World) -> Session:
    return world.desk.keeper.session_for(world.auth).unwrap()


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


@pytest.mark.parametrize(
    ("quantity", "source", "target", "named"),
    [
        pytest.param(76, Product.MIS, Product.NRML, "quantity 76 is above the 75 units held in SBIN MIS", id="more"),
        pytest.param(0, Product.MIS, Product.NRML, "quantity 0 must be above zero", id="none"),
        pytest.param(10, Product.CNC, Product.MIS, "there is no open position in SBIN CNC", id="flat"),
        pytest.param(10, Product.MIS, Product.MIS, "carried as MIS already", id="same"),
    ],
)
def test_what_is_not_held_is_not_converted(
    world: World, quantity: int, source: Product, target: Product, named: str
) -> None:
    place_order_api(order(quantity=75), world.auth)

    error = convert(world, quantity, source, target).failure()

    assert isinstance(error, Invalid)
    assert named in error.message
    assert (world.sim.exchange.requests["convert"], fates(world)) == (0, [])


def test_units_that_a_stop_may_still_sell_are_not_converted(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    place_order_api(order(quantity=50, action="SELL", pricetype="SL-M", trigger_price=world.price("0.98")), world.auth)

    error = convert(world, 50).failure()

    assert "working orders may still close 50 of the 75 units held in SBIN MIS" in error.message
    assert convert(world, 25) == Success(Converted(50, 25))


def test_a_conversion_is_not_asked_for_while_the_position_is_unknown(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    world.sim.faults.add(Fault(FaultKind.SERVER_ERROR, on="dealer_positions", times=None))

    assert isinstance(convert(world).failure(), Unreadable)
    assert (world.sim.exchange.requests["convert"], nets(world)) == (0, (75, 0))


def test_a_conversion_whose_reply_is_lost_is_seen_in_the_position_book(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="convert"))

    assert convert(world) == Success(Converted(0, 75))
    assert world.sim.exchange.requests["convert"] == 1


def test_a_conversion_that_may_be_under_way_is_unknown_and_nothing_trades_upon_it(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_REQUEST_TIMEOUT="1.5") as world:
        place_order_api(order(quantity=75), world.auth)
        world.sim.faults.add(Fault(FaultKind.RESET, on="convert"))

        error = convert(world).failure()
        reply, body, _ = place_smartorder_api(smart(0), world.auth)

        assert isinstance(error, OutcomeUnknown)
        assert reply is not None
        assert (reply.status, world.sent(), nets(world)) == (502, 1, (75, 0))
        assert error.identifier in body["message"]
        assert {state for *_, state in fates(world)} == {IntentState.UNKNOWN}


@pytest.mark.parametrize("kind", [FaultKind.TOKEN_KILLED, FaultKind.RATE_LIMITED])
def test_a_conversion_that_was_provably_not_done_is_asked_for_again(world: World, kind: FaultKind) -> None:
    place_order_api(order(quantity=75), world.auth)
    world.sim.faults.add(Fault(kind, on="convert"))

    assert convert(world, 50) == Success(Converted(25, 50))
    assert (world.sim.exchange.requests["convert"], nets(world)) == (2, (25, 50))


def test_a_refused_conversion_is_told_in_the_broker_s_words(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    world.sim.faults.add(Fault(FaultKind.REFUSED, on="convert", code="e-portfolio-0002", text="No margin"))

    assert convert(world) == Failure(Rejected("No margin", "e-portfolio-0002"))
    assert {state for *_, state in fates(world)} == {IntentState.REJECTED}


def test_a_carried_position_is_converted_as_what_it_is(world: World) -> None:
    world.sim.exchange.carry_in(Slot(BOOKED_TO[AccountKind.PRO], "NRML", SBIN), 100, Decimal(800))

    assert convert(world, 40, Product.NRML, Product.CNC) == Success(Converted(60, 40))


@pytest.mark.parametrize("state", ["REDUCE", "HALT"])
def test_conversions_wait_while_new_risk_does(tmp_path: Path, state: str) -> None:
    with a_world(tmp_path, JAINAM_TRADING_STATE=state) as world:
        assert isinstance(convert(world).failure(), Blocked)


def test_a_rehearsed_conversion_passes_every_check_and_changes_nothing(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_DRY_RUN="true") as world:
        world.sim.exchange.carry_in(Slot(BOOKED_TO[AccountKind.PRO], "NRML", SBIN), 100, Decimal(800))

        assert convert(world, 101, Product.NRML, Product.MIS).failure().message.startswith("quantity 101 is above")
        assert convert(world, 40, Product.NRML, Product.MIS) == Success(Converted(None, None))
        assert (world.sim.exchange.requests["convert"], world.net(product="NRML")) == (0, 100)


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


def test_nothing_is_squared_off_by_the_broker_unless_somebody_wants_that(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    square_off = world.desk.native_square_off

    for outcome in (square_off.one(session(world), SBIN_MIS), square_off.all(session(world))):
        assert isinstance(outcome.failure(), Blocked)
        assert "JAINAM_NATIVE_SQUAREOFF" in outcome.failure().message
    assert world.net() == 75

    assert legs(square_off.one(session(world), SBIN_MIS, insist=True)) == {"SBIN": (LegState.CLOSED, 0)}


def test_the_emergency_close_never_uses_it(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_NATIVE_SQUAREOFF="true") as world:
        place_order_api(order(quantity=75), world.auth)

        close_all_positions("", world.auth)

        requests = world.sim.exchange.requests
        assert (requests["squareoff"], requests["squareoff_all"], world.net()) == (0, 0, 0)


def test_a_flat_account_has_nothing_to_square_off(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_NATIVE_SQUAREOFF="true") as world:
        square_off = world.desk.native_square_off

        assert square_off.one(session(world), SBIN_MIS) == Success(CloseReport(()))
        assert square_off.all(session(world)) == Success(CloseReport(()))
        assert world.sim.exchange.requests["squareoff_all"] == 0


def test_agreement_is_not_believed_before_the_book_is_flat(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_NATIVE_SQUAREOFF="true", JAINAM_REQUEST_TIMEOUT="1.5") as world:
        place_order_api(order(quantity=75), world.auth)
        world.sim.faults.add(Fault(FaultKind.RMS_REJECT, on="place", text="RMS: blocked"))

        outcome = world.desk.native_square_off.one(session(world), SBIN_MIS)

        assert legs(outcome) == {"SBIN": (LegState.UNKNOWN, 75)}
        assert not outcome.unwrap().is_flat
        assert fates(world) == [("SQUARE-OFF", "MIS", "SELL", 75, IntentState.UNKNOWN)]


def test_a_square_off_whose_reply_is_lost_is_seen_in_the_book(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_NATIVE_SQUAREOFF="true") as world:
        place_order_api(order(quantity=75), world.auth)
        world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="squareoff"))

        assert legs(world.desk.native_square_off.one(session(world), SBIN_MIS)) == {"SBIN": (LegState.CLOSED, 0)}
        assert world.sim.exchange.requests["squareoff"] == 1


def test_a_square_off_that_may_still_come_keeps_the_emergency_close_from_selling_twice(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_NATIVE_SQUAREOFF="true", JAINAM_REQUEST_TIMEOUT="1.5") as world:
        place_order_api(order(quantity=75), world.auth)
        world.sim.faults.add(Fault(FaultKind.RESET, on="squareoff"))

        outcome = world.desk.native_square_off.one(session(world), SBIN_MIS)
        body, status = close_all_positions("", world.auth)

        assert legs(outcome) == {"SBIN": (LegState.UNKNOWN, 75)}
        assert (status, body["data"][0]["state"], world.sent(), world.net()) == (502, "unknown", 1, 75)


def test_stops_that_square_off_all_leaves_behind_are_told(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_NATIVE_SQUAREOFF="true") as world:
        place_order_api(order(quantity=75), world.auth)
        stop = order(quantity=75, action="SELL", pricetype="SL-M", trigger_price=world.price("0.98"))
        place_order_api(stop, world.auth)

        report = world.desk.native_square_off.all(session(world)).unwrap()

        assert (report.legs[0].state, report.is_flat) == (LegState.CLOSED, False)
        assert report.problem == "orders that could open these positions again still work: 1"


def test_a_server_without_the_call_has_refused_it(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_NATIVE_SQUAREOFF="true") as world:
        place_order_api(order(quantity=75), world.auth)
        world.sim.faults.add(Fault(FaultKind.NOT_FOUND, on="squareoff_all"))

        outcome = world.desk.native_square_off.all(session(world))

        assert outcome == Failure(Rejected("this server has no square-off calls: it answered HTTP 404"))
        assert fates(world)[0][-1] is IntentState.REJECTED


def test_it_is_halted_like_every_order(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_NATIVE_SQUAREOFF="true", JAINAM_TRADING_STATE="HALT") as world:
        assert isinstance(world.desk.native_square_off.all(session(world)).failure(), Blocked)


def test_a_rehearsal_names_what_would_be_squared_off(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_NATIVE_SQUAREOFF="true", JAINAM_DRY_RUN="true") as world:
        world.sim.exchange.carry_in(Slot(BOOKED_TO[AccountKind.PRO], "NRML", SBIN), 100, Decimal(800))

        outcome = world.desk.native_square_off.all(session(world))

        assert legs(outcome) == {"SBIN": (LegState.SKIPPED, 100)}
        assert world.net(product="NRML") == 100
