"""What an error envelope means: a dead token, too many calls, an empty book, or the broker's refusal with its reason.

Decided by the family of the code, then by the text (protocol reference, sections 5.4, 7 and 18).
"""

import re
from dataclasses import replace
from typing import Final

from jainam_prop.adapters.xts.wire.cells import harmless
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope
from jainam_prop.domain.errors import BrokerError, RateLimited, Rejected, SessionExpired
from jainam_prop.domain.sessions.session import ApplicationKey

_UNAUTHORISED: Final = 401
_TOO_MANY: Final = 429

_DEAD_SESSION: Final = "e-session-0007"
_MISSING_SESSION: Final = ("e-token-",)
_RATE_FAMILY: Final = "e-apirl-"
_NOT_THE_TOKEN: Final = frozenset({"e-session-0002", "e-session-0004"})
"""Market-data subscription refusals, which share the session family's prefix."""

_DEAD_TOKEN_TEXTS: Final = (
    "invalid token",
    "token/authorization not found",
    "please provide token",
    "session has been expired",
)

_EMPTY_CODE: Final = re.compile(r"e-[A-Za-z]+-0005", re.ASCII)
"""Exactly four digits: ``e-portfolio-00005`` says that the client is not mapped under the dealer."""

_TOKEN_LIKE: Final = re.compile(r"eyJ[\w-]+(?:\.[\w-]*)*|\b[0-9a-fA-F]{20,}\b")
_ADDRESS: Final = re.compile(r"\b\w+://\S+")
_LONGEST: Final = 300
_MOST_READ: Final = 10_000
_SHORTEST_SECRET: Final = 4  # anything shorter would blot out ordinary words


def refusal(
    status: int, envelope: Envelope, retry_after: float | None = None
) -> SessionExpired | RateLimited | Rejected:
    """Classify an error that the broker answered with; nothing was done in any of the three cases."""
    if status == _TOO_MANY or envelope.code.startswith(_RATE_FAMILY):
        return RateLimited(said(envelope), retry_after)
    if status == _UNAUTHORISED or _is_dead_token(envelope):
        return SessionExpired(said(envelope))
    return Rejected(_words(envelope), envelope.code)


def refused_login(error: BrokerError, key: ApplicationKey) -> BrokerError:
    """Read a refused login: there is no token yet that could be dead, and a server may quote the keys it was sent."""
    if isinstance(error, SessionExpired):
        error = Rejected(error.reason)
    if not isinstance(error, Rejected):
        return error
    reason = error.reason
    for secret in (key.app_key, key.secret_key):
        if len(secret) >= _SHORTEST_SECRET:
            reason = reason.replace(secret, "[secret]")
    return replace(error, reason=reason)


def is_empty_book(envelope: Envelope) -> bool:
    """Whether an error is XTS's way of saying that a book has no rows."""
    return _EMPTY_CODE.fullmatch(envelope.code) is not None and "data not available" in envelope.description.casefold()


def is_unseen_order(envelope: Envelope) -> bool:
    """Whether an error says that an order is not in the history, where a new one appears after about a second."""
    return is_empty_book(envelope) or (
        envelope.code == "e-orders-0001" and "not found" in envelope.description.casefold()
    )


def said(envelope: Envelope) -> str:
    """Return the broker's words with the code, fit for a message."""
    words = _words(envelope)
    return f"{words} ({envelope.code})" if envelope.code else words


def scrubbed(words: str) -> str:
    """Take addresses, tokens, keys and what acts on a terminal out of a text written elsewhere, and cap its length."""
    shown = " ".join(harmless(words[:_MOST_READ]).split())
    clean = _ADDRESS.sub("[address]", _TOKEN_LIKE.sub("[secret]", shown))
    return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1] + "…"


def _is_dead_token(envelope: Envelope) -> bool:
    code = envelope.code
    if code == _DEAD_SESSION or code.startswith(_MISSING_SESSION):
        return True
    description = envelope.description.casefold()
    return code not in _NOT_THE_TOKEN and any(words in description for words in _DEAD_TOKEN_TEXTS)


def _words(envelope: Envelope) -> str:
    """Return what the broker said; for a failed validation its messages, as the description says only Bad Request."""
    errors = envelope.result.get("errors") if isinstance(envelope.result, dict) else None
    messages = [
        str(message)
        for error in (errors if isinstance(errors, list) else ())
        if isinstance(error, dict) and isinstance(error.get("messages"), list)
        for message in error["messages"]
    ]
    return scrubbed("; ".join(messages) or envelope.description or "refused without a reason")
