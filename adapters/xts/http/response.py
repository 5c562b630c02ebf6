"""Telling an answer of XTS from the pages and sentences of the servers in front of it."""

from typing import Final

from jainam_prop.adapters.xts.http.call import HttpAnswer
from jainam_prop.adapters.xts.http.reply import SERVER_FAULTS, Answered, Lost, Reply
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope, read_envelope
from jainam_prop.adapters.xts.wire.replies.refusals import refusal, said
from jainam_prop.domain.errors import Rejected

_TOO_MANY: Final = 429


def read_answer(answer: HttpAnswer) -> Reply:
    """Say what came back: XTS's answer, whatever the status, or something that is none."""
    status = answer.status
    envelope = read_envelope(answer.content, answer.header(b"content-type"))
    if status == _TOO_MANY:
        return Answered(status, envelope or Envelope(kind="text", description="HTTP 429"), _retry_after(answer))
    if envelope is None:
        return Lost(f"HTTP {status} with something else than an XTS answer", status)
    if status in SERVER_FAULTS:
        return Lost(f"HTTP {status}: {said(envelope)}", status)
    if envelope.succeeded:
        return Answered(status, envelope)
    if envelope.kind == "text" and isinstance(refusal(status, envelope), Rejected):
        return Lost(f"HTTP {status}: {said(envelope)}", status)
    return Answered(status, envelope, _retry_after(answer))


def _retry_after(answer: HttpAnswer) -> float | None:
    """Read ``Retry-After`` in seconds; its form as a date is not used by any XTS server seen."""
    seconds = answer.header(b"retry-after")
    return float(seconds) if seconds.isdecimal() else None
