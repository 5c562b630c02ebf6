"""The configuration of a simulator; what changes while it runs is a fault instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from jainam_prop.domain.sessions.session import AccountKind

BEYOND_FLOAT: Final = 2**53 + 1
"""The first order id that a float cannot hold."""

PRO_CLIENT: Final = "*****"
"""``clientID`` of a PRO dealer."""


class EmptyBooks(StrEnum):
    """The reply to a book without rows."""

    JAINAM = "jainam"
    """HTTP 400 "Data Not Available" on the normal endpoints, 200 ``[]`` on the dealer ones, as seen in October 2025."""
    ERROR = "error"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An application key and its secret; invented, and still kept out of reprs."""

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
    """The configuration of a simulator.

    Attributes:
        port: 0 picks a free one.
        host: a loopback address; anything else is refused.
        instruments: how many are listed; 120,000 is about as many as a live master has.
        day: the trading day from which expiries are counted; None is today in India.
        market_roots: prefixes of the market-data applications.
        interactive_root: prefix of the interactive application.
        rate_limits: whether the rate chart is enforced; switch it off to measure speed.
        rates: limits that replace those of the rate chart, seconds and calls by kind of call.
        first_order_id: order ids count up from here; `BEYOND_FLOAT` reveals clients that read ids as floats.
        funds: rupees of every account.
        empty_books: the reply to books without rows.
        pro_row_client: ClientID and AccountID in rows of a PRO dealer, ``*****`` or ``Pro``.
        iso_dates: order dates as ISO 8601 with seven decimals instead of ``DD-MM-YYYY HH:MM:SS``.
        subscription_cap: market-data subscriptions per session.
        host_lookup_password: if given, ``/hostlookup`` answers to it, and the interactive application also answers
            without its prefix.
        margin_calculator: whether there is ``/orders/margindetails``; not recorded at Jainam.
        daily_history_days: the most days of one call for daily bars, without an error for the rest; None for no limit.
            Assumed, live servers have not shown a limit.
        holidays: weekdays without trading, of which history has no bars.
        seed: the seed of prices, bars and fault probabilities.
        ping_interval, ping_timeout: seconds in the open packet; a client that sends nothing for their sum is dropped.
        socket_queue: the most events queued for one socket; a slower reader is dropped.
        binary_layout, compressed: of binary packets.
        binary_root_is_binary: whether sockets of ``apibinarymarketdata`` get binary packets for any publish format, as
            recorded at Jainam's retail server.
        ticks_per_second: the rate at which subscribed instruments move by themselves; 0 for never.
    """

    port: int = 0
    host: str = "127.0.0.1"
    instruments: int = 5_000
    day: date | None = None
    market_roots: tuple[str, ...] = ("apimarketdata", "apibinarymarketdata")
    interactive_root: str = "interactive"
    rate_limits: bool = True
    rates: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    first_order_id: int = 1_110_045_781
    funds: Decimal = Decimal(100_000_000)
    empty_books: EmptyBooks = EmptyBooks.JAINAM
    pro_row_client: str = PRO_CLIENT
    iso_dates: bool = False
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
