"""The faults that strike what is sent on sockets."""

from collections.abc import Mapping
from typing import Final

from jainam_prop.adapters.simulator.faults.fault import FaultKind
from jainam_prop.adapters.simulator.faults.faults import Faults
from jainam_prop.adapters.simulator.sockets.roster import Member, Roster
from jainam_prop.adapters.simulator.sockets.socket_line import DropKind

_BREAKS: Final = frozenset({FaultKind.SOCKET_DROPPED, FaultKind.SOCKET_SILENT})


class SocketFaults:
    """Decides about each event before it is sent."""

    def __init__(self, faults: Faults, roster: Roster) -> None:
        self._faults = faults
        self._roster = roster

    def lets_through(self, member: Member, places: tuple[str, ...], fields: Mapping[str, object]) -> bool:
        """Return whether an event may be sent; if not, its socket is dropped or falls silent instead.

        Args:
            member: who is to be sent it.
            places: what kind of event it is.
            fields: what a fault may choose its event by.
        """
        if self._faults.is_quiet:
            return True
        fault = self._faults.take(_BREAKS, (*places, "sockets"), fields)
        if fault is None:
            return True
        if fault.kind is FaultKind.SOCKET_SILENT:
            member.line.is_silent = True
        else:
            self._roster.remove(member)
            member.line.drop(DropKind.RESET)
        return False

    def text_of(self, kind: FaultKind, places: tuple[str, ...], fields: Mapping[str, object]) -> str | None:
        """Return the text of a fault of this kind that strikes here, None if none does."""
        if self._faults.is_quiet:
            return None
        fault = self._faults.take({kind}, (*places, "sockets"), fields)
        return None if fault is None else fault.text

    def strikes(self, kind: FaultKind, places: tuple[str, ...], fields: Mapping[str, object]) -> bool:
        """Return whether a fault of this kind strikes here."""
        return self.text_of(kind, places, fields) is not None
