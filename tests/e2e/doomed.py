"""A process that places one order and dies on the way: by its own hand between journal and request, or by a kill."""

import os
import signal
import sys

from jainam_prop.application.ports.trading import OrderGateway
from jainam_prop.domain.orders.order import OrderRequest
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.openalgo.auth_api import authenticate_broker
from jainam_prop.entrypoints.openalgo.order_api import place_order_api
from jainam_prop.entrypoints.openalgo.runtime import using_container

BEFORE = "before the request leaves"
AFTER = "while the reply is awaited"
ORDER = {"symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": 10, "pricetype": "MARKET", "product": "MIS"}


class DeadlyGateway(OrderGateway):
    """Kills the process when the order is journalled and its request is about to leave."""

    def place(self, session: Session, order: OrderRequest, timeout_seconds: float, *, exits: bool = False) -> "None":  # type: ignore[override]
        del session, order, timeout_seconds, exits
        os.kill(os.getpid(), signal.SIGKILL)


def main(moment: str) -> None:
    """Log in and place one order."""
    container = open_container()
    if moment == BEFORE:
        container.broker.gateway.override(DeadlyGateway())  # type: ignore[abstract]
    with using_container(container):
        auth = authenticate_broker(None)[0]
        place_order_api(ORDER, auth or "")


if __name__ == "__main__":
    main(sys.argv[1])
