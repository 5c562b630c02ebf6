"""Freeze quantity: the exchange refuses an order above it, so a larger one goes out in slices."""

from typing import Final

_MOST_SLICES: Final = 10_000
"""More orders than any position limit calls for: a larger number is a slip of the keyboard."""


def slice_quantity(quantity: int, *, lot_size: int, largest_order: int | None) -> tuple[int, ...]:
    """Split units into orders that the exchange accepts, largest first; they add up to the quantity.

    Args:
        quantity: units, positive.
        lot_size: units in one lot.
        largest_order: the most units of one order in whole lots, or None when there is no limit.

    Raises:
        ValueError: the limit is smaller than one lot, so that no order could ever be sent, or the quantity would take
            an absurd number of orders.
    """
    if largest_order is None or quantity <= largest_order:
        return (quantity,)
    if largest_order < lot_size:
        message = f"a freeze limit of {largest_order} units leaves no room for one lot of {lot_size}"
        raise ValueError(message)
    full, rest = divmod(quantity, largest_order)
    if full > _MOST_SLICES:
        message = f"{quantity} units would take more than {_MOST_SLICES} orders of {largest_order}"
        raise ValueError(message)
    return (largest_order,) * full + ((rest,) if rest else ())
