"""The host's ``.env``, read and changed by meaning: the broker is listed, and the callback is its own.

Only the name in the list and the last folders of the address are put in and taken out. Port, domain, order, quotes and
comments are the host's, before and after.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import ndiff
from typing import Final, NamedTuple, final

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.entrypoints.hosting.edits import UnknownTextError

_BARE: Final = re.compile(r"(?:[A-Za-z0-9_./:@,+-]+(?: +[A-Za-z0-9_./:@,+-]+)*)?")
_ASSIGNMENT: Final = (
    r"(?m)^(?P<head>[ \t]*(?:export[ \t]+)?{name}[ \t]*=[ \t]*)"
    r"(?:'(?P<single>(?:\\.|[^'\\\r\n])*)'|\"(?P<double>(?:\\.|[^\"\\\r\n])*)\"|(?P<bare>[^\r\n#]*?(?:(?<=\S)#[^\r\n#]*?)*))"
    r"(?P<tail>[ \t]*(?:#[^\r\n]*)?)(?=\r?$)"
)
_ESCAPED: Final = re.compile(r"\\(.)")


@final
@dataclass(frozen=True, slots=True)
class EnvFile:
    """The text of the file; a name that is assigned twice has its last value, as for python-dotenv."""

    text: str

    def value(self, name: str) -> str | None:
        """Return the value of a variable; None where it is not assigned."""
        found = self._last(name)
        return None if found is None else _value_of(found)

    def with_value(self, name: str, value: str) -> "EnvFile":
        """Return the file with a variable set: in its last assignment, in the quotes there, or on a new line."""
        found = self._last(name)
        if found is None:
            return EnvFile(self._ended() + f"{name}={_quoted(value, '')}{self._newline}")
        quote = "'" if found["single"] is not None else '"' if found["double"] is not None else ""
        new = f"{found['head']}{_quoted(value, quote)}{found['tail']}"
        return EnvFile(f"{self.text[: found.start()]}{new}{self.text[found.end() :]}")

    def without(self, name: str) -> "EnvFile":
        """Return the file without the lines that assign a variable."""
        pattern = _ASSIGNMENT.format(name=re.escape(name)).removesuffix(r"(?=\r?$)") + r"\r?(?:\n|\Z)"
        return EnvFile(re.sub(pattern, "", self.text))

    @property
    def _newline(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def _ended(self) -> str:
        return self.text if not self.text or self.text.endswith("\n") else self.text + self._newline

    def _last(self, name: str) -> re.Match[str] | None:
        *_, last = (None, *re.finditer(_ASSIGNMENT.format(name=re.escape(name)), self.text))
        return last


NO_SETTINGS: Final = EnvFile("")


def _value_of(found: re.Match[str]) -> str:
    for group in ("single", "double"):
        if found[group] is not None:
            return _ESCAPED.sub(r"\1", found[group])
    return found["bare"].strip()


def _quoted(value: str, quote: str) -> str:
    """Write a value in the quotes given; where there are none, in single quotes if it needs some."""
    if not quote and _BARE.fullmatch(value):
        return value
    mark = quote or "'"
    return mark + value.replace("\\", "\\\\").replace(mark, f"\\{mark}") + mark


ENV: Final = ".env"
LISTED: Final = "VALID_BROKERS"
ADDRESS: Final = "REDIRECT_URL"

_BROKER: Final = JAINAM.name
_CALLBACK: Final = re.compile(r"(?<=/)(?P<broker>[^/?#]+)(?=/callback/?$)")


class EnvChanges(NamedTuple):
    """What this program changed in the file.

    Attributes:
        listed: whether it put the broker into the list.
        callback: the broker of the address before; "" where it was ours already.
    """

    listed: bool = False
    callback: str = ""


NO_CHANGES: Final = EnvChanges()


def lists_broker(file: EnvFile) -> bool:
    """Whether the host accepts the broker."""
    return _BROKER in _names(file.value(LISTED) or "")


def calls_back(file: EnvFile) -> bool:
    """Whether the host's login leads to the broker."""
    return _callback_of(file) == _BROKER


def with_broker(file: EnvFile, before: EnvChanges) -> tuple[EnvFile, EnvChanges]:
    """Return the file with the broker in it, and all that was changed for that, now and earlier.

    Raises:
        UnknownTextError: a setting that every host has is missing, or has another form.
    """
    brokers, address, callback = file.value(LISTED), file.value(ADDRESS), _callback_of(file)
    if brokers is None:
        message = f"{ENV} has no {LISTED}. Take the line over from .sample.env, then install again."
        raise UnknownTextError(message)
    if address is None or callback is None:
        message = f"{ENV}: {ADDRESS} does not end with a broker and /callback, as in .sample.env."
        raise UnknownTextError(message)
    changes = before
    if _BROKER not in _names(brokers):
        file = file.with_value(LISTED, f"{brokers},{_BROKER}" if _names(brokers) else _BROKER)
        changes = changes._replace(listed=True)
    if callback != _BROKER:
        file = file.with_value(ADDRESS, _CALLBACK.sub(_BROKER, address))
        changes = changes._replace(callback=callback)
    return file, changes


def needed_changes(before: EnvFile) -> EnvChanges:
    """Return what has to change in a file, or in some lines of one, for the broker to be in it."""
    callback = _callback_of(before)
    listed = before.value(LISTED) is not None and not lists_broker(before)
    return EnvChanges(listed, callback if callback and callback != _BROKER else "")


def without_broker(file: EnvFile, changes: EnvChanges) -> EnvFile:
    """Return the file without what this program put in, as far as it is still there."""
    if changes.listed and lists_broker(file):
        brokers = re.sub(rf"(^|,)\s*{_BROKER}\s*(?=,|$)", "", file.value(LISTED) or "").removeprefix(",").lstrip()
        file = file.with_value(LISTED, brokers)
    if changes.callback and calls_back(file):
        file = file.with_value(ADDRESS, _CALLBACK.sub(changes.callback, file.value(ADDRESS) or ""))
    return file


def line_changes(before: EnvFile, after: EnvFile) -> Iterator[str]:
    """Yield the lines that go and come, marked with ``-`` and ``+``."""
    lines = ndiff(before.text.splitlines(), after.text.splitlines())
    return (line for line in lines if line.startswith(("- ", "+ ")))


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


def _callback_of(file: EnvFile) -> str | None:
    found = _CALLBACK.search(file.value(ADDRESS) or "")
    return None if found is None else found["broker"]
