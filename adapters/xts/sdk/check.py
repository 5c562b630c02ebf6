"""Which of the methods that we know a given SDK still has, with which parameters."""

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jainam_prop.adapters.xts.sdk.loading import load_client_class, requests_module

EXPECTED: Final[dict[str, tuple[str, ...]]] = {
    "interactive_login": (),
    "marketdata_login": (),
    "interactive_logout": ("clientID",),
    "marketdata_logout": (),
    "place_order": (
        "exchangeSegment", "exchangeInstrumentID", "productType", "orderType", "orderSide", "timeInForce",
        "disclosedQuantity", "orderQuantity", "limitPrice", "stopPrice", "orderUniqueIdentifier", "apiOrderSource",
        "clientID",
    ),
    "modify_order": (
        "appOrderID", "modifiedProductType", "modifiedOrderType", "modifiedOrderQuantity", "modifiedDisclosedQuantity",
        "modifiedLimitPrice", "modifiedStopPrice", "modifiedTimeInForce", "orderUniqueIdentifier", "clientID",
    ),
    "cancel_order": ("appOrderID", "orderUniqueIdentifier", "clientID"),
    "get_order_book": ("clientID",),
    "get_order_history": ("appOrderID", "clientID"),
    "get_trade": ("clientID",),
    "get_dealer_orderbook": ("clientID",),
    "get_dealer_tradebook": ("clientID",),
    "get_dealerposition_netwise": ("clientID",),
    "get_position_netwise": ("clientID",),
    "get_holding": ("clientID",),
    "get_balance": ("clientID",),
    "get_quote": ("Instruments", "xtsMessageCode", "publishFormat"),
    "get_master": ("exchangeSegmentList",),
}  # fmt: skip
"""As in the SDK of 4 February 2025; what is not called here shows what else an upgrade changed."""

CALLED: Final = ("interactive_login", "marketdata_login")


@dataclass(frozen=True, slots=True)
class MethodReport:
    """What became of one method.

    Attributes:
        called: this project calls it, so that a difference matters.
        lost, new: parameters that were there before, and that were not.
    """

    name: str
    called: bool
    present: bool
    lost: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    @property
    def as_expected(self) -> bool:
        """Whether nothing changed."""
        return self.present and not self.lost and not self.new


def check_sdk(folder: Path) -> tuple[MethodReport, ...]:
    """Compare the SDK in a folder with the one that is known here; nothing is sent.

    Raises:
        SdkUnusableError: it cannot be loaded.
    """
    client = load_client_class(folder, "https://xts.invalid", requests_module(_send_nothing))
    return tuple(_report(client, name, expected) for name, expected in EXPECTED.items())


def _send_nothing(*_: object, **__: object) -> None:
    """Replace ``requests.request`` while the SDK is only inspected."""


def _report(client: type[Any], name: str, expected: tuple[str, ...]) -> MethodReport:
    method = inspect.getattr_static(client, name, None)
    called = name in CALLED
    if not callable(method):
        return MethodReport(name, called, present=False)
    found = tuple(inspect.signature(method).parameters)[1:]
    lost = tuple(parameter for parameter in expected if parameter not in found)
    new = tuple(parameter for parameter in found if parameter not in expected)
    return MethodReport(name, called, present=True, lost=lost, new=new)
