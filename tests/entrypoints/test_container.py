"""The container: every provider can be built, since provider arguments are checked by nobody else."""

from pathlib import Path

from dependency_injector import providers

from jainam_prop.adapters.simulator.server.config import PRO_DEALER
from jainam_prop.entrypoints.container import Container, open_container
from jainam_prop.entrypoints.settings import settings_from


def a_container(folder: Path) -> Container:
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
        )
    )


def test_every_provider_can_be_built(tmp_path: Path) -> None:
    container = a_container(tmp_path)

    built = {name: provider() for name, provider in container.providers.items() if name != "settings"}
    container.shutdown_resources()

    assert "desk" in built


def test_a_desk_is_built_once(tmp_path: Path) -> None:
    container = a_container(tmp_path)

    assert container.desk() is container.desk()
    assert all(isinstance(provider, providers.Provider) for provider in container.providers.values())
    container.shutdown_resources()
