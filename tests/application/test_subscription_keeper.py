"""What the broker is asked for so that it sends what is wanted."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.application.market_data.subscription_keeper import SubscriptionKeeper
from jainam_prop.application.ports.market_data import Subscribed
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.stream_capability import FeedMode
from jainam_prop.domain.market_data.subscriptions import Batch, Topic
from jainam_prop.domain.market_data.tick import FeedEvent
from jainam_prop.domain.sessions.session import Account, AccountKind, Session

SESSION = Session("DEALER01", Account(AccountKind.PRO), "i", "token one", datetime(2026, 8, 20, tzinfo=UTC))
KEYS = tuple(InstrumentKey(Exchange.NSE, number) for number in range(1, 121))


@dataclass
class Broker:
    """A market-data session that remembers its subscriptions, as XTS does: one known topic refuses a whole batch."""

    cap: int = 10_000
    silent: bool = False
    held: dict[str | None, set[Topic]] = field(default_factory=dict)
    calls: list[tuple[str, int]] = field(default_factory=list)

    def subscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        del timeout_seconds
        self.calls.append(("subscribe", len(batch.instruments)))
        held = self.held.setdefault(session.market_token, set())
        if self.silent:
            return Failure(Unreadable("no answer in time"))
        if held & batch.topics:
            return Success(Subscribed(already=True, remaining=self.cap - len(held)))
        if len(held | batch.topics) > self.cap:
            return Failure(Unreadable("the cap is reached"))
        held |= batch.topics
        return Success(Subscribed(remaining=self.cap - len(held)))

    def unsubscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        del timeout_seconds
        self.calls.append(("unsubscribe", len(batch.instruments)))
        self.held.setdefault(session.market_token, set()).difference_update(batch.topics)
        return Success(Subscribed())


def keep(broker: Broker, count: int) -> SubscriptionKeeper:
    keeper = SubscriptionKeeper(broker, JAINAM.stream)
    for key in KEYS[:count]:
        keeper.want(key, FeedMode.QUOTE)
    return keeper


def nowhere(code: int, event: FeedEvent) -> None:
    """Take no first image."""


def topics(count: int) -> set[Topic]:
    return {Topic(key, 1501) for key in KEYS[:count]}


def test_everything_is_subscribed_in_batches_of_fifty() -> None:
    broker = Broker()

    assert keep(broker, 120).settle(SESSION, nowhere)
    assert broker.calls == [("subscribe", 50), ("subscribe", 50), ("subscribe", 20)]
    assert broker.held["token one"] == topics(120)


def test_nothing_is_asked_for_twice() -> None:
    broker = Broker()
    keeper = keep(broker, 120)
    keeper.settle(SESSION, nowhere)
    keeper.settle(SESSION, nowhere)

    assert len(broker.calls) == 3


def test_a_new_token_holds_nothing() -> None:
    broker = Broker()
    keeper = keep(broker, 60)
    keeper.settle(SESSION, nowhere)
    keeper.settle(replace(SESSION, market_token="token two"), nowhere)

    assert broker.held["token two"] == topics(60)


def test_after_a_gap_what_the_token_still_holds_costs_one_call_a_batch() -> None:
    broker = Broker()
    keeper = keep(broker, 100)
    keeper.settle(SESSION, nowhere)
    keeper.replay()

    assert keeper.settle(SESSION, nowhere)
    assert broker.calls[2:] == [("subscribe", 50), ("subscribe", 50)]
    assert keeper.held == topics(100)


def test_a_batch_that_is_refused_for_one_of_it_is_subscribed_one_by_one() -> None:
    broker = Broker(held={"token one": {Topic(KEYS[1], 1501)}})
    keeper = keep(broker, 3)

    assert keeper.settle(SESSION, nowhere)
    assert broker.calls == [("subscribe", 3), ("subscribe", 1), ("subscribe", 1), ("subscribe", 1)]
    assert broker.held["token one"] == topics(3)


def test_a_cap_is_reported_and_what_fits_is_subscribed() -> None:
    broker = Broker(cap=60)
    keeper = keep(broker, 80)

    assert not keeper.settle(SESSION, nowhere)
    assert (keeper.problem, keeper.remaining) == ("Could not be read: the cap is reached", 10)
    assert keeper.held == topics(50)


def test_a_lost_answer_is_no_subscription_and_is_asked_again() -> None:
    broker = Broker(silent=True)
    keeper = keep(broker, 5)
    assert not keeper.settle(SESSION, nowhere)
    broker.silent = False

    assert keeper.settle(SESSION, nowhere)
    assert keeper.problem == ""
    assert keeper.held == topics(5)


@pytest.mark.parametrize("is_gap", [False, True])
def test_what_is_not_wanted_any_more_is_taken_back(*, is_gap: bool) -> None:
    broker = Broker()
    keeper = keep(broker, 3)
    keeper.settle(SESSION, nowhere)
    if is_gap:
        keeper.replay()
    keeper.drop(KEYS[2], FeedMode.QUOTE)

    assert keeper.settle(SESSION, nowhere)
    assert broker.held["token one"] == keeper.held == topics(2)


def test_subscribing_from_many_threads_while_everything_is_replayed_loses_nothing() -> None:
    broker = Broker()
    keeper = SubscriptionKeeper(broker, JAINAM.stream)
    shares = [KEYS[start::4] for start in range(4)]

    def come_and_go(share: tuple[InstrumentKey, ...]) -> None:
        for key in share:
            keeper.want(key, FeedMode.QUOTE)
            keeper.drop(key, FeedMode.QUOTE)
            keeper.want(key, FeedMode.QUOTE)

    with ThreadPoolExecutor(4) as threads:
        running = [threads.submit(come_and_go, share) for share in shares]
        while not all(each.done() for each in running):
            keeper.replay()
            keeper.settle(SESSION, nowhere)
        for each in running:
            each.result()
    keeper.settle(SESSION, nowhere)

    assert keeper.held == keeper.topics == topics(120)
    assert broker.held["token one"] == topics(120)
