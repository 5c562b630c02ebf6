"""Logging in and out of the two XTS applications."""

from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.session import Session


class Login(Protocol):
    """Opens and closes sessions with credentials it was built with; it keeps no session itself."""

    def log_in(self) -> Result[Session, BrokerError]:
        """Open one interactive and one market-data session.

        XTS allows one live session per key: this ends every earlier one, in every process. A market-data failure
        leaves `Session.market_token` None and its reason in `Session.market_problem`; trading goes on.

        Errors: Rejected (credentials refused), NotSent, Unreadable, RateLimited, NotConfigured.
        """
        ...

    def log_in_interactive(self, session: Session) -> Result[Session, BrokerError]:
        """Open a new interactive session only, and return the given session with it; its market data lives on.

        Errors: as `log_in`.
        """
        ...

    def log_in_market(self, session: Session) -> Result[Session, BrokerError]:
        """Open a new market-data session only, and return the given session with it; its interactive token lives on.

        Errors: as `log_in`; here a market-data failure is a failure.
        """
        ...

    def log_out(self, session: Session) -> Result[None, BrokerError]:
        """Close both sessions; one that is already closed counts as closed."""
        ...

    def is_alive(self, session: Session) -> Result[bool, BrokerError]:
        """Ask the server cheaply whether the interactive token still works; never by logging in."""
        ...
