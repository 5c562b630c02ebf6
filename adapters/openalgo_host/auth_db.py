"""The logins that the host keeps, read past its cache, which another process may have made stale."""

from importlib import import_module
from types import ModuleType


class HostLogins:
    """Reads the host's table of logins; never writes it, because a changed login tears every live feed down.

    Every name here is the OpenAlgo user's, as the host passes it to its streaming adapters.
    """

    def auth_of(self, user_name: str) -> str | None:
        """Return what `authenticate_broker` gave the host, or None when there is none or it was revoked."""
        logins = _auth_db()
        try:
            auth: str | None = logins.get_auth_token(user_name, bypass_cache=True)
        finally:
            logins.db_session.remove()
        return auth or None

    def feed_token_of(self, user_name: str) -> str | None:
        """Return the market-data token that the host keeps, or None; the host's own reader cannot pass its cache."""
        logins = _auth_db()
        try:
            row = logins.get_feed_token_dbquery(user_name)
            feed_token: str | None = logins.decrypt_token(row.feed_token) if row is not None else None
        finally:
            logins.db_session.remove()
        return feed_token or None


def _auth_db() -> ModuleType:
    return import_module("database.auth_db")
