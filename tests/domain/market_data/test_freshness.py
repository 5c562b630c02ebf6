"""A tick is new when its content is; numbers of the server alone decide nothing."""

from datetime import UTC, datetime
from typing import Final

import pytest

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.freshness import Freshness
from jainam_prop.domain.market_data.tick import FeedMode, Tick

SBIN: Final = InstrumentKey(Exchange.NSE, 3045)
CONSTANT: Final = 70


def tick(price: float, moment: int | None = 100, sequence: int = 0, mode: FeedMode = FeedMode.QUOTE) -> Tick:
    fields = dict.fromkeys(Tick._fields) | {"instrument": SBIN, "last_price": price}
    return Tick(**fields | {"updated_at": moment, "sequence": sequence, "mode": mode})  # type: ignore[arg-type]


def admitted(*ticks: Tick) -> list[bool]:
    freshness = Freshness()
    return [freshness.admits(each) for each in ticks]


@pytest.mark.parametrize(
    ("ticks", "new"),
    [
        pytest.param([tick(1.0), tick(1.0)], [True, False], id="the-same-again"),
        pytest.param([tick(1.0), tick(1.05)], [True, True], id="another-price-in-the-same-second"),
        pytest.param([tick(1.0), tick(1.0, 101)], [True, True], id="another-moment"),
        pytest.param([tick(1.0, sequence=70), tick(1.05, sequence=70)], [True, True], id="one-number-two-prices"),
        pytest.param([tick(1.0, sequence=70), tick(1.05, 101, 69)], [True, True], id="a-lower-number-alone"),
        pytest.param([tick(1.0, sequence=70), tick(1.05, sequence=69)], [True, False], id="overtaken-in-its-second"),
        pytest.param(
            [tick(1.0, sequence=5_000_070), tick(1.05, sequence=69)], [True, True], id="a-number-of-another-counter"
        ),
        pytest.param([tick(1.0), tick(1.05, 97)], [True, False], id="three-seconds-older"),
        pytest.param([tick(1.0), tick(1.05, 99)], [True, True], id="a-second-older-is-jitter"),
        pytest.param([tick(1.0, None), tick(1.05, None)], [True, True], id="no-moment"),
        pytest.param([tick(1.0), tick(1.05), tick(1.0)], [True, True, True], id="back-again-without-numbers"),
        pytest.param(
            [tick(1.0, sequence=71), tick(1.05, sequence=72), tick(1.0, sequence=73)],
            [True, True, True],
            id="back-again-with-a-higher-number",
        ),
        pytest.param(
            [tick(1.0, sequence=72), tick(1.05, sequence=73), tick(1.0, sequence=72)],
            [True, True, False],
            id="repeated-late-with-its-old-number",
        ),
    ],
)
def test_a_tick_is_new_when_its_content_is(ticks: list[Tick], new: list[bool]) -> None:
    assert admitted(*ticks) == new


def test_a_moment_far_ahead_of_the_clock_makes_nothing_late() -> None:
    freshness = Freshness()
    freshness.look_at_clock(datetime.fromtimestamp(100, UTC))
    ticks = [tick(1.0, 100), tick(1.05, 86_500), tick(1.1, 101), tick(1.15, 98)]

    assert [freshness.admits(each) for each in ticks] == [True, True, True, False]


def test_both_forms_of_a_tick_are_one_tick_in_any_order() -> None:
    b1, c1 = tick(1.0, sequence=CONSTANT), tick(1.0, sequence=101)
    b2, c2 = tick(1.05, sequence=CONSTANT), tick(1.05, sequence=102)

    assert admitted(b1, c1, b2, c2) == [True, False, True, False]
    assert admitted(b1, b2, c1, c2) == [True, True, False, False]
    assert admitted(c1, b1, c2, b2) == [True, False, True, False]


def test_after_an_older_image_the_newest_state_is_new_again() -> None:
    newest, image = tick(1.05, 101, CONSTANT), tick(1.0, 100)

    assert admitted(newest, image, newest, newest) == [True, True, True, False]


def test_modes_and_a_new_start_have_their_own_memory() -> None:
    freshness = Freshness()
    freshness.admits(tick(1.0))

    assert freshness.admits(tick(1.0, mode=FeedMode.DEPTH))
    freshness.forget()
    assert freshness.admits(tick(1.0))
    assert freshness.has_heard(FeedMode.QUOTE, SBIN)
    assert not freshness.has_heard(FeedMode.LTP, SBIN)


@pytest.mark.parametrize(
    ("image", "is_last", "new"),
    [
        pytest.param(tick(1.0), True, False, id="the-same"),
        pytest.param(tick(1.0, 101), True, False, id="the-same-with-a-later-moment"),
        pytest.param(tick(1.05), False, False, id="of-the-same-second"),
        pytest.param(tick(1.05), True, True, id="of-the-same-second-and-asked-for-later"),
        pytest.param(tick(1.05, 101), False, True, id="later"),
        pytest.param(tick(1.05, 99), True, False, id="older"),
    ],
)
def test_an_image_is_new_when_it_is_later_than_what_the_socket_brought(
    image: Tick, *, is_last: bool, new: bool
) -> None:
    freshness = Freshness()
    freshness.admits(tick(1.0))

    assert freshness.admits_image(image, is_last=is_last) is new
    assert freshness.admits(tick(1.0, 101)) or new
