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


DEAD_TOKEN_CODES: Final = frozenset({"e-session-0007", "e-token-0002"})


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


def unknown_instrument() -> Refusal:
    """Refuse an instrument that is not listed; assumed."""
    return Refusal("e-orders-0003", "Invalid ExchangeInstrumentID")


def order_not_found() -> Refusal:
    """Refuse to change an unknown order; assumed."""
    return Refusal("e-orders-0001", "Order not found")


def order_is_done(state: str) -> Refusal:
    """Refuse to change an order that is done; assumed."""
    return Refusal("e-orders-0004", f"Order is in {state} state and cannot be changed")


def no_history(order_id: int) -> Refusal:
    """Refuse the history of an unknown order, or of one that was placed just now."""
    return Refusal("e-orders-0001", f"Order history not found for AppOrderID [{order_id}] given.")


def not_in_lots() -> Refusal:
    """Refuse a quantity that is no multiple of the lot; the code is assumed."""
    return Refusal("e-orders-0001", "Order quantity is not a multiple of lot size.")


def below_traded() -> Refusal:
    """Refuse a new quantity that has traded already; assumed."""
    return Refusal("e-orders-0006", "Modified quantity must be greater than the traded quantity")


def price_required() -> Refusal:
    """Refuse an order without limit price on an algorithmic key."""
    return Refusal("e-orders-0002", "Market order Or Price 0 is not allowed for ALGO enabled orders.")


def position_too_small() -> Refusal:
    """Refuse to convert more than the position; assumed."""
    return Refusal("e-portfolio-0002", "Target quantity exceeds the open position")


def bad_credentials(*, interactive: bool) -> Refusal:
    """Refuse a login; assumed for both applications."""
    if interactive:
        return Refusal("e-user-0001", "Invalid appKey or secretKey")
    return Refusal("e-response-0011", "Invalid Credentials")


def no_token() -> Refusal:
    """Refuse a call without token."""
    return Refusal("e-token-0002", "Please Provide token to Authenticate")


def dead_token() -> Refusal:
    """Refuse a token that is unknown, replaced or expired."""
    return Refusal("e-session-0007", "Invalid Token")


def already_subscribed(left: int) -> Refusal:
    """Refuse a batch with an instrument that is subscribed already."""
    counted = {"Remaining_Subscription_Count": left}
    return Refusal("e-session-0002", "Instrument Already Subscribed !", counted)


def too_many_subscriptions() -> Refusal:
    """Refuse a batch that exceeds the session's cap."""
    return Refusal("e-session-0004", "Subscription limit exceeded")


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
