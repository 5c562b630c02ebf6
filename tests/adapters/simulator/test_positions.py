"""Positions: what fills add up to, per client, product and instrument."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.adapters.simulator.exchange.positions import PositionLine, Slot
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.refusals import Refusal
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.order import Side
from tests.adapters.simulator.direct_trading import ACCOUNT, OTHER, SBIN, DirectTrading

MIS = Slot(ACCOUNT, "MIS", SBIN)


def _line(trading: DirectTrading, slot: Slot = MIS) -> PositionLine:
    return trading.exchange.positions()[slot]


def test_averages_and_profit_of_a_round_trip(trading: DirectTrading) -> None:
    trading.offer(("780", 6), ("781", 4))
    trading.buy(10)
    trading.offer(bids=(("783", 4),))
    trading.sell(4)

    line = _line(trading)

    assert (line.net, line.buy_average, line.sell_average) == (6, Decimal("780.4"), Decimal(783))
    assert line.realised == 4 * (Decimal(783) - Decimal("780.4"))
    assert line.unrealised(Decimal(785)) == 6 * (Decimal(785) - Decimal("780.4"))


def test_a_short_position_profits_when_the_price_falls(trading: DirectTrading) -> None:
    trading.offer(bids=(("780", 10),))
    trading.sell(10)

    line = _line(trading)

    assert (line.net, line.unrealised(Decimal(775)), line.realised) == (-10, Decimal(50), Decimal(0))


def test_a_flat_position_stays_in_the_book(trading: DirectTrading) -> None:
    trading.buy(10)
    trading.sell(10)

    (line,) = trading.exchange.books.positions(ACCOUNT, day=False)

    assert (line.net, line.bought, line.sold) == (0, 10, 10)


def test_products_and_clients_do_not_mix(trading: DirectTrading) -> None:
    trading.buy(10)
    trading.buy(5, product="CNC")
    trading.sell(3, account=OTHER)

    assert (trading.net(), trading.net(product="CNC"), trading.net(OTHER)) == (10, 5, -3)


def test_a_carried_position_counts_net_but_not_for_the_day(trading: DirectTrading) -> None:
    trading.exchange.carry_in(Slot(ACCOUNT, "NRML", SBIN), -20, Decimal(790))
    trading.buy(5, product="NRML")

    (net,) = trading.exchange.books.positions(ACCOUNT, day=False)
    (day,) = trading.exchange.books.positions(ACCOUNT, day=True)

    assert (net.net, net.sell_average, day.net) == (-15, Decimal(790), 5)


def test_profit_counts_the_multiplier(trading: DirectTrading) -> None:
    dollars = trading.exchange.universe.nearest_future("USDINR", Exchange.CDS)
    trading.exchange.set_levels(dollars.key, bids=[], asks=[(Decimal("89.1000"), 10)])
    trading.place(Side.BUY, 2, key=dollars.key)

    line = _line(trading, Slot(ACCOUNT, "MIS", dollars.key))

    assert line.unrealised(Decimal("89.1025")) == 2 * Decimal("0.0025") * 1000


def test_conversion_carries_units_to_another_product_at_their_average(trading: DirectTrading) -> None:
    trading.buy(10)

    trading.exchange.order_entry.convert(MIS, "CNC", 4)

    assert (trading.net(), trading.net(product="CNC")) == (6, 4)
    assert _line(trading, Slot(ACCOUNT, "CNC", SBIN)).buy_average == Decimal("780.15")


@pytest.mark.parametrize("units", [11, -1])
def test_no_more_than_is_held_can_be_converted(trading: DirectTrading, units: int) -> None:
    trading.buy(10)

    with pytest.raises(Refusal, match="exceeds the open position"):
        trading.exchange.order_entry.convert(MIS, "CNC", units)


def test_the_book_learns_late_of_a_fill_while_the_truth_is_known(trading: DirectTrading) -> None:
    trading.buy(10)
    trading.faults.add(Fault(FaultKind.POSITION_LAG, seconds=3))
    trading.buy(5)

    def seen() -> list[int]:
        return [line.net for line in trading.exchange.books.positions(ACCOUNT, day=False)]

    assert (trading.net(), seen()) == (15, [10])
    trading.clock.advance(3)
    assert seen() == [15]


@given(st.lists(st.tuples(st.sampled_from(list(Side)), st.integers(1, 50), st.integers(-20, 20)), max_size=30))
def test_profit_is_what_was_got_less_what_was_paid(trades: list[tuple[Side, int, int]]) -> None:
    trading = DirectTrading()
    cash = Decimal(0)
    for side, units, step in trades:
        price = Decimal(780) + step
        levels = [(price, units)]
        trading.exchange.set_levels(
            SBIN, bids=levels if side is Side.SELL else [], asks=levels if side is Side.BUY else []
        )
        trading.place(side, units)
        cash -= side.sign * units * price

    last = Decimal(785)
    for line in trading.exchange.positions().values():
        total = line.realised + line.unrealised(last)
        assert abs(total - (cash + line.net * last)) < Decimal("0.000001")
