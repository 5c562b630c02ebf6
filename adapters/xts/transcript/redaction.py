"""Replaces secrets, ids, names and tokens in what was recorded: the same value by the same stand-in everywhere.

A field keeps its value only where its name is known to be public, so what a server sends that this package does not
know is replaced. Free texts lose every value that was replaced in a field, and whatever looks like an id, a token, an
address or a tax number. Stand-ins of digits have as many digits, and money in an account's limits becomes a round sum.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib import resources
from typing import Any, Final, final

import orjson

_FIELDS: Final[dict[str, list[str]]] = orjson.loads(resources.files(__package__).joinpath("fields.json").read_bytes())
_PUBLIC, _FREE, _AMOUNTS, _VALUES = (frozenset(_FIELDS[name]) for name in ("public", "free", "amounts", "values"))
_KINDS: Final = {name: kind for kind in ("client", "person", "token", "order") for name in _FIELDS[kind]}

_SHORTEST: Final = 4
_LARGE: Final = 1_000_000
_ROUND_SUM: Final = 100_000
_LOOKS_PRIVATE: Final = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[A-Z]{5}\d{4}[A-Z]\b|\b\d{1,3}(?:\.\d{1,3}){3}\b|\beyJ[\w.-]{20,}|\b[0-9A-Fa-f]{20,}\b|\d{7,}"
)
_WORD: Final = re.compile(r"[\w@.*+-]+")
_ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}\d")
_NUMBER: Final = re.compile(r"-?\d{1,12}(\.\d+)?")


@final
class Redaction:
    """The stand-ins of one transcript.

    Everything is read twice: first to learn what is private, then to write it without.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Know some values beforehand, such as the keys of the settings."""
        self._stand_ins: dict[str, str] = {}
        self._made: set[str] = set()
        self._swept: set[str] = set()
        self.counts: Counter[str] = Counter()
        for secret in filter(None, secrets):
            self._stand_in(secret, "secret")

    def document(self, value: object, name: str = "") -> Any:  # noqa: ANN401 (JSON has any shape)
        """Return JSON without what is private; JSON within a text is treated alike."""
        if isinstance(value, Mapping):
            return {self._key(str(key)): self.document(item, str(key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.document(item, name) for item in value]
        if isinstance(value, str):
            return self._field(value, name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(value, name)
        return value

    def content(self, content: bytes) -> Any:  # noqa: ANN401
        """Return a body without what is private: JSON as it is read, anything else as its text."""
        try:
            return self.document(orjson.loads(content))
        except orjson.JSONDecodeError:
            return self.broken(content.decode("utf-8", "replace"))

    def broken(self, text: str) -> str:
        """Return a text that is no JSON: words of letters stay, and what has a digit or a sign of an address goes."""

        def word(found: re.Match[str]) -> str:
            text = found[0]
            is_plain = len(text) < _SHORTEST or text in _PUBLIC or text.isalpha() or _NUMBER.fullmatch(text)
            return text if is_plain or text in self._made else self._stand_in(text, "text")

        return _WORD.sub(word, self._free(text))

    def _key(self, name: str) -> str:
        """Return the name of a field; one that is not known and has a digit may be an account's, save for an ISIN."""
        is_known = name in _PUBLIC or name in _KINDS or name in _AMOUNTS or name in _FREE or _ISIN.fullmatch(name)
        return self._sweep(name) if is_known or not any(map(str.isdigit, name)) else self._stand_in(name, "key")

    def _field(self, text: str, name: str) -> str:
        if text[:1] in {"{", "["}:
            try:
                return orjson.dumps(self.document(orjson.loads(text))).decode()
            except orjson.JSONDecodeError:
                return self.broken(text)
        if name in _AMOUNTS:
            return str(_round_sum(float(text))) if _NUMBER.fullmatch(text) else text
        if name in _FREE:
            return self._free(text)
        if name in _PUBLIC or text in _VALUES or not any(map(str.isalnum, text)):
            return self._sweep(text)
        return self._stand_in(text, _KINDS.get(name, "text"))

    def _number(self, value: float, name: str) -> float | str:
        if name in _AMOUNTS:
            return _round_sum(value)
        if name in _PUBLIC or (name not in _KINDS and abs(value) < _LARGE):
            return value
        stand_in = self._stand_in(str(value), _KINDS.get(name, "number"))
        return int(stand_in) if stand_in.isdigit() else stand_in

    def _free(self, text: str) -> str:
        return _LOOKS_PRIVATE.sub(lambda found: self._stand_in(found[0], "id"), self._sweep(text))

    def _sweep(self, text: str) -> str:
        return self._known.sub(lambda found: self._stand_ins[found[0]], text) if self._swept else text

    @cached_property
    def _known(self) -> re.Pattern[str]:
        longest_first = sorted(self._swept, key=len, reverse=True)
        return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9])")

    def _stand_in(self, value: str, kind: str) -> str:
        if value in self._stand_ins:
            return self._stand_ins[value]
        if value in self._made:
            return value  # swept already
        self.counts[kind] += 1
        number = str(self.counts[kind])
        made = "9" + number.zfill(max(len(value), len(number) + 1) - 1) if value.isdigit() else f"{kind}-{number}"
        while made in self._made:  # digits of two kinds
            made = str(int(made) + 1)
        self._stand_ins[value] = made
        self._made.add(made)
        if len(value) >= _SHORTEST and (kind != "text" or not value.isalpha()):
            self._swept.add(value)
            self.__dict__.pop("_known", None)
        return made


def _round_sum(value: float) -> int:
    return _ROUND_SUM * ((value > 0) - (value < 0))
