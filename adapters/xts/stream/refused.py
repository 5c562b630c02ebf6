"""Whether an ``error`` event of the socket says that the token is dead."""

from jainam_prop.adapters.xts.wire.replies.envelope import read_envelope
from jainam_prop.adapters.xts.wire.replies.refusals import refusal
from jainam_prop.domain.errors import SessionExpired

_OK = 200


def is_refusal(payload: object) -> bool:
    """Read the event's argument, an error envelope as text, as the REST calls read theirs."""
    envelope = read_envelope(payload.encode(), "") if isinstance(payload, str) else None
    return envelope is not None and isinstance(refusal(_OK, envelope), SessionExpired)
