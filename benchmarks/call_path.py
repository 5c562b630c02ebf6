"""Prints the path of a place, a smart order and a close-all through the product: ``python -m benchmarks.call_path``.

For each: the functions and files of the product that ran, in any thread, with connections and caches warm. For the
place also the frames of the product from `place_order_api` to the one that hands the POST to httpx, both included.
"""

import sys
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Final

from benchmarks.conftest import open_counter
from jainam_prop.entrypoints.openalgo.order_api import close_all_positions, place_order_api, place_smartorder_api
from tests.architecture.project import LAYERS, ROOT
from tests.e2e.world import order, smart

SEND: Final = "handle_request"
"""The method of httpx's transports that sends a request."""


class CallPath:
    """A profile function that records which functions of the product run, and the stack of the first request."""

    def __init__(self) -> None:
        self.functions: set[tuple[str, str]] = set()
        self.stack: list[str] = []

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        if event != "call":
            return
        if path := product_path(frame.f_code.co_filename):
            self.functions.add((path, frame.f_code.co_qualname))
        elif frame.f_code.co_name == SEND and not self.stack:
            self.stack = stack_of(frame)


@cache
def product_path(filename: str) -> str:
    """Return a file's path in the project, or nothing for a file that is not of the product."""
    path = Path(filename).resolve()
    named = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path()
    return str(named) if named.parts and named.parts[0] in LAYERS else ""


def stack_of(frame: FrameType | None) -> list[str]:
    """Return the product's frames above a frame, outermost first, each as file, line and function."""
    found = []
    while frame is not None:
        if path := product_path(frame.f_code.co_filename):
            found.append(f"{path}:{frame.f_lineno} {frame.f_code.co_qualname}")
        frame = frame.f_back
    return found[::-1]


def trace(call: Callable[[], object]) -> CallPath:
    """Run a call, with the threads that it starts, under the profile function."""
    path = CallPath()
    threading.setprofile(path)
    sys.setprofile(path)
    try:
        call()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return path


def main() -> None:
    """Trace each of the three once, after a first call of each kind."""
    with tempfile.TemporaryDirectory() as folder, open_counter(Path(folder)) as counter:
        place_order_api(order(), counter.auth)
        place_smartorder_api(smart(5), counter.auth)
        paths = {
            "place": trace(lambda: place_order_api(order(), counter.auth)),
            "smart": trace(lambda: place_smartorder_api(smart(-7), counter.auth)),
            "close-all": trace(lambda: close_all_positions("", counter.auth)),
        }
    for name, path in paths.items():
        files = {file for file, _ in path.functions}
        print(f"{name}: {len(path.functions)} functions in {len(files)} files")
    print(f"place_order_api to the POST: {len(paths['place'].stack)} frames")
    print("\n".join(f"  {frame}" for frame in paths["place"].stack))


if __name__ == "__main__":
    main()
