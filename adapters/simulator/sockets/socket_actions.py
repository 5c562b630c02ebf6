"""What the control desk does to sockets."""

from collections.abc import Callable, Mapping

from jainam_prop.adapters.simulator.sockets.socket_line import DropKind
from jainam_prop.adapters.simulator.sockets.sockets import Sockets


def application_of(asked: Mapping[str, object]) -> str | None:
    """Return the ``application`` that a request names; None for both."""
    named = asked.get("application")
    return str(named) if named else None


def socket_actions(sockets: Sockets) -> dict[tuple[str, str], Callable[[dict[str, object]], object]]:
    """Return the endpoints by method and path."""

    def drop(asked: dict[str, object]) -> object:
        """Drop the sockets of one ``application`` or both; ``how`` is a `DropKind`."""
        how = DropKind(str(asked.get("how", DropKind.RESET)))
        return {"dropped": sockets.drop(how, application_of(asked))}

    def silence(asked: dict[str, object]) -> object:
        """Let the sockets of one ``application`` or both stand half-open."""
        return {"silenced": sockets.go_silent(application_of(asked))}

    return {("POST", "/sockets/drop"): drop, ("POST", "/sockets/silence"): silence}
