"""Loading the SDK's source unchanged, isolated: no ``config.ini``, no ``requests``, nothing left in ``sys.modules``.

The SDK reads ``config.ini`` from the working directory while it is imported, has a module named ``Exception``, turns
certificate checks off and sets no timeouts. Its source is run unchanged, but what it imports is chosen here: settings
of ours for the file, and for ``requests`` a transport with certificate checks and a deadline.
"""

import builtins
import configparser
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final

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
