"""Every event in every state of a feed leads to one next state."""

from collections.abc import Callable
from typing import Final

import pytest

from jainam_prop.domain.market_data.backoff import BackoffRule
from jainam_prop.domain.market_data.feed_state import FeedMachine, FeedState, Step

RULE: Final = BackoffRule(first=1.0, longest=30.0, jitter=0.5, stable=60.0)
NEW: Final = FeedMachine.by(RULE)
CONNECTING: Final = NEW.choose(0.0, "t1")[0]
LIVE: Final = CONNECTING.joined(1.0, "t1")
SILENT: Final = LIVE.silent(70.0, "no price for 60 s")
DIED: Final = LIVE.refused(2.0, "t1", "Invalid Token")
REFUSED: Final = DIED.choose(2.5, "t1")[0].renewal_failed(3.0, "keys refused")
WAITING: Final = NEW.choose(0.0, None, "logged out on request")[0]
CLOSED: Final = LIVE.closed(3.0)
STATES: Final = {"connecting": CONNECTING, "live": LIVE, "silent": SILENT, "refused": REFUSED, "waiting": WAITING}

Event = Callable[[FeedMachine], FeedMachine]
EVENTS: Final[dict[str, Event]] = {
    "joined": lambda machine: machine.joined(100.0, "t2"),
    "ended": lambda machine: machine.ended(100.0, "connection reset"),
    "refused": lambda machine: machine.refused(100.0, "t2", "Invalid Token"),
    "renewal failed": lambda machine: machine.renewal_failed(100.0, "keys refused"),
    "silent": lambda machine: machine.silent(100.0, "quiet"),
    "heard": lambda machine: machine.heard(100.0),
    "faulted": lambda machine: machine.faulted(100.0, "KeyError"),
    "closed": lambda machine: machine.closed(100.0),
}
NEXT: Final = {
    "connecting": "live connecting refused refused connecting connecting connecting closed",
    "live": "live connecting refused refused silent live connecting closed",
    "silent": "live connecting refused refused silent live connecting closed",
    "refused": "live connecting refused refused refused refused connecting closed",
    "waiting": "live connecting refused refused waiting waiting connecting closed",
}
NAMES: Final = {"waiting": "waiting for login"}


@pytest.mark.parametrize(
    ("state", "event", "expected"),
    [
        pytest.param(state, event, expected, id=f"{state}-{event}")
        for state, row in NEXT.items()
        for event, expected in zip(EVENTS, row.split(), strict=True)
    ],
)
def test_an_event_leads_to_its_next_state(state: str, event: str, expected: str) -> None:
    assert EVENTS[event](STATES[state]).state == NAMES.get(expected, expected)


@pytest.mark.parametrize("event", EVENTS)
def test_nothing_follows_closed(event: str) -> None:
    assert EVENTS[event](CLOSED) == CLOSED
    assert CLOSED.choose(100.0, "t9") == (CLOSED, Step.STOP)


@pytest.mark.parametrize(
    ("machine", "token", "state", "step"),
    [
        pytest.param(NEW, "t1", FeedState.CONNECTING, Step.CONNECT, id="a-token"),
        pytest.param(NEW, None, FeedState.WAITING, Step.WAIT, id="no-session"),
        pytest.param(REFUSED, "t2", FeedState.CONNECTING, Step.CONNECT, id="refused-and-another-token"),
        pytest.param(DIED, "t1", FeedState.CONNECTING, Step.RENEW, id="refused-after-it-was-live"),
        pytest.param(REFUSED, "t1", FeedState.REFUSED, Step.WAIT, id="refused-and-not-renewed"),
        pytest.param(REFUSED, None, FeedState.WAITING, Step.WAIT, id="refused-and-logged-out"),
        pytest.param(
            CONNECTING.refused(2.0, "t1", "no"), "t1", FeedState.REFUSED, Step.WAIT, id="refused-and-never-live"
        ),
        pytest.param(WAITING, "t1", FeedState.CONNECTING, Step.CONNECT, id="logged-in-elsewhere"),
        pytest.param(LIVE.ended(2.0, "reset"), "t1", FeedState.CONNECTING, Step.CONNECT, id="dropped-with-a-token"),
    ],
)
def test_the_stored_token_decides_the_next_step(
    machine: FeedMachine, token: str | None, state: FeedState, step: Step
) -> None:
    chosen, taken = machine.choose(5.0, token, "logged out on request")

    assert (chosen.state, taken) == (state, step)


def test_a_renewal_is_tried_once_for_a_token_that_was_live() -> None:
    trying, step = DIED.choose(5.0, "t1")
    failed = trying.renewal_failed(6.0, "the keys were refused")

    assert step is Step.RENEW
    assert [machine.state for machine in (DIED, trying)] == [FeedState.CONNECTING] * 2
    assert failed.choose(7.0, "t1") == (failed, Step.WAIT)
    assert failed.reason == "the keys were refused"
    assert failed.choose(8.0, "t2")[1] is Step.CONNECT


def test_a_new_token_that_dies_may_be_renewed_again() -> None:
    renewed = DIED.choose(5.0, "t1")[0].choose(6.0, "t2")[0].joined(7.0, "t2").refused(8.0, "t2", "Invalid Token")

    assert renewed.choose(9.0, "t2")[1] is Step.RENEW


@pytest.mark.parametrize("end", [lambda m, now: m.ended(now, "abrupt"), lambda m, now: m.refused(now, "x", "dead")])
def test_a_connection_that_held_makes_the_next_wait_the_first_again(
    end: Callable[[FeedMachine, float], FeedMachine],
) -> None:
    machine, now = NEW, 0.0
    for _ in range(6):
        machine = machine.choose(now, "t1")[0].ended(now, "no connection")
    assert machine.pause(0.0) == 30.0

    held = machine.choose(now, "t1")[0].joined(now, "t1")

    assert end(held, now + 61.0).choose(now, "t3")[0].pause(0.0) == 1.0


def test_a_renewal_does_not_wait_for_the_pauses_between_attempts() -> None:
    machine = LIVE
    for moment in range(2, 8):
        machine = machine.ended(moment, "reset").choose(moment, "t1")[0]

    assert machine.pause(0.0) == 30.0
    assert machine.refused(9.0, "t1", "Invalid Token").pause(0.0) == 1.0


def test_waiting_for_a_token_looks_once_a_second() -> None:
    assert [machine.pause(0.5) for machine in (REFUSED, WAITING)] == [1.0, 1.0]


def test_no_token_shows_in_a_repr() -> None:
    assert "t1" not in repr(REFUSED.choose(1.0, "t1")[0])


def test_reasons_and_moments_are_kept() -> None:
    again = SILENT.silent(80.0, "no price for 70 s")

    assert (SILENT.since, again.since, again.reason) == (70.0, 70.0, "no price for 70 s")
    assert (LIVE.reason, LIVE.connections, NEW.faulted(1.0, "KeyError").faults) == ("", 1, 1)
