"""Requests and replies of the simulated server; what they travel on is elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass, field
from socket import socket
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

import orjson

JSON: Final = "application/json; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"

NGINX_404: Final = (
    b"<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n"
    b"<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
EXPRESS_500: Final = (
    b'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n'
    b"<body>\n<pre>Internal Server Error</pre>\n</body>\n</html>\n"
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came off the wire; header names are in lower case."""

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
        """The ``Authorization`` header, which XTS wants bare."""
        return self.headers.get("authorization", "").strip()

    def fields(self) -> dict[str, object]:
        """Return query and body as one mapping; names and texts lose stray blanks, as the live server allows."""
        query = parse_qsl(self.target.partition("?")[2], keep_blank_values=True)
        found: dict[str, object] = {name.strip(): value.strip() for name, value in query}
        found.update(self._body_fields())
        return found

    def _body_fields(self) -> dict[str, object]:
        text = self.body.strip()
        if not text:
            return {}
        if not text.startswith(b"{"):
            return {
                name.strip(): value.strip()
                for name, value in parse_qsl(text.decode(errors="replace"), keep_blank_values=True)
            }
        try:
            parsed = orjson.loads(text)
        except orjson.JSONDecodeError:
            return {}
        return {name: value.strip() if isinstance(value, str) else value for name, value in parsed.items()}


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply; ``cut`` sends only the first half of the body under the full length's promise of JSON."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HangUp:
    """No reply: the connection closes, with a reset if ``abruptly``."""

    abruptly: bool = False


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The connection changes its protocol: ``head`` is sent, then ``serve`` has it until it returns.

    ``serve`` gets the connection and the bytes that came after the request.
    """

    head: bytes
    serve: Callable[[socket, bytes], None]


Answer: TypeAlias = Reply | HangUp | Upgrade


def success(code: str, description: str, result: object) -> Reply:
    """Wrap a result in XTS's envelope."""
    return envelope(200, "success", code, description, result)


def failure(code: str, description: str, result: object = None) -> Reply:
    """Wrap a refusal in XTS's envelope; nearly all of them are HTTP 400."""
    return envelope(400, "error", code, description, {} if result is None else result)


def envelope(status: int, kind: str, code: str, description: str, result: object) -> Reply:
    """Wrap anything in XTS's envelope."""
    body = {"type": kind, "code": code, "description": description, "result": result}
    return Reply(status, orjson.dumps(body))


def rate_limited(user_id: str, *, wrapped: bool) -> Reply:
    """Answer 429 as the limiter does, plain or inside ``{err, data}``."""
    text = f"Rate limit exceeded for user {user_id}"
    refusal = {"type": "error", "code": "e-apirl-0004", "description": text}
    return Reply(429, orjson.dumps({"err": True, "data": refusal} if wrapped else refusal | {"result": {}}))


def not_found() -> Reply:
    """Answer 404 as nginx does for a path that it does not route."""
    return Reply(404, NGINX_404, HTML)


def no_such_route(request: Request) -> Reply:
    """Answer 404 as the application does for a path that it does not know."""
    text = f"<!DOCTYPE html>\n<html>\n<body>\n<pre>Cannot {request.method} {request.path}</pre>\n</body>\n</html>\n"
    return Reply(404, text.encode(), HTML)


def crashed() -> Reply:
    """Answer 500 as the application does when it trips."""
    return Reply(500, EXPRESS_500, HTML)
