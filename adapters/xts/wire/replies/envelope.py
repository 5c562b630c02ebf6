"""The envelope around every XTS answer, ``{"type", "code", "description", "result"}``, its variants, and what is none.

Sources: protocol reference, sections 2 and 7. Neither the HTTP status nor the prefix of the code decides: a dead token
can come with status 200, and a successful market-data login carries the code ``e-response-0010``. ``type`` decides.
"""

import json
from collections import Counter
from typing import Annotated, Any, Final, Literal, TypeVar

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer, text

_LONGEST_TEXT: Final = 400
_SHORT: Final = 4096
"""Bytes up to which an answer is searched for names that it has twice; every answer to a command is shorter."""

_Model = TypeVar("_Model", bound=BaseModel)


class Envelope(BaseModel):
    """An answer of the broker, whatever it says.

    Attributes:
        kind: ``type`` on the wire; ``text`` is a bare sentence instead of an envelope, as some errors come.
        result: plain JSON values; integers are exact up to 64 bits.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    kind: Literal["success", "error", "text"] = Field(alias="type")
    code: Annotated[str, BeforeValidator(text)] = ""
    description: Annotated[str, BeforeValidator(text)] = ""
    result: Any = None

    @property
    def succeeded(self) -> bool:
        """Whether the broker says that it did what it was asked."""
        return self.kind == "success"


def read_envelope(content: bytes, content_type: str) -> Envelope | None:
    """Read a body; None when it is no answer of XTS (an HTML page, a truncated or foreign JSON, nothing at all).

    Web servers label plain sentences as HTML by default, so markup is what opens with a bracket.
    """
    start = content[:64].lstrip()[:1]
    if start == b"{":
        return _from_json(content)
    if not start or start == b"<" or "json" in content_type or len(content) > _LONGEST_TEXT:
        return None
    return Envelope(kind="text", description=content.decode("utf-8", "replace").strip())


def understood(model: type[_Model], answer: object) -> _Model:
    """Read an answer as a model.

    Raises:
        UnreadableAnswer: it does not fit; the message names the fields and shows no value, since tokens are among them.
    """
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, problem["loc"])) or "the whole" for problem in error.errors()}))
    message = f"the answer is not understood: {fields}"
    raise UnreadableAnswer(message)


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
        return Envelope.model_validate(body)
    except (orjson.JSONDecodeError, ValidationError, RecursionError):
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
