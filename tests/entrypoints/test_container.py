"""The container: every provider can be built, since provider arguments are checked by nobody else."""

from pathlib import Path

import pytest
from dependency_injector import providers

from jainam_prop.adapters.simulator.config import PRO_DEALER
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.entrypoints.container import Container, open_container
from jainam_prop.entrypoints.settings import settings_from


def a_container(folder: Path, **settings: str) -> Container:
    return open_container(
        settings_from(
            {
                "JAINAM_BASE_URL": "http://127.0.0.1:9",
                "JAINAM_DATABASE_URL": f"sqlite:///{folder / 'desk.db'}",
                "JAINAM_INTERACTIVE_API_KEY": PRO_DEALER.interactive.key,
                "JAINAM_INTERACTIVE_API_SECRET": PRO_DEALER.interactive.secret,
                "JAINAM_MARKET_API_KEY": PRO_DEALER.market.key,
                "JAINAM_MARKET_API_SECRET": PRO_DEALER.market.secret,
            }
            | settings
        )
    )


@pytest.mark.parametrize("part", ["infra", "broker", "trading", "streaming"])
def test_every_provider_of_a_part_can_be_built(part: str, tmp_path: Path) -> None:
    container = a_container(tmp_path)
    providers_of_part = getattr(container, part).providers
    names = set(providers_of_part) - {"settings", "infra", "broker", "trading"}

    built = {name: providers_of_part[name]() for name in names}
    container.shutdown_resources()

    assert len(built) == len(names) >= 4


def test_a_desk_is_built_once(tmp_path: Path) -> None:
    container = a_container(tmp_path)

    assert container.app() is container.app()
    container.shutdown_resources()


def test_the_feeds_of_a_process_share_what_they_leave_at_the_broker(tmp_path: Path) -> None:
    container = a_container(tmp_path)

    assert container.streaming.market_calls() is container.streaming.market_calls()
    container.shutdown_resources()


def is_open(resource: providers.Provider[object]) -> bool:
    assert isinstance(resource, providers.Resource)
    return resource.initialized


def test_a_provider_that_is_overridden_serves_every_part(tmp_path: Path) -> None:
    container, clock = a_container(tmp_path), SystemClock()
    container.infra.clock.override(clock)

    assert container.trading.place_order().clock is clock
    assert container.app().cancel_orders.clock is clock
    container.shutdown_resources()


def test_a_part_is_built_when_it_is_first_used_and_once(tmp_path: Path) -> None:
    container = a_container(tmp_path)
    app = container.app()
    before = is_open(container.infra.database)

    sessions = app.sessions

    assert (before, is_open(container.infra.database), is_open(container.broker.connections)) == (False, True, False)
    assert app.sessions is sessions
    container.shutdown_resources()


def test_an_unknown_part_is_an_attribute_error(tmp_path: Path) -> None:
    assert not hasattr(a_container(tmp_path).app(), "no_such_part")


def test_shutting_down_closes_the_resources_of_every_part(tmp_path: Path) -> None:
    container = a_container(tmp_path)
    container.app().build()
    opened = [container.infra.database, container.broker.connections]
    before = [is_open(each) for each in opened]

    container.shutdown_resources()

    assert (before, [is_open(each) for each in opened]) == ([True, True], [False, False])


def test_counts_for_operators_are_published_where_a_setting_says(tmp_path: Path) -> None:
    path = tmp_path / "desk.prom"
    container = a_container(tmp_path, JAINAM_METRICS=str(path))
    container.trading.sender()
    feed = container.streaming.open_market_feed()
    container.shutdown_resources()

    text = path.read_text(encoding="utf-8")
    assert 'outcome="OutcomeUnknown"} 0.0' in text
    assert 'feed="market data"} 0.0' in text
    assert not feed.health().is_connected
