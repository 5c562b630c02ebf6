"""The life of an order: what is refused at once, what is taken and rejected later, and every state in between."""

from decimal import Decimal

import pytest

from jainam_prop.adapters.simulator.api.refusal import Refusal
from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.adapters.simulator.server.config import BEYOND_FLOAT, SimulatorConfig
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.order import OrderState, PriceType, Side
from tests.adapters.simulator.floorside import ACCOUNT, OTHER, TradingFloor, states


def test_a_market_order_passes_through_its_states(floor: TradingFloor) -> None:
    assert states(floor.buy(10)) == ["PendingNew", "New", "Filled"]


def test_a_modified_order_is_replaced_and_works_on(floor: TradingFloor) -> None:
    order = floor.buy(10, "770")

    floor.exchange.desk.modify(ACCOUNT, order.order_id, order.terms._replace(quantity=20, price=Decimal(771)))

    assert states(order) == ["PendingNew", "New", "PendingReplace", "Replaced"]
    assert (order.terms.quantity, order.terms.price) == (20, Decimal(771))
    assert floor.exchange.working_orders() == [order]


def test_a_replaced_order_trades_at_its_new_price(floor: TradingFloor) -> None:
    order = floor.buy(10, "770")

    floor.exchange.desk.modify(ACCOUNT, order.order_id, order.terms._replace(price=Decimal(781)))

    assert states(order)[-2:] == ["Replaced", "Filled"]


def test_a_cancelled_order_is_done(floor: TradingFloor) -> None:
    order = floor.buy(10, "770")

    floor.exchange.desk.cancel(ACCOUNT, order.order_id)
    floor.move("760")

    assert states(order) == ["PendingNew", "New", "PendingCancel", "Cancelled"]
    assert (order.filled, floor.net()) == (0, 0)


def test_risk_management_rejects_after_the_order_was_taken(floor: TradingFloor) -> None:
    floor.exchange.set_funds(ACCOUNT, Decimal(1000))

    order = floor.buy(10)

    assert states(order) == ["PendingNew", "Rejected"]
    assert order.exchange_id == ""
    assert order.reason.startswith("OEMS:RMS : Margin Exceeds :  - Set Limit:[1000] Total Required Margin:[1560.2")
    assert order.reason.endswith(f"for entity [Client]-[{ACCOUNT}] across [ALL|ALL|ALL]")


@pytest.mark.parametrize(
    ("quantity", "price", "words"),
    [
        (100_001, None, "Quantity Freeze"),
        (10, "770.03", "not a multiple of Tick Size[0.05]"),
        (10, "600", "out of the day's range[702.09-858.11]"),
        (10, "0", "Limit price can not be zero"),
    ],
)
def test_what_breaks_a_rule_is_rejected_with_the_rule(
    floor: TradingFloor, quantity: int, price: str | None, words: str
) -> None:
    order = floor.buy(quantity, price)

    assert states(order) == ["PendingNew", "Rejected"]
    assert words in order.reason


def test_the_largest_order_of_nse_is_one_below_the_master_and_that_of_bse_is_not(floor: TradingFloor) -> None:
    nifty = floor.exchange.universe.nearest_future("NIFTY")
    sensex = floor.exchange.universe.nearest_future("SENSEX", Exchange.BFO)

    assert (nifty.freeze, nifty.largest_order) == (1801, 1800)
    assert (sensex.freeze, sensex.largest_order) == (1000, 1000)


def test_a_broken_lot_is_refused_at_once(floor: TradingFloor) -> None:
    nifty = floor.exchange.universe.nearest_future("NIFTY")

    with pytest.raises(Refusal, match="not a multiple of lot size"):
        floor.place(Side.BUY, nifty.lot + 1, key=nifty.key)

    assert floor.exchange.all_orders() == []


def test_an_order_of_somebody_else_is_not_found(floor: TradingFloor) -> None:
    order = floor.buy(10, "770")

    with pytest.raises(Refusal, match="Order not found"):
        floor.exchange.desk.cancel(OTHER, order.order_id)


def test_a_done_order_cannot_be_changed(floor: TradingFloor) -> None:
    order = floor.buy(10)

    with pytest.raises(Refusal, match="Order is in Filled state"):
        floor.exchange.desk.modify(ACCOUNT, order.order_id, order.terms._replace(quantity=20))


def test_a_quantity_that_has_traded_cannot_be_taken_back(floor: TradingFloor) -> None:
    floor.offer(("780.15", 4))
    order = floor.buy(10, "780.15")

    with pytest.raises(Refusal, match="greater than the traded quantity"):
        floor.exchange.desk.modify(ACCOUNT, order.order_id, order.terms._replace(quantity=4))


def test_a_rejected_modification_leaves_the_order_as_it_was(floor: TradingFloor) -> None:
    order = floor.buy(10, "770")

    floor.exchange.desk.modify(ACCOUNT, order.order_id, order.terms._replace(price=Decimal("770.01")))

    assert states(order)[-2:] == ["PendingReplace", "New"]
    assert (order.terms.price, "Tick Size" in order.reason) == (Decimal(770), True)


def test_margin_is_blocked_while_an_order_works_and_freed_when_it_is_done(floor: TradingFloor) -> None:
    order = floor.buy(10, "770")
    assert floor.exchange.books.limits(ACCOUNT).utilised == Decimal("0.20") * 7700

    floor.exchange.desk.cancel(ACCOUNT, order.order_id)
    assert floor.exchange.books.limits(ACCOUNT).utilised == 0


def test_margin_moves_from_the_order_to_the_position_as_it_fills(floor: TradingFloor) -> None:
    floor.offer(("770", 4))
    floor.buy(10, "770")

    assert floor.exchange.books.limits(ACCOUNT).utilised == Decimal("0.20") * 7700


def test_an_exit_needs_no_margin(floor: TradingFloor) -> None:
    floor.buy(10)
    floor.exchange.set_funds(ACCOUNT, Decimal(0))

    assert floor.sell(10).state is OrderState.FILLED
    assert floor.exchange.books.limits(ACCOUNT).utilised == 0


def test_rejection_can_be_ordered_for_one_instrument(floor: TradingFloor) -> None:
    where = {"exchangeInstrumentID": "3045"}
    floor.faults.add(Fault(FaultKind.RMS_REJECT, text="RMS:Blocked for trading", where=where))
    nifty = floor.exchange.universe.nearest_future("NIFTY")

    passes = floor.place(Side.BUY, nifty.lot, key=nifty.key)
    first, second = floor.buy(10), floor.buy(10)

    assert (passes.state, first.state, second.state) == ("Filled", "Rejected", "Filled")
    assert first.reason == "RMS:Blocked for trading"


def test_orders_settle_when_their_delay_is_over(floor: TradingFloor) -> None:
    floor.faults.add(Fault(FaultKind.SETTLE_DELAY, on="place", seconds=2))
    order = floor.buy(10)
    floor.clock.advance(1.9)
    assert (floor.exchange.working_orders(), states(order)) == ([order], ["PendingNew"])

    floor.clock.advance(0.1)
    assert (floor.exchange.working_orders(), order.state) == ([], OrderState.FILLED)


def test_an_order_can_fill_while_its_cancellation_is_on_the_way(floor: TradingFloor) -> None:
    order = floor.buy(10, "770")
    floor.faults.add(Fault(FaultKind.SETTLE_DELAY, on="cancel", seconds=1))
    floor.exchange.desk.cancel(ACCOUNT, order.order_id)

    floor.move("760")
    floor.clock.advance(1)
    floor.exchange.all_orders()

    assert states(order) == ["PendingNew", "New", "PendingCancel", "Filled"]


def test_an_order_cancelled_on_its_way_never_reaches_the_market(floor: TradingFloor) -> None:
    floor.faults.add(Fault(FaultKind.SETTLE_DELAY, on="place", seconds=1))
    order = floor.buy(10)
    floor.exchange.desk.cancel(ACCOUNT, order.order_id)

    floor.clock.advance(2)
    floor.exchange.all_orders()

    assert states(order) == ["PendingNew", "PendingCancel", "Cancelled"]


def test_an_algorithmic_key_takes_no_order_without_a_limit(floor: TradingFloor) -> None:
    floor.faults.add(Fault(FaultKind.ALGO_KEY))

    with pytest.raises(Refusal) as market:
        floor.buy(10)
    with pytest.raises(Refusal):
        floor.sell(10, price_type=PriceType.SL_M, trigger=Decimal(770))

    assert market.value.code == "e-orders-0002"
    assert floor.buy(10, "790").state is OrderState.FILLED


def test_order_ids_have_ten_digits_or_outgrow_a_float() -> None:
    usual, huge = TradingFloor(), TradingFloor(SimulatorConfig(instruments=300, first_order_id=BEYOND_FLOAT))

    assert len(str(usual.buy(1).order_id)) == 10
    assert int(float(huge.buy(1).order_id)) != huge.exchange.all_orders()[0].order_id


def test_two_runs_of_one_day_are_the_same() -> None:
    def run() -> list[tuple[int, str, str, list[str]]]:
        floor = TradingFloor()
        for number in range(20):
            floor.place(Side.BUY if number % 3 else Side.SELL, 1 + number, None if number % 2 else "780.05")
        return [(o.order_id, o.exchange_id, str(o.average), states(o)) for o in floor.exchange.all_orders()]

    assert run() == run()
