"""Commands that a server may not have: that it has none is a refusal of its own, and a plain one."""

from typing import Final

from returns.result import Failure, Result

from jainam_prop.adapters.xts.http.call import Call
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.reply import Lost, command_outcome
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope
from jainam_prop.domain.errors import BrokerError, Rejected

NO_SUCH_CALL: Final = frozenset({404, 405, 501})


def optional_command(client: XtsClient, call: Call, timeout_seconds: float, what: str) -> Result[Envelope, BrokerError]:
    """Send a command exactly once, and say what is known of its outcome.

    A page that says that there is no such address or method proves that nobody read the command, so that nothing of it
    is live; for the orders that every server takes such a page proves only that something is amiss on the way.

    Args:
        client: the client to send through.
        call: the command.
        timeout_seconds: for the whole of it.
        what: what the server would lack, in the plural.
    """
    reply = client.exchange(call, client.deadline(timeout_seconds))
    if isinstance(reply, Lost) and reply.status in NO_SUCH_CALL:
        return Failure(Rejected(f"this server has no {what}: it answered HTTP {reply.status}"))
    return command_outcome(reply)
