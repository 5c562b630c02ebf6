"""Instruments: their key, whether they trade, and the largest order they take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey, InstrumentKind
from tests.domain.samples import NIFTY_FUTURE, a_future


def test_the_same_number_on_two_exchanges_is_two_keys() -> None:
    listed_elsewhere = a_future(exchange=Exchange.BSE)

    assert NIFTY_FUTURE.key == InstrumentKey(Exchange.NFO, 35001)
    assert len({NIFTY_FUTURE.key, listed_elsewhere.key}) == 2


@pytest.mark.parametrize(
    ("kind", "exchange", "tradable"),
    [
        pytest.param(InstrumentKind.EQUITY, Exchange.NSE, True, id="share"),
        pytest.param(InstrumentKind.FUTURE, Exchange.NFO, True, id="future"),
        pytest.param(InstrumentKind.CALL, Exchange.BFO, True, id="call"),
        pytest.param(InstrumentKind.PUT, Exchange.MCX, True, id="put"),
        pytest.param(InstrumentKind.INDEX, Exchange.NSE_INDEX, False, id="index"),
        pytest.param(InstrumentKind.INDEX, Exchange.NSE, False, id="index-listed-among-shares"),
        pytest.param(InstrumentKind.EQUITY, Exchange.BSE_INDEX, False, id="share-listed-among-indices"),
    ],
)
def test_an_index_takes_no_orders(kind: InstrumentKind, exchange: Exchange, *, tradable: bool) -> None:
    assert a_future(kind=kind, exchange=exchange).is_tradable is tradable


@pytest.mark.parametrize(
    ("exchange", "is_index", "is_cash"),
    [
        pytest.param(Exchange.NSE, False, True, id="nse"),
        pytest.param(Exchange.BSE, False, True, id="bse"),
        pytest.param(Exchange.NFO, False, False, id="nfo"),
        pytest.param(Exchange.BFO, False, False, id="bfo"),
        pytest.param(Exchange.CDS, False, False, id="cds"),
        pytest.param(Exchange.BCD, False, False, id="bcd"),
        pytest.param(Exchange.MCX, False, False, id="mcx"),
        pytest.param(Exchange.NSE_INDEX, True, False, id="nse-index"),
        pytest.param(Exchange.BSE_INDEX, True, False, id="bse-index"),
    ],
)
def test_an_exchange_lists_shares_indices_or_derivatives(exchange: Exchange, *, is_index: bool, is_cash: bool) -> None:
    assert (exchange.is_index, exchange.is_cash) == (is_index, is_cash)


@pytest.mark.parametrize(
    ("freeze_quantity", "lot_size", "expected"),
    [
        pytest.param(None, 75, None, id="no-limit"),
        pytest.param(1800, 75, 1800, id="whole-lots"),
        pytest.param(1800, 65, 1755, id="rounded-down-to-lots"),
        pytest.param(75, 75, 75, id="one-lot"),
        pytest.param(74, 75, None, id="less-than-a-lot-is-no-limit"),
        pytest.param(0, 1, None, id="zero-is-no-limit"),
    ],
)
def test_the_largest_order_is_the_freeze_quantity_in_whole_lots(
    freeze_quantity: int | None, lot_size: int, expected: int | None
) -> None:
    assert a_future(freeze_quantity=freeze_quantity, lot_size=lot_size).largest_order == expected


@given(st.integers(0, 10**7), st.integers(1, 10**4))
def test_the_largest_order_leaves_less_than_a_lot_below_the_freeze_quantity(freeze: int, lot: int) -> None:
    largest = a_future(freeze_quantity=freeze, lot_size=lot).largest_order

    assert (largest is None) is (freeze < lot)
    assert largest is None or (largest % lot == 0 and 0 <= freeze - largest < lot)
