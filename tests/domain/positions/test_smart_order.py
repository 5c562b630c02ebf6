"""Smart orders: the next step, order by order, that takes a position to its target."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.orders.order import Side
from jainam_prop.domain.positions.position_state import PositionState, Urgency, WorkingOrder
from jainam_prop.domain.positions.smart_order import (
    ClearFirst,
    FlatTargetPolicy,
    NoTrade,
    SmartPlan,
    SmartRequest,
    StopSize,
    TargetTrade,
    is_reduction,
    plan_smart_order,
)
from tests.domain.samples import an_order

BUY, SELL = Side.BUY, Side.SELL
IMMEDIATE, RESTING, WAITING = Urgency
MARKET = SmartRequest(0)


def an_order_of(units: int, urgency: Urgency = RESTING, order_id: str = "7") -> WorkingOrder:
    return WorkingOrder(order_id, units, urgency)


def plan(net: int, target: int, *working: WorkingOrder, limit: bool = False, lot: int = 1) -> SmartPlan:
    """Plan for a MARKET order, or for one with a limit."""
    request = SmartRequest(target, lot, RESTING if limit else IMMEDIATE, trades_at_once=not limit)
    return plan_smart_order(PositionState(net, working=working), request)


def mirrored(step: SmartPlan) -> SmartPlan:
    """Exchange the sides of a step."""
    match step:
        case TargetTrade():
            return TargetTrade(step.side.opposite, step.quantity, step.reduces, step.odd_units)
        case ClearFirst():
            sizes = tuple(StopSize(turned(size.stop), size.units) for size in step.resizes)
            return ClearFirst(tuple(turned(each) for each in step.cancels), sizes, step.awaits, step.reduces)
        case NoTrade():
            return step


def turned(order: WorkingOrder) -> WorkingOrder:
    return WorkingOrder(order.order_id, -order.units, order.urgency)


@pytest.mark.parametrize(
    ("net", "target", "expected"),
    [
        pytest.param(0, 75, TargetTrade(BUY, 75, reduces=False), id="open-long"),
        pytest.param(0, -75, TargetTrade(SELL, 75, reduces=False), id="open-short"),
        pytest.param(75, 150, TargetTrade(BUY, 75, reduces=False), id="increase-long"),
        pytest.param(-75, -150, TargetTrade(SELL, 75, reduces=False), id="increase-short"),
        pytest.param(150, 75, TargetTrade(SELL, 75, reduces=True), id="reduce-long"),
        pytest.param(-150, -75, TargetTrade(BUY, 75, reduces=True), id="reduce-short"),
        pytest.param(75, 0, TargetTrade(SELL, 75, reduces=True), id="close-long"),
        pytest.param(-75, 0, TargetTrade(BUY, 75, reduces=True), id="close-short"),
        pytest.param(75, -75, TargetTrade(SELL, 150, reduces=False), id="reverse-long-to-short"),
        pytest.param(-75, 75, TargetTrade(BUY, 150, reduces=False), id="reverse-short-to-long"),
        pytest.param(75, 75, NoTrade("Position already 75"), id="no-change-long"),
        pytest.param(-75, -75, NoTrade("Position already -75"), id="no-change-short"),
        pytest.param(0, 0, NoTrade("Position already 0"), id="no-change-flat"),
    ],
)
def test_without_working_orders_the_held_position_decides(net: int, target: int, expected: SmartPlan) -> None:
    assert plan(net, target) == expected


TAKE_PROFIT, DIP = an_order_of(-100, order_id="1"), an_order_of(100, order_id="2")
STOP = an_order_of(-100, WAITING)


@pytest.mark.parametrize("is_mirrored", [False, True], ids=["long", "short"])
@pytest.mark.parametrize(
    ("net", "target", "working", "expected"),
    [
        pytest.param(100, 0, [TAKE_PROFIT], ClearFirst((TAKE_PROFIT,), reduces=True), id="exit-that-only-rests"),
        pytest.param(100, 0, [TAKE_PROFIT, DIP], ClearFirst((TAKE_PROFIT, DIP), reduces=True), id="exit-between-two"),
        pytest.param(0, 0, [TAKE_PROFIT, DIP], ClearFirst((TAKE_PROFIT, DIP), reduces=True), id="flat-between-two"),
        pytest.param(0, 100, [DIP], ClearFirst((DIP,), reduces=True), id="entry-that-only-rests"),
        pytest.param(100, 100, [TAKE_PROFIT], ClearFirst((TAKE_PROFIT,)), id="hold-but-an-exit-rests"),
        pytest.param(100, 100, [DIP], ClearFirst((DIP,), reduces=True), id="hold-but-an-increase-rests"),
        pytest.param(100, 50, [STOP], ClearFirst(resizes=(StopSize(STOP, 50),), reduces=True), id="stop-is-too-large"),
        pytest.param(50, 50, [STOP], ClearFirst(resizes=(StopSize(STOP, 50),)), id="stop-was-too-large-before"),
        pytest.param(100, 0, [STOP], ClearFirst((STOP,), reduces=True), id="stop-would-outlive-the-position"),
        pytest.param(100, -50, [STOP], ClearFirst((STOP,)), id="stop-would-outlive-the-side"),
        pytest.param(100, 100, [STOP], NoTrade("Position already 100"), id="stop-fits"),
        pytest.param(200, 100, [STOP], TargetTrade(SELL, 100, reduces=True), id="stop-fits-what-is-left"),
        pytest.param(100, 200, [STOP], TargetTrade(BUY, 100, reduces=False), id="stop-of-a-part-stays"),
        pytest.param(
            0,
            100,
            [an_order_of(100, WAITING)],
            ClearFirst((an_order_of(100, WAITING),), reduces=True),
            id="entry-that-waits-for-a-trigger",
        ),
        pytest.param(
            0,
            100,
            [an_order_of(100, IMMEDIATE)],
            NoTrade("Position 0 and working orders for +100 already reach 100"),
            id="entry-that-trades-now",
        ),
        pytest.param(
            0,
            0,
            [an_order_of(100, IMMEDIATE)],
            ClearFirst((an_order_of(100, IMMEDIATE),), reduces=True),
            id="entry-that-trades-now-and-is-not-wanted",
        ),
        pytest.param(
            0,
            50,
            [an_order_of(100, IMMEDIATE)],
            ClearFirst((an_order_of(100, IMMEDIATE),), reduces=True),
            id="entry-that-trades-now-and-is-too-large",
        ),
        pytest.param(100, 0, [an_order_of(-60, IMMEDIATE)], TargetTrade(SELL, 40, reduces=True), id="rest-of-the-exit"),
        pytest.param(
            100,
            0,
            [an_order_of(-100, IMMEDIATE, "9"), STOP],
            ClearFirst(awaits=("9",), reduces=True),
            id="exit-that-trades-now-and-a-stop",
        ),
    ],
)
def test_a_market_order_leaves_nothing_that_could_pass_the_target(
    net: int, target: int, working: list[WorkingOrder], expected: SmartPlan, *, is_mirrored: bool
) -> None:
    if not is_mirrored:
        assert plan(net, target, *working) == expected
        return
    step = plan(-net, -target, *(turned(order) for order in working))
    turned_back = mirrored(step)
    if isinstance(expected, NoTrade):
        assert isinstance(turned_back, NoTrade)
    else:
        assert turned_back == expected


@pytest.mark.parametrize(
    ("net", "target", "working", "expected"),
    [
        pytest.param(0, 75, [75], NoTrade("Position 0 and working orders for +75 already reach 75"), id="entry-rests"),
        pytest.param(0, 75, [30], TargetTrade(BUY, 45, reduces=False), id="rest-of-the-entry"),
        pytest.param(75, 0, [-75], NoTrade("Position 75 and working orders for -75 already reach 0"), id="exit-rests"),
        pytest.param(75, 0, [-30], TargetTrade(SELL, 45, reduces=True), id="rest-of-the-exit"),
        pytest.param(75, -75, [-75], TargetTrade(SELL, 75, reduces=False), id="the-rest-opens"),
        pytest.param(0, 50, [75], ClearFirst((an_order_of(75, order_id="0"),), reduces=True), id="more-than-wanted"),
        pytest.param(0, 75, [75, 75], ClearFirst((an_order_of(75, order_id="1"),), reduces=True), id="twice"),
        pytest.param(0, 75, [75, -75], ClearFirst((an_order_of(-75, order_id="1"),), reduces=True), id="both-sides"),
        pytest.param(
            0,
            0,
            [75, -75],
            ClearFirst((an_order_of(75, order_id="0"), an_order_of(-75, order_id="1")), reduces=True),
            id="flat-between-two",
        ),
    ],
)
def test_an_order_with_a_limit_counts_what_rests_and_does_not_pass_the_target(
    net: int, target: int, working: list[int], expected: SmartPlan
) -> None:
    orders = [an_order_of(units, order_id=str(index)) for index, units in enumerate(working)]

    assert plan(net, target, *orders, limit=True) == expected


@pytest.mark.parametrize("asked", [IMMEDIATE, RESTING, WAITING])
@pytest.mark.parametrize("works", [IMMEDIATE, RESTING, WAITING])
@pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
def test_an_order_counts_towards_the_target_unless_it_trades_later_than_the_one_asked_for(
    sign: int, works: Urgency, asked: Urgency
) -> None:
    order = an_order_of(sign * 75, works)

    step = plan_smart_order(PositionState(0, working=(order,)), SmartRequest(sign * 75, urgency=asked))

    reached = NoTrade(f"Position 0 and working orders for {sign * 75:+d} already reach {sign * 75}")
    assert step == (reached if works <= asked else ClearFirst((order,), reduces=True))


def test_an_exit_that_may_rest_leaves_the_stop() -> None:
    assert plan(100, 0, STOP, limit=True) == TargetTrade(SELL, 100, reduces=True)
    assert plan_smart_order(PositionState(100, working=(STOP,)), SmartRequest(0, trades_at_once=False)) == TargetTrade(
        SELL, 100, reduces=True
    )


def a_stop(units: int, trigger: str, order_id: str) -> WorkingOrder:
    return WorkingOrder(order_id, units, WAITING, row=an_order(order_id=order_id, trigger_price=Decimal(trigger)))


def test_of_several_stops_the_nearest_stay() -> None:
    far, near = a_stop(-50, "90", "far"), a_stop(-50, "95", "near")

    assert plan(100, 60, far, near) == ClearFirst(resizes=(StopSize(far, 10),), reduces=True)
    assert plan(100, 40, far, near) == ClearFirst((far,), (StopSize(near, 40),), reduces=True)
    assert plan(100, 100, far, near) == NoTrade("Position already 100")


@pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
@pytest.mark.parametrize(
    ("net", "target", "units", "odd"),
    [(75, 0, 65, 10), (150, 0, 130, 20), (1825, 0, 1820, 5), (75, 195, 65, 55), (75, 65, 0, 10), (10, 0, 0, 10)],
)
def test_an_odd_position_trades_whole_lots_and_names_the_rest(
    net: int, target: int, units: int, odd: int, sign: int
) -> None:
    step = plan(sign * net, sign * target, lot=65)

    if units:
        assert isinstance(step, TargetTrade)
        assert (step.quantity, step.odd_units) == (units, odd)
    else:
        assert isinstance(step, NoTrade)
        assert f"the {odd} units to {sign * target} are less than one lot of 65" in step.reason


def test_a_target_that_is_odd_itself_is_left_to_the_exchange_s_rules() -> None:
    assert plan(0, 70, lot=65) == TargetTrade(BUY, 70, reduces=False)


@pytest.mark.parametrize(
    ("net", "target", "quantity", "noop", "plain_order"),
    [
        pytest.param(0, 0, 75, NoTrade("Position already 0"), TargetTrade(SELL, 75, reduces=False), id="flat"),
        pytest.param(0, 0, 0, NoTrade("Position already 0"), NoTrade("Position already 0"), id="no-quantity"),
        pytest.param(75, 75, 75, NoTrade("Position already 75"), NoTrade("Position already 75"), id="held"),
    ],
)
def test_flat_with_a_quantity_means_what_the_policy_says(
    net: int, target: int, quantity: int, noop: SmartPlan, plain_order: SmartPlan
) -> None:
    for policy, expected in ((FlatTargetPolicy.NOOP, noop), (FlatTargetPolicy.PLAIN_ORDER, plain_order)):
        request = SmartRequest(target, side=SELL, quantity=quantity, policy=policy)
        assert plan_smart_order(PositionState(net), request) == expected


def test_what_was_cancelled_or_changed_is_named() -> None:
    assert NoTrade("Position already 0").message == "Position already 0. No action needed."
    assert NoTrade("Position already 0", ("7", "8")).message == "Position already 0, 2 orders cancelled (7, 8)."
    assert NoTrade("Position already 5", resized=("7",)).message == "Position already 5, 1 order made smaller (7)."


UNITS = st.integers(-300, 300)
ORDERS = st.lists(st.tuples(UNITS.filter(bool), st.sampled_from(Urgency)), max_size=5)


@given(net=UNITS, target=UNITS, orders=ORDERS, limit=st.booleans())
def test_when_a_plan_trades_or_rests_no_single_order_passes_the_target(
    net: int, target: int, orders: list[tuple[int, Urgency]], *, limit: bool
) -> None:
    working = tuple(WorkingOrder(str(index), units, urgency) for index, (units, urgency) in enumerate(orders))
    step = plan(net, target, *working, limit=limit)
    if isinstance(step, ClearFirst):
        return
    traded = step.side.sign * step.quantity if isinstance(step, TargetTrade) else 0
    held = net if limit else net + traded + sum(each.units for each in working if each.urgency is IMMEDIATE)
    singles = [held + each.units for each in working if limit or each.urgency is not IMMEDIATE]
    if limit and traded:
        singles.append(held + traded + sum(each.units for each in working if not each.protects(net)))
    low, high = min(held, target, 0), max(held, target, 0)

    assert all(low <= each <= high for each in singles)


@given(net=UNITS, target=UNITS, orders=ORDERS, limit=st.booleans())
def test_a_plan_is_carried_out_in_few_steps(
    net: int, target: int, orders: list[tuple[int, Urgency]], *, limit: bool
) -> None:
    working = tuple(WorkingOrder(str(index), units, urgency) for index, (units, urgency) in enumerate(orders))
    for _ in range(3):
        step = plan(net, target, *working, limit=limit)
        if not isinstance(step, ClearFirst):
            return
        gone = {each.order_id for each in step.cancels} | set(step.awaits)
        net += sum(each.units for each in working if each.order_id in step.awaits)
        sizes = {size.stop.order_id: size.units for size in step.resizes}
        working = tuple(
            WorkingOrder(
                each.order_id, sizes.get(each.order_id, abs(each.units)) * (1 if each.units > 0 else -1), each.urgency
            )
            for each in working
            if each.order_id not in gone
        )
    pytest.fail("the plan never ends")


@given(net=UNITS, change=UNITS)
def test_a_reduction_brings_a_position_nearer_to_flat_and_never_past_it(net: int, change: int) -> None:
    assert is_reduction(net, change) is (change != 0 and abs(net + change) < abs(net) and net * (net + change) >= 0)
