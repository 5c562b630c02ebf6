"""A host imports every broker at its start, so ours imports little, opens nothing and runs nothing until it is used."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Final

import pytest

PLUGIN: Final = "jainam_prop.entrypoints.openalgo.plugin"

MODULES: Final = (
    "api.auth_api",
    "api.data",
    "api.funds",
    "api.margin_api",
    "api.order_api",
    "database.master_contract_db",
    "mapping.order_data",
    "mapping.transform_data",
    "streaming.jainam_prop_adapter",
    "streaming.jainam_prop_order_adapter",
)
"""All but ``api.baseurl``, which has to read the settings: the host takes a value of it, in a thread of its own."""

LIGHT: Final = {"returns", "typing_extensions"}
"""What a module may bring along beside this package and the standard library."""

WATCH: Final = """
import json, sys, threading
did = []
BARRED = ("socket.", "subprocess.", "sqlite3.", "os.system", "os.exec", "os.fork", "os.mkdir", "os.remove", "os.rename")
def hear(event, args):
    written = event == "open" and isinstance(args[0], str) and args[1] not in ("r", "rb", None)
    if written or event.startswith(BARRED):
        did.append(event)
sys.dont_write_bytecode = True
sys.addaudithook(hear)
before = set(sys.modules)
{statements}
brought = sorted({{name.partition(".")[0] for name in set(sys.modules) - before}})
print(json.dumps({{"brought": brought, "did": did, "threads": threading.active_count()}}))
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought along, what it did to the machine, and how many threads there were after it."""

    brought: list[str]
    did: list[str]
    threads: int


def look_at(*statements: str) -> Imported:
    """Run statements in an interpreter of their own."""
    code = WATCH.format(statements="\n".join(statements))
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return Imported(**json.loads(ran.stdout))


@pytest.mark.parametrize("modules", [("api.order_api",), MODULES], ids=["order path", "all"])
def test_importing_the_plug_in_brings_no_framework_and_does_nothing(modules: tuple[str, ...]) -> None:
    found = look_at(*(f"import {PLUGIN}.{name}" for name in modules))

    assert set(found.brought) - sys.stdlib_module_names - {"jainam_prop"} == LIGHT
    assert "tkinter" not in found.brought
    assert (found.did, found.threads) == ([], 1)


def test_the_look_sees_frameworks_files_sockets_and_threads() -> None:
    idle = "threading.Thread(target=threading.Event().wait, daemon=True).start()"

    found = look_at("import httpx, socket, os", "socket.socket()", "open(os.devnull, 'w')", idle)

    assert "httpx" in found.brought
    assert (found.did, found.threads) == (["socket.__new__", "open"], 2)
