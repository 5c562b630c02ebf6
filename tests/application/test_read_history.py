"""Long ranges of bars: read part by part while there is time, and never with a hole."""

from dataclasses import dataclass, field
from datetime import date

import pytest
from returns.result import Result, Success

from jainam_prop.application.timing import Timing
from jainam_prop.application.use_cases.read_prices import ReadHistory, ReadQuotes
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.history import INTERVALS, Bar, Span
from jainam_prop.domain.instrument import InstrumentKey
from jainam_prop.domain.quote import Quote
from jainam_prop.domain.session import Session
from tests.adapters.xts_http.sessions import NORMAL
from tests.domain.samples import SBIN
from tests.fakes.clock import FakeClock

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 31)


@dataclass
class SlowMarket:
    """Answers with no bars after so many seconds, and remembers what it was asked."""

    clock: FakeClock
    seconds: float
    asked: list[tuple[Span, float]] = field(default_factory=list)

    def bars(
        self,
        session: Session,  # noqa: ARG002
        key: InstrumentKey,  # noqa: ARG002
        seconds: int,  # noqa: ARG002
        span: Span,
        timeout_seconds: float,
    ) -> Result[tuple[Bar, ...], BrokerError]:
        self.asked.append((span, timeout_seconds))
        self.clock.advance(self.seconds)
        return Success(())

    def quotes(self, *_: object) -> Result[dict[InstrumentKey, Quote], BrokerError]:
        return Success({})

    def open_interest(self, *_: object) -> Result[dict[InstrumentKey, int], BrokerError]:
        return Success({})


def a_reader(market: SlowMarket) -> ReadHistory:
    timing = Timing(call=10.0, history=30.0)
    return ReadHistory(market, ReadQuotes(market, market, market.clock, timing), market.clock, timing)


def test_every_part_has_the_time_of_a_call() -> None:
    market = SlowMarket(FakeClock(), 4.0)

    found = a_reader(market)(NORMAL, SBIN.key, INTERVALS["1m"], FIRST, LAST)

    assert found == Success([])
    assert [left for _, left in market.asked] == [10.0] * 6
    assert (market.asked[0][0].first, market.asked[-1][0].last) == (FIRST, LAST)


@pytest.mark.parametrize("seconds", [10.0, 11.0])
def test_what_takes_too_long_is_said_to_and_how_far_it_came(seconds: float) -> None:
    market = SlowMarket(FakeClock(), seconds)

    failed = a_reader(market)(NORMAL, SBIN.key, INTERVALS["1m"], FIRST, LAST).failure()

    assert failed == Unreadable("36 s took the bars only as far as 2026-01-25: ask for fewer days")
    assert [left for _, left in market.asked] == [10.0, 10.0, 10.0, min(10.0, 36.0 - 3 * seconds)]
