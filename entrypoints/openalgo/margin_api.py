"""The margin of a basket, exactly as OpenAlgo's service calls it."""

from collections.abc import Mapping, Sequence
from typing import Any

from returns.pipeline import is_successful

from jainam_prop.domain.errors import NotConfigured
from jainam_prop.domain.orders.ticket import read_ticket
from jainam_prop.entrypoints.openalgo.replies import OK, Body, Reply, failure_body, log_failure, status_of
from jainam_prop.entrypoints.openalgo.runtime import trading_app


def calculate_margin_api(positions: Sequence[Mapping[str, Any]], auth: str) -> tuple[Reply, Body]:
    """Ask the broker what it would block for a basket of orders.

    Args:
        positions: orders in the host's words; numbers may be text.
        auth: what `authenticate_broker` gave the host.

    Returns:
        A reply whose ``status_code`` is 200 only with a margin, and the body that the host hands on as it is. The
        server reports one sum for the whole basket, so ``span_margin`` and ``exposure_margin`` are not known apart and
        left at zero, as other brokers of the host do.

    Raises:
        NotImplementedError: the server has no such call; the host answers 501 with the text.
    """
    try:
        app = trading_app()
    except ValueError as error:
        failed = NotConfigured(str(error))
        return Reply(status_of(failed)), failure_body(failed)
    tickets = [read_ticket(position) for position in positions]
    asked = app.sessions.session_for(auth).bind(lambda session: app.read_account.margin(session, tickets))
    if not is_successful(asked):
        log_failure("calculate_margin_api", asked.failure())
        return Reply(status_of(asked.failure())), failure_body(asked.failure())
    required = asked.unwrap()
    if required is None:
        message = "This server of the broker has no margin calculator: margins are not supported"
        raise NotImplementedError(message)
    data = {"total_margin_required": float(required), "span_margin": 0.0, "exposure_margin": 0.0}
    return OK, {"status": "success", "data": data}
