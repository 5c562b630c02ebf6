"""The text of a ``.env`` file, read and changed by meaning: lines, comments, quotes and line ends stay as they are."""

import re
from dataclasses import dataclass
from typing import Final, final

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
