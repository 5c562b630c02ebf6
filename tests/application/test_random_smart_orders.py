"""Random crowds, resting orders, stops of all sizes and troubles: the law holds after each, and no word is false.

The law: no single order that works can take the position beyond the target or through zero. Each answer is judged at
the moment at which it is given. What no read could have shown its caller is undone for that: a fill after the last read
of the order book, and the end of an order after it that the answer does not name. Nothing else is excused.
"""

import logging
import random
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final, NamedTuple, TypeAlias

import pytest
from dependency_injector import providers
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.application.orders.place import Placement
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.order import Order, OrderState
from jainam_prop.domain.positions.smart_order import NoTrade
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.container import Container
from tests.application.campaign import runs
from tests.application.trading import PACED_BROKER, Market, Trader, at_once

Heard: TypeAlias = Result[Placement | NoTrade, BrokerError]

TROUBLES: Final = (
    Fault(FaultKind.RESET, on="place"),
    Fault(FaultKind.RESET, on="place", processed=True),
    Fault(FaultKind.REPLY_LOST, on="place"),
    Fault(FaultKind.SERVER_ERROR, on="place", processed=True),
    Fault(FaultKind.HOLD, on="place", seconds=12.0, processed=False, times=1),
    Fault(FaultKind.HOLD, on="place", seconds=12.0, times=1),
    Fault(FaultKind.REFUSED, on="place", code="e-orders-0009", text="Not now"),
    Fault(FaultKind.RMS_REJECT, on="place", text="RMS: margin"),
    Fault(FaultKind.RMS_REJECT, on="modify", text="RMS: price band"),
    Fault(FaultKind.RMS_REJECT, on="cancel", text="being matched"),
    Fault(FaultKind.REFUSED, on="cancel", code="e-orders-0021", text="Not now"),
    Fault(FaultKind.RESET, on="cancel"),
    Fault(FaultKind.RESET, on="modify"),
    Fault(FaultKind.REPLY_LOST, on="modify"),
    Fault(FaultKind.SETTLE_DELAY, on="place", seconds=1.0),
    Fault(FaultKind.SETTLE_DELAY, on="place", seconds=8.0),
    Fault(FaultKind.SETTLE_DELAY, on="cancel", seconds=0.5),
    Fault(FaultKind.BOOK_DELAY, on="place", seconds=2.0),
    Fault(FaultKind.POSITION_LAG, on="place", seconds=4.0),
    Fault(FaultKind.SERVER_ERROR, on="dealer_order_book"),
    Fault(FaultKind.SLOW, on="dealer_order_book", seconds=1.0),
    Fault(FaultKind.TOKEN_KILLED, on="place", times=1),
)
UNITS: Final = (-150, -75, -40, 0, 0, 40, 75, 150)


@dataclass
class Campaign:
    """One account under random orders and troubles."""

    seed: int
    chance: random.Random = field(init=False)
    market: "WatchedMarket" = field(init=False)
    traders: list[Trader] = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311
        self.market = market = WatchedMarket(seed=self.seed, config=PACED_BROKER)
        market.watch()
        fallback = self.chance.choice(["off", "off", "protected-limit", "always"])
        count = self.chance.choice([1, 1, 2, 4])
        self.traders = [Trader(market=market, JAINAM_MARKET_FALLBACK=fallback) for _ in range(count)]

    @property
    def trader(self) -> Trader:
        return self.traders[0]

    def begin(self) -> None:
        """Hold a position, let orders rest and stops of all sizes wait on both sides, then let things go wrong."""
        held = self.chance.choice(UNITS)
        if held:
            self.trader.place(quantity=abs(held), action="BUY" if held > 0 else "SELL").unwrap()
        for _ in range(self.chance.randint(0, 3)):
            self.rest()
        for trouble in self.chance.sample(TROUBLES, self.chance.randint(0, 3)):
            times = trouble.times if trouble.times == 1 else self.chance.choice([1, 2, None])
            probability = self.chance.choice([0.2, 0.5, 1.0])
            self.trader.exchange.faults.add(replace(trouble, times=times, probability=probability))
        if self.chance.random() < 0.3:
            self.trader.quote_thinly(self.chance.choice([0, 40, 100]))
            self.trader.end_market_orders(self.chance.choice([0.05, 0.3, 1.0]), units=self.chance.choice([0, 30, 100]))

    def rest(self) -> None:
        side, percent = self.chance.choice(["BUY", "SELL"]), self.chance.choice([1, 2, 3])
        units = self.chance.choice([10, 40, 75, 150, 200])
        is_stop = self.chance.random() < 0.5
        above = (side == "SELL") is not is_stop
        price = self.trader.price(str(1 + (percent if above else -percent) / 100))
        kind: dict[str, object] = {"pricetype": "LIMIT", "price": price}
        if is_stop and self.chance.random() < 0.3:  # its limit is its trigger, so that it often rests once triggered
            kind = {"pricetype": "SL", "trigger_price": price, "price": price}
        elif is_stop:
            kind = {"pricetype": "SL-M", "trigger_price": price}
        self.trader.place(action=side, quantity=units, **kind).unwrap()

    def stir(self) -> None:
        """Let the market move at some moments of the next seconds."""
        for _ in range(self.chance.choice([0, 0, 1, 4])):
            factor = str(1 + self.chance.choice([-2.5, -1, 1, 2.5]) / 100)
            self.trader.clock.call_later(self.chance.random() * 3, lambda factor=factor: self.trader.move(factor))  # type: ignore[misc]

    def work(self) -> list[str]:
        """Let a crowd give one signal; return what is wrong with the exchange or an answer."""
        target = self.chance.choice(UNITS)
        fields: dict[str, object] = {}
        if self.chance.random() < 0.3:
            fields = {"pricetype": "LIMIT", "price": self.trader.price(self.chance.choice(["0.99", "1.01"]))}
        crowd = [one for one in self.traders for _ in range(self.chance.choice([1, 1, 3]))]
        held = self.trader.net()
        before = {order.order_id: Seen.of(order) for order in self.trader.orders()}
        wrong: list[str] = []

        def ask(one: Trader) -> Heard:
            answer = one.smart(target, **fields)
            if is_successful(answer):
                decided, looked = last_known(one, decisions.at[threading.get_ident()])
                wrong.extend(self.falsehoods(answer.unwrap(), target, decided, looked))
            return answer

        with watched(self.market.moments) as decisions:
            heard = at_once(crowd, ask)
        now = {order.order_id: order for order in self.trader.orders()}
        wrong += [
            *self.unnamed(before, now, heard),
            *self.naked(held, before, heard),
            *self.oversized(heard),
            *self.unsaid(before, heard),
        ]
        return [f"{each} ({target}, {fields}, {heard})" for each in wrong]

    def falsehoods(self, answer: Placement | NoTrade, target: int, decided: "Read", looked: "Read") -> list[str]:
        """Return what is wrong with a success at the moment at which it is given.

        Args:
            answer: what is judged.
            target: that was asked for.
            decided: the newest read that the decision could know.
            looked: the newest that the caller has made.
        """
        wrong = [
            f"{each} was not cancelled" for each in answer.cancelled if self.state(each) is not OrderState.CANCELLED
        ]
        if not self.leads_to(target, answer, decided):
            wrong.append(f"{answer!r} is false")
        known = Known.at(self.trader, looked, answer)
        low, high = min(0, target, known.net), max(0, target, known.net)
        return wrong + [
            f"{order.order_id} can take {known.net} to {known.net + order.side.sign * left} after {answer!r}"
            for order, left in known.working
            if f"Stop {order.order_id} stays" not in answer.message
            and not low <= known.net + order.side.sign * left <= high
        ]

    def leads_to(self, target: int, answer: Placement | NoTrade, decided: "Read") -> bool:
        """Whether the target was held or under way by what the decision could know.

        An order that the exchange refused or ended counts as meant.
        """
        known = Known.at(self.trader, decided, answer)
        refused = [order for order in known.own if order.state in ENDED and str(order.order_id) not in answer.cancelled]
        under_way = [*known.working, *((order, order.left) for order in refused)]
        meant = [
            order.side.sign * left
            for order, left in under_way
            if not (order.terms.price_type.has_trigger and order.side.sign * known.net < 0)
            and f"Stop {order.order_id} stays" not in answer.message
        ]
        return known.net + sum(meant) == target

    def state(self, order_id: str) -> OrderState:
        return next(order.state for order in self.trader.orders() if str(order.order_id) == order_id)

    def unnamed(self, before: Mapping[int, "Seen"], now: Mapping[int, SimOrder], heard: list[Heard]) -> list[str]:
        """Return the orders that the crowd cancelled or changed and no answer names, nor puts back."""
        named = words_of(heard)
        changed = [order for order_id, seen in before.items() if seen.was_changed(order := now[order_id])]
        successors = [now[int(each)] for each in PUT_BACK.findall(named) for each in each.split(", ")]
        wrong = []
        for order in sorted(changed, key=lambda each: each.terms.quantity):
            is_named = str(order.order_id) in named
            successor = None if is_named else next((each for each in successors if succeeds(each, order)), None)
            if successor is not None:
                successors.remove(successor)
            elif not is_named:
                wrong.append(f"{order.order_id} was {order.state} and is not named")
        return wrong

    def unsaid(self, before: Mapping[int, "Seen"], heard: list[Heard]) -> list[str]:
        """Return the orders that the crowd made and no answer names, by id or by identifier."""
        named = words_of(heard)
        ids = {each for one in heard if is_successful(one) for each in getattr(one.unwrap(), "order_ids", ())}
        return [
            f"{order.order_id} is {order.state} and no answer names it"
            for order in self.trader.orders()
            if order.order_id not in before and order.state is not OrderState.REJECTED
            if not {str(order.order_id), order.intake.identifier} & ids
            and str(order.order_id) not in named
            and order.intake.identifier not in named
        ]

    def naked(self, held: int, before: Mapping[int, "Seen"], heard: list[Heard]) -> list[str]:
        """Return that a position has lost its stops, and no answer says so or names them."""
        net, words = self.trader.net(), words_of(heard)
        stops = [
            order
            for order in self.trader.orders()
            if order.terms.price_type.has_trigger and order.side.sign * net < 0 < held * net
        ]
        lost = [order for order in stops if order.order_id in before and before[order.order_id].is_working]
        is_safe = any(order.state not in ENDED or order.filled for order in stops)
        unsaid = [order for order in lost if str(order.order_id) not in words]
        is_said = "protect" in words or "has not traded yet" in words
        return [f"naked at {net}: {words}"] if unsaid and not is_safe and not is_said else []

    def oversized(self, heard: list[Heard]) -> list[str]:
        """Return the stops that were put back for more than is held, though nothing has traded since."""
        last = max((each.at for each in self.trader.exchange.executions()), default=None)
        put_back = {each for found in PUT_BACK.findall(words_of(heard)) for each in found.split(", ")}
        return [
            f"{order.order_id} was put back for {order.left} units of {net}"
            for order in self.trader.orders()
            if str(order.order_id) in put_back and order.state not in ENDED
            if last is None or order.history[0].at >= last
            if order.left > abs(net := self.trader.net())
        ]


PUT_BACK: Final = re.compile(r"put back as order ((?:\d+(?:, )?)+)")


def words_of(heard: list[Heard]) -> str:
    """Return all that a crowd was told."""
    return " ".join(one.unwrap().message if is_successful(one) else repr(one.failure()) for one in heard)


def succeeds(stop: SimOrder, other: SimOrder) -> bool:
    """Whether a stop is another one that was put back, maybe for fewer units."""
    same = (stop.side, stop.terms.trigger) == (other.side, other.terms.trigger)
    return same and stop is not other and stop.terms.quantity <= other.terms.quantity


class Read(NamedTuple):
    """One read of the order book; moments are counted, since several things happen at one time.

    Attributes:
        thread: of the reader.
        made: when the exchange made it; ``answered`` is when its reader had it.
        rows: what it showed, by order id.
    """

    thread: int
    made: int
    answered: int
    rows: dict[str, Order]


class WatchedBook:
    """The order book as one process reads it, with its reads."""

    def __init__(self, book: Any, moments: Iterator[int]) -> None:  # noqa: ANN401 (the fake broker's)
        self._book, self._moments = book, moments
        self.made: dict[int, int] = {}
        self.reads: list[Read] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (everything but the order book is as it is)
        return getattr(self._book, name)

    def orders(self, session: Session, timeout_seconds: float) -> Result[tuple[Order, ...], BrokerError]:
        read: Result[tuple[Order, ...], BrokerError] = self._book.orders(session, timeout_seconds)
        if is_successful(read):
            thread, rows = threading.get_ident(), {row.order_id: row for row in read.unwrap()}
            self.reads.append(Read(thread, self.made[thread], next(self._moments), rows))
        return read


class WatchedMarket(Market):
    """A market of which every read of the order book is known."""

    def container(self, timing: Timing | None, settings: dict[str, str]) -> Container:
        container = super().container(timing, settings)
        book = WatchedBook(container.broker.order_book(), self.moments)
        book.made = self.made
        container.broker.order_book.override(providers.Object(book))
        return container

    def watch(self) -> None:
        """Count moments from now on."""
        self.moments, self.made = count(), dict[int, int]()
        self.broker.books.orders = self._note

    def _note(self, rows: Sequence[Order]) -> Sequence[Order]:
        self.made[threading.get_ident()] = next(self.moments)
        return rows


class Decisions(logging.Handler):
    """When each thread decided last."""

    def __init__(self, moments: Iterator[int]) -> None:
        super().__init__(logging.DEBUG)
        self._moments = moments
        self.at: dict[int, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.at[record.thread or 0] = next(self._moments)


@contextmanager
def watched(moments: Iterator[int]) -> Iterator[Decisions]:
    """Take down the decisions of smart orders."""
    logger, decisions = logging.getLogger("jainam_prop.application.positions.smart_order"), Decisions(moments)
    level = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addHandler(decisions)
    try:
        yield decisions
    finally:
        logger.removeHandler(decisions)
        logger.setLevel(level)


def last_known(caller: Trader, decided: int) -> tuple[Read, Read]:
    """Return the newest read that a decision could know, and the newest that its thread has made since, if any."""
    reads: list[Read] = caller.container.broker.order_book().reads
    known = max((read for read in reads if read.answered < decided), key=lambda read: read.made)
    own = [read for read in reads if read.thread == threading.get_ident()]
    return known, max((known, *own), key=lambda read: read.made)


@dataclass(frozen=True)
class Known:
    """The exchange as an answer could know it.

    Fills that a read did not show have not happened, and orders that it showed working, and that ended unnamed, work.

    Attributes:
        working: each order that could trade, with the units that it could.
        own: the orders that the answer names as placed.
    """

    net: int
    working: list[tuple[SimOrder, int]]
    own: list[SimOrder]

    @classmethod
    def at(cls, trader: Trader, read: Read, answer: Placement | NoTrade) -> "Known":
        placed = answer.order_ids if isinstance(answer, Placement) else ()
        net, working, own = trader.net(), [], []
        for order in trader.orders():
            order_id = str(order.order_id)
            row = read.rows.get(order_id)
            is_final = order_id in {*placed, *answer.cancelled}
            news = 0 if is_final else order.filled - (0 if row is None else row.filled)
            net -= order.side.sign * news
            was_working = not is_final and (row is None or row.is_working)
            if order.left + news and (order.state not in ENDED or was_working):
                working.append((order, order.left + news))
            own += [order] if order_id in placed else []
        return cls(net, working, own)


ENDED: Final = frozenset({OrderState.CANCELLED, OrderState.FILLED, OrderState.REJECTED})


@dataclass(frozen=True, slots=True)
class Seen:
    """One order as it was before a crowd."""

    is_working: bool
    quantity: int

    @classmethod
    def of(cls, order: SimOrder) -> "Seen":
        return cls(order.state not in ENDED, order.terms.quantity)

    def was_changed(self, order: SimOrder) -> bool:
        was_cancelled = order.state is OrderState.CANCELLED and order.history[-2].state is OrderState.PENDING_CANCEL
        return self.is_working and (was_cancelled or order.terms.quantity != self.quantity)


@pytest.mark.parametrize("seed", runs(25))
def test_after_every_smart_order_the_law_holds_and_every_word_is_true(seed: int) -> None:
    campaign = Campaign(seed)
    campaign.begin()
    for _ in range(campaign.chance.randint(1, 3)):
        campaign.stir()
        assert campaign.work() == []
