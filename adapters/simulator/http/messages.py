"""Requests and replies of the simulated server, independent of their transport."""

from collections.abc import Callable
from dataclasses import dataclass
from socket import socket
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

import orjson

JSON: Final = "application/json; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"

_NGINX_404: Final = (
    b"<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n"
    b"<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_EXPRESS_500: Final = (
    b'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n'
    b"<body>\n<pre>Internal Server Error</pre>\n</body>\n</html>\n"
)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def token(self) -> str:
        """The ``Authorization`` header, a bare token in XTS."""
        return self.headers.get("authorization", "").strip()

    def fields(self) -> dict[str, object]:
        """Return query and body as one mapping; surrounding blanks are stripped, as the live server does."""
        found = _form(self.target.partition("?")[2])
        text = self.body.strip()
        if text.startswith(b"{"):
            found |= _json_object(text)
        elif text:
            found |= _form(text.decode(errors="replace"))
        return found


def _form(text: str) -> dict[str, object]:
    return {name.strip(): value.strip() for name, value in parse_qsl(text, keep_blank_values=True)}


def _json_object(text: bytes) -> dict[str, object]:
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return {name: value.strip() if isinstance(value, str) else value for name, value in parsed.items()}


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP reply."""

    status: int
    body: bytes
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the connection without a reply, with a TCP reset if ``abruptly``."""

    abruptly: bool = False


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Send ``head`` and switch protocols: ``serve`` owns the connection, and gets the bytes after the request."""

    head: bytes
    serve: Callable[[socket, bytes], None]


Answer: TypeAlias = Reply | HangUp | Upgrade


def success(code: str, description: str, result: object) -> Reply:
    """Wrap a result in the XTS envelope."""
    return envelope(200, "success", code, description, result)


def failure(code: str, description: str, result: object = None) -> Reply:
    """Wrap a refusal in the XTS envelope; nearly every refusal is HTTP 400."""
    return envelope(400, "error", code, description, {} if result is None else result)


def envelope(status: int, kind: str, code: str, description: str, result: object) -> Reply:
    """Build an XTS envelope with any HTTP status."""
    return Reply(status, orjson.dumps({"type": kind, "code": code, "description": description, "result": result}))


def rate_limited(user_id: str, *, wrapped: bool) -> Reply:
    """Build the limiter's HTTP 429, plain or inside ``{err, data}``."""
    text = f"Rate limit exceeded for user {user_id}"
    refusal = {"type": "error", "code": "e-apirl-0004", "description": text}
    return Reply(429, orjson.dumps({"err": True, "data": refusal} if wrapped else refusal | {"result": {}}))


def not_found() -> Reply:
    """Build nginx' HTTP 404 for a path without a route."""
    return Reply(404, _NGINX_404, HTML)


def no_such_route(request: Request) -> Reply:
    """Build the application's HTTP 404 for an unknown path."""
    text = f"<!DOCTYPE html>\n<html>\n<body>\n<pre>Cannot {request.method} {request.path}</pre>\n</body>\n</html>\n"
    return Reply(404, text.encode(), HTML)


def crashed() -> Reply:
    """Build the application's HTTP 500 error page."""
    return Reply(500, _EXPRESS_500, HTML)
