"""What a broker is asked for, call by call, so that it sends what is wanted; refusals concern only what is refused."""

import time
from dataclasses import dataclass, field
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.subscriptions import BATCH, CAP_REACHED, RETRY_SECONDS, Batch, Subscriptions, Topic
from jainam_prop.domain.market_data.tick import FeedMode

LTP, QUOTE, DEPTH = FeedMode
SBIN: Final = InstrumentKey(Exchange.NSE, 3045)
FUTURE: Final = InstrumentKey(Exchange.NFO, 45001)
NIFTY: Final = InstrumentKey(Exchange.NSE_INDEX, 26000)
KEYS: Final = tuple(InstrumentKey(Exchange.NSE, number) for number in range(1, 121))


@dataclass
class Broker:
    """Subscriptions of one token, as XTS keeps them: a batch is taken whole or refused whole."""

    cap: int = 10_000
    says_remaining: bool = True
    illegal: frozenset[Topic] = frozenset()
    held: set[Topic] = field(default_factory=set)
    calls: list[tuple[str, int]] = field(default_factory=list)

    def settle(self, subscriptions: Subscriptions, now: float = 0.0, most: int = 500) -> None:
        """Make every call that is due."""
        for _ in range(most):
            batch = subscriptions.next_subscription(now)
            if batch is not None:
                self._subscribe(subscriptions, batch, now)
                continue
            batch = subscriptions.next_unsubscription()
            if batch is None:
                return
            self.calls.append(("unsubscribe", len(batch.instruments)))
            self.held.difference_update(batch.topics)
            subscriptions.unsubscribed(batch, self._remaining())
        pytest.fail("the calls do not end")

    def _subscribe(self, subscriptions: Subscriptions, batch: Batch, now: float) -> None:
        self.calls.append(("subscribe", len(batch.instruments)))
        if self.held & set(batch.topics):
            subscriptions.answered(batch, now, remaining=self._remaining(), already=True)
        elif self.illegal & set(batch.topics):
            subscriptions.answered(batch, now, refused="Invalid instrument")
        elif len(self.held | set(batch.topics)) > self.cap:
            subscriptions.answered(batch, now, remaining=self._remaining(), refused="limit exceeded")
        else:
            self.held.update(batch.topics)
            subscriptions.answered(batch, now, remaining=self._remaining())

    def _remaining(self) -> int | None:
        return self.cap - len(self.held) if self.says_remaining else None


def empty() -> Subscriptions:
    return Subscriptions(JAINAM.stream.codes)


def wanting(count: int, mode: FeedMode = QUOTE) -> Subscriptions:
    subscriptions = empty()
    for key in KEYS[:count]:
        subscriptions.want(key, mode)
    return subscriptions


def topics(count: int, code: int = 1501) -> set[Topic]:
    return {Topic(key, code) for key in KEYS[:count]}


def test_a_share_has_one_topic_and_a_derivative_its_open_interest_too() -> None:
    subscriptions = empty()
    for key, mode in ((SBIN, QUOTE), (FUTURE, DEPTH), (NIFTY, LTP)):
        subscriptions.want(key, mode)

    assert subscriptions.topics == {Topic(SBIN, 1501), Topic(FUTURE, 1502), Topic(FUTURE, 1510), Topic(NIFTY, 1512)}


def test_the_highest_mode_counts_until_it_is_given_back() -> None:
    subscriptions = empty()
    for mode in (LTP, DEPTH, LTP):
        subscriptions.want(SBIN, mode)
    assert subscriptions.topics == {Topic(SBIN, 1502)}

    assert not subscriptions.drop(SBIN, LTP)
    assert subscriptions.drop(SBIN, DEPTH)
    assert not subscriptions.drop(SBIN, DEPTH)
    assert subscriptions.topics == frozenset()


def test_everything_is_subscribed_in_batches_of_fifty_and_nothing_twice() -> None:
    broker, subscriptions = Broker(), wanting(120)
    broker.settle(subscriptions)
    broker.settle(subscriptions)

    assert broker.calls == [("subscribe", 50), ("subscribe", 50), ("subscribe", 20)]
    assert broker.held == subscriptions.held == topics(120)


def test_a_refused_contract_stands_alone_and_the_others_are_subscribed() -> None:
    broker, subscriptions = Broker(illegal=frozenset({Topic(KEYS[17], 1501)})), wanting(50)
    broker.settle(subscriptions)

    assert broker.held == subscriptions.held == topics(50) - {Topic(KEYS[17], 1501)}
    assert {topic: why.reason for topic, why in subscriptions.refused.items()} == {
        Topic(KEYS[17], 1501): "Invalid instrument"
    }
    assert len(broker.calls) <= 14


def test_a_refused_contract_is_tried_again_later() -> None:
    broker, subscriptions = Broker(illegal=frozenset({Topic(KEYS[0], 1501)})), wanting(1)
    broker.settle(subscriptions)
    broker.illegal = frozenset()
    broker.settle(subscriptions, RETRY_SECONDS - 1)
    assert subscriptions.held == set()

    broker.settle(subscriptions, RETRY_SECONDS)

    assert (subscriptions.held, subscriptions.refused) == (topics(1), {})


@pytest.mark.parametrize("says_remaining", [True, False])
def test_a_cap_serves_those_who_came_first(*, says_remaining: bool) -> None:
    broker, subscriptions = Broker(cap=40, says_remaining=says_remaining), wanting(50)
    broker.settle(subscriptions)

    assert len(broker.held) == 40
    assert broker.held == topics(40)
    assert len(subscriptions.refused) == 10


def test_room_under_the_cap_goes_to_those_who_wait() -> None:
    broker, subscriptions = Broker(cap=40), wanting(50)
    broker.settle(subscriptions)
    assert {why.reason for why in subscriptions.refused.values()} == {CAP_REACHED}
    calls = len(broker.calls)
    broker.settle(subscriptions)
    assert len(broker.calls) == calls  # nothing is asked again at once

    subscriptions.drop(KEYS[0], QUOTE)
    subscriptions.drop(KEYS[1], QUOTE)
    broker.settle(subscriptions, 1.0)

    assert broker.held == topics(42) - topics(2)
    assert len(subscriptions.refused) == 8


def test_an_upgrade_keeps_the_old_subscription_until_the_new_one_holds() -> None:
    broker, subscriptions = Broker(), wanting(1, LTP)
    broker.settle(subscriptions)
    subscriptions.want(KEYS[0], DEPTH)
    assert subscriptions.next_unsubscription() is None

    broker.settle(subscriptions)

    assert broker.held == subscriptions.held == topics(1, 1502)


def test_a_refused_upgrade_leaves_what_worked() -> None:
    broker, subscriptions = Broker(illegal=frozenset(topics(1, 1502))), wanting(1, LTP)
    broker.settle(subscriptions)
    subscriptions.want(KEYS[0], DEPTH)
    broker.settle(subscriptions)

    assert broker.held == topics(1, 1512)
    assert set(subscriptions.refused) == topics(1, 1502)


def test_after_a_gap_what_the_token_holds_costs_one_call_a_batch() -> None:
    broker, subscriptions = Broker(), wanting(100)
    broker.settle(subscriptions)
    subscriptions.gap()
    broker.settle(subscriptions)

    assert broker.calls[2:] == [("subscribe", 50), ("subscribe", 50)]
    assert subscriptions.held == topics(100)


def test_a_new_token_holds_nothing() -> None:
    broker, subscriptions = Broker(), wanting(60)
    broker.settle(subscriptions)
    broker.held.clear()
    subscriptions.new_token()
    broker.settle(subscriptions)

    assert broker.held == subscriptions.held == topics(60)


def test_what_another_feed_subscribed_on_the_token_is_found_by_bisection() -> None:
    broker, subscriptions = Broker(held={Topic(KEYS[1], 1501)}), wanting(8)
    broker.settle(subscriptions)

    assert broker.held == subscriptions.held == topics(8)
    assert len(broker.calls) <= 7


def test_what_a_closed_feed_left_is_taken_over_where_it_is_wanted_and_taken_back_where_not() -> None:
    broker, subscriptions = Broker(held=topics(10), cap=12), wanting(8)
    subscriptions.take_over(topics(10))
    broker.settle(subscriptions)

    assert broker.held == subscriptions.held == topics(8)
    assert broker.calls == [("subscribe", 8), ("unsubscribe", 2)]


def test_a_lost_topic_alone_is_subscribed_again() -> None:
    broker, subscriptions = Broker(), wanting(3)
    broker.settle(subscriptions)
    broker.held.discard(Topic(KEYS[1], 1501))
    subscriptions.lost(Topic(KEYS[1], 1501))
    broker.settle(subscriptions)

    assert broker.calls[1:] == [("subscribe", 1)]
    assert broker.held == subscriptions.held == topics(3)


def test_a_topic_that_was_thought_lost_is_taken_back_when_it_is_dropped() -> None:
    broker, subscriptions = Broker(), wanting(1)
    broker.settle(subscriptions)
    subscriptions.lost(Topic(KEYS[0], 1501))
    subscriptions.drop(KEYS[0], QUOTE)
    broker.settle(subscriptions)

    assert broker.held == subscriptions.held == set()


def test_an_answer_of_before_a_gap_is_not_believed() -> None:
    subscriptions = wanting(1)
    batch = subscriptions.next_subscription(0.0)
    assert batch is not None
    subscriptions.new_token()
    subscriptions.answered(batch, 0.0)

    assert subscriptions.held == set()
    assert subscriptions.next_subscription(0.0) is not None


def test_a_lost_answer_is_asked_again() -> None:
    subscriptions = wanting(1)
    batch = subscriptions.next_subscription(0.0)
    assert batch is not None
    subscriptions.unanswered(batch, "no answer in time")
    assert subscriptions.problem == "no answer in time"

    broker = Broker(held=topics(1))
    broker.settle(subscriptions)

    assert (subscriptions.held, subscriptions.problem) == (topics(1), "")


def test_a_lost_answer_is_no_confirmation_when_another_topic_is_subscribed_already() -> None:
    subscriptions = wanting(3)
    batch = subscriptions.next_subscription(0.0)
    assert batch is not None
    subscriptions.unanswered(batch, "no answer in time")
    broker = Broker(held={Topic(KEYS[0], 1501)})  # of the lost call, or of another feed
    broker.settle(subscriptions)

    assert broker.held == subscriptions.held == topics(3)


def test_what_may_be_subscribed_after_a_lost_answer_is_taken_back_when_it_is_dropped() -> None:
    subscriptions = wanting(1)
    batch = subscriptions.next_subscription(0.0)
    assert batch is not None
    subscriptions.drop(KEYS[0], QUOTE)
    subscriptions.unanswered(batch, "no answer in time")
    broker = Broker(held=topics(1))
    broker.settle(subscriptions)

    assert broker.held == set()


def test_what_is_dropped_during_a_call_that_a_gap_overtakes_is_taken_back() -> None:
    subscriptions = wanting(2)
    batch = subscriptions.next_subscription(0.0)
    assert batch is not None
    broker = Broker(held=topics(2))
    subscriptions.gap()
    subscriptions.drop(KEYS[0], QUOTE)
    subscriptions.answered(batch, 0.0)
    broker.settle(subscriptions)

    assert broker.held == subscriptions.held == topics(2) - topics(1)


def test_what_is_dropped_during_its_call_is_taken_back() -> None:
    subscriptions = wanting(1)
    batch = subscriptions.next_subscription(0.0)
    assert batch is not None
    subscriptions.drop(KEYS[0], QUOTE)
    subscriptions.answered(batch, 0.0)

    taken_back = subscriptions.next_unsubscription()
    assert taken_back is not None
    assert taken_back.topics == batch.topics


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 30), st.sampled_from(FeedMode)), max_size=60), st.integers(5, 80)
)
def test_whatever_is_wanted_and_dropped_the_broker_holds_what_is_wanted_or_is_named(
    changes: list[tuple[bool, int, FeedMode]], cap: int
) -> None:
    broker, subscriptions = Broker(cap=cap), empty()
    for number, (adds, index, mode) in enumerate(changes):
        (subscriptions.want if adds else subscriptions.drop)(KEYS[index], mode)
        if number % 7 == 0:
            broker.settle(subscriptions, float(number))
    broker.settle(subscriptions, 100.0)

    assert broker.held == subscriptions.held
    assert subscriptions.topics <= broker.held | set(subscriptions.refused)
    assert all(size <= BATCH for _, size in broker.calls)


def test_a_thousand_wants_take_linear_time() -> None:
    def seconds(count: int) -> float:
        subscriptions = empty()
        began = time.thread_time()
        for number in range(count):
            subscriptions.want(InstrumentKey(Exchange.NSE, number), QUOTE)
        return time.thread_time() - began

    assert min(seconds(8_000) for _ in range(3)) < 40 * max(min(seconds(1_000) for _ in range(3)), 0.0005)
