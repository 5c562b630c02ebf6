"""The life of an order: what is refused at once, what is taken and rejected later, and every state in between."""

from decimal import Decimal

import pytest

from jainam_prop.adapters.simulator.config import BEYOND_FLOAT, SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.refusals import Refusal
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.order import OrderState, PriceType, Side
from tests.adapters.simulator.direct_trading import ACCOUNT, OTHER, DirectTrading, states


def test_a_market_order_passes_through_its_states(trading: DirectTrading) -> None:
    assert states(trading.buy(10)) == ["PendingNew", "New", "Filled"]


def test_a_modified_order_is_replaced_and_works_on(trading: DirectTrading) -> None:
    order = trading.buy(10, "770")

    trading.exchange.order_entry.modify(ACCOUNT, order.order_id, order.terms._replace(quantity=20, price=Decimal(771)))

    assert states(order) == ["PendingNew", "New", "PendingReplace", "Replaced"]
    assert (order.terms.quantity, order.terms.price) == (20, Decimal(771))
    assert trading.exchange.working_orders() == [order]


def test_a_replaced_order_trades_at_its_new_price(trading: DirectTrading) -> None:
    order = trading.buy(10, "770")

    trading.exchange.order_entry.modify(ACCOUNT, order.order_id, order.terms._replace(price=Decimal(781)))

    assert states(order)[-2:] == ["Replaced", "Filled"]


def test_a_cancelled_order_is_done(trading: DirectTrading) -> None:
    order = trading.buy(10, "770")

    trading.exchange.order_entry.cancel(ACCOUNT, order.order_id)
    trading.move("760")

    assert states(order) == ["PendingNew", "New", "PendingCancel", "Cancelled"]
    assert (order.filled, trading.net()) == (0, 0)


def test_risk_management_rejects_after_the_order_was_taken(trading: DirectTrading) -> None:
    trading.exchange.set_funds(ACCOUNT, Decimal(1000))

    order = trading.buy(10)

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
    trading: DirectTrading, quantity: int, price: str | None, words: str
) -> None:
    order = trading.buy(quantity, price)

    assert states(order) == ["PendingNew", "Rejected"]
    assert words in order.reason


def test_the_largest_order_of_nse_is_one_below_the_master_and_that_of_bse_is_not(trading: DirectTrading) -> None:
    nifty = trading.exchange.universe.nearest_future("NIFTY")
    sensex = trading.exchange.universe.nearest_future("SENSEX", Exchange.BFO)

    assert (nifty.freeze, nifty.largest_order) == (1801, 1800)
    assert (sensex.freeze, sensex.largest_order) == (1000, 1000)


def test_a_broken_lot_is_refused_at_once(trading: DirectTrading) -> None:
    nifty = trading.exchange.universe.nearest_future("NIFTY")

    with pytest.raises(Refusal, match="not a multiple of lot size"):
        trading.place(Side.BUY, nifty.lot + 1, key=nifty.key)

    assert trading.exchange.all_orders() == []


def test_an_order_of_somebody_else_is_not_found(trading: DirectTrading) -> None:
    order = trading.buy(10, "770")

    with pytest.raises(Refusal, match="Order not found"):
        trading.exchange.order_entry.cancel(OTHER, order.order_id)


def test_a_done_order_cannot_be_changed(trading: DirectTrading) -> None:
    order = trading.buy(10)

    with pytest.raises(Refusal, match="Order is in Filled state"):
        trading.exchange.order_entry.modify(ACCOUNT, order.order_id, order.terms._replace(quantity=20))


def test_a_quantity_that_has_traded_cannot_be_taken_back(trading: DirectTrading) -> None:
    trading.offer(("780.15", 4))
    order = trading.buy(10, "780.15")

    with pytest.raises(Refusal, match="greater than the traded quantity"):
        trading.exchange.order_entry.modify(ACCOUNT, order.order_id, order.terms._replace(quantity=4))


def test_a_rejected_modification_leaves_the_order_as_it_was(trading: DirectTrading) -> None:
    order = trading.buy(10, "770")

    trading.exchange.order_entry.modify(ACCOUNT, order.order_id, order.terms._replace(price=Decimal("770.01")))

    assert states(order)[-2:] == ["PendingReplace", "New"]
    assert (order.terms.price, "Tick Size" in order.reason) == (Decimal(770), True)


def test_margin_is_blocked_while_an_order_works_and_freed_when_it_is_done(trading: DirectTrading) -> None:
    order = trading.buy(10, "770")
    assert trading.exchange.books.limits(ACCOUNT).utilised == Decimal("0.20") * 7700

    trading.exchange.order_entry.cancel(ACCOUNT, order.order_id)
    assert trading.exchange.books.limits(ACCOUNT).utilised == 0


def test_margin_moves_from_the_order_to_the_position_as_it_fills(trading: DirectTrading) -> None:
    trading.offer(("770", 4))
    trading.buy(10, "770")

    assert trading.exchange.books.limits(ACCOUNT).utilised == Decimal("0.20") * 7700


def test_an_exit_needs_no_margin(trading: DirectTrading) -> None:
    trading.buy(10)
    trading.exchange.set_funds(ACCOUNT, Decimal(0))

    assert trading.sell(10).state is OrderState.FILLED
    assert trading.exchange.books.limits(ACCOUNT).utilised == 0


def test_rejection_can_be_ordered_for_one_instrument(trading: DirectTrading) -> None:
    where = {"exchangeInstrumentID": "3045"}
    trading.faults.add(Fault(FaultKind.RMS_REJECT, text="RMS:Blocked for trading", where=where))
    nifty = trading.exchange.universe.nearest_future("NIFTY")

    passes = trading.place(Side.BUY, nifty.lot, key=nifty.key)
    first, second = trading.buy(10), trading.buy(10)

    assert (passes.state, first.state, second.state) == ("Filled", "Rejected", "Filled")
    assert first.reason == "RMS:Blocked for trading"


def test_orders_settle_when_their_delay_is_over(trading: DirectTrading) -> None:
    trading.faults.add(Fault(FaultKind.SETTLE_DELAY, on="place", seconds=2))
    order = trading.buy(10)
    trading.clock.advance(1.9)
    assert (trading.exchange.working_orders(), states(order)) == ([order], ["PendingNew"])

    trading.clock.advance(0.1)
    assert (trading.exchange.working_orders(), order.state) == ([], OrderState.FILLED)


def test_an_order_can_fill_while_its_cancellation_is_on_the_way(trading: DirectTrading) -> None:
    order = trading.buy(10, "770")
    trading.faults.add(Fault(FaultKind.SETTLE_DELAY, on="cancel", seconds=1))
    trading.exchange.order_entry.cancel(ACCOUNT, order.order_id)

    trading.move("760")
    trading.clock.advance(1)
    trading.exchange.all_orders()

    assert states(order) == ["PendingNew", "New", "PendingCancel", "Filled"]


def test_an_order_cancelled_on_its_way_never_reaches_the_market(trading: DirectTrading) -> None:
    trading.faults.add(Fault(FaultKind.SETTLE_DELAY, on="place", seconds=1))
    order = trading.buy(10)
    trading.exchange.order_entry.cancel(ACCOUNT, order.order_id)

    trading.clock.advance(2)
    trading.exchange.all_orders()

    assert states(order) == ["PendingNew", "PendingCancel", "Cancelled"]


def test_an_algorithmic_key_takes_no_order_without_a_limit(trading: DirectTrading) -> None:
    trading.faults.add(Fault(FaultKind.ALGO_KEY))

    with pytest.raises(Refusal) as market:
        trading.buy(10)
    with pytest.raises(Refusal):
        trading.sell(10, price_type=PriceType.SL_M, trigger=Decimal(770))

    assert market.value.code == "e-orders-0002"
    assert trading.buy(10, "790").state is OrderState.FILLED


def test_order_ids_have_ten_digits_or_outgrow_a_float() -> None:
    usual, huge = DirectTrading(), DirectTrading(SimulatorConfig(instruments=300, first_order_id=BEYOND_FLOAT))

    assert len(str(usual.buy(1).order_id)) == 10
    assert int(float(huge.buy(1).order_id)) != huge.exchange.all_orders()[0].order_id


def test_two_runs_of_one_day_are_the_same() -> None:
    def run() -> list[tuple[int, str, str, list[str]]]:
        trading = DirectTrading()
        for number in range(20):
            trading.place(Side.BUY if number % 3 else Side.SELL, 1 + number, None if number % 2 else "780.05")
        return [(o.order_id, o.exchange_id, str(o.average), states(o)) for o in trading.exchange.all_orders()]

    assert run() == run()
