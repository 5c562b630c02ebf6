"""The envelope around every XTS answer, ``{"type", "code", "description", "result"}``, its variants, and what is none.

Sources: protocol reference, sections 2 and 7. Neither the HTTP status nor the prefix of the code decides: a dead token
can come with status 200, and a successful market-data login carries the code ``e-response-0010``. ``type`` decides.
"""

import json
from collections import Counter
from typing import Any, Final, Literal, NamedTuple

import orjson

from jainam_prop.adapters.xts.wire.cells import text

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
    if isinstance(body, dict):
        return len(body) + sum(map(_count_names, body.values()))
    return sum(map(_count_names, body)) if isinstance(body, list) else 0
