"""Types of setting values that check their text; their error messages show no value."""

import ipaddress
from contextlib import suppress
from decimal import Decimal
from typing import Annotated, Final, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PositiveFloat
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from jainam_prop.domain.positions.smart_order import FlatTargetPolicy

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def _address(text: str) -> str:
    """Check a server address and return its canonical spelling, by which sessions and journals are kept apart.

    https anywhere, plain http on this machine only, no user name inside.
    """
    host = _host(text)
    if host is None:
        msg = "must be an http or https address without a user name"
        raise ValueError(msg)
    if text.lower().startswith("http:") and not _is_loopback(host):
        msg = "plain http is allowed on this machine only: use https"
        raise ValueError(msg)
    return canonical_address(text)


def canonical_address(text: str) -> str:
    """Return an address with scheme and host in lower case, without default port and without a slash at its end."""
    parts = urlsplit(text)
    host = (parts.hostname or "").rstrip(".")
    written = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{written}{port}{parts.path.rstrip('/')}"


def _proxy(text: str) -> str:
    """Check the address of a proxy, ``http://[user:password@]host:port``; the error shows nothing of it."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme == "http" and parts.hostname and parts.port and parts.path in {"", "/"}
    except ValueError:
        sound = False
    if not sound:
        msg = "must be http://host:port"
        raise ValueError(msg)
    return text


def _host(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in {"http", "https"} and parts.username is None and parts.port != 0
    except ValueError:
        return None
    return parts.hostname if sound else None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _database(text: str) -> str:
    """Check an SQLAlchemy URL; the reason it fails for would show its password."""
    with suppress(ArgumentError, ValueError):
        make_url(text)
        return text
    msg = "must be an SQLAlchemy URL"
    raise ValueError(msg)


def _upper(text: object) -> object:
    return text.upper() if isinstance(text, str) else text


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


def _delays(text: object) -> object:
    return tuple(part for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def _flat_target(text: object) -> object:
    policies = {"noop": FlatTargetPolicy.NOOP, "openalgo": FlatTargetPolicy.PLAIN_ORDER}
    if not isinstance(text, str) or text in policies:
        return policies[text] if isinstance(text, str) else text
    msg = f"must be one of {', '.join(policies)}"
    raise ValueError(msg)


Address: TypeAlias = Annotated[str, AfterValidator(_address)]
ProxyUrl: TypeAlias = Annotated[str, AfterValidator(_proxy)]
DatabaseUrl: TypeAlias = Annotated[str, AfterValidator(_database)]
AnyCase: Final = BeforeValidator(_upper)
LowerCase: Final = BeforeValidator(_lower)
FlatTarget: TypeAlias = Annotated[FlatTargetPolicy, BeforeValidator(_flat_target)]
Percent: TypeAlias = Annotated[Decimal, Field(gt=0, lt=100, allow_inf_nan=False)]
Count: TypeAlias = Annotated[PositiveFloat, Field(allow_inf_nan=False)]
Delays: TypeAlias = Annotated[tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...], BeforeValidator(_delays)]
