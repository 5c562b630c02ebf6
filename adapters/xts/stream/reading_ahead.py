"""A websocket that takes from its connection as much as there is, and whole frames straight from what it took."""

import websocket

_AT_ONCE = 65_536
_WHOLE = frozenset({0x81, 0x82})
"""How a text or binary frame begins that is a message of its own."""
_SHORT = 126
_HEAD = 2
_LONGER_HEAD = 4
_OPCODE = 0x0F

LONGEST = 16 * 1024 * 1024
"""Bytes of the longest message that is taken; the longest that XTS sends is a small part of it."""


class ReadingAhead(websocket.WebSocket):
    """websocket-client's own socket, which reads a frame in three pieces, each of them a call of the operating system.

    Here the pieces come from a buffer; and a frame that lies in it whole, is not masked and is no part of a longer
    message is taken out at once. Everything else (handshake, control frames, fragments, frames of more than 64 KB,
    frames that have come only in part) is websocket-client's to read.
    """

    _ahead = b""
    _at = 0
    _is_between_frames = False

    def recv_data(self, control_frame: bool = False) -> tuple[int, bytes]:  # noqa: FBT001, FBT002 (as it is there)
        """Return the kind and content of the next message.

        Raises:
            websocket.WebSocketTimeoutException: none came in time; the part of one that did is kept.
        """
        if self._is_between_frames:
            frame = self._whole_frame()
            if frame is not None:
                return frame
        self._is_between_frames = False
        received: tuple[int, bytes] = super().recv_data(control_frame)
        self._is_between_frames = True
        return received

    def _whole_frame(self) -> tuple[int, bytes] | None:
        ahead, at = self._ahead, self._at
        if len(ahead) - at < _LONGER_HEAD or ahead[at] not in _WHOLE:
            return None
        length, start = ahead[at + 1], at + _HEAD
        if length == _SHORT:
            length, start = ahead[start] << 8 | ahead[start + 1], at + _LONGER_HEAD
        elif length > _SHORT:
            return None
        end = start + length
        if end > len(ahead):
            return None
        self._at = end
        return ahead[at] & _OPCODE, ahead[start:end]

    def _recv(self, bufsize: int) -> bytes:
        """Give at most so many bytes, as websocket-client asks for them."""
        if self._at >= len(self._ahead):
            self._refuse_what_is_too_long()
            self._ahead, self._at = super()._recv(_AT_ONCE), 0  # type: ignore[no-untyped-call]
        start = self._at
        self._at = min(start + bufsize, len(self._ahead))
        return self._ahead[start : self._at]

    def _refuse_what_is_too_long(self) -> None:
        """End a connection whose message would fill the memory, be it one frame or pieces without an end."""
        pieces = self.cont_frame.cont_data
        if (self.frame_buffer.length or 0) + (len(pieces[1]) if pieces else 0) > LONGEST:
            message = "a message is longer than any that is expected"
            raise websocket.WebSocketPayloadException(message)
