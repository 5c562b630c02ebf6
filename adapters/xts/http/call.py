"""One request to XTS and what came back, whoever carries them, and before they are anything of XTS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from jainam_prop.domain.deadlines import Deadline


@dataclass(frozen=True, slots=True)
class Call:
    """One request; what may identify an account or open a session stays out of the repr.

    Attributes:
        url: without a query.
        token: goes into ``Authorization`` as it is, without ``Bearer``; "" sends none.
    """

    method: str
    url: str
    token: str = field(default="", repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Whatever a server answered, with its body whole and unpacked."""

    status: int
    headers: Sequence[tuple[bytes, bytes]] = field(repr=False)
    content: bytes = field(repr=False)

    def header(self, name: bytes) -> str:
        """Return a header by its name in lower case; "" when there is none."""
        for written, value in self.headers:
            if written.lower() == name:
                return value.decode("latin-1")
        return ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request may take.

    Attributes:
        seconds: for each of its waits.
        connect_seconds: the same, for the waits before a connection stands.
        deadline: when all of it must be over.
    """

    seconds: float
    connect_seconds: float
    deadline: Deadline


class Carrier(Protocol):
    """Carries calls to a server, from many threads."""

    def send(self, call: Call, patience: Patience) -> HttpAnswer:
        """Send a request exactly once and read its answer.

        Raises:
            httpx.RequestError: no answer came; its class tells what never left from what may have arrived.
        """
        ...
