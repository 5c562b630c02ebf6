"""Asking where the interactive application is today, on servers that move it.

Protocol reference, section 1.1. Market data never moves.
"""

import ipaddress
import json

import httpx
from returns.pipeline import is_successful
from returns.result import Failure, Result

from jainam_prop.adapters.xts.http.call import Call
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.reading import reading
from jainam_prop.adapters.xts.http.reply import question_outcome
from jainam_prop.adapters.xts.http.server import HostLookup
from jainam_prop.adapters.xts.wire.replies.login import LookedUpHost
from jainam_prop.adapters.xts.wire.replies.reply import understood
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, NotConfigured


def look_up(
    client: XtsClient, lookup: HostLookup, version: str, deadline: Deadline
) -> Result[LookedUpHost, BrokerError]:
    """Ask once; an address without TLS is refused unless the lookup allows it or it is this machine's."""
    body = json.dumps({"accesspassword": lookup.access_password, "version": version}).encode()
    reply = client.exchange(Call("POST", lookup.url, body=body), deadline)
    answer = question_outcome(reply).bind(reading("the host lookup", lambda result: understood(LookedUpHost, result)))
    if not is_successful(answer) or lookup.allow_plain_http or _is_private(answer.unwrap().connection):
        return answer
    return Failure(
        NotConfigured("the host lookup names an address without TLS, where tokens would travel in the clear")
    )


def _is_private(address: str) -> bool:
    """Whether nobody on the way can read what is sent to an address."""
    url = httpx.URL(address)
    return url.scheme == "https" or _is_loopback(url.host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
