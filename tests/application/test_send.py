"""Getting a command out: again only when it provably never left, within the deadline, and told to the breaker."""

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.application.books.books import Books
from jainam_prop.application.books.order_watch import OrderWatch
from jainam_prop.application.orders.send import OrderSender
from jainam_prop.application.recovery import Recovery
from jainam_prop.application.risk import RiskGate, TradingSwitch
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import Blocked, BrokerError, NotSent, OutcomeUnknown, RateLimited, Rejected
from jainam_prop.domain.orders.trading_state import CircuitRule, TradingState
from jainam_prop.domain.rate_limit import CallFamily
from tests.adapters.xts.http.sessions import PRO
from tests.fakes.account_states import a_journal, some_states
from tests.fakes.books import FakeBooks
from tests.fakes.broker.fake_broker import FakeBroker
from tests.fakes.clock import FakeClock
from tests.fakes.tasks import NoTasks
from tests.fakes.throttle import OpenThrottle
from tests.fakes.trading_state import InMemoryTradingState

LOST = NotSent("no connection")


class Broker:
    """Answers attempts one after the other, and remembers the seconds that each was given."""

    def __init__(self, *answers: Result[str, BrokerError]) -> None:
        self.seconds: list[float] = []
        self._answers = list(answers)

    def __call__(self, seconds: float) -> Result[str, BrokerError]:
        self.seconds.append(seconds)
        return self._answers.pop(0)


class Office:
    def __init__(self, *closed: CallFamily, dry_run: bool = False) -> None:
        self.clock = FakeClock()
        self.pace = OpenThrottle(frozenset(closed))
        rows, timing = FakeBooks(), Timing()
        journal = a_journal(self.clock)
        states = some_states(self.clock, journal)
        books = Books(rows, rows, states, OpenThrottle(), self.clock)
        self.gate = RiskGate(
            TradingSwitch(TradingState.ACTIVE, InMemoryTradingState(), self.clock),
            books,
            NoTasks(),
            self.clock,
            CircuitRule(threshold=1),
        )
        self._sender = OrderSender(
            FakeBroker().order_gateway,
            OrderWatch(books, states, self.clock, timing),
            journal,
            self.pace,
            self.gate,
            Recovery(journal, books, states, NoTasks(), self.clock, timing),
            self.clock,
            lambda: 7,
            timing,
            dry_run,
        )

    def send(self, broker: Broker, seconds: float = 10.0, *, reduces: bool = False) -> Result[str, BrokerError]:
        return self._sender.dispatch(
            PRO, broker, Deadline(self.clock.monotonic() + seconds), dry_run_answer="DRYRUN-7", reduces=reduces
        )


def test_an_accepted_command_goes_once_with_half_of_the_time() -> None:
    office, broker = Office(), Broker(Success("7"))

    assert office.send(broker, reduces=True) == Success("7")
    assert (broker.seconds, office.pace.asked) == ([5.0], [(CallFamily.ORDER, True)])


def test_a_dry_run_sends_nothing_and_takes_no_turn() -> None:
    office, broker = Office(dry_run=True), Broker()

    assert office.send(broker) == Success("DRYRUN-7")
    assert (broker.seconds, office.pace.asked) == ([], [])


def test_what_provably_never_left_goes_again_after_growing_waits() -> None:
    office, broker = Office(), Broker(Failure(LOST), Failure(LOST), Success("7"))

    assert office.send(broker) == Success("7")
    assert office.clock.slept == [1.0, 2.0]


def test_it_is_given_up_when_the_waits_are_used_up() -> None:
    office, broker = Office(), Broker(*[Failure(LOST)] * 4)

    assert office.send(broker, 60.0) == Failure(LOST)
    assert (len(broker.seconds), office.clock.slept) == (4, [1.0, 2.0, 4.0])


def test_it_is_given_up_when_no_time_is_left() -> None:
    office, broker = Office(), Broker(Failure(LOST), Failure(LOST))

    assert office.send(broker, 2.5) == Failure(LOST)
    assert office.clock.slept == [1.0]


def test_a_rate_limit_slows_the_family_down_for_as_long_as_the_broker_asks() -> None:
    office, broker = Office(), Broker(Failure(RateLimited("too fast", 3.0)), Success("7"))

    assert office.send(broker) == Success("7")
    assert (office.pace.slowed, office.clock.slept) == ([(CallFamily.ORDER, 3.0)], [3.0])


@pytest.mark.parametrize("error", [Rejected("no"), OutcomeUnknown("lost"), Blocked("halted")])
def test_nothing_else_is_sent_again(error: BrokerError) -> None:
    broker = Broker(Failure(error))

    assert Office().send(broker) == Failure(error)
    assert len(broker.seconds) == 1


def test_without_a_turn_nothing_is_sent() -> None:
    office, broker = Office(CallFamily.ORDER), Broker()

    assert office.send(broker) == Failure(Blocked("the order rate left no turn in time"))
    assert broker.seconds == []


@pytest.mark.parametrize(
    ("answer", "lets_through"),
    [
        pytest.param(Success("7"), True, id="accepted"),
        pytest.param(Failure(Rejected("no")), True, id="refused"),
        pytest.param(Failure(OutcomeUnknown("lost")), True, id="not-searched-yet"),
    ],
)
def test_the_breaker_learns_what_became_of_it(answer: Result[str, BrokerError], *, lets_through: bool) -> None:
    office = Office()
    assert office.send(Broker(answer)) == answer

    assert (office.gate.admit(reduces=False) is None) is lets_through
