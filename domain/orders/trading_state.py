"""The trader's own switch: everything, exits only, or nothing."""

from enum import StrEnum


class TradingState(StrEnum):
    """What may be sent; a dry run is no state, since it lets everything through up to the request itself."""

    ACTIVE = "ACTIVE"
    REDUCE = "REDUCE"
    HALT = "HALT"


def stricter(one: TradingState, other: TradingState) -> TradingState:
    """Return the one of two states that lets less through."""
    order = list(TradingState)
    return max(one, other, key=order.index)


def admit(state: TradingState, *, reduces: bool) -> str | None:
    """Say why a state keeps an order back, or None when it may go.

    Args:
        state: the present trading state.
        reduces: the order only makes a position smaller, or cancels one that was working.
    """
    if state is TradingState.HALT:
        return "trading is halted: nothing is sent until the trading state is REDUCE or ACTIVE"
    if state is TradingState.REDUCE and not reduces:
        return "the trading state is REDUCE: only orders that make a position smaller are sent"
    return None
