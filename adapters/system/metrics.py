"""Counters and histograms in Prometheus' text form, on a port of this machine or in a file (extra ``metrics``).

An order only leaves its figures in a queue, in less than a microsecond; they are counted when they are read.
"""

import logging
import threading
import weakref
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, final

from prometheus_client import CollectorRegistry, start_http_server, write_to_textfile
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.market_data.feed_state import FeedHealth

_LOG: Final = logging.getLogger(__name__)

WRITE_SECONDS: Final = 15.0
"""Between two writings of the file."""

_PORTS: Final = 10
"""The first free one of so many is taken, since each process of a machine serves its own counts."""
_QUEUED: Final = 1_000
"""Requests after which the queues are emptied though nothing reads the counts."""
_LOOPBACK: Final = "127.0.0.1"
_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_ACCEPTED: Final = "Accepted"


class _Histogram:
    """Counts of seconds by size; its owner holds a lock."""

    def __init__(self) -> None:
        self.counts = [0] * (len(_BOUNDS) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(_BOUNDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Return the cumulative counts, as Prometheus has them."""
        below, found = 0, []
        for bound, count in zip((*map(str, _BOUNDS), "+Inf"), self.counts, strict=True):
            below += count
            found.append((bound, float(below)))
        return found


@final
class Metrics:
    """The `Meter` of one account, and a collector of ``prometheus-client``; safe to use from many threads."""

    def __init__(self, account: str) -> None:
        """Label everything with a name of the account that is no secret."""
        self._account = account
        self._lock = threading.Lock()
        self._sent: deque[tuple[float, float]] = deque()
        self._settled: deque[Result[str, BrokerError]] = deque()
        self._waits = _Histogram()
        self._requests = _Histogram()
        self._outcomes: Counter[str] = Counter({_ACCEPTED: 0, "Rejected": 0, "OutcomeUnknown": 0, "NotSent": 0})
        self._doubts = 0
        self._feeds: list[tuple[str, weakref.WeakMethod[Callable[[], FeedHealth]]]] = []

    def sent(self, waited_seconds: float, took_seconds: float) -> None:
        """Count a request; see the port."""
        self._sent.append((waited_seconds, took_seconds))
        if len(self._sent) > _QUEUED:
            self._count()

    def settled(self, outcome: Result[str, BrokerError]) -> None:
        """Count an order; see the port."""
        self._settled.append(outcome)

    def doubted(self) -> None:
        """Count an unknown position; see the port."""
        with self._lock:
            self._doubts += 1

    def watch_feed(self, name: str, health: Callable[[], FeedHealth]) -> None:
        """Show a feed's health; see the port."""
        with self._lock:
            self._feeds.append((name, weakref.WeakMethod(health)))

    def collect(self) -> Iterable[Metric]:
        """Write everything counted so far."""
        account = [self._account]
        self._count()
        with self._lock:
            for name, text, histogram in (
                ("jainam_order_rate_wait_seconds", "Wait of an order command for the rate limit.", self._waits),
                ("jainam_order_request_seconds", "Time from sending an order command to its outcome.", self._requests),
            ):
                family = HistogramMetricFamily(name, text, labels=["account"])
                family.add_metric(account, histogram.buckets(), histogram.total)
                yield family
            outcomes = CounterMetricFamily("jainam_orders", "Orders by outcome.", labels=["account", "outcome"])
            for kind, count in self._outcomes.items():
                outcomes.add_metric([*account, kind], count)
            yield outcomes
            doubts = CounterMetricFamily(
                "jainam_position_disagreements", "Positions that books or fills contradicted.", labels=["account"]
            )
            doubts.add_metric(account, self._doubts)
            yield doubts
            self._feeds = [(name, method) for name, method in self._feeds if method() is not None]
            feeds = [(name, health()) for name, method in self._feeds if (health := method()) is not None]
        yield from self._feed_metrics(feeds)

    def _count(self) -> None:
        """Take in what the orders left."""
        with self._lock:
            while self._sent:
                waited, took = self._sent.popleft()
                self._waits.observe(waited)
                self._requests.observe(took)
            while self._settled:
                outcome = self._settled.popleft()
                self._outcomes[_ACCEPTED if is_successful(outcome) else type(outcome.failure()).__name__] += 1

    def _feed_metrics(self, feeds: list[tuple[str, FeedHealth]]) -> Iterator[Metric]:
        labels = ["account", "feed"]
        connected = GaugeMetricFamily("jainam_feed_connected", "Whether the feed is connected.", labels=labels)
        ages = GaugeMetricFamily(
            "jainam_feed_age_seconds", "Seconds since the last price.", labels=[*labels, "exchange"]
        )
        gaps = CounterMetricFamily("jainam_feed_connections", "Connections of the feed.", labels=labels)
        for name, health in feeds:
            connected.add_metric([self._account, name], health.is_connected)
            gaps.add_metric([self._account, name], health.connections)
            for exchange, seconds in health.tick_ages.items():
                ages.add_metric([self._account, name, exchange.value], seconds)
        yield from (connected, gaps, ages)


def published(metrics: Metrics, place: str) -> AbstractContextManager[None]:
    """Serve counts on a port of this machine, or keep a file up to date; a place that cannot be had is logged."""
    registry = CollectorRegistry()
    registry.register(metrics)
    return _served(registry, int(place)) if place.isdecimal() else _kept_in_file(registry, Path(place))


@contextmanager
def _served(registry: CollectorRegistry, first_port: int) -> Iterator[None]:
    for port in range(first_port, first_port + _PORTS):
        try:
            server, thread = start_http_server(port, _LOOPBACK, registry)
        except OSError:
            continue
        _LOG.info("metrics at http://%s:%s/metrics", _LOOPBACK, port)
        yield
        server.shutdown()
        server.server_close()
        thread.join()
        return
    _LOG.warning("no metrics: the ports %s to %s are in use", first_port, first_port + _PORTS - 1)
    yield


@contextmanager
def _kept_in_file(registry: CollectorRegistry, path: Path) -> Iterator[None]:
    ended = threading.Event()

    def write() -> None:
        is_last = False
        while not is_last:
            is_last = ended.wait(WRITE_SECONDS)
            try:
                write_to_textfile(str(path), registry)
            except OSError as error:
                _LOG.warning("metrics cannot be written: %s", error.strerror)

    thread = threading.Thread(target=write, name="jainam-metrics", daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join()
