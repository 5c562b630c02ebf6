"""A trading session: whose it is, which tokens carry it, and how long it lives."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

PRO_CLIENT_MARK: Final = "*****"
"""What a PRO dealer sends in place of a client code (Jainam's Pro Dealer API hand-out)."""


class Application(StrEnum):
    """One of the broker's two applications; each has a key, a login and a token of its own."""

    TRADING = "interactive"
    MARKET_DATA = "market-data"


class AccountKind(StrEnum):
    """How a login trades: for itself, for a named client (NORMAL dealer), or on the desk's own book (PRO dealer)."""

    INVESTOR = "INVESTOR"
    NORMAL = "NORMAL"
    PRO = "PRO"

    @property
    def is_dealer(self) -> bool:
        """Whether the login reads the dealer books and names a client in every call."""
        return self is not AccountKind.INVESTOR


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a session acts for.

    Attributes:
        kind: investor or dealer.
        client_id: what goes into every call as ``clientID``: nothing for an investor, the client's code for a NORMAL
            dealer, five asterisks for a PRO dealer.
        trading_barrier: why this combination may read but must not trade; "" when it may.
    """

    kind: AccountKind
    client_id: str | None = None
    trading_barrier: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationKey:
    """What opens one of the two XTS applications; neither part ever shows in a repr."""

    app_key: str = field(repr=False)
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The keys of both applications of one login."""

    interactive: ApplicationKey = field(repr=False)
    market: ApplicationKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """Whom the settings ask to act for."""

    kind: AccountKind
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Tokens of one login with the facts that every call needs; the tokens never show in a repr.

    Attributes:
        user_id: the login id at the interactive application.
        market_token: None when the market-data login failed; trading goes on without it.
        market_problem: why there is no market token; "" when there is one.
        expires_at: UTC, from the token's claims or 24 hours after login.
        client_codes: the clients that the login named as mapped under a dealer; may be empty.
        interactive_base: address at which a host lookup put the interactive application; "" where it has its usual one.
        market_root: first part of the path under which the market-data application answered; "" if it never did.
    """

    user_id: str
    account: Account
    interactive_token: str = field(repr=False)
    market_token: str | None = field(repr=False)
    expires_at: datetime
    market_user_id: str = ""
    market_problem: str = ""
    client_codes: tuple[str, ...] = ()
    interactive_base: str = ""
    market_root: str = ""

    def is_over(self, now: datetime) -> bool:
        """Whether its time has passed, so that it takes a new login."""
        return self.expires_at <= now


def account_for(
    configured: AccountKind,
    *,
    is_investor: bool,
    client_codes: tuple[str, ...],
    configured_client: str | None,
) -> Account:
    """Decide whom a login acts for, from what the server says of it and what the settings ask.

    A contradiction keeps the account readable and names the reason why it must not trade: an order booked to the wrong
    client is worse than none.

    Args:
        configured: the account type of the settings.
        is_investor: ``isInvestorClient`` of the login.
        client_codes: the clients mapped under a dealer; may be empty.
        configured_client: the client of the settings; None or blank is none.
    """
    if is_investor:
        barrier = "" if configured is AccountKind.INVESTOR else f"settings say {configured}, the login is an investor"
        return Account(AccountKind.INVESTOR, None, barrier)
    if configured is AccountKind.INVESTOR:
        return Account(AccountKind.NORMAL, None, "settings say INVESTOR, the login is a dealer")
    if configured is AccountKind.PRO:
        return Account(AccountKind.PRO, PRO_CLIENT_MARK)
    return _normal_dealer(client_codes, configured_client)


def clients_of_others(session: Session) -> frozenset[str]:
    """Return the clients mapped under a NORMAL dealer whom the session does not act for.

    A book that shows their rows as well shows nothing of ours in them. Nobody is certain what the rows of a PRO desk
    name, so none is told from its own.
    """
    account = session.account
    if account.kind is not AccountKind.NORMAL or account.client_id is None:
        return frozenset()
    return frozenset(session.client_codes) - {account.client_id}


def acts_for_another(session: Session, other: Session) -> bool:
    """Whether a session would trade on another book than one that may trade.

    What was read for one client must not be answered with an order for another, although both are the same dealer's:
    a login says anew which clients are his.
    """
    mine, its = session.account, other.account
    return not mine.trading_barrier and (mine.kind, mine.client_id) != (its.kind, its.client_id)


def acting_for(session: Session, choice: AccountChoice) -> Session:
    """Decide again whom a kept session acts for: processes that share one login may act for different clients."""
    account = account_for(
        choice.kind,
        is_investor=session.account.kind is AccountKind.INVESTOR,
        client_codes=session.client_codes,
        configured_client=choice.client_id,
    )
    return replace(session, account=account)


def _normal_dealer(client_codes: tuple[str, ...], configured_client: str | None) -> Account:
    if configured_client == PRO_CLIENT_MARK:
        return Account(AccountKind.NORMAL, None, f"{PRO_CLIENT_MARK} is a PRO desk: a NORMAL dealer names a client")
    if configured_client:
        known = not client_codes or configured_client in client_codes
        barrier = "" if known else "the configured client is not mapped under this dealer"
        return Account(AccountKind.NORMAL, configured_client, barrier)
    if len(client_codes) == 1:
        return Account(AccountKind.NORMAL, client_codes[0])
    return Account(
        AccountKind.NORMAL,
        None,
        "a NORMAL dealer must name its client: set JAINAM_CLIENT_ID",
    )
