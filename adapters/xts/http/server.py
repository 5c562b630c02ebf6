"""The address of an XTS server and the paths of its two applications."""

from dataclasses import dataclass, field

from jainam_prop.adapters.xts.profiles.profile import ServerLayout
from jainam_prop.domain.sessions.session import Session


@dataclass(frozen=True, slots=True)
class HostLookup:
    """The extra call by which some servers name the address of their interactive application, which changes daily.

    Attributes:
        url: whole address of the lookup call.
        access_password: a constant that the vendor publishes.
        allow_plain_http: whether the application may be used without TLS beyond this machine; tokens then travel
            unencrypted.
    """

    url: str
    access_password: str = field(repr=False)
    allow_plain_http: bool = False


@dataclass(frozen=True, slots=True)
class XtsServer:
    """One XTS installation with its two applications.

    Attributes:
        base_url: scheme, host and port.
        layout: its paths and fixed words.
        api_order_source: ``apiOrderSource`` of every order; "" leaves it out.
        lookup: the host lookup before an interactive login; None where there is none.
    """

    base_url: str
    layout: ServerLayout
    api_order_source: str = ""
    lookup: HostLookup | None = None

    def interactive(self, session: Session | None = None) -> str:
        """Return the address before an interactive path."""
        if session is not None and session.interactive_base:
            return session.interactive_base
        return f"{self.base_url.rstrip('/')}/{self.layout.interactive_root}"

    def market(self, root: str) -> str:
        """Return the address before a market-data path; the first of the roots when the session knows none."""
        return f"{self.base_url.rstrip('/')}/{root or self.layout.market_roots[0]}"
