"""What a Jainam desk can trade where: products, price types and exchanges, as one table."""

from enum import StrEnum
from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.linked_order import LinkedProduct
from jainam_prop.domain.orders.order import Product

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


class Availability(StrEnum):
    """Whether something can be traded; what depends on the server is sent, and the server may refuse it."""

    OFFERED = "offered"
    SERVER_DEPENDENT = "server dependent"
    ABSENT = "absent"


def availability(exchange: Exchange, product: Product | LinkedProduct) -> Availability:
    """Return what is known of a product on an exchange before anything is sent.

    Cover and bracket orders exist wherever there is trading (the vendor's SDK names cash, F&O, commodity and currency
    segments), but each broker switches them on or off by account; desks at Jainam most likely have them off.
    """
    offered = PRODUCTS.get(exchange)
    if offered is None:
        return Availability.ABSENT
    if isinstance(product, LinkedProduct):
        return Availability.SERVER_DEPENDENT
    return Availability.OFFERED if product in offered else Availability.ABSENT


def product_problem(exchange: Exchange, product: Product) -> str | None:
    """Say why a product cannot be traded on an exchange, or None when it can."""
    offered = PRODUCTS.get(exchange)
    if offered is None:
        return f"exchange {exchange} lists indices, which cannot be traded"
    if product in offered:
        return None
    return f"product {product} does not exist on {exchange}: use one of {', '.join(sorted(offered))}"
