"""Market protection: a LIMIT price near the last price for MARKET orders."""

import logging
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
    edge_price,
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
_EXIT_SECONDS: Final = 6.0
"""As much as an exit has at most for this: market data that hangs must not use up the time of a close."""


@final
@dataclass(frozen=True, slots=True)
class MarketProtection:
    """Prices MARKET orders as LIMIT orders by the configured rule, each from a quote of that moment."""

    market: MarketData
    clock: Clock
    rule: ProtectionRule

    def first_attempt(
        self, session: Session, order: _Order, deadline: Deadline, *, exits: bool = False
    ) -> Result[_Order, BrokerError]:
        """Return the order to send: the given one, or its protected LIMIT where the rule allows no MARKET order.

        Without a price now, one that only ``exits`` gets the edge of its band. Errors: Blocked when it has none.
        """
        if not is_naked(order.price_type) or self.rule.fallback is not MarketFallback.ALWAYS:
            return Success(order)
        return self._protected(session, order, deadline, exits=exits).alt(
            lambda reason: Blocked(f"the desk sends no MARKET order without protection, and {reason}")
        )

    def second_attempt(
        self,
        session: Session,
        order: _Order,
        outcome: Result[_Answer, BrokerError],
        deadline: Deadline,
        *,
        exits: bool = False,
    ) -> _Order | None:
        """Return the protected LIMIT to send after the broker refused an order for being MARKET.

        None when the outcome is final: accepted, refused for another reason, not to be protected by the rule, or
        without a price now. The refusal proves that the first attempt left no live order.
        """
        if not is_naked(order.price_type) or self.rule.fallback is not MarketFallback.PROTECTED_LIMIT:
            return None
        if is_successful(outcome) or not self.rule.is_refusal(outcome.failure()):
            return None
        protected = self._protected(session, order, deadline, exits=exits)
        if not is_successful(protected):
            _LOG.warning("a refused MARKET order stays refused: %s", protected.failure())
            return None
        _LOG.warning("MARKET is refused for this key; the order goes once more, as LIMIT")
        return protected.unwrap()

    def _protected(self, session: Session, order: _Order, deadline: Deadline, *, exits: bool) -> Result[_Order, str]:
        now = self.clock.monotonic()
        soon = Deadline(min(deadline.at, now + _EXIT_SECONDS)) if exits else deadline
        price = self._price(session, order, soon)
        if not is_successful(price) and exits and (edge := edge_price(order.side, order.instrument)) is not None:
            _LOG.warning("%s: an exit gets the edge of its price band as its limit", price.failure())
            price = Success(edge)
        return price.map(lambda limit: replace(order, price_type=PriceType.LIMIT, price=limit))

    def _price(self, session: Session, order: OrderRequest | CoverRequest, deadline: Deadline) -> Result[Decimal, str]:
        key = order.instrument.key
        seconds = deadline.remaining(self.clock.monotonic()) * _QUOTE_SHARE
        quotes = self.market.quotes(session, (key,), seconds)
        if not is_successful(quotes):
            error = quotes.failure()
            return Failure(f"there is no quote: {error.reason if isinstance(error, Unreadable) else error.message}")
        quote = quotes.unwrap().get(key)
        if quote is None or quote.last_price is None:
            return Failure("the contract has no last price")
        price = protected_price(order.side, quote.last_price, self.rule.percent, order.instrument)
        return Failure("the price band leaves no room") if price is None else Success(price)
