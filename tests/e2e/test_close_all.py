"""The emergency exit against the exchange's own positions."""

from decimal import Decimal
from pathlib import Path

from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.openalgo.order_api import close_all_positions, place_order_api
from tests.e2e.world import BOOKED_TO, RELIANCE, SBIN, World, a_world, order


def test_a_flat_account_is_flat(world: World) -> None:
    body, status = close_all_positions("", world.auth)

    assert (status, body["data"], world.sent()) == (200, [], 0)


def test_longs_and_shorts_are_closed_and_the_host_hears_its_own_words(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    place_order_api(order(symbol="RELIANCE", action="SELL", quantity=30), world.auth)

    body, status = close_all_positions("", world.auth)

    assert (status, body["message"]) == (200, "All Open Positions Squared Off")
    assert (world.net(), world.net(RELIANCE)) == (0, 0)


def test_one_refused_leg_is_named_and_the_rest_is_closed(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    place_order_api(order(symbol="RELIANCE", quantity=30), world.auth)
    refusal = Fault(FaultKind.RMS_REJECT, on="place", text="RMS: blocked", where={"exchangeInstrumentID": "2885"})
    world.sim.faults.add(refusal)

    body, status = close_all_positions("", world.auth)

    states = {leg["symbol"]: (leg["state"], leg["remaining"], leg["reason"]) for leg in body["data"]}
    assert status == 502
    assert states == {"SBIN": ("closed", 0, ""), "RELIANCE": ("rejected", 30, "RMS: blocked")}
    assert body["message"] == "1 of 2 positions closed; RELIANCE MIS rejected: RMS: blocked"


def test_a_contract_that_the_master_does_not_list_is_skipped_and_said(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    slot = Slot(BOOKED_TO[AccountKind.PRO], "NRML", world.unlisted())
    world.sim.exchange.carry_in(slot, 75, Decimal(10))

    body, status = close_all_positions("", world.auth)

    assert (status, world.net()) == (502, 0)
    assert {leg["state"] for leg in body["data"]} == {"closed", "skipped"}


def test_a_stop_that_cannot_be_cancelled_keeps_its_units(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    place_order_api(order(quantity=75, action="SELL", pricetype="SL-M", trigger_price=world.price("0.98")), world.auth)
    world.sim.faults.add(Fault(FaultKind.REFUSED, on="cancel", times=None, code="e-orders-0021", text="Not now"))

    body, status = close_all_positions("", world.auth)
    world.sim.exchange.move(SBIN, world.price("0.97"))

    assert (status, body["data"][0]["state"], world.net()) == (502, "unknown", 0)


def test_a_book_that_lags_is_not_sold_twice(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        place_order_api(order(quantity=75), world.auth)
        world.sim.faults.add(Fault(FaultKind.POSITION_LAG, on="place", seconds=1.0))

        first = close_all_positions("", world.auth)
        second = close_all_positions("", world.auth)

        assert (first[1], second[1], world.net()) == (200, 200, 0)


def test_what_a_thin_market_leaves_is_closed_in_a_second_pass(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    world.sim.exchange.set_levels(SBIN, bids=[(world.price("0.99"), 50)], asks=[])

    body, status = close_all_positions("", world.auth)

    assert world.net() >= 0
    assert status == 200 or body["data"][0]["state"] == "unknown"
