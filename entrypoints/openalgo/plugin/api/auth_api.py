"""Logging in."""

from jainam_prop.entrypoints.openalgo import auth_api


def authenticate_broker(request_token: str | None = None) -> auth_api.Plain | auth_api.WithFeed:
    """Log in, or take over the login of this day; two values, or four where the host asks by the broker's name."""
    return auth_api.authenticate_broker(request_token)


def get_feed_token() -> tuple[str | None, str | None, str | None]:
    """Return the market-data token, its user and an error."""
    return auth_api.get_feed_token()
