"""Loading the SDK's source unchanged, isolated: no ``config.ini``, no ``requests``, nothing left in ``sys.modules``.

The SDK reads ``config.ini`` from the working directory while it is imported, has a module named ``Exception``, turns
certificate checks off and sets no timeouts. Its source is run unchanged, but what it imports is chosen here: settings
of ours for the file, and for ``requests`` a transport with certificate checks and a deadline.
"""

import builtins
import configparser
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any, Final

import httpx

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.deadlines import Deadline

DEADLINE: Final = "deadline"
"""Request extension by which the container's client takes the moment at which every wait of a call must end."""

_MARKET_PREFIX: Final = "/apimarketdata/"


class SdkTransport:
    """Makes the SDK's requests; what it says about certificates and timeouts is not listened to.

    Attributes:
        last: what came of the latest request, which the SDK tends to hide; None before any.
    """

    def __init__(self, http: httpx.Client, clock: Clock, deadline: Deadline, market_root: str = "") -> None:
        """Send through a client that checks certificates.

        Args:
            http: the client; its owner closes it.
            clock: what the deadline is measured by.
            deadline: for all requests together.
            market_root: where this server has its market-data application; the SDK knows only ``apimarketdata``.
        """
        self.last: httpx.Response | httpx.RequestError | None = None
        self._http = http
        self._clock = clock
        self._deadline = deadline
        self._market_root = market_root

    def request(self, method: str, url: str, **said: Any) -> httpx.Response:  # noqa: ANN401 (the SDK's own call)
        """Make one request, with body, query and headers as the SDK says, and read the whole answer."""
        body = said.get("data")
        payload: dict[str, Any] = {"content": body} if isinstance(body, str | bytes) else {"data": body}
        request = self._http.build_request(
            method,
            self._address(url),
            params=said.get("params") or None,
            headers=said.get("headers"),
            timeout=self._deadline.remaining(self._clock.monotonic()),
            extensions={DEADLINE: self._deadline.at},
            **payload,
        )
        try:
            response = self._http.send(request)
        except httpx.RequestError as error:
            self.last = error
            raise
        self.last = response
        return response

    def _address(self, url: str) -> str:
        return url.replace(_MARKET_PREFIX, f"/{self._market_root}/", 1) if self._market_root else url


def requests_module(request: Callable[..., object]) -> ModuleType:
    """Return a module that looks like ``requests`` to the SDK and sends with this function."""
    exceptions = SimpleNamespace(
        RequestException=httpx.RequestError,
        HTTPError=httpx.HTTPError,
        ConnectionError=httpx.ConnectError,
        ConnectTimeout=httpx.ConnectTimeout,
        ReadTimeout=httpx.ReadTimeout,
        Timeout=httpx.TimeoutException,
    )
    module = ModuleType("requests")
    vars(module).update(
        vars(exceptions),
        request=request,
        exceptions=exceptions,
        packages=SimpleNamespace(urllib3=SimpleNamespace(disable_warnings=_keep_warnings)),
    )
    return module


def _keep_warnings() -> None:
    """Stay warned: the SDK wants urllib3 to be silent about unchecked certificates, for the whole process."""


_ENTRY: Final = "Connect"
_CLIENT: Final = "XTSConnect"


class SdkUnusableError(RuntimeError):
    """The folder holds no SDK that this version can load; the text says why, without any of its content."""


def load_client_class(folder: Path, root_url: str, requests: ModuleType) -> type[Any]:
    """Run the SDK's ``Connect.py`` and return its ``XTSConnect``.

    Args:
        folder: where the SDK lies; read, never written.
        root_url: what its ``config.ini`` would have named.
        requests: what it gets for ``requests``.

    Raises:
        SdkUnusableError: it is not there, or its import fails.
    """
    isolated = _IsolatedModules(folder, {"configparser": _configparser(root_url), "requests": requests})
    try:
        client = getattr(isolated.module(_ENTRY), _CLIENT)
    except Exception as error:
        msg = f"the XTS SDK cannot be loaded ({type(error).__name__}): no usable {_ENTRY}.py with {_CLIENT}"
        raise SdkUnusableError(msg) from None
    if not isinstance(client, type):
        msg = f"the XTS SDK's {_CLIENT} is no class"
        raise SdkUnusableError(msg)
    return client


class _IsolatedModules:
    """Runs modules of one folder; they see each other and the replacements, and the rest of Python as it is."""

    def __init__(self, folder: Path, replacements: Mapping[str, ModuleType]) -> None:
        self._folder = folder
        self._modules = dict(replacements)
        # Its print statements show whole replies.
        self._builtins = {**vars(builtins), "__import__": self._import, "print": _print_nothing}

    def module(self, name: str) -> ModuleType:
        """Return one of the folder's modules, run at first use."""
        if name not in self._modules:
            module = ModuleType(name)
            vars(module)["__builtins__"] = self._builtins
            self._modules[name] = module
            exec(self._compiled(name), vars(module))  # noqa: S102 (the user's own copy of the vendor's code)
        return self._modules[name]

    def _compiled(self, name: str) -> CodeType:
        path = self._folder / f"{name}.py"
        return compile(path.read_bytes(), str(path), "exec")

    def _import(
        self,
        name: str,
        globals_: Mapping[str, object] | None = None,
        locals_: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        first, *rest = name.split(".")
        if first not in self._modules and not (self._folder / f"{first}.py").is_file():
            return builtins.__import__(name, globals_, locals_, fromlist or (), level)
        module = self.module(first)
        for part in rest if fromlist else ():
            module = getattr(module, part)
        return module


def _configparser(root_url: str) -> ModuleType:
    settings = {
        "user": {"source": "WEBAPI"},
        "SSL": {"disable_ssl": ""},
        "root_url": {"root": root_url, "broadcastMode": "Full"},
    }

    class OwnSettings(configparser.ConfigParser):
        """Reads our settings, whatever file it is given."""

        def read(self, *_: Any, **__: Any) -> list[Any]:  # noqa: ANN401 (the standard library's own)
            self.read_dict(settings)
            return []

    module = ModuleType("configparser")
    vars(module).update(vars(configparser))
    vars(module)["ConfigParser"] = OwnSettings
    return module


def _print_nothing(*values: Iterable[object], **options: object) -> None:
    del values, options
