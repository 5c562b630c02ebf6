"""Interactive endpoints for login, profile, balance and margin."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from jainam_prop.adapters.simulator.api.fields import FieldReader
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.risk import margin_rate
from jainam_prop.adapters.simulator.http.dispatcher import Call, Route, Routes
from jainam_prop.adapters.simulator.http.messages import Reply, success
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, Sessions, WithoutClient, account_of
from jainam_prop.adapters.simulator.refusals import unknown
from jainam_prop.adapters.simulator.rows.account import balance, enums, segment_array
from jainam_prop.adapters.simulator.rows.books import RowWriter
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, SEGMENT_NUMBERS, segment_name
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.sessions.session import AccountKind


@dataclass(frozen=True, slots=True)
class UserApi:
    """``/user/…``, ``/status/exchange`` and ``/messages/exchange``."""

    exchange: SimulatedExchange
    sessions: Sessions
    writer: RowWriter

    def routes(self) -> Routes:
        """Return the endpoints by method and path."""
        return {
            ("POST", "/user/session"): Route("login", "session", self.log_in, is_open=True),
            ("DELETE", "/user/session"): Route("logout", "session", self.log_out),
            ("GET", "/user/profile"): Route("profile", "user", self.profile),
            ("GET", "/user/balance"): Route("balance", "user", self.balance),
            ("GET", "/user/enums"): Route("enums", "user", self.enums),
            ("GET", "/status/exchange"): Route("exchange_status", "exchange", self.exchange_status),
            ("GET", "/messages/exchange"): Route("exchange_messages", "exchange", self.exchange_messages),
        }

    def log_in(self, call: Call) -> Reply:
        """Open a session and say whose it is."""
        reader = FieldReader(call.fields)
        key, secret = reader.required("appKey"), reader.required("secretKey")
        reader.check()
        session = self.sessions.open(INTERACTIVE, key, secret)
        login = session.login
        result = {
            "enums": enums(),
            "clientCodes": list(login.clients),
            "exchangeSegmentArray": segment_array(),
            "token": session.token,
            "userID": login.user_id,
            "isInvestorClient": login.kind is AccountKind.INVESTOR,
            "isOneTouchUser": False,
        }
        return success("s-user-0001", "Valid User.", result)

    def log_out(self, call: Call) -> Reply:
        """Close the session."""
        self.sessions.close(call.token)
        return success("s-user-0001", "successfully logout from all API.", "")

    def profile(self, call: Call) -> Reply:
        """Show an invented person."""
        account = self.writer.client(account_of(call.login, call.fields, "user"))
        kind = call.login.kind
        bank = {"AccountNumber": "000000000001", "AccountType": "Savings", "BankName": "TEST BANK"}
        places = {"BankBranchName": "TEST", "BankCity": "MUMBAI", "CustomerId": "", "BankCityPincode": ""}
        return success(
            "s-user-0001",
            "User profile",
            {
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
                "ClientExchangeDetailsList": {segment: _exchange_detail(account, segment) for segment in EXCHANGES},
            },
        )

    def balance(self, call: Call) -> Reply:
        """Show an account's limits; a dealer must name the client."""
        account = account_of(call.login, call.fields, "user")
        limits = self.exchange.books.limits(account)
        return success("s-user-0002", "OK", balance(self.writer.client(account), limits))

    def enums(self, _call: Call) -> Reply:
        """Show the enumerations."""
        return success("s-user-0001", "Application Enums", enums())

    def exchange_status(self, _call: Call) -> Reply:
        """Show every segment as open."""
        rows = [
            {"exchangeSegment": segment, "exchangeMarketType": "NORMAL", "exchangeTradingSession": "NormalStart"}
            for segment in EXCHANGES
        ]
        return success("s-status-0001", "Exchange status available", {"marketStatus": rows})

    def exchange_messages(self, call: Call) -> Reply:
        """Show one broadcast of a segment."""
        reader = FieldReader(call.fields, "query")
        segment = reader.choice("exchangeSegment", tuple(EXCHANGES))
        reader.check()
        message = {
            "ExchangeSegment": SEGMENT_NUMBERS[segment],
            "ExchangeTimeStamp": 1457604930,
            "BroadcastMessage": "Simulated exchange, simulated message",
            "SequenceId": 1,
            "ExchangeInstrumentID": 0,
            "MessageCode": 1506,
            "MessageVersion": 8,
            "TokenID": 0,
            "ApplicationType": 0,
            "SequenceNumber": 1,
        }
        return success("s-messages-0001", "Exchange messages", {"messageList": [message]})


def _exchange_detail(account: str, segment: str) -> dict[str, object]:
    number = SEGMENT_NUMBERS[segment]
    return {"ClientId": account, "ExchangeSegNumber": number, "Enabled": True, "ParticipantCode": ""}


class Leg(NamedTuple):
    """One order of a basket; a price of zero stands for the market's."""

    key: InstrumentKey
    is_long: bool
    product: str
    units: int
    price: Decimal


def basket_margin(exchange: SimulatedExchange, legs: Iterable[Leg]) -> Decimal:
    """Add up what each leg would block by itself; unlike a broker's, this desk grants nothing for a hedge.

    Raises:
        Refusal: a contract is not listed.
    """
    return sum((_leg_margin(exchange, leg) for leg in legs), Decimal(0))


@dataclass(frozen=True, slots=True)
class MarginApi:
    """``/orders/margindetails``, which is there only if the simulator was told so."""

    exchange: SimulatedExchange

    def routes(self) -> Routes:
        """Return the endpoint, if there is one."""
        if not self.exchange.config.margin_calculator:
            return {}
        return {("POST", "/orders/margindetails"): Route("margin", "orders", self.margin)}

    def margin(self, call: Call) -> Reply:
        """Say what a basket would block."""
        account = account_of(call.login, call.fields, "portfolio", WithoutClient.LOOKS_EMPTY)
        legs = call.fields.get("portfolio")
        if not isinstance(legs, list) or not legs:
            raise unknown(name="portfolio", location="body")
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


def _read_leg(fields: Mapping[str, object]) -> Leg:
    reader = FieldReader(fields)
    token, units = reader.whole("exchangeInstrumentId", least=1), reader.whole("quantity", least=1)
    side, product = reader.choice("orderSide", ("BUY", "SELL")), reader.choice("productType", ("MIS", "NRML", "CNC"))
    price = reader.price("price")
    reader.check()
    segment = segment_name(fields.get("exchange"))
    if segment not in EXCHANGES:
        raise unknown(name="exchange", location="body")
    return Leg(InstrumentKey(EXCHANGES[segment], token), side == "BUY", product, units, price)


def _leg_margin(exchange: SimulatedExchange, leg: Leg) -> Decimal:
    listing = exchange.universe.find(leg.key)
    if listing is None:
        raise unknown(name="exchangeInstrumentId", location="body")
    price = leg.price or exchange.market(leg.key).last_price
    return leg.units * price * margin_rate(listing, leg.product, is_long=leg.is_long)
