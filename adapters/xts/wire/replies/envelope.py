"""The envelope around every XTS answer, ``{"type", "code", "description", "result"}``, its variants, and what is none.

Sources: protocol reference, sections 2 and 7. Neither the HTTP status nor the prefix of the code decides: a dead token
can come with status 200, and a successful market-data login carries the code ``e-response-0010``. ``type`` decides.
"""

from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from jainam_prop.adapters.xts.wire.cells import text

_LONGEST_TEXT: Final = 400


class Envelope(BaseModel):
    """An answer of the broker, whatever it says.

    Attributes:
        kind: ``type`` on the wire; ``text`` stands for a bare sentence instead of an envelope, as some errors come.
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


def _from_json(content: bytes) -> Envelope | None:
    try:
        body = orjson.loads(content)
        if "type" not in body and isinstance(body.get("data"), dict):
            body = body["data"]  # {"err": true, "data": {...}}, the rate limiter's wrapping
        return Envelope.model_validate(body)
    except (orjson.JSONDecodeError, ValidationError):
        return None
