"""Where an XTS server answers, and what it wants to be told; one value from the settings."""

from dataclasses import dataclass, field
from typing import Final

from jainam_prop.domain.sessions.session import Session

MARKET_ROOTS: Final = ("apibinarymarketdata", "apimarketdata")
"""Where the market-data application may be, the likelier first: Jainam's server B answered only on the binary one."""


@dataclass(frozen=True, slots=True)
class HostLookup:
    """The extra step by which some servers say where their interactive application is today.

    Attributes:
        url: whole address of the lookup call.
        access_password: a constant that the vendor publishes.
        allow_plain_http: whether the application may be used without TLS beyond this machine; tokens then travel in
            the clear.
    """

    url: str
    access_password: str = field(repr=False)
    version: str = "interactive_1.0.1"
    allow_plain_http: bool = False


@dataclass(frozen=True, slots=True)
class XtsServer:
    """One XTS installation with its two applications.

    Attributes:
        base_url: scheme, host and port.
        interactive_root: first part of the path of every interactive call.
        market_roots: the places to look for market data, in order; one that is known is given alone.
        source: what a login calls itself; "" leaves it out.
        api_order_source: ``apiOrderSource`` of every order; "" leaves it out.
        trades_path: an investor's trade book below the interactive root (``/trades`` alone is 404 on Jainam).
    """

    base_url: str
    interactive_root: str = "interactive"
    market_roots: tuple[str, ...] = MARKET_ROOTS
    source: str = "WEBAPI"
    api_order_source: str = ""
    trades_path: str = "/orders/trades"
    lookup: HostLookup | None = None

    def interactive(self, session: Session | None = None) -> str:
        """Return the address before an interactive path."""
        if session is not None and session.interactive_base:
            return session.interactive_base
        return f"{self.base_url.rstrip('/')}/{self.interactive_root}"

    def market(self, root: str) -> str:
        """Return the address before a market-data path; a session that knows no root has the likeliest."""
        return f"{self.base_url.rstrip('/')}/{root or self.market_roots[0]}"
