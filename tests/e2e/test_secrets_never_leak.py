"""Every public function, in success and in every failure, shows no part of a marked secret anywhere."""

import json
import logging
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpcore
import pytest
from dependency_injector import providers
from returns.pipeline import is_successful

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.adapters.xts.http.connections import Connections, open_connections
from jainam_prop.adapters.xts.http.deadline import ThreadDeadline
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.container import Container, open_container
from jainam_prop.entrypoints.openalgo.runtime import close_trading_app, using_container
from jainam_prop.entrypoints.settings import settings_from
from jainam_prop.entrypoints.trading_app import TradingApp
from tests.architecture.project import tool
from tests.e2e.canaries import (
    CONFIG,
    LOGIN_SECRETS,
    TOKEN_KEY,
    Witness,
    parts_of,
    parts_of_session,
    shown_in_files,
    shows,
    watched,
)
from tests.e2e.host_calls import HANDS_TOKENS_OVER, everything, public_names
from tests.e2e.world import UNLIMITED, settings_text

QUICK: Final = {
    "JAINAM_TOKEN_KEY": TOKEN_KEY,
    "JAINAM_RETRY_DELAYS": "0.01",
    "JAINAM_REQUEST_TIMEOUT": "0.5",
}
HASTY: Final = Timing(call=0.5, close_all=0.5, retries=(0.01,), looks=(0.01, 0.05), poll=0.02)
"""A close would use its whole minute at a broker that is gone."""
Scene = Callable[["Stage"], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """A desk at a simulator, with a switch that makes the server quote whatever it is sent."""

    sim: XtsSimulator
    container: Container
    folder: Path
    quoting: list[bool]


def test_no_public_function_is_left_out() -> None:
    assert everything("").keys() == public_names()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with XtsSimulator(CONFIG) as sim:
        texts = settings_text(sim, tmp_path, AccountKind.PRO, **QUICK)
        container = open_container(settings_from(texts))
        quoting: list[bool] = []
        with open_connections(time.monotonic) as real:
            relay = Relay(real, quoting)
            relayed = Connections(lambda _name, _scheme: relay, ThreadDeadline(time.monotonic))
            container.broker.connections.override(providers.Object(relayed))
            container.infra.throttle.override(PacedThrottle(dict.fromkeys(CallFamily, UNLIMITED), SystemClock()))
            container.infra.timing.override(providers.Object(HASTY))
            with using_container(container) as desk:
                assert is_successful(desk.sync_instruments())
                yield Stage(sim, container, tmp_path, quoting)
            container.shutdown_resources()


class Relay:
    """Passes requests on to the simulator, or quotes them in its answer as a careless server would."""

    def __init__(self, real: Connections, quoting: list[bool]) -> None:
        self._real = real
        self._quoting = quoting

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        if not self._quoting:
            return self._real.exchange(request, None)
        content = b"".join(request.stream)  # type: ignore[arg-type]
        said = f"{dict(request.headers).get(b'Authorization')!r} {content.decode()} {request.url.target.decode()}"
        body = {
            "type": "error",
            "code": "e-orders-0009",
            "description": said,
            "result": {"errors": [{"messages": [said]}]},
        }
        return httpcore.Response(400, content=json.dumps(body).encode())

    def close(self) -> None:
        pass


def nothing(_stage: Stage) -> None:
    """Let everything work."""


def dead_session_and_refused_login(stage: Stage) -> None:
    stage.sim.sessions.kill("PRODESK01")
    for endpoint in ("login", "market_login"):
        stage.sim.faults.add(Fault(FaultKind.REFUSED, on=endpoint, times=None, code="e-user-0001", text="Invalid"))


def a_server_that_quotes(stage: Stage) -> None:
    stage.quoting.append(True)


def a_server_that_quotes_at_the_login(stage: Stage) -> None:
    stage.sim.sessions.kill("PRODESK01")
    stage.quoting.append(True)


def a_server_that_is_down(stage: Stage) -> None:
    stage.sim.close()


def a_broken_store(stage: Stage) -> None:
    for path in stage.folder.glob("*.db"):
        path.write_bytes(b"this is no database" * 1000)


def every_request_meets(kind: FaultKind) -> Scene:
    def scene(stage: Stage) -> None:
        stage.sim.faults.add(Fault(kind, on="*", times=None))

    return scene


SCENES: Final = [
    pytest.param(nothing, id="success"),
    pytest.param(dead_session_and_refused_login, id="dead-session-refused-login"),
    pytest.param(a_server_that_quotes, id="server-quotes-what-it-was-sent"),
    pytest.param(a_server_that_quotes_at_the_login, id="server-quotes-the-login"),
    pytest.param(a_server_that_is_down, id="server-down"),
    pytest.param(a_broken_store, id="broken-store"),
    *(
        pytest.param(every_request_meets(kind), id=kind.value)
        for kind in (
            FaultKind.SERVER_ERROR,
            FaultKind.BAD_JSON,
            FaultKind.RESET,
            FaultKind.RATE_LIMITED,
            FaultKind.NOT_FOUND,
            FaultKind.TOKEN_KILLED,
            FaultKind.REFUSED,
        )
    ),
]


@pytest.mark.parametrize(
    "show",
    [
        lambda secret: logging.getLogger("httpx").debug("sent %s", secret[3:9]),
        lambda secret: [secret],
        lambda secret: 1 / len(secret[:0]) if secret else None,
        lambda secret: {"message": f"...{secret[-6:]}..."},
    ],
    ids=["logged", "answered", "nothing", "part"],
)
def test_the_witness_sees_what_is_shown(show: Callable[[str], object], request: pytest.FixtureRequest) -> None:
    secret = LOGIN_SECRETS[0]
    with watched() as witness:
        witness.call(lambda: show(secret))

    assert bool(witness.leaks(parts_of(secret))) is (request.node.callspec.id != "nothing")


@pytest.mark.parametrize("scene", SCENES)
def test_no_function_shows_a_secret(stage: Stage, scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    with watched() as witness:
        session = stage.container.broker.sessions().log_in().unwrap()
        auth = stage.container.broker.sessions().auth_for(session)
        parts = parts_of(*LOGIN_SECRETS, TOKEN_KEY) | parts_of_session(session, auth)
        scene(stage)
        for name, call in everything(auth).items():
            if name in HANDS_TOKENS_OVER:
                call()
            else:
                witness.call(call)
        show_everything(witness, stage)

    after = stage.container.broker.sessions().log_in().value_or(session)
    parts |= parts_of_session(after, stage.container.broker.sessions().auth_for(after))
    assert witness.leaks(parts) == []
    assert shows("".join(capfd.readouterr()), parts) is None
    assert shown_in_files(stage.folder, parts) == {}
    assert len(witness.seen) > len(everything(auth))


def show_everything(witness: Witness, stage: Stage) -> None:
    """Look at every part of the desk the way a debugger or a careless log line would."""
    desk = stage.container.app()
    settings = stage.container.settings()
    parts = [getattr(desk.build(), name) for name in TradingApp.__annotations__]
    wired = [
        stage.container.broker.login(),
        stage.container.infra.tokens(),
        stage.container.broker.server(),
        stage.container.broker.xts(),
    ]
    for each in (desk, settings, settings.credentials, settings.choice, desk.sessions.status(), *parts, *wired):
        witness.seen.append(f"{each!r} {each}")


def test_missing_and_wrong_settings_show_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("JAINAM_", "BROKER_"))]:  # noqa: TID251
        monkeypatch.delenv(name)
    for name, secret in zip(("KEY", "SECRET"), LOGIN_SECRETS[::2], strict=False):
        monkeypatch.setenv(f"JAINAM_INTERACTIVE_API_{name}", secret)
    monkeypatch.setenv("JAINAM_BASE_URL", f"https://{LOGIN_SECRETS[0]}:{LOGIN_SECRETS[2]}@example.invalid")
    close_trading_app()
    with watched() as witness:
        for call in everything("jp1.broken").values():
            witness.call(call)

    assert witness.leaks(parts_of(*LOGIN_SECRETS)) == []
    assert any("JAINAM_MARKET_API_KEY, JAINAM_MARKET_API_SECRET" in text for text in witness.seen)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks at processes through /proc")
def test_no_command_shows_a_secret(stage: Stage) -> None:
    session = stage.container.broker.sessions().log_in().unwrap()
    parts = parts_of(*LOGIN_SECRETS, TOKEN_KEY) | parts_of_session(
        session, stage.container.broker.sessions().auth_for(session)
    )
    texts = settings_text(stage.sim, stage.folder, AccountKind.PRO, JAINAM_TOKEN_KEY=TOKEN_KEY)
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("JAINAM_", "BROKER_"))}  # noqa: TID251
    seen: list[str] = []
    for words in (["login"], ["funds"], ["logout"]):
        with subprocess.Popen(
            [tool("jainam-prop"), *words, "--json"],
            env=kept | texts,
            cwd=stage.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            seen.append(Path(f"/proc/{process.pid}/cmdline").read_bytes().decode())
            seen.append(process.communicate(timeout=60)[0])

    assert [text for text in seen if shows(text, parts)] == []
    assert json.loads(seen[1])["data"]["user_id"] == "PRODESK01"
    assert shown_in_files(stage.folder, parts) == {}
