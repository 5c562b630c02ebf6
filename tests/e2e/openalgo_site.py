"""A real OpenAlgo with the plug-in, in its production form: gunicorn with eventlet, and the stream's proxy beside it.

``JAINAM_OPENALGO_PATH`` names a checkout, which is copied and never changed; ``JAINAM_OPENALGO_PYTHON`` an interpreter
with OpenAlgo's requirements, gunicorn, eventlet, the `openalgo` client and jainam-prop.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.hosting.host_env import EnvFile

CHECKOUT: Final = os.environ.get("JAINAM_OPENALGO_PATH", "")  # noqa: TID251 - the test's own switch
PYTHON: Final = os.environ.get("JAINAM_OPENALGO_PYTHON", "")  # noqa: TID251
ABSENT: Final = "JAINAM_OPENALGO_PATH and JAINAM_OPENALGO_PYTHON do not name an OpenAlgo, which is not ours to ship"

_CLIENT: Final = Path(__file__).with_name("openalgo_client.py")
_LEFT_OUT: Final = shutil.ignore_patterns(".git", "node_modules", "__pycache__", "docs", "e2e")
_USER: Final = {"username": "trader", "email": "trader@example.org", "password": "Desk@4711"}
_START_SECONDS: Final = 90
_LOOK_SECONDS: Final = 0.2
_UPDATE_SECONDS: Final = 15
_TRIES: Final = 3


class SiteError(AssertionError):
    """The host did not come as far as the test needs; its log is told."""


@dataclass(slots=True)
class Site:
    """A host that runs, with the user who set it up.

    Attributes:
        web: a browser's session with the host.
        client: the process that runs the `openalgo` client, once somebody is logged in.
    """

    folder: Path
    url: str
    socket_url: str
    web: httpx.Client
    client: "subprocess.Popen[str] | None" = None

    def log(self) -> str:
        """What the host wrote so far."""
        return (self.folder / "host.log").read_text(errors="replace")

    def post(self, path: str, form: Mapping[str, str]) -> httpx.Response:
        """Send a form as the host's pages do, with the token against forged requests."""
        token = self.web.get("/auth/csrf-token").json()["csrf_token"]
        return self.web.post(path, data=form, headers={"X-CSRFToken": token, "Accept": "application/json"})

    def post_json(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """Send JSON as the host's pages do."""
        token = self.web.get("/auth/csrf-token").json()["csrf_token"]
        return self.web.post(path, json=body, headers={"X-CSRFToken": token, "Accept": "application/json"})

    def log_in(self) -> httpx.Response:
        """Log in with the password, and with the broker; return what the broker's callback answered."""
        answer = self.post("/auth/login", _USER)
        assert answer.json()["status"] == "success", answer.text
        return self.web.get("/jainam_prop/callback", headers={"Accept": "application/json"})

    def api_key(self) -> str:
        """The key of the host's own API."""
        key: str = self.web.get("/apikey", headers={"Accept": "application/json"}).json()["api_key"]
        return key

    def connect(self) -> None:
        """Connect the client to the stream; the first time the proxy may take longer than the client waits."""
        until("no stream", lambda: self.call("connect") or bool(self.call("disconnect")), _START_SECONDS)

    def call(self, method: str, **arguments: Any) -> Any:  # noqa: ANN401 (whatever the host answers)
        """Call the `openalgo` client."""
        client = self.client
        assert client is not None
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(json.dumps({"method": method, "arguments": arguments}) + "\n")
        client.stdin.flush()
        answer = json.loads(client.stdout.readline())
        assert "raised" not in answer, answer["raised"]
        return answer["answer"]


@contextmanager
def a_site(
    simulator: XtsSimulator, folder: Path, *arguments: str, account: AccountKind, **settings: str
) -> Iterator[Site]:
    """Copy the checkout, install the plug-in into it with the command, and run it.

    Args:
        simulator: the broker.
        folder: an empty one, for the copy.
        arguments: more of ``openalgo install``.
        account: whose credentials the host gets.
        settings: more of the host's settings, by name.
    """
    shutil.copytree(CHECKOUT, folder, dirs_exist_ok=True, ignore=_LEFT_OUT)
    configure(folder, simulator, account, **settings)
    run_command(folder, "--yes", *arguments)
    with a_running_site(folder) as site:
        yield site


def configure(folder: Path, simulator: XtsSimulator, account: AccountKind, **settings: str) -> None:
    """Write the host's settings as a user does: from the sample, with the keys of the broker at its end."""
    broker = dict(line.split("=", 1) for line in settings_lines(simulator, account))
    file = EnvFile((folder / ".sample.env").read_text())
    for name, value in (_settings(*free_ports(3)) | broker | settings).items():
        file = file.with_value(name, value)
    (folder / ".env").write_text(file.text)
    (folder / "db").mkdir(exist_ok=True)


@contextmanager
def a_running_site(folder: Path, *start: str) -> Iterator[Site]:
    """Run a host that is installed and configured.

    Args:
        folder: the host.
        start: the command that starts it with its proxy; without one, gunicorn and the proxy are started here.
    """
    settings = EnvFile((folder / ".env").read_text())
    url, socket_url = settings.value("HOST_SERVER") or "", settings.value("WEBSOCKET_URL") or ""
    with ExitStack() as stack:
        log = stack.enter_context((folder / "host.log").open("a"))
        command = list(start) or _gunicorn(int(settings.value("FLASK_PORT") or 0))
        stack.enter_context(_running(command, folder, log))
        web = stack.enter_context(httpx.Client(base_url=url, timeout=60, trust_env=False))
        site = Site(folder, url, socket_url, web)
        _await(site)
        until("nobody could be set up", lambda: _has_user(site), _START_SECONDS)
        if not start:
            # The first start makes keys and tables; two processes that make them at once lock each other out.
            stack.enter_context(_running([PYTHON, "-u", "-m", "websocket_proxy.server"], folder, log))
        yield site
        if site.client is not None:
            site.client.terminate()
            site.client.communicate(timeout=10)


def run_command(folder: Path, *arguments: str, command: str = "install") -> subprocess.CompletedProcess[str]:
    """Run ``jainam-prop openalgo`` in the host's own environment."""
    starter = "from jainam_prop.entrypoints.cli.main import main; main()"
    asked = [PYTHON, "-c", starter, "openalgo", command, str(folder), *arguments]
    done = subprocess.run(asked, cwd=folder.parent, env=host_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def open_client(site: Site) -> None:
    """Start the `openalgo` client with the host's key."""
    asked = [PYTHON, str(_CLIENT), site.api_key(), site.url, site.socket_url]
    with (site.folder / "client.log").open("w") as log:
        site.client = subprocess.Popen(
            asked, cwd=site.folder.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )


def until(said: str, look: Any, seconds: float = 30) -> Any:  # noqa: ANN401
    """Look again until something is there; the host tells nobody when it is done with a thing."""
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise SiteError(said)
        time.sleep(_LOOK_SECONDS)
    return found


def order_update(site: Site, placed: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """Place orders until the update of one is heard, and return it.

    The host's proxy loses a message that comes just as it stops to wait for one, which it does three times a second.
    """
    heard: list[dict[str, Any]] = []
    mine: list[object] = []

    def found() -> list[dict[str, Any]]:
        heard.extend(each.get("data", each) for each in site.call("heard"))
        return [each for each in heard if each.get("orderid") in mine]

    for _ in range(_TRIES):
        mine.append(placed()["orderid"])
        with suppress(SiteError):
            updates: list[dict[str, Any]] = until("no order update", found, _UPDATE_SECONDS)
            return updates[-1]
    message = f"no update of the orders {mine}"
    raise SiteError(message)


def host_environment() -> dict[str, str]:
    """The environment of the tests without what concerns this package or another Python."""
    foreign = ("JAINAM_", "BROKER_", "PYTHON", "VIRTUAL_ENV", "COVERAGE")
    return {name: text for name, text in os.environ.items() if not name.startswith(foreign)}  # noqa: TID251


def _gunicorn(port: int) -> list[str]:
    options = ["--worker-class", "eventlet", "--workers", "1", "--timeout", "300", "--log-level", "warning"]
    return [PYTHON, "-m", "gunicorn", *options, "--no-control-socket", "--bind", f"127.0.0.1:{port}", "app:app"]


def _settings(port: int, stream: int, bus: int) -> dict[str, str]:
    url, socket_url = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{stream}"
    return {
        "HOST_SERVER": url,
        "CORS_ALLOWED_ORIGINS": url,
        "REDIRECT_URL": f"{url}/nobody/callback",
        "FLASK_PORT": str(port),
        "WEBSOCKET_PORT": str(stream),
        "WEBSOCKET_URL": socket_url,
        "ZMQ_PORT": str(bus),
        # As the host's installers do: two processes that start together and find none make different ones.
        **{name: secrets.token_hex(32) for name in ("APP_KEY", "API_KEY_PEPPER", "FERNET_SALT")},
        "LOG_COLORS": "False",
        "LOGIN_RATE_LIMIT_MIN": "100 per minute",
        "LOGIN_RATE_LIMIT_HOUR": "1000 per hour",
    }


@contextmanager
def _running(command: list[str], folder: Path, log: Any) -> Iterator[None]:  # noqa: ANN401
    # A group of its own, because gunicorn and the proxy start processes themselves.
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=host_environment() | {"APP_MODE": "standalone"},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await(site: Site) -> None:
    def answers() -> bool:
        try:
            return site.web.get("/auth/check-setup").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    try:
        until("the host does not answer", answers, _START_SECONDS)
    except SiteError:
        sys.stderr.write(site.log()[-4000:])
        raise


def _has_user(site: Site) -> bool:
    """Set up the user; a host that still makes its tables in the background is asked again."""
    if not site.web.get("/auth/check-setup").json()["needs_setup"]:
        return True
    site.post("/setup", _USER)
    return site.web.get("/auth/check-setup").json()["needs_setup"] is False


def free_ports(count: int) -> list[int]:
    """Find ports of this machine on which nothing listens."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listener.getsockname()[1] for listener in listeners]
