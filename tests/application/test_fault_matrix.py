"""Every trouble on the way, with every verb: at most one order per intent, and the caller hears the truth.

The tables say what is heard (None for a success) where the exchange did it, the broker refused, nothing left, or nobody
can know ("may be live, do not resend"). A new order that was answered with "Request sent" and refused afterwards is
accepted, and the order book tells the rest; changes and cancels wait for the answer of the exchange.
"""

from dataclasses import replace
from typing import Final

import pytest
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.application.close_all.report import LegState
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.errors import BrokerError, NotSent, OutcomeUnknown, Rejected
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.positions.smart_order import NoTrade
from tests.application.trading import PACED_BROKER, Trader, error_of

BROKER: Final = PACED_BROKER
REFUSED: Final = "connect refused"
LATE_ARRIVAL: Final = "timeout before"
LATE_BOOK: Final = "late book"
DEAD_TOKEN: Final = "dead token"
ASYNC_REFUSAL: Final = "RMS rejection"
LATE_SECONDS: Final = 2.0
"""For how long a late book hides an order."""

_HERE: Final = "the endpoint of the case"
TROUBLES: Final[dict[str, Fault]] = {
    REFUSED: Fault(FaultKind.UNREACHABLE, on=_HERE, times=None),
    "reset before": Fault(FaultKind.RESET, on=_HERE),
    "reset after accept": Fault(FaultKind.RESET, on=_HERE, processed=True),
    LATE_ARRIVAL: Fault(FaultKind.HOLD, on=_HERE, processed=False, seconds=12.0),
    "timeout after accept": Fault(FaultKind.HOLD, on=_HERE, seconds=30.0),
    "HTML after accept": Fault(FaultKind.SERVER_ERROR, on=_HERE, processed=True),
    "bad JSON after accept": Fault(FaultKind.BAD_JSON, on=_HERE),
    "429": Fault(FaultKind.RATE_LIMITED, on=_HERE, times=2),
    DEAD_TOKEN: Fault(FaultKind.TOKEN_KILLED, on=_HERE),
    ASYNC_REFUSAL: Fault(FaultKind.RMS_REJECT, on=_HERE, text="RMS: margin exceeds"),
    LATE_BOOK: Fault(FaultKind.REPLY_LOST, on=_HERE),
}
"""Each strikes one endpoint once (a rate limit twice); refused connections last."""

PLACED: Final[dict[str, tuple[type[BrokerError] | None, int]]] = {
    REFUSED: (NotSent, 0),
    "reset before": (OutcomeUnknown, 0),
    "reset after accept": (None, 1),
    LATE_ARRIVAL: (OutcomeUnknown, 0),
    "timeout after accept": (None, 1),
    "HTML after accept": (None, 1),
    "bad JSON after accept": (None, 1),
    "429": (None, 1),
    DEAD_TOKEN: (None, 1),
    ASYNC_REFUSAL: (None, 1),
    LATE_BOOK: (None, 1),
}
"""A new order: the error, and how many orders the exchange holds."""

CHANGED: Final[dict[str, tuple[type[BrokerError] | None, bool]]] = {
    REFUSED: (NotSent, False),
    "reset before": (OutcomeUnknown, False),
    "reset after accept": (None, True),
    LATE_ARRIVAL: (OutcomeUnknown, False),
    "timeout after accept": (None, True),
    "HTML after accept": (None, True),
    "bad JSON after accept": (None, True),
    "429": (None, True),
    DEAD_TOKEN: (None, True),
    ASYNC_REFUSAL: (Rejected, False),
    LATE_BOOK: (None, True),
}
"""New terms: the error, and whether the exchange has them."""

CANCELLED: Final[dict[str, tuple[type[BrokerError] | None, OrderState]]] = {
    REFUSED: (NotSent, OrderState.NEW),
    "reset before": (None, OrderState.CANCELLED),
    "reset after accept": (None, OrderState.CANCELLED),
    LATE_ARRIVAL: (None, OrderState.CANCELLED),
    "timeout after accept": (None, OrderState.CANCELLED),
    "HTML after accept": (None, OrderState.CANCELLED),
    "bad JSON after accept": (None, OrderState.CANCELLED),
    "429": (None, OrderState.CANCELLED),
    DEAD_TOKEN: (None, OrderState.CANCELLED),
    ASYNC_REFUSAL: (Rejected, OrderState.REJECTED),
    LATE_BOOK: (None, OrderState.CANCELLED),
}
"""A cancel: the error, and the order's state. One that was lost on its way may safely be repeated, and is."""

CLOSED: Final[dict[str, tuple[LegState, int]]] = {
    REFUSED: (LegState.NOT_SENT, 10),
    "reset before": (LegState.CLOSED, 0),
    "reset after accept": (LegState.CLOSED, 0),
    LATE_ARRIVAL: (LegState.CLOSED, 0),
    "timeout after accept": (LegState.CLOSED, 0),
    "HTML after accept": (LegState.CLOSED, 0),
    "bad JSON after accept": (LegState.CLOSED, 0),
    "429": (LegState.CLOSED, 0),
    DEAD_TOKEN: (LegState.CLOSED, 0),
    ASYNC_REFUSAL: (LegState.REJECTED, 10),
    LATE_BOOK: (LegState.CLOSED, 0),
}
"""One leg of a close: the leg's state, and what the exchange still holds of it."""


def strike(trader: Trader, trouble: str, endpoint: str) -> None:
    """Let a trouble strike an endpoint; a broker that is gone stays so until it is asked to be back."""
    trader.exchange.faults.add(replace(TROUBLES[trouble], on=endpoint))


def hide_orders(trader: Trader, trouble: str) -> None:
    """Let the books hide the next order, where that is the trouble."""
    if trouble == LATE_BOOK:
        trader.strike(FaultKind.BOOK_DELAY, times=1, seconds=LATE_SECONDS)


def assert_heard(trader: Trader, error: type[BrokerError] | None, outcome: Result[object, BrokerError]) -> None:
    assert error_of(outcome) is error
    told = "" if is_successful(outcome) else outcome.failure().message
    assert ("Do not resend" in told) == (error is OutcomeUnknown)
    assert all(len(held) <= 1 for held in trader.per_identifier().values())


def assert_resolved(trader: Trader, trouble: str) -> None:
    """The journal knows the end of every intent, or lists it as unknown; what comes late is found."""
    unknown = trouble in {"reset before", LATE_ARRIVAL}
    assert len(trader.market.journal.open_entries()) == unknown
    if trouble == LATE_ARRIVAL:
        before = len(trader.orders())
        trader.clock.advance(30)
        assert len(trader.orders()) == before + 1
    resolution = trader.app.recovery.resolve(trader.session).unwrap()
    assert len(resolution.unknown) == (trouble == "reset before")
    assert all(len(held) <= 1 for held in trader.per_identifier().values())


@pytest.mark.parametrize("trouble", TROUBLES)
def test_place(trader: Trader, trouble: str) -> None:
    error, held = PLACED[trouble]
    strike(trader, trouble, "place")
    hide_orders(trader, trouble)

    outcome = trader.place()

    assert [str(one.order_id) for one in trader.orders()] == ([] if error else [outcome.unwrap().order_id])
    assert len(trader.orders()) == held
    assert_heard(trader, error, outcome)
    if trouble == ASYNC_REFUSAL:
        rows = trader.app.read_books.orders(trader.session).unwrap()
        assert [(row.state, row.reason) for row in rows] == [(OrderState.REJECTED, "RMS: margin exceeds")]
    assert_resolved(trader, trouble)
    assert trader.sent("login") == (2 if trouble == DEAD_TOKEN else 1)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_smart_order(trader: Trader, trouble: str) -> None:
    error, held = PLACED[trouble]
    strike(trader, trouble, "place")
    hide_orders(trader, trouble)

    outcome = trader.smart(10)

    assert len(trader.orders()) == held
    assert_heard(trader, error, outcome)
    assert trader.net() == (0 if trouble == ASYNC_REFUSAL else 10 * held)
    assert_resolved(trader, trouble)
    trader.exchange.faults.clear()
    repeated = trader.smart(10)
    was_there = is_successful(repeated) and isinstance(repeated.unwrap(), NoTrade)
    assert was_there == (trouble not in {REFUSED, "reset before", ASYNC_REFUSAL})
    assert trader.net() == (0 if trouble == "reset before" else 10)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_modify(trader: Trader, trouble: str) -> None:
    error, changed = CHANGED[trouble]
    hide_orders(trader, trouble)
    order_id = trader.rest("0.98")
    strike(trader, trouble, "modify")
    wanted = trader.price("0.97")

    outcome = trader.modify(order_id, pricetype="LIMIT", price=wanted)

    (held,) = trader.orders()
    assert (held.terms.price == wanted, held.state.is_working) == (changed, True)
    assert_heard(trader, error, outcome)
    trader.clock.advance(60)
    assert (len(trader.orders()), held.terms.price == wanted) == (1, changed or trouble == LATE_ARRIVAL)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_cancel(trader: Trader, trouble: str) -> None:
    error, state = CANCELLED[trouble]
    hide_orders(trader, trouble)
    if trouble == ASYNC_REFUSAL:
        strike(trader, trouble, "place")
    order_id = trader.rest("0.98")
    if trouble != ASYNC_REFUSAL:
        strike(trader, trouble, "cancel")

    outcome = trader.cancel(order_id)

    (held,) = trader.orders()
    assert held.state is state
    assert_heard(trader, error, outcome)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_one_leg_of_a_close(trader: Trader, trouble: str) -> None:
    state, remaining = CLOSED[trouble]
    trader.place()
    strike(trader, trouble, "place")
    hide_orders(trader, trouble)

    report = trader.close_all()

    (leg,) = report.legs
    assert (leg.state, report.is_flat, trader.net()) == (state, state is LegState.CLOSED, remaining)
    assert leg.remaining in {remaining, None}
    assert all(len(held) <= 1 for held in trader.per_identifier().values())
    assert trader.market.journal.open_entries() == ()


@pytest.mark.parametrize("trouble", [each for each in TROUBLES if each not in {REFUSED, ASYNC_REFUSAL, LATE_BOOK}])
def test_the_cancel_of_a_stop_before_a_close(trader: Trader, trouble: str) -> None:
    trader.place()
    trader.protect(10)
    strike(trader, trouble, "cancel")

    report = trader.close_all()
    trader.move("0.97")

    assert (report.is_flat, trader.net(), trader.exchange.working_orders()) == (True, 0, [])


def test_a_broker_that_is_back_in_a_moment_gets_the_order_once(trader: Trader) -> None:
    trader.market.broker.be_away(Timing().retries[0] / 2)

    outcome = trader.place()

    assert (error_of(outcome), len(trader.orders())) == (None, 1)


@pytest.mark.parametrize("silent", [True, False])
@pytest.mark.parametrize("moment", [0.0, 0.01, 0.03, 0.05, 0.07])
def test_a_broker_that_goes_in_the_middle_of_a_smart_order_gets_it_once_or_not_at_all(
    trader: Trader, moment: float, *, silent: bool
) -> None:
    trader.market.broker.be_away(30.0, after=moment, silent=silent)

    outcome = trader.smart(10)
    trader.clock.advance(60)

    assert len(trader.orders()) <= 1
    assert is_successful(outcome) <= (trader.net() == 10)
