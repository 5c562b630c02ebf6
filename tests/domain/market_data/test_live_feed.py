"""What the live feed decides: what to subscribe, when to connect again, what is news."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.backoff import Backoff, BackoffRule
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.market_data.market_hours import is_trading
from jainam_prop.domain.market_data.stall import Remedy, StallWatch
from jainam_prop.domain.market_data.stream_capability import FeedMode
from jainam_prop.domain.market_data.subscriptions import BATCH, DesiredSet, Topic, batches

SBIN = InstrumentKey(Exchange.NSE, 3045)
FUTURE = InstrumentKey(Exchange.NFO, 45001)
NIFTY = InstrumentKey(Exchange.NSE_INDEX, 26000)


def test_a_share_has_one_topic_and_a_derivative_its_open_interest_too() -> None:
    desired = DesiredSet().want(SBIN, FeedMode.QUOTE).want(FUTURE, FeedMode.DEPTH).want(NIFTY, FeedMode.LTP)

    assert desired.topics(JAINAM.stream) == {
        Topic(SBIN, 1501),
        Topic(FUTURE, 1502),
        Topic(FUTURE, 1510),
        Topic(NIFTY, 1512),
    }


def test_a_higher_mode_takes_the_place_of_a_lower_one() -> None:
    assert DesiredSet().want(SBIN, FeedMode.LTP).want(SBIN, FeedMode.DEPTH).topics(JAINAM.stream) == {Topic(SBIN, 1502)}


def test_a_lower_mode_changes_nothing() -> None:
    assert DesiredSet().want(SBIN, FeedMode.DEPTH).want(SBIN, FeedMode.LTP).topics(JAINAM.stream) == {Topic(SBIN, 1502)}


def test_giving_the_highest_mode_back_drops_everything_of_a_contract_and_nothing_of_another() -> None:
    desired = DesiredSet().want(SBIN, FeedMode.LTP).want(SBIN, FeedMode.DEPTH).want(NIFTY, FeedMode.LTP)

    assert desired.drop(SBIN, FeedMode.DEPTH).topics(JAINAM.stream) == {Topic(NIFTY, 1512)}


def test_giving_back_a_superseded_mode_or_nothing_changes_nothing() -> None:
    desired = DesiredSet().want(SBIN, FeedMode.DEPTH)

    assert desired.drop(SBIN, FeedMode.LTP) == desired
    assert desired.drop(NIFTY, FeedMode.LTP) == desired


def test_a_downgrade_as_the_host_makes_it() -> None:
    desired = DesiredSet().want(SBIN, FeedMode.DEPTH).drop(SBIN, FeedMode.DEPTH).want(SBIN, FeedMode.LTP)

    assert desired.topics(JAINAM.stream) == {Topic(SBIN, 1512)}


@given(
    st.sets(st.builds(Topic, st.builds(InstrumentKey, st.sampled_from(Exchange), st.integers(1, 400)), st.just(1501)))
)
def test_batches_hold_every_topic_once_and_are_not_too_long(topics: set[Topic]) -> None:
    made = list(batches(topics))

    assert [topic for batch in made for topic in sorted(batch.topics)] == sorted(topics)
    assert all(len(batch.instruments) <= BATCH for batch in made)


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


def test_silence_is_first_answered_by_subscribing_again_and_then_by_a_new_connection() -> None:
    watch, remedies = StallWatch(heard_at=0.0, patience=60.0), []
    for now in (59.0, 60.0, 119.0, 120.0, 179.0, 180.0):
        remedy, watch = watch.look(now, expected=True)
        remedies.append(remedy)

    none, again, anew = Remedy.NONE, Remedy.RESUBSCRIBE, Remedy.RECONNECT
    assert remedies == [none, again, none, anew, none, again]


def test_silence_outside_market_hours_is_no_fault() -> None:
    remedy, watch = StallWatch(heard_at=0.0).look(10_000.0, expected=False)

    assert (remedy, watch.look(10_059.0, expected=True)[0]) == (Remedy.NONE, Remedy.NONE)


@pytest.mark.parametrize(
    ("exchange", "moment", "trading"),
    [
        (Exchange.NSE, "2026-08-20 09:14", False),
        (Exchange.NSE, "2026-08-20 09:15", True),
        (Exchange.NFO, "2026-08-20 15:30", False),
        (Exchange.MCX, "2026-08-20 22:00", True),
        (Exchange.CDS, "2026-08-20 16:59", True),
        (Exchange.NSE_INDEX, "2026-08-22 12:00", False),
    ],
)
def test_prices_are_expected_in_each_exchange_s_own_hours(exchange: Exchange, moment: str, *, trading: bool) -> None:
    assert is_trading(exchange, datetime.fromisoformat(moment).replace(tzinfo=IST)) == trading
