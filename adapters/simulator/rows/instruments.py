"""One instrument as look-ups and search write it."""

from datetime import date

from jainam_prop.adapters.simulator.catalogue.expiries import display_code
from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.vocabulary import SEGMENT_NUMBERS


def instrument_row(listing: Listing, today: date) -> dict[str, object]:
    """Write one instrument as look-ups and search do."""
    high, low = float(listing.upper), float(listing.lower)
    band = {
        "High": high,
        "Low": low,
        "HighString": f"{high:.2f}",
        "LowString": f"{low:.2f}",
        "CreditRating": f"{low:.2f}-{high:.2f}",
        "HighExecBandString": "0.00",
        "LowExecBandString": "0.00",
        "HighExecBand": 0,
        "LowExecBand": 0,
        "TERRange": "0.00-0.00",
    }
    return {
        "ExchangeSegment": SEGMENT_NUMBERS[listing.segment],
        "ExchangeInstrumentID": listing.key.token,
        "InstrumentType": listing.kind,
        "Name": listing.name,
        "DisplayName": listing.display_name,
        "Description": listing.description,
        "Series": listing.series,
        "InstrumentID": listing.instrument_id,
        "PriceBand": band,
        "FreezeQty": listing.freeze,
        "TickSize": float(listing.tick),
        "LotSize": listing.lot,
    } | (_contract(listing, listing.expiry, today) if listing.expiry else _named(listing))


def search_row(listing: Listing, today: date) -> dict[str, object]:
    """Write one instrument as the search does, which leaves nothing out for shares."""
    no_contract: dict[str, object] = {
        "UnderlyingInstrumentId": 0,
        "UnderlyingIndexName": "",
        "ContractExpirationString": "",
        "RemainingExpiryDays": 0,
        "StrikePrice": 0,
        "OptionType": 0,
    }
    return no_contract | instrument_row(listing, today) | _named(listing) | {"DecimalDisplace": 2, "Industry": 0}


def _named(listing: Listing) -> dict[str, object]:
    return {"NameWithSeries": f"{listing.name}-{listing.series}"}


def _contract(listing: Listing, expiry: date, today: date) -> dict[str, object]:
    shown = display_code(expiry)
    return {
        "UnderlyingInstrumentId": listing.underlying_id,
        "UnderlyingIndexName": listing.underlying_name,
        "ContractExpiration": listing.expiration,
        "ContractExpirationString": f"{shown[:2]}{shown[2:5].title()}{shown[5:]}",
        "RemainingExpiryDays": (expiry - today).days,
        "StrikePrice": float(listing.strike or 0),
        "OptionType": {"CE": 3, "PE": 4}.get(listing.option_type, 0),
    }
