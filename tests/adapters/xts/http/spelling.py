"""Domain values as JSON would hold them: every field by its name, every price in its shortest form."""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import singledispatch
from typing import Any

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.domain.errors import BrokerError, SideEffects
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.quote import Level, Quote
from jainam_prop.domain.positions.position import Funds, Holding, PositionKey


def outcome_as_json(outcome: Result[Any, BrokerError]) -> dict[str, Any]:
    """Write an outcome as a wire case expects it."""
    if is_successful(outcome):
        return {"success": as_json(outcome.unwrap())}
    error = by_field(outcome.failure())
    if error.get("side_effects") == as_json(SideEffects()):
        del error["side_effects"]  # a use case names them, never the wire
    return {"failure": type(outcome.failure()).__name__, **error}


def by_field(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    """Write a dataclass, without the fields that its comparison leaves out."""
    return {field.name: as_json(getattr(value, field.name)) for field in fields(value) if field.compare}


@singledispatch
def as_json(value: Any) -> Any:  # noqa: ANN401 - any domain value
    """Write a value; what JSON knows stays as it is."""
    return value


@as_json.register
def _(value: Enum) -> Any:  # noqa: ANN401 - whatever stands for it
    return value.value


@as_json.register
def _(value: Decimal) -> str:
    return f"{value.normalize():f}"


@as_json.register
def _(value: date) -> str:
    return value.isoformat()


@as_json.register
def _(value: dict) -> dict[str, Any]:  # type: ignore[type-arg]
    return {":".join(map(str, as_json(key))): as_json(each) for key, each in value.items()}


@as_json.register
def _(value: tuple) -> Any:  # type: ignore[type-arg]  # noqa: ANN401 - a list, or a mapping for a named tuple
    if hasattr(value, "_asdict") and not isinstance(value, InstrumentKey | PositionKey):
        return {name: as_json(each) for name, each in value._asdict().items()}
    return [as_json(each) for each in value]


@as_json.register(Funds)
@as_json.register(Holding)
@as_json.register(Quote)
@as_json.register(Level)
def _(value: Any) -> dict[str, Any]:  # noqa: ANN401 - one of the registered
    return by_field(value)
