"""MARKET on a key that the broker counts as algorithmic: refused, or sent once more with a limit."""

from decimal import Decimal
from pathlib import Path

import pytest

from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.application.close_all.report import CloseReport
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import OrderState, PriceType
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.openalgo.order_api import (
    close_all_positions,
    modify_order,
    place_order_api,
    place_smartorder_api,
)
from tests.e2e.world import RELIANCE, SBIN, World, a_world, order, smart

ONE_PER_CENT_ABOVE = Decimal("787.95")
"""SBIN last traded at 780.10; its tick is 0.05."""
REFUSED_WORDS = "Market order Or Price 0 is not allowed for ALGO enabled orders."


def flag_key(world: World) -> None:
    """Let the broker count the key as algorithmic from now on."""
    world.sim.faults.add(Fault(FaultKind.ALGO_KEY))


def hide_quotes(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.SERVER_ERROR, on="quotes", times=None))


def terms(world: World) -> list[tuple[PriceType, Decimal, int]]:
    """Return how every order that the exchange holds was priced, and how much of it has traded."""
    held = world.sim.exchange.all_orders()
    return [(one.terms.price_type, one.terms.price, one.filled) for one in held]


def fates(world: World) -> list[tuple[str, IntentState]]:
    """Return how each intent in the journal was priced and what became of it, oldest first."""
    return [(entry.intent.price_type, entry.state) for entry in reversed(world.desk.journal.recent())]


@pytest.mark.parametrize("account", list(AccountKind))
def test_a_refused_market_order_goes_once_more_with_a_limit(tmp_path: Path, account: AccountKind) -> None:
    with a_world(tmp_path, account, JAINAM_MARKET_FALLBACK="protected-limit") as world:
        flag_key(world)

        reply, _, order_id = place_order_api(order(), world.auth)

        assert (reply.status, world.sent(), world.net()) == (200, 2, 10)
        assert terms(world) == [(PriceType.LIMIT, ONE_PER_CENT_ABOVE, 10)]
        assert order_id == str(world.sim.exchange.all_orders()[0].order_id)
        assert fates(world) == [("MARKET", IntentState.REJECTED), ("LIMIT", IntentState.ACCEPTED)]


def test_a_sale_gets_a_limit_below_the_market(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="protected-limit", JAINAM_MARKET_PROTECTION_PERCENT="2") as world:
        flag_key(world)

        place_order_api(order(action="SELL"), world.auth)

        assert (terms(world), world.net()) == ([(PriceType.LIMIT, Decimal("764.45"), 10)], -10)


def test_switched_off_the_refusal_stands(world: World) -> None:
    flag_key(world)

    reply, body, order_id = place_order_api(order(), world.auth)

    assert (reply.status, order_id, world.sent(), terms(world)) == (400, None, 1, [])
    assert REFUSED_WORDS in body["message"]
    assert world.sim.exchange.requests["quotes"] == 0


def test_without_a_quote_the_refusal_stands(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="protected-limit") as world:
        flag_key(world)
        hide_quotes(world)

        reply, body, _ = place_order_api(order(), world.auth)

        assert (reply.status, world.sent(), terms(world)) == (400, 1, [])
        assert REFUSED_WORDS in body["message"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(FaultKind.REFUSED, on="place", code="e-orders-0009", text="Not today"), id="another-code"),
        pytest.param(Fault(FaultKind.REFUSED, on="place", code="e-orders-0002", text="Not today"), id="other-words"),
    ],
)
def test_any_other_refusal_stands(tmp_path: Path, fault: Fault) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="protected-limit") as world:
        world.sim.faults.add(fault)

        reply, _, _ = place_order_api(order(), world.auth)

        assert (reply.status, world.sent(), world.sim.exchange.requests["quotes"]) == (400, 1, 0)


def test_an_order_whose_reply_was_lost_is_found_and_not_sent_with_a_limit(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="protected-limit") as world:
        world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="place"))

        reply, _, _ = place_order_api(order(), world.auth)

        assert (reply.status, world.sent(), terms(world)[0][0]) == (200, 1, PriceType.MARKET)


def test_the_second_try_is_found_when_its_reply_is_lost(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="protected-limit") as world:
        flag_key(world)
        world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="place", skip=1))

        reply, _, _ = place_order_api(order(), world.auth)

        assert (reply.status, world.sent(), len(terms(world)), world.net()) == (200, 2, 1, 10)


def test_a_limit_that_is_refused_as_well_is_not_tried_a_third_time(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="protected-limit") as world:
        world.sim.faults.add(Fault(FaultKind.REFUSED, on="place", times=None, code="e-orders-0002", text=REFUSED_WORDS))

        reply, _, _ = place_order_api(order(), world.auth)

        assert (reply.status, world.sent(), terms(world)) == (400, 2, [])


def test_all_slices_of_a_refused_order_get_the_same_limit(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="protected-limit") as world:
        flag_key(world)
        future = world.nifty_future()
        assert future.largest_order is not None
        quantity = future.largest_order + future.lot_size

        reply, body, _ = place_order_api(
            order(symbol=future.symbol, exchange="NFO", product="NRML", quantity=quantity), world.auth
        )

        assert (reply.status, len(body["orderids"]), world.sent()) == (200, 2, 3)
        assert len({price for _, price, _ in terms(world)}) == 1


def test_a_smart_order_reaches_its_target_through_a_limit(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="protected-limit") as world:
        flag_key(world)

        place_smartorder_api(smart(75), world.auth)
        place_smartorder_api(smart(0), world.auth)

        assert (world.net(), world.sent()) == (0, 4)
        assert {kind for kind, *_ in terms(world)} == {PriceType.LIMIT}


def test_an_emergency_close_is_not_stranded_by_a_flagged_key(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="protected-limit") as world:
        place_order_api(order(quantity=75), world.auth)
        place_order_api(order(symbol="RELIANCE", action="SELL", quantity=30), world.auth)
        flag_key(world)

        body, status = close_all_positions("", world.auth)

        assert (status, world.net(), world.net(RELIANCE)) == (200, 0, 0)
        assert {leg["state"] for leg in body["data"]} == {"closed"}


def test_an_emergency_close_without_the_fallback_names_the_refusal(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    flag_key(world)

    body, status = close_all_positions("", world.auth)

    assert (status, world.net()) == (502, 75)
    assert REFUSED_WORDS in body["message"]


def test_what_the_limit_does_not_reach_is_told_and_an_exit_stays_in_the_market(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="protected-limit", JAINAM_REQUEST_TIMEOUT="1.5") as world:
        place_order_api(order(quantity=75), world.auth)
        flag_key(world)
        world.sim.exchange.set_levels(SBIN, bids=[(world.price("0.90"), 1000)], asks=[])

        body, status = close_all_positions("", world.auth)

        assert (status, world.net(), body["data"][0]["state"]) == (502, 75, "unknown")
        assert "still working" in body["data"][0]["reason"]
        assert [one.left for one in world.sim.exchange.working_orders()] == [75]


def test_a_limit_that_the_market_left_behind_is_taken_back_and_sent_at_the_price_of_the_moment(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="always", JAINAM_REQUEST_TIMEOUT="1.5") as world:
        place_order_api(order(quantity=75), world.auth)
        world.sim.exchange.set_levels(SBIN, bids=[], asks=[])

        def fall_once_the_first_is_taken_back(_report: CloseReport) -> None:
            if world.sent() == 2:
                world.sim.exchange.move(SBIN, world.price("0.95"))

        session = world.desk.keeper.session_for(world.auth).unwrap()
        report = world.desk.close_all_positions(session, progress=fall_once_the_first_is_taken_back).unwrap()

        _, first, second = world.sim.exchange.all_orders()
        assert (report.is_flat, world.net()) == (True, 0)
        assert (first.state, second.state) == (OrderState.CANCELLED, OrderState.FILLED)
        assert second.terms.price < first.terms.price


def test_always_sends_no_market_order_at_all(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="always") as world:
        place_order_api(order(quantity=75), world.auth)
        place_smartorder_api(smart(25), world.auth)
        _, status = close_all_positions("", world.auth)

        assert (status, world.net(), world.sent()) == (200, 0, 3)
        assert {kind for kind, *_ in terms(world)} == {PriceType.LIMIT}


def test_always_sends_nothing_without_a_price_and_says_so(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="always") as world:
        hide_quotes(world)

        reply, body, _ = place_order_api(order(), world.auth)

        assert (reply.status, world.sent()) == (409, 0)
        assert "no MARKET order without protection" in body["message"]


def test_always_leaves_orders_alone_that_have_a_price(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="always") as world:
        trigger = world.price("1.02")

        place_order_api(order(pricetype="LIMIT", price=world.price("0.98")), world.auth)
        place_order_api(order(pricetype="SL-M", trigger_price=trigger), world.auth)

        assert [kind for kind, *_ in terms(world)] == [PriceType.LIMIT, PriceType.SL_M]
        assert world.sim.exchange.requests["quotes"] == 0


def test_a_resting_order_turned_into_market_is_protected_too(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="always") as world:
        _, _, order_id = place_order_api(order(pricetype="LIMIT", price=world.price("0.98")), world.auth)

        body, status = modify_order(order() | {"orderid": order_id}, world.auth)

        (held,) = world.sim.exchange.all_orders()
        assert (status, body["orderid"], held.state) == (200, order_id, OrderState.FILLED)
        assert (held.terms.price_type, held.terms.price) == (PriceType.LIMIT, ONE_PER_CENT_ABOVE)


def test_a_change_to_market_that_is_refused_goes_once_more_with_a_limit(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="protected-limit") as world:
        _, _, order_id = place_order_api(order(pricetype="LIMIT", price=world.price("0.98")), world.auth)
        world.sim.faults.add(Fault(FaultKind.REFUSED, on="modify", code="e-orders-0002", text=REFUSED_WORDS))

        _, status = modify_order(order() | {"orderid": order_id}, world.auth)

        assert (status, world.sim.exchange.requests["modify"], world.net()) == (200, 2, 10)
