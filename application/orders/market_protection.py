"""Giving MARKET orders a limit near the last price, where a desk wants it or the broker insists on it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.market_data import MarketData
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError, Unreadable
from jainam_prop.domain.orders.linked_order import CoverRequest
from jainam_prop.domain.orders.market_protection import (
    MarketFallback,
    ProtectionRule,
    is_naked,
    protected_price,
)
from jainam_prop.domain.orders.order import OrderRequest, PriceType
from jainam_prop.domain.sessions.session import Session

_LOG: Final = logging.getLogger(__name__)

_Order = TypeVar("_Order", OrderRequest, CoverRequest)
_Answer = TypeVar("_Answer")

_QUOTE_SHARE: Final = 1 / 3
"""Share of the time left that the quote may take, so that enough stays for the order and its reconciliation."""


@final
@dataclass(frozen=True, slots=True)
class MarketProtection:
    """Turns MARKET orders into LIMIT orders by the desk's rule, each with the price of that moment."""

    market: MarketData
    clock: Clock
    rule: ProtectionRule

    def __call__(
        self,
        session: Session,
        order: _Order,
        send: Callable[[_Order], Result[_Answer, BrokerError]],
        deadline: Deadline,
    ) -> Result[_Answer, BrokerError]:
        """Send an order as the rule wants it, and once more with a limit where the broker refused it for having none.

        The refusal stands when there is no price now. Where the rule wants a limit on every order, one without a price
        is not sent at all (Blocked).

        Args:
            session: whose order it is.
            order: checked; only a MARKET order is ever changed.
            send: sends the whole of it; called twice only when the first call is proven to have left nothing behind.
            deadline: when the caller must have an answer.
        """
        if not is_naked(order.price_type) or self.rule.fallback is MarketFallback.OFF:
            return send(order)
        if self.rule.fallback is MarketFallback.ALWAYS:
            protected = self._protected(session, order, deadline)
            return send(protected.unwrap()) if is_successful(protected) else Failure(_withheld(protected.failure()))
        outcome = send(order)
        if is_successful(outcome) or not self.rule.is_refusal(outcome.failure()):
            return outcome
        again = self._protected(session, order, deadline)
        if not is_successful(again):
            _LOG.warning("a refused MARKET order stays refused: %s", again.failure())
            return outcome
        _LOG.warning("MARKET is refused for this key; the order goes once more, as LIMIT")
        return send(again.unwrap())

    def _protected(self, session: Session, order: _Order, deadline: Deadline) -> Result[_Order, str]:
        price = self._price(session, order, deadline)
        if not is_successful(price):
            return Failure(price.failure())
        return Success(replace(order, price_type=PriceType.LIMIT, price=price.unwrap()))

    def _price(self, session: Session, order: OrderRequest | CoverRequest, deadline: Deadline) -> Result[Decimal, str]:
        key = order.instrument.key
        seconds = deadline.remaining(self.clock.monotonic()) * _QUOTE_SHARE
        quotes = self.market.quotes(session, (key,), seconds)
        if not is_successful(quotes):
            return Failure(_why(quotes.failure()))
        quote = quotes.unwrap().get(key)
        if quote is None or quote.last_price is None:
            return Failure("the contract has no last price")
        price = protected_price(order.side, quote.last_price, self.rule.percent, order.instrument)
        return Failure("the price band leaves no room") if price is None else Success(price)


def _withheld(reason: str) -> BrokerError:
    return Blocked(f"the desk sends no MARKET order without protection, and {reason}")


def _why(error: BrokerError) -> str:
    reason = error.reason if isinstance(error, Unreadable) else error.message
    return f"there is no quote: {reason}"
