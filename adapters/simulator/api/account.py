"""Interactive endpoints for login, profile, balance and margin."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from jainam_prop.adapters.simulator.api.fields import FieldReader
from jainam_prop.adapters.simulator.api.instruments import INSTRUMENT_TYPES
from jainam_prop.adapters.simulator.exchange.exchange import Limits, SimulatedExchange
from jainam_prop.adapters.simulator.exchange.positions import margin_rate
from jainam_prop.adapters.simulator.http.dispatcher import Call, Route, Routes
from jainam_prop.adapters.simulator.http.messages import Reply, success
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, Sessions, account_of
from jainam_prop.adapters.simulator.refusals import no_rows, unknown
from jainam_prop.adapters.simulator.rows import RowWriter
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, ORDER_TYPES, SEGMENT_NUMBERS, segment_name
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.sessions.session import AccountKind


@dataclass(frozen=True, slots=True)
class AccountApi:
    """``/user/…``, and ``/orders/margindetails`` if the configuration has a margin calculator."""

    exchange: SimulatedExchange
    sessions: Sessions
    writer: RowWriter

    def routes(self) -> Routes:
        """Return the endpoints by method and path."""
        found: Routes = {
            ("POST", "/user/session"): Route("login", "session", self.log_in, is_open=True),
            ("DELETE", "/user/session"): Route("logout", "session", self.log_out),
            ("GET", "/user/profile"): Route("profile", "user", self.profile),
            ("GET", "/user/balance"): Route("balance", "user", self.balance),
        }
        if self.exchange.config.margin_calculator:
            found["POST", "/orders/margindetails"] = Route("margin", "orders", self.margin)
        return found

    def log_in(self, call: Call) -> Reply:
        """Open a session."""
        reader = FieldReader(call.fields)
        key, secret = reader.required("appKey"), reader.required("secretKey")
        reader.check()
        session = self.sessions.open(INTERACTIVE, key, secret)
        login = session.login
        result = {
            "enums": _enums(),
            "clientCodes": list(login.clients),
            "exchangeSegmentArray": [{"key": segment, "value": SEGMENT_NUMBERS[segment]} for segment in EXCHANGES],
            "token": session.token,
            "userID": login.user_id,
            "isInvestorClient": login.kind is AccountKind.INVESTOR,
            "isOneTouchUser": False,
        }
        return success("s-user-0001", "Valid User.", result)

    def log_out(self, call: Call) -> Reply:
        """End the session."""
        self.sessions.close(call.token)
        return success("s-user-0001", "successfully logout from all API.", "")

    def profile(self, call: Call) -> Reply:
        """Return an invented person."""
        account = self.writer.client(account_of(call.login, call.fields, "user"))
        kind = call.login.kind
        bank = {"AccountNumber": "000000000001", "AccountType": "Savings", "BankName": "TEST BANK"}
        places = {"BankBranchName": "TEST", "BankCity": "MUMBAI", "CustomerId": "", "BankCityPincode": ""}
        segments = {
            segment: {
                "ClientId": account, "ExchangeSegNumber": SEGMENT_NUMBERS[segment], "Enabled": True,
                "ParticipantCode": "",
            }
            for segment in EXCHANGES
        }  # fmt: skip
        person = {
            "ClientId": account,
            "ClientName": "TEST CLIENT",
            "EmailId": "test@example.invalid",
            "MobileNo": "9000000000",
            "PAN": "AAAAA0000A",
            "DematAccountNumber": "0",
            "IncludeInAutoSquareoff": True,
            "IncludeInAutoSquareoffBlocked": True,
            "IsProClient": kind is AccountKind.PRO,
            "IsInvestorClient": kind is AccountKind.INVESTOR,
            "ResidentialAddress": "1 TEST ROAD",
            "OfficeAddress": "1 TEST ROAD",
            "ClientBankInfoList": [{"ClientId": account, **bank, **places, "BankIFSCCode": "TEST0000001"}],
            "ClientExchangeDetailsList": segments,
        }
        return success("s-user-0001", "User profile", person)

    def balance(self, call: Call) -> Reply:
        """Return the funds of an account; a dealer must name the client."""
        account = account_of(call.login, call.fields, "user")
        limits = self.exchange.books.limits(account)
        return success("s-user-0002", "OK", _balance(self.writer.client(account), limits))

    def margin(self, call: Call) -> Reply:
        """Return the margin that a basket of orders would block; the shape is assumed for Jainam."""
        account = account_of(call.login, call.fields, "portfolio", no_rows("portfolio"))
        legs = call.fields.get("portfolio")
        if not isinstance(legs, list) or not legs:
            raise unknown(name="portfolio")
        required = basket_margin(self.exchange, map(_read_leg, legs))
        limits = self.exchange.books.limits(account)
        available = limits.cash - limits.utilised
        details = {
            "IsValid": True,
            "MarginRequired": float(required),
            "MarginAvailable": float(available),
            "MarginShortfall": float(max(Decimal(0), required - available)),
            "ErrorMessage": "",
        }
        return success("s-calculatemargin-0001", "Request sent", {"brokerageDeatils": details})


class Leg(NamedTuple):
    """One order of a basket, in units and rupees; price 0 is the market's."""

    key: InstrumentKey
    is_long: bool
    product: str
    units: int
    price: Decimal


def basket_margin(exchange: SimulatedExchange, legs: Iterable[Leg]) -> Decimal:
    """Return the sum in rupees of what each order would block, without any benefit for hedges.

    Raises:
        Refusal: an instrument is not listed.
    """
    return sum((_leg_margin(exchange, leg) for leg in legs), Decimal(0))


def _leg_margin(exchange: SimulatedExchange, leg: Leg) -> Decimal:
    listing = exchange.universe.find(leg.key)
    if listing is None:
        raise unknown(name="exchangeInstrumentId")
    price = leg.price or exchange.market(leg.key).last_price
    return leg.units * price * margin_rate(listing, leg.product, is_long=leg.is_long)


def _read_leg(fields: Mapping[str, object]) -> Leg:
    reader = FieldReader(fields)
    token, units = reader.whole("exchangeInstrumentId", least=1), reader.whole("quantity", least=1)
    side, product = reader.choice("orderSide", ("BUY", "SELL")), reader.choice("productType", ("MIS", "NRML", "CNC"))
    price = reader.price("price")
    reader.check()
    segment = segment_name(fields.get("exchange"))
    if segment not in EXCHANGES:
        raise unknown(name="exchange")
    return Leg(InstrumentKey(EXCHANGES[segment], token), side == "BUY", product, units, price)


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


def _balance(client: str, limits: Limits) -> dict[str, object]:
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


_EVENTS: Final = (
    "joined", "error", "warning", "success", "order", "trade", "logout", "position", "tradeConversion",
    "marketStatusUpdate", "exchangeAdapterState", "gttOrder", "gttOrderRejection",
)  # fmt: skip


def _enums() -> dict[str, object]:
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


def _offer(segment: str) -> dict[str, object]:
    products = ["CNC", "MIS", "NRML", "CO", "BO"] if segment in {"NSECM", "BSECM"} else ["MIS", "NRML"]
    return {
        "productType": {product: product for product in products},
        "orderType": sorted(ORDER_TYPES.values()),
        "timeInForce": ["DAY", "IOC"],
    }
