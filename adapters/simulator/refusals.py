"""Immediate refusals in XTS's codes and texts, recorded on live servers unless marked as assumed.

An order that is accepted and rejected later is no refusal.
"""

from typing import Final

NOT_MAPPED_CODES: Final = {
    "order": "e-order-00002",  # assumed by analogy with the next
    "trade": "e-trade-00002",
    "portfolio": "e-portfolio-00005",
    "user": "e-user-00002",  # assumed
}
EMPTY_CODES: Final = {"order": "e-orders-0005", "trade": "e-tradeBook-0005", "portfolio": "e-portfolio-0005"}
"""Codes of an empty book, capital B included."""

# Codes and texts of the refusals that say nothing of their request
NOT_LISTED: Final = ("e-orders-0003", "Invalid ExchangeInstrumentID")  # assumed
ORDER_NOT_FOUND: Final = ("e-orders-0001", "Order not found")  # assumed
NOT_IN_LOTS: Final = ("e-orders-0001", "Order quantity is not a multiple of lot size.")  # assumed
BELOW_TRADED: Final = ("e-orders-0006", "Modified quantity must be greater than the traded quantity")  # assumed
PRICE_REQUIRED: Final = ("e-orders-0002", "Market order Or Price 0 is not allowed for ALGO enabled orders.")
POSITION_TOO_SMALL: Final = ("e-portfolio-0002", "Target quantity exceeds the open position")  # assumed
NO_TOKEN: Final = ("e-token-0002", "Please Provide token to Authenticate")
DEAD_TOKEN: Final = ("e-session-0007", "Invalid Token")
TOO_MANY_SUBSCRIPTIONS: Final = ("e-session-0004", "Subscription limit exceeded")
BAD_CREDENTIALS: Final = ("e-user-0001", "Invalid appKey or secretKey")  # assumed
BAD_MARKET_CREDENTIALS: Final = ("e-response-0011", "Invalid Credentials")  # assumed
DEAD_TOKEN_CODES: Final = frozenset({DEAD_TOKEN[0], NO_TOKEN[0]})


class Refusal(Exception):  # noqa: N818 - a reply, not an error
    """A request is refused; the request dispatcher turns this into a reply.

    Attributes:
        code: XTS code.
        text: XTS description.
        result: XTS result.
    """

    def __init__(self, code: str, text: str, result: object = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.result: object = {} if result is None else result


class Crash(Exception):  # noqa: N818 - a simulated failure
    """The simulated server fails on a request and replies with its error page."""


class Limited(Exception):  # noqa: N818 - a reply, not an error
    """The rate chart is exceeded."""


def not_mapped(group: str) -> Refusal:
    """Refuse a client who does not belong to the dealer, in a group of calls (``order``, ``trade`` …)."""
    return Refusal(NOT_MAPPED_CODES[group], "Supplied client not mapped under dealer")


def no_rows(group: str) -> Refusal:
    """Refuse a book as empty."""
    return Refusal(EMPTY_CODES[group], "Data Not Available")


def order_is_done(state: str) -> Refusal:
    """Refuse to change an order that is done; assumed."""
    return Refusal("e-orders-0004", f"Order is in {state} state and cannot be changed")


def no_history(order_id: int) -> Refusal:
    """Refuse the history of an unknown order, or of one that was placed just now."""
    return Refusal("e-orders-0001", f"Order history not found for AppOrderID [{order_id}] given.")


def already_subscribed(left: int) -> Refusal:
    """Refuse a batch with an instrument that is subscribed already."""
    counted = {"Remaining_Subscription_Count": left}
    return Refusal("e-session-0002", "Instrument Already Subscribed !", counted)


def missing(name: str, location: str = "query") -> Refusal:
    """Return the refusal of a request that lacks one field."""
    return invalid([problem(name, location, f'"{name}" is required', "any.required")])


def too_many(name: str, most: int) -> Refusal:
    """Return the refusal of a list that is too long."""
    wording = f'"{name}" must contain less than or equal to {most} items'
    return invalid([problem(name, "body", wording, "array.max")])


def unknown(name: str, location: str = "body") -> Refusal:
    """Return the refusal of a value that is none of those allowed."""
    return invalid([problem(name, location, f'"{name}" must be one of the allowed values', "any.allowOnly")])


def problem(name: str, location: str, wording: str, kind: str) -> dict[str, object]:
    """Describe one wrong field as the live server does."""
    return {"field": [name], "location": location, "messages": [wording], "types": [kind]}


def invalid(problems: list[dict[str, object]]) -> Refusal:
    """Return the refusal of a request with wrong fields, all of them named."""
    result = {"status": 400, "statusText": "Bad Request", "errors": problems}
    return Refusal("e-property-validation-failed", "Bad Request", result)
