"""Cover and bracket orders against the exchange: sent once, found when the reply is lost, and plainly refused."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid, OutcomeUnknown, Rejected
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.linked_order import CoverIds
from jainam_prop.domain.orders.linked_ticket import read_bracket, read_bracket_change
from jainam_prop.domain.orders.order import OrderState, PriceType
from jainam_prop.domain.orders.ticket import read_ticket
from jainam_prop.domain.sessions.session import AccountKind, Session
from tests.e2e.world import SBIN, World, a_world

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
    return world.desk.keeper.session_for(world.auth).unwrap()


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


def test_of_a_filled_bracket_one_exit_ends_the_other(world: World) -> None:
    bracket(world)

    world.sim.exchange.move(SBIN, Decimal("789.00"))

    assert [one.state for one in held(world)] == [OrderState.FILLED, OrderState.FILLED, OrderState.CANCELLED]
    assert world.net(product="BO") == 0


def test_a_bracket_is_modified_and_what_is_left_out_stays(world: World) -> None:
    entry_id = bracket(world, RESTING).unwrap()
    change = read_bracket_change({"price": "776.05", "stop_loss": "5"})

    outcome = world.desk.bracket_orders.modify(session(world), entry_id, change)

    entry, target, stop = held(world)
    assert (outcome, entry.terms.quantity, entry.terms.price) == (Success(entry_id), 10, Decimal("776.05"))
    assert (target.terms.price, stop.terms.trigger) == (Decimal("784.05"), Decimal("771.05"))


@pytest.mark.parametrize("kind", [FaultKind.REPLY_LOST, FaultKind.BAD_JSON])
@pytest.mark.parametrize("account", list(AccountKind))
def test_a_bracket_whose_reply_is_lost_is_found_by_its_mark_and_never_sent_twice(
    tmp_path: Path, account: AccountKind, kind: FaultKind
) -> None:
    with a_world(tmp_path, account) as world:
        world.sim.faults.add(Fault(kind, on="bracket_place"))

        outcome = bracket(world)

        assert outcome == Success(str(held(world)[0].order_id))
        assert (world.sim.exchange.requests["bracket_place"], world.net(product="BO")) == (1, 10)
        assert fate(world) == ("BO", IntentState.ACCEPTED, outcome.unwrap())


def test_both_numbers_of_a_cover_order_are_found_when_its_reply_is_lost(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="cover_place"))

    ids = cover(world).unwrap()

    assert ids == CoverIds(*(str(one.order_id) for one in held(world)))
    assert world.sim.exchange.requests["cover_place"] == 1


def test_a_bracket_that_no_book_shows_is_unknown_and_found_later(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_REQUEST_TIMEOUT="1.5") as world:
        world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="bracket_place"))
        world.sim.faults.add(Fault(FaultKind.BOOK_DELAY, on="place", seconds=60))

        error = bracket(world, RESTING).failure()

        assert isinstance(error, OutcomeUnknown)
        assert error.identifier == held(world)[0].intake.identifier
        assert (fate(world)[1], len(held(world))) == (IntentState.UNKNOWN, 3)

        for one in held(world):
            one.visible_at = one.placed_at
        assert world.desk.recovery.resolve(session(world)).unwrap().resolved == 1
        assert fate(world) == ("BO", IntentState.RESOLVED, str(held(world)[0].order_id))


def test_a_bracket_that_was_never_carried_out_is_unknown_not_sent_again(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_REQUEST_TIMEOUT="1.5") as world:
        world.sim.faults.add(Fault(FaultKind.RESET, on="bracket_place"))

        error = bracket(world).failure()

        assert (type(error), world.sim.exchange.requests["bracket_place"], held(world)) == (OutcomeUnknown, 1, [])
        assert "Do not resend" in error.message


def test_what_the_broker_rejects_afterwards_is_told_when_the_reply_was_lost(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="bracket_place"))
    world.sim.faults.add(Fault(FaultKind.RMS_REJECT, on="place", text="RMS: BO blocked"))

    assert bracket(world) == Failure(Rejected("RMS: BO blocked"))


@pytest.mark.parametrize("endpoint", ["cover_place", "bracket_place"])
def test_a_server_that_has_them_switched_off_says_so_at_once(world: World, endpoint: str) -> None:
    world.sim.faults.add(Fault(FaultKind.REFUSED, on=endpoint, code="e-orders-0030", text="Product not allowed"))

    outcome = cover(world) if endpoint == "cover_place" else bracket(world)

    assert outcome == Failure(Rejected("Product not allowed", "e-orders-0030"))
    assert (fate(world)[1], world.sim.exchange.requests["dealer_order_book"]) == (IntentState.REJECTED, 0)


@pytest.mark.parametrize(("endpoint", "what"), [("cover_place", "cover orders"), ("bracket_place", "bracket orders")])
def test_a_server_without_the_call_has_refused_it(world: World, endpoint: str, what: str) -> None:
    world.sim.faults.add(Fault(FaultKind.NOT_FOUND, on=endpoint))

    outcome = cover(world) if endpoint == "cover_place" else bracket(world)

    assert outcome == Failure(Rejected(f"this server has no {what}: it answered HTTP 404"))


def test_a_dead_token_is_renewed_and_the_bracket_sent_once(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.TOKEN_KILLED, on="bracket_place"))

    assert bracket(world) == Success(str(held(world)[0].order_id))
    assert (len(held(world)), world.sim.exchange.requests["bracket_place"]) == (3, 2)


def test_a_bracket_that_came_too_fast_is_sent_again(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.RATE_LIMITED, on="bracket_place"))

    assert bracket(world) == Success(str(held(world)[0].order_id))
    assert len(held(world)) == 3


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        pytest.param({"price": "780.17"}, "off the tick", id="tick"),
        pytest.param({"quantity": "0"}, "quantity 0 must be above zero", id="quantity"),
        pytest.param({"target": "0"}, "target must be above zero", id="target"),
        pytest.param({"stop_loss": "x"}, "stop_loss 'x' is not a price", id="stop-loss"),
        pytest.param({"pricetype": "MARKET"}, "pricetype MARKET is not offered for a bracket order", id="market"),
        pytest.param({"symbol": "SBINN"}, "'SBINN' is not listed on NSE", id="symbol"),
    ],
)
def test_bad_brackets_are_named_and_never_sent(world: World, fields: dict[str, Any], named: str) -> None:
    error = bracket(world, fields).failure()

    assert isinstance(error, Invalid)
    assert named in error.message
    assert (world.sim.exchange.requests["bracket_place"], world.desk.journal.recent()) == (0, ())


def test_a_cover_order_names_every_problem_at_once(world: World) -> None:
    error = cover(world, pricetype="SL", quantity="-1", trigger_price="0", exchange="NSEE").failure()

    for name in ("exchange", "pricetype SL is not offered", "quantity", "trigger_price must be above zero"):
        assert name in error.message


@pytest.mark.parametrize("state", ["REDUCE", "HALT"])
def test_linked_orders_open_risk_and_their_ends_do_not(tmp_path: Path, state: str) -> None:
    with a_world(tmp_path, JAINAM_TRADING_STATE=state) as world:
        assert isinstance(cover(world).failure(), Blocked)
        assert isinstance(bracket(world).failure(), Blocked)
        assert held(world) == []

        exit_outcome = world.desk.cover_orders.exit(session(world), "42")
        cancel_outcome = world.desk.bracket_orders.cancel(session(world), "42")
        assert isinstance(exit_outcome.failure(), Blocked if state == "HALT" else Rejected)
        assert isinstance(cancel_outcome.failure(), Rejected)


def test_a_dry_run_does_everything_but_send(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_DRY_RUN="true") as world:
        ids = cover(world).unwrap()

        assert ids.entry.startswith("DRYRUN-")
        assert bracket(world).unwrap().startswith("DRYRUN-")
        assert (held(world), fate(world)[1]) == ([], IntentState.NOT_SENT)


def test_the_source_of_orders_is_named_only_when_it_is_set(tmp_path: Path) -> None:
    with a_world(tmp_path / "named", JAINAM_API_ORDER_SOURCE="desk7") as world:
        cover(world)
        bracket(world)
        assert {one.intake.source for one in held(world)} == {"desk7"}

    with a_world(tmp_path / "unnamed") as world:
        bracket(world)
        assert {one.intake.source for one in held(world)} == {""}


def test_a_market_cover_on_a_flagged_key_enters_with_a_limit(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_MARKET_FALLBACK="protected-limit") as world:
        world.sim.faults.add(Fault(FaultKind.ALGO_KEY))

        ids = cover(world, pricetype="MARKET", price="0").unwrap()

        entry, stop = held(world)
        assert (ids.entry, entry.terms.price, stop.terms.trigger) == (
            str(entry.order_id),
            Decimal("787.95"),
            Decimal("770.00"),
        )
        assert world.sim.exchange.requests["cover_place"] == 2


@pytest.mark.parametrize("kind", [FaultKind.REPLY_LOST, FaultKind.SERVER_ERROR])
def test_the_lost_reply_of_a_cancel_is_made_up_for_by_the_book(world: World, kind: FaultKind) -> None:
    entry_id = bracket(world, RESTING).unwrap()
    world.sim.faults.add(Fault(kind, on="bracket_cancel", processed=True))

    assert world.desk.bracket_orders.cancel(session(world), entry_id) == Success(entry_id)


def test_a_cancel_that_never_arrived_is_unknown(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_REQUEST_TIMEOUT="1.5") as world:
        entry_id = bracket(world, RESTING).unwrap()
        world.sim.faults.add(Fault(FaultKind.RESET, on="bracket_cancel"))

        assert isinstance(world.desk.bracket_orders.cancel(session(world), entry_id).failure(), OutcomeUnknown)
        assert len(world.sim.exchange.working_orders()) == 3


def test_a_bracket_is_cancelled_although_its_book_cannot_be_read(world: World) -> None:
    entry_id = bracket(world, RESTING).unwrap()
    world.sim.faults.add(Fault(FaultKind.SERVER_ERROR, on="dealer_order_book", times=None))

    assert world.desk.bracket_orders.cancel(session(world), entry_id) == Success(entry_id)
    assert world.sim.exchange.working_orders() == []


def test_the_lost_reply_of_an_exit_is_made_up_for_by_the_book(world: World) -> None:
    ids = cover(world).unwrap()
    world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="cover_exit"))

    assert world.desk.cover_orders.exit(session(world), ids.exit) == Success(ids.exit)
    assert world.net(product="CO") == 0


def test_the_lost_reply_of_a_change_is_made_up_for_by_the_book(world: World) -> None:
    entry_id = bracket(world, RESTING).unwrap()
    world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="bracket_modify"))
    change = read_bracket_change({"quantity": "20", "stop_loss": "4"})

    assert world.desk.bracket_orders.modify(session(world), entry_id, change) == Success(entry_id)
    assert held(world)[0].terms.quantity == 20


def test_a_change_of_the_stop_alone_cannot_be_seen_so_its_lost_reply_stays_unknown(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_REQUEST_TIMEOUT="1.5") as world:
        entry_id = bracket(world, RESTING).unwrap()
        world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="bracket_modify"))
        change = read_bracket_change({"stop_loss": "6"})

        assert isinstance(world.desk.bracket_orders.modify(session(world), entry_id, change).failure(), OutcomeUnknown)


@pytest.mark.parametrize(
    ("entry_id", "fields", "named"),
    [
        ("42", {"stop_loss": "4"}, "the order book does not show an order 42"),
        (None, {"price": "776"}, "stop_loss is missing"),
        (None, {"stop_loss": "4.02"}, "stop_loss 4.02 is off the tick"),
        (None, {"stop_loss": "4", "quantity": "1.5"}, "quantity '1.5' is not a whole number"),
    ],
)
def test_bad_changes_are_named_and_never_sent(
    world: World, entry_id: str | None, fields: dict[str, str], named: str
) -> None:
    known = bracket(world, RESTING).unwrap()

    error = world.desk.bracket_orders.modify(session(world), entry_id or known, read_bracket_change(fields)).failure()

    assert isinstance(error, Invalid)
    assert named in error.message
    assert world.sim.exchange.requests["bracket_modify"] == 0
