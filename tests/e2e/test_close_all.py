"""The emergency exit against the exchange's own positions."""

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.entrypoints.openalgo.order_api import close_all_positions, place_order_api
from tests.e2e.world import RELIANCE, World, order


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
