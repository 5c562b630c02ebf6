"""Funds, and holdings with what they are worth now."""

from dataclasses import dataclass
from decimal import Decimal
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.books import Account
from jainam_prop.application.ports.market_data import MarketData
from jainam_prop.application.ports.runtime import Clock, Throttle
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.positions.account_books import Funds, Holding
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import Session


@dataclass(frozen=True, slots=True)
class ValuedHolding:
    """A holding and the last price of it in rupees, None when no exchange that lists it quoted one."""

    holding: Holding
    last_price: Decimal | None


@final
@dataclass(frozen=True, slots=True)
class ReadFunds:
    """Reads the limits of an account."""

    account: Account
    throttle: Throttle
    clock: Clock
    timing: Timing

    def __call__(self, session: Session) -> Result[Funds, BrokerError]:
        """Return the limits in rupees."""
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        if not self.throttle.wait(CallFamily.BALANCE, self.timing.call):
            return Failure(Unreadable("the rate limit left no turn in time"))
        return self.account.funds(session, deadline.remaining(self.clock.monotonic()))


@final
@dataclass(frozen=True, slots=True)
class ReadHoldings:
    """Reads the holdings and quotes them in one go, NSE before BSE."""

    account: Account
    market: MarketData
    throttle: Throttle
    clock: Clock
    timing: Timing

    def __call__(self, session: Session) -> Result[tuple[ValuedHolding, ...], BrokerError]:
        """Return the holdings; without quotes their prices are unknown, never zero."""
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        if not self.throttle.wait(CallFamily.HOLDINGS, self.timing.call):
            return Failure(Unreadable("the rate limit left no turn in time"))
        held = self.account.holdings(session, deadline.remaining(self.clock.monotonic()))
        if not is_successful(held):
            return Failure(held.failure())
        return Success(self._valued(session, held.unwrap(), deadline))

    def _valued(self, session: Session, holdings: tuple[Holding, ...], deadline: Deadline) -> tuple[ValuedHolding, ...]:
        keys = [key for holding in holdings for key in holding.instruments]
        left = deadline.remaining(self.clock.monotonic())
        quotes = self.market.quotes(session, keys, left).value_or({}) if keys and session.market_token else {}
        return tuple(
            ValuedHolding(
                holding,
                next((quotes[key].last_price for key in holding.instruments if key in quotes), None),
            )
            for holding in holdings
        )
