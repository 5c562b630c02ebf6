"""The holdings reply: shares in the depository, keyed by ISIN."""

from jainam_prop.adapters.simulator.exchange.books import Share


def holdings(account: str, shares: tuple[Share, ...]) -> dict[str, object]:
    """Write the depository's holdings, keyed by ISIN as current servers do."""
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
