"""Products that a broker trades per exchange."""

from collections.abc import Mapping
from dataclasses import dataclass

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
