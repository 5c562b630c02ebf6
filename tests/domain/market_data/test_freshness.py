"""News is told from what came before, whether servers number their updates or not."""

import pytest

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.freshness import Freshness
from jainam_prop.domain.market_data.tick import Tick

SBIN = InstrumentKey(Exchange.NSE, 3045)
CODE = 1501


def tick(sequence: int, moment: int | None, price: float = 100.0) -> Tick:
    fields = dict.fromkeys(Tick._fields) | {"instrument": SBIN, "last_price": price}
    return Tick(**fields | {"updated_at": moment, "sequence": sequence})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "is_news"),
    [
        pytest.param((7, 100), (8, 100), True, id="the-next-number"),
        pytest.param((7, 100), (7, 100), False, id="the-same-number"),
        pytest.param((7, 100), (6, 100), False, id="an-earlier-number"),
        pytest.param((7, 100), (1, 101), True, id="numbers-that-start-again-later"),
        pytest.param((7, 100), (7, 101), False, id="the-same-number-at-another-moment"),
        pytest.param((0, 100), (0, 100), True, id="no-number-at-the-same-moment"),
        pytest.param((0, 100), (0, 101), True, id="no-number-later"),
        pytest.param((0, 100), (0, 99), False, id="no-number-earlier"),
        pytest.param((0, 100), (0, None), True, id="neither-number-nor-moment"),
    ],
)
def test_an_update_is_news_unless_it_came_before_or_is_older(
    before: tuple[int, int], after: tuple[int, int | None], *, is_news: bool
) -> None:
    freshness = Freshness()
    assert freshness.admits(CODE, tick(*before))

    assert freshness.admits(CODE, tick(*after)) is is_news


def test_other_codes_and_a_new_start_have_their_own_count() -> None:
    freshness = Freshness()
    freshness.admits(CODE, tick(7, 100))

    assert freshness.admits(1502, tick(7, 100))
    freshness.forget()
    assert freshness.admits(CODE, tick(7, 100))
    assert freshness.has_heard(CODE, SBIN)
    assert not freshness.has_heard(1512, SBIN)
