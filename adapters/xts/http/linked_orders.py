"""Cover and bracket orders over HTTP, each command sent exactly once.

Protocol reference, section 5.6, and samples ``interactive_cover_order`` and ``interactive_bracket_order``.
"""

from typing import Final, final

from returns.result import Result

from jainam_prop.adapters.xts.http.api import ApiRequest, XtsPort
from jainam_prop.adapters.xts.http.orders import order_fields, placed_id, send_for, with_identifier
from jainam_prop.adapters.xts.http.outcomes import optional_command_outcome
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope, accepted_id
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.linked_order import BracketChange, BracketRequest, CoverIds, CoverRequest
from jainam_prop.domain.sessions.session import AccountKind, Session

_COVER: Final = "/orders/cover"
_BRACKET: Final = "/orders/bracket"
_cover_outcome: Final = optional_command_outcome("cover orders")
_bracket_outcome: Final = optional_command_outcome("bracket orders")


@final
class XtsLinkedOrders(XtsPort):
    """The `LinkedOrders` port on XTS's interactive application."""

    def place_cover(
        self, session: Session, order: CoverRequest, timeout_seconds: float
    ) -> Result[CoverIds, BrokerError]:
        """Send a cover order, a MARKET entry with the limit zero; see the port.

        An acceptance without the entry's id is no proof.
        """
        limit, source = float(order.price) if order.price_type.has_limit else 0.0, self._api.server.api_order_source
        fields = order_fields(order, source, limitPrice=limit, stopPrice=float(order.trigger_price))
        request = ApiRequest("POST", _COVER, fields=fields, trades=True)
        outcome = self._api.send(session, request, timeout_seconds, _cover_outcome).bind(_cover_ids)
        return outcome.alt(lambda error: with_identifier(error, order.identifier))

    def exit_cover(self, session: Session, exit_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for a cover order's stop to be turned into a market order; see the port."""
        request = ApiRequest("PUT", _COVER, fields={}, trades=True, exits=True)
        return send_for(self._api, session, exit_id, request, timeout_seconds, _cover_outcome)

    def place_bracket(
        self, session: Session, order: BracketRequest, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        """Send a bracket order, with target and stop as distances from the limit; see the port.

        An acceptance without the entry's id is no proof.
        """
        fields = order_fields(
            order,
            self._api.server.api_order_source,
            limitPrice=float(order.price),
            # Misspelt in the vendor's SDK, which is what servers are known to take; its documentation writes squareOff.
            squarOff=float(order.target),
            stopLossPrice=float(order.stop_loss),
            trailingStoploss=float(order.trailing_stop),
            # Inferred from its name: an order for the desk's own book, as a PRO dealer's are.
            isProOrder=session.account.kind is AccountKind.PRO,
        )
        request = ApiRequest("POST", _BRACKET, fields=fields, trades=True)
        outcome = self._api.send(session, request, timeout_seconds, _bracket_outcome).bind(placed_id)
        return outcome.alt(lambda error: with_identifier(error, order.identifier))

    def modify_bracket(
        self, session: Session, change: BracketChange, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        """Send new terms for a bracket, the quantity as the new total; see the port."""
        fields = {
            "orderQuantity": change.quantity,
            "limitPrice": float(change.price),
            "stopLossPrice": float(change.stop_loss),
            "orderUniqueIdentifier": change.identifier or None,
        }
        request = ApiRequest("PUT", _BRACKET, fields=fields, trades=True)
        return send_for(self._api, session, change.order_id, request, timeout_seconds, _bracket_outcome)

    def cancel_bracket(self, session: Session, entry_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for the end of a bracket; see the port. Also where new orders are barred."""
        request = ApiRequest("DELETE", _BRACKET, {"boEntryOrderId": entry_id}, exits=True)
        return send_for(self._api, session, entry_id, request, timeout_seconds, _bracket_outcome)


def _cover_ids(envelope: Envelope) -> Result[CoverIds, BrokerError]:
    exit_id = accepted_id(envelope.result, "ExitAppOrderID") or ""
    return placed_id(envelope, "EntryAppOrderID").map(lambda entry_id: CoverIds(entry_id, exit_id))
