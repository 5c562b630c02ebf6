"""Which endpoint a request is for, and what a handler gets to see of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from jainam_prop.adapters.simulator.server.config import LoginSpec
from jainam_prop.adapters.simulator.server.http_messages import Reply
from jainam_prop.adapters.simulator.server.sessions import INTERACTIVE, MARKET, LiveSession


@dataclass(frozen=True, slots=True)
class Call:
    """One request that has passed the door.

    Attributes:
        root: the application's prefix as it was called.
        live: the caller's session; None on endpoints that need none.
    """

    root: str
    fields: Mapping[str, object]
    token: str = field(default="", repr=False)
    live: LiveSession | None = None

    @property
    def session(self) -> LiveSession:
        """The caller's session.

        Raises:
            LookupError: the endpoint needs none and so has none.
        """
        if self.live is None:
            raise LookupError(self.root)
        return self.live

    @property
    def login(self) -> LoginSpec:
        """Who calls."""
        return self.session.login


Handler: TypeAlias = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint.

    Attributes:
        name: what faults, counters and the rate chart call it.
        family: the group that faults may name instead.
        is_open: whether it answers without a token.
    """

    name: str
    family: str
    handler: Handler
    is_open: bool = False

    @property
    def places(self) -> tuple[str, str]:
        """The names under which a fault may strike here."""
        return self.name, self.family


Routes: TypeAlias = dict[tuple[str, str], Route]


_BARE: Final = frozenset({"user", "orders", "portfolio", "status", "messages"})


class Router:
    """Finds the route of a request.

    Attributes:
        applications: prefix → application name and its routes.
    """

    def __init__(
        self, interactive: Routes, market: Routes, market_roots: tuple[str, ...], *, bare: bool = False
    ) -> None:
        """Serve the interactive application below its prefix, and without any if ``bare``."""
        self._roots: dict[str, tuple[str, Routes]] = {"interactive": (INTERACTIVE, interactive)}
        self._bare = bare
        self._roots |= dict.fromkeys(market_roots, (MARKET, market))

    def application(self, path: str) -> tuple[str, str] | None:
        """Return the prefix and the application of a path, None where nginx routes nothing."""
        root = path.strip("/").partition("/")[0]
        found = self._roots.get(root)
        if found is None and self._bare and root in _BARE:
            return "", INTERACTIVE
        return (root, found[0]) if found else None

    def route(self, root: str, method: str, path: str, fields: Mapping[str, object]) -> Route | None:
        """Return the endpoint of a path below a prefix; one order's history shares its path with the order book."""
        below = f"/{path.strip('/').removeprefix(root).strip('/')}"
        if method == "GET" and below == "/orders" and "appOrderID" in fields:
            below = "/orders?appOrderID"
        routes = self._roots[root][1] if root else self._roots["interactive"][1]
        return routes.get((method, below))
