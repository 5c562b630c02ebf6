"""Finding the market-data application among the places where it may be."""

from collections.abc import Callable
from typing import Final

from jainam_prop.adapters.xts.http.call import Call
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.reply import Lost, Reply
from jainam_prop.adapters.xts.http.server import XtsServer
from jainam_prop.domain.deadlines import Deadline

_NOT_HERE: Final = 404


def ask_each_root(
    client: XtsClient, server: XtsServer, call_below: Callable[[str], Call], deadline: Deadline
) -> tuple[str, Reply]:
    """Send a call to one root after the other, until one is not answered with 404 by the web server in front.

    Args:
        client: the client to send through.
        server: says which roots there are.
        call_below: makes the call from the address of a root.
        deadline: for all attempts together.

    Returns:
        The root that answered, or the last one, and its reply.
    """
    *others, last = server.layout.market_roots
    for root in others:
        reply = client.exchange(call_below(server.market(root)), deadline)
        if not (isinstance(reply, Lost) and reply.status == _NOT_HERE):
            return root, reply
    return last, client.exchange(call_below(server.market(last)), deadline)
