"""Intents of unknown outcome: settled by reads that could have shown them, never by time alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jainam_prop.domain.orders.journal import CLEARANCE, CONVERSION, REQUEST_ENDED, Intent, IntentState, JournalEntry
from jainam_prop.domain.orders.order import Order, OrderState
from jainam_prop.domain.positions.lost_orders import LostOrders, Settlement, UnresolvedOrder, changes_position
from tests.domain.orders.test_journal import NOON
from tests.domain.samples import a_request, an_order

MARK = "jp1"
ENDED = f"502. {REQUEST_ENDED}"
SHOWN = an_order(identifier=MARK)


def an_entry(note: str = "", state: IntentState = IntentState.UNKNOWN, **changes: object) -> JournalEntry:
    """Return an order of 75 units that was made, and given up, at noon."""
    intent = replace(Intent.of(a_request(identifier=MARK), NOON), **changes)  # type: ignore[arg-type]
    return JournalEntry(intent, state, "", note, NOON)


def wall_at(moment: float) -> datetime:
    return NOON + timedelta(seconds=moment)


def settled_by(entry: JournalEntry, reads: Sequence[float], orders: Sequence[Order] = ()) -> list[Settlement]:
    """Return what reads of an order book settle, which began so many seconds after noon."""
    lost = LostOrders()
    lost.take_in([entry], 0.0, NOON)
    return [each for began in reads for each in lost.see_orders(orders, began, wall_at)]


def outcomes(settled: Sequence[Settlement]) -> list[tuple[IntentState, str, str]]:
    return [(each.state, each.order_id, each.note) for each in settled]


@pytest.mark.parametrize(
    ("note", "reads", "how"),
    [
        pytest.param(ENDED, [14.9], None, id="ended-read-too-early"),
        pytest.param(ENDED, [15.0], "the order book read at 12:00:15 IST does not show it", id="ended"),
        pytest.param("silence", [5.0, 10.0, 14.9, 15.0, 16.0, 17.9], None, id="silence-not-long-enough"),
        pytest.param("silence", [15.0, 18.0], None, id="silence-not-often-enough"),
        pytest.param("silence", [600.0], None, id="silence-and-time-alone"),
        pytest.param(
            "silence",
            [15.0, 16.5, 18.0],
            "3 reads of the order book, from 12:00:15 to 12:00:18 IST, do not show it",
            id="silence",
        ),
    ],
)
def test_an_order_never_arrived_when_reads_that_could_have_shown_it_did_not(
    note: str, reads: list[float], how: str | None
) -> None:
    expected = [] if how is None else [(IntentState.NEVER_ARRIVED, "", how)]

    assert outcomes(settled_by(an_entry(note), reads)) == expected


@pytest.mark.parametrize(
    ("state", "early", "reads"),
    [
        pytest.param(IntentState.UNKNOWN, 14.9, [15.0, 16.5, 18.0], id="given-up"),
        pytest.param(IntentState.INTENDED, 74.9, [75.0, 76.5, 78.0], id="process-that-died"),
    ],
)
def test_what_a_clock_wrote_that_is_ahead_is_settled_as_soon_as_what_is_written_now(
    state: IntentState, early: float, reads: list[float]
) -> None:
    entry = an_entry(state=state, made_at=NOON + timedelta(hours=1))
    entry = replace(entry, changed_at=NOON + timedelta(hours=1))

    assert settled_by(entry, [early - 2.0, early - 1.0, early]) == []
    assert [each.state for each in settled_by(entry, reads)] == [IntentState.NEVER_ARRIVED]


def test_an_intent_of_a_process_that_died_waits_for_the_longest_a_sender_tries() -> None:
    entry = an_entry(state=IntentState.INTENDED)

    assert settled_by(entry, [20.0, 40.0, 74.9]) == []
    assert [each.state for each in settled_by(entry, [75.0, 77.0, 78.0])] == [IntentState.NEVER_ARRIVED]


@pytest.mark.parametrize(
    ("order", "state", "note"),
    [
        pytest.param(SHOWN, IntentState.RESOLVED, "New", id="working"),
        pytest.param(
            SHOWN._replace(state=OrderState.REJECTED, pending=0, reason="margin"),
            IntentState.REJECTED,
            "margin",
            id="refused",
        ),
    ],
)
@pytest.mark.parametrize("before", [IntentState.UNKNOWN, IntentState.INTENDED])
def test_an_order_that_a_book_shows_is_settled_at_once(
    order: Order, state: IntentState, note: str, before: IntentState
) -> None:
    assert outcomes(settled_by(an_entry(state=before), [0.5], [order])) == [(state, order.order_id, note)]


def test_an_order_that_shows_after_all_is_no_order_that_never_arrived() -> None:
    lost = LostOrders()
    lost.take_in([an_entry(ENDED)], 0.0, NOON)
    lost.see_orders([], 15.0, wall_at)

    assert outcomes(lost.see_orders([SHOWN], 40.0, wall_at)) == [(IntentState.RESOLVED, SHOWN.order_id, "New")]


def test_what_is_settled_is_not_taken_in_again_where_the_journal_could_not_be_written() -> None:
    lost = LostOrders()
    lost.take_in([an_entry(ENDED)], 0.0, NOON)
    before = lost.is_settled(an_entry(ENDED))
    lost.see_orders([], 15.0, wall_at)
    lost.take_in([an_entry(ENDED)], 16.0, NOON)

    assert (before, lost.is_settled(an_entry(ENDED)), lost.see_orders([], 40.0, wall_at)) == (False, True, [])


@pytest.mark.parametrize(
    ("note", "seconds", "is_waiting", "until"),
    [
        pytest.param(ENDED, 1.0, True, 15.0, id="searched"),
        pytest.param(ENDED, 3.0, False, 15.0, id="ended"),
        pytest.param("silence", 3.0, False, 18.0, id="silence"),
    ],
)
def test_an_unknown_order_says_when_it_is_settled(note: str, seconds: float, *, is_waiting: bool, until: float) -> None:
    order = LostOrders().unresolved(an_entry(note), wall_at(seconds))

    assert (order, order.is_waiting, order.until) == (UnresolvedOrder(MARK, 75), is_waiting, wall_at(until))


def conversion_settled_by(differences: Sequence[int | None], how: str = CONVERSION) -> list[Settlement]:
    """Return what position books settle, one a second, of which the first ended 15 seconds after noon."""
    lost = LostOrders()
    lost.take_in([an_entry(price_type=how)], 0.0, NOON)
    return [
        each
        for second, difference in enumerate(differences, 15)
        for each in lost.see_positions(lambda _: difference, float(second), wall_at)  # noqa: B023 (called at once)
    ]


def test_a_conversion_is_settled_by_the_position_book_that_shows_it_or_does_not() -> None:
    shown, absent = conversion_settled_by([0, 75, 75, 75]), conversion_settled_by([0] * 8)

    assert [(each.state, each.units) for each in shown] == [(IntentState.RESOLVED, 75)]
    assert outcomes(absent) == [
        (
            IntentState.NEVER_ARRIVED,
            "",
            "8 reads of the position book, from 12:00:15 to 12:00:22 IST, do not show it",
        )
    ]
    assert conversion_settled_by([0, None, 0, 75, 75, 0, 30, 0, 0, 0]) == []


def test_a_square_off_is_settled_once_the_books_agree_again() -> None:
    assert outcomes(conversion_settled_by([0] * 8, "SQUARE-OFF")) == [
        (IntentState.RESOLVED, "", "both books agree again")
    ]


def test_no_order_book_settles_a_conversion() -> None:
    assert settled_by(an_entry(ENDED, price_type=CONVERSION), [100.0]) == []


def test_cancels_that_were_recorded_change_no_position() -> None:
    assert [changes_position(an_entry(price_type=how)) for how in (CLEARANCE, CONVERSION, "MARKET")] == [
        False,
        True,
        True,
    ]
