"""What a broker and its exchanges take: products per exchange, and the quantity of one order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.linked_order import LinkedProduct
from jainam_prop.domain.orders.order import Product


@dataclass(frozen=True, slots=True)
class ProductTable:
    """Products per exchange; an exchange without an entry lists indices, which cannot be traded.

    Attributes:
        products: what each exchange trades.
        linked: cover and bracket orders that the broker has; its server may still refuse them for an account.
    """

    products: Mapping[Exchange, frozenset[Product]]
    linked: frozenset[LinkedProduct] = frozenset()

    def problem(self, exchange: Exchange, product: Product) -> str | None:
        """Return why a product cannot be traded on an exchange, or None when it can."""
        offered = self.products.get(exchange)
        if offered is None:
            return f"exchange {exchange} lists indices, which cannot be traded"
        if product in offered:
            return None
        return f"product {product} does not exist on {exchange}: use one of {', '.join(sorted(offered))}"

    def linked_problems(self, product: LinkedProduct) -> tuple[str, ...]:
        """Return why cover or bracket orders cannot be placed; empty when they can."""
        return () if product in self.linked else (f"the broker has no {product.name.lower()} orders",)


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
