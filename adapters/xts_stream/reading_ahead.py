"""A websocket that takes from its connection as much as there is, instead of three times for every frame."""

import websocket

_AT_ONCE = 65_536


class ReadingAhead(websocket.WebSocket):
    """websocket-client's own socket; only the bytes come from a buffer while it holds any.

    A frame is read in three pieces, and each of them would cost two calls of the operating system.
    """

    _ahead = b""
    _at = 0

    def _recv(self, bufsize: int) -> bytes:
        """Give at most so many bytes, as websocket-client asks for them."""
        if self._at >= len(self._ahead):
            self._ahead, self._at = super()._recv(_AT_ONCE), 0  # type: ignore[no-untyped-call]
        start = self._at
        self._at = start + bufsize
        return self._ahead[start : self._at]
