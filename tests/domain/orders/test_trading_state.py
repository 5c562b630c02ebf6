"""The trader's own switch."""

import pytest

from jainam_prop.domain.orders.trading_state import TradingState, admit

REDUCE_ONLY = "the trading state is REDUCE: only orders that make a position smaller are sent"
HALTED = "trading is halted: nothing is sent until the trading state is REDUCE or ACTIVE"


@pytest.mark.parametrize(
    ("state", "reduces", "reason"),
    [
        (TradingState.ACTIVE, False, None),
        (TradingState.ACTIVE, True, None),
        (TradingState.REDUCE, False, REDUCE_ONLY),
        (TradingState.REDUCE, True, None),
        (TradingState.HALT, False, HALTED),
        (TradingState.HALT, True, HALTED),
    ],
)
def test_a_state_admits_what_it_says(state: TradingState, *, reduces: bool, reason: str | None) -> None:
    assert admit(state, reduces=reduces) == reason
