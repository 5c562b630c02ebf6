"""Counts for operators: what they say, where they are published, and what the dashboard asks for."""

import gc
import json
import logging
import re
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from returns.result import Failure, Success

from jainam_prop.adapters.system.metrics import Metrics, published
from jainam_prop.domain.errors import OutcomeUnknown, Rejected
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.market_data.feed_state import FeedHealth, FeedState
from tests.architecture.project import ROOT

DASHBOARD = ROOT / "contrib" / "grafana" / "jainam-prop.json"


class Feed:
    """A feed with a health."""

    def health(self) -> FeedHealth:
        return FeedHealth(state=FeedState.LIVE, connections=3, tick_ages={Exchange.NSE: 1.5})


@pytest.fixture
def metrics() -> Metrics:
    counted = Metrics("B-1234")
    counted.sent(0.0, 0.004)
    counted.sent(0.3, 20.0)
    counted.settled(Success("17"))
    counted.settled(Failure(Rejected("no")))
    counted.settled(Failure(OutcomeUnknown("silence")))
    counted.doubted()
    return counted


def lines(metrics: Metrics) -> list[str]:
    registry = CollectorRegistry()
    registry.register(metrics)
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


def test_orders_are_counted_by_outcome(metrics: Metrics) -> None:
    assert [line for line in lines(metrics) if line.startswith("jainam_orders_total")] == [
        'jainam_orders_total{account="B-1234",outcome="Accepted"} 1.0',
        'jainam_orders_total{account="B-1234",outcome="Rejected"} 1.0',
        'jainam_orders_total{account="B-1234",outcome="OutcomeUnknown"} 1.0',
        'jainam_orders_total{account="B-1234",outcome="NotSent"} 0.0',
    ]


def test_waits_and_requests_are_histograms(metrics: Metrics) -> None:
    written = lines(metrics)

    assert 'jainam_order_request_seconds_bucket{account="B-1234",le="0.005"} 1.0' in written
    assert 'jainam_order_request_seconds_bucket{account="B-1234",le="+Inf"} 2.0' in written
    assert 'jainam_order_request_seconds_sum{account="B-1234"} 20.004' in written
    assert 'jainam_order_rate_wait_seconds_bucket{account="B-1234",le="0.25"} 1.0' in written
    assert 'jainam_position_disagreements_total{account="B-1234"} 1.0' in written


def test_a_feed_is_shown_as_long_as_it_lives(metrics: Metrics) -> None:
    feed = Feed()
    metrics.watch_feed("market data", feed.health)
    living = [line for line in lines(metrics) if line.startswith("jainam_feed")]
    del feed
    gc.collect()

    assert living == [
        'jainam_feed_connected{account="B-1234",feed="market data"} 1.0',
        'jainam_feed_connections_total{account="B-1234",feed="market data"} 3.0',
        'jainam_feed_age_seconds{account="B-1234",exchange="NSE",feed="market data"} 1.5',
    ]
    assert not [line for line in lines(metrics) if line.startswith("jainam_feed")]


@pytest.fixture
def busy_port() -> Iterator[int]:
    """A port of this machine that is in use."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_port_serves_this_machine_alone(metrics: Metrics, busy_port: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), published(metrics, str(busy_port)):
        found = re.fullmatch(r"metrics at (http://127\.0\.0\.1:(\d+)/metrics)", caplog.messages[0])
        assert found is not None
        with urllib.request.urlopen(found[1], timeout=10) as answer:  # noqa: S310 (this machine)
            text = answer.read().decode()

    assert int(found[2]) > busy_port
    assert 'jainam_position_disagreements_total{account="B-1234"} 1.0' in text


def test_a_file_has_the_last_counts_when_the_process_ends(metrics: Metrics, tmp_path: Path) -> None:
    with published(metrics, str(tmp_path / "jainam.prom")):
        metrics.doubted()

    text = (tmp_path / "jainam.prom").read_text(encoding="utf-8")
    assert 'jainam_position_disagreements_total{account="B-1234"} 2.0' in text


def test_a_file_that_cannot_be_written_is_logged(
    metrics: Metrics, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with published(metrics, str(tmp_path / "none" / "jainam.prom")):
        pass

    assert caplog.messages == ["metrics cannot be written: No such file or directory"]


def test_the_dashboard_asks_for_what_is_counted(metrics: Metrics) -> None:
    feed = Feed()
    metrics.watch_feed("orders", feed.health)
    written = {re.split(r"[{ ]", line)[0] for line in lines(metrics)}
    asked = {
        name
        for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
        for target in panel["targets"]
        for name in re.findall(r"jainam_\w+", target["expr"])
    }

    assert asked <= written
    assert {name for name in written if not name.endswith(("_sum", "_count"))} <= asked
