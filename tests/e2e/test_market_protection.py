"""MARKET on a key that the broker counts as algorithmic: refused, or sent once more with a limit."""

from decimal import Decimal
from pathlib import Path

import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import PriceType
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.openalgo.order_api import (
    close_all_positions,
    place_order_api,
)
from tests.e2e.world import RELIANCE, World, a_world, order

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


def test_switched_off_the_refusal_stands(world: World) -> None:
    flag_key(world)

    reply, body, order_id = place_order_api(order(), world.auth)

    assert (reply.status, order_id, world.sent(), terms(world)) == (400, None, 1, [])
    assert REFUSED_WORDS in body["message"]
    assert world.sim.exchange.requests["quotes"] == 0


def test_an_emergency_close_is_not_stranded_by_a_flagged_key(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="protected-limit") as world:
        place_order_api(order(quantity=75), world.auth)
        place_order_api(order(symbol="RELIANCE", action="SELL", quantity=30), world.auth)
        flag_key(world)

        body, status = close_all_positions("", world.auth)

        assert (status, world.net(), world.net(RELIANCE)) == (200, 0, 0)
        assert {leg["state"] for leg in body["data"]} == {"closed"}
