"""A login through an SDK keeps the contract of every login, against the simulator over real sockets."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.xts.http.connections import open_connections
from jainam_prop.adapters.xts.http.httpx_client import open_client
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.adapters.xts.sdk.login import SdkLogin, SdkServer
from jainam_prop.domain.sessions.session import AccountChoice
from tests.adapters.xts.http.http_broker import open_http_broker
from tests.contracts.broker import Broker
from tests.contracts.login import LoginContract


@contextmanager
def open_sdk_broker(folder: Path, choice: AccountChoice, config: SimulatorConfig) -> Iterator[Broker]:
    """Open a broker whose logins go through the SDK in a folder."""
    clock = SystemClock()
    with (
        open_http_broker(choice, config) as broker,
        open_connections(clock.monotonic) as connections,
        open_client(connections) as http,
    ):
        server = SdkServer(folder, broker.base_url, JAINAM.layout.market_roots, "WEBAPI", "JAINAM_XTS_SDK_PATH")
        yield replace(broker, login=SdkLogin(server, http, broker.keys, choice, clock, broker.login))


class TestSdkLogin(LoginContract):
    @pytest.fixture(autouse=True)
    def _sdk(self, stand_in: Path) -> None:
        self._folder = stand_in

    def open_broker(self, choice: AccountChoice, config: SimulatorConfig) -> AbstractContextManager[Broker]:
        return open_sdk_broker(self._folder, choice, config)


class TestSymphonysLogin(LoginContract):
    @pytest.fixture(autouse=True)
    def _sdk(self, symphonys: Path) -> None:
        self._folder = symphonys

    def open_broker(self, choice: AccountChoice, config: SimulatorConfig) -> AbstractContextManager[Broker]:
        return open_sdk_broker(self._folder, choice, config)
