"""Classes that are imported when one of them is made, so that a command loads only what it uses."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def lazy(module: str, name: str) -> Callable[..., Any]:
    """Return a callable that makes an instance of a class, importing its module at the first call.

    A test builds every provider, so that a wrong name fails there.
    """

    def make(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (whatever the class takes)
        return getattr(import_module(module), name)(*args, **kwargs)

    return make
