"""Smart orders: one trade, or none, takes the effective position to its target."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.orders.order import Side
from jainam_prop.domain.positions.smart_order import (
    ClearFirst,
    Exposure,
    FlatTargetPolicy,
    NoTrade,
    SmartPlan,
    Trade,
    is_reduction,
    plan_smart_order,
)

BUY, SELL = Side.BUY, Side.SELL
UNITS = st.integers(-10_000, 10_000)
POLICIES = st.sampled_from(FlatTargetPolicy)
SIDES = st.sampled_from(Side)
QUANTITIES = st.integers(0, 10_000)


def _plan(net: int, in_flight: int, target: int, protective_stops: int = 0) -> SmartPlan:
    return plan_smart_order(Exposure(net, in_flight, protective_stops), target, side=BUY, quantity=75)


def _clear(*, reduces: bool, intent: bool = True, protective_stops: bool = False) -> ClearFirst:
    return ClearFirst(intent=intent, protective_stops=protective_stops, reduces=reduces)


def _change(plan: SmartPlan) -> int:
    return plan.side.sign * plan.quantity if isinstance(plan, Trade) else 0


@pytest.mark.parametrize(
    ("net", "target", "plan"),
    [
        pytest.param(0, 75, Trade(BUY, 75, reduces=False), id="open-long"),
        pytest.param(0, -75, Trade(SELL, 75, reduces=False), id="open-short"),
        pytest.param(0, 1, Trade(BUY, 1, reduces=False), id="open-long-by-a-single-unit"),
        pytest.param(0, -1, Trade(SELL, 1, reduces=False), id="open-short-by-a-single-unit"),
        pytest.param(75, 150, Trade(BUY, 75, reduces=False), id="increase-long"),
        pytest.param(-75, -150, Trade(SELL, 75, reduces=False), id="increase-short"),
        pytest.param(150, 75, Trade(SELL, 75, reduces=True), id="reduce-long"),
        pytest.param(-150, -75, Trade(BUY, 75, reduces=True), id="reduce-short"),
        pytest.param(75, 0, Trade(SELL, 75, reduces=True), id="close-long"),
        pytest.param(-75, 0, Trade(BUY, 75, reduces=True), id="close-short"),
        pytest.param(75, -75, Trade(SELL, 150, reduces=False), id="reverse-long-to-short"),
        pytest.param(-75, 75, Trade(BUY, 150, reduces=False), id="reverse-short-to-long"),
        pytest.param(75, 75, NoTrade("Position already 75"), id="no-change-long"),
        pytest.param(-75, -75, NoTrade("Position already -75"), id="no-change-short"),
        pytest.param(0, 0, NoTrade("Position already 0"), id="no-change-flat"),
    ],
)
def test_without_working_orders_the_held_position_decides(net: int, target: int, plan: SmartPlan) -> None:
    assert _plan(net, 0, target) == plan


def test_nothing_is_in_flight_unless_it_is_said() -> None:
    assert (Exposure(75), Exposure(75, -30).effective) == (Exposure(75, 0), 45)


@pytest.mark.parametrize(
    ("net", "in_flight", "target", "plan"),
    [
        pytest.param(
            0,
            75,
            75,
            NoTrade("Position 0 and working orders for +75 already reach 75"),
            id="open-long-entry-rests-already",
        ),
        pytest.param(
            0,
            -75,
            -75,
            NoTrade("Position 0 and working orders for -75 already reach -75"),
            id="open-short-entry-rests-already",
        ),
        pytest.param(0, 30, 75, Trade(BUY, 45, reduces=False), id="open-long-rest-of-the-entry"),
        pytest.param(0, -30, -75, Trade(SELL, 45, reduces=False), id="open-short-rest-of-the-entry"),
        pytest.param(30, 45, 75, NoTrade("Position 30 and working orders for +45 already reach 75"), id="part-filled"),
        pytest.param(75, 25, 150, Trade(BUY, 50, reduces=False), id="increase-long-by-what-is-missing"),
        pytest.param(-75, -25, -150, Trade(SELL, 50, reduces=False), id="increase-short-by-what-is-missing"),
        pytest.param(150, -50, 75, Trade(SELL, 25, reduces=True), id="reduce-long-by-what-is-missing"),
        pytest.param(-150, 50, -75, Trade(BUY, 25, reduces=True), id="reduce-short-by-what-is-missing"),
        pytest.param(
            75, -75, 0, NoTrade("Position 75 and working orders for -75 already reach 0"), id="close-long-exit-rests"
        ),
        pytest.param(
            -75, 75, 0, NoTrade("Position -75 and working orders for +75 already reach 0"), id="close-short-exit-rests"
        ),
        pytest.param(75, -30, 0, Trade(SELL, 45, reduces=True), id="close-long-rest-of-the-exit"),
        pytest.param(-75, 30, 0, Trade(BUY, 45, reduces=True), id="close-short-rest-of-the-exit"),
        pytest.param(75, -75, -75, Trade(SELL, 75, reduces=False), id="reverse-long-exit-rests-so-the-rest-opens"),
        pytest.param(-75, 75, 75, Trade(BUY, 75, reduces=False), id="reverse-short-exit-rests-so-the-rest-opens"),
        pytest.param(
            75,
            -150,
            -75,
            NoTrade("Position 75 and working orders for -150 already reach -75"),
            id="reverse-long-all-rests",
        ),
        pytest.param(75, -75, 75, _clear(reduces=False), id="hold-long-but-an-exit-rests"),
        pytest.param(150, 75, 150, _clear(reduces=True), id="hold-long-but-an-increase-rests"),
        pytest.param(-150, -75, -150, _clear(reduces=True), id="hold-short-but-an-increase-rests"),
        pytest.param(75, 75, 0, _clear(reduces=True), id="close-long-but-an-increase-rests"),
        pytest.param(0, 75, 50, _clear(reduces=True), id="open-long-but-more-rests-than-is-wanted"),
        pytest.param(0, -75, 75, _clear(reduces=True), id="open-long-but-a-short-entry-rests"),
        pytest.param(0, 75, 0, _clear(reduces=True), id="stay-flat-but-an-entry-rests"),
    ],
)
def test_working_orders_count_as_traded_or_go_first(net: int, in_flight: int, target: int, plan: SmartPlan) -> None:
    assert _plan(net, in_flight, target) == plan


@pytest.mark.parametrize(
    ("net", "in_flight", "protective_stops", "target", "plan"),
    [
        pytest.param(75, 0, -75, 0, _clear(intent=False, protective_stops=True, reduces=True), id="close-long"),
        pytest.param(-75, 0, 75, 0, _clear(intent=False, protective_stops=True, reduces=True), id="close-short"),
        pytest.param(75, 0, -75, -75, _clear(intent=False, protective_stops=True, reduces=False), id="reverse-long"),
        pytest.param(
            75, 75, -75, 0, _clear(protective_stops=True, reduces=True), id="close-long-but-an-increase-rests-too"
        ),
        pytest.param(
            75, -25, -75, 0, _clear(intent=False, protective_stops=True, reduces=True), id="part-of-the-exit-rests"
        ),
        pytest.param(150, 0, -75, 75, Trade(SELL, 75, reduces=True), id="reduce-long-and-it-still-protects"),
        pytest.param(75, 0, -75, 150, Trade(BUY, 75, reduces=False), id="increase-long-and-it-still-protects"),
        pytest.param(75, 0, -75, 75, NoTrade("Position already 75"), id="hold-long"),
        pytest.param(
            75,
            -75,
            -75,
            0,
            NoTrade("Position 75 and working orders for -75 already reach 0"),
            id="until-the-resting-exit-trades-it-protects",
        ),
    ],
)
def test_stops_that_would_outlive_the_position_go_before_it(
    net: int, in_flight: int, protective_stops: int, target: int, plan: SmartPlan
) -> None:
    assert _plan(net, in_flight, target, protective_stops) == plan


@pytest.mark.parametrize(
    ("net", "in_flight", "target", "quantity", "side", "noop", "openalgo"),
    [
        pytest.param(
            0,
            0,
            0,
            75,
            SELL,
            NoTrade("Position already 0"),
            Trade(SELL, 75, reduces=False),
            id="flat-target-zero-quantity-given-is-where-they-differ",
        ),
        pytest.param(
            0,
            0,
            0,
            75,
            BUY,
            NoTrade("Position already 0"),
            Trade(BUY, 75, reduces=False),
            id="the-side-is-the-request's",
        ),
        pytest.param(
            0,
            0,
            0,
            1,
            BUY,
            NoTrade("Position already 0"),
            Trade(BUY, 1, reduces=False),
            id="a-single-unit-is-a-quantity",
        ),
        pytest.param(
            0, 0, 0, 0, SELL, NoTrade("Position already 0"), NoTrade("Position already 0"), id="without-a-quantity"
        ),
        pytest.param(
            75,
            0,
            0,
            75,
            SELL,
            Trade(SELL, 75, reduces=True),
            Trade(SELL, 75, reduces=True),
            id="a-real-exit-is-the-same",
        ),
        pytest.param(
            75, 0, 75, 75, BUY, NoTrade("Position already 75"), NoTrade("Position already 75"), id="target-held"
        ),
        pytest.param(
            75,
            -75,
            0,
            75,
            SELL,
            NoTrade("Position 75 and working orders for -75 already reach 0"),
            NoTrade("Position 75 and working orders for -75 already reach 0"),
            id="not-flat-yet-though-an-exit-rests",
        ),
    ],
)
def test_the_policies_differ_only_for_a_flat_account_with_target_zero(
    net: int, in_flight: int, target: int, quantity: int, side: Side, noop: SmartPlan, openalgo: SmartPlan
) -> None:
    exposure = Exposure(net, in_flight)

    plans = {
        policy: plan_smart_order(exposure, target, side=side, quantity=quantity, policy=policy)
        for policy in FlatTargetPolicy
    }

    assert plans == {FlatTargetPolicy.NOOP: noop, FlatTargetPolicy.PLAIN_ORDER: openalgo}


@given(UNITS, UNITS, UNITS, SIDES, QUANTITIES)
def test_trading_the_plan_takes_the_effective_position_to_the_target(
    net: int, in_flight: int, target: int, side: Side, quantity: int
) -> None:
    exposure = Exposure(net, in_flight)

    plan = plan_smart_order(exposure, target, side=side, quantity=quantity)

    gap = target - exposure.effective
    assert isinstance(plan, ClearFirst) is (gap * in_flight < 0)
    assert isinstance(plan, NoTrade) is (gap == 0)
    assert isinstance(plan, ClearFirst) or exposure.effective + _change(plan) == target


@given(UNITS, UNITS, UNITS)
def test_a_trade_never_goes_against_an_order_under_way(net: int, in_flight: int, target: int) -> None:
    assert _change(_plan(net, in_flight, target)) * in_flight >= 0


@given(UNITS, UNITS, SIDES, QUANTITIES, POLICIES)
def test_a_repeated_signal_trades_nothing_while_the_first_order_works(
    net: int, target: int, side: Side, quantity: int, policy: FlatTargetPolicy
) -> None:
    def plan(in_flight: int) -> SmartPlan:
        exposure = Exposure(net, in_flight)
        return plan_smart_order(exposure, target, side=side, quantity=quantity, policy=policy)

    first = plan(0)

    assert net == target or isinstance(plan(_change(first)), NoTrade)


@given(UNITS, UNITS, UNITS, SIDES, QUANTITIES, POLICIES)
def test_the_policies_agree_everywhere_else(
    net: int, in_flight: int, target: int, side: Side, quantity: int, policy: FlatTargetPolicy
) -> None:
    exposure = Exposure(net, in_flight)
    plain = plan_smart_order(exposure, target, side=side, quantity=quantity)

    plan = plan_smart_order(exposure, target, side=side, quantity=quantity, policy=policy)

    assert plan == plain or (net, in_flight, target) == (0, 0, 0)


@given(UNITS, UNITS, UNITS)
def test_long_and_short_are_treated_alike(net: int, in_flight: int, target: int) -> None:
    plan, mirrored = _plan(net, in_flight, target), _plan(-net, -in_flight, -target)

    assert _change(mirrored) == -_change(plan)
    assert type(plan) is type(mirrored)
    assert _reduces(plan) is _reduces(mirrored)


@given(UNITS, UNITS, UNITS)
def test_a_trade_called_a_reduction_crosses_zero_neither_now_nor_when_all_has_traded(
    net: int, in_flight: int, target: int
) -> None:
    plan = _plan(net, in_flight, target)
    change = _change(plan)

    for before in (net, net + in_flight):
        after = before + change
        assert not _reduces(plan) or (abs(after) < abs(before) and after * before >= 0)


@pytest.mark.parametrize(
    ("net", "change", "expected"),
    [
        pytest.param(75, -25, True, id="sell-part-of-a-long"),
        pytest.param(75, -75, True, id="sell-all-of-a-long"),
        pytest.param(75, -76, False, id="sell-one-unit-too-many"),
        pytest.param(75, 25, False, id="add-to-a-long"),
        pytest.param(-75, 25, True, id="cover-part-of-a-short"),
        pytest.param(-75, 75, True, id="cover-all-of-a-short"),
        pytest.param(-75, 150, False, id="reverse-a-short"),
        pytest.param(-75, -25, False, id="add-to-a-short"),
        pytest.param(0, 75, False, id="open-from-flat"),
        pytest.param(75, 0, False, id="no-change"),
        pytest.param(0, 0, False, id="nothing-at-all"),
    ],
)
def test_a_reduction_goes_towards_flat_without_crossing(net: int, change: int, *, expected: bool) -> None:
    assert is_reduction(net, change) is expected


def _reduces(plan: SmartPlan) -> bool:
    return isinstance(plan, Trade) and plan.reduces
