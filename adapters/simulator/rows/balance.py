"""The balance reply: decimal texts, one bare number, and ``NaN`` where the live server writes it."""

from decimal import Decimal
from typing import Final

from jainam_prop.adapters.simulator.exchange.books import Limits

_MARGIN_ZEROS: Final = (
    "AdhocMargin", "NotinalCash", "PayInAmount", "PayOutAmount", "CNCSellBenifit", "DirectCollateral",
    "HoldingCollateral", "ClientBranchAdhoc", "SellOptionsPremium", "NetOptionPremium", "BuyOptionsPremium",
    "TotalBranchAdhoc",
)  # fmt: skip
_MARGIN_NANS: Final = ("AdhocFOMargin", "AdhocCurrencyMargin", "AdhocCommodityMargin")
_UTILISED_ZEROS: Final = (
    "GrossExposureMarginPresent", "BuyExposureMarginPresent", "SellExposureMarginPresent", "VarELMarginPresent",
    "ScripBasketMarginPresent", "GrossExposureLimitPresent", "BuyExposureLimitPresent", "SellExposureLimitPresent",
    "CNCLimitUsed", "CNCAmountUsed", "TotalSpanMargin", "ExposureMarginPresent",
)  # fmt: skip
_LIMIT_ZEROS: Final = (
    "CNCLimit", "TurnoverLimitPresent", "MTMLossLimitPresent", "BuyExposureLimit", "SellExposureLimit",
    "GrossExposureLimit", "GrossExposureDerivativesLimit", "BuyExposureFuturesLimit", "BuyExposureOptionsLimit",
    "SellExposureOptionsLimit", "SellExposureFuturesLimit", "AdhocOptionsBuy", "AdhocCashCNCMargin",
)  # fmt: skip
_NOTHING: Final = Limits(Decimal(0), Decimal(0), Decimal(0), Decimal(0))


def balance(client: str, limits: Limits) -> dict[str, object]:
    """Write an account's limits: the unified header and two more, as desks have them."""
    headers = (("ALL|ALL|ALL", limits), ("COMMODITIES|MCX|ALL", limits), ("CASH|NSE|MTF", _NOTHING))
    return {
        "BalanceList": [
            {"limitHeader": header, "limitObject": _limit_object(client, figures)} for header, figures in headers
        ],
    }


def _limit_object(client: str, limits: Limits) -> dict[str, object]:
    cash, utilised = _text(limits.cash), _text(limits.utilised)
    return {
        "RMSSubLimits": {
            "cashAvailable": cash,
            "collateral": 0,
            "marginUtilized": utilised,
            "netMarginAvailable": _text(limits.cash - limits.utilised + limits.realised),
            "MTM": _text(limits.realised + limits.unrealised),
            "UnrealizedMTM": _text(limits.unrealised),
            "RealizedMTM": _text(limits.realised),
        },
        "marginAvailable": {"CashMarginAvailable": cash, **_all(_MARGIN_ZEROS, "0"), **_all(_MARGIN_NANS, "NaN")},
        "marginUtilized": {**_all(_UTILISED_ZEROS, "0"), "MarginUsed": utilised, "LimitUsed": "NaN"},
        "limitsAssigned": _all(_LIMIT_ZEROS, "0"),
        "AccountID": client,
    }


def _all(names: tuple[str, ...], value: str) -> dict[str, str]:
    return dict.fromkeys(names, value)


def _text(amount: Decimal) -> str:
    return f"{amount:.5f}".rstrip("0").rstrip(".")
