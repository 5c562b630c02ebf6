"""What a simulator is started with; everything that changes while it runs is a fault instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from jainam_prop.domain.sessions.session import AccountKind

BEYOND_FLOAT: Final = 2**53 + 1
"""An order id from which on a float loses the last digit."""

PRO_CLIENT: Final = "*****"
"""``clientID`` of a PRO dealer."""

FULL_UNIVERSE: Final = 120_000
"""About as many instruments as a live master lists."""


class EmptyBooks(StrEnum):
    """How a book without rows is answered."""

    JAINAM = "jainam"
    """HTTP 400 "Data Not Available" on the normal endpoints, 200 ``[]`` on the dealer ones, as seen in October 2025."""
    ERROR = "error"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An application key of the dashboard with its secret; invented, but never shown by accident all the same."""

    key: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoginSpec:
    """One login of the simulated broker.

    Attributes:
        clients: the accounts it may act for; an investor acts for the first, a PRO dealer for five asterisks.
    """

    user_id: str
    kind: AccountKind
    clients: tuple[str, ...]
    interactive: Credentials
    market: Credentials


INVESTOR: Final = LoginSpec(
    "INVEST01",
    AccountKind.INVESTOR,
    ("INVEST01",),
    Credentials("11aa00000000000000a111", "Invest@011"),
    Credentials("11aa00000000000000b111", "Invest@012"),
)
NORMAL_DEALER: Final = LoginSpec(
    "DEALER01",
    AccountKind.NORMAL,
    ("CLIENT01", "CLIENT02"),
    Credentials("22bb00000000000000a222", "Normal@021"),
    Credentials("22bb00000000000000b222", "Normal@022"),
)
PRO_DEALER: Final = LoginSpec(
    "PRODESK01",
    AccountKind.PRO,
    (PRO_CLIENT,),
    Credentials("33cc00000000000000a333", "ProDsk@031"),
    Credentials("33cc00000000000000b333", "ProDsk@032"),
)


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """How a simulator behaves from its start.

    Attributes:
        port: 0 picks a free one.
        host: a loopback address; anything else is refused.
        instruments: how many are listed; `FULL_UNIVERSE` for a realistic day.
        malformed_rows: broken rows in every segment's master.
        day: the trading day from which expiries are counted; None is today in India.
        interactive_root: first part of the path of every interactive call.
        market_roots: the market-data applications that exist.
        rate_limits: whether the rate chart is enforced; switch it off to measure speed.
        rates: seconds and calls that replace lines of the rate chart, by kind of call.
        first_order_id: JSON numbers counted up from here; `BEYOND_FLOAT` shows who reads ids as floats.
        funds: rupees of every account.
        empty_books: how books without rows are answered.
        pro_row_client: what rows of a PRO desk carry as ClientID and AccountID (``*****`` or ``Pro``).
        iso_dates: order dates as ISO 8601 with seven decimals instead of ``DD-MM-YYYY HH:MM:SS``.
        mixed_positions: whether some numbers of a position row are numbers and not texts, as on some servers.
        cancel_as_array: whether a cancel is answered with an array of one object.
        subscription_cap: market-data subscriptions per session.
        host_lookup_password: when given, ``/hostlookup`` answers to it, and the interactive application also answers
            without its prefix; invented, like every credential here.
        margin_calculator: whether there is ``/orders/margindetails``; nobody has seen it at Jainam.
        daily_history_days: the most days of one call for daily bars; the rest is left out without a word. Whether live
            servers do that is not known; None is no limit.
        holidays: days from Monday to Friday without trading; history has no bars of them.
        seed: of everything random.
        ping_interval, ping_timeout: seconds that sockets are told; a client that keeps silence for both is dropped.
        socket_queue: how many events may wait for one socket; a slower reader is dropped.
        binary_layout, compressed: of binary packets.
        binary_root_is_binary: whether sockets of ``apibinarymarketdata`` get binary packets whatever they asked for,
            as seen at Jainam's retail server.
        ticks_per_second: how often prices of subscribed instruments walk by themselves; 0 leaves them alone.
    """

    port: int = 0
    host: str = "127.0.0.1"
    instruments: int = 5_000
    malformed_rows: int = 0
    day: date | None = None
    interactive_root: str = "interactive"
    market_roots: tuple[str, ...] = ("apimarketdata", "apibinarymarketdata")
    rate_limits: bool = True
    rates: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    first_order_id: int = 1_110_045_781
    funds: Decimal = Decimal(100_000_000)
    empty_books: EmptyBooks = EmptyBooks.JAINAM
    pro_row_client: str = PRO_CLIENT
    iso_dates: bool = False
    mixed_positions: bool = False
    cancel_as_array: bool = False
    subscription_cap: int = 50
    host_lookup_password: str = field(default="", repr=False)
    margin_calculator: bool = False
    daily_history_days: int | None = None
    holidays: frozenset[date] = frozenset()
    seed: int = 1
    ping_interval: float = 20.0
    ping_timeout: float = 60.0
    socket_queue: int = 10_000
    binary_layout: str = "L64"
    compressed: bool = False
    binary_root_is_binary: bool = False
    ticks_per_second: float = 0.0
    logins: tuple[LoginSpec, ...] = (INVESTOR, NORMAL_DEALER, PRO_DEALER)
