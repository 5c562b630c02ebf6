"""A PostgreSQL that is frozen: commands say so in time, nothing is said to be live, and exits get out."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.openalgo.auth_api import BROKER, authenticate_broker
from jainam_prop.entrypoints.openalgo.order_api import close_all_positions, place_order_api
from jainam_prop.entrypoints.openalgo.runtime import using_container
from tests.e2e.world import order
from tests.entrypoints.cli.shell import RELIANCE, Shell, a_shell
from tests.postgres import Cluster, a_cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with a_cluster() as cluster:
        yield cluster


@pytest.fixture
def shell(cluster: Cluster, tmp_path: Path) -> Iterator[Shell]:
    with a_shell(tmp_path, JAINAM_DATABASE_URL=cluster.url, XDG_DATA_HOME=str(tmp_path)) as shell:
        yield shell.paced()  # by turns that the processes share in the database
        cluster.thaw()


def test_a_terminal_says_what_is_the_matter_and_has_a_way_out(shell: Shell, cluster: Cluster) -> None:
    shell.given("instruments sync", "login", "place NSE:SBIN BUY 10 --yes", "place NSE:RELIANCE SELL 5 --yes")
    sent = shell.sent()
    cluster.freeze()
    began = time.monotonic()

    told = [shell.run(*line.split()) for line in ("place NSE:SBIN BUY 5 --yes", "orders", "close-all --yes", "doctor")]
    out = shell.run("close-all", "--without-store", "--yes")

    words = " ".join(one.out + one.err for one in told)
    assert [one.status for one in told] == [1, 1, 1, 1]
    assert ("may be live" in words, "another login is under way" in words) == (False, False)
    assert "the database does not answer" in words
    assert (shell.sent() - sent, out.status) == (2, 0), out
    assert (shell.net(), shell.net(RELIANCE)) == (0, 0)
    assert time.monotonic() - began < 90.0


def test_a_host_that_runs_closes_everything_and_refuses_entries(shell: Shell, cluster: Cluster) -> None:
    shell.given("instruments sync")
    container = open_container(replace(shell.context.settings()))
    with using_container(container):
        auth = authenticate_broker(BROKER)[0] or ""
        place_order_api(order(), auth)
        place_order_api(order(symbol="RELIANCE", action="SELL"), auth)
        cluster.freeze()
        began = time.monotonic()

        refused = place_order_api(order(), auth)
        entry_took = time.monotonic() - began
        body, status = close_all_positions("", auth)

    container.shutdown_resources()
    assert (refused[0].status, refused[2], entry_took < 20.0) == (409, None, True)
    assert "the database does not answer" in refused[1]["message"]
    assert (status, shell.net(), shell.net(RELIANCE)) == (200, 0, 0), body
