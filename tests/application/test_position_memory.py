"""What looks at a position teach about the next ones."""

from jainam_prop.application.books.position_memory import PositionMemory
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.positions.position_state import PositionState, carried_at_start
from tests.domain.samples import NIFTY_MIS, NIFTY_NRML, an_order
from tests.fakes.clock import A_MORNING


def recalled(key: PositionKey = NIFTY_NRML) -> PositionMemory:
    return PositionMemory(A_MORNING.date(), carried_at_start(key.product))


def look(net: int, *fills: int, listed: bool = True) -> PositionState:
    """A look at a position with these fills of today, in signed units."""
    age = 0.0 if fills else float("inf")
    return PositionState(net, sum(fills), sum(abs(fill) for fill in fills), fill_age=age, listed=listed)


def test_an_intraday_position_is_proven_by_its_fills_alone() -> None:
    memory = recalled(key=NIFTY_MIS)

    assert [memory.proves(look(75, 75)), memory.proves(look(0, 75)), memory.proves(look(0))] == [True, False, True]


def test_a_carried_position_is_proven_once_a_look_taught_what_was_carried() -> None:
    memory = recalled()
    before = memory.proves(look(150))
    memory.learn(look(150))

    assert (before, memory.carried) == (False, 150)
    assert [memory.proves(look(0, -150)), memory.proves(look(150, -150))] == [True, False]


def test_fills_that_cancel_out_prove_nothing_about_what_was_only_concluded() -> None:
    memory = recalled(key=NIFTY_MIS)
    memory.learn(look(75))  # the order book left out the purchase, so it looked carried

    assert not memory.proves(look(75, 75, -75))  # the sale is not in the position book yet
    assert not memory.proves(look(0, 75, -75))


def test_what_was_concluded_is_proven_by_a_position_that_moved_with_its_fills() -> None:
    memory = recalled()
    memory.learn(look(75))
    memory.learn(look(50, -25))

    assert memory.proves(look(75, -25, 25))


def test_an_order_book_that_shows_less_than_before_proves_nothing() -> None:
    memory = recalled(key=NIFTY_MIS)
    memory.quiet(look(75, 75), 100.0)

    assert not memory.proves(look(0))


def test_a_look_is_quiet_for_as_long_as_nothing_was_added() -> None:
    memory = recalled()

    assert memory.quiet(look(75), 100.0) == float("inf")
    assert memory.quiet(look(75, 25, -25), 100.0) == 0.0
    assert memory.quiet(look(75, 25, -25), 103.0) == 3.0
    assert memory.quiet(look(75, 25, -25, 1), 103.0) == 0.0


def test_an_order_that_worked_must_be_seen_to_end() -> None:
    memory = recalled()
    stop, ended = an_order(order_id="7"), an_order(order_id="7", state=OrderState.CANCELLED)
    memory.expect([stop])
    before = [memory.lacks([]), memory.lacks([stop]), memory.lacks([ended])]
    memory.expect([])
    still = memory.lacks([])
    memory.expect([ended])

    assert (before, still, memory.lacks([])) == ([True, False, False], True, False)
