"""Imports an installed plug-in as the host does and writes what it found, as JSON; run by the host's own Python.

``python -m jainam_prop.entrypoints.hosting.inspecting`` in the host's folder.
"""

import inspect
import json
import sys
import time
from importlib import import_module
from operator import attrgetter

from jainam_prop.entrypoints.hosting.host_edits import BROKER
from jainam_prop.entrypoints.hosting.surface import SURFACE


def main() -> None:
    """Import every module of the surface and compare every function of it."""
    sys.path.insert(0, ".")
    found: dict[str, dict[str, object]] = {}
    for module, names in SURFACE.items():
        began = time.perf_counter()
        try:
            loaded = import_module(f"broker.{BROKER}.{module}")
        except Exception as error:  # whatever it is, the host would fail as well
            found[module] = {"problem": f"{type(error).__name__}: {error}"}
            continue
        wrong = [problem for name, wanted in names.items() if (problem := _difference(loaded, name, wanted))]
        found[module] = {"seconds": round(time.perf_counter() - began, 3), "problem": "; ".join(wrong)}
    sys.stdout.write(json.dumps(found))


def _difference(module: object, name: str, wanted: tuple[str, ...]) -> str:
    try:
        there = tuple(inspect.signature(attrgetter(name)(module)).parameters)
    except AttributeError:
        return f"{name} is missing"
    return "" if there == wanted else f"{name} takes ({', '.join(there)}), not ({', '.join(wanted)})"


if __name__ == "__main__":
    main()
