"""Logging in, exactly as OpenAlgo's two login branches call it."""

import logging
from collections.abc import Callable
from dataclasses import replace
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.domain.errors import BrokerError, NotConfigured, Unreadable
from jainam_prop.domain.sessions.session import Application, Session
from jainam_prop.entrypoints.openalgo.runtime import follow_orders, trading_app
from jainam_prop.entrypoints.settings_source import SettingsError

if TYPE_CHECKING:
    from jainam_prop.entrypoints.trading_app import TradingApp

_BACK: Final = "/broker"
_UNAUTHORIZED: Final = 401
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Login refused</title></head>
<body>
<h1>The login was refused</h1>
<p>{message}</p>
<p><a href="{back}">Back to the list of brokers</a></p>
</body></html>
"""


def show_refusal(message: str) -> None:
    """Answer the browser's request that is being served with a page that shows why there is no login.

    Does nothing outside a request of Flask. Programs get the message as JSON from the host, which is left as it is.

    Args:
        message: the broker's words, or ours; no secret is in it.
    """
    try:
        flask: Any = import_module("flask")
    except ImportError:
        return
    if flask.has_request_context():
        flask.after_this_request(lambda response: _page_instead(response, message))


def _page_instead(response: Any, message: str) -> Any:  # noqa: ANN401 (Flask is not installed outside a host)
    """Replace a redirect; another answer of the host stays."""
    if "Location" not in response.headers:
        return response
    del response.headers["Location"]
    response.status_code = _UNAUTHORIZED
    response.content_type = "text/html; charset=utf-8"
    response.set_data(_PAGE.format(message=escape(message), back=_BACK))
    return response


_LOG: Final = logging.getLogger(__name__)

BROKER: Final = JAINAM.name
"""What the host's branch for key-and-secret brokers passes; its branch for all others passes a code, or nothing."""

Plain: TypeAlias = tuple[str | None, str | None]
WithFeed: TypeAlias = tuple[str | None, str | None, str | None, str | None]


def authenticate_broker(request_token: str | None = None) -> Plain | WithFeed:
    """Log in, or take over the login of this day that still works.

    Args:
        request_token: the broker's name or a code, by the branch of the host that calls; a code is not used.

    Returns:
        ``(auth, feed_token, user_id, error)`` for the branch that passes the broker's name, ``(auth, error)`` for the
        other. ``auth`` is None only when there is no login. An error together with a login says what is degraded: the
        market-data feed, or trading.
    """
    opened = _as_value(lambda app: app.sessions.log_in(verify=True))
    if not is_successful(opened):
        message = opened.failure().message
        _LOG.warning("login failed: %s", message)
        show_refusal(message)
        return (None, None, None, message) if request_token == BROKER else (None, message)
    app, session = opened.unwrap()
    follow_orders(session)
    auth, caution = app.sessions.auth_for(session), _caution(session)
    if caution is not None:
        _LOG.warning("logged in, but %s", caution)
    return (auth, session.market_token, session.user_id, caution) if request_token == BROKER else (auth, caution)


def get_feed_token() -> tuple[str | None, str | None, str | None]:
    """Return the market-data token, its user id and an error.

    Logs in only when there was no login this day, and never after a logout.
    """
    opened = _as_value(lambda app: app.sessions.newest().bind(lambda session: _with_market_data(app, session)))
    if not is_successful(opened):
        return None, None, opened.failure().message
    _, session = opened.unwrap()
    if session.market_token is None:
        return None, None, session.market_problem
    return session.market_token, session.market_user_id or session.user_id, None


def _with_market_data(app: "TradingApp", session: Session) -> Result[Session, BrokerError]:
    """Try again for market data that the login of the day could not open."""
    if session.market_token is not None:
        return Success(session)
    renewed = app.sessions.renew(Application.MARKET_DATA, session)
    return renewed.lash(lambda error: Success(replace(session, market_problem=error.message)))


def _as_value(
    open_session: Callable[["TradingApp"], Result[Session, BrokerError]],
) -> Result[tuple["TradingApp", Session], BrokerError]:
    """Open a session and resolve open orders; every failure is a value, since the host catches no exception here."""
    try:
        app = trading_app()
        opened = open_session(app)
        if is_successful(opened):
            app.recovery.start(opened.unwrap())
        return opened.map(lambda session: (app, session))
    except SettingsError as error:
        return Failure(NotConfigured(str(error)))
    except Exception as error:
        # Its text might hold a secret, so only its type is logged.
        _LOG.error("login broke off: %s", type(error).__name__)
        return Failure(Unreadable(f"the login broke off ({type(error).__name__})"))


def _caution(session: Session) -> str | None:
    cautions = [f"market data is off: {session.market_problem}"] if session.market_token is None else []
    if session.account.trading_barrier:
        cautions.append(f"trading is off: {session.account.trading_barrier}")
    return "; ".join(cautions) or None
