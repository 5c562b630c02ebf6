"""What a Jainam desk can trade where: products, price types and exchanges, as one table."""

from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.order import Product

PRODUCTS: Final[dict[Exchange, frozenset[Product]]] = {
    Exchange.NSE: frozenset({Product.MIS, Product.CNC, Product.NRML}),
    Exchange.BSE: frozenset({Product.MIS, Product.CNC, Product.NRML}),
    Exchange.NFO: frozenset({Product.MIS, Product.NRML}),
    Exchange.BFO: frozenset({Product.MIS, Product.NRML}),
    Exchange.CDS: frozenset({Product.MIS, Product.NRML}),
    Exchange.BCD: frozenset({Product.MIS, Product.NRML}),
    Exchange.MCX: frozenset({Product.MIS, Product.NRML}),
}
"""Products that each exchange knows; delivery exists only where shares change hands."""


def product_problem(exchange: Exchange, product: Product) -> str | None:
    """Say why a product cannot be traded on an exchange, or None when it can."""
    offered = PRODUCTS.get(exchange)
    if offered is None:
        return f"exchange {exchange} lists indices, which cannot be traded"
    if product in offered:
        return None
    return f"product {product} does not exist on {exchange}: use one of {', '.join(sorted(offered))}"
