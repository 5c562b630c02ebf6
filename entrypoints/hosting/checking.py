"""Looking at a host with the plug-in in it: what stands in the way of trading there, each with its next step.

What OpenAlgo calls is from the host contract of August 2026; a name that the host never calls is there because its
tools look for it.
"""

import inspect
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from importlib import import_module, metadata
from operator import attrgetter
from typing import Final

from sqlalchemy import create_engine
from sqlalchemy import inspect as inspect_database
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.entrypoints.finding import Finding, caution, good, problem
from jainam_prop.entrypoints.hosting.edits import BROKER, fingerprint, host_edits
from jainam_prop.entrypoints.hosting.host import Host, content_of
from jainam_prop.entrypoints.hosting.host_env import calls_back, lists_broker
from jainam_prop.entrypoints.hosting.installing import read_env

SURFACE: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "api.auth_api": {"authenticate_broker": ("request_token",), "get_feed_token": ()},
    "api.order_api": {
        "place_order_api": ("data", "auth"),
        "place_smartorder_api": ("data", "auth"),
        "modify_order": ("data", "auth"),
        "cancel_order": ("orderid", "auth"),
        "cancel_all_orders_api": ("data", "auth"),
        "close_all_positions": ("current_api_key", "auth"),
        "get_open_position": ("symbol", "exchange", "product", "auth"),
        "get_order_book": ("auth",),
        "get_trade_book": ("auth",),
        "get_positions": ("auth",),
        "get_holdings": ("auth",),
    },
    "mapping.order_data": {
        "map_order_data": ("order_data",),
        "calculate_order_statistics": ("order_data",),
        "transform_order_data": ("orders",),
        "map_trade_data": ("trade_data",),
        "transform_tradebook_data": ("tradebook_data",),
        "map_position_data": ("position_data",),
        "transform_positions_data": ("positions_data",),
        "map_portfolio_data": ("portfolio_data",),
        "calculate_portfolio_statistics": ("holdings_data",),
        "transform_holdings_data": ("holdings_data",),
    },
    "mapping.transform_data": {"get_token_from_symbol": ("symbol", "exchange"), "validate_order_data": ("data",)},
    "api.data": {
        "BrokerData": ("auth_token", "feed_token", "user_id"),
        "BrokerData.get_quotes": ("self", "symbol", "exchange"),
        "BrokerData.get_multiquotes": ("self", "symbols"),
        "BrokerData.get_depth": ("self", "symbol", "exchange"),
        "BrokerData.get_history": ("self", "symbol", "exchange", "interval", "start_date", "end_date"),
        "BrokerData.get_intervals": ("self",),
    },
    "api.funds": {"get_margin_data": ("auth_token",), "test_auth_token": ("auth_token",)},
    "api.margin_api": {"calculate_margin_api": ("positions", "auth")},
    "database.master_contract_db": {
        "master_contract_download": (),
        "save_master_contract_to_db": ("df",),
        "search_symbols": ("symbol", "exchange"),
    },
    "streaming.jainam_prop_adapter": {
        "Jainam_propWebSocketAdapter": (),
        "Jainam_propWebSocketAdapter.initialize": ("self", "broker_name", "user_id", "auth_data"),
        "Jainam_propWebSocketAdapter.connect": ("self",),
        "Jainam_propWebSocketAdapter.disconnect": ("self",),
        "Jainam_propWebSocketAdapter.subscribe": ("self", "symbol", "exchange", "mode", "depth_level"),
        "Jainam_propWebSocketAdapter.unsubscribe": ("self", "symbol", "exchange", "mode"),
        "Jainam_propWebSocketAdapter.unsubscribe_all": ("self",),
    },
    "streaming.jainam_prop_order_adapter": {"create_jainam_prop_order_adapter": ("user_id",)},
}


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


KNOWN_VERSIONS: Final = ("2.0.2",)
"""Beginnings of the versions of the host that were tried."""
_LEAST_PYTHON: Final = (3, 12)
_KEYS: Final = ("BROKER_API_KEY", "BROKER_API_SECRET", "BROKER_API_KEY_MARKET", "BROKER_API_SECRET_MARKET")
_INSTALL: Final = "jainam-prop openalgo install"
_TABLES: Final = frozenset({"symtoken", "auth"})
_PIN: Final = re.compile(r"(?m)^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;#]+)")
_IMPORT_SECONDS: Final = 60


def findings(host: Host) -> Iterator[Finding]:
    """Check a host, in the order in which things would go wrong there."""
    yield _version(host)
    yield _python()
    yield from _plugin(host)
    yield from _settings(host)
    yield from _database(host)
    yield _pins(host)
    yield from _surface(host)


def _version(host: Host) -> Finding:
    version = host.version()
    if version.startswith(KNOWN_VERSIONS):
        return good("OpenAlgo", f"version {version}")
    return caution("OpenAlgo", f"version {version}, which was not tried", "Try it with the simulator first.")


def _python() -> Finding:
    running = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= _LEAST_PYTHON:
        return good("Python", running)
    return problem("Python", f"{running}; OpenAlgo wants 3.12", "Install jainam-prop into the host's own environment.")


def _plugin(host: Host) -> Iterator[Finding]:
    record = host.record()
    if record is None:
        yield problem("plug-in", "not installed", f"{_INSTALL} {host.folder}")
        return
    wrong = [path for path, known in record.files.items() if fingerprint(content_of(host.plugin / path)) != known]
    if wrong:
        yield problem("plug-in", f"missing or changed: {', '.join(wrong)}", f"{_INSTALL} {host.folder}")
    else:
        yield good("plug-in", f"version {record.version}, {len(record.files)} files")
    wanted = host_edits(host.built_button()) if record.edits else []
    undone = sorted({edit.path for edit in wanted if not host.has(edit)})
    if undone:
        yield problem("host files", f"changed since: {', '.join(undone)}", f"{_INSTALL} {host.folder}")
    else:
        yield good("host files", f"{len(wanted)} changes, each as it was made")


def _settings(host: Host) -> Iterator[Finding]:
    if not host.env.is_file():
        yield problem("settings", ".env is missing", "Copy .sample.env to .env and fill in the broker's keys.")
        return
    file = read_env(host)
    empty = [name for name in _KEYS if not file.value(name) or (file.value(name) or "").startswith("YOUR_")]
    if empty and "JAINAM_" not in file.text:
        yield problem("keys", f"not filled in: {', '.join(empty)}", "Take them from the server's dashboard.")
    else:
        yield good("keys", "filled in")
    if lists_broker(file) and calls_back(file):
        yield good("settings", "the host logs in to this broker")
    else:
        yield problem("settings", "VALID_BROKERS or REDIRECT_URL name another broker", f"{_INSTALL} {host.folder}")


def _database(host: Host) -> Iterator[Finding]:
    try:
        url = make_url((read_env(host).value("DATABASE_URL") if host.env.is_file() else None) or "")
        if url.get_backend_name() == "sqlite" and url.database:
            path = host.folder / url.database
            if not path.is_file():
                yield caution("database", "not made yet", "Start the host once; it makes it.")
                return
            url = url.set(database=str(path))
        engine = create_engine(url)
        try:
            missing = _TABLES - set(inspect_database(engine).get_table_names())
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        yield problem("database", f"cannot be opened ({type(error).__name__})", "Look at DATABASE_URL in the .env.")
        return
    if missing:
        yield caution("database", f"without {', '.join(sorted(missing))}", "Start the host once; it makes them.")
    else:
        yield good("database", "there, with its tables")


def _pins(host: Host) -> Finding:
    """Compare what is installed here with what the host pins, as far as this package needs it."""
    path = host.folder / "requirements.txt"
    pinned = {name.lower(): version for name, version in _PIN.findall(path.read_text())} if path.is_file() else {}
    needed = {
        re.split(r"[^A-Za-z0-9_.-]", each)[0].lower()
        for each in metadata.requires("jainam-prop") or ()
        if "extra ==" not in each
    }
    moved = [
        f"{name} {there} instead of {pinned[name]}"
        for name in sorted(needed & set(pinned))
        if (there := _installed(name)) not in {pinned[name], ""}
    ]
    if not moved:
        return good("packages", "none that the host pins was moved")
    return caution("packages", "; ".join(moved), "pip install -r requirements.txt brings them back; both work with it.")


def _surface(host: Host) -> Iterator[Finding]:
    found = _inspected(host)
    for module in SURFACE:
        seen = found.get(module, {"problem": "could not be looked at"})
        if seen["problem"]:
            yield problem(module, str(seen["problem"]), f"{_INSTALL} {host.folder}, then look at the host's log.")
        else:
            yield good(module, f"{len(SURFACE[module])} names, imported in {seen['seconds']} s")


def _inspected(host: Host) -> Mapping[str, Mapping[str, object]]:
    command = [sys.executable, "-m", "jainam_prop.entrypoints.hosting.checking"]
    try:
        done = subprocess.run(  # noqa: S603 (our own module, in the folder that was given)
            command, cwd=host.folder, capture_output=True, text=True, timeout=_IMPORT_SECONDS, check=False
        )
        lines = done.stdout.splitlines()
        found: dict[str, dict[str, object]] = json.loads(lines[-1]) if lines else {}
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}
    return found


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
