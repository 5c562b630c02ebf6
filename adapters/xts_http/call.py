"""One request to XTS, before it is anything of httpx."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Call:
    """One request; what may identify an account or open a session stays out of the repr.

    Attributes:
        token: goes into ``Authorization`` as it is, without ``Bearer``; "" sends none.
    """

    method: str
    url: str
    token: str = field(default="", repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
