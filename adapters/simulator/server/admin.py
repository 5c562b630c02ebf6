"""The admin endpoints of a running server, ``/_sim``: faults, market, sockets and true state, for other processes.

Every local process may call them. A browser page may not: the Host header has to be a loopback name and the Origin
header, which browsers add to cross-site calls, has to be absent or the server itself.
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import fields as fields_of
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

import orjson

from jainam_prop.adapters.simulator.api.fields import as_list
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.http.messages import Reply, Request
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, MARKET, Sessions
from jainam_prop.adapters.simulator.refusals import Refusal
from jainam_prop.adapters.simulator.sockets.connections import DropKind
from jainam_prop.adapters.simulator.sockets.sockets import Sockets
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, SEGMENTS, segment_name
from jainam_prop.domain.instruments.instrument import InstrumentKey

ROOT: Final = "/_sim"
_FAULT_FIELDS: Final = frozenset(field.name for field in fields_of(Fault))


class AdminApi:
    """Answers ``/_sim/…`` with plain JSON."""

    def __init__(self, exchange: SimulatedExchange, sessions: Sessions, sockets: Sockets) -> None:
        self._exchange = exchange
        self._sessions = sessions
        self._sockets = sockets
        self._actions: dict[tuple[str, str], Callable[[dict[str, object]], object]] = {
            ("GET", "/state"): self._state,
            ("POST", "/faults"): self._add_fault,
            ("DELETE", "/faults"): self._clear_faults,
            ("POST", "/release"): self._release,
            ("POST", "/market"): self._market,
            ("POST", "/kill"): self._kill,
            ("POST", "/sockets/drop"): self._drop,
            ("POST", "/sockets/silence"): self._silence,
        }

    def answer(self, request: Request) -> Reply:
        """Answer one request: 403 from elsewhere, 404 for an unknown endpoint, 400 for an invalid body."""
        if not _is_local(request):
            return _json(403, {"error": "only calls from this machine, without a foreign Host or Origin"})
        action = self._actions.get((request.method, request.path.removeprefix(ROOT)))
        if action is None:
            return _json(404, {"error": f"no such endpoint; there are {sorted(self._actions)}"})
        try:
            return _json(200, action(request.fields()))
        except (KeyError, TypeError, ValueError, ArithmeticError, Refusal) as error:
            return _json(400, {"error": f"{type(error).__name__}: {error}"})

    def _state(self, asked: dict[str, object]) -> object:
        """Return orders (of one ``identifier`` or all), positions, counters, sessions and faults."""
        identifier = asked.get("identifier")
        exchange = self._exchange
        orders = exchange.orders_by_identifier(str(identifier)) if identifier else exchange.all_orders()
        return {
            "orders": [_order(order) for order in orders],
            "positions": [
                {
                    "account": slot.account,
                    "segment": SEGMENTS[slot.key.exchange],
                    "instrument": slot.key.token,
                    "product": slot.product,
                    "net": line.net,
                }
                for slot, line in exchange.positions().items()
            ],
            "executions": len(exchange.executions()),
            "requests": dict(exchange.requests),
            "sessions": [
                {"userID": live.login.user_id, "application": live.application} for live in self._sessions.live()
            ],
            "sockets": {name: self._sockets.connected(name) for name in (INTERACTIVE, MARKET)},
            "faults": [fault.kind for fault in exchange.faults.armed()],
        }

    def _add_fault(self, asked: dict[str, object]) -> object:
        """Add a fault; the body has the fields of `Fault`."""
        if unknown := asked.keys() - _FAULT_FIELDS:
            message = f"unknown fields {sorted(unknown)}; there are {sorted(_FAULT_FIELDS)}"
            raise ValueError(message)
        kind = FaultKind(str(asked["kind"]))
        fault = Fault(**(asked | {"kind": kind}))  # type: ignore[arg-type]
        self._exchange.faults.add(fault)
        return {"added": kind}

    def _clear_faults(self, _asked: dict[str, object]) -> object:
        self._exchange.faults.clear()
        return {"cleared": True}

    def _release(self, _asked: dict[str, object]) -> object:
        self._exchange.faults.release()
        return {"released": True}

    def _market(self, asked: dict[str, object]) -> object:
        """Move an instrument to ``price``, or set its ``bids`` and ``asks`` as [price, units] rows."""
        segment = segment_name(asked["exchangeSegment"]) or ""
        key = InstrumentKey(EXCHANGES[segment], int(str(asked["exchangeInstrumentID"])))
        if "price" in asked:
            self._exchange.move(key, Decimal(str(asked["price"])))
        else:
            bids, asks = _levels(asked.get("bids")), _levels(asked.get("asks"))
            self._exchange.set_levels(key, bids=bids, asks=asks)
        return {"last": str(self._exchange.market(key).last_price)}

    def _kill(self, asked: dict[str, object]) -> object:
        """End the sessions of ``userID`` at one ``application`` or both."""
        return {"killed": self._sessions.kill(str(asked["userID"]), _application(asked))}

    def _drop(self, asked: dict[str, object]) -> object:
        """Drop the sockets of one ``application`` or both; ``how`` is a `DropKind`."""
        how = DropKind(str(asked.get("how", DropKind.RESET)))
        return {"dropped": self._sockets.drop(how, _application(asked))}

    def _silence(self, asked: dict[str, object]) -> object:
        """Make the sockets of one ``application`` or both half-open."""
        return {"silenced": self._sockets.go_silent(_application(asked))}


def _is_local(request: Request) -> bool:
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    return _is_loopback(host) and origin in {None, f"http://{host}"}


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _application(asked: Mapping[str, object]) -> str | None:
    """Return the ``application`` of a request; None for both."""
    named = asked.get("application")
    return str(named) if named else None


def _order(order: SimOrder) -> dict[str, object]:
    return {
        "id": order.order_id,
        "identifier": order.intake.identifier,
        "account": order.intake.account,
        "segment": order.intake.listing.segment,
        "instrument": order.key.token,
        "side": order.side,
        "product": order.terms.product,
        "type": order.terms.price_type,
        "state": order.state,
        "states": [update.state for update in order.history],
        "quantity": order.terms.quantity,
        "filled": order.filled,
        "price": str(order.terms.price),
        "average": str(order.average),
        "reason": order.reason,
    }


def _levels(rows: object) -> list[tuple[Decimal, int]]:
    return [(Decimal(str(row[0])), int(row[1])) for row in as_list(rows) if isinstance(row, list)]


def _json(status: int, body: object) -> Reply:
    return Reply(status, orjson.dumps(body))
