"""Net positions from evidence: what was carried, what filled, and what a position book says of both."""

from collections.abc import Callable
from typing import Final

import pytest

from jainam_prop.domain.positions.net_position import SEVERAL, Doubtful, Exact, NetEvidence, Proof, Trust

Step = Callable[[NetEvidence], None]

UNPLACED: Final = "a fill may already have been in the carried units"
HIDDEN: Final = "the position book contains trades that the order book does not show"
AHEAD: Final = "the position book contains a fill that the order book does not show yet"
EARLY: Final = "orders filled before the carried units were known"


def book(net: int | None, at: float, times: int = 1, in_flight: tuple[int, int] = (0, 0)) -> Step:
    """Read the position book so many times, a second apart."""

    def read(evidence: NetEvidence) -> None:
        for index in range(times):
            evidence.see_book(net, at + index, in_flight)

    return read


def fill(units: int, after: float | None) -> Step:
    return lambda evidence: evidence.add_fill(units, happened_after=after)


CARRIED: Final = None
INTRADAY: Final = 0


@pytest.mark.parametrize(
    ("carried", "steps", "expected"),
    [
        pytest.param(CARRIED, [], Doubtful(None, None, "the position book has not been read yet"), id="not-read"),
        pytest.param(CARRIED, [book(50, 1)], Exact(50, Proof.BOTH_BOOKS), id="one-read-before-any-fill-settles"),
        pytest.param(
            CARRIED,
            [book(None, 1)],
            Doubtful(None, None, "the position book has not been read yet"),
            id="one-missing-row-settles-nothing",
        ),
        pytest.param(CARRIED, [book(None, 1), book(None, 2)], Exact(0, Proof.SETTLED), id="two-missing-rows-are-flat"),
        pytest.param(CARRIED, [book(50, 1), fill(10, 5)], Exact(60, Proof.FILLS), id="a-fill-needs-no-book"),
        pytest.param(
            CARRIED, [book(50, 1), fill(10, 5), book(50, 600, 600)], Exact(60, Proof.FILLS), id="a-book-behind-for-long"
        ),
        pytest.param(
            CARRIED, [book(50, 1), fill(10, 5), book(57, 6)], Exact(60, Proof.FILLS), id="a-book-with-part-of-a-fill"
        ),
        pytest.param(
            CARRIED, [book(50, 1), fill(10, 5), book(60, 6)], Exact(60, Proof.BOTH_BOOKS), id="a-book-that-agrees"
        ),
        pytest.param(
            CARRIED,
            [book(50, 1), fill(10, 5), book(60, 6), book(50, 7)],
            Exact(60, Proof.BOTH_BOOKS),
            id="a-book-that-goes-back",
        ),
        pytest.param(CARRIED, [book(50, 1), book(57, 2)], Doubtful(50, 57, HIDDEN), id="a-trade-that-no-order-shows"),
        pytest.param(
            CARRIED, [book(50, 1), book(57, 2, SEVERAL - 1)], Doubtful(50, 57, HIDDEN), id="shown-not-often-enough"
        ),
        pytest.param(
            CARRIED, [book(50, 1), book(57, 2, SEVERAL)], Exact(57, Proof.BOTH_BOOKS), id="the-same-in-several-reads"
        ),
        pytest.param(
            CARRIED,
            [book(50, 1), book(57, 2, SEVERAL - 1), fill(10, 90), book(67, 91)],
            Doubtful(60, 67, HIDDEN),
            id="a-fill-starts-the-count-anew",
        ),
        pytest.param(
            CARRIED,
            [book(50, 1), book(57, 2), fill(7, 30), book(57, 31)],
            Exact(57, Proof.BOTH_BOOKS),
            id="the-order-book-catches-up",
        ),
        pytest.param(
            CARRIED,
            [book(50, 1), book(57, 2, SEVERAL, in_flight=(0, 7))],
            Doubtful(50, 57, AHEAD),
            id="an-order-that-works-may-have-filled",
        ),
        pytest.param(
            CARRIED,
            [book(50, 1), fill(10, 0)],
            Doubtful(60, 50, UNPLACED),
            id="a-fill-of-about-the-moment-of-the-book",
        ),
        pytest.param(
            CARRIED,
            [book(50, 1), fill(10, None), book(60, 2)],
            Doubtful(60, 60, UNPLACED),
            id="one-agreement-may-be-chance",
        ),
        pytest.param(
            CARRIED,
            [book(50, 1), fill(10, None), book(60, 2, SEVERAL)],
            Exact(60, Proof.BOTH_BOOKS),
            id="the-fill-came-after",
        ),
        pytest.param(
            CARRIED,
            [book(50, 1), fill(10, None), book(50, 40, SEVERAL)],
            Exact(50, Proof.SETTLED),
            id="the-fill-was-in-the-book-already",
        ),
        pytest.param(
            CARRIED, [fill(10, 5), book(50, 1)], Exact(60, Proof.FILLS), id="a-first-book-from-before-the-fill"
        ),
        pytest.param(CARRIED, [fill(10, 5), book(50, 6)], Doubtful(None, 50, EARLY), id="a-first-book-after-a-fill"),
        pytest.param(
            CARRIED,
            [fill(10, 5), book(50, 40, SEVERAL)],
            Exact(50, Proof.BOTH_BOOKS),
            id="several-first-books-after-a-fill",
        ),
        pytest.param(
            CARRIED, [fill(10, 5), book(50, 906)], Exact(50, Proof.BOTH_BOOKS), id="a-first-book-long-after-a-fill"
        ),
        pytest.param(INTRADAY, [fill(10, None)], Exact(10, Proof.SETTLED), id="an-intraday-position-begins-at-zero"),
        pytest.param(
            INTRADAY,
            [fill(10, 5), fill(-10, 6), book(10, 7, 600)],
            Exact(0, Proof.FILLS),
            id="flat-though-the-book-lags-ten-minutes",
        ),
        pytest.param(
            INTRADAY,
            [fill(10, 5), book(-10, 6, 100)],
            Doubtful(10, -10, "the position book shows the opposite sign"),
            id="a-wrong-sign-never-settles",
        ),
        pytest.param(INTRADAY, [book(7, 6)], Exact(7, Proof.BOTH_BOOKS), id="an-intraday-trade-from-before-all-orders"),
    ],
)
def test_a_net_position_is_as_certain_as_the_evidence(
    carried: int | None, steps: list[Step], expected: Exact | Doubtful
) -> None:
    evidence = NetEvidence(carried=carried)
    for step in steps:
        step(evidence)

    assert evidence.position() == expected


@pytest.mark.parametrize(
    ("doubt", "units"),
    [
        pytest.param(Doubtful(10, 4, ""), 4, id="both-long"),
        pytest.param(Doubtful(-10, -14, ""), -10, id="both-short"),
        pytest.param(Doubtful(10, -10, ""), 0, id="opposite-signs"),
        pytest.param(Doubtful(10, 0, ""), 0, id="flat-by-one"),
        pytest.param(Doubtful(None, 50, ""), 0, id="carried-units-unknown"),
        pytest.param(Doubtful(50, None, ""), 0, id="no-book"),
        pytest.param(Doubtful(10, 10, "", reduced=-4), 6, id="the-book-may-lack-a-sale"),
        pytest.param(Doubtful(10, 10, "", reduced=-10), 0, id="the-book-may-lack-the-whole-close"),
    ],
)
def test_of_a_doubtful_position_only_what_both_figures_hold_may_be_closed(doubt: Doubtful, units: int) -> None:
    assert doubt.safe_to_close == units


@pytest.mark.parametrize(
    ("choice", "net"), [pytest.param(Trust.POSITIONS, 57, id="positions"), pytest.param(Trust.ORDERS, 50, id="orders")]
)
def test_a_person_ends_a_doubt_by_choosing_a_figure(choice: Trust, net: int) -> None:
    evidence = NetEvidence()
    evidence.see_book(50, 1.0)
    evidence.see_book(57, 2.0)

    assert evidence.trust(choice, 3.0) == Doubtful(50, 57, HIDDEN)
    evidence.see_book(57, 4.0)
    position = evidence.position()

    assert isinstance(position, Exact)
    assert (position.net, evidence.trust(choice, 5.0)) == (net, None)


def test_fast_reads_count_as_one() -> None:
    evidence = NetEvidence()
    evidence.see_book(50, 1.0)
    for index in range(10 * SEVERAL):
        evidence.see_book(57, 2.0 + index / 1000)

    assert evidence.position() == Doubtful(50, 57, HIDDEN)


def test_fills_learned_at_once_may_have_happened_in_any_order() -> None:
    evidence = NetEvidence(carried=0)
    evidence.add_fill(10, happened_after=5)
    evidence.add_fill(-5, happened_after=5)
    evidence.widen(0, [10, -5])
    evidence.see_book(-5, 6)

    assert evidence.position() == Exact(5, Proof.FILLS)


def test_what_another_process_settled_counts_with_the_fills_of_both_sides_of_that_moment() -> None:
    evidence = NetEvidence()
    evidence.add_fill(10, happened_after=3)
    evidence.add_fill(20, happened_after=9)
    evidence.settle(50, filled=10, at=5)
    evidence.see_book(60, 10)

    assert evidence.position() == Exact(80, Proof.FILLS)


def test_a_fill_that_the_settling_process_did_not_know_may_be_in_the_carried_units() -> None:
    evidence = NetEvidence()
    evidence.add_fill(10, happened_after=3)
    evidence.settle(50, filled=0, at=5)

    assert evidence.position() == Doubtful(60, None, UNPLACED)


def test_a_book_ahead_of_an_order_that_works_does_not_settle_an_intraday_position() -> None:
    evidence = NetEvidence(carried=0)
    evidence.see_book(-20, 1.0, in_flight=(-20, 0))
    doubtful = evidence.position()
    evidence.add_fill(-20, happened_after=0.5)
    evidence.see_book(-20, 3.0)

    assert (doubtful, evidence.position()) == (Doubtful(0, -20, AHEAD), Exact(-20, Proof.BOTH_BOOKS))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([book(0, 34), book(0, 35), book(0, 36)], (10, 0), id="three-reads-long-after-the-fill"),
        pytest.param([book(0, 34), book(0, 36)], None, id="two-reads"),
        pytest.param([book(0, 34), book(0, 34.2), book(0, 34.4)], None, id="three-reads-of-one-second"),
        pytest.param([book(0, 6), book(0, 20), book(0, 32)], None, id="a-book-that-may-be-late"),
        pytest.param([book(10, 6), book(0, 7), book(0, 8), book(0, 9)], (10, 0), id="a-book-that-had-shown-the-fill"),
        pytest.param([book(0, 34, 3), book(10, 40)], None, id="a-book-that-catches-up"),
        pytest.param([book(0, 34, 3), fill(5, 40)], None, id="another-fill"),
        pytest.param([book(0, 34, 3, in_flight=(-10, 0))], None, id="a-working-order-that-the-order-book-shows-late"),
        pytest.param([book(3, 34, 3)], None, id="a-doubtful-position"),
    ],
)
def test_an_earlier_figure_is_overdue_when_a_late_book_would_show_the_last_fill(
    steps: list[Step], expected: tuple[int, int] | None
) -> None:
    evidence = NetEvidence(carried=0)
    evidence.add_fill(10, happened_after=1.0, learned_at=3.0)
    for step in steps:
        step(evidence)

    overdue = evidence.overdue()

    assert (overdue and (overdue.by_fills, overdue.by_book)) == expected


def test_a_fill_is_as_old_as_its_stamp_and_not_as_the_read_that_showed_it() -> None:
    evidence = NetEvidence(carried=0)
    evidence.add_fill(10, happened_after=1.0, learned_at=100.0, stamped=5.0)
    evidence.see_book(0, 100.0)

    assert (evidence.overdue(1), evidence.overdue()) == (evidence.trust(Trust.ORDERS, 101.0), None)
    assert evidence.overdue(1) is None
    assert evidence.position() == Exact(10, Proof.FILLS)
