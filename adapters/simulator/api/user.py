"""Interactive endpoints about the login itself, and about the exchanges' state."""

from dataclasses import dataclass

from jainam_prop.adapters.simulator.api.validation import FieldReader
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.rows.balance import balance
from jainam_prop.adapters.simulator.rows.enums import enums, segment_array
from jainam_prop.adapters.simulator.rows.rows import RowWriter
from jainam_prop.adapters.simulator.rows.vocabulary import EXCHANGES, SEGMENT_NUMBERS
from jainam_prop.adapters.simulator.server.clients import account_of
from jainam_prop.adapters.simulator.server.http_messages import Reply, success
from jainam_prop.adapters.simulator.server.routing import Call, Route, Routes
from jainam_prop.adapters.simulator.server.sessions import INTERACTIVE, Sessions
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
