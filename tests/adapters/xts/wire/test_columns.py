"""Words that repeat themselves: any case, logged once, forgotten in time."""

import logging

import pytest

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.rows import INSTRUMENTS, PRICE_TYPES, PRODUCTS, SIDES, STATES
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.memo import Memo
from jainam_prop.domain.orders.order import OrderState, PriceType, Side


def test_words_are_read_in_any_case() -> None:
    assert (SIDES[" sELL "], PRODUCTS["nrml "], PRICE_TYPES["stopLIMIT"], STATES["partiallyfilled"]) == (
        Side.SELL,
        "NRML",
        PriceType.SL,
        OrderState.PARTIALLY_FILLED,
    )


def test_an_unknown_state_is_logged_once_and_counts_as_working(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        states = [STATES["OnTheMoon"] for _ in range(3)]

    assert states == [OrderState.UNRECOGNISED] * 3
    assert states[0].is_working
    assert [record.getMessage() for record in caplog.records] == [
        "Order state 'OnTheMoon' is unknown; such orders count as working"
    ]


@pytest.mark.parametrize("segment", ["NSECM", "nsecm", 1, "1"])
def test_an_instrument_is_named_by_segment_and_number(segment: object) -> None:
    assert INSTRUMENTS[segment, "3045"] == (Exchange.NSE, 3045)


@pytest.mark.parametrize("cells", [("NSEXX", 1), (None, 1), (99, 1), ("NSECM", ""), ("NSECM", None)])
def test_an_instrument_that_is_not_understood_is_refused(cells: tuple[object, object]) -> None:
    with pytest.raises(UnreadableAnswer):
        INSTRUMENTS[cells]


def test_a_memory_computes_once_and_never_grows_without_end() -> None:
    asked: list[int] = []

    def double(number: int) -> int:
        asked.append(number)
        return 2 * number

    memo = Memo(double)

    assert [memo[1], memo[1], memo[2]] == [2, 2, 4]
    assert asked == [1, 2]
    for number in range(80_000):
        assert memo[number] == 2 * number
    assert len(memo) < 40_000


def test_a_memory_does_not_remember_failures() -> None:
    def refuse(number: int) -> int:
        raise UnreadableAnswer(str(number))

    memo = Memo(refuse)

    for _ in range(2):
        with pytest.raises(UnreadableAnswer):
            memo[1]
    assert not memo
