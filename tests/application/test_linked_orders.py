"""Cover and bracket orders against the exchange: sent once, found when the reply is lost, and plainly refused."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid, OutcomeUnknown, Rejected
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.linked_order import CoverIds
from jainam_prop.domain.orders.order import OrderState, PriceType, Side
from jainam_prop.domain.orders.ticket import read_bracket, read_bracket_change, read_ticket
from jainam_prop.domain.sessions.session import AccountKind
from tests.application.trading import SBIN, Trader, error_of

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


def cover(trader: Trader, **changes: str) -> Result[CoverIds, BrokerError]:
    return trader.app.cover_orders.place(trader.session, read_ticket(COVER | changes))


def bracket(trader: Trader, changes: Mapping[str, object] | None = None) -> Result[str, BrokerError]:
    return trader.app.bracket_orders.place(trader.session, read_bracket(BRACKET | dict(changes or {})))


def fate(trader: Trader) -> tuple[str, IntentState, str]:
    """Return product, state and order id of the latest intent."""
    entry = trader.market.journal.recent(1)[0]
    return entry.intent.product, entry.state, entry.order_id


@pytest.mark.parametrize("account", list(AccountKind))
def test_a_cover_order_enters_and_its_exit_ends_it(account: AccountKind) -> None:
    trader = Trader(account)
    ids = cover(trader).unwrap()
    entry, stop = trader.orders()

    assert ids == CoverIds(str(entry.order_id), str(stop.order_id))
    assert (entry.state, stop.terms.price_type, stop.terms.trigger) == (
        OrderState.FILLED,
        PriceType.SL_M,
        Decimal("770.00"),
    )
    assert (trader.net(product="CO"), fate(trader)) == (10, ("CO", IntentState.ACCEPTED, ids.entry))
    assert trader.app.cover_orders.exit(trader.session, ids.exit) == Success(ids.exit)
    assert trader.net(product="CO") == 0


def test_a_close_does_not_call_a_cover_order_held_that_has_ended(trader: Trader) -> None:
    ids = cover(trader).unwrap()
    held = [(leg.key.product, leg.remaining) for leg in trader.close_all().legs]
    trader.app.cover_orders.exit(trader.session, ids.exit)

    report = trader.close_all()

    assert held == [("CO", 10)]
    assert (report.is_flat, trader.net(product="CO")) == (True, 0)


@pytest.mark.parametrize("account", list(AccountKind))
def test_a_bracket_order_enters_with_its_exits_and_is_cancelled_by_its_entry(account: AccountKind) -> None:
    trader = Trader(account)
    entry_id = bracket(trader, RESTING).unwrap()
    entry, target, stop = trader.orders()

    assert (str(entry.order_id), entry.state) == (entry_id, OrderState.NEW)
    assert (target.terms.price, stop.terms.trigger) == (Decimal("783.00"), Decimal("771.00"))
    assert fate(trader) == ("BO", IntentState.ACCEPTED, entry_id)
    assert trader.app.bracket_orders.cancel(trader.session, entry_id) == Success(entry_id)
    assert trader.exchange.working_orders() == []


def test_of_a_filled_bracket_one_exit_ends_the_other(trader: Trader) -> None:
    bracket(trader)

    trader.exchange.move(SBIN, Decimal("789.00"))

    assert [one.state for one in trader.orders()] == [OrderState.FILLED, OrderState.FILLED, OrderState.CANCELLED]
    assert trader.net(product="BO") == 0


def test_a_bracket_is_modified_and_what_is_left_out_stays(trader: Trader) -> None:
    entry_id = bracket(trader, RESTING).unwrap()
    change = read_bracket_change({"price": "776.05", "stop_loss": "5"})

    outcome = trader.app.bracket_orders.modify(trader.session, entry_id, change)

    entry, target, stop = trader.orders()
    assert (outcome, entry.terms.quantity, entry.terms.price) == (Success(entry_id), 10, Decimal("776.05"))
    assert (target.terms.price, stop.terms.trigger) == (Decimal("784.05"), Decimal("771.05"))


@pytest.mark.parametrize("kind", [FaultKind.REPLY_LOST, FaultKind.BAD_JSON])
@pytest.mark.parametrize("account", list(AccountKind))
def test_a_bracket_whose_reply_is_lost_is_found_by_its_mark_and_never_sent_twice(
    account: AccountKind, kind: FaultKind
) -> None:
    trader = Trader(account)
    trader.strike(kind, "bracket_place")

    outcome = bracket(trader)

    assert outcome == Success(str(trader.orders()[0].order_id))
    assert (trader.sent("bracket_place"), trader.net(product="BO")) == (1, 10)
    assert fate(trader) == ("BO", IntentState.ACCEPTED, outcome.unwrap())


def test_both_numbers_of_a_cover_order_are_found_when_its_reply_is_lost(trader: Trader) -> None:
    trader.strike(FaultKind.REPLY_LOST, "cover_place")

    ids = cover(trader).unwrap()

    assert ids == CoverIds(*(str(one.order_id) for one in trader.orders()))
    assert trader.sent("cover_place") == 1


def test_a_bracket_that_no_book_shows_is_unknown_and_found_later(trader: Trader) -> None:
    trader.strike(FaultKind.REPLY_LOST, "bracket_place")
    trader.strike(FaultKind.BOOK_DELAY, seconds=60)

    error = bracket(trader, RESTING).failure()

    assert isinstance(error, OutcomeUnknown)
    assert error.identifier == trader.orders()[0].intake.identifier
    assert (fate(trader)[1], len(trader.orders())) == (IntentState.UNKNOWN, 3)

    for one in trader.orders():
        one.visible_at = one.placed_at
    assert trader.app.recovery.resolve(trader.session).unwrap().resolved == 1
    assert fate(trader) == ("BO", IntentState.RESOLVED, str(trader.orders()[0].order_id))


def test_a_bracket_that_was_never_carried_out_is_unknown_not_sent_again(trader: Trader) -> None:
    trader.strike(FaultKind.RESET, "bracket_place")

    error = bracket(trader).failure()

    assert (type(error), trader.sent("bracket_place"), trader.orders()) == (OutcomeUnknown, 1, [])
    assert "Do not resend" in error.message


def test_what_the_broker_rejects_afterwards_is_told_when_the_reply_was_lost(trader: Trader) -> None:
    trader.strike(FaultKind.REPLY_LOST, "bracket_place")
    trader.strike(FaultKind.RMS_REJECT, text="RMS: BO blocked")

    assert bracket(trader) == Failure(Rejected("RMS: BO blocked"))


@pytest.mark.parametrize("endpoint", ["cover_place", "bracket_place"])
def test_a_server_that_has_them_switched_off_says_so_at_once(trader: Trader, endpoint: str) -> None:
    trader.strike(FaultKind.REFUSED, endpoint, code="e-orders-0030", text="Product not allowed")

    outcome = cover(trader) if endpoint == "cover_place" else bracket(trader)

    assert outcome == Failure(Rejected("Product not allowed", "e-orders-0030"))
    assert (fate(trader)[1], trader.sent("dealer_order_book")) == (IntentState.REJECTED, 0)


@pytest.mark.parametrize("endpoint", ["cover_place", "bracket_place"])
def test_a_server_without_the_call_has_refused_it(trader: Trader, endpoint: str) -> None:
    trader.strike(FaultKind.NOT_FOUND, endpoint)

    outcome = cover(trader) if endpoint == "cover_place" else bracket(trader)

    assert error_of(outcome) is Rejected
    assert fate(trader)[1] is IntentState.REJECTED


def test_a_dead_token_is_renewed_and_the_bracket_sent_once(trader: Trader) -> None:
    trader.strike(FaultKind.TOKEN_KILLED, "bracket_place")

    assert bracket(trader) == Success(str(trader.orders()[0].order_id))
    assert (len(trader.orders()), trader.sent("bracket_place")) == (3, 2)


def test_a_bracket_that_came_too_fast_is_sent_again(trader: Trader) -> None:
    trader.strike(FaultKind.RATE_LIMITED, "bracket_place")

    assert bracket(trader) == Success(str(trader.orders()[0].order_id))
    assert len(trader.orders()) == 3


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
def test_bad_brackets_are_named_and_never_sent(trader: Trader, fields: dict[str, Any], named: str) -> None:
    error = bracket(trader, fields).failure()

    assert isinstance(error, Invalid)
    assert named in error.message
    assert (trader.sent("bracket_place"), trader.market.journal.recent()) == (0, ())


def test_a_cover_order_names_every_problem_at_once(trader: Trader) -> None:
    error = cover(trader, pricetype="SL", quantity="-1", trigger_price="0", exchange="NSEE").failure()

    for name in ("exchange", "pricetype SL is not offered", "quantity", "trigger_price must be above zero"):
        assert name in error.message


@pytest.mark.parametrize("state", ["REDUCE", "HALT"])
def test_linked_orders_open_risk_and_their_ends_do_not(state: str) -> None:
    trader = Trader(JAINAM_TRADING_STATE=state)
    assert isinstance(cover(trader).failure(), Blocked)
    assert isinstance(bracket(trader).failure(), Blocked)
    assert trader.orders() == []

    exit_outcome = trader.app.cover_orders.exit(trader.session, "42")
    cancel_outcome = trader.app.bracket_orders.cancel(trader.session, "42")
    assert isinstance(exit_outcome.failure(), Blocked if state == "HALT" else Rejected)
    assert isinstance(cancel_outcome.failure(), Rejected)


def test_a_dry_run_does_everything_but_send() -> None:
    trader = Trader(JAINAM_DRY_RUN="true")
    ids = cover(trader).unwrap()

    assert ids.entry.startswith("DRYRUN-")
    assert bracket(trader).unwrap().startswith("DRYRUN-")
    assert (trader.orders(), fate(trader)[1]) == ([], IntentState.NOT_SENT)


def test_a_market_cover_on_a_flagged_key_enters_with_a_limit() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="protected-limit")
    trader.strike(FaultKind.ALGO_KEY)

    ids = cover(trader, pricetype="MARKET", price="0").unwrap()

    entry, stop = trader.orders()
    assert (ids.entry, entry.terms.price, stop.terms.trigger) == (
        str(entry.order_id),
        Decimal("787.95"),
        Decimal("770.00"),
    )
    assert trader.sent("cover_place") == 2


@pytest.mark.parametrize("kind", [FaultKind.REPLY_LOST, FaultKind.SERVER_ERROR])
def test_the_lost_reply_of_a_cancel_is_made_up_for_by_the_book(trader: Trader, kind: FaultKind) -> None:
    entry_id = bracket(trader, RESTING).unwrap()
    trader.strike(kind, "bracket_cancel", processed=True)

    assert trader.app.bracket_orders.cancel(trader.session, entry_id) == Success(entry_id)


def test_a_cancel_that_never_arrived_is_unknown(trader: Trader) -> None:
    entry_id = bracket(trader, RESTING).unwrap()
    trader.strike(FaultKind.RESET, "bracket_cancel")

    assert isinstance(trader.app.bracket_orders.cancel(trader.session, entry_id).failure(), OutcomeUnknown)
    assert len(trader.exchange.working_orders()) == 3


def test_a_bracket_is_cancelled_although_its_book_cannot_be_read(trader: Trader) -> None:
    entry_id = bracket(trader, RESTING).unwrap()
    trader.strike(FaultKind.SERVER_ERROR, "dealer_order_book", times=None)

    assert trader.app.bracket_orders.cancel(trader.session, entry_id) == Success(entry_id)
    assert trader.exchange.working_orders() == []


def test_the_lost_reply_of_an_exit_is_made_up_for_by_the_book(trader: Trader) -> None:
    ids = cover(trader).unwrap()
    trader.strike(FaultKind.REPLY_LOST, "cover_exit")

    assert trader.app.cover_orders.exit(trader.session, ids.exit) == Success(ids.exit)
    assert trader.net(product="CO") == 0


def test_the_lost_reply_of_a_change_is_made_up_for_by_the_book(trader: Trader) -> None:
    entry_id = bracket(trader, RESTING).unwrap()
    trader.strike(FaultKind.REPLY_LOST, "bracket_modify")
    change = read_bracket_change({"quantity": "20", "stop_loss": "4"})

    assert trader.app.bracket_orders.modify(trader.session, entry_id, change) == Success(entry_id)
    assert trader.orders()[0].terms.quantity == 20


def test_a_change_of_the_stop_alone_cannot_be_seen_so_its_lost_reply_stays_unknown(trader: Trader) -> None:
    entry_id = bracket(trader, RESTING).unwrap()
    trader.strike(FaultKind.REPLY_LOST, "bracket_modify")
    change = read_bracket_change({"stop_loss": "6"})

    assert isinstance(trader.app.bracket_orders.modify(trader.session, entry_id, change).failure(), OutcomeUnknown)


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
    trader: Trader, entry_id: str | None, fields: dict[str, str], named: str
) -> None:
    known = bracket(trader, RESTING).unwrap()

    error = trader.app.bracket_orders.modify(trader.session, entry_id or known, read_bracket_change(fields)).failure()

    assert isinstance(error, Invalid)
    assert named in error.message
    assert trader.sent("bracket_modify") == 0


@pytest.mark.parametrize("kind", ["cover", "bracket"])
def test_an_entry_that_rests_is_cancelled_by_a_close(trader: Trader, kind: str) -> None:
    _ = cover(trader, **RESTING) if kind == "cover" else bracket(trader, RESTING)
    trader.place(quantity=20)

    report = trader.close_all()

    assert (report.is_flat, trader.left(), trader.exchange.working_orders()) == (True, {}, [])


def test_the_stop_of_a_cover_order_is_counted_as_its_exit(trader: Trader) -> None:
    ids = cover(trader).unwrap()
    trader.close_all()
    trader.move("0.95")

    report = trader.close_all()
    account = trader.app.close_all_positions.positions.states.of(trader.session)

    assert (report.message, trader.left()) == ("No open positions", {})
    assert {order.order_id: (order.side, order.filled) for order in account.orders()} == {
        ids.entry: (Side.BUY, 10),
        ids.exit: (Side.SELL, 10),
    }
