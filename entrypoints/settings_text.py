"""Readers of settings: from a text to its value, or a `ValueError` whose message shows nothing of it."""

import ipaddress
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import time
from decimal import Decimal
from importlib import import_module
from math import isfinite
from typing import Final, NoReturn, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from jainam_prop.domain.positions.smart_order import FlatTargetPolicy

_Value = TypeVar("_Value")

_HUNDRED: Final = 100
_LONGEST_SOURCE: Final = 20
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def address(text: str) -> str:
    """Check a server address and return its canonical spelling, by which sessions and journals are kept apart.

    https anywhere, plain http on this machine only, no user name inside.
    """
    host = _host(text)
    if host is None:
        _wrong("must be an http or https address without a user name")
    if text.lower().startswith("http:") and not _is_loopback(host):
        _wrong("plain http is allowed on this machine only: use https")
    return canonical_address(text)


def canonical_address(text: str) -> str:
    """Return an address with scheme and host in lower case, without default port and without a slash at its end."""
    parts = urlsplit(text)
    host = (parts.hostname or "").rstrip(".")
    written = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{written}{port}{parts.path.rstrip('/')}"


def proxy(text: str) -> str:
    """Check the address of a proxy, ``http://[user:password@]host:port``; the error shows nothing of it."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme == "http" and parts.hostname and parts.port and parts.path in {"", "/"}
    except ValueError:
        sound = False
    if not sound:
        _wrong("must be http://host:port")
    return text


def _wrong(why: str) -> NoReturn:
    raise ValueError(why)


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


def database_url(text: str) -> str:
    """Check an SQLAlchemy URL; the reason it fails for would show its password."""
    try:
        if make_url(text).drivername.startswith("postgres"):
            import_module("psycopg")
    except ImportError:  # also where it is there and its libpq is not
        _wrong("needs the driver psycopg: pip install 'jainam-prop[postgres]'")
    except (ArgumentError, ValueError):
        pass
    else:
        return text
    _wrong("must be an SQLAlchemy URL")


def secret(text: str) -> str:
    """Return a text that is never shown, not even by ``config show``."""
    return text


def one_of(words: Mapping[str, _Value], case: Callable[[str], str] = str.upper) -> Callable[[str], _Value]:
    """Return a reader of words, whatever the case they are written in."""

    def read(text: str) -> _Value:
        return words[checked(case(text), words)]

    return read


def checked(word: str, allowed: Collection[str]) -> str:
    """Return a word that is among those allowed."""
    if word in allowed:
        return word
    _wrong(f"must be one of {', '.join(sorted(allowed))}")


def number(above: float = 0.0, least: float = 0.0) -> Callable[[str], float]:
    """Return a reader of finite numbers above one bound and at or over another."""

    def read(text: str) -> float:
        with suppress(ValueError):
            value = float(text)
            if value > above and value >= least and isfinite(value):
                return value
        _wrong(f"must be a number {f'of {least:g} or more' if least > above else f'above {above:g}'}")

    return read


def delays(text: str) -> tuple[float, ...]:
    """Read seconds between commas."""
    return tuple(number(above=-1.0, least=0.0)(part) for part in text.split(",") if part.strip())


def percent(text: str) -> Decimal:
    """Read a decimal between 0 and 100, both left out."""
    with suppress(ArithmeticError):
        value = Decimal(text)
        if 0 < value < _HUNDRED:
            return value
    _wrong(f"must be a number between 0 and {_HUNDRED}")


def time_of_day(text: str) -> time:
    """Read ``HH:MM``."""
    with suppress(ValueError):
        return time.fromisoformat(text)
    _wrong("must be a time such as 03:00")


def order_source(text: str) -> str:
    """Read a name of at most 20 characters."""
    if len(text) <= _LONGEST_SOURCE:
        return text
    _wrong(f"must have at most {_LONGEST_SOURCE} characters")


_YES_AND_NO: Final = (("true", "1", "yes", "on", "t", "y"), ("false", "0", "no", "off", "f", "n"))

yes_or_no: Final = one_of({word: words is _YES_AND_NO[0] for words in _YES_AND_NO for word in words}, str.lower)
flat_target: Final = one_of({"noop": FlatTargetPolicy.NOOP, "openalgo": FlatTargetPolicy.PLAIN_ORDER}, str.lower)
