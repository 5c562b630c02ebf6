"""Request fields: checks in the manner of the live server, and the fields that order endpoints share."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import orjson

from jainam_prop.adapters.simulator.exchange.orders import Terms
from jainam_prop.adapters.simulator.refusals import invalid, problem
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, PRICE_TYPES
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.money import parse_decimal, parse_units
from jainam_prop.domain.orders.order import PriceType, Validity

_ORDER_TYPES: Final = {
    **PRICE_TYPES,
    "Market": PriceType.MARKET,
    "Limit": PriceType.LIMIT,
    "StopLimit": PriceType.SL,
    "StopMarket": PriceType.SL_M,
}
"""Upper case as the SDK sends it, mixed case as the enumerations list it."""

_PRODUCTS: Final = ("MIS", "NRML", "CNC")
_VALIDITIES: Final = tuple(str(validity) for validity in Validity)


def as_list(value: object) -> list[object]:
    """Read a list, which is JSON text in a form."""
    if isinstance(value, str):
        value = orjson.loads(value) if value.startswith("[") else [value]
    return list(value) if isinstance(value, list) else []


class FieldReader:
    """Reads fields one by one; `check` refuses the request with every problem found."""

    def __init__(self, fields: Mapping[str, object], location: str = "body") -> None:
        self._fields = fields
        self._location = location
        self._problems: list[dict[str, object]] = []

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        """Read one of the allowed words, exactly as listed; return the first one for any other value."""
        value = self._present(name)
        if isinstance(value, str) and value in allowed:
            return value
        if value is not None:
            self._refuse(name, f'"{name}" must be one of [{", ".join(allowed)}]', "any.allowOnly")
        return allowed[0]

    def whole(self, name: str, *, least: int = 0, default: int | None = None) -> int:
        """Read a whole number, which may be numeric text as on the live server."""
        if default is not None and self._fields.get(name) in (None, ""):
            return default
        value = self._present(name)
        number = _whole_number(value) if value is not None else least
        if number is None:
            self._refuse(name, f'"{name}" must be a number', "number.base")
        elif number < least:
            self._refuse(name, f'"{name}" must be larger than or equal to {least}', "number.min")
        return least if number is None else number

    def price(self, name: str) -> Decimal:
        """Read rupees, zero if absent."""
        value = self._fields.get(name)
        number = Decimal(0) if value in (None, "") else parse_decimal(value)
        if number is None:
            self._refuse(name, f'"{name}" must be a number', "number.base")
        elif number < 0:
            self._refuse(name, f'"{name}" must be larger than or equal to 0', "number.min")
        return number or Decimal(0)

    def text(self, name: str, *, longest: int = 64) -> str:
        """Read a text, "" if absent."""
        value = self._fields.get(name)
        text = "" if value is None else str(value)
        if len(text) > longest:
            wording = f'"{name}" length must be less than or equal to {longest} characters long'
            self._refuse(name, wording, "string.max")
        return text

    def required(self, name: str) -> str:
        """Read a required text."""
        value = self._present(name)
        return "" if value is None else str(value)

    def check(self) -> None:
        """Refuse the request if there was a problem.

        Raises:
            Refusal: naming every problem.
        """
        if self._problems:
            raise invalid(self._problems)

    def _present(self, name: str) -> object | None:
        value = self._fields.get(name)
        if value in (None, ""):
            self._refuse(name, f'"{name}" is required', "any.required")
            return None
        return value

    def _refuse(self, name: str, wording: str, kind: str) -> None:
        self._problems.append(problem(name, self._location, wording, kind))


def _whole_number(value: object) -> int | None:
    """Read an order id or a quantity; ids may be longer than any quantity."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else parse_units(value)


def read_key(reader: FieldReader) -> InstrumentKey:
    """Read segment and instrument number."""
    exchange = EXCHANGES[reader.choice("exchangeSegment", tuple(EXCHANGES))]
    return InstrumentKey(exchange, reader.whole("exchangeInstrumentID", least=1))


def read_terms(reader: FieldReader, *, modified: bool = False, linked: str = "") -> Terms:
    """Read the terms of a new order, or those of a modification with their longer names.

    The entry of a ``linked`` order (CO or BO) has neither product nor validity.
    """

    def name(new: str) -> str:
        return f"modified{new[0].upper()}{new[1:]}" if modified else new

    return Terms(
        product=linked or reader.choice(name("productType"), _PRODUCTS),
        price_type=_ORDER_TYPES[reader.choice(name("orderType"), tuple(_ORDER_TYPES))],
        quantity=reader.whole(name("orderQuantity"), least=1),
        price=reader.price(name("limitPrice")),
        trigger=reader.price(name("stopPrice")),
        disclosed=reader.whole(name("disclosedQuantity"), default=0),
        validity=Validity.DAY if linked else Validity(reader.choice(name("timeInForce"), _VALIDITIES)),
    )
