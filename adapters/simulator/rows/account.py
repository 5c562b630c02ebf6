"""Balance, holdings and enumeration replies."""

from decimal import Decimal
from typing import Final

from jainam_prop.adapters.simulator.exchange.exchange import Limits, Share
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, ORDER_TYPES, SEGMENT_NUMBERS

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
    """Write an account's limits under the unified header and two more, as dealers get them."""
    headers = (("ALL|ALL|ALL", limits), ("COMMODITIES|MCX|ALL", limits), ("CASH|NSE|MTF", _NOTHING))
    return {
        "BalanceList": [
            {"limitHeader": header, "limitObject": _limit_object(client, figures)} for header, figures in headers
        ]
    }


def _limit_object(client: str, limits: Limits) -> dict[str, object]:
    cash, utilised = _amount(limits.cash), _amount(limits.utilised)
    return {
        "RMSSubLimits": {
            "cashAvailable": cash,
            "collateral": 0,
            "marginUtilized": utilised,
            "netMarginAvailable": _amount(limits.cash - limits.utilised + limits.realised),
            "MTM": _amount(limits.realised + limits.unrealised),
            "UnrealizedMTM": _amount(limits.unrealised),
            "RealizedMTM": _amount(limits.realised),
        },
        "marginAvailable": {
            "CashMarginAvailable": cash,
            **dict.fromkeys(_MARGIN_ZEROS, "0"),
            **dict.fromkeys(_MARGIN_NANS, "NaN"),
        },
        "marginUtilized": {**dict.fromkeys(_UTILISED_ZEROS, "0"), "MarginUsed": utilised, "LimitUsed": "NaN"},
        "limitsAssigned": dict.fromkeys(_LIMIT_ZEROS, "0"),
        "AccountID": client,
    }


def _amount(amount: Decimal) -> str:
    return f"{amount:.5f}".rstrip("0").rstrip(".")


def holdings(account: str, shares: tuple[Share, ...]) -> dict[str, object]:
    """Write holdings keyed by ISIN, as current servers do."""
    return {
        "ClientId": account,
        "RMSHoldings": {"Holdings": {share.isin: _holding(account, share) for share in shares}},
        "CollateralHoldings": {"Holdings": {}},
    }


def _holding(account: str, share: Share) -> dict[str, object]:
    return {
        "ISIN": share.isin,
        "HoldingType": 2,
        "HoldingQuantity": share.quantity,
        "CollateralValuationType": 1,
        "Haircut": 15,
        "CollateralQuantity": 0,
        "CreatedBy": "ADMIN",
        "LastUpdatedBy": "ADMIN",
        "CreatedOn": "2026-03-10T07:06:36",
        "LastUpdatedOn": "2026-03-10T07:06:36",
        "UsedQuantity": 0,
        "IsCollateralHolding": False,
        "BuyAvgPrice": float(share.average),
        "IsBuyAvgPriceProvided": True,
        "AuthorizeQuantity": 0,
        "IsNeedToDelete": False,
        "RMSHoldingId": 1001,
        "ClientId": account,
        "ExchangeNSEInstrumentId": share.nse,
        "ExchangeBSEInstrumentId": share.bse,
        "ExchangeMSEIInstrumentId": 0,
    }


INSTRUMENT_TYPES: Final = {
    "Futures": 1, "Options": 2, "Spread": 4, "Equity": 8, "Spot": 16, "PreferenceShares": 32, "Debentures": 64,
    "Warrants": 128, "Miscellaneous": 256, "MutualFund": 512,
}  # fmt: skip
_EVENTS: Final = (
    "joined", "error", "warning", "success", "order", "trade", "logout", "position", "tradeConversion",
    "marketStatusUpdate", "exchangeAdapterState", "gttOrder", "gttOrderRejection",
)  # fmt: skip


def enums() -> dict[str, object]:
    """Write every enumeration, ``positionSqureOffMode`` in the live server's spelling."""
    return {
        "socketEvent": list(_EVENTS),
        "orderSide": ["BUY", "SELL"],
        "orderSource": ["TWSAPI", "WebAPI", "MobileAndroidAPI", "MobileIOSAPI"],
        "positionSqureOffMode": ["DayWise", "NetWise"],
        "positionSquareOffQuantityType": ["Percentage", "ExactQty"],
        "dayOrNet": ["DAY", "NET"],
        "instrumentType": list(INSTRUMENT_TYPES),
        "exchangeSegment": list(EXCHANGES),
        "exchangeInfo": {segment: _offer(segment) for segment in EXCHANGES},
    }


def segment_array() -> list[dict[str, object]]:
    """Write the segments of a login as key and value."""
    return [{"key": segment, "value": SEGMENT_NUMBERS[segment]} for segment in EXCHANGES]


def _offer(segment: str) -> dict[str, object]:
    products = ["CNC", "MIS", "NRML", "CO", "BO"] if segment in {"NSECM", "BSECM"} else ["MIS", "NRML"]
    return {
        "productType": {product: product for product in products},
        "orderType": sorted(ORDER_TYPES.values()),
        "timeInForce": ["DAY", "IOC"],
    }
