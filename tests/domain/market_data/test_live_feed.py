"""Backoff between connections, and levels of depth that a stream can have."""

import pytest

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.domain.market_data.backoff import Backoff, BackoffRule


@pytest.mark.parametrize(
    ("exchange", "asked", "given_"), [("NFO", 5, 5), ("NFO", 20, 5), ("NFO", 3, 5), ("XYZ", 5, None)]
)
def test_depth_falls_back_to_what_there_is_and_an_unknown_exchange_has_none(
    exchange: str, asked: int, given_: int | None
) -> None:
    assert JAINAM.stream.get_fallback_depth_level(exchange, asked) == given_
    assert JAINAM.stream.is_depth_level_supported(exchange, asked) == (given_ == asked)


def test_waits_double_up_to_the_longest_and_never_end() -> None:
    backoff, waits = Backoff(BackoffRule(first=1.0, longest=8.0)), []
    for _ in range(2_000):
        backoff = backoff.after(lived_seconds=5.0)
        waits.append(backoff.wait(chance=0.0))

    assert waits[:5] == [1.0, 2.0, 4.0, 8.0, 8.0]
    assert waits[-1] == 8.0


def test_chance_takes_up_to_half_of_a_wait_off() -> None:
    backoff = Backoff(BackoffRule(first=4.0)).after(0.0)

    assert (backoff.wait(0.0), backoff.wait(0.5), backoff.wait(1.0)) == (4.0, 3.0, 2.0)


def test_a_connection_that_held_makes_the_next_wait_the_first_again() -> None:
    backoff = Backoff(BackoffRule(first=1.0, stable=60.0)).after(0.0).after(0.0).after(0.0)

    assert backoff.after(lived_seconds=61.0).wait(0.0) == 1.0
