"""Market protection: when an order is sent a second time, with which price, and how long a quote may take."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.application.orders.market_protection import MarketProtection
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError, OutcomeUnknown, Rejected, Unreadable
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.quote import Quote
from jainam_prop.domain.orders.market_protection import MarketFallback, ProtectionRule
from jainam_prop.domain.orders.order import OrderRequest, PriceType
from jainam_prop.domain.sessions.session import Session
from tests.adapters.xts.http.sessions import PRO
from tests.domain.samples import SBIN, a_request
from tests.fakes.clock import FakeClock

MARKET = a_request(SBIN, price_type=PriceType.MARKET, price=Decimal(0), quantity=10)
PROTECTED = replace(MARKET, price_type=PriceType.LIMIT, price=Decimal("101.00"))
REFUSED: Failure[BrokerError] = Failure(
    Rejected("Market order Or Price 0 is not allowed for ALGO enabled orders.", "e-orders-0002")
)
LATER = Deadline(9.0)


class Quotes:
    """Quotes one price, or what was told instead, and remembers the seconds that each caller gave it."""

    def __init__(self, answer: Result[dict[InstrumentKey, Quote], BrokerError] | None = None) -> None:
        self.answer = answer or Success({SBIN.key: Quote(Decimal(100))})
        self.seconds: list[float] = []

    def quotes(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, Quote], BrokerError]:
        del session
        assert tuple(keys) == (SBIN.key,)
        self.seconds.append(timeout_seconds)
        return self.answer


class Desk:
    """Answers orders with what was told, and remembers them."""

    def __init__(self, *answers: Result[str, BrokerError]) -> None:
        self.sent: list[OrderRequest] = []
        self._answers = list(answers)

    def __call__(self, order: OrderRequest) -> Result[str, BrokerError]:
        self.sent.append(order)
        return self._answers.pop(0)


def protect(
    fallback: MarketFallback, desk: Desk, quotes: Quotes, order: OrderRequest = MARKET
) -> Result[str, BrokerError]:
    """Send an order as the use cases do: once, and once more where there is a second attempt."""
    protection = MarketProtection(quotes, FakeClock(), ProtectionRule(fallback, refusal=JAINAM.market_refusal))
    first = protection.first_attempt(PRO, order, LATER)
    if not is_successful(first):
        return Failure(first.failure())
    outcome = desk(first.unwrap())
    second = protection.second_attempt(PRO, order, outcome, LATER)
    return outcome if second is None else desk(second)


def test_switched_off_every_order_goes_once_as_it_is() -> None:
    desk, quotes = Desk(REFUSED), Quotes()

    assert protect(MarketFallback.OFF, desk, quotes) == REFUSED
    assert (desk.sent, quotes.seconds) == ([MARKET], [])


def test_a_refused_order_goes_once_more_with_a_price_got_within_a_third_of_the_time() -> None:
    desk, quotes = Desk(REFUSED, Success("7")), Quotes()

    assert protect(MarketFallback.PROTECTED_LIMIT, desk, quotes) == Success("7")
    assert (desk.sent, quotes.seconds) == ([MARKET, PROTECTED], [3.0])


def test_what_becomes_of_the_second_one_is_final() -> None:
    desk = Desk(REFUSED, REFUSED)

    assert protect(MarketFallback.PROTECTED_LIMIT, desk, Quotes()) == REFUSED
    assert desk.sent == [MARKET, PROTECTED]


@pytest.mark.parametrize(
    "outcome",
    [
        pytest.param(Success("7"), id="accepted"),
        pytest.param(Failure(Rejected("Not today", "e-orders-0002")), id="refused-for-something-else"),
        pytest.param(Failure(OutcomeUnknown("no answer in time", "jp1")), id="unknown"),
        pytest.param(Failure(Blocked("halted")), id="held-back"),
    ],
)
def test_nothing_else_is_ever_sent_a_second_time(outcome: Result[str, BrokerError]) -> None:
    desk, quotes = Desk(outcome), Quotes()

    assert protect(MarketFallback.PROTECTED_LIMIT, desk, quotes) == outcome
    assert (desk.sent, quotes.seconds) == ([MARKET], [])


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Failure(Unreadable("no session")), id="unreadable"),
        pytest.param(Success({}), id="not-quoted"),
        pytest.param(Success({SBIN.key: Quote(None)}), id="never-traded"),
    ],
)
def test_without_a_price_the_refusal_stands_and_always_sends_nothing(
    answer: Result[dict[InstrumentKey, Quote], BrokerError],
) -> None:
    desk, nobody = Desk(REFUSED), Desk()

    assert protect(MarketFallback.PROTECTED_LIMIT, desk, Quotes(answer)) == REFUSED
    error = protect(MarketFallback.ALWAYS, nobody, Quotes(answer)).failure()

    assert isinstance(error, Blocked)
    assert error.reason.startswith("the desk sends no MARKET order without protection, and ")
    assert (desk.sent, nobody.sent) == ([MARKET], [])


def test_always_sends_only_the_protected_one() -> None:
    desk = Desk(Success("7"))

    assert protect(MarketFallback.ALWAYS, desk, Quotes()) == Success("7")
    assert desk.sent == [PROTECTED]


@pytest.mark.parametrize("fallback", list(MarketFallback))
@pytest.mark.parametrize("kind", [PriceType.LIMIT, PriceType.SL, PriceType.SL_M])
def test_every_other_kind_of_price_is_left_alone(fallback: MarketFallback, kind: PriceType) -> None:
    desk, quotes, order = Desk(REFUSED), Quotes(), replace(MARKET, price_type=kind)

    assert protect(fallback, desk, quotes, order) == REFUSED
    assert (desk.sent, quotes.seconds) == ([order], [])
