"""Reads order requests strictly: every field that cannot be understood is named, none is guessed.

Field names and defaults are those of the host's order schema. A field that is *absent* from a new order takes its
default (MARKET, MIS, no price); one that is present but blank or unknown is refused: a typo must never become a market
order.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from jainam_prop.domain.exchange import LISTED_EXCHANGES, Exchange
from jainam_prop.domain.money import ZERO, parse_decimal, parse_units
from jainam_prop.domain.orders.linked_validation import Distances
from jainam_prop.domain.orders.order import PriceType, Product, Side
from jainam_prop.domain.orders.validation import Terms

_Word = TypeVar("_Word", bound=StrEnum)
_Field = TypeVar("_Field")
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request as far as it could be read; a field that could not is None and its problem is listed.

    Quantities are units, prices rupees; ``client`` is the client code that the request names, None when it names none.
    """

    symbol: str | None
    exchange: Exchange | None
    product: Product | None
    side: Side | None
    price_type: PriceType | None
    quantity: int | None
    price: Decimal | None
    trigger_price: Decimal | None
    disclosed_quantity: int | None
    problems: tuple[str, ...]
    client: str | None = None

    @property
    def terms(self) -> Terms:
        """The terms that the exchange's rules apply to."""
        return Terms(
            self.product,
            self.price_type,
            self.quantity,
            self.price,
            self.trigger_price,
            self.disclosed_quantity,
            self.side,
        )


class TicketReader:
    """Reads fields one by one and remembers every problem met on the way."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        """Read from a mapping, which is never changed."""
        self._fields = fields
        self._problems: list[str] = []

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read so far, a sentence each."""
        return tuple(self._problems)

    def word(
        self, name: str, words: type[_Word], default: _Word | None = None, allowed: Collection[_Word] | None = None
    ) -> _Word | None:
        """Read one of a closed set of words, in any case; ``allowed`` are those that may be used, all if not given."""
        known = words.__members__.values() if allowed is None else allowed
        value = self._fields.get(name, _ABSENT)
        if value is _ABSENT and default is not None:
            return default
        text = value.strip().upper() if isinstance(value, str) else ""
        if text in known:
            return words(text)
        wrong = "is missing" if value is _ABSENT else f"{_quoted(value)} is unknown"
        self._problems.append(f"{name} {wrong}: use one of {', '.join(known)}")
        return None

    def exchange(self) -> Exchange | None:
        """Read the exchange; one that lists nothing here is as good as unknown."""
        return self.word("exchange", Exchange, allowed=LISTED_EXCHANGES)

    def text(self, name: str) -> str | None:
        """Read a text that must not be blank."""
        value = self._fields.get(name, _ABSENT)
        if isinstance(value, str) and value.strip():
            return value.strip()
        absent = value is _ABSENT or value is None or isinstance(value, str)
        self._problems.append(f"{name} is missing" if absent else f"{name} {_quoted(value)} is not a text")
        return None

    def units(self, name: str, default: int | None = None) -> int | None:
        """Read a whole number of units; None and a problem when it is blank or fractional."""
        value = self._fields.get(name, _ABSENT)
        if default is not None and (value is _ABSENT or value is None):
            return default
        if value is _ABSENT:
            self._problems.append(f"{name} is missing")
            return None
        is_power = isinstance(value, str) and "e" in value.lower()  # "1e3" is a typing error or another field
        number = None if is_power else parse_units(value)
        if number is None:
            self._problems.append(f"{name} {_quoted(value)} is not a whole number of units")
        return number

    def rupees(self, name: str) -> Decimal | None:
        """Read a price; absent or None is zero, which stands for "no price" in the host's requests."""
        value = self._fields.get(name)
        if value is None:
            return ZERO
        number = parse_decimal(value)
        if number is None:
            self._problems.append(f"{name} {_quoted(value)} is not a price")
        return number

    def client(self) -> str | None:
        """Read the client code, under any of the names that callers use; None when there is none."""
        named = (self._fields.get(name) for name in ("clientID", "clientId", "client_id"))
        return next((str(code).strip() for code in named if code is not None and str(code).strip()), None)

    def refuse(self, problem: str) -> None:
        """Add a problem that only the caller can see."""
        self._problems.append(problem)


def read_ticket(fields: Mapping[str, object]) -> Ticket:
    """Read a plain order."""
    reader = TicketReader(fields)
    return _ticket(reader, reader.units("quantity"), reader.word("action", Side))


def read_smart_ticket(fields: Mapping[str, object]) -> tuple[Ticket, int | None]:
    """Read a smart order: the ticket, with side and quantity as hints only, and the target in signed units.

    Without an action a quantity hints at nothing, so it is read as zero: no side is ever guessed for it.
    """
    reader = TicketReader(fields)
    target = reader.units("position_size")
    quantity = reader.units("quantity", default=0)
    if quantity is not None and quantity < 0:
        reader.refuse(f"quantity {quantity} must not be negative")
    elif quantity and "action" not in fields:
        quantity = 0
    return _ticket(reader, quantity, reader.word("action", Side, default=Side.BUY)), target


def read_change(fields: Mapping[str, object]) -> Ticket:
    """Read new terms for a working order.

    Product and price type have no default here: a forgotten word must not turn a resting limit order into a market one.
    """
    reader = TicketReader(fields)
    quantity, side = reader.units("quantity"), reader.word("action", Side)
    return _ticket(reader, quantity, side, product=None, price_type=None)


def _ticket(
    reader: TicketReader,
    quantity: int | None,
    side: Side | None,
    *,
    product: Product | None = Product.MIS,
    price_type: PriceType | None = PriceType.MARKET,
) -> Ticket:
    """Read the rest of a ticket; ``product`` and ``price_type`` are defaults of absent fields, None refuses those."""
    return Ticket(
        symbol=reader.text("symbol"),
        exchange=reader.exchange(),
        product=reader.word("product", Product, default=product),
        side=side,
        price_type=reader.word("pricetype", PriceType, default=price_type),
        quantity=quantity,
        price=reader.rupees("price"),
        trigger_price=reader.rupees("trigger_price"),
        disclosed_quantity=reader.units("disclosed_quantity", default=0),
        problems=reader.problems,
        client=reader.client(),
    )


def _quoted(value: object) -> str:
    try:
        return repr(str(value)[:40])
    except ValueError:  # an int of more digits than Python is willing to write
        return "a number too long to write"


@dataclass(frozen=True, slots=True)
class BracketTicket:
    """A bracket order as far as it could be read; ``problems`` are those of all fields."""

    entry: Ticket
    distances: Distances
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BracketChangeTicket:
    """New terms for a bracket as far as they could be read; a quantity or price that is None stays as it is."""

    quantity: int | None
    price: Decimal | None
    stop_loss: Decimal | None
    problems: tuple[str, ...]


def read_bracket(fields: Mapping[str, object]) -> BracketTicket:
    """Read a bracket order: a ticket, LIMIT unless it says otherwise, with the distances of its exits."""
    entry = read_ticket({"pricetype": PriceType.LIMIT.value} | dict(fields))
    reader = TicketReader(fields)
    distances = Distances(reader.rupees("target"), reader.rupees("stop_loss"), reader.rupees("trailing_stop"))
    return BracketTicket(entry, distances, (*entry.problems, *reader.problems))


def read_bracket_change(fields: Mapping[str, object]) -> BracketChangeTicket:
    """Read new terms; the stop's distance is required, because no book shows the present one."""
    reader = TicketReader(fields)
    quantity = reader.units("quantity") if "quantity" in fields else None
    price = reader.rupees("price") if "price" in fields else None
    stop_loss = reader.rupees("stop_loss")
    if "stop_loss" not in fields:
        reader.refuse("stop_loss is missing: no book shows the present one")
    return BracketChangeTicket(quantity, price, stop_loss, reader.problems)


def present(field: _Field | None) -> _Field:
    """Return a field of a ticket without problems, which lacks none; AssertionError otherwise."""
    if field is None:
        message = "a ticket that lacks a field must have named it as a problem"
        raise AssertionError(message)
    return field
