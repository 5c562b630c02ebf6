"""Matching: who trades with whom, at which price, and in which order."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.domain.orders.order import OrderState, PriceType, Side, Validity
from tests.adapters.simulator.direct_trading import ACCOUNT, OTHER, SBIN, DirectTrading, states

TICK = Decimal("0.05")


def test_a_market_order_pays_the_best_offer(trading: DirectTrading) -> None:
    order = trading.buy(10)

    assert (order.state, order.average) == (OrderState.FILLED, Decimal("780.15"))


def test_a_limit_order_inside_the_spread_rests(trading: DirectTrading) -> None:
    order = trading.buy(10, "780.10")

    assert (order.state, order.filled) == (OrderState.NEW, 0)


def test_a_marketable_limit_order_gets_the_better_price(trading: DirectTrading) -> None:
    order = trading.buy(10, "790")

    assert (order.state, order.average) == (OrderState.FILLED, Decimal("780.15"))


def test_a_resting_order_trades_at_its_own_price_when_the_market_crosses_it(trading: DirectTrading) -> None:
    order = trading.buy(10, "775")
    trading.move("770")

    assert (order.state, order.average) == (OrderState.FILLED, Decimal(775))


def test_set_levels_are_consumed_level_by_level(trading: DirectTrading) -> None:
    trading.offer(("780.15", 4), ("780.25", 3))

    order = trading.buy(10, "780.30")

    assert (order.state, order.filled, order.left) == (OrderState.PARTIALLY_FILLED, 7, 3)
    assert order.value == 4 * Decimal("780.15") + 3 * Decimal("780.25")
    assert [(done.quantity, done.price) for done in trading.exchange.executions()] == [
        (4, Decimal("780.15")),
        (3, Decimal("780.25")),
    ]


def test_what_is_left_of_a_market_order_waits_at_its_last_price(trading: DirectTrading) -> None:
    trading.offer(("780.15", 4))
    order = trading.buy(10)
    assert (order.state, order.resting_price) == (OrderState.PARTIALLY_FILLED, Decimal("780.15"))

    trading.offer(("780.10", 100))
    assert (order.state, order.average) == (OrderState.FILLED, Decimal("780.15"))


def test_an_ioc_order_never_rests(trading: DirectTrading) -> None:
    trading.offer(("780.15", 4))

    order = trading.buy(10, "780.15", validity=Validity.IOC)

    assert (order.state, order.filled) == (OrderState.CANCELLED, 4)
    assert states(order) == ["PendingNew", "New", "PartiallyFilled", "Cancelled"]


def test_a_better_price_goes_first_and_an_older_order_before_a_younger_one(trading: DirectTrading) -> None:
    late_but_better = [trading.buy(10, "776"), trading.buy(10, "776"), trading.buy(10, "777")]
    trading.offer(bids=(("770", 100),))

    trading.offer(("776", 15), bids=(("770", 100),))

    assert [order.filled for order in late_but_better] == [5, 0, 10]


def test_a_new_price_loses_the_place_in_the_queue(trading: DirectTrading) -> None:
    first, second = trading.buy(10, "776"), trading.buy(10, "776")
    for price in ("775", "776"):
        trading.exchange.order_entry.modify(ACCOUNT, first.order_id, first.terms._replace(price=Decimal(price)))

    trading.offer(("776", 10), bids=(("770", 100),))

    assert (first.filled, second.filled) == (0, 10)


def test_a_smaller_quantity_keeps_the_place_in_the_queue(trading: DirectTrading) -> None:
    first, second = trading.buy(10, "776"), trading.buy(10, "776")
    trading.exchange.order_entry.modify(ACCOUNT, first.order_id, first.terms._replace(quantity=5))

    trading.offer(("776", 5), bids=(("770", 100),))

    assert (first.state, second.filled) == (OrderState.FILLED, 0)


def test_clients_trade_with_each_other_but_never_with_themselves(trading: DirectTrading) -> None:
    trading.offer()
    resting = trading.sell(10, "780", account=OTHER)
    own = trading.sell(10, "779", account=ACCOUNT)

    taker = trading.buy(10, "781", account=ACCOUNT)

    assert (taker.state, taker.average) == (OrderState.FILLED, Decimal(780))
    assert (resting.state, own.state) == (OrderState.FILLED, OrderState.NEW)
    assert (trading.net(ACCOUNT), trading.net(OTHER)) == (10, -10)


@pytest.mark.parametrize(
    ("side", "trigger", "short_of_it", "reaching_it"),
    [(Side.SELL, "775", "775.05", "775"), (Side.BUY, "785", "784.95", "785")],
)
def test_a_stop_fires_when_the_last_price_reaches_its_trigger(
    trading: DirectTrading, side: Side, trigger: str, short_of_it: str, reaching_it: str
) -> None:
    stop = trading.place(side, 10, price_type=PriceType.SL_M, trigger=Decimal(trigger))
    trading.move(short_of_it)
    assert (stop.state, stop.is_waiting) == (OrderState.NEW, True)

    trading.move(reaching_it)

    assert (stop.state, stop.is_waiting) == (OrderState.FILLED, False)


def test_a_stop_limit_rests_as_a_limit_order_once_it_has_fired(trading: DirectTrading) -> None:
    stop = trading.sell(10, "774", price_type=PriceType.SL, trigger=Decimal(775))
    trading.offer(("790", 10), bids=(("773", 10),))
    trading.move("773")
    assert (stop.state, stop.filled, stop.triggered) == (OrderState.NEW, 0, True)

    trading.move("774.05")
    assert (stop.state, stop.average) == (OrderState.FILLED, Decimal(774))


def test_one_stop_sets_off_the_next(trading: DirectTrading) -> None:
    trading.offer(bids=(("775", 10), ("772", 10), ("770", 10)))
    second = trading.sell(10, price_type=PriceType.SL_M, trigger=Decimal(773))
    first = trading.sell(10, price_type=PriceType.SL_M, trigger=Decimal(776))

    trading.sell(10)

    assert (first.average, second.average) == (Decimal(772), Decimal(770))


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(list(Side)),
        st.integers(1, 50),
        st.one_of(st.none(), st.integers(-8, 8)),
        st.sampled_from([ACCOUNT, OTHER]),
    ),
    min_size=1,
    max_size=25,
)
LEVELS = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 40)), max_size=5)


@given(orders=ORDERS, asks=LEVELS, bids=LEVELS)
def test_quantity_is_conserved_and_no_fill_is_worse_than_its_limit(
    orders: list[tuple[Side, int, int | None, str]], asks: list[tuple[int, int]], bids: list[tuple[int, int]]
) -> None:
    trading = DirectTrading()
    middle = Decimal("780.10")
    trading.offer(
        *((str(middle + step * TICK), units) for step, units in asks),
        bids=tuple((str(middle - step * TICK), units) for step, units in bids),
    )

    placed = [
        trading.place(side, units, None if step is None else str(middle + step * TICK), account=account)
        for side, units, step, account in orders
    ]

    done = trading.exchange.executions()
    for order in placed:
        fills = [execution for execution in done if execution.order is order]
        assert order.filled == sum(fill.quantity for fill in fills) <= order.terms.quantity
        assert order.filled + order.left == order.terms.quantity
        assert all(_is_no_worse(order, fill.price) for fill in fills)
    for account in (ACCOUNT, OTHER):
        signed = sum(execution.signed for execution in done if execution.order.intake.account == account)
        assert trading.net(account) == signed
    assert _taken_from_the_world(trading, asks, bids) == abs(sum(execution.signed for execution in done))


@given(
    queue=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 20)), min_size=2, max_size=12), taken=st.integers(1, 120)
)
def test_resting_orders_trade_strictly_by_price_then_time(queue: list[tuple[int, int]], taken: int) -> None:
    trading = DirectTrading()
    trading.offer()
    resting = [trading.buy(units, str(770 + step), account=OTHER) for step, units in queue]

    trading.sell(taken, "765", account=ACCOUNT)

    left = taken
    for order in sorted(resting, key=lambda order: (-order.terms.price, order.order_id)):
        expected = min(left, order.terms.quantity)
        assert order.filled == expected
        left -= expected


def _is_no_worse(order: SimOrder, price: Decimal) -> bool:
    if order.terms.price_type is PriceType.MARKET:
        return True
    return price <= order.terms.price if order.side is Side.BUY else price >= order.terms.price


def _taken_from_the_world(trading: DirectTrading, asks: list[tuple[int, int]], bids: list[tuple[int, int]]) -> int:
    """Return by how many units the clients as a whole are longer or shorter: what the world's levels have lost."""
    sold = sum(units for _, units in asks) - sum(units for _, units in _left(trading, Side.SELL))
    bought = sum(units for _, units in bids) - sum(units for _, units in _left(trading, Side.BUY))
    return abs(sold - bought)


def _left(trading: DirectTrading, side: Side) -> list[tuple[Decimal, int]]:
    return [(level.price, level.size) for level in trading.exchange.market(SBIN).synthetic.levels(side)]
