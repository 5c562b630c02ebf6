"""One tick as the frames that a socket asked for: full JSON, partial text, or binary packets."""

from typing import Final

from jainam_prop.adapters.simulator.faults.fault import FaultKind
from jainam_prop.adapters.simulator.rows.snapshots import CANDLE
from jainam_prop.adapters.simulator.rows.vocabulary import SEGMENT_NAMES
from jainam_prop.adapters.simulator.server.config import SimulatorConfig
from jainam_prop.adapters.simulator.sockets import eio_frames as eio
from jainam_prop.adapters.simulator.sockets.roster import Member
from jainam_prop.adapters.simulator.sockets.socket_faults import SocketFaults
from jainam_prop.adapters.simulator.ticks.binary import BINARY_CODES, Layout, packet
from jainam_prop.adapters.simulator.ticks.messages import Tick, event_name
from jainam_prop.adapters.simulator.ticks.partial import candle_text, partial_text

TICK_PLACE: Final = ("tick",)
"""What faults call the place where ticks are sent."""


def about_tick(member: Member, tick: Tick, code: int) -> dict[str, object]:
    """Return what a fault may choose a tick by, named as in requests."""
    segment, token, _ = tick.key(code)
    return {
        "exchangeSegment": SEGMENT_NAMES[segment],
        "exchangeInstrumentID": token,
        "xtsMessageCode": code,
        "userID": member.session.login.user_id,
    }


class TickFrames:
    """Writes ticks; what has no known packet is JSON on a binary socket too."""

    def __init__(self, config: SimulatorConfig, faults: SocketFaults) -> None:
        self._config = config
        self._faults = faults

    def tick(self, member: Member, tick: Tick, code: int) -> bytes:
        """Write a tick."""
        if member.is_binary and code in BINARY_CODES:
            return eio.binary_event(self._packet(member, tick, code))
        if member.is_partial:
            said = member.last_sent.setdefault(tick.key(code), {})
            return eio.event(event_name(code, is_partial=True), partial_text(tick, code, said))
        return b"".join(eio.json_event(event_name(code), body) for body in tick.full(code))

    def first_image(self, member: Member, tick: Tick, code: int) -> bytes:
        """Write what follows a subscription."""
        if member.is_partial or (member.is_binary and code in BINARY_CODES):
            return self.tick(member, tick, code)
        return eio.json_event(event_name(code), tick.first_image(code))

    def candle(self, member: Member, candle: dict[str, object]) -> bytes:
        """Write a candle."""
        if member.is_partial:
            return eio.event(event_name(CANDLE, is_partial=True), candle_text(candle))
        return eio.json_event(event_name(CANDLE), candle)

    def _packet(self, member: Member, tick: Tick, code: int) -> bytes:
        about = about_tick(member, tick, code)
        layout = self._faults.text_of(FaultKind.BINARY_LAYOUT, TICK_PLACE, about) or self._config.binary_layout
        is_compressed = self._config.compressed or self._faults.strikes(FaultKind.COMPRESSED, TICK_PLACE, about)
        return packet(tick, code, Layout(layout), is_compressed=is_compressed)
