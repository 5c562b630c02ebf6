"""Decisions and closes at a broker that answers in 20 ms and keeps its rate chart, beside the bare requests.

Run it with ``python -m benchmarks.decisions``; the gate runs it with fewer closes. Ours and its control take turns in
one run. The control is another login of the same broker, since the chart counts by login: its requests are made by a
bare client over a connection that is kept alive.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import count, cycle
from pathlib import Path
from typing import Final

import httpx

from benchmarks.conftest import Counter, open_counter
from jainam_prop.adapters.simulator.config import NORMAL_DEALER, SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.adapters.xts.profiles.jainam import JAINAM, PRO_CLIENT_MARK
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.rate_limit import CallFamily, rates_for
from jainam_prop.entrypoints.openalgo.order_api import close_all_positions, get_positions, place_smartorder_api
from tests.e2e.world import smart
from tests.fakes.broker.portfolio import some, tradable, trade

SECONDS_A_CALL: Final = 0.02
SIZES: Final = (5, 20, 100)
CONTRACTS: Final = 10
CLOSES_A_DESK: Final = 5
PAUSE: Final = 0.22
"""Between two decisions, so that neither the order rate nor the order book's is reached."""
OTHER: Final = "OTHER01"
CONFIG: Final = SimulatorConfig(instruments=600, funds=Decimal(10**12))
PAGE_SECONDS: Final = 0.002


@dataclass(frozen=True, slots=True)
class Compared:
    """Seconds of something and of its control, taken in turns, and how many times as long it may take."""

    name: str
    limit: float
    ours: list[float] = field(default_factory=list)
    control: list[float] = field(default_factory=list)

    def measure(self, ours: Callable[[], object], control: Callable[[], object]) -> None:
        """Time both, the other one first in each second round: after a pause, the first finds its caches cold."""
        if len(self.ours) % 2:
            self.control.append(seconds_of(control))
            self.ours.append(seconds_of(ours))
        else:
            self.ours.append(seconds_of(ours))
            self.control.append(seconds_of(control))

    @property
    def ratios(self) -> tuple[float, float]:
        """The ratios of the medians and of the 95th percentiles."""
        return (
            statistics.median(self.ours) / statistics.median(self.control),
            _late(self.ours) / _late(self.control),
        )

    @property
    def passed(self) -> bool:
        """Whether the median keeps to the limit."""
        return self.ratios[0] <= self.limit

    def __str__(self) -> str:
        """One line: milliseconds at the median and the 95th percentile, the ratios, that of the quickest, the limit."""
        ours, control = statistics.median(self.ours) * 1000, statistics.median(self.control) * 1000
        late = _late(self.ours) * 1000
        median, tail = self.ratios
        return (
            f"{self.name} = {median:.2f} (median {ours:.1f} ms to {control:.1f} ms, p95 {late:.1f} ms, {tail:.2f}; "
            f"quickest {min(self.ours) / min(self.control):.2f}; {len(self.ours)} rounds), limit {self.limit}"
        )


def _late(seconds: Sequence[float]) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.95))]


class Bare:
    """A client of the broker's that does nothing but the requests."""

    def __init__(self, base_url: str) -> None:
        """Log another dealer in."""
        self.http = httpx.Client(base_url=base_url, trust_env=False)
        keys = {"appKey": NORMAL_DEALER.interactive.key, "secretKey": NORMAL_DEALER.interactive.secret}
        answer = self.http.post("/interactive/user/session", json={**keys, "source": "WEBAPI"})
        self.http.headers["Authorization"] = answer.json()["result"]["token"]
        self._numbers = count(1)

    def post(self, side: str = "BUY") -> None:
        """Place an order at the market for one share."""
        body = {
            "exchangeSegment": "NSECM",
            "exchangeInstrumentID": 3045,
            "productType": "MIS",
            "orderType": "MARKET",
            "orderSide": side,
            "timeInForce": "DAY",
            "disclosedQuantity": 0,
            "orderQuantity": 1,
            "limitPrice": 0,
            "stopPrice": 0,
            "orderUniqueIdentifier": f"raw{next(self._numbers)}",
            "clientID": NORMAL_DEALER.clients[0],
        }
        self.http.post("/interactive/orders", json=body).raise_for_status()

    def read(self) -> None:
        """Read the order book, as far as a dictionary."""
        self.http.get("/interactive/orders", params={"clientID": NORMAL_DEALER.clients[0]}).json()

    def read_and_post(self) -> None:
        """Read the order book, then place an order."""
        self.read()
        self.post()

    def read_and_post_many(self, orders: int, pool: ThreadPoolExecutor) -> None:
        """Read the order book, then place orders at the order rate, as many at once as a close does."""
        self.read()
        pace = PacedThrottle(rates_for(JAINAM.rates), SystemClock())

        def paced() -> None:
            pace.wait(CallFamily.ORDER, 60)
            self.post()

        for done in [pool.submit(paced) for _ in range(orders)]:
            done.result()


def slow_down(broker: XtsSimulator) -> None:
    """Let every request take its time, as over the internet."""
    broker.faults.add(Fault(FaultKind.SLOW, on="*", times=None, seconds=SECONDS_A_CALL))


def trade_elsewhere(broker: XtsSimulator, units: int) -> None:
    """Trade as another terminal of the same account."""
    trade(broker.exchange, PRO_CLIENT_MARK, broker.exchange.find(Exchange.NSE, "SBIN-EQ"), "NRML", units, OTHER)


def hold_some(broker: XtsSimulator, positions: int) -> None:
    """Buy a portfolio as another terminal of the same account."""
    for one in some(broker.exchange.universe, random.Random(positions), positions, with_stops=False):  # noqa: S311
        trade(broker.exchange, PRO_CLIENT_MARK, one.listing, one.product, one.net, OTHER)


def rate_refusals(broker: XtsSimulator) -> int:
    """Return how many requests of any login were above the rate chart."""
    return broker.rate_refusals


def contracts(broker: XtsSimulator) -> list[str]:
    """Return the symbols of some shares."""
    return [row.name for row in tradable(broker.exchange.universe, "NSECM")[:CONTRACTS]]


@contextmanager
def a_desk(*, with_feed: bool) -> Iterator[tuple[Counter, Bare]]:
    """Open a desk at a slow broker, and a bare client beside it."""
    with tempfile.TemporaryDirectory() as folder, open_counter(Path(folder), CONFIG) as counter:
        counter.at_broker(slow_down)
        feed = counter.desk.follow_orders()(lambda _event: None) if with_feed else None
        try:
            target(counter, 1, product="NRML")
            time.sleep(2.0)
            yield counter, Bare(counter.base_url)
            refused = counter.at_broker(rate_refusals)
            if refused:
                message = f"{refused} requests were above the rate chart"
                raise RuntimeError(message)
        finally:
            if feed is not None:
                feed.close()


def target(counter: Counter, units: int, **changes: object) -> None:
    """Send a smart order, which has to be placed."""
    _, body, order_id = place_smartorder_api(smart(units, **changes), counter.auth)
    if order_id is None:
        raise RuntimeError(body["message"])


def seconds_of(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def smart_orders(rounds: int, *, with_feed: bool) -> Compared:
    """Compare smart orders with the requests that they need."""
    compared = Compared(f"smart order {_words(with_feed)}", 1.15)
    with a_desk(with_feed=with_feed) as (counter, bare):
        needed = bare.post if with_feed else bare.read_and_post
        for _, units in zip(range(rounds), cycle((1, 2)), strict=False):
            time.sleep(PAUSE)
            compared.measure(partial(target, counter, units), needed)
    return compared


def smart_orders_after_a_fill(rounds: int, *, with_feed: bool) -> Compared:
    """Compare smart orders a second after another terminal's fill in a carried product."""
    compared = Compared(f"smart order {_words(with_feed)}, a second after another terminal's fill", 1.15)
    with a_desk(with_feed=with_feed) as (counter, bare):
        needed = bare.post if with_feed else bare.read_and_post
        for _, size, units in zip(range(rounds), cycle((5, 6)), cycle((3, -3)), strict=False):
            counter.at_broker(trade_elsewhere, units)
            time.sleep(1.0)
            compared.measure(partial(target, counter, size, product="NRML"), needed)
    return compared


def ten_contracts(rounds: int, *, with_feed: bool) -> Compared:
    """Compare ten smart orders on ten contracts, from ten threads, with a second."""
    compared = Compared(f"ten smart orders {_words(with_feed)} within a second", 1.0)
    with a_desk(with_feed=with_feed) as (counter, _bare), ThreadPoolExecutor(CONTRACTS) as pool:
        symbols = counter.at_broker(contracts)
        for _, size in zip(range(rounds), cycle((1, 2)), strict=False):
            time.sleep(1.1)
            orders = [partial(target, counter, size, symbol=symbol) for symbol in symbols]
            began = time.perf_counter()
            for done in [pool.submit(order) for order in orders]:
                done.result()
            compared.ours.append(time.perf_counter() - began)
            compared.control.append(1.0)
    return compared


def page(rounds: int, *, with_feed: bool) -> Compared:
    """Compare a position page that is opened again within the second with 2 ms."""
    compared = Compared(f"position page {_words(with_feed)} again within the second, to 2 ms", 1.0)
    with a_desk(with_feed=with_feed) as (counter, _bare):
        get_positions(counter.auth)
        for _ in range(rounds):
            time.sleep(1.1)
            get_positions(counter.auth)
            compared.ours.append(seconds_of(partial(get_positions, counter.auth)))
            compared.control.append(PAGE_SECONDS)
    return compared


def closes(size: int, rounds: int, *, with_feed: bool) -> Compared:
    """Compare a close, "flat" included, with its orders after a read that names them.

    A desk closes a few times only, so that its order book is that of a day and not of a benchmark.
    """
    compared = Compared(
        f"close of {size} {_words(with_feed)}, to a read and the orders at the order rate", 1.3 if with_feed else 1.6
    )
    while len(compared.ours) < rounds:
        with a_desk(with_feed=with_feed) as (counter, bare), ThreadPoolExecutor(CONTRACTS) as pool:
            for _ in range(min(CLOSES_A_DESK, rounds - len(compared.ours))):
                counter.at_broker(hold_some, size)
                time.sleep(1.2)
                began = time.perf_counter()
                body, status = close_all_positions("", counter.auth)
                compared.ours.append(time.perf_counter() - began)
                if status != 200:
                    raise RuntimeError(body["message"])
                compared.control.append(seconds_of(partial(bare.read_and_post_many, size, pool)))
    return compared


def _words(with_feed: bool) -> str:  # noqa: FBT001 (a word for it)
    return "with the feed" if with_feed else "without the feed"


def compare(rounds: int, few: int, close_rounds: Sequence[int]) -> Iterator[Compared]:
    """Compare everything, first without the feed, then with it.

    Args:
        rounds: of smart orders.
        few: rounds of what takes a second or more: ten orders at once, and pages.
        close_rounds: of each size.

    Raises:
        RuntimeError: a request was above the rate chart.
    """
    for with_feed in (False, True):
        yield smart_orders(rounds, with_feed=with_feed)
        yield smart_orders_after_a_fill(rounds, with_feed=with_feed)
        yield ten_contracts(few, with_feed=with_feed)
        yield page(few, with_feed=with_feed)
        for size, often in zip(SIZES, close_rounds, strict=True):
            yield closes(size, often, with_feed=with_feed)


def main() -> int:
    """Print a line for each comparison; return 1 if any takes too long."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--few", type=int, default=50)
    parser.add_argument("--closes", type=int, nargs=3, default=[50, 50, 5])
    asked = parser.parse_args()
    passed = True
    for compared in compare(asked.rounds, asked.few, asked.closes):
        print("ok  " if compared.passed else "MISS", compared, flush=True)
        passed = passed and compared.passed
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
