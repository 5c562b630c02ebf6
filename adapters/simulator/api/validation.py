"""Field checks in the manner of the live server: every problem of a request in one refusal."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import orjson

from jainam_prop.adapters.simulator.api.refusal import Refusal
from jainam_prop.domain.money import parse_decimal, parse_units

CODE: Final = "e-property-validation-failed"


def missing(name: str, location: str = "query") -> Refusal:
    """Return the refusal of a request that lacks one field."""
    return _refusal([_problem(name, location, f'"{name}" is required', "any.required")])


def too_many(name: str, most: int) -> Refusal:
    """Return the refusal of a list that is too long."""
    wording = f'"{name}" must contain less than or equal to {most} items'
    return _refusal([_problem(name, "body", wording, "array.max")])


def unknown(name: str, location: str = "body") -> Refusal:
    """Return the refusal of a value that is none of those allowed."""
    return _refusal([_problem(name, location, f'"{name}" must be one of the allowed values', "any.allowOnly")])


def as_list(value: object) -> list[object]:
    """Read a list, which a form carries as JSON text."""
    if isinstance(value, str):
        value = orjson.loads(value) if value.startswith("[") else [value]
    return list(value) if isinstance(value, list) else []


class FieldReader:
    """Reads fields one by one; `check` refuses the request with everything that was wrong."""

    def __init__(self, fields: Mapping[str, object], location: str = "body") -> None:
        self._fields = fields
        self._location = location
        self._problems: list[dict[str, object]] = []

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        """Read one of a list of words, exactly as listed; the first of them stands in until `check` refuses."""
        value = self._present(name)
        if isinstance(value, str) and value in allowed:
            return value
        if value is not None:
            self._refuse(name, f'"{name}" must be one of [{", ".join(allowed)}]', "any.allowOnly")
        return allowed[0]

    def whole(self, name: str, *, least: int = 0, default: int | None = None) -> int:
        """Read a whole number; numeric text is accepted as on the live server."""
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
        """Read a text that must be there."""
        value = self._present(name)
        return "" if value is None else str(value)

    def check(self) -> None:
        """Refuse the request if anything was wrong.

        Raises:
            Refusal: naming every problem.
        """
        if self._problems:
            raise _refusal(self._problems)

    def _present(self, name: str) -> object | None:
        value = self._fields.get(name)
        if value in (None, ""):
            self._refuse(name, f'"{name}" is required', "any.required")
            return None
        return value

    def _refuse(self, name: str, wording: str, kind: str) -> None:
        self._problems.append(_problem(name, self._location, wording, kind))


def _whole_number(value: object) -> int | None:
    """Read an order id or a quantity; ids may be longer than any quantity."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else parse_units(value)


def _problem(name: str, location: str, wording: str, kind: str) -> dict[str, object]:
    return {"field": [name], "location": location, "messages": [wording], "types": [kind]}


def _refusal(problems: list[dict[str, object]]) -> Refusal:
    return Refusal(CODE, "Bad Request", {"status": 400, "statusText": "Bad Request", "errors": problems})
