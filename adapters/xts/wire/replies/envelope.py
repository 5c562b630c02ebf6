"""The envelope around every XTS answer, ``{"type", "code", "description", "result"}``, and what an error in it means.

Sources: protocol reference, sections 2 and 7. Neither the HTTP status nor the prefix of the code decides: a dead token
can come with status 200, and a successful market-data login carries the code ``e-response-0010``. ``type`` decides.
What an error means is decided by the family of its code, then by its text (sections 5.4, 7 and 18).
"""

import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any, Final, Literal, NamedTuple

import orjson

from jainam_prop.adapters.xts.wire.cells import harmless, text
from jainam_prop.domain.errors import BrokerError, RateLimited, Rejected, SessionExpired
from jainam_prop.domain.sessions.session import ApplicationKey

_LONGEST_TEXT: Final = 400
_SHORT: Final = 4096
"""Bytes up to which an answer is searched for names that it has twice; every answer to a command is shorter."""

_KINDS: Final[dict[str, Literal["success", "error", "text"]]] = {"success": "success", "error": "error", "text": "text"}


class Envelope(NamedTuple):
    """An answer of the broker, whatever it says.

    Attributes:
        kind: ``type`` on the wire; ``text`` is a bare sentence instead of an envelope, as some errors come.
        result: plain JSON values; integers are exact up to 64 bits.
    """

    kind: Literal["success", "error", "text"]
    code: str = ""
    description: str = ""
    result: Any = None

    @property
    def succeeded(self) -> bool:
        """Whether the broker says that it did what it was asked."""
        return self.kind == "success"


def envelope_of(body: object) -> Envelope | None:
    """Read an envelope; None when it is none."""
    kind = body.get("type") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(kind, str) or kind not in _KINDS:
        return None
    return Envelope(_KINDS[kind], text(body.get("code")), text(body.get("description")), body.get("result"))


def read_envelope(content: bytes, content_type: str) -> Envelope | None:
    """Read a body; None when it is no answer of XTS (an HTML page, a truncated or foreign JSON, nothing at all).

    Web servers label plain sentences as HTML by default, so markup is what opens with a bracket.
    """
    start = content[:64].lstrip()[:1]
    if start == b"{":
        return _from_json(content)
    if not start or start == b"<" or "json" in content_type or len(content) > _LONGEST_TEXT:
        return None
    return Envelope(kind="text", description=text(content.decode("utf-8", "replace").strip()))


def accepted_id(result: object, field: str = "AppOrderID") -> str | None:
    """Return the broker's order id of an acceptance as text; None when it names none.

    An acceptance is an object, or on some servers an array of one (protocol reference, sections 5.1 to 5.3). A cover
    order is accepted with two, ``EntryAppOrderID`` and ``ExitAppOrderID``.
    """
    row = result[0] if isinstance(result, list) and result else result
    value = row.get(field) if isinstance(row, dict) else None
    written = str(value) if type(value) is int else value
    return written if isinstance(written, str) and is_order_id(written) else None


def is_order_id(text: str) -> bool:
    """Whether a text is a number that XTS could have given to an order."""
    return text.isascii() and text.isdigit() and int(text) > 0


def _from_json(content: bytes) -> Envelope | None:
    try:
        body = orjson.loads(content)
        if len(content) <= _SHORT and _names_twice(content, body):
            return None
        if "type" not in body and isinstance(body.get("data"), dict):
            body = body["data"]  # {"err": true, "data": {...}}, the rate limiter's wrapping
        return envelope_of(body)
    except (orjson.JSONDecodeError, RecursionError):
        return None


def _names_twice(content: bytes, body: object) -> bool:
    """Return whether an object of an answer has one name twice, so that it says two things.

    The names in the text are counted first; where a text could hold one, the answer is read once more.
    """
    if content.count(b'":') + content.count(b'" :') == _count_names(body):
        return False
    repeated: list[str] = []

    def note_repeated(pairs: list[tuple[str, object]]) -> None:
        repeated.extend(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)

    json.loads(content, object_pairs_hook=note_repeated)
    return bool(repeated)


def _count_names(body: object) -> int:
    names, unread = 0, [body]
    while unread:
        part = unread.pop()
        if isinstance(part, dict):
            names += len(part)
            unread += part.values()
        elif isinstance(part, list):
            unread += part
    return names


_UNAUTHORISED: Final = 401
_TOO_MANY: Final = 429

_DEAD_SESSION: Final = frozenset({"e-session-0005", "e-session-0007"})  # the first was seen in September 2026
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
    if code in _DEAD_SESSION or code.startswith(_MISSING_SESSION):
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
