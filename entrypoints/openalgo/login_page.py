"""The page of a refused login: the host redirects to its list of brokers, and the reason would only be logged."""

from html import escape
from importlib import import_module
from typing import Any, Final

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
