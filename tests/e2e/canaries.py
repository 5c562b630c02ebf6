"""Marked secrets, and an eye on everything in which they could show."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from jainam_prop.adapters.simulator.config import Credentials, LoginSpec, SimulatorConfig
from jainam_prop.adapters.xts.profiles.jainam import PRO_CLIENT_MARK
from jainam_prop.domain.sessions.session import AccountKind, Session

SLICE: Final = 6
LOGIN: Final = LoginSpec(
    "PRODESK01",
    AccountKind.PRO,
    (PRO_CLIENT_MARK,),
    Credentials("qJ7wKx2vRb9TzLm4HcN8", "Yp$3#fGs!6dVt"),
    Credentials("uE5hZa1oXk8PwQj6MrB3", "Cn$9#iWl!2yUg"),
)
CONFIG: Final = SimulatorConfig(instruments=300, rate_limits=False, logins=(LOGIN,))
TOKEN_KEY: Final = "Dv4bTe7mKs0xHz2n"
LOGIN_SECRETS: Final = tuple(
    part for keys in (LOGIN.interactive, LOGIN.market) for part in (keys.key, keys.key.upper(), keys.secret)
)


def parts_of(*secrets: str | None) -> frozenset[str]:
    """Return every slice of six characters of some secrets."""
    return frozenset(
        secret[start : start + SLICE]
        for secret in secrets
        if secret is not None
        for start in range(len(secret) - SLICE + 1)
    )


def parts_of_session(session: Session, ticket: str) -> frozenset[str]:
    """Return every slice of a session's tokens, and of the string that the host keeps for it."""
    return parts_of(session.interactive_token, session.market_token, ticket.split(".", 1)[1])


class Witness(logging.Handler):
    """Sees every log record, exception and answer, and remembers them as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(self.format(record) + repr(record.args) + repr(record.exc_info))

    def call(self, function: Callable[[], object]) -> object:
        """Call a function and remember what it answers or raises."""
        try:
            answer = function()
        except Exception as error:  # whatever it raises, it must not show a secret
            self.seen.append("".join(traceback.format_exception(error)) + repr(error))
            return None
        self.seen.append(repr(answer))
        return answer

    def leaks(self, parts: frozenset[str]) -> list[str]:
        """Return what shows a part of a secret."""
        return [text for text in self.seen if shows(text, parts)]


def shows(text: str, parts: frozenset[str]) -> str | None:
    """Return the first part of a secret that a text shows, or None."""
    starts = range(len(text) - SLICE + 1)
    return next((text[start : start + SLICE] for start in starts if text[start : start + SLICE] in parts), None)


def shown_in_files(folder: Path, parts: frozenset[str]) -> dict[str, str]:
    """Return the files below a folder that hold a part of a secret, with that part."""
    found = {
        path.name: shows(path.read_bytes().decode("latin-1"), parts) for path in folder.rglob("*") if path.is_file()
    }
    return {name: part for name, part in found.items() if part is not None}


@contextmanager
def watched() -> Iterator[Witness]:
    """Watch every logger at DEBUG for the length of a block."""
    witness, root = Witness(), logging.getLogger()
    level = root.level
    root.addHandler(witness)
    root.setLevel(logging.DEBUG)
    try:
        yield witness
    finally:
        root.setLevel(level)
        root.removeHandler(witness)
