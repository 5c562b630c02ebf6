"""Trade on Jainam's dealer servers from Python: ``with jainam_prop.connect() as broker: broker.place(...)``.

The names below are imported when they are first used, so that importing a part of the package stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jainam_prop.entrypoints.exceptions import (
        InvalidError,
        JainamError,
        NotSentError,
        OutcomeUnknownError,
        PartlyPlacedError,
        RejectedError,
        UnreadableError,
    )
    from jainam_prop.entrypoints.library import JainamBroker, connect
    from jainam_prop.entrypoints.library_asyncio import AsyncJainamBroker, aconnect

    __version__: str

__all__ = [
    "AsyncJainamBroker",
    "InvalidError",
    "JainamBroker",
    "JainamError",
    "NotSentError",
    "OutcomeUnknownError",
    "PartlyPlacedError",
    "RejectedError",
    "UnreadableError",
    "__version__",
    "aconnect",
    "connect",
]


def __getattr__(name: str) -> object:
    """Import a name of the library, or read the version of the installed package."""
    if name == "__version__":
        from importlib import metadata  # noqa: PLC0415 (it takes longer than the rest of this module)

        return metadata.version("jainam-prop")
    if name in __all__:
        is_asyncio = name in {"AsyncJainamBroker", "aconnect"}
        module = "exceptions" if name.endswith("Error") else "library_asyncio" if is_asyncio else "library"
        return getattr(import_module(f"jainam_prop.entrypoints.{module}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
