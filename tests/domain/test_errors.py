"""Errors: each says what happened and, where there is one, what to do next."""

from typing import get_args

import pytest

from jainam_prop.domain.errors import (
    Blocked,
    BrokerError,
    Invalid,
    NotConfigured,
    NotSent,
    OutcomeUnknown,
    PartlyPlaced,
    RateLimited,
    Rejected,
    SessionExpired,
    SideEffects,
    Unconfirmed,
    Unreadable,
    may_be_repeated,
    root_cause,
)

CASES = [
    pytest.param(
        Invalid(("quantity is missing", "symbol is missing")), "quantity is missing; symbol is missing", id="invalid"
    ),
    pytest.param(Rejected("Margin exceeds"), "Margin exceeds", id="rejected"),
    pytest.param(
        Rejected("Invalid token", "e-session-0007"), "Invalid token (e-session-0007)", id="rejected-with-code"
    ),
    pytest.param(SessionExpired("Token expired"), "Session expired, log in again: Token expired", id="session-expired"),
    pytest.param(
        RateLimited("Too many calls", 2.0),
        "Rate limit reached, try again in a moment: Too many calls",
        id="rate-limited",
    ),
    pytest.param(
        NotSent("connection refused"),
        "The broker could not be reached and nothing was done, try again: connection refused",
        id="not-sent",
    ),
    pytest.param(Blocked("trading is halted"), "Not sent, held back: trading is halted", id="blocked"),
    pytest.param(
        OutcomeUnknown("read timed out", "jp0mmk4mv1loxyydezgf"),
        "Outcome unknown, the order may be live (identifier jp0mmk4mv1loxyydezgf). Do not resend; "
        "check the order book. read timed out",
        id="outcome-unknown",
    ),
    pytest.param(
        OutcomeUnknown("read timed out"),
        "Outcome unknown, the order may be live. Do not resend; check the order book. read timed out",
        id="outcome-unknown-without-identifier",
    ),
    pytest.param(
        Unconfirmed("the exchange has not answered", "11"),
        "Not confirmed yet: the exchange has not answered. Look at order 11 in the order book.",
        id="unconfirmed",
    ),
    pytest.param(
        PartlyPlaced(("11", "12"), 3600, 5025, Rejected("Margin exceeds")),
        "Only 3600 of 5025 units were placed, as 11, 12. Do not send the whole order again. Margin exceeds",
        id="partly-placed",
    ),
    pytest.param(
        PartlyPlaced(("11",), 1800, 5025, OutcomeUnknown("read timed out", "jp0mmk4mv1loxyydezgf")),
        "Only 1800 of 5025 units were placed, as 11. Do not send the whole order again. "
        "Outcome unknown, the order may be live (identifier jp0mmk4mv1loxyydezgf). Do not resend; "
        "check the order book. read timed out",
        id="partly-placed-and-one-slice-unknown",
    ),
    pytest.param(Unreadable("HTTP 500"), "Could not be read: HTTP 500", id="unreadable"),
    pytest.param(
        NotConfigured("Settings are missing", ("JAINAM_MARKET_API_KEY", "JAINAM_MARKET_API_SECRET")),
        "Settings are missing: JAINAM_MARKET_API_KEY, JAINAM_MARKET_API_SECRET",
        id="not-configured",
    ),
    pytest.param(NotConfigured("Settings contradict each other"), "Settings contradict each other", id="no-names"),
]


@pytest.mark.parametrize(("error", "message"), CASES)
def test_the_message_says_what_happened_and_what_to_do(error: BrokerError, message: str) -> None:
    assert error.message == message


def test_the_table_covers_every_kind_of_error() -> None:
    assert {type(case.values[0]) for case in CASES} == set(get_args(BrokerError))


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(OutcomeUnknown("lost", "jp1"), id="one-order"),
        pytest.param(PartlyPlaced(("11",), 75, 150, OutcomeUnknown("lost", "jp1")), id="a-slice"),
    ],
)
def test_an_unknown_outcome_never_invites_to_send_again(error: BrokerError) -> None:
    assert "Do not resend" in error.message
    assert "jp1" in error.message
    assert "try again" not in error.message


@pytest.mark.parametrize(
    ("error", "repeatable"),
    [
        pytest.param(NotSent("no connection"), True, id="never-left"),
        pytest.param(RateLimited("too many"), True, id="too-fast"),
        pytest.param(SessionExpired("dead"), True, id="dead-token"),
        pytest.param(Blocked("no turn"), True, id="held-back"),
        pytest.param(Rejected("margin"), False, id="refused"),
        pytest.param(OutcomeUnknown("lost"), False, id="perhaps-done"),
        pytest.param(Invalid(("quantity",)), False, id="wrong"),
        pytest.param(PartlyPlaced(("1",), 75, 150, NotSent("no connection")), True, id="the-rest-never-left"),
        pytest.param(PartlyPlaced(("1",), 75, 150, OutcomeUnknown("lost")), False, id="a-slice-is-perhaps-live"),
    ],
)
def test_only_what_provably_did_nothing_may_be_repeated(error: BrokerError, *, repeatable: bool) -> None:
    assert may_be_repeated(error) is repeatable


def test_the_root_cause_of_a_part_is_why_it_stopped() -> None:
    lost = OutcomeUnknown("lost")

    assert (root_cause(PartlyPlaced(("1",), 75, 150, lost)), root_cause(lost)) == (lost, lost)


@pytest.mark.parametrize(
    ("effects", "message"),
    [
        pytest.param(SideEffects(), "RMS: margin.", id="none"),
        pytest.param(
            SideEffects("Order 7, whose reply was lost, was found."),
            "RMS: margin. Order 7, whose reply was lost, was found.",
            id="another-order-lost-its-reply",
        ),
        pytest.param(
            SideEffects("The position has no stop now.", is_unprotected=True),
            "The position has no stop now. RMS: margin.",
            id="no-protection",
        ),
    ],
)
def test_what_a_request_did_besides_is_said_last_but_lost_protection_first(effects: SideEffects, message: str) -> None:
    assert Rejected("RMS: margin.", side_effects=effects).message == message


def test_side_effects_are_added_to_those_that_were_there() -> None:
    lost = SideEffects("The position has no stop now.", is_unprotected=True)

    assert lost.and_also("", "Order 7 was placed.") == SideEffects(
        "The position has no stop now. Order 7 was placed.", is_unprotected=True
    )
